import { ActivityCancellationType, allHandlersFinished, CancellationScope, CancelledFailure, condition, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { counted } from '#domain/counted.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type ArchiveLinksInput, type ArchiveLinksResult, archiveRequested } from '#temporal/contracts/archiveLinks.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { rowProfile, waybackProfile } from '#temporal/profiles.ts';
import { isFinalFailure } from './isFinalFailure.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/** From one turn that submits to the next, in milliseconds: the archive counts by the minute, with clocks of its own. */
const TURN_MS = 61_000;
/** Between two tries when the archive does not answer, in milliseconds. */
const AWAY_MS = 60_000;
/** Turns of one execution: far from where a history gets slow, and some 500 links. */
const TURNS = 70;

/**
 * Has the external links of the whole installation captured by the Wayback Machine. One execution at a time, `archive-links`:
 * one account asks for all captures. Started by the API for a person's request and by link checks that queued something;
 * the queue is the table of links, so history knows ids only. Each turn:
 * 1. takeArchiveRequests opens a run for each request that waits and queues the links of its site.
 * 2. planArchiveTurn says what is due, and what the account may do.
 * 3. followCaptures asks what became of captures: after 90 s and within the hour; of the index after half a day and a day.
 * 4. submitLink asks for up to seven captures, on a queue the server hands out seven of a minute, whatever workers there are.
 * 5. settleArchiveRuns ends the runs of which nothing is waited for any more. Then the turn's minute is waited for, or
 *    until something is due; with nothing queued and nothing to hear of, the workflow ends.
 * Signals: archiveRequested, a hint that there is more to do; cancelRequested, a run's button.
 * If it dies at any step, the turn goes on: a capture asked for twice is made once, what was noted is not due any more.
 * An archive that is away is tried again; one that refuses us fails the open runs and ends the workflow, the queue stays.
 * Cancel of a run takes its links out of the queue; Temporal's own cancels all open runs and leaves the queue as it is.
 */
export async function archiveLinks(input: ArchiveLinksInput): Promise<ArchiveLinksResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const options = { ...waybackProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED };
  const links = proxyActivities<Activities>({ ...options, taskQueue: queueOf('links') });
  const archive = proxyActivities<Activities>({ ...options, taskQueue: queueOf('wayback') });
  let runs = input.runsOpened ?? 0;
  let freeAt = input.freeAt ?? 0;
  let wanted = true;
  const stopped: string[] = [];
  setHandler(archiveRequested, () => {
    wanted = true;
  });
  setHandler(cancelRequested, ({ runId }) => {
    stopped.push(runId);
    wanted = true;
  });
  let hasMore = false;
  try {
    hasMore = await takeTurns();
  } catch (error) {
    await CancellationScope.nonCancellable(async () => {
      if (isCancellation(error)) await rows.endArchiveRuns({ runId: null, state: 'cancelled', reason: { code: 'Cancelled', message: 'An admin stopped the archive of links in Temporal. Its queue stays; the next request goes on with it.' } });
      else await rows.endArchiveRuns({ runId: null, state: 'failed', ...reasonOf(error) });
    });
    if (isCancellation(error)) throw new CancelledFailure('The archive of links was stopped');
  }
  if (hasMore) {
    await condition(allHandlersFinished);
    await continueAsNew<typeof archiveLinks>(withinBudget({ runsOpened: runs, freeAt }));
  }
  return withinBudget({ runs });

  /** Turn after turn. @returns whether another execution is to go on. */
  async function takeTurns(): Promise<boolean> {
    for (let turns = 0; ; ) {
      wanted = false;
      for (let runId = stopped.shift(); runId !== undefined; runId = stopped.shift()) {
        await rows.endArchiveRuns({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this run. Captures that were asked for go on; the other links were taken out of the queue.' } });
      }
      runs += (await rows.takeArchiveRequests({ workflowId, workflowRunId })).runs;
      const began = Date.now();
      if (began < freeAt) {
        await condition(() => wanted, freeAt - began);
        continue;
      }
      const { submitted, isAway, nextAt } = await oneTurn();
      turns += 1;
      await rows.settleArchiveRuns({});
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (nextAt === null && !wanted) return false;
      freeAt = isAway ? began + AWAY_MS : submitted > 0 ? began + TURN_MS : 0;
      if ((turns >= TURNS || workflowInfo().continueAsNewSuggested) && stopped.length === 0) return true;
      if (nextAt !== null && nextAt > Date.now()) await condition(() => wanted, nextAt - Date.now());
    }
  }

  /** What is due now. An archive that does not answer is none of a turn's failures. */
  async function oneTurn(): Promise<{ readonly submitted: number; readonly isAway: boolean; readonly nextAt: number | null }> {
    try {
      const plan = await links.planArchiveTurn.executeWithOptions({ summary: 'Look what is due' }, [{}]);
      if (plan.follows) await links.followCaptures.executeWithOptions({ summary: 'Ask what became of captures' }, [{}]);
      const ended = await Promise.allSettled(plan.submit.map((itemId) => archive.submitLink.executeWithOptions({ summary: 'Ask for a capture' }, [{ itemId }])));
      const failed = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
      const worst = failed.find((reason) => isCancellation(reason) || isFinalFailure(reason)) ?? failed[0];
      if (worst !== undefined) throw worst;
      setCurrentDetails(plan.submit.length > 0 ? `Asked for ${counted(plan.submit.length, 'capture')}.` : 'Waiting until something is due.');
      // What was done may have made something due at another time: the next turn says when.
      const isBusy = plan.follows || plan.submit.length > 0;
      return { submitted: plan.submit.length, isAway: false, nextAt: isBusy ? Date.now() : plan.nextAt };
    } catch (error) {
      if (isCancellation(error) || isFinalFailure(error)) throw error;
      setCurrentDetails('The Wayback Machine does not answer; it is asked again in a minute.');
      return { submitted: 0, isAway: true, nextAt: Date.now() };
    }
  }
}
