import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, type ScheduleOptions, ScheduleOverlapPolicy } from '@temporalio/client';
import { reconcileRunsContract, type ReconcileRunsInput } from './contracts/reconcileRuns.ts';
import { syncImportBucketContract, type SyncImportBucketInput } from './contracts/syncImportBucket.ts';
import { taskQueueName } from './taskQueues.ts';

/** Rows quiet for this long are compared with their executions, in milliseconds. */
const RECONCILE_IDLE_MS = 2 * 60_000;
/** Saves that no commit followed for this long were forgotten, in milliseconds. */
const FORGOTTEN_MS = 5 * 60_000;

/** Creates the declared schedules, and brings those that exist to what is declared here; an interval of 0 ms takes one away. */
export async function upsertSchedules(client: Client, queuePrefix: string, intervals: { readonly importSyncIntervalMs: number }): Promise<void> {
  const reconcile: ReconcileRunsInput = { idleMs: RECONCILE_IDLE_MS, quietMs: FORGOTTEN_MS };
  await upsert(client, `${queuePrefix}${reconcileRunsContract.process}`, {
    spec: { intervals: [{ every: '2 minutes' }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: reconcileRunsContract.workflowType,
      workflowId: reconcileRunsContract.workflowId(),
      taskQueue: taskQueueName(reconcileRunsContract.taskQueue, queuePrefix),
      args: [reconcile],
      staticSummary: 'Compare the rows of runs with what Temporal runs',
    },
  });
  const importSyncId = `${queuePrefix}${syncImportBucketContract.process}`;
  if (intervals.importSyncIntervalMs === 0) return remove(client, importSyncId);
  const sync: SyncImportBucketInput = { isScheduled: true };
  await upsert(client, importSyncId, {
    spec: { intervals: [{ every: intervals.importSyncIntervalMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: syncImportBucketContract.workflowType,
      // Temporal adds the time: the id of the entity that people start is another one.
      workflowId: syncImportBucketContract.workflowId(),
      taskQueue: taskQueueName(syncImportBucketContract.taskQueue, queuePrefix),
      args: [sync],
      staticSummary: 'Copy the import bucket into storage',
    },
  });
}

async function upsert(client: Client, scheduleId: string, schedule: Pick<ScheduleOptions, 'spec' | 'policies' | 'action'>): Promise<void> {
  try {
    await client.schedule.create({ scheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((existing) => ({ ...existing, ...schedule, state: existing.state }));
  }
}

async function remove(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
