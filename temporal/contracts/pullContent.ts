import { defineSignal } from '@temporalio/workflow';
import { taskQueues } from '../taskQueues.ts';

/** Contract of taking content from a site's repository: one at a time per site. */
export const pullContentContract = {
  process: 'pull-content',
  workflowType: 'pullContent',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `pull-content/${siteName}`,
} as const;

/** What the request row's `input` holds. Without `ref`, `commit` and `onlyCommit` it is the head of main. */
export interface PullRequest {
  /** A file or a folder; without it the whole repository. */
  readonly path?: string;
  /** Name of a branch. */
  readonly ref?: string;
  /** The files as they are in this commit. */
  readonly commit?: string;
  /** Only the files that this commit changed, as it left them. */
  readonly onlyCommit?: string;
  readonly dryRun: boolean;
  readonly deleteMissing: boolean;
  readonly overwrite: boolean;
  /** Whether content older than main's may be taken. */
  readonly allowOlder: boolean;
}

/** A hint that a request row waits. */
export const pullRequested = defineSignal<[{ requestId: string }]>('pullRequested');

export interface PullContentInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly passesDone?: number;
}

export interface PullContentResult {
  readonly passes: number;
}
