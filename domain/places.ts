import type { PublishVersion } from './runs.ts';

/** Where things of one version of a site go: its buckets, its caches and its address. Sites that only tests publish have places of their own. */
export interface Place {
  readonly siteName: string;
  readonly version: PublishVersion;
}

/** What of the configuration says where things go, by the names it has there. */
export interface PlaceConfig {
  readonly testSiteSlugs: readonly string[];
  readonly testRootWebsiteName: string;
}

export interface BucketConfig extends PlaceConfig {
  readonly publishBucket: string;
  readonly previewBucket: string;
  readonly testBucket: string;
  readonly offlinePublishBucket: string;
  readonly offlinePreviewBucket: string;
  readonly offlineTestBucket: string;
}

/** Whether only tests publish this site. */
export function isTestSite(config: PlaceConfig, siteName: string): boolean {
  return siteName === config.testRootWebsiteName || config.testSiteSlugs.includes(siteName);
}

/** Whether this site stands at the top of its bucket. */
export function isRootSite(config: { readonly rootWebsiteName: string; readonly testRootWebsiteName: string }, siteName: string): boolean {
  return siteName === config.rootWebsiteName || siteName === config.testRootWebsiteName;
}

/** The bucket readers are served from. */
export function webBucket(config: PlaceConfig & Pick<BucketConfig, 'publishBucket' | 'previewBucket' | 'testBucket'>, place: Place): string {
  if (isTestSite(config, place.siteName)) return config.testBucket;
  return place.version === 'live' ? config.publishBucket : config.previewBucket;
}

/** The bucket of the tree that is read without a network. */
export function offlineBucket(config: PlaceConfig & Pick<BucketConfig, 'offlinePublishBucket' | 'offlinePreviewBucket' | 'offlineTestBucket'>, place: Place): string {
  if (isTestSite(config, place.siteName)) return config.offlineTestBucket;
  return place.version === 'live' ? config.offlinePublishBucket : config.offlinePreviewBucket;
}

/** The CDN's distribution in front of the web bucket. */
export function distributionOf(config: PlaceConfig, place: Place): 'draft' | 'live' | 'test' {
  return isTestSite(config, place.siteName) ? 'test' : place.version;
}

/** Where readers find the sites of each kind. */
export interface SiteUrlConfig extends PlaceConfig {
  readonly liveSiteUrl: string;
  readonly draftSiteUrl: string;
  readonly testSiteUrl: string;
}

/** Addresses that themes are told while they build, where those are not the readers' own. */
export interface BuildUrlConfig extends SiteUrlConfig {
  readonly staticApiLiveUrl: string | undefined;
  readonly staticApiDraftUrl: string | undefined;
  readonly staticApiTestUrl: string | undefined;
  readonly resourceLiveUrl: string | undefined;
  readonly resourceDraftUrl: string | undefined;
}

/** The base address of the version's sites. */
export function siteBaseUrl(config: SiteUrlConfig, place: Place): string {
  if (isTestSite(config, place.siteName)) return config.testSiteUrl;
  return place.version === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
}

/** Where builds read what other sites publish: where readers do, unless builders reach that elsewhere. */
export function staticApiBaseUrl(config: BuildUrlConfig, place: Place): string {
  const own = isTestSite(config, place.siteName) ? config.staticApiTestUrl : place.version === 'live' ? config.staticApiLiveUrl : config.staticApiDraftUrl;
  return own ?? siteBaseUrl(config, place);
}

/** What themes put before the address of an uploaded file: nothing, for it lies beside the site, unless the installation says otherwise. */
export function resourceBaseUrl(config: BuildUrlConfig, place: Place): string {
  if (isTestSite(config, place.siteName)) return staticApiBaseUrl(config, place);
  return (place.version === 'live' ? config.resourceLiveUrl : config.resourceDraftUrl) ?? '';
}
