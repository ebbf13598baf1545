import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of deleting resources with their files: one entity per site that has any on their way out, so that no two take the same away. */
export const deleteContentContract = {
  process: 'delete-content',
  workflowType: 'deleteContent',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `delete-content/${siteName}`,
} as const;

export interface DeleteContentInput {
  readonly siteId: string;
  readonly siteName: string;
  /** Passes of the executions this one goes on after. */
  readonly passes?: number;
}

/** A hint that somebody asked for a deletion, for one at once, or undid one; the rows say which. */
export const deletionsChanged = defineSignal<[{ requestId: string }]>('deletionsChanged');

export interface DeleteContentResult {
  readonly passes: number;
}
