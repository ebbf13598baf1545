import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { Problem } from '#domain/runs.ts';
import { withinBudget } from '#temporal/budget.ts';
import type { AdoptYouTubeVideoInput, AdoptYouTubeVideoResult } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { databaseProfile, hookProfile, linksProfile, rowProfile, threePlayProfile, youtubeProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const database = proxyActivities<Activities>(databaseProfile);
const stopsInside = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const youtube = proxyActivities<Activities>({ ...youtubeProfile, ...stopsInside });
const threePlay = proxyActivities<Activities>({ ...threePlayProfile, ...stopsInside });
const web = proxyActivities<Activities>({ ...linksProfile, ...stopsInside });
/** What others make good when it is lost. */
const hints = proxyActivities<Activities>(hookProfile);

/** Without its resource nobody wants anything of a video; that is no failure. */
const GONE = 'VideoMissing';

/**
 * Brings to a resource what is known of the video on YouTube that an author named in it. Started by the API for a request that is written
 * with the author’s save, never by an import, a sync or a cleanup; its id `adopt-youtube-video/<video>` is the lock that no two are at it.
 * 1. openAdoption opens the run people see.
 * 2. look: readNamedVideo reads the video at YouTube. One that readers could not watch ends the run, and its row says what to mend.
 * 3. captions: takeSuppliedCaptions takes in those that people linked. With none in English, adoptCaptions looks whether 3Play has some
 *    ready, and storeCaptions makes resources of them. Nothing is ordered.
 * 4. measure: measureArchive asks where the download is kept how large it is. What fails in 3 or 4 is a warning, and the rest goes on.
 * 5. tellDriveContent has the changes committed; endAdoption ends the run.
 * Signal: cancelRequested of the run’s button. No queries.
 * If it dies at any step, another worker repeats that step on the resource as it is then.
 * Cancel stops before the next change; what the resource was given stays.
 */
export async function adoptYouTubeVideo(input: AdoptYouTubeVideoInput): Promise<AdoptYouTubeVideoResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, videoId, requestId } = input;
  const execution = CancellationScope.current();
  const work = new CancellationScope();
  const warnings: Problem[] = [];
  let runId = '';
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work.cancel();
  });
  ({ runId } = await CancellationScope.nonCancellable(() => rows.openAdoption({ siteId, videoId, requestId, workflowId, workflowRunId })));
  try {
    await work.run(async () => {
      const read = await youtube.readNamedVideo.executeWithOptions({ summary: 'The video at YouTube' }, [{ runId, phase: 'look', videoId }]);
      warnings.push(...read.problems);
      setCurrentDetails(read.summary);
      await orWarn(bringCaptions);
      await orWarn(async () => {
        const { problems } = await web.measureArchive.executeWithOptions({ summary: 'Size of the download' }, [{ runId, phase: 'measure', videoId }]);
        warnings.push(...problems);
      });
      await orElse(() => hints.tellDriveContent({ siteId }));
    });
    return await end('succeeded', null, 'done');
  } catch (error) {
    if (isCancellation(error) || work.consideredCancelled) {
      await end('cancelled', { code: 'Cancelled', message: 'A person stopped this. What the resource was given stays.' }, 'failed');
      if (execution.consideredCancelled) throw new CancelledFailure('The adoption of a video was stopped');
      return withinBudget<AdoptYouTubeVideoResult>({ outcome: 'failed' });
    }
    const { reason } = reasonOf(error);
    return reason.code === GONE ? await end('superseded', reason, 'left') : await end('failed', reason, 'failed');
  }

  async function bringCaptions(): Promise<void> {
    const { isSupplied } = await database.takeSuppliedCaptions.executeWithOptions({ summary: 'Captions of the site’s own' }, [{ videoId }]);
    const { orderId } = await threePlay.adoptCaptions.executeWithOptions({ summary: 'Captions at 3Play' }, [{ runId, phase: 'captions', videoId, isSupplied }]);
    if (orderId !== null) await threePlay.storeCaptions.executeWithOptions({ summary: 'Captions into the site' }, [{ runId, phase: 'captions', orderId }]);
  }

  /** Does what the rest goes on without; that it could not be done is a warning of the run. */
  async function orWarn(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { reason } = reasonOf(error);
      if (reason.code === GONE) throw error;
      warnings.push({ message: reason.message });
    }
  }

  async function end(state: 'succeeded' | 'failed' | 'cancelled' | 'superseded', reason: { readonly code: string; readonly message: string } | null, outcome: AdoptYouTubeVideoResult['outcome']): Promise<AdoptYouTubeVideoResult> {
    if (reason !== null) setCurrentDetails(reason.message);
    await CancellationScope.nonCancellable(() => rows.endAdoption({ videoId, runId, state, reason, warnings }));
    return withinBudget<AdoptYouTubeVideoResult>({ outcome });
  }
}
