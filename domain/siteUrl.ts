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

/** Joins two parts of a path with one slash; an empty one adds none. */
export function joinPath(first: string, second: string): string {
  return [first, second].map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '').join('/');
}

/** Where readers find a site; null while it has no address. */
export function siteUrl(config: { readonly draftSiteUrl: string; readonly liveSiteUrl: string; readonly rootWebsiteName: string }, site: NamedSite, version: PublishVersion): string | null {
  const base = version === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
  if (site.name === config.rootWebsiteName) return `${base}/`;
  return site.urlPath === null ? null : `${base}/${site.urlPath}/`;
}

/**
 * The address a site would get, without the root prefix, from the starter's `site-url-format`; null when the starter has
 * none. A part whose value is missing stays in brackets, and an address with brackets cannot be used.
 */
export function suggestUrlPath(config: SiteConfig, items: readonly ContentItem[]): string | null {
  const format = config['site-url-format'];
  if (format === undefined) return null;
  return format.replace(/\[([^\]:]+):([^\]]+)\]/g, (section: string, type: string, fieldPath: string) => {
    const item = items.find((candidate) => candidate.type === type);
    const value = fieldPath.split('.').reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), item?.metadata);
    const text = typeof value === 'string' || typeof value === 'number' ? slugify(String(value).replaceAll('.', '-')) : '';
    return text === '' ? section : text;
  });
}

/** Why an address (without the root prefix) cannot be a site's, or undefined when it can. */
export function urlPathFault(urlPath: string): string | undefined {
  if (urlPath.trim() === '') return 'The URL path cannot be blank.';
  if (/[[\]]/.test(urlPath)) return 'You must replace the URL sections in brackets.';
  if (!/^[A-Za-z0-9._/-]+$/.test(urlPath) || urlPath.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'The URL path may have letters, digits, dots, dashes and underscores.';
  return undefined;
}
