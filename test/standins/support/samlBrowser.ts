/** A browser's part in a sign-in: it posts forms from one site to another, and keeps cookies. */

/** The hidden and named fields of a page's first form, or of the form that has `name` among its fields. */
export function readForm(html: string, name?: string): { action: string; fields: Record<string, string> } {
  for (const [, attributes = '', body = ''] of html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const fields: Record<string, string> = {};
    for (const [, input = ''] of body.matchAll(/<input([^>]*)>/g)) {
      const field = /\bname="([^"]*)"/.exec(input)?.[1];
      if (field !== undefined) fields[field] = unescape(/\bvalue="([^"]*)"/.exec(input)?.[1] ?? '');
    }
    if (name === undefined || name in fields) return { action: unescape(/\baction="([^"]*)"/.exec(attributes)?.[1] ?? ''), fields };
  }
  throw new Error(`The page has no form${name === undefined ? '' : ` with ${name}`}: ${html.slice(0, 400)}`);
}

function unescape(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Posts a form as a browser does. */
export function postForm(url: string, fields: Record<string, string>, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), ...init });
}

/** Opens the provider's page for a request, makes a choice, and reads the form that goes back to the service provider. */
export async function chooseAtProvider(page: Response, choice: Record<string, string>): Promise<{ action: string; fields: Record<string, string> }> {
  const html = await page.text();
  if (page.status !== 200) throw new Error(`The provider answers ${page.status}: ${html}`);
  const { action, fields } = readForm(html, 'execution');
  const posting = await postForm(new URL(action, page.url).href, { execution: fields['execution'] ?? '', ...choice });
  return readForm(await posting.text());
}
