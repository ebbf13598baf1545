import { ActivityCancellationType, CancellationScope, CancelledFailure, condition, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { noTotals } from '#domain/cleanup/totals.ts';
import { withinBudget } from '#temporal/budget.ts';
import { cancelRequested, cleanupContentContract, type CleanupContentInput, type CleanupContentResult, type CleanupCursor, type CleanupProgress, pauseRequested, progress, resumeRequested } from '#temporal/contracts/cleanupContent.ts';
import { databaseProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
/** What is written when a cleanup is stopped belongs into its report: a step that is cancelled is waited for. */
const database = proxyActivities<Activities>({ ...databaseProfile, cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });

/**
 * Applies one rule of cleaning to the texts of the chosen sites: one workflow per request, started by the API.
 * 1. openRequestRun opens the run people see.
 * 2. plan: the sites are chosen once and kept as a list, so that sites made later change nothing.
 * 3. clean: site after site, a large one in parts; each changed item is saved in a transaction of its own, from the
 *    revision that was read, and each part leaves its lines of the report. A dry run leaves the lines only.
 * 4. recordEnded ends the run with its counts. A long one continues as new with its cursor.
 * Signals: pauseRequested and resumeRequested (between two parts), cancelRequested. Query: progress.
 * If it dies in step 3, another worker goes on at the cursor; what a part had saved is known from the part's plan and
 * the items' revisions, so nothing is done twice and the report lacks nothing. Cancel (signal or Temporal's own) stops
 * after the item at hand; what was changed stays, and the report says what that is.
 */
export async function cleanupContent(input: CleanupContentInput): Promise<CleanupContentResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { requestId, rule, going } = input;
  let runId = going?.runId ?? '';
  let sites = going?.sites ?? 0;
  let cursor: CleanupCursor | null = going?.cursor ?? { site: 0, after: null };
  let totals = going?.totals ?? noTotals;
  let isPaused = going?.isPaused ?? false;
  const execution = CancellationScope.current();
  const work = new CancellationScope();

  setHandler(pauseRequested, () => {
    isPaused = true;
  });
  setHandler(resumeRequested, () => {
    isPaused = false;
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work.cancel();
  });
  setHandler(progress, () => withinBudget<CleanupProgress>({ runId, sites, cursor: cursor ?? { site: sites, after: null }, totals, isPaused }));

  const hasMore = (): boolean => cursor !== null && cursor.site < sites;
  const describe = (): void => setCurrentDetails(`**${rule}**${isPaused ? ' (paused)' : ''}: ${cursor?.site ?? sites} of ${sites} sites done, ${totals.items} items looked at, ${totals.changed} to change`);

  if (going === undefined) {
    // The request must have its run, or people would wait for it for ever.
    const opened = await CancellationScope.nonCancellable(() => rows.openRequestRun({ process: cleanupContentContract.process, requestId, siteId: null, workflowId, workflowRunId, pass: 1 }));
    runId = opened.runId ?? '';
  } else await CancellationScope.nonCancellable(() => rows.followExecution({ runId, workflowRunId }));

  try {
    await work.run(async () => {
      if (going === undefined) sites = (await database.planCleanup.executeWithOptions({ summary: `Choose the sites for ${rule}` }, [{ runId, phase: 'plan', requestId }])).sites;
      while (cursor !== null && cursor.site < sites && !workflowInfo().continueAsNewSuggested) {
        describe();
        await condition(() => !isPaused);
        const cleaned = await database.cleanSite.executeWithOptions({ summary: `Site ${cursor.site + 1} of ${sites}` }, [{ runId, phase: 'clean', requestId, sites, cursor, totals }]);
        totals = cleaned.totals;
        cursor = cleaned.next;
      }
      // A step may end although it was cancelled; what is left to do is not done by the next execution either.
      if (hasMore() && work.consideredCancelled) throw new CancelledFailure('The cleanup was stopped');
    });
  } catch (error) {
    const isStopped = isCancellation(error) || work.consideredCancelled;
    await CancellationScope.nonCancellable(async () => {
      if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this cleanup. What it had changed stays changed; the report says what that is.' }, result: { rule, sites, ...totals } });
      else await rows.recordFailed({ runId, ...reasonOf(error) });
    });
    if (execution.consideredCancelled) throw new CancelledFailure('The cleanup was stopped');
    return withinBudget({ runId });
  }
  if (cursor !== null && hasMore()) return continueAsNew<typeof cleanupContent>(withinBudget({ requestId, rule, going: { runId, sites, cursor, totals, isPaused } }));
  await CancellationScope.nonCancellable(() => rows.recordEnded({ runId, state: 'succeeded', reason: null, result: { rule, sites, ...totals } }));
  describe();
  return withinBudget({ runId });
}
