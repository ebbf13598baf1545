import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Duration } from '@temporalio/common';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { processes } from '#domain/processes.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { backfillDriveFolderContract } from '#temporal/contracts/backfillDriveFolder.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { buildThemeAssetsContract } from '#temporal/contracts/buildThemeAssets.ts';
import { buildWithConcourseContract } from '#temporal/contracts/buildWithConcourse.ts';
import { captionVideoContract } from '#temporal/contracts/captionVideo.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { checkLinksContract } from '#temporal/contracts/checkLinks.ts';
import { cleanupContentContract } from '#temporal/contracts/cleanupContent.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { massPublishContract } from '#temporal/contracts/massPublish.ts';
import { notifyLearnContract } from '#temporal/contracts/notifyLearn.ts';
import { previewSiteContract } from '#temporal/contracts/previewSite.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { pullContentContract } from '#temporal/contracts/pullContent.ts';
import { reconcileRunsContract } from '#temporal/contracts/reconcileRuns.ts';
import { refreshCaptionsContract } from '#temporal/contracts/refreshCaptions.ts';
import { reviewPublishContract } from '#temporal/contracts/reviewPublish.ts';
import { sendMailContract } from '#temporal/contracts/sendMail.ts';
import { sweepBuildStoreContract } from '#temporal/contracts/sweepBuildStore.ts';
import { syncContentContract } from '#temporal/contracts/syncContent.ts';
import { syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';
import { syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import { syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { updateYouTubeContract } from '#temporal/contracts/updateYouTube.ts';
import { uploadToYouTubeContract } from '#temporal/contracts/uploadToYouTube.ts';
import { youtubeQuotaContract } from '#temporal/contracts/youtubeQuota.ts';
import { updateRootListingContract } from '#temporal/contracts/updateRootListing.ts';
import { watchDriveContract } from '#temporal/contracts/watchDrive.ts';
import { failures, type FailurePolicy, isFailureType, retryDelayMs, type FailureType } from '#temporal/failures.ts';
import * as profiles from '#temporal/profiles.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { taskQueueName, taskQueues } from '#temporal/taskQueues.ts';

describe('profiles', () => {
  const named = Object.entries(profiles).filter(([name]) => name.endsWith('Profile')) as [string, { startToCloseTimeout: Duration; scheduleToCloseTimeout: Duration; heartbeatTimeout?: Duration }][];

  it.each(named)('%s bounds one attempt and the whole, and leaves time for a second attempt', (_name, profile) => {
    expect(msToNumber(profile.startToCloseTimeout)).toBeGreaterThan(0);
    expect(msToNumber(profile.scheduleToCloseTimeout)).toBeGreaterThan(msToNumber(profile.startToCloseTimeout));
  });

  it.each(named.filter(([name]) => name !== 'rowProfile'))('%s notices a killed worker within a few heartbeats', (_name, profile) => {
    // A beat is sent every two seconds; fewer than three in time would take a busy worker for a dead one.
    expect(msToNumber(profile.heartbeatTimeout ?? 0)).toBeGreaterThanOrEqual(6_000);
    expect(msToNumber(profile.heartbeatTimeout ?? 0)).toBeLessThanOrEqual(15_000);
  });
});

describe('failures', () => {
  const types = Object.keys(failures) as FailureType[];

  it('are final, or say how long to wait', () => {
    for (const type of types) {
      const policy: FailurePolicy = failures[type];
      expect([type, policy.final || (policy.initialDelayMs !== undefined && policy.maxDelayMs !== undefined && policy.initialDelayMs <= policy.maxDelayMs)]).toEqual([type, true]);
    }
  });

  it('wait twice as long each time, up to their bound', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 40, 4_000].map((attempt) => retryDelayMs('S3Unavailable', attempt))).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    expect(retryDelayMs('GitPushRaced', 0)).toBe(200);
  });

  it('are known by their own names only', () => {
    expect(types.every(isFailureType)).toBe(true);
    for (const other of [null, undefined, '', 'toString', '__proto__', 'Error']) expect(isFailureType(other)).toBe(false);
  });
});

