/** Where things of a site go. The rules are pure; activities give them the configuration. */
export { distributionOf, isRootSite, isTestSite, offlineBucket, siteBaseUrl, webBucket } from '#domain/places.ts';
