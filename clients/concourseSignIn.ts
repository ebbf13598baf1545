import { ConcourseError } from './concourseError.ts';

/** The first link to the form of local users on a page, as it stands between quotes. */
const FORM = /"(\/sky\/issuer\/auth\/local[^"]*)"/;
const REFUSED = 'invalid username and password';
/** Redirects that are followed at most. */
const MAX_STEPS = 10;

interface Page {
  readonly text: string;
  /** The token, once a page brought it. */
  readonly token: string | null;
}

/**
 * Signs in as a local user through the pages people use, with cookies of its own that nobody had before.
 * @returns the token of the API.
 * @throws {ConcourseError} `refused` for a wrong name or password, `unavailable` when the pages do not lead to a token.
 */
export async function signIn(options: { readonly base: string; readonly username: string; readonly password: string; readonly timeoutMs: number }): Promise<string> {
  const { base } = options;
  const { origin } = new URL(base);
  const cookies = new Map<string, string>();

  async function open(address: string, form?: URLSearchParams): Promise<Page> {
    let url = new URL(address, base);
    let body = form;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      // A password is sent to Concourse and to nobody it points at.
      if (url.origin !== origin) throw new ConcourseError('unavailable', `Concourse’s sign-in leads away from it, to ${url.host}`, null);
      const answer = await get(url, body);
      for (const line of answer.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        const equals = pair.indexOf('=');
        if (equals > 0) cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
      }
      const token = tokenIn(cookies);
      const next = answer.headers.get('location');
      if (token !== null || answer.status < 300 || answer.status >= 400 || next === null) {
        const text = await answer.text();
        if (answer.status >= 400) throw new ConcourseError(answer.status >= 500 ? 'unavailable' : 'refused', `Concourse’s sign-in answered ${answer.status}`, answer.status);
        return { text, token };
      }
      await answer.arrayBuffer();
      url = new URL(next, url);
      body = undefined;
    }
    throw new ConcourseError('unavailable', 'Concourse’s sign-in leads in a circle', null);
  }

  async function get(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    try {
      return await fetch(url, {
        redirect: 'manual',
        signal: AbortSignal.timeout(options.timeoutMs),
        headers: cookies.size === 0 ? {} : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form === undefined ? {} : { method: 'POST', body: form }),
      });
    } catch {
      throw new ConcourseError('unavailable', 'Concourse’s sign-in does not answer', null);
    }
  }

  const start = await open('/sky/login');
  const chosen = await open(formIn(start.text));
  const done = await open(formIn(chosen.text), new URLSearchParams({ login: options.username, password: options.password }));
  if (done.token !== null) return done.token;
  if (done.text.toLowerCase().includes(REFUSED)) throw new ConcourseError('refused', 'Concourse refuses the user name or the password of CONCOURSE_USERNAME and CONCOURSE_PASSWORD', 200);
  throw new ConcourseError('unavailable', 'Concourse’s sign-in gave no token', null);
}

/** @throws {ConcourseError} when the page has no form for local users. */
function formIn(page: string): string {
  const found = FORM.exec(page)?.[1];
  if (found === undefined) throw new ConcourseError('unavailable', 'Concourse’s sign-in page has no form for local users', null);
  return found.replaceAll('&amp;', '&').replaceAll('&#43;', '+').replaceAll('&#34;', '"').replaceAll('&#39;', `'`).replaceAll('&lt;', '<').replaceAll('&gt;', '>');
}

/** The token is a cookie, in parts when it is long: `skymarshal_auth`, or `skymarshal_auth0`, `skymarshal_auth1`, … */
function tokenIn(cookies: ReadonlyMap<string, string>): string | null {
  let whole = cookies.get('skymarshal_auth') ?? '';
  if (whole === '') for (let part = 0; cookies.has(`skymarshal_auth${part}`); part += 1) whole += cookies.get(`skymarshal_auth${part}`) ?? '';
  const match = /^"?bearer (.+?)"?$/i.exec(decoded(whole));
  return match?.[1] ?? null;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
