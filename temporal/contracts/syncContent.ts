import { defineUpdate } from '@temporalio/workflow';
import type { PublishVersion } from '#domain/runs.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of the one writer of a site's repository. */
export const syncContentContract = {
  process: 'site-repo',
  workflowType: 'syncContent',
  taskQueue: taskQueues.studio,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (siteName: string): string => `site-repo/${siteName}`,
} as const;

export interface SyncContentInput {
  readonly siteId: string;
  readonly siteName: string;
}

export interface CommitRevisionInput {
  /** The run whose timeline shows the tries, and its phase. */
  readonly runId: string;
  readonly phase: string;
  /** Key of the snapshot in the build store. */
  readonly snapshotKey: string;
  readonly revision: number;
  /** Merge into this version's branch afterwards (live merges into both). */
  readonly version: PublishVersion;
}

export interface CommitRevisionResult {
  /** Head of the version's branch, the commit that is built. */
  readonly commit: string;
  /** Commits made, one per author. */
  readonly commits: number;
  readonly filesChanged: number;
}

/** Asks for a commit and a merge and waits for them; the update id is the run id, so a repeated ask joins the first. */
export const commitRevision = defineUpdate<CommitRevisionResult, [CommitRevisionInput]>('commitRevision');

export interface SyncContentResult {
  readonly handled: number;
}
