import type { PublishVersion } from './runs.ts';
import { joinPath, withoutRootPath } from './siteUrl.ts';

/** The part of the configuration that decides how Hugo is called. */
export interface HugoInstallation {
  readonly studioBaseUrl: string;
  readonly envName: string;
  readonly sitemapDomain: string;
  readonly courseV3CanonicalDomain: string;
  readonly courseStarterSlug: string;
  readonly gtmAccountId: string | undefined;
  readonly themesSentryDsn: string | undefined;
  readonly apiBearerToken: string | undefined;
  readonly extraThemesBaseUrls: Readonly<Record<string, string>>;
  readonly extraThemesGtmIds: Readonly<Record<string, string>>;
}

export interface HugoOutputOf {
  readonly urlPath: string | null;
  readonly isRoot: boolean;
  /** Only tests publish it. */
  readonly isTest: boolean;
  readonly version: PublishVersion;
  /** Empty for the site's own theme. */
  readonly theme: string;
  /** The starter's root-url-path. */
  readonly rootPath: string;
  /** Where builds read what other sites publish. */
  readonly staticApiBaseUrl: string;
  /** What stands before the address of an uploaded file; empty where it lies beside the site. */
  readonly resourceBaseUrl: string;
}

export interface HugoSettings {
  /** Where the output goes in the web bucket, without a slash at the end; empty for a root site. */
  readonly prefix: string;
  readonly baseUrl: string;
  readonly buildDrafts: boolean;
  /** The whole environment the themes may read. */
  readonly env: Readonly<Record<string, string>>;
}

/** How Hugo is called for one output of a site: base address and environment, as the existing builders call it. */
export function hugoSettings(installation: HugoInstallation, of: HugoOutputOf): HugoSettings {
  const urlPath = of.isRoot ? '' : (of.urlPath ?? '');
  const isDraft = of.version === 'draft';
  const isExtra = of.theme !== '';
  return {
    prefix: joinPath(of.theme, urlPath),
    baseUrl: baseUrlOf(installation, of, urlPath),
    buildDrafts: isDraft,
    env: {
      // Whoever may write a theme or a page of another site must not read it.
      ...(of.isRoot && installation.apiBearerToken !== undefined ? { API_BEARER_TOKEN: installation.apiBearerToken } : {}),
      GTM_ACCOUNT_ID: (isExtra ? installation.extraThemesGtmIds[of.theme] : undefined) ?? installation.gtmAccountId ?? '',
      // The root site of tests reads what the studio would answer from its own bucket.
      OCW_STUDIO_BASE_URL: !of.isTest ? installation.studioBaseUrl : of.isRoot ? of.staticApiBaseUrl : '',
      STATIC_API_BASE_URL: of.staticApiBaseUrl,
      OCW_IMPORT_STARTER_SLUG: installation.courseStarterSlug,
      OCW_COURSE_STARTER_SLUG: installation.courseStarterSlug,
      RESOURCE_BASE_URL: of.resourceBaseUrl,
      SITEMAP_DOMAIN: of.isTest ? hostOf(of.staticApiBaseUrl) : installation.sitemapDomain,
      COURSE_V3_CANONICAL_DOMAIN: installation.courseV3CanonicalDomain,
      SENTRY_DSN: installation.themesSentryDsn ?? '',
      NOINDEX: isExtra || isDraft || of.isTest || !['prod', 'production'].includes(installation.envName) ? 'true' : 'false',
    },
  };
}

function baseUrlOf(installation: HugoInstallation, of: HugoOutputOf, urlPath: string): string {
  const readAt = of.theme === '' ? undefined : installation.extraThemesBaseUrls[of.theme];
  if (readAt === undefined) return `/${joinPath(of.theme, urlPath)}`;
  return extraThemeUrl(readAt, withoutRootPath(of.rootPath, urlPath));
}

/** Where a site is read whose extra theme has an address of its own, on this host or another; `pathBelowRoot` is the site's without its starter's root. */
export function extraThemeUrl(readAt: string, pathBelowRoot: string): string {
  const start = readAt.replace(/\/+$/, '');
  return `${/^(https?:\/)?\//.test(start) ? start : `/${start}`}/${pathBelowRoot}`;
}

/** Host and port of an address. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/]+)/i.exec(url)?.[1] ?? url;
}

/** The themes a site is built with, its own (empty) first. */
export function themesOf(installation: { readonly defaultCourseTheme: string; readonly extraCourseThemes: readonly string[] }, site: { readonly starterSlug: string; readonly isRoot: boolean }): string[] {
  return ['', ...(site.isRoot || site.starterSlug !== installation.defaultCourseTheme ? [] : new Set(installation.extraCourseThemes))];
}