describe('contracts', () => {
  const contracts = [
    adoptYouTubeVideoContract,
    backfillDriveFolderContract,
    buildOfflineContract,
    archiveLinksContract,
    buildThemeAssetsContract,
    buildWithConcourseContract,
    captionVideoContract,
    changeSiteUrlContract,
    checkLinksContract,
    cleanupContentContract,
    createDriveFoldersContract,
    deleteContentContract,
    importSiteContract,
    ingestDriveFileContract,
    ingestVideoContract,
    massPublishContract,
    notifyLearnContract,
    previewSiteContract,
    publishSiteContract,
    pullContentContract,
    reconcileRunsContract,
    refreshCaptionsContract,
    reviewPublishContract,
    sendMailContract,
    sweepBuildStoreContract,
    syncContentContract,
    syncDriveFolderContract,
    syncImportBucketContract,
    syncStartersContract,
    unpublishSiteContract,
    updateRootListingContract,
    uploadToYouTubeContract,
    updateYouTubeContract,
    youtubeQuotaContract,
    watchDriveContract,
  ];

  it('are one per process of the catalogue, and one per file', () => {
    expect(contracts.map(({ process, workflowType }) => [process, workflowType]).sort()).toEqual(processes.map(({ id, workflow }) => [id, workflow]).sort());
    expect(readdirSync(new URL('../../temporal/contracts', import.meta.url)).sort()).toEqual(contracts.map(({ workflowType }) => `${workflowType}.ts`).sort());
  });

  it('run on a queue that exists', () => {
    for (const contract of contracts) expect(Object.values(taskQueues)).toContain(contract.taskQueue);
  });

  it('lock what they work on, and nothing else', () => {
    expect(publishSiteContract.workflowId('site-1', 'live')).toBe('publish-site/site-1/live');
    const ids = [adoptYouTubeVideoContract.workflowId('a'), adoptYouTubeVideoContract.workflowId('b'), captionVideoContract.workflowId('a'), captionVideoContract.workflowId('b'), refreshCaptionsContract.workflowId(), ingestVideoContract.workflowId('a'), ingestVideoContract.workflowId('b'), backfillDriveFolderContract.workflowId('a'), backfillDriveFolderContract.workflowId('b'), deleteContentContract.workflowId('a'), deleteContentContract.workflowId('b'), syncDriveFolderContract.workflowId('a'), syncDriveFolderContract.workflowId('b'), ingestDriveFileContract.workflowId('a'), ingestDriveFileContract.workflowId('b'), createDriveFoldersContract.workflowId('a'), createDriveFoldersContract.workflowId('b'), changeSiteUrlContract.workflowId('a'), changeSiteUrlContract.workflowId('b'), publishSiteContract.workflowId('a', 'draft'), publishSiteContract.workflowId('a', 'live'), publishSiteContract.workflowId('b', 'draft'), syncContentContract.workflowId('a'), syncContentContract.workflowId('b'), importSiteContract.workflowId('a'), pullContentContract.workflowId('a'), pullContentContract.workflowId('b'), syncStartersContract.workflowId(), cleanupContentContract.workflowId('a'), checkLinksContract.workflowId('a'), checkLinksContract.workflowId('b'), checkLinksContract.scheduledWorkflowId(), archiveLinksContract.workflowId(), watchDriveContract.workflowId(), updateYouTubeContract.workflowId('a', 'draft'), updateYouTubeContract.workflowId('a', 'live'), updateYouTubeContract.workflowId('b', 'live'), uploadToYouTubeContract.workflowId('a'), uploadToYouTubeContract.workflowId('b'), youtubeQuotaContract.workflowId(), reconcileRunsContract.workflowId()];
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(contracts.filter(({ process }) => id === process || id.startsWith(`${process}/`))).toHaveLength(1);
  });

  it('import and clean for a request once, but for one that was ended before it was done', () => {
    expect(importSiteContract.workflowIdReusePolicy).toBe('ALLOW_DUPLICATE_FAILED_ONLY');
    expect(cleanupContentContract.workflowIdReusePolicy).toBe('ALLOW_DUPLICATE_FAILED_ONLY');
  });
});

it('two installations that share a namespace have queues of their own', () => {
  expect(Object.values(taskQueues).map((queue) => taskQueueName(queue, 'rc-'))).toEqual(['rc-studio', 'rc-build', 'rc-offline', 'rc-transfer', 'rc-preview', 'rc-drive', 'rc-youtube', 'rc-watch', 'rc-links', 'rc-wayback']);
  expect(taskQueueName(taskQueues.build, '')).toBe('build');
});

it('an admin searches by site, process, version and person', () => {
  expect(Object.values(searchAttributes).map(({ name, type }) => [name, type])).toEqual([['SiteName', 'KEYWORD'], ['Process', 'KEYWORD'], ['PublishVersion', 'KEYWORD'], ['RequestedBy', 'KEYWORD']]);
});
