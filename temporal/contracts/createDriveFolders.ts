import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of making a site’s folders in Google Drive: one entity per site, so that no two make them at once. */
export const createDriveFoldersContract = {
  process: 'create-drive-folders',
  workflowType: 'createDriveFolders',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `create-drive-folders/${siteName}`,
} as const;

export interface CreateDriveFoldersInput {
  readonly siteId: string;
  readonly siteName: string;
}

/** A hint that a request row waits. */
export const driveFoldersRequested = defineSignal<[{ requestId: string }]>('driveFoldersRequested');

export interface CreateDriveFoldersResult {
  readonly passes: number;
}
