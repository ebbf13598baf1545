import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { reconcileRunsContract, type ReconcileRunsInput } from './contracts/reconcileRuns.ts';
import { taskQueueName } from './taskQueues.ts';

/** Rows quiet for this long are compared with their executions, in milliseconds. */
const RECONCILE_IDLE_MS = 2 * 60_000;
/** Saves that no commit followed for this long were forgotten, in milliseconds. */
const FORGOTTEN_MS = 5 * 60_000;

/** Creates the declared schedules, and brings those that exist to what is declared here. */
export async function upsertSchedules(client: Client, queuePrefix: string): Promise<void> {
  const input: ReconcileRunsInput = { idleMs: RECONCILE_IDLE_MS, quietMs: FORGOTTEN_MS };
  const schedule = {
    spec: { intervals: [{ every: '2 minutes' as const }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
    action: {
      type: 'startWorkflow' as const,
      workflowType: reconcileRunsContract.workflowType,
      workflowId: reconcileRunsContract.workflowId(),
      taskQueue: taskQueueName(reconcileRunsContract.taskQueue, queuePrefix),
      args: [input] as [ReconcileRunsInput],
      staticSummary: 'Compare the rows of runs with what Temporal runs',
    },
  };
  const scheduleId = `${queuePrefix}${reconcileRunsContract.process}`;
  try {
    await client.schedule.create({ scheduleId, ...schedule });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(scheduleId).update((existing) => ({ ...existing, ...schedule, state: existing.state }));
  }
}
