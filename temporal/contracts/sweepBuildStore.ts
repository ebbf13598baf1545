import { taskQueues } from '../taskQueues.ts';

/** Contract of the daily sweep of the build store. */
export const sweepBuildStoreContract = {
  process: 'sweep-build-store',
  workflowType: 'sweepBuildStore',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'sweep-build-store',
} as const;

export interface SweepBuildStoreResult {
  /** Objects removed. */
  readonly removed: number;
  readonly bytes: number;
}
