import { passKey } from '#domain/passKey.ts';
import { pinnedSourcesOf } from '#domain/pinnedSourcesOf.ts';
import type { PublishRequestInput, PublishSource } from '#domain/publishRequest.ts';
import type { Problem, PublishVersion } from '#domain/runs.ts';
import { bindRequest, hasWaitingRequests, listRequestsOfRuns, oldestWaitingPublish, takeWaitingRequests, waitingRequestIds } from '#db/queries/runRequests.ts';
import { amendRun, findPass, moveRun, openRun, recordPhase, skipPhases } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import type { ActivityDeps } from './deps.ts';
import { driveMails } from './driveMails.ts';
import { publishMails } from './publishMails.ts';
import { withMails } from './withMails.ts';

export interface OpenPassInput {
  readonly siteId: string;
  readonly version: PublishVersion;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

export interface OpenedPass {
  /** Null when no request waits. */
  readonly runId: string | null;
  readonly requests: number;
  /** Set when the pass shows the output of a stored run. */
  readonly from?: PublishSource;
  /** The mass publishes that wait for this pass, by their requests. */
  readonly mass?: readonly MassRequest[];
}

export interface MassRequest {
  readonly massRunId: string;
  readonly requestId: string;
}

export interface OpenRequestRunInput {
  readonly process: string;
  readonly requestId: string | null;
  readonly siteId: string | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly pass: number;
}

/** What became of one preparation. */
export interface Prepared {
  readonly name: string;
  /** What went other than it should, to be read after the name; null when it was done in time. */
  readonly fault: string | null;
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
export function createRunsActivities(deps: Pick<ActivityDeps, 'db' | 'config' | 'temporal' | 'log'>) {
  const { db, config } = deps;

  return {
    /**
     * Opens the next pass of a publish with the oldest request that waits and all that ask for the same, or says that none waits.
     * Idempotent because a pass is found again by workflow id, run id and number, and requests it took stay its own.
     * Kill points: before the transaction (nothing happened), after it (the pass is found again).
     */
    async openPass(input: OpenPassInput): Promise<OpenedPass> {
      return db.transaction(async (trx) => {
        // A move of the site that begins at the same moment sees this pass, or this pass sees the move.
        await lockSite(trx, input.siteId);
        const known = await findPass(trx, input.workflowId, input.workflowRunId, input.pass);
        // A pass that was opened before stays what it is; a new one is what the oldest request asks for.
        const asked: PublishRequestInput | undefined = known?.frozen ?? (await oldestWaitingPublish(trx, 'publish-site', input.siteId, input.version));
        if (asked === undefined) return { runId: null, requests: 0 };
        const from = asked.from;
        const { runId } = await openRun(trx, { process: 'publish-site', siteId: input.siteId, version: input.version, workflowId: input.workflowId, workflowRunId: input.workflowRunId, pass: input.pass, frozen: from === undefined ? {} : { from } });
        await takeWaitingRequests(trx, { process: 'publish-site', siteId: input.siteId, version: input.version, runId, passKey: passKey(asked) });
        const requests = (await listRequestsOfRuns(trx, [runId])).get(runId) ?? [];
        // Of two mass publishes the newer one, which says so in its report; who asks for a publish beside them shares what they are built from.
        const pinned = from === undefined ? requests.map((request) => pinnedSourcesOf(request.input)).findLast((sources) => sources !== undefined) : undefined;
        if (pinned !== undefined) await amendRun(trx, runId, { frozen: { ...pinned } });
        const mass = requests.flatMap((request) => (typeof request.input['massRunId'] === 'string' ? [{ massRunId: request.input['massRunId'], requestId: request.id }] : []));
        return { runId, requests: requests.length, ...(from === undefined ? {} : { from }), ...(mass.length === 0 ? {} : { mass }) };
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
     * Says that a run failed and why; its execution may stay open for a retry. Who asked for a publish gets a mail, once per run;
     * of a sync with Google Drive the people of the site do, too.
     * Idempotent because the transition table lets the same state be recorded twice, and a mail has one key per run and person.
     * Kill points: before the row (the next try writes it), after it (writing it again changes nothing).
     */
    async recordFailed(input: RecordFailedInput): Promise<void> {
      await withMails(deps, async (trx, mail) => {
        if (!(await moveRun(trx, { runId: input.runId, state: 'failed', reason: input.reason, problems: input.problems }))) return;
        await mail(await publishMails(trx, config, { runId: input.runId, kind: 'publish-failed', reason: input.reason.message }));
        await mail(await driveMails(trx, { runId: input.runId, reason: input.reason.message }));
      });
    },

    /**
     * Says which preparations are waited for (with no outcomes) or what became of them; what was late or failed is a warning of the run.
     * Idempotent because the phase and its warnings are set to the same values.
     * Kill points: between phase and warnings; both are written again.
     */
    async recordPrepared(input: { runId: string; waitedFor: readonly string[]; outcomes: readonly Prepared[] | null }): Promise<{ summary: string }> {
      const { runId, waitedFor, outcomes } = input;
      const late = outcomes?.filter((outcome) => outcome.fault !== null) ?? [];
      const whole = waitedFor.length === 0 ? 'Nothing to prepare' : `${waitedFor.length - late.length} of ${waitedFor.length} done`;
      const summary = outcomes === null ? `Waiting for ${waitedFor.join(', ')}` : [whole, ...late.map(({ name, fault }) => `${name} ${fault ?? ''}`)].join('; ');
      if (waitedFor.length === 0) {
        await skipPhases(db, runId, ['prepublish']);
        return { summary };
      }
      await recordPhase(db, { runId, phase: 'prepublish', state: outcomes === null ? 'running' : 'done', summary });
      if (outcomes !== null) await amendRun(db, runId, { warnings: late.map(({ name, fault }) => ({ message: `Published without waiting further: ${name} ${fault ?? ''}.` })), phase: 'prepublish' });
      return { summary };
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
