import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { GitHubError } from '#clients/github.ts';
import { noteRepository } from '#db/queries/repositories.ts';
import { amendRun } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { builderOf } from '#domain/builderOf.ts';
import { counted } from '#domain/counted.ts';
import { reviewFault } from '#domain/review.ts';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError } from '#temporal/client.ts';
import { commitRevision, type CommitRevisionInput, mergeCommit, type MergeCommitInput, syncContentContract } from '#temporal/contracts/syncContent.ts';
import { startSyncContent } from '#temporal/startSyncContent.ts';
import { activityContext } from './activityContext.ts';
import { createContentWriter } from './contentWriter.ts';
import type { ActivityDeps } from './deps.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';

export { repositoryUrl } from './repositoryUrl.ts';

export interface RequestCommitInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly snapshotKey: string;
  readonly revision: number;
  /** Merged for this version afterwards; null commits to main only. */
  readonly version: 'draft' | 'live' | null;
  /** Merge only while main holds nothing newer. */
  readonly onlyIfNewest?: boolean;
}

export interface RequestCommitResult extends PhaseResult {
  readonly commit: string;
  /** False when main held something newer, so that nothing was merged. */
  readonly isMerged?: boolean;
}

export interface MergeReviewedInput extends PhaseInput {
  readonly siteId: string;
  readonly siteName: string;
  readonly version: 'draft' | 'live';
  /** The reviewed commit of main. */
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
  /** Merge nothing once main holds a revision newer than this one. */
  readonly onlyIfNewest?: number;
}

/** Everything that writes a site's repository. */
export function createRepositoryActivities(deps: ActivityDeps) {
  const { db, github, config } = deps;

  const writer = createContentWriter(deps);

  return {
    /**
     * Asks the site's repository workflow for a commit and, where a version is named, a merge; starts it when it does not run, and waits.
     * Idempotent because tries of one step share an update id: asking again joins the first ask, or finds nothing left to commit.
     * Kill points: before the ask (asked again), while waiting (the next try joins), after the answer (asked again, nothing to do).
     */
    async requestCommit(input: RequestCommitInput): Promise<RequestCommitResult> {
      // A person's retry is a step of its own and must not be answered with the failure of the one before.
      const updateId = `${input.runId}/${activityContext().context.info.activityId}`;
      const argument: CommitRevisionInput = { runId: input.runId, phase: input.phase, snapshotKey: input.snapshotKey, revision: input.revision, version: input.version, ...(input.onlyIfNewest === true ? { onlyIfNewest: true } : {}) };
      const result = await updateRepository(input, updateId, commitRevision, argument);
      await amendRun(db, input.runId, { commit: result.commit });
      const where = input.version === null ? config.gitBranchMain : input.version === 'live' ? config.gitBranchRelease : config.gitBranchPreview;
      const short = result.commit.slice(0, 8);
      if (result.isMerged === false) return { commit: result.commit, isMerged: false, summary: `${counted(result.filesChanged, 'file')} in ${counted(result.commits, 'commit')}; not merged, because somebody saved something else since`, counts: { files: result.filesChanged, commits: result.commits } };
      return {
        commit: result.commit,
        summary: result.filesChanged === 0 ? `Nothing new to commit; ${where} at ${short}` : `${counted(result.filesChanged, 'file')} in ${counted(result.commits, 'commit')}; ${where} at ${short}`,
        counts: { files: result.filesChanged, commits: result.commits },
      };
    },

    /**
     * Asks the site's repository workflow to merge a reviewed commit into the branches of its version, and waits.
     * Idempotent because tries of one step share an update id, and a branch that has the commit has nothing to merge.
     * Kill points: before the ask (asked again), while waiting (the next try joins), after the answer (asked again, nothing to do).
     * @throws {StepError} ReviewRefused, final, when the site got a builder that builds anew.
     */
    async mergeReviewed(input: MergeReviewedInput): Promise<PhaseResult> {
      const site = await findSite(db, input.siteId);
      // Somebody gave the site another builder since it was reviewed. Nothing was merged, so it can be given back and this tried again.
      const fault = site === undefined ? undefined : reviewFault(builderOf(config, site));
      if (fault !== undefined) throw new StepError('ReviewRefused', fault);
      const argument: MergeCommitInput = { runId: input.runId, phase: input.phase, commit: input.commit, version: input.version };
      const { commit } = await updateRepository(input, `${input.runId}/${activityContext().context.info.activityId}`, mergeCommit, argument);
      const where = input.version === 'live' ? `${config.gitBranchPreview} and ${config.gitBranchRelease}` : config.gitBranchPreview;
      return { summary: `${input.commit.slice(0, 8)} merged into ${where}, at ${commit.slice(0, 8)}`, counts: {} };
    },

    /**
     * Writes a snapshot to main: one commit per author, one push; what main has lost is written again.
     * Idempotent because files that main already holds are left out and a snapshot older than main's revision is skipped.
     * Kill points: before the push (commits of the mirror are thrown away), after the push before the rows (found in main, rows written).
     */
    async commitContent(input: CommitContentInput): Promise<CommitContentResult> {
      await assertOutwardEffects(deps);
      // The phase is the publish's: it is done when the branches are merged, not before.
      return writer.write({ siteId: input.siteId, runId: input.runId, phase: 'commit', snapshotKey: input.snapshotKey, revision: input.revision }, activityContext().abortSignal);
    },

    /**
     * Merges main into preview, and for a live publish into release too.
     * Idempotent because a branch that has the commit answers that there is nothing to merge.
     * Kill points: before a merge, between the two, after them before the answer; each is merged again without effect.
     */
    async mergeBranches(input: MergeBranchesInput): Promise<{ commit: string; isMerged?: boolean }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const site = await writer.siteOf(input.siteId);
      if (input.onlyIfNewest !== undefined && site.committedRevision > input.onlyIfNewest) return { commit: input.commit, isMerged: false };
      const merge = async (): Promise<string> => {
        const preview = await github.merge(site.shortId, config.gitBranchPreview, input.commit, abortSignal);
        await noteRepository(db, site.id, { previewHead: preview });
        if (input.version !== 'live') return preview;
        const release = await github.merge(site.shortId, config.gitBranchRelease, input.commit, abortSignal);
        await noteRepository(db, site.id, { releaseHead: release });
        return release;
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

  async function updateRepository<A, R>(site: { readonly siteId: string; readonly siteName: string }, updateId: string, update: UpdateDefinition<R, [A]>, argument: A): Promise<R> {
    const startOperation = new WithStartWorkflowOperation(syncContentContract.workflowType, {
      ...startSyncContent(site, config.temporalTaskQueuePrefix),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    try {
      return await deps.temporal.workflow.executeUpdateWithStart(update, { args: [argument], updateId, startWorkflowOperation: startOperation });
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
