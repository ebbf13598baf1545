import { CancellationScope, CancelledFailure, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { startersSyncRequested, syncStartersContract, type SyncStartersInput, type SyncStartersResult } from '#temporal/contracts/syncStarters.ts';
import { gitHubProfile, rowProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);
const gitHub = proxyActivities<Activities>(gitHubProfile);

/**
 * Reads the starter configurations from the projects repository; its id `sync-starters` is the lock, so two asks are
 * read one after the other and none is lost: each pass reads what is newest when it begins, whatever a push said. Started by
 * signalWithStart from the API, for a person or a push to the projects repository. Each pass:
 * 1. openRequestRun takes the waiting requests and opens the run people see.
 * 2. readStarters fetches the repository, checks every configuration and takes those without fault.
 * If it dies before step 2's rows nothing changed; in the middle of them the next try takes the rest.
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
      await rows.recordEnded({ runId, state: 'succeeded', reason: null, result: { taken: [...read.taken], refused: [...read.refused], removed: [...(read.removed ?? [])] } });
      setCurrentDetails(read.summary);
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
