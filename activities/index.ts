import { createArchiveActivities } from './archive.ts';
import { createBucketsActivities } from './buckets.ts';
import { createCaptionCorrectionsActivities } from './captionCorrections.ts';
import { createCaptionOrdersActivities } from './captionOrders.ts';
import { createCaptionsActivities } from './captions.ts';
import { createCleanupActivities } from './cleanup.ts';
import { createConcourseActivities } from './concourse.ts';
import { createContentActivities } from './content.ts';
import { createDeleteContentActivities } from './deleteContent.ts';
import type { ActivityDeps } from './deps.ts';
import { createDriveBackfillActivities } from './driveBackfill.ts';
import { createDriveChangesActivities } from './driveChanges.ts';
import { createDriveDeletionsActivities } from './driveDeletions.ts';
import { createDriveFoldersActivities } from './driveFolders.ts';
import { createDriveResourcesActivities } from './driveResources.ts';
import { createDriveStreamsActivities } from './driveStreams.ts';
import { createDriveSyncActivities } from './driveSync.ts';
import { createHugoActivities } from './hugo.ts';
import { createImportSyncActivities } from './importSync.ts';
import { createImportsActivities } from './imports.ts';
import { createLinkDigestsActivities } from './linkDigests.ts';
import { createLinksActivities } from './links.ts';
import { createMailsActivities } from './mails.ts';
import { createOfflineActivities } from './offline.ts';
import { createOfflineHugoActivities } from './offlineHugo.ts';
import { createMassPublishActivities } from './massPublish.ts';
import { createPreviewsActivities } from './previews.ts';
import { createPullsActivities } from './pulls.ts';
import { createMovesActivities } from './moves.ts';
import { createNamedVideosActivities } from './namedVideos.ts';
import { createNoticesActivities } from './notices.ts';
import { createPurgeActivities } from './purge.ts';
import { createReconcileActivities } from './reconcile.ts';
import { createRepositoryActivities } from './repository.ts';
import { createRootListingsActivities } from './rootListings.ts';
import { createReviewsActivities } from './reviews.ts';
import { createRunsActivities } from './runs.ts';
import { createSiteRepositoryActivities } from './siteRepository.ts';
import { createStartersActivities } from './starters.ts';
import { createSweepActivities } from './sweep.ts';
import { createThemeAssetsActivities } from './themeAssets.ts';
import { createStoredRunsActivities } from './storedRuns.ts';
import { createTranscodeActivities } from './transcode.ts';
import { createUnpublishingActivities } from './unpublishing.ts';
import { createVideosActivities } from './videos.ts';
import { createVideoStartsActivities } from './videoStarts.ts';
import { createYoutubeQuotaActivities } from './youtubeQuota.ts';
import { createYoutubeUpdatesActivities } from './youtubeUpdates.ts';
import { createYoutubeUploadsActivities } from './youtubeUploads.ts';

/** Every activity a worker offers, by name; names are unique across capabilities. */
export function createActivities(deps: ActivityDeps) {
  return {
    ...createArchiveActivities(deps),
    ...createBucketsActivities(deps),
    ...createCaptionCorrectionsActivities(deps),
    ...createCaptionOrdersActivities(deps),
    ...createCaptionsActivities(deps),
    ...createCleanupActivities(deps),
    ...createConcourseActivities(deps),
    ...createContentActivities(deps),
    ...createDeleteContentActivities(deps),
    ...createDriveBackfillActivities(deps),
    ...createDriveChangesActivities(deps),
    ...createDriveDeletionsActivities(deps),
    ...createDriveFoldersActivities(deps),
    ...createDriveResourcesActivities(deps),
    ...createDriveStreamsActivities(deps),
    ...createDriveSyncActivities(deps),
    ...createHugoActivities(deps),
    ...createImportSyncActivities(deps),
    ...createImportsActivities(deps),
    ...createLinksActivities(deps),
    ...createLinkDigestsActivities(deps),
    ...createMailsActivities(deps),
    ...createOfflineActivities(deps),
    ...createOfflineHugoActivities(deps),
    ...createMassPublishActivities(deps),
    ...createPreviewsActivities(deps),
    ...createPullsActivities(deps),
    ...createMovesActivities(deps),
    ...createNamedVideosActivities(deps),
    ...createNoticesActivities(deps),
    ...createPurgeActivities(deps),
    ...createReconcileActivities(deps),
    ...createRepositoryActivities(deps),
    ...createRootListingsActivities(deps),
    ...createReviewsActivities(deps),
    ...createRunsActivities(deps),
    ...createSiteRepositoryActivities(deps),
    ...createStartersActivities(deps),
    ...createSweepActivities(deps),
    ...createThemeAssetsActivities(deps),
    ...createStoredRunsActivities(deps),
    ...createTranscodeActivities(deps),
    ...createUnpublishingActivities(deps),
    ...createVideosActivities(deps),
    ...createVideoStartsActivities(deps),
    ...createYoutubeQuotaActivities(deps),
    ...createYoutubeUpdatesActivities(deps),
    ...createYoutubeUploadsActivities(deps),
  };
}

export type Activities = ReturnType<typeof createActivities>;
