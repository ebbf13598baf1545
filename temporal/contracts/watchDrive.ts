import { taskQueues } from '../taskQueues.ts';

/** Contract of the scheduled look at what changed in the shared drive. */
export const watchDriveContract = {
  process: 'watch-drive',
  workflowType: 'watchDrive',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'watch-drive',
} as const;

export interface WatchDriveInput {
  /** Sites that were not synced for this long list their folders, in milliseconds. */
  readonly listEveryMs: number;
}

export interface WatchDriveResult {
  readonly changes: number;
  /** Sites something changed for. */
  readonly changed: number;
  /** Sites whose last listing was too long ago. */
  readonly listed: number;
}
