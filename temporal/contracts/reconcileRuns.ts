import { taskQueues } from '../taskQueues.ts';

/** Contract of the scheduled check of run rows against their executions. */
export const reconcileRunsContract = {
  process: 'reconcile-runs',
  workflowType: 'reconcileRuns',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'reconcile-runs',
} as const;

export interface ReconcileRunsInput {
  /** Rows in which nothing was recorded for this long are looked at, in milliseconds. */
  readonly idleMs: number;
  /** Sites whose saves no commit followed for this long get one, in milliseconds; absent leaves them. */
  readonly quietMs?: number;
}

export interface ReconcileRunsResult {
  readonly looked: number;
  readonly closed: number;
}
