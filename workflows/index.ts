/** The list of workflows a worker offers. */
export { buildWithConcourse } from './buildWithConcourse.ts';
export { changeSiteUrl } from './changeSiteUrl.ts';
export { cleanupContent } from './cleanupContent.ts';
export { importSite } from './importSite.ts';
export { publishSite } from './publishSite.ts';
export { pullContent } from './pullContent.ts';
export { reconcileRuns } from './reconcileRuns.ts';
export { syncContent } from './syncContent.ts';
export { syncStarters } from './syncStarters.ts';
