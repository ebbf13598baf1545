import type { Config } from '#config/load.ts';
import type { Place } from './places.ts';
import { isRootSite, isTestSite, siteBaseUrl } from './places.ts';

/** Which of the builders' two command lines Hugo is run by, and for which theme output (empty for the site's own). */
export interface HugoRunKind {
  readonly place: Place;
  readonly theme: string;
  readonly isOffline: boolean;
}

/** What themes may read of the environment, by the names of the existing builders. */
export function hugoEnvironment(config: Config, kind: HugoRunKind): Record<string, string> {
  const { place, theme, isOffline } = kind;
  const isRoot = isRootSite(config, place.siteName);
  const mayBeIndexed = place.version === 'live' && theme === '' && !isTestSite(config, place.siteName) && /^prod(uction)?$/.test(config.envName);
  return {
    ...(isRoot && config.apiBearerToken !== undefined ? { API_BEARER_TOKEN: config.apiBearerToken } : {}),
    ...(isOffline ? { IS_ROOT_WEBSITE: isRoot ? '1' : '0' } : {}),
    GTM_ACCOUNT_ID: config.gtmAccountId ?? '',
    OCW_STUDIO_BASE_URL: config.studioBaseUrl,
    STATIC_API_BASE_URL: siteBaseUrl(config, place),
    OCW_IMPORT_STARTER_SLUG: config.courseStarterSlug,
    OCW_COURSE_STARTER_SLUG: config.courseStarterSlug,
    RESOURCE_BASE_URL: '',
    SITEMAP_DOMAIN: config.sitemapDomain,
    COURSE_V3_CANONICAL_DOMAIN: config.courseV3CanonicalDomain,
    SENTRY_DSN: config.themesSentryDsn ?? '',
    NOINDEX: mayBeIndexed ? 'false' : 'true',
  };
}
