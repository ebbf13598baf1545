import type { FastlyDistribution } from '#clients/fastly.ts';
import type { Config } from '#config/load.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { isTestSite } from '#domain/webBucket.ts';

export { isTestSite, webBucket } from '#domain/webBucket.ts';

/** Where things of one version of a site go: its buckets, its caches and its address. Sites that only tests publish have places of their own. */
export interface Place {
  readonly siteName: string;
  readonly version: PublishVersion;
}

type PlaceConfig = Pick<Config, 'testSiteSlugs' | 'testRootWebsiteName'>;

/** Whether this site stands at the top of its bucket. */
export function isRootSite(config: Pick<Config, 'rootWebsiteName' | 'testRootWebsiteName'>, siteName: string): boolean {
  return siteName === config.rootWebsiteName || siteName === config.testRootWebsiteName;
}

/** The bucket of the tree that is read without a network. */
export function offlineBucket(config: PlaceConfig & Pick<Config, 'offlinePublishBucket' | 'offlinePreviewBucket' | 'offlineTestBucket'>, place: Place): string {
  if (isTestSite(config, place.siteName)) return config.offlineTestBucket;
  return place.version === 'live' ? config.offlinePublishBucket : config.offlinePreviewBucket;
}

/** The CDN's distribution in front of the web bucket. */
export function distributionOf(config: PlaceConfig, place: Place): FastlyDistribution {
  return isTestSite(config, place.siteName) ? 'test' : place.version;
}

/** The base address of the version's sites, which also serves what builds read. */
export function siteBaseUrl(config: PlaceConfig & Pick<Config, 'liveSiteUrl' | 'draftSiteUrl' | 'testSiteUrl'>, place: Place): string {
  if (isTestSite(config, place.siteName)) return config.testSiteUrl;
  return place.version === 'live' ? config.liveSiteUrl : config.draftSiteUrl;
}
