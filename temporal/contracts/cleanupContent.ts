import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { CleanupTotals } from '#domain/cleanup/totals.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of a cleanup: one workflow per request. */
export const cleanupContentContract = {
  process: 'cleanup-content',
  workflowType: 'cleanupContent',
  taskQueue: taskQueues.studio,
  /** A request is done once; a second delivery finds it running or done. One that was ended before it began may begin again. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
  workflowId: (requestId: string): string => `cleanup-content/${requestId}`,
} as const;

/** What the request row's `input` holds; the workflow itself is started with the request's id and the rule's name. */
export interface CleanupRequest {
  readonly rule: string;
  /** Names of sites; absent means every site. */
  readonly sites?: readonly string[];
  /** Slug: only sites of this starter. */
  readonly starter?: string;
  /** Only sites that readers can see. */
  readonly publishedOnly?: boolean;
  /** Writes the report and nothing else. */
  readonly dryRun: boolean;
  /** At most this many items are changed. */
  readonly limit?: number;
  /** Leaves out of the report what the rule saw and did not change. */
  readonly csvOnlyChanges?: boolean;
}

/** Where a cleanup stands: which site of its list, and in it behind which item. */
export interface CleanupCursor {
  readonly site: number;
  /** Id of the last item that was looked at; null at the beginning of a site. */
  readonly after: string | null;
}

export interface CleanupContentInput {
  readonly requestId: string;
  /** For people who read the run. */
  readonly rule: string;
  /** What an execution that continued as new takes over. */
  readonly going?: { readonly runId: string; readonly sites: number; readonly cursor: CleanupCursor; readonly totals: CleanupTotals; readonly isPaused: boolean };
}

export interface CleanupContentResult {
  readonly runId: string;
}

/** A person wants the run stopped: the item at hand is the last one. */
export const cancelRequested = defineSignal<[{ runId: string }]>('cancelRequested');
/** A person wants the run to wait before the next site or part of one. */
export const pauseRequested = defineSignal('pauseRequested');
/** A person lets a run that waits go on. */
export const resumeRequested = defineSignal('resumeRequested');

export interface CleanupProgress {
  readonly runId: string;
  readonly sites: number;
  readonly cursor: CleanupCursor;
  readonly totals: CleanupTotals;
  readonly isPaused: boolean;
}
export const progress = defineQuery<CleanupProgress>('progress');
