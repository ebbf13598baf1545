import type { Config } from '#config/load.ts';
import { isRootSite, type Place, siteBaseUrl } from './places.ts';

/** Where readers find a version of a site that stands at this address; null while it has none. */
export function publishedUrl(config: Config, place: Place, urlPath: string | null): string | null {
  const base = siteBaseUrl(config, place);
  if (isRootSite(config, place.siteName)) return `${base}/`;
  return urlPath === null ? null : `${base}/${urlPath}/`;
}
