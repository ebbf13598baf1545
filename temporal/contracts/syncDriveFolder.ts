import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the sync with Google Drive: one entity per site, so that no two read its folders at once. */
export const syncDriveFolderContract = {
  process: 'sync-drive-folder',
  workflowType: 'syncDriveFolder',
  taskQueue: taskQueues.studio,
  /** A finished entity may be started again by the next request: its passes are told apart by run id. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `sync-drive-folder/${siteName}`,
} as const;

/** What a listing said, as far as the rest of a pass needs it. */
export interface DriveVerdict {
  /** Files that are known and not there any more. */
  readonly missing: number;
  /** Files that were known before. */
  readonly known: number;
  readonly needsConfirmation: boolean;
}

export interface SyncDriveFolderInput {
  readonly siteId: string;
  readonly siteName: string;
  /** Files begun by one execution before it continues as new. */
  readonly filesPerExecution?: number;
  /** A pass in the middle of its files, and whether another was asked for meanwhile, with the files that one is told of. */
  readonly going?: { readonly runId: string; readonly verdict: DriveVerdict; readonly passes: number; readonly wanted: boolean; readonly changed?: readonly string[] };
}

export interface SyncRequested {
  /** Who wants it. What a person asks for is a row too, and this a hint; of the others nothing else tells. */
  readonly reason: 'person' | 'watch' | 'schedule';
  readonly requestId?: string;
  /** Drive's ids of what changed. A pass always reads both folders; these it looks at by their ids too. */
  readonly fileIds?: readonly string[];
}

/** A sync is wanted; while one runs, any number of them make one more. */
export const syncRequested = defineSignal<[SyncRequested]>('syncRequested');

/** A person says that the files this run lists as missing shall go. */
export const massDeleteConfirmed = defineSignal<[{ runId: string }]>('massDeleteConfirmed');

/** A person says that they shall stay. */
export const massDeleteRefused = defineSignal<[{ runId: string }]>('massDeleteRefused');

export interface SyncDriveFolderResult {
  readonly passes: number;
}
