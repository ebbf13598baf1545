import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { OfflinePhaseId } from '#domain/processes.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of what is read without a network: one entity per site and version, so that builds of one do not overlap. */
export const buildOfflineContract = {
  process: 'build-offline',
  workflowType: 'buildOffline',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string, version: PublishVersion): string => `build-offline/${siteName}/${version}`,
} as const;

export interface BuildOfflineInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: PublishVersion;
  /** Passes made before continuing as new. */
  readonly passesDone?: number;
}

/** What the request row's `input` holds: the publish that asked; nothing when a person did. */
export interface OfflineRequest {
  readonly ofRunId?: string;
}

/** A hint that a request row waits. */
export const offlineRequested = defineSignal<[{ requestId: string }]>('offlineRequested');

export interface OfflineProgress {
  readonly pass: number;
  readonly runId: string | null;
  readonly state: RunState | 'idle';
  readonly phase: OfflinePhaseId | null;
  readonly done: readonly { phase: OfflinePhaseId; summary: string }[];
}
export const offlineProgress = defineQuery<OfflineProgress>('offlineProgress');

export interface BuildOfflineResult {
  readonly passes: number;
}
