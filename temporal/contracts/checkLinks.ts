import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of link checks: an entity per site, which people start; the schedule's executions, over all sites, have an id of their own. */
export const checkLinksContract = {
  process: 'check-links',
  workflowType: 'checkLinks',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `check-links/${siteName}`,
  scheduledWorkflowId: (): string => 'check-links',
} as const;

export interface CheckLinksInput {
  /** Null stands for all sites, which only the schedule checks. */
  readonly siteId: string | null;
  /** The run that an execution which continued as new goes on with, and passes made before. */
  readonly going?: { readonly runId: string; readonly pass: number };
}

/** A hint that a request row waits. */
export const linkCheckRequested = defineSignal<[{ requestId: string }]>('linkCheckRequested');

export interface CheckLinksResult {
  readonly passes: number;
}
