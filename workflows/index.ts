/** The list of workflows a worker offers. */
export { cleanupContent } from './cleanupContent.ts';
export { changeSiteUrl } from './changeSiteUrl.ts';
export { importSite } from './importSite.ts';
export { massPublish } from './massPublish.ts';
export { notifyLearn } from './notifyLearn.ts';
export { publishSite } from './publishSite.ts';
export { pullContent } from './pullContent.ts';
export { reconcileRuns } from './reconcileRuns.ts';
export { syncContent } from './syncContent.ts';
export { syncImportBucket } from './syncImportBucket.ts';
export { syncStarters } from './syncStarters.ts';
