import { ActivityCancellationType, CancellationScope, CancelledFailure, continueAsNew, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '#activities/index.ts';
import { withinBudget } from '#temporal/budget.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { importSyncRequested, type SyncImportBucketInput, type SyncImportBucketResult } from '#temporal/contracts/syncImportBucket.ts';
import { rowProfile, transferProfile } from '#temporal/profiles.ts';
import { reasonOf } from './reasonOf.ts';
import { queueOf } from './taskQueue.ts';

const rows = proxyLocalActivities<Activities>(rowProfile);

/** Between two looks whether another sync has ended, in milliseconds. */
const LOOK_MS = 15_000;

/**
 * Copies what is new in the import bucket into the storage bucket. Started by the API for a person's request, with the id
 * that is the lock, and by a schedule under an id of its own. Each pass:
 * 1. openImportSync opens the run with the requests that wait; one that is at work already is waited for, and a scheduled
 *    one gives way to it.
 * 2. copy: both buckets are listed side by side, what differs is copied inside the file store. Nothing is removed.
 * 3. recordEnded ends the run with its counts and the first keys.
 * Signal: importSyncRequested, a hint that a request waits. No queries: the run's row shows the progress.
 * If it dies in step 2, another worker goes on behind the last key that was compared; what was copied compares as the same.
 * Cancel (signal of the run's button or Temporal's own) stops after the copies at hand; what was copied stays.
 */
export async function syncImportBucket(input: SyncImportBucketInput): Promise<SyncImportBucketResult> {
  const { workflowId, runId: workflowRunId } = workflowInfo();
  const transfer = proxyActivities<Activities>({ ...transferProfile, startToCloseTimeout: '6 hours', scheduleToCloseTimeout: '18 hours', taskQueue: queueOf('transfer'), cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED });
  let wanted = true;
  let isScheduled = input.isScheduled === true;
  let pass = 0;
  let runId = '';
  let work: CancellationScope | null = null;
  const execution = CancellationScope.current();
  setHandler(importSyncRequested, () => {
    wanted = true;
  });
  setHandler(cancelRequested, (signal) => {
    if (signal.runId === runId) work?.cancel();
  });
  for (;;) {
    wanted = false;
    const opened = await CancellationScope.nonCancellable(() => rows.openImportSync({ workflowId, workflowRunId, pass: pass + 1, isScheduled }));
    if (opened.isBusy && !isScheduled) {
      await sleep(LOOK_MS);
      continue;
    }
    if (opened.runId === null) {
      // Checked last, with nothing awaited before the return: a signal that comes later starts a new execution.
      if (wanted) continue;
      break;
    }
    pass += 1;
    isScheduled = false;
    const id = opened.runId;
    runId = id;
    const scope = new CancellationScope();
    work = scope;
    try {
      const copied = await scope.run(() => transfer.copyImports.executeWithOptions({ summary: opened.dryRun ? 'Compare both buckets' : 'Copy what is new' }, [{ runId: id, phase: 'copy', dryRun: opened.dryRun }]));
      await rows.recordEnded({ runId: id, state: 'succeeded', reason: null, result: { dryRun: opened.dryRun, ...copied.counts, keys: [...copied.named] } });
      setCurrentDetails(copied.summary);
    } catch (error) {
      const isStopped = isCancellation(error) || scope.consideredCancelled;
      await CancellationScope.nonCancellable(async () => {
        if (isStopped) await rows.recordEnded({ runId: id, state: 'cancelled', reason: { code: 'Cancelled', message: 'A person stopped this sync. What it had copied stays; the next one goes on from there.' } });
        else await rows.recordFailed({ runId: id, ...reasonOf(error) });
      });
      if (execution.consideredCancelled) throw new CancelledFailure('The sync was stopped');
    }
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof syncImportBucket>(withinBudget({ passesDone: (input.passesDone ?? 0) + pass }));
  }
  return withinBudget({ passes: (input.passesDone ?? 0) + pass });
}
