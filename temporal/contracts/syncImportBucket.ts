import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the import sync: one entity, which the button starts; the schedule's executions have an id of their own and give way to it. */
export const syncImportBucketContract = {
  process: 'sync-import-bucket',
  workflowType: 'syncImportBucket',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'sync-import-bucket',
} as const;

/** What the request row's `input` holds. */
export interface ImportSyncRequest {
  /** Counts what would be copied and copies nothing. */
  readonly dryRun: boolean;
}

export interface SyncImportBucketInput {
  /** Begun by the schedule: makes a pass that nobody asked for. */
  readonly isScheduled?: boolean;
  /** Passes made before continuing as new. */
  readonly passesDone?: number;
}

/** A hint that a request row waits. */
export const importSyncRequested = defineSignal<[{ requestId: string }]>('importSyncRequested');

export interface SyncImportBucketResult {
  readonly passes: number;
}
