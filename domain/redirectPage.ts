/** Where a page went, as its old address says it: a plain page, because the CDN reads files and knows no other redirect. */
export interface RedirectTarget {
  /** Path from the root of the host, encoded, such as `/courses/new/pages/syllabus/`. */
  readonly path: string;
  /** Base address of the version's sites, without a slash at its end. */
  readonly baseUrl: string;
  readonly siteTitle: string;
}

/** The page at an old address that leads a browser to the new one and tells search engines which of the two counts. */
export function redirectPage(target: RedirectTarget): string {
  const path = escapeHtml(target.path);
  const title = escapeHtml(target.siteTitle);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Moved: ${title}</title>
<link rel="canonical" href="${escapeHtml(target.baseUrl)}${path}">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url=${path}">
<meta name="viewport" content="width=device-width, initial-scale=1">
</head>
<body>
<p>This page of ‘${title}’ has moved to <a href="${path}">${path}</a>.</p>
</body>
</html>
`;
}

/** Where the page of this path is now: the same page at the new place when there is one, else the site's first page. */
export function redirectedPath(prefix: string, page: string, isThere: (path: string) => boolean): string {
  const address = isThere(page) ? page.replace(/(^|\/)index\.html$/, '$1') : '';
  return `/${[...prefix.split('/'), ...address.split('/')].map(encodeURIComponent).join('/')}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
