import type { Problem, PublishVersion } from '#domain/runs.ts';
import { bindRequest, hasWaitingRequests, takeWaitingRequests, waitingRequestIds } from '#db/queries/runRequests.ts';
import { amendRun, findPass, moveRun, openRun } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import type { ActivityDeps } from './deps.ts';

export interface OpenPassInput {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

export interface OpenRequestRunInput {
  readonly process: string;
  readonly requestId: string | null;
  readonly siteId: string | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

export interface RunReason {
  readonly code: string;
  readonly message: string;
}

export interface RecordFailedInput {
  readonly runId: string;
  readonly reason: RunReason;
  readonly problems: readonly Problem[];
}

/** Rows of runs: the list people read. Every function here is a local activity, a row or two. */
export function createRunsActivities({ db }: Pick<ActivityDeps, 'db'>) {
  return {
    /**
     * Opens the next pass of a publish with every request that waits, or says that none does.
     * Idempotent because a pass is found again by workflow id, run id and number, and requests it took stay its own.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openPass(input: OpenPassInput): Promise<{ runId: string | null; requests: number }> {
      return db.transaction(async (trx) => {
        // A move of the site that begins at the same moment sees this pass, or this pass sees the move.
        await lockSite(trx, input.siteId);
        // Two requests could slip between check and take; the take is what counts.
        if (!(await hasWaitingRequests(trx, 'publish-site', input.siteId, input.version))) {
          const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
          return { runId: known?.id ?? null, requests: 0 };
        }
        const { runId } = await openRun(trx, { process: 'publish-site', siteId: input.siteId, version: input.version, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: {} });
        const taken = await takeWaitingRequests(trx, { process: 'publish-site', siteId: input.siteId, version: input.version, runId });
        return { runId, requests: taken.length };
      });
    },

    /**
     * Opens the run of a process that is not a publish, for one request or (with none named) for all that wait.
     * Idempotent because a run is found again by workflow id, run id and pass.
     * Kill points: before the transaction (nothing happened), after it (the run is found again).
     */
    async openRequestRun(input: OpenRequestRunInput): Promise<{ runId: string | null }> {
      return db.transaction(async (trx) => {
        const ids = input.requestId === null ? await waitingRequestIds(trx, input.process) : [input.requestId];
        if (ids.length === 0) return { runId: (await findPass(trx, input.workflowId, input.workflowRunId, input.pass))?.id ?? null };
        const { runId } = await openRun(trx, { process: input.process, siteId: input.siteId, version: null, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: {} });
        for (const id of ids) await bindRequest(trx, id, runId);
        return { runId };
      });
    },

    /**
     * Says whether a publish of this site and version is asked for that no pass took yet.
     * Idempotent because it only reads.
     * Kill points: before the read, after it; either way it is read again.
     */
    async checkRequests(input: { siteId: string; version: PublishVersion }): Promise<{ waiting: boolean }> {
      return { waiting: await hasWaitingRequests(db, 'publish-site', input.siteId, input.version) };
    },

    /**
     * Says that a run failed and why; its execution may stay open for a retry.
     * Idempotent because the transition table lets the same state be recorded twice.
     * Kill points: before the row (the next try writes it), after it (writing it again changes nothing).
     */
    async recordFailed(input: RecordFailedInput): Promise<void> {
      await moveRun(db, { runId: input.runId, state: 'failed', reason: input.reason, problems: input.problems });
    },

    /**
     * Says that a failed run goes on after a person asked for it.
     * Idempotent because the transition table lets the same state be recorded twice.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async recordResumed(input: { runId: string }): Promise<void> {
      await moveRun(db, { runId: input.runId, state: 'running' });
    },

    /**
     * Ends a run that will not go on: done, cancelled, superseded, or terminated because nobody retried it. Warnings given here
     * stand in place of those the run had.
     * Idempotent because a final state is never left and may be recorded twice.
     * Kill points: before the row, after it; either way the next try ends in the same state.
     */
    async recordEnded(input: { runId: string; state: 'cancelled' | 'superseded' | 'succeeded' | 'terminated'; reason: RunReason | null; result?: Record<string, unknown>; warnings?: readonly Problem[] }): Promise<void> {
      if (input.warnings !== undefined) await amendRun(db, input.runId, { warnings: input.warnings });
      await moveRun(db, {
        runId: input.runId,
        state: input.state,
        ...(input.reason === null ? {} : { reason: input.reason }),
        ...(input.result === undefined ? {} : { result: input.result }),
      });
    },
  };
}
