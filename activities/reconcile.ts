import { listForgottenDeletions } from '#db/queries/contentDeletions.ts';
import { clearDelivered, insertRunRequest, listDeliveredUntaken, type RunRequestRow } from '#db/queries/runRequests.ts';
import { listQuietOpenRuns, moveRun } from '#db/queries/runs.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { archiveLinksContract } from '#temporal/contracts/archiveLinks.ts';
import { backfillDriveFolderContract } from '#temporal/contracts/backfillDriveFolder.ts';
import { buildThemeAssetsContract } from '#temporal/contracts/buildThemeAssets.ts';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { checkLinksContract } from '#temporal/contracts/checkLinks.ts';
import { cleanupContentContract } from '#temporal/contracts/cleanupContent.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { massPublishContract } from '#temporal/contracts/massPublish.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { pullContentContract } from '#temporal/contracts/pullContent.ts';
import type { ReconcileRunsInput, ReconcileRunsResult } from '#temporal/contracts/reconcileRuns.ts';
import { reviewPublishContract } from '#temporal/contracts/reviewPublish.ts';
import { syncContentContract } from '#temporal/contracts/syncContent.ts';
import { syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';
import { syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import { syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { updateYouTubeContract } from '#temporal/contracts/updateYouTube.ts';
import type { ActivityDeps } from './deps.ts';
import { startMails } from './startMails.ts';

const LOOKED_AT_ONCE = 200;

/** What a person does about a run that is gone. */
const WHAT_NOW: Readonly<Record<string, string>> = {
  [publishSiteContract.process]: 'The published site is as it was; publish again.',
  [reviewPublishContract.process]: 'The published site is as it was; review again.',
  [changeSiteUrlContract.process]: 'The site may be half-way. Move it to the place it shall have to put that right.',
  [unpublishSiteContract.process]: 'The site may be half-way. Unpublish it once more to finish that, or publish it to bring it back.',
};

/** The workflow a request was delivered to; null for a process this version does not know. */
function workflowIdOf(request: RunRequestRow): string | null {
  switch (request.process) {
    case publishSiteContract.process:
      return request.siteName === null || request.version === null ? null : publishSiteContract.workflowId(request.siteName, request.version);
    case buildOfflineContract.process:
      return request.siteName === null || request.version === null ? null : buildOfflineContract.workflowId(request.siteName, request.version);
    case updateYouTubeContract.process:
      return request.siteId === null || request.version === null ? null : updateYouTubeContract.workflowId(request.siteId, request.version);
    case syncContentContract.process:
      return request.siteName === null ? null : syncContentContract.workflowId(request.siteName);
    case importSiteContract.process:
      return importSiteContract.workflowId(request.id);
    case pullContentContract.process:
      return request.siteName === null ? null : pullContentContract.workflowId(request.siteName);
    case checkLinksContract.process:
      return request.siteName === null ? null : checkLinksContract.workflowId(request.siteName);
    case archiveLinksContract.process:
      return archiveLinksContract.workflowId();
    case cleanupContentContract.process:
      return cleanupContentContract.workflowId(request.id);
    case syncStartersContract.process:
      return syncStartersContract.workflowId();
    case buildThemeAssetsContract.process:
      return buildThemeAssetsContract.workflowId();
    case changeSiteUrlContract.process:
      return request.siteName === null ? null : changeSiteUrlContract.workflowId(request.siteName);
    case unpublishSiteContract.process:
      return request.siteName === null ? null : unpublishSiteContract.workflowId(request.siteName);
    case createDriveFoldersContract.process:
      return request.siteName === null ? null : createDriveFoldersContract.workflowId(request.siteName);
    case syncDriveFolderContract.process:
      return request.siteName === null ? null : syncDriveFolderContract.workflowId(request.siteName);
    case ingestDriveFileContract.process:
      return typeof request.input['driveFileId'] === 'string' ? ingestDriveFileContract.workflowId(request.input['driveFileId']) : null;
    case adoptYouTubeVideoContract.process:
      return typeof request.input['videoId'] === 'string' ? adoptYouTubeVideoContract.workflowId(request.input['videoId']) : null;
    case backfillDriveFolderContract.process:
      return request.siteName === null ? null : backfillDriveFolderContract.workflowId(request.siteName);
    case deleteContentContract.process:
      return request.siteName === null ? null : deleteContentContract.workflowId(request.siteName);
    case reviewPublishContract.process:
      return request.siteName === null || request.version === null ? null : reviewPublishContract.workflowId(request.siteName, request.version, request.id);
    case massPublishContract.process:
      return massPublishContract.workflowId(request.id);
    case syncImportBucketContract.process:
      return syncImportBucketContract.workflowId();
    default:
      return null;
  }
}

/** The check of rows against executions. */
export function createReconcileActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'temporal' | 'log'>) {
  const { db, temporal, log } = deps;

  /** Whether Temporal still runs this execution; with no run id, whether it runs any of that id. */
  async function isOpen(workflowId: string, workflowRunId?: string): Promise<boolean> {
    try {
      const description = await temporal.workflow.getHandle(workflowId, workflowRunId).describe();
      return description.status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  return {
    /**
     * Closes rows of runs whose execution is gone: terminated by an admin, or lost with the engine's database.
     * Idempotent because a closed row is not looked at again.
     * Kill points: between two rows; the next check takes the rest.
     */
    async closeLostRuns(input: ReconcileRunsInput): Promise<ReconcileRunsResult> {
      const quiet = await listQuietOpenRuns(db, input.idleMs, LOOKED_AT_ONCE);
      let closed = 0;
      for (const run of quiet) {
        if (await isOpen(run.workflowId, run.workflowRunId)) continue;
        // A failed run whose execution ended on its seventh day keeps its reason; it is closed for good.
        const reason = run.state === 'failed' ? undefined : { code: 'Terminated', message: `The run was ended in Temporal, or lost there. ${WHAT_NOW[run.process] ?? 'What it had done stays; ask for it again.'}` };
        await moveRun(db, { runId: run.id, state: 'terminated', ...(reason === undefined ? {} : { reason }) });
        log.warn({ runId: run.id, workflowId: run.workflowId }, 'Closed a run whose execution is gone');
        closed += 1;
      }
      return { looked: quiet.length, closed };
    },

    /**
     * Lets the relay deliver again what was delivered to an execution that is gone before a pass took it, asks anew for deletions that
     * nobody goes on with, and starts mails nobody started.
     * Idempotent because a request is delivered as a hint, and a pass takes each row once; a site for which one waits is not asked for again.
     * Kill points: between two rows; the next check takes the rest.
     */
    async reviveRequests(input: ReconcileRunsInput): Promise<{ revived: number }> {
      let revived = 0;
      for (const request of await listDeliveredUntaken(db, input.idleMs, LOOKED_AT_ONCE)) {
        const workflowId = workflowIdOf(request);
        if (workflowId === null || (await isOpen(workflowId))) continue;
        await clearDelivered(db, request.id);
        revived += 1;
      }
      for (const siteId of await listForgottenDeletions(db, deleteContentContract.process, input.idleMs, LOOKED_AT_ONCE)) {
        await insertRunRequest(db, { process: deleteContentContract.process, siteId, requestedBy: null });
        revived += 1;
      }
      await startMails(deps);
      return { revived };
    },
  };
}
