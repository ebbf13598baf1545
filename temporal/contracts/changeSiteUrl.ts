import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { MovePhaseId } from '#domain/processes.ts';
import type { RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of a move: one entity per site, so that two moves of one site are made one after the other. */
export const changeSiteUrlContract = {
  process: 'change-site-url',
  workflowType: 'changeSiteUrl',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `change-site-url/${siteName}`,
} as const;

/** What the request row's `input` holds. */
export interface MoveRequest {
  /** Without the root path of the site's starter. */
  readonly urlPath: string;
}

/** What `input` of a publish's request row holds when a move asked for it; while the move lasts no other request is taken. */
export interface MovePublishRequest {
  readonly moveRunId: string;
  readonly attempt: number;
}

export interface ChangeSiteUrlInput {
  readonly siteId: string;
  readonly siteName: string;
  /** Passes made before continuing as new. */
  readonly passesDone?: number;
}

/** A hint that a request row waits. */
export const moveRequested = defineSignal<[{ requestId: string }]>('moveRequested');

export interface MoveProgress {
  readonly runId: string | null;
  readonly state: RunState | 'idle';
  readonly phase: MovePhaseId | null;
  readonly done: readonly { phase: MovePhaseId; summary: string }[];
}
export const moveProgress = defineQuery<MoveProgress>('moveProgress');

export interface ChangeSiteUrlResult {
  readonly passes: number;
}
