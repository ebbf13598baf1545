import { ActivityCancellationType, CancellationScope, CancelledFailure, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { type UpdateYouTubeInput, type UpdateYouTubeResult, youtubeUpdateRequested } from '#temporal/contracts/updateYouTube.ts';
import { rowProfile, youtubeProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const youtube = proxyActivities<Activities>({ ...youtubeProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });

/**
 * Gives a site’s videos on YouTube the titles, descriptions, captions and privacy of what was published. Started by the end of a
 * publish when something differs from what YouTube was sent last; the publish does not wait for it. Its id
 * `update-youtube/<site>/<version>` is the lock that two publishes do not write over each other. Each pass:
 * 1. openYoutubeUpdate takes the waiting requests and opens the run people see.
 * 2. videos: updateYoutubeVideos goes through the site’s videos as they were published. What YouTube has already is not sent, and
 *    is not asked for; each call takes its share of the day’s quota first, and what is left goes on when there is more.
 * 3. The run ends with what was changed and what YouTube did not take.
 * Signals: youtubeUpdateRequested, a hint that a request row waits; cancelRequested, the run’s button. No queries.
 * If it dies in step 2, the next try sends what was not yet noted as sent; the same thing sent twice is the same thing.
 * Cancel stops between two calls. Videos that were told stay so, the others keep what they show until the next publish.
 */
export async function updateYouTube(input: UpdateYouTubeInput): Promise<UpdateYouTubeResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, version } = input;
  const execution = CancellationScope.current();
  let wanted = true;
  let passes = 0;
  let runId: string | null = null;
  let work: CancellationScope | null = null;
  setHandler(youtubeUpdateRequested, () => {
    wanted = true;
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work?.cancel();
  });

  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openYoutubeUpdate({ siteId, version, workflowId, workflowRunId, pass: passes + 1 }));
    if (opened.runId === null) {
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (wanted) continue;
      break;
    }
    passes += 1;
    const id = opened.runId;
    const scope = new CancellationScope();
    runId = id;
    work = scope;
    try {
      const told = await scope.run(() => youtube.updateYoutubeVideos.executeWithOptions({ summary: `Videos of ${input.siteName}` }, [{ siteId, version, runId: id, phase: 'videos' }]));
      setCurrentDetails(told.summary);
      await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: 'succeeded', reason: null, result: told.counts, warnings: told.problems }));
    } catch (error) {
      const isStopped = isCancellation(error) || scope.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this. Videos that YouTube was told of stay so; the next publish tells it of the others.' } });
        else await rows.recordFailed({ runId: id, ...reasonOf(error) });
      });
      if (execution.consideredCancelled) throw new CancelledFailure('The update was stopped');
    }
    runId = null;
  }
  return withinBudget<UpdateYouTubeResult>({ passes });
}
