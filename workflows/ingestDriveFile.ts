import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, ParentClosePolicy, patched, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, startChild, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { ingestDriveFileContract, type IngestDriveFileInput, type IngestDriveFileResult } from '#temporal/contracts/ingestDriveFile.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { databaseProfile, driveStreamProfile, hookProfile, rowProfile } from '#temporal/profiles.ts';
import type { ingestVideo } from './ingestVideo.ts';
import { orElse } from './orElse.ts';
import { type Reason, reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
/** What others make good when it is lost. */
const hints = proxyActivities<Activities>(hookProfile);

/**
 * Brings one file over from Google Drive: its bytes into the bucket, a resource for them into the site. Started by the site’s
 * sync for each file that is new or changed, and by the API for one that a person asks for once more. Its id is the lock that
 * no two bring the same file.
 * 1. openRequestRun opens a run of its own, if it is no part of a sync. claimDrivePlace gives the file its place in the bucket.
 * 2. bytes: streamDriveFile streams them in parts and checks size and sum.
 * 3. resource: saveDriveResource makes or changes the resource, ties captions and transcripts to their video, and reports.
 *    A video is then gone on with by an ingestVideo of its own, which nothing here waits for.
 * Signal: cancelRequested of its own run’s button. No queries: rows show how far it is.
 * If it dies in step 2, another worker goes on behind the last part that S3 has; in step 3, the row says what is done.
 * A file that fails fails alone: why is in its row and in the report, and the next sync takes it up again.
 * Cancel stops the stream and takes its parts away; the row says that the file was stopped, and the bytes and the resource of an
 * earlier state stay as they are.
 */
export async function ingestDriveFile(input: IngestDriveFileInput): Promise<IngestDriveFileResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, driveFileId } = input;
  const streams = proxyActivities<Activities>({ ...driveStreamProfile, taskQueue: queueOf('drive'), cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
  const isAlone = input.syncRunId === undefined;
  const execution = CancellationScope.current();
  const work = new CancellationScope();
  let runId = input.syncRunId ?? '';
  setHandler(cancelRequested, (signal) => {
    if (isAlone && signal.runId === runId) work.cancel();
  });
  if (isAlone) runId = (await CancellationScope.nonCancellable(() => rows.openRequestRun({ process: ingestDriveFileContract.process, requestId: input.requestId ?? null, siteId, workflowId, workflowRunId, pass: 1 }))).runId ?? '';
  const phase = (name: string): { phase?: string } => (isAlone ? { phase: name } : {});
  try {
    const saved = await work.run(async () => {
      const { isStored } = await rows.claimDrivePlace({ driveFileId, runId });
      const { bytes } = await streams.streamDriveFile.executeWithOptions({ summary: 'From Google Drive into the bucket' }, [{ driveFileId, runId, ...phase('bytes') }]);
      const resource = await database.saveDriveResource.executeWithOptions({ summary: 'The resource' }, [{ driveFileId, runId, ...phase('resource'), bytes, isStored }]);
      if (patched('ingest-video')) await beginVideo(input);
      return resource;
    });
    await CancellationScope.nonCancellable(async () => {
      if (!isAlone) return;
      await rows.recordEnded({ runId, state: 'succeeded', reason: null, result: { bytes: saved.counts['bytes'] ?? 0 } });
      await orElse(() => hints.tellDriveContent({ siteId }));
    });
    setCurrentDetails(saved.summary);
    return withinBudget<IngestDriveFileResult>({ outcome: 'done' });
  } catch (error) {
    const isStopped = isCancellation(error) || work.consideredCancelled;
    const failure: Reason = isStopped ? { reason: { code: 'Cancelled', message: 'A person stopped this. The next sync takes the file up again.' }, problems: [] } : reasonOf(error);
    await CancellationScope.nonCancellable(async () => {
      await rows.recordDriveFileFailed({ driveFileId, runId, reason: failure.reason });
      if (isAlone && isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: failure.reason });
      if (isAlone && !isStopped) await rows.recordFailed({ runId, ...failure });
      await orElse(() => hints.discardDriveUpload({ driveFileId }));
    });
    if (execution.consideredCancelled) throw new CancelledFailure('The file was stopped');
    return withinBudget<IngestDriveFileResult>({ outcome: 'failed' });
  }
}

/** Lets a workflow of its own go on with a video, which outlives this one and every sync. */
async function beginVideo({ siteId, driveFileId }: IngestDriveFileInput): Promise<void> {
  const { videoId } = await rows.keepVideo({ driveFileId });
  if (videoId === null) return;
  try {
    await startChild<typeof ingestVideo>(ingestVideoContract.workflowType, {
      workflowId: ingestVideoContract.workflowId(videoId),
      workflowIdReusePolicy: ingestVideoContract.workflowIdReusePolicy,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      args: [{ siteId, videoId }],
      staticSummary: 'A video from Google Drive',
    });
  } catch (error) {
    // It is at work already, or waits for a person.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
