import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the archive of links: one entity for the whole installation, because one account asks for all captures. */
export const archiveLinksContract = {
  process: 'archive-links',
  workflowType: 'archiveLinks',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'archive-links',
} as const;

export interface ArchiveLinksInput {
  /** Runs opened before continuing as new. */
  readonly runsOpened?: number;
  /** When the next turn may begin, epoch milliseconds. */
  readonly freeAt?: number;
}

/** A hint that a request row waits, or that links are queued. */
export const archiveRequested = defineSignal('archiveRequested');

export interface ArchiveLinksResult {
  /** Runs that people asked for. */
  readonly runs: number;
}
