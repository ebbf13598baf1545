import { taskQueues } from '../taskQueues.ts';

/** Contract of putting files that Google Drive lacks into a site’s folder: one at a time per site. */
export const backfillDriveFolderContract = {
  process: 'backfill-drive-folder',
  workflowType: 'backfillDriveFolder',
  taskQueue: taskQueues.studio,
  /** Asked for again whenever an operator wants it. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `backfill-drive-folder/${siteName}`,
} as const;

export interface BackfillDriveFolderInput {
  readonly siteId: string;
  readonly requestId: string;
}

export interface BackfillDriveFolderResult {
  readonly outcome: 'done' | 'failed';
}
