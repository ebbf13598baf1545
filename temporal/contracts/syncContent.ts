import { defineSignal, defineUpdate } from '@temporalio/workflow';
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
  /** Passes of its own made before continuing as new. */
  readonly passesDone?: number;
  /** A save that no pass has looked at yet, when it continued as new. */
  readonly isSaved?: boolean;
  /** Whether to look for waiting requests at once. */
  readonly isRequested?: boolean;
}

/** What somebody asks of a repository beside a publish: the `input` of a row in `run_requests`. */
export type RepositoryAction =
  /** Make it with its branches, or complete it. */
  | { readonly action: 'ensure' }
  /** Commit what is saved; `overwrite` also over files that were changed in main by hand. */
  | { readonly action: 'sync'; readonly overwrite?: boolean }
  /** List files of main that belong to no item; `delete` removes them. */
  | { readonly action: 'orphans'; readonly delete?: boolean }
  /** Close it to writers, because its site is put away; `commit` first writes what main lacks. */
  | { readonly action: 'archive'; readonly commit?: boolean }
  /** Open it to writers again, and with it its site. */
  | { readonly action: 'reopen' };

export interface CommitRevisionInput {
  /** The run whose timeline shows the tries, and its phase. */
  readonly runId: string;
  readonly phase: string;
  /** Key of the snapshot in the build store. */
  readonly snapshotKey: string;
  readonly revision: number;
  /** Merge into this version's branch afterwards (live merges into both); null merges nothing. */
  readonly version: PublishVersion | null;
  /** Merge only while main holds nothing newer than this revision: what others saved since is theirs to publish. Absent, it is merged in any case. */
  readonly onlyIfNewest?: boolean;
}

export interface CommitRevisionResult {
  /** The commit that is built: head of the version's branch, or of main when nothing was merged. */
  readonly commit: string;
  /** Commits made, one per author. */
  readonly commits: number;
  readonly filesChanged: number;
  /** False when main held something newer, so that nothing was merged. Absent in answers of earlier versions, which always merged. */
  readonly isMerged?: boolean;
}

/** Asks for a commit and a merge and waits for them; the update id is the run id, so a repeated ask joins the first. */
export const commitRevision = defineUpdate<CommitRevisionResult, [CommitRevisionInput]>('commitRevision');

export interface MergeCommitInput {
  /** The run whose timeline shows the tries, and its phase. */
  readonly runId: string;
  readonly phase: string;
  /** A commit of main. */
  readonly commit: string;
  /** Live merges into both branches. */
  readonly version: PublishVersion;
}

/** Asks for a merge of a commit that main has, which a review let through, and waits for it. */
export const mergeCommit = defineUpdate<{ commit: string }, [MergeCommitInput]>('mergeCommit');

/**
 * A hint that something was saved: it is committed when nobody saves for a while. Losing one costs nothing, for the next save, the next publish
 * and the check of forgotten saves commit too.
 */
export const contentSaved = defineSignal('contentSaved');
/** A hint that a request row for this repository waits; the row counts. */
export const repositoryRequested = defineSignal<[{ requestId: string }]>('repositoryRequested');

export interface SyncContentResult {
  readonly handled: number;
}
