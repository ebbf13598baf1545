/** Where things of a site go. The rules are pure; activities give them the configuration. */
export { isRootSite, webBucket } from '#domain/places.ts';
