import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { PublishPhaseId } from '#domain/processes.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the publish entity: one workflow per site and version, which is the lock. */
export const publishSiteContract = {
  process: 'publish-site',
  workflowType: 'publishSite',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  /** By the site's name, which never changes: who reads the list of workflows knows the site. */
  workflowId: (siteName: string, version: PublishVersion): string => `publish-site/${siteName}/${version}`,
} as const;

export interface PublishSiteInput {
  readonly siteId: string;
  /** Only for people who read the run; ids decide. */
  readonly siteName: string;
  readonly version: PublishVersion;
  /** Passes made before continuing as new. */
  readonly passesDone?: number;
}

/** A hint that a request row waits; the row in `run_requests` is what counts, so a lost or doubled signal harms nothing. */
export const publishRequested = defineSignal<[{ requestId: string }]>('publishRequested');
/** A person wants the failed step repeated on the same frozen input. */
export const retryRequested = defineSignal<[{ runId: string }]>('retryRequested');
/** A person wants the run stopped; honoured until the deploy begins. */
export const cancelRequested = defineSignal<[{ runId: string }]>('cancelRequested');
/** A person closes a failed run. */
export const gaveUp = defineSignal<[{ runId: string }]>('gaveUp');

export interface PublishProgress {
  readonly pass: number;
  readonly runId: string | null;
  readonly state: RunState | 'idle';
  readonly phase: PublishPhaseId | null;
  /** Finished phases of the pass with their one-line summaries. */
  readonly done: readonly { phase: PublishPhaseId; summary: string }[];
  readonly requestsWaiting: boolean;
}
export const progress = defineQuery<PublishProgress>('progress');

export interface PublishSiteResult {
  readonly passes: number;
}
