import { ActivityCancellationType, CancellationScope, CancelledFailure, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { type PullContentInput, type PullContentResult, pullRequested } from '#temporal/contracts/pullContent.ts';
import { contentProfile, databaseProfile, gitHubProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

/** A step that still runs would change items beside the next pull: what is cancelled is waited for. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
const rows = proxyLocalActivities<Activities>(rowProfile);
const gitHub = proxyActivities<Activities>({ ...gitHubProfile, ...waited });
const content = proxyActivities<Activities>({ ...contentProfile, ...waited });
const database = proxyActivities<Activities>({ ...databaseProfile, ...waited });

/**
 * Takes what was changed in a site's repository into the studio; its id `pull-content/<site>` is the lock. Started by
 * signalWithStart from the API; each request is a pass of its own, in the order they were made.
 * 1. openPull takes the oldest waiting request and opens the run people see.
 * 2. fetch: the commit is found and its files are read. The repository is never written to.
 * 3. compare: what each file would change, as a plan in the build store.
 * 4. apply: one short transaction per item, which takes it only when it is as it was compared. Not in a dry run.
 * 5. record: what main holds of each item, the report, and the end of the run.
 * Signal: pullRequested, a hint that a request waits; no queries.
 * If it dies before step 4, nothing changed; in it, the next try goes on with the items that were not taken yet.
 * Cancel ends the run and the execution when the step at hand is over; what was taken stays taken, and what waits is
 * delivered again.
 */
export async function pullContent(input: PullContentInput): Promise<PullContentResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const { siteId, siteName } = input;
  let wanted = true;
  let pass = 0;
  setHandler(pullRequested, () => {
    wanted = true;
  });
  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openPull({ siteId, workflowId, workflowRunId, pass: pass + 1 }));
    if (opened.runId === null) {
      if (wanted) continue;
      break;
    }
    pass += 1;
    const { runId } = opened;
    const at = { runId, siteId };
    try {
      const fetched = await gitHub.fetchSource.executeWithOptions({ summary: `Fetch the repository of ${siteName}` }, [{ ...at, phase: 'fetch' }]);
      const compared = await content.compareContent.executeWithOptions({ summary: `Compare ${fetched.commit.slice(0, 8)} with the studio` }, [{ ...at, phase: 'compare' }]);
      setCurrentDetails(`**${opened.dryRun ? 'Dry run' : 'Pull'}** of \`${fetched.commit}\`: ${compared.summary}`);
      if (!opened.dryRun) await content.applyPull.executeWithOptions({ summary: compared.summary }, [{ ...at, phase: 'apply' }]);
      const recorded = await database.recordPull.executeWithOptions({ summary: 'Note the result' }, [{ ...at, phase: 'record' }]);
      setCurrentDetails(`**${opened.dryRun ? 'Dry run' : 'Pull'}** of \`${fetched.commit}\`: ${recorded.summary}`);
    } catch (error) {
      const isStopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this pull. What was taken stays taken; pull again for the rest.' } });
        else await rows.recordFailed({ runId, ...reasonOf(error) });
      });
      if (isStopped) throw new CancelledFailure('The pull was stopped');
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof pullContent>(withinBudget({ ...input, passesDone: (input.passesDone ?? 0) + pass }));
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
