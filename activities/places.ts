/** Where things of a site go. The rules are pure; activities give them the configuration. */
export type { Place } from '#domain/places.ts';
export { distributionOf, isRootSite, isTestSite, offlineBucket, resourceBaseUrl, siteBaseUrl, staticApiBaseUrl, webBucket } from '#domain/places.ts';
