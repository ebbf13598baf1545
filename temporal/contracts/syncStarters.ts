import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of reading the starters: one entity for the installation, so that two pushes are read one after the other. */
export const syncStartersContract = {
  process: 'sync-starters',
  workflowType: 'syncStarters',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'sync-starters',
} as const;

/** A hint that a request row waits. */
export const startersSyncRequested = defineSignal<[{ requestId: string }]>('startersSyncRequested');

export interface SyncStartersInput {
  readonly passesDone?: number;
}

export interface SyncStartersResult {
  readonly passes: number;
}
