import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  TerminatedFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { ingestVideoProcess } from '#domain/processes.ts';
import type { VideoPhase } from '#domain/videoPhases.ts';
import { withinBudget } from '#temporal/budget.ts';
import { captionVideoContract, type CaptionVideoInput, type CaptionVideoResult } from '#temporal/contracts/captionVideo.ts';
import { type IngestVideoInput, type IngestVideoResult, stepRetryRequested, transcodeEventReceived, videoRemoved } from '#temporal/contracts/ingestVideo.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { uploadToYouTubeContract, type UploadToYouTubeInput, type UploadToYouTubeResult } from '#temporal/contracts/uploadToYouTube.ts';
import { hookProfile, rowProfile, transcodeProfile, transcodeWaitProfile, transferProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { type Reason, reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** What was asked of MediaConvert is waited for: its answer says what to cancel. */
const media = proxyActivities<Activities>({ ...transcodeProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
/** What others make good when it is lost. */
const hints = proxyActivities<Activities>(hookProfile);

/** How long a step that failed waits for a person. */
const PARKED = '30 days';
/** How long an event may take that tells of a job whose answer was lost. */
const DOUBT_MS = 24 * 60 * 60_000;
/** Events of jobs that are listened to; who sends more is not MediaConvert, and looking at the job goes on without. */
const EVENTS = 20;

/** Why a step waits for a person: as told here, or as the step itself wrote it into the row of the video. */
type Parked = Reason | 'said';

const DOUBTFUL: Reason = {
  reason: { code: 'TranscodeDoubtful', message: 'Whether MediaConvert has this video nobody can say: its answer was lost, and this account may not search for jobs. Look for the job in its console; if there is none, retry to have another one made.' },
  problems: [],
};

const CANCELLED = { code: 'Cancelled', message: 'A person stopped this. Retry the video to go on from there.' };
const REMOVED = { code: 'VideoMissing', message: 'The video’s resource was deleted.' };

/** Why a video ended before it was whole. */
class VideoEnded extends Error {
  override readonly name = 'VideoEnded';
  readonly outcome: 'failed' | 'cancelled' | 'superseded';
  readonly reason: Reason['reason'];
  constructor(outcome: VideoEnded['outcome'], reason: Reason['reason']) {
    super(reason.message);
    this.outcome = outcome;
    this.reason = reason;
  }
}

/**
 * Makes of one state of a video file a film on YouTube with captions, and a small form to download. Started by ingestDriveFile, and by a
 * person who retries one that has ended; its id `ingest-video/<video>` is the lock. The row of the video says how far it is, so each run goes on from there:
 * 1. openVideoRun opens the run. beginVideoPhase says before each step whether anybody still wants it.
 * 2. transcode: submitTranscode has MediaConvert make three forms, or finds the job that was made before; followTranscode waits for its end.
 *    Where the answer was lost and no search is allowed, an event of the job is waited for, then a person.
 * 3. download: placeDownload puts the small form beside the site’s files; the resource names it.
 * 4. upload and process: the child uploadToYouTube. 5. captions: the child captionVideo. 6. done: endVideoRun, and the resource is committed soon.
 * Signals: transcodeEventReceived, a hint to look at the job at once; retryRequested and stepRetryRequested; gaveUp; cancelRequested; videoRemoved. No queries.
 * A step that failed for good, or that a child parked, leaves the run `failed` and this execution open for 30 days, until a person
 * retries; where the file was changed or taken away meanwhile, this ends instead.
 * If it dies in step 2, another worker finds the job again; in the others, each may be done again. Nothing is made twice that is paid for.
 * Cancel (signal or Temporal’s own) ends the job and the children; what was made stays, and a retry goes on from there.
 */
export async function ingestVideo(input: IngestVideoInput): Promise<IngestVideoResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, videoId } = input;
  const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
  const transcodes = proxyActivities<Activities>({ ...transcodeWaitProfile, ...waited, taskQueue: queueOf('watch') });
  const transfer = proxyActivities<Activities>({ ...transferProfile, ...waited, taskQueue: queueOf('transfer') });
  const execution = CancellationScope.current();
  const work = new CancellationScope();
  const jobIds: string[] = [];
  let runId = '';
  let decision: 'retry' | 'giveUp' | null = null;
  let isParked = false;
  let isRemoved = false;
  setHandler(transcodeEventReceived, ({ jobId }) => {
    if (jobIds.length < EVENTS) jobIds.push(jobId);
  });
  const decide = (given: 'retry' | 'giveUp'): void => {
    if (isParked) decision ??= given;
  };
  setHandler(stepRetryRequested, () => decide('retry'));
  setHandler(retryRequested, (signal) => {
    if (signal.runId === runId) decide('retry');
  });
  setHandler(gaveUp, (signal) => {
    if (signal.runId === runId) decide('giveUp');
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work.cancel();
  });
  setHandler(videoRemoved, () => {
    isRemoved = true;
    work.cancel();
  });

  const opened = await CancellationScope.nonCancellable(() => rows.openVideoRun({ siteId, videoId, workflowId, workflowRunId }));
  if (opened.runId === null) return withinBudget<IngestVideoResult>({ outcome: 'done' });
  runId = opened.runId;
  try {
    await work.run(async () => {
      for (let at: VideoPhase | null = opened.phase; at !== null && at !== 'done'; ) at = await step(at);
    });
    await CancellationScope.nonCancellable(() => end('succeeded', null));
    return withinBudget<IngestVideoResult>({ outcome: 'done' });
  } catch (error) {
    const isStopped = isCancellation(error) || work.consideredCancelled;
    if (!isStopped && !(error instanceof VideoEnded)) throw error;
    const stopped = isRemoved ? new VideoEnded('superseded', REMOVED) : new VideoEnded('cancelled', CANCELLED);
    const ended = error instanceof VideoEnded && !isStopped ? error : stopped;
    await CancellationScope.nonCancellable(async () => {
      await orElse(() => hints.cancelTranscode({ videoId }));
      await end(ended.outcome === 'failed' ? 'terminated' : ended.outcome, ended.reason);
    });
    if (execution.consideredCancelled) throw new CancelledFailure('The video was stopped');
    return withinBudget<IngestVideoResult>({ outcome: ended.outcome });
  }

  async function end(state: 'succeeded' | 'cancelled' | 'superseded' | 'terminated', reason: Reason['reason'] | null): Promise<void> {
    await rows.endVideoRun({ videoId, runId, state, reason });
    setCurrentDetails(reason === null ? 'Done' : reason.message);
    await orElse(() => hints.tellDriveContent({ siteId }));
  }

  /** One step, as often as a person wants it tried. @returns the step behind it. */
  async function step(at: Exclude<VideoPhase, 'done'>): Promise<VideoPhase> {
    for (let isApproved = false; ; ) {
      const { ended } = await rows.beginVideoPhase({ videoId, phase: at === 'process' ? 'upload' : at });
      if (ended !== null) throw new VideoEnded('superseded', ended);
      setCurrentDetails(ingestVideoProcess.phases.find(({ id }) => id === at)?.doing ?? at);
      let parked: Parked | null;
      try {
        parked = await doStep(at, isApproved);
        if (parked === null) return behind(at);
      } catch (error) {
        if (isCancellation(error) || work.consideredCancelled) throw error;
        parked = reasonOf(error);
      }
      await park(parked);
      // Whoever retries a doubtful job has looked for it, and means that another may be made.
      isApproved = parked !== 'said' && parked.reason.code === 'TranscodeDoubtful';
    }
  }

  /** @returns why it waits for a person; null when it is done. */
  async function doStep(at: Exclude<VideoPhase, 'done'>, isApproved: boolean): Promise<Parked | null> {
    switch (at) {
      case 'transcode':
        if (!(await submit(isApproved))) return DOUBTFUL;
        await follow();
        return null;
      case 'download':
        await transfer.placeDownload.executeWithOptions({ summary: 'Beside the site’s files' }, [{ videoId, runId, phase: 'download' }]);
        return null;
      case 'upload':
      case 'process':
        return child<UploadToYouTubeInput, UploadToYouTubeResult>(uploadToYouTubeContract, 'To YouTube', ({ outcome }) => outcome === 'done');
      case 'captions':
        return child<CaptionVideoInput, CaptionVideoResult>(captionVideoContract, 'Captions', ({ outcome }) => outcome === 'supplied' || outcome === 'captioned');
    }
  }

  /** @returns whether the video is with MediaConvert; else nobody can say. */
  async function submit(isApproved: boolean): Promise<boolean> {
    let doubtedUntil: number | null = null;
    // A person’s word is good for one more job.
    for (let mayMake = isApproved; ; mayMake = false) {
      const heard = jobIds.length;
      const { state } = await media.submitTranscode.executeWithOptions({ summary: 'To MediaConvert' }, [{ videoId, runId, phase: 'transcode', jobIds: [...jobIds], isApproved: mayMake }]);
      if (state === 'submitted') return true;
      if (doubtedUntil !== null && Date.now() >= doubtedUntil) return false;
      doubtedUntil ??= Date.now() + DOUBT_MS;
      await rows.noteVideoWait({ videoId, waits: { code: DOUBTFUL.reason.code, message: 'MediaConvert’s answer to a new job was lost, and this account may not search for it. An event of the job will tell.', until: new Date(doubtedUntil).toISOString() } });
      await condition(() => jobIds.length > heard, Math.max(1, doubtedUntil - Date.now()));
    }
  }

  /** Waits for the end of the job; an event of it has it looked at anew. */
  async function follow(): Promise<void> {
    for (;;) {
      const seen = jobIds.length;
      const look = new CancellationScope();
      const following = look.run(() => transcodes.followTranscode.executeWithOptions({ summary: 'Wait for MediaConvert' }, [{ videoId, runId, phase: 'transcode' }]));
      const isTold = await Promise.race([following.then(() => false), condition(() => jobIds.length > seen).then(() => true)]);
      if (!isTold) return;
      look.cancel();
      try {
        await following;
        return;
      } catch (error) {
        // A look that failed in that moment was not tried again, for it had been called off: that is not its end either.
        const isCalledOff = isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
        if (!isCalledOff || work.consideredCancelled) throw error;
      }
    }
  }

  /** A step that has a workflow of its own. @returns why it waits for a person; null when it is done. */
  async function child<I extends { videoId: string; siteId: string; runId: string }, R>(contract: { readonly workflowType: string; readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE'; readonly workflowId: (videoId: string) => string }, summary: string, isDone: (result: R) => boolean): Promise<Parked | null> {
    try {
      const result = await executeChild<(given: I) => Promise<R>>(contract.workflowType, {
        workflowId: contract.workflowId(videoId),
        workflowIdReusePolicy: contract.workflowIdReusePolicy,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        args: [{ videoId, siteId, runId } as I],
        staticSummary: summary,
      });
      return isDone(result) ? null : 'said';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return { reason: { code: 'AlreadyRunning', message: 'An earlier run is at this step still. Retry in a moment.' }, problems: [] };
      if (error instanceof Error && error.cause instanceof TerminatedFailure) return { reason: { code: 'Terminated', message: 'This step was ended in Temporal. Retry it to go on.' }, problems: [] };
      throw error;
    }
  }

  /** Says at once that the video waits for a person, then waits; nobody’s word in time ends it. */
  async function park(parked: Parked): Promise<void> {
    const { reason, problems } = parked === 'said' ? { reason: null, problems: [] } : parked;
    isParked = true;
    decision = null;
    const said = await CancellationScope.nonCancellable(() => rows.parkVideo({ videoId, runId, reason, problems }));
    if (said.isEnded) throw new VideoEnded('superseded', said.reason);
    setCurrentDetails(`Waits for a person: ${said.reason.message}`);
    await condition(() => decision !== null, PARKED);
    isParked = false;
    if (decision !== 'retry') throw new VideoEnded('failed', said.reason);
    await CancellationScope.nonCancellable(() => rows.recordResumed({ runId }));
  }
}

/** The step behind another. */
function behind(at: Exclude<VideoPhase, 'done'>): VideoPhase {
  // YouTube’s two steps are one child’s.
  const ids = ingestVideoProcess.phases.map(({ id }) => id);
  return at === 'upload' ? 'captions' : (ids[ids.indexOf(at) + 1] ?? 'done');
}
