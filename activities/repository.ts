import type { Client } from '@temporalio/client';
import { ApplicationFailure, TypedSearchAttributes } from '@temporalio/common';
import { blobId, type CommitSpec, type FileChange, GitError } from '#clients/git.ts';
import { GitHubError } from '#clients/github.ts';
import { recordWritten } from '#db/queries/contentItems.ts';
import { amendRun } from '#db/queries/runs.ts';
import { findSite, lockSite, recordCommittedRevision, type SiteRow } from '#db/queries/sites.ts';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '#temporal/client.ts';
import { commitRevision, type CommitRevisionInput, type CommitRevisionResult, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { searchAttributes } from '#temporal/searchAttributes.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { activityContext } from './activityContext.ts';
import { getJson } from './buildStore.ts';
import type { Snapshot, SnapshotChange } from './content.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

export interface RequestCommitInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly snapshotKey: string;
  readonly revision: number;
  readonly version: 'draft' | 'live';
}

export interface RequestCommitResult extends PhaseResult {
  readonly commit: string;
}

export interface CommitContentInput {
  readonly siteId: string;
  readonly runId: string;
  readonly snapshotKey: string;
  readonly revision: number;
}

export interface CommitContentResult {
  /** Head of main. */
  readonly commit: string;
  readonly commits: number;
  readonly filesChanged: number;
}

export interface MergeBranchesInput {
  readonly siteId: string;
  readonly version: 'draft' | 'live';
  /** Head of main to merge. */
  readonly commit: string;
}

/** The address a site's repository is cloned from. */
export function repositoryUrl(config: { readonly gitCloneBaseUrl: string; readonly gitOrganization: string }, site: Pick<SiteRow, 'shortId'>): string {
  return `${config.gitCloneBaseUrl}/${config.gitOrganization}/${site.shortId}.git`;
}

