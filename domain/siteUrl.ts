import type { ContentItem } from './contentItem.ts';
import type { PublishVersion } from './runs.ts';
import type { SiteConfig } from './siteConfig.ts';
import { slugify } from './slug.ts';

interface NamedSite {
  readonly name: string;
  readonly urlPath: string | null;
}

/** Where a site's uploaded files lie in the storage bucket: by its name, not by its address, which may change. */
export function siteStoragePrefix(config: SiteConfig, site: Pick<NamedSite, 'name'>): string {
  return joinPath(config['root-url-path'], site.name);
}

/** Joins parts of a path with one slash; an empty one adds none. */
export function joinPath(...parts: readonly string[]): string {
  return parts.map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '').join('/');
}

/** Where readers find a site; null while it has no address. */
export function siteUrl(config: { readonly draftSiteUrl: string; readonly liveSiteUrl: string; readonly rootWebsiteName: string }, site: NamedSite, version: PublishVersion): string | null {
  const base = version === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
  if (site.name === config.rootWebsiteName) return `${base}/`;
  return site.urlPath === null ? null : `${base}/${site.urlPath}/`;
}

/**
 * The address a site would get, without the root prefix, from the starter's `site-url-format`; null when the starter has
 * none. Each part is looked for in the site's metadata, then in the first item of the kind it names. A part whose value is
 * missing stays in brackets, and an address with brackets cannot be used.
 */
export function suggestUrlPath(config: SiteConfig, items: readonly ContentItem[]): string | null {
  const format = config['site-url-format'];
  if (format === undefined) return null;
  const siteMetadata = items.find((item) => item.type === 'sitemetadata');
  return format.replace(/\[([^\]:]+):([^\]]+)\]/g, (section: string, type: string, fieldPath: string) => {
    const text = urlTextOf(siteMetadata, fieldPath) || urlTextOf(items.find((item) => item.type === type), fieldPath);
    return text === '' ? section : text;
  });
}

function urlTextOf(item: ContentItem | undefined, fieldPath: string): string {
  const value = fieldPath.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), item?.metadata);
  return typeof value === 'string' || typeof value === 'number' ? slugify(String(value).replaceAll('.', '-')) : '';
}

/** What to offer a person as a site's address, without the root prefix: its name where no better one can be made, or none is needed any more. */
export function offeredUrlPath(config: SiteConfig | null, items: readonly ContentItem[], site: { readonly name: string; readonly isPublished: boolean }): string {
  return (site.isPublished || config === null ? null : suggestUrlPath(config, items)) ?? site.name;
}

/** An address without the root prefix of its starter; whole when it does not stand under it. */
export function withoutRootPath(rootPath: string, urlPath: string): string {
  return rootPath !== '' && urlPath.startsWith(`${rootPath}/`) ? urlPath.slice(rootPath.length + 1) : urlPath;
}

/** Characters of an address; with the file's path it must stay a key of S3 (1,024 bytes). */
const MAX_URL_PATH = 300;

/** Why an address (without the root prefix) cannot be a site's, or undefined when it can. */
export function urlPathFault(urlPath: string): string | undefined {
  if (urlPath.trim() === '') return 'The URL path cannot be blank.';
  if (/[[\]]/.test(urlPath)) return 'You must replace the URL sections in brackets.';
  if (!/^[A-Za-z0-9._/-]+$/.test(urlPath) || urlPath.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'The URL path may have letters, digits, dots, dashes and underscores.';
  if (urlPath.length > MAX_URL_PATH) return `The URL path may have ${MAX_URL_PATH} characters at most.`;
  return undefined;
}

/** Whether two addresses cannot both be used: they are the same but for case, or one lies inside the other. */
export function urlPathsOverlap(first: string, second: string): boolean {
  const [a, b] = [first.toLowerCase(), second.toLowerCase()];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** What the CDN's redirect table needs to lead every address below the old place to the new one. */
export function redirectLine(from: string, to: string): string {
  return `/${from}/* → /${to}/:splat 301`;
}
