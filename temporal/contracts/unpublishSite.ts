import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { UnpublishPhaseId } from '#domain/processes.ts';
import type { RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of taking a live site offline: one entity per site. */
export const unpublishSiteContract = {
  process: 'unpublish-site',
  workflowType: 'unpublishSite',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `unpublish-site/${siteName}`,
} as const;

export interface UnpublishSiteInput {
  readonly siteId: string;
  readonly siteName: string;
  /** Passes made before continuing as new. */
  readonly passesDone?: number;
}

/** A hint that a request row waits. */
export const unpublishRequested = defineSignal<[{ requestId: string }]>('unpublishRequested');

export interface UnpublishProgress {
  readonly runId: string | null;
  readonly state: RunState | 'idle';
  readonly phase: UnpublishPhaseId | null;
  readonly done: readonly { phase: UnpublishPhaseId; summary: string }[];
}
export const unpublishProgress = defineQuery<UnpublishProgress>('unpublishProgress');

export interface UnpublishSiteResult {
  readonly passes: number;
}
