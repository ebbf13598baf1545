/** The list of workflows a worker offers. */
export { buildThemeAssets } from './buildThemeAssets.ts';
export { changeSiteUrl } from './changeSiteUrl.ts';
export { cleanupContent } from './cleanupContent.ts';
export { importSite } from './importSite.ts';
export { notifyLearn } from './notifyLearn.ts';
export { publishSite } from './publishSite.ts';
export { pullContent } from './pullContent.ts';
export { reconcileRuns } from './reconcileRuns.ts';
export { sendMail } from './sendMail.ts';
export { sweepBuildStore } from './sweepBuildStore.ts';
export { reviewPublish } from './reviewPublish.ts';
export { syncContent } from './syncContent.ts';
export { syncStarters } from './syncStarters.ts';
export { unpublishSite } from './unpublishSite.ts';
export { updateRootListing } from './updateRootListing.ts';
