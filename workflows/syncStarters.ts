import { CancellationScope, CancelledFailure, continueAsNew, isCancellation, patched, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import type { StartersHookResult } from '#activities/starters.ts';
import { withinBudget } from '#temporal/budget.ts';
import { startersSyncRequested, syncStartersContract, type SyncStartersInput, type SyncStartersResult } from '#temporal/contracts/syncStarters.ts';
import { gitHubProfile, hookProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const gitHub = proxyActivities<Activities>(gitHubProfile);
const hooks = proxyActivities<Activities>(hookProfile);

/**
 * Reads the starter configurations from the projects repository; its id `sync-starters` is the lock, so two asks are
 * read one after the other and none is lost: each pass reads what is newest when it begins, whatever a push said. Started by
 * signalWithStart from the API, for a person or a push to the projects repository. Each pass:
 * 1. openRequestRun takes the waiting requests and opens the run people see.
 * 2. readStarters fetches the repository, checks every configuration and takes those without fault.
 * 3. ensureStartersHook sees that GitHub tells of pushes; that it cannot is a warning of the run and stops nothing.
 * If it dies before step 2's rows nothing changed; in the middle of them the next try takes the rest. The hook is found again.
 * One bad file keeps the configuration in use and is named in the result, and so is one that is gone. Cancel ends the run
 * and what waits stays waiting for the next start; what was taken stays taken.
 */
export async function syncStarters(input: SyncStartersInput): Promise<SyncStartersResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  let wanted = true;
  let pass = 0;
  setHandler(startersSyncRequested, () => {
    wanted = true;
  });
  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() =>
      rows.openRequestRun({ process: syncStartersContract.process, requestId: null, siteId: null, workflowId, workflowRunId, pass: pass + 1 }),
    );
    if (opened.runId === null) {
      if (wanted) continue;
      break;
    }
    pass += 1;
    const runId = opened.runId;
    try {
      const read = await gitHub.readStarters.executeWithOptions({ summary: 'Read the starters' }, [{ runId, phase: 'read' }]);
      const hook = patched('starters-hook') ? await keepHook(runId) : null;
      await rows.recordEnded({
        runId,
        state: 'succeeded',
        reason: null,
        result: { taken: [...read.taken], refused: [...read.refused], removed: [...(read.removed ?? [])], ...(hook === null ? {} : { hook: hook.state }) },
        ...(hook?.state === 'failed' ? { warnings: [{ message: hook.summary }] } : {}),
      });
      setCurrentDetails(hook === null ? read.summary : `${read.summary}. ${hook.summary}`);
    } catch (error) {
      const isStopped = isCancellation(error) || CancellationScope.current().consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped reading the starters. Those in use are as they were.' } });
        else await rows.recordFailed({ runId, ...reasonOf(error) });
      });
      if (isStopped) throw new CancelledFailure('Reading the starters was stopped');
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncStarters>(withinBudget({ passesDone: (input.passesDone ?? 0) + pass }));
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}

/** What became of the webhook; a failure is told and not thrown, for the starters are read. */
async function keepHook(runId: string): Promise<{ readonly state: StartersHookResult['state'] | 'failed'; readonly summary: string }> {
  try {
    return await hooks.ensureStartersHook.executeWithOptions({ summary: 'Keep the webhook of pushes' }, [{ runId }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { state: 'failed', summary: `The webhook that tells of pushes is not kept. ${reasonOf(error).reason.message}` };
  }
}
