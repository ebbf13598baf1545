import type { CleanupSite, LinkTarget } from './cleanupSite.ts';

/** How an address is written. */
export type LinkForm = 'baseurl' | 'rootRelative' | 'relative' | 'absolute';

/** Where a link leads. `suffix` is the query and fragment with their marks, or empty. */
export type LinkDestination =
  /** `url` is inside the site and may be no item's. */
  | { readonly kind: 'own'; readonly form: LinkForm; readonly url: string; readonly suffix: string }
  /** `isLegacy`: the department stands in the address, as it did in the system before. */
  | { readonly kind: 'otherSite'; readonly form: LinkForm; readonly site: string; readonly urlPath: string; readonly rest: string; readonly suffix: string; readonly isLegacy: boolean }
  | { readonly kind: 'legacyUid'; readonly uid: string; readonly suffix: string }
  | { readonly kind: 'external'; readonly url: string }
  /** A place of the same page. */
  | { readonly kind: 'samePage' }
  /** Mail, scripts and what else is no page. */
  | { readonly kind: 'other' }
  /** A path of this installation that belongs to no site. */
  | { readonly kind: 'nowhere'; readonly form: LinkForm; readonly path: string; readonly suffix: string };

const BASEURL = /^\{\{[<%]\s*baseurl\s*[>%]\}\}/;
const LEGACY_UID = /(?:^|\/)resolveuid\/([0-9a-f]{32})\/?([?#].*)?$/i;

/** Reads the address of a link in a text of the site. */
export function linkDestination(written: string, site: CleanupSite): LinkDestination {
  const address = written.trim();
  const baseurl = BASEURL.exec(address);
  if (baseurl !== null) {
    const { path, suffix } = split(address.slice(baseurl[0].length));
    return { kind: 'own', form: 'baseurl', url: path, suffix };
  }
  if (address === '' || address.startsWith('#') || address.startsWith('?')) return { kind: 'samePage' };
  const legacyUid = LEGACY_UID.exec(address);
  if (legacyUid !== null) return { kind: 'legacyUid', uid: legacyUid[1] ?? '', suffix: legacyUid[2] ?? '' };
  if (/^(?:https?:)?\/\//i.test(address)) {
    const url = parsed(address.startsWith('//') ? `https:${address}` : address);
    if (url === null || !site.ownHosts.has(url.host)) return { kind: 'external', url: address };
    const destination = rooted(`${url.pathname}${url.search}${url.hash}`, 'absolute', site);
    return destination.kind === 'nowhere' ? { kind: 'external', url: address } : destination;
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) || address.includes('{{')) return { kind: 'other' };
  if (address.startsWith('/')) return rooted(address, 'rootRelative', site);
  if (address.startsWith('courses/')) return rooted(`/${address}`, 'relative', site);
  const { path, suffix } = split(address.replace(/^(?:\.{1,2}\/)+/, ''));
  return { kind: 'own', form: 'relative', url: `/${path}`, suffix };
}

function rooted(address: string, form: LinkForm, site: CleanupSite): LinkDestination {
  const { path, suffix } = split(address);
  const plain = path.replace(/^\/+|\/+$/g, '');
  const parts = plain.split('/');
  if (site.urlPath !== null && site.urlPath !== '' && (plain === site.urlPath || plain.startsWith(`${site.urlPath}/`))) return { kind: 'own', form, url: plain.slice(site.urlPath.length), suffix };
  const other = site.otherSiteOf(plain);
  if (other !== undefined) return { kind: 'otherSite', form, site: other.name, urlPath: other.urlPath, rest: other.rest, suffix, isLegacy: false };
  // `courses/<department>/<course>/…` of the system before.
  if (parts[0] === 'courses' && parts.length >= 3) {
    const slug = parts[2] ?? '';
    const rest = parts.slice(3).join('/');
    if (site.urlPath !== null && site.urlPath !== '' && site.urlPath === `courses/${slug}`) return { kind: 'own', form, url: `/${rest}`, suffix };
    const legacy = site.otherSiteOf(`courses/${slug}`);
    if (legacy !== undefined && legacy.rest === '') return { kind: 'otherSite', form, site: legacy.name, urlPath: legacy.urlPath, rest, suffix, isLegacy: true };
  }
  const isOwnFolder = site.folders.has(parts[0] ?? '') && form !== 'absolute';
  if (isOwnFolder || (site.urlPath === '' && site.byUrl(`/${plain}`) !== undefined)) return { kind: 'own', form, url: `/${plain}`, suffix };
  return { kind: 'nowhere', form, path: `/${plain}`, suffix };
}

function split(address: string): { readonly path: string; readonly suffix: string } {
  const at = address.search(/[?#]/);
  return at === -1 ? { path: address, suffix: '' } : { path: address.slice(0, at), suffix: address.slice(at) };
}

function parsed(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}


/** What was probably meant by an address that no item has. */
export type Guess = { readonly kind: 'found'; readonly target: LinkTarget; readonly why: string } | { readonly kind: 'several'; readonly count: number } | { readonly kind: 'none' };

/** Finds what an address of old meant: its index page, where the item was before, or the only item of this name. */
export function guessTarget(url: string, site: CleanupSite): Guess {
  const withoutIndex = url.replace(/\/(?:_index|index)(?:\.html?)?\/?$/, '/');
  if (withoutIndex !== url) {
    const target = site.byUrl(withoutIndex);
    if (target !== undefined) return { kind: 'found', target, why: 'the index of a section is the section' };
  }
  const former = site.byFormerUrl(url);
  if (former !== undefined) return { kind: 'found', target: former, why: 'it was renamed' };
  const name = withoutIndex.split('/').filter((part) => part !== '').at(-1);
  if (name === undefined) return { kind: 'none' };
  for (const [candidates, why] of [
    [site.byFilename(name), 'the only item of this name'],
    [site.byFileName(name), 'the only item with this file'],
    [site.byFilename(name.replace(/\.html?$/, '')), 'the only item of this name'],
  ] as const) {
    const [only, ...more] = candidates;
    if (only !== undefined) return more.length === 0 ? { kind: 'found', target: only, why } : { kind: 'several', count: candidates.length };
  }
  return { kind: 'none' };
}
