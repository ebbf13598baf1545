/** Addresses that lead through a counter or a scanner, with the parameter that holds where they lead. */
const wrappers: readonly { readonly host: RegExp; readonly path: RegExp; readonly parameters: readonly string[] }[] = [
  { host: /^(?:www\.)?google\.[a-z.]+$/, path: /^\/url$/, parameters: ['q', 'url'] },
  { host: /\.safelinks\.protection\.outlook\.com$/, path: /^\//, parameters: ['url'] },
  { host: /^lm?\.facebook\.com$/, path: /^\/l\.php$/, parameters: ['u'] },
  { host: /^(?:www\.)?youtube\.com$/, path: /^\/redirect$/, parameters: ['q'] },
];
const schemes: readonly string[] = ['http:', 'https:', 'mailto:', 'tel:'];

/** Where a pasted link leads, without what counts or scans the clicks; null when it leads nowhere outside of the copied page. */
export function pastedHref(written: string): string | null {
  let href = written.trim();
  // Somebody may have copied a wrapped link from a wrapped link, but not for ever.
  for (let turn = 0; turn < 3; turn += 1) {
    const url = URL.canParse(href) ? new URL(href) : null;
    if (url === null || !schemes.includes(url.protocol)) return null;
    const wrapper = wrappers.find(({ host, path }) => host.test(url.hostname) && path.test(url.pathname));
    const inner = wrapper?.parameters.map((name) => url.searchParams.get(name)).find((value) => value !== null && /^https?:/i.test(value));
    if (inner == null) return href;
    href = inner;
  }
  return href;
}
