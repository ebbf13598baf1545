import { ActivityCancellationType, allHandlersFinished, CancellationScope, CancelledFailure, condition, continueAsNew, isCancellation, patched, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type CheckLinksInput, type CheckLinksResult, linkCheckRequested } from '#temporal/contracts/checkLinks.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { linksProfile, rowProfile } from '#temporal/profiles.ts';
import { orElse } from './orElse.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/** Batches of one execution: far from where a history gets slow. */
const BATCHES = 200;

/**
 * Looks whether the external links of a site lead somewhere. Started by the API for a person's request, with the id
 * `check-links/<site>` that is the lock; by a weekly schedule, under an id of its own, for all sites. Each pass:
 * 1. openLinkCheck opens the run with the requests that wait. Its moment says which links are due: all not looked at since.
 * 2. collect: the links of the site's items are taken in; those that are gone, or lead elsewhere now, begin anew.
 * 3. check: batch after batch of what is due is asked for and noted, until nothing is due. After many batches the workflow
 *    continues as new, with the run's id and nothing else.
 * 4. recordEnded ends the run with what was found. Of all sites, tellBrokenLinks writes one mail per site whose links broke.
 * Signal: linkCheckRequested, a hint that a request waits. No queries: the run's row shows the progress.
 * If it dies in step 2, the site at hand is taken in again; in step 3, links that were noted are not due any more, and
 * those being asked for are asked once more.
 * Cancel (signal of the run's button or Temporal's own) stops after the requests at hand; what was found stays.
 */
export async function checkLinks(input: CheckLinksInput): Promise<CheckLinksResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId } = input;
  const links = proxyActivities<Activities>({ ...linksProfile, taskQueue: queueOf('links'), cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
  let going = input.going;
  let pass = going?.pass ?? 0;
  let wanted = true;
  let runId = '';
  let work: CancellationScope | null = null;
  const execution = CancellationScope.current();
  setHandler(linkCheckRequested, () => {
    wanted = true;
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work?.cancel();
  });
  for (;;) {
    wanted = false;
    const isGoing = going !== undefined;
    if (going !== undefined) {
      runId = going.runId;
      going = undefined;
      await CancellationScope.nonCancellable(() => rows.followExecution({ runId, workflowRunId }));
    } else {
      const opened = await CancellationScope.nonCancellable(() => rows.openLinkCheck({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
      if (opened.runId === null) {
        // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
        if (wanted) continue;
        break;
      }
      pass += 1;
      runId = opened.runId;
    }
    const id = runId;
    const scope = new CancellationScope();
    work = scope;
    let hasMore = true;
    try {
      const found = await scope.run(async () => {
        if (!isGoing) await links.collectLinks.executeWithOptions({ summary: 'Take in the links' }, [{ runId: id, phase: 'collect', siteId }]);
        for (let batch = 0; batch < BATCHES && !workflowInfo().continueAsNewSuggested; batch += 1) {
          const checked = await links.checkLinkBatch.executeWithOptions({ summary: 'Look at a batch of links' }, [{ runId: id, phase: 'check', siteId }]);
          setCurrentDetails(checked.summary);
          if (checked.left === 0) {
            hasMore = false;
            return checked.counts;
          }
        }
        // A batch may end although it was cancelled; what is left to do is not done by the next execution either.
        if (scope.consideredCancelled) throw new CancelledFailure('The check was stopped');
        return null;
      });
      if (found !== null) {
        await CancellationScope.nonCancellable(() => rows.recordEnded({ runId: id, state: 'succeeded', reason: null, result: { ...found } }));
        // What is not told of now is told of after the next check.
        if (siteId === null && patched('tell-broken-links')) await orElse(async () => void (await links.tellBrokenLinks.executeWithOptions({ summary: 'Tell of broken links' }, [{ runId: id }])));
      }
    } catch (error) {
      hasMore = false;
      const isStopped = isCancellation(error) || scope.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this check. What it had found out stays; the next one begins with the links it did not look at.' } });
        else await rows.recordFailed({ runId: id, ...reasonOf(error) });
      });
    }
    if (execution.consideredCancelled) throw new CancelledFailure('The check was stopped');
    if (hasMore) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof checkLinks>(withinBudget({ siteId, going: { runId: id, pass } }));
    }
  }
  return withinBudget({ passes: pass });
}
