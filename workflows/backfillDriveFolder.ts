import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { backfillDriveFolderContract, type BackfillDriveFolderInput, type BackfillDriveFolderResult } from '#temporal/contracts/backfillDriveFolder.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { driveProfile, driveStreamProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const drive = proxyActivities<Activities>({ ...driveProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });

/**
 * Puts files of a site that are in the storage bucket and not in Google Drive into its folder there, so that authors find them where
 * they look for files. Started by the API for an operator’s request; its id `backfill-drive-folder/<site>` is the lock that no two are at it.
 * 1. openRequestRun opens the run. folders: the site’s folders are found, or made.
 * 2. put: backfillDriveFiles sends every file that is lacking, but for videos, and makes each the file of its resource.
 * Signal: cancelRequested of the run’s button. No queries.
 * If it dies in step 2, another worker goes on: a file’s id is kept before it is put there under that id.
 * Cancel stops before the next file; what was put there stays.
 */
export async function backfillDriveFolder(input: BackfillDriveFolderInput): Promise<BackfillDriveFolderResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, requestId } = input;
  const streams = proxyActivities<Activities>({ ...driveStreamProfile, taskQueue: queueOf('drive'), cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
  const execution = CancellationScope.current();
  const work = new CancellationScope();
  let runId = '';
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work.cancel();
  });
  runId = (await CancellationScope.nonCancellable(() => rows.openRequestRun({ process: backfillDriveFolderContract.process, requestId, siteId, workflowId, workflowRunId, pass: 1 }))).runId ?? '';
  try {
    const put = await work.run(async () => {
      await drive.makeSiteDriveFolder.executeWithOptions({ summary: 'The site’s own folder' }, [{ runId, phase: 'folders', siteId }]);
      await drive.makeInnerDriveFolders.executeWithOptions({ summary: 'The folders in it' }, [{ runId, phase: 'folders', siteId }]);
      return streams.backfillDriveFiles.executeWithOptions({ summary: 'Put what is lacking into Google Drive' }, [{ runId, phase: 'put', siteId }]);
    });
    await CancellationScope.nonCancellable(() => rows.recordEnded({ runId, state: 'succeeded', reason: null, result: { ...put.counts } }));
    setCurrentDetails(put.summary);
    return withinBudget<BackfillDriveFolderResult>({ outcome: 'done' });
  } catch (error) {
    const isStopped = isCancellation(error) || work.consideredCancelled;
    await CancellationScope.nonCancellable(async () => {
      if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this run. Files that were put into Google Drive stay; the next request goes on from there.' } });
      else await rows.recordFailed({ runId, ...reasonOf(error) });
    });
    if (execution.consideredCancelled) throw new CancelledFailure('The run was stopped');
    return withinBudget<BackfillDriveFolderResult>({ outcome: 'failed' });
  }
}
