import type { PublishVersion } from './runs.ts';

interface TestSites {
  readonly testSiteSlugs: readonly string[];
  readonly testRootWebsiteName: string;
}

/** Whether only tests publish this site. */
export function isTestSite(config: TestSites, siteName: string): boolean {
  return siteName === config.testRootWebsiteName || config.testSiteSlugs.includes(siteName);
}

/** The bucket readers of one version of a site are served from. */
export function webBucket(config: TestSites & { readonly publishBucket: string; readonly previewBucket: string; readonly testBucket: string }, place: { readonly siteName: string; readonly version: PublishVersion }): string {
  if (isTestSite(config, place.siteName)) return config.testBucket;
  return place.version === 'live' ? config.publishBucket : config.previewBucket;
}