/** Everything that writes a site's repository. */
export function createRepositoryActivities(deps: ActivityDeps) {
  const { db, git, github, config, workspace } = deps;

  async function siteOf(siteId: string): Promise<SiteRow> {
    const site = await findSite(db, siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site does not exist any more.');
    return site;
  }

  /** A repository that is not there yet, or was deleted, is made on the way. */
  async function updateMirrorOrCreate(site: SiteRow, url: string, directory: string, abortSignal: AbortSignal): Promise<void> {
    try {
      await git.updateMirror(url, directory, { abortSignal });
    } catch (error) {
      if (!(error instanceof GitError && error.kind === 'missing')) throw error;
      await github.ensureRepository(site.shortId, abortSignal);
      await git.updateMirror(url, directory, { abortSignal });
    }
  }

  /** One commit per author, in the order their first change stands in the snapshot. */
  function commitsOf(changes: readonly { change: SnapshotChange; files: readonly FileChange[] }[], runId: string): CommitSpec[] {
    const byAuthor = new Map<string, { author: { name: string; email: string }; files: FileChange[] }>();
    for (const { change, files } of changes) {
      const author = change.author ?? { name: config.gitDefaultUserName, email: config.gitDefaultUserEmail };
      const group = byAuthor.get(author.email);
      if (group === undefined) byAuthor.set(author.email, { author, files: [...files] });
      else group.files.push(...files);
    }
    return [...byAuthor.values()].map(({ author, files }) => ({
      authorName: author.name,
      authorEmail: author.email,
      message: `Sync all content\n\nStudio-Run: ${runId}\n`,
      // Removals first: a file that moved to a path another one left must not be removed after it was written.
      changes: [...files].sort((a, b) => Number(a.content !== null) - Number(b.content !== null)),
    }));
  }

  return {
    /**
     * Asks the site's repository workflow for a commit and a merge, starts it when it does not run, and waits.
     * Idempotent because tries of one step share an update id: asking again joins the first ask, or finds nothing left to commit.
     * Kill points: before the ask (asked again), while waiting (the next try joins), after the answer (asked again, nothing to do).
     */
    async requestCommit(input: RequestCommitInput): Promise<RequestCommitResult> {
      // A person's retry is a step of its own and must not be answered with the failure of the one before.
      const updateId = `${input.runId}/${activityContext().context.info.activityId}`;
      const result = await updateRepository(deps.temporal, config.temporalTaskQueuePrefix, input, updateId);
      await amendRun(db, input.runId, { commit: result.commit });
      const where = input.version === 'live' ? config.gitBranchRelease : config.gitBranchPreview;
      const short = result.commit.slice(0, 8);
      return {
        commit: result.commit,
        summary: result.filesChanged === 0 ? `Nothing new to commit; ${where} at ${short}` : `${result.filesChanged.toLocaleString('en-US')} files in ${result.commits} commit${result.commits === 1 ? '' : 's'}; ${where} at ${short}`,
        counts: { files: result.filesChanged, commits: result.commits },
      };
    },

    /**
     * Writes a snapshot to main: one commit per author, one push.
     * Idempotent because files that main already holds are left out and a snapshot older than main's revision is skipped.
     * Kill points: before the push (commits of the mirror are thrown away), after the push before the rows (found in main, rows written).
     */
    async commitContent(input: CommitContentInput): Promise<CommitContentResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const snapshot = await getJson<Snapshot>(deps, input.snapshotKey);
      if (snapshot === null) throw new Error(`The build store has no ${input.snapshotKey}, although a run names it`);
      const url = repositoryUrl(config, site);
      const directory = workspace.mirrorDir(url);
      return workspace.exclusive(directory, async () => {
        await updateMirrorOrCreate(site, url, directory, abortSignal);
        const head = await git.headOf(directory, config.gitBranchMain, { abortSignal });
        if (head === null) throw new StepError('BranchMissing', `The repository of ‘${site.title}’ has no branch ‘${config.gitBranchMain}’.`);
        if (snapshot.changes.length === 0 || site.committedRevision > input.revision) return { commit: head, commits: 0, filesChanged: 0 };

        const tree = new Map((await git.listTree(directory, head, { abortSignal })).map((entry) => [entry.path, entry.blob]));
        const written = new Set(snapshot.changes.map((change) => change.path));
        const pending: { change: SnapshotChange; files: FileChange[] }[] = [];
        for (const change of snapshot.changes) {
          const files: FileChange[] = [];
          if (change.previousPath !== null && tree.has(change.previousPath) && !written.has(change.previousPath)) files.push({ path: change.previousPath, content: null });
          if (change.path !== null && change.text !== null && tree.get(change.path) !== blobId(change.text)) files.push({ path: change.path, content: change.text });
          if (files.length > 0) pending.push({ change, files });
        }
        const commits = commitsOf(pending, input.runId);
        const commit = commits.length === 0 ? head : await git.commitAndPush(url, directory, config.gitBranchMain, head, commits, input.runId, { abortSignal });
        await db.transaction(async (trx) => {
          await lockSite(trx, input.siteId);
          await recordWritten(
            trx,
            snapshot.changes.filter((change) => change.path !== null).map((change) => ({ id: change.itemId, path: change.path, sha256: change.sha256, blob: change.text === null ? null : blobId(change.text) })),
            snapshot.changes.filter((change) => change.path === null).map((change) => change.itemId),
          );
          await recordCommittedRevision(trx, input.siteId, input.revision);
        });
        return { commit, commits: commits.length, filesChanged: commits.reduce((sum, spec) => sum + spec.changes.length, 0) };
      });
    },

    /**
     * Merges main into preview, and for a live publish into release too.
     * Idempotent because a branch that has the commit answers that there is nothing to merge.
     * Kill points: before a merge, between the two, after them before the answer; each is merged again without effect.
     */
    async mergeBranches(input: MergeBranchesInput): Promise<{ commit: string }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await siteOf(input.siteId);
      const merge = async (): Promise<string> => {
        const preview = await github.merge(site.shortId, config.gitBranchPreview, input.commit, abortSignal);
        return input.version === 'live' ? github.merge(site.shortId, config.gitBranchRelease, input.commit, abortSignal) : preview;
      };
      try {
        return { commit: await merge() };
      } catch (error) {
        if (!(error instanceof GitHubError && error.kind === 'missing')) throw error;
        // A branch was deleted by hand: it grows back from main.
        await github.ensureRepository(site.shortId, abortSignal);
        return { commit: await merge() };
      }
    },
  };

  async function updateRepository(temporal: Client, prefix: string, input: RequestCommitInput, updateId: string): Promise<CommitRevisionResult> {
    const argument: CommitRevisionInput = { runId: input.runId, phase: input.phase, snapshotKey: input.snapshotKey, revision: input.revision, version: input.version };
    const startOperation = new WithStartWorkflowOperation(syncContentContract.workflowType, {
      workflowId: syncContentContract.workflowId(input.siteName),
      taskQueue: taskQueueName(syncContentContract.taskQueue, prefix),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: syncContentContract.workflowIdReusePolicy,
      args: [{ siteId: input.siteId, siteName: input.siteName }],
      staticSummary: `Repository of ${input.siteName}`,
      staticDetails: 'The one writer of this site’s repository: commits what authors saved, one commit per author, and merges main into the branches the sites are built from.',
      typedSearchAttributes: new TypedSearchAttributes([
        { key: searchAttributes.siteName, value: input.siteName },
        { key: searchAttributes.process, value: syncContentContract.process },
      ]),
    });
    try {
      return await temporal.workflow.executeUpdateWithStart(commitRevision, { args: [argument], updateId, startWorkflowOperation: startOperation });
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError) {
        // The repository workflow's steps were tried to their end there; here it is final.
        for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
          if (cause instanceof ApplicationFailure) throw ApplicationFailure.create({ type: cause.type ?? 'Unexpected', message: cause.message, nonRetryable: true, ...(cause.details === undefined || cause.details === null ? {} : { details: cause.details }) });
        }
        throw error;
      }
      throw new StepError('EngineUnavailable', 'The repository workflow cannot be reached.');
    }
  }
}
