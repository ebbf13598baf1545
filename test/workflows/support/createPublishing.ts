import { Context } from '@temporalio/activity';
import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Notice } from '#activities/buckets.ts';
import type { Activities } from '#activities/index.ts';
import type { Prepared } from '#activities/runs.ts';
import type { PublishPhaseId } from '#domain/processes.ts';
import { passKey } from '#domain/passKey.ts';
import type { PublishRequestInput } from '#domain/publishRequest.ts';
import { canMove, type PublishVersion, type RunState } from '#domain/runs.ts';
import type { NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import { publishRequested, publishSiteContract } from '#temporal/contracts/publishSite.ts';
import type { publishSite } from '#workflows/publishSite.ts';

export interface PublishRun {
  readonly id: string;
  readonly version: PublishVersion;
  readonly pass: number;
  readonly workflowRunId: string;
  /** Every state the run was in, oldest first. */
  readonly states: RunState[];
  reason: { readonly code: string; readonly message: string } | null;
  problems: readonly { readonly message: string }[];
  /** The requests it took. */
  readonly requests: string[];
}

export interface StepCall {
  readonly phase: PublishPhaseId;
  readonly runId: string;
  /** From 1, within one scheduling of the step. */
  readonly attempt: number;
  readonly input: Readonly<Record<string, unknown>>;
}

export type PublishHandle = WorkflowHandleWithSignaledRunId<typeof publishSite>;

/** The activities a publish is made of. */
type PublishActivities = Pick<
  Activities,
  'openPass' | 'writeRootListing' | 'requestOffline' | 'requestYoutubeUpdate' | 'recordPrepared' | 'takeStoredRun' | 'purgeCache' | 'verifyDeployed' | 'tellCatalogue' | 'recordUntold' | 'checkRequests' | 'recordFailed' | 'recordResumed' | 'recordEnded' | 'freezeRevision' | 'requestCommit' | 'buildSite' | 'planDeployment' | 'deployManifest' | 'recordPublished'
>;

const siteId = 'site-1';

/** What a publish finds beside its own steps. */
interface Given {
  /** Whom recording says to tell. */
  readonly notice?: Notice;
  /** What happens inside of a notice before it is taken. */
  readonly telling?: (receiver: string) => Promise<void> | void;
  /** What happens while YouTube is asked to be told. */
  readonly youtube?: () => Promise<void> | void;
  /** Why a stored run is older than what is deployed. */
  readonly outdated?: string;
}

/**
 * The rows of a publish, in memory, with activities over them that say what they were called with. `during` is what
 * happens inside a step before it succeeds: wait at a gate, throw, ask for another publish.
 */
export function createPublishing(during: Partial<Record<PublishPhaseId, (call: StepCall) => Promise<void> | void>> = {}, given: Given = {}) {
  const requests: { readonly id: string; readonly version: PublishVersion; readonly input: PublishRequestInput; runId: string | null }[] = [];
  const prepared: { readonly runId: string; readonly waitedFor: readonly string[]; readonly outcomes: readonly Prepared[] | null }[] = [];
  const told: NotifyLearnInput[] = [];
  const untold: { readonly eventId: string; readonly receiver: string; readonly reason: string }[] = [];
  const offline: string[] = [];
  const youtube: string[] = [];
  const runs: PublishRun[] = [];
  const calls: StepCall[] = [];
  let opened = 0;

  async function step<I extends { readonly runId: string }, R>(phase: PublishPhaseId, input: I, result: R): Promise<R> {
    const { info } = Context.current();
    const call = { phase, runId: input.runId, attempt: info.attempt, input: { ...input } };
    calls.push(call);
    await during[phase]?.(call);
    return result;
  }

  function move(runId: string, state: RunState): PublishRun {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined) throw new Error(`There is no run ${runId}`);
    if (!canMove(from, state)) throw new Error(`${runId} was to go from ${from} to ${state}`);
    run.states.push(state);
    return run;
  }

  const activities: PublishActivities = {
    openPass: (input) => {
      opened += 1;
      const waiting = requests.filter((request) => request.version === input.version && request.runId === null);
      const asked = waiting[0]?.input;
      if (asked === undefined) return Promise.resolve({ runId: null, requests: 0 });
      const taken = waiting.filter((request) => passKey(request.input) === passKey(asked));
      const mass = taken.flatMap((request) => (request.input.massRunId === undefined ? [] : [{ massRunId: request.input.massRunId, requestId: request.id }]));
      const run: PublishRun = { id: `run-${runs.length + 1}`, version: input.version, pass: input.pass, workflowRunId: input.workflowRunId, states: ['running'], reason: null, problems: [], requests: taken.map((request) => request.id) };
      runs.push(run);
      for (const request of taken) request.runId = run.id;
      return Promise.resolve({ runId: run.id, requests: taken.length, ...(asked.from === undefined ? {} : { from: asked.from }), ...(mass.length === 0 ? {} : { mass }) });
    },
    writeRootListing: () => Promise.resolve({ kind: 'unchanged', summary: 'Listed, as before' }),
    requestOffline: ({ ofRunId }) => Promise.resolve(void offline.push(ofRunId)),
    requestYoutubeUpdate: async ({ ofRunId }) => {
      youtube.push(ofRunId);
      await given.youtube?.();
    },
    recordPrepared: ({ runId, waitedFor, outcomes }) => {
      prepared.push({ runId, waitedFor, outcomes });
      return Promise.resolve({ summary: waitedFor.length === 0 ? 'Nothing to prepare' : 'Prepared' });
    },
    takeStoredRun: async (input) => {
      const taken = await step('freeze', input, { buildKey: `builds/${input.from.runId}`, commit: 'beefbeefbeefbeefbeefbeefbeefbeefbeefbeef', revision: 5, summary: 'The publish of 2026-01-01 00:00 UTC, revision 5', counts: {} });
      return given.outdated === undefined ? taken : { ...taken, outdated: given.outdated };
    },
    tellCatalogue: async (input) => {
      told.push(input);
      await given.telling?.(input.receiver);
    },
    recordUntold: (input) => Promise.resolve(void untold.push(input)),
    checkRequests: ({ version }) => Promise.resolve({ waiting: requests.some((request) => request.version === version && request.runId === null) }),
    recordFailed: ({ runId, reason, problems }) => Promise.resolve(void Object.assign(move(runId, 'failed'), { reason, problems })),
    recordResumed: ({ runId }) => Promise.resolve(void Object.assign(move(runId, 'running'), { reason: null, problems: [] })),
    recordEnded: ({ runId, state, reason }) => Promise.resolve(void Object.assign(move(runId, state), reason === null ? {} : { reason })),
    freezeRevision: (input) => step('freeze', input, { revision: 7, snapshotKey: `snapshots/${input.runId}`, summary: 'Revision 7', counts: {} }),
    requestCommit: (input) => step('commit', input, { commit: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00', summary: '3 files in 1 commit', counts: { files: 3 } }),
    buildSite: (input) => step('build', input, { buildKey: `builds/${input.runId}`, summary: '12 pages', counts: { pages: 12 } }),
    planDeployment: (input) => step('plan', input, { planKey: `plans/${input.runId}`, changed: 5, removed: 1, summary: '5 of 12 files differ', counts: { changed: 5 } }),
    deployManifest: (input) => step('deploy', input, { summary: '5 of 12 files changed', counts: { written: 5 } }),
    purgeCache: (input) => step('purge', input, { summary: 'Purged live', counts: { purged: 1 } }),
    verifyDeployed: (input) => step('verify', input, { summary: '2 addresses checked', counts: { checked: 2 } }),
    recordPublished: async (input) => {
      const result = await step('record', input, { summary: 'Recorded', counts: {} });
      move(input.runId, 'succeeded');
      return given.notice === undefined ? result : { ...result, notice: given.notice };
    },
  };

  /** Writes the row of a request, as the API does before it tells Temporal. */
  function request(version: PublishVersion, input: PublishRequestInput = {}): string {
    const id = `request-${requests.length + 1}`;
    requests.push({ id, version, input, runId: null });
    return id;
  }

  return {
    activities,
    requests,
    runs,
    calls,
    /** The runs whose offline form was asked for. */
    offline,
    /** The runs of which YouTube was asked to be told. */
    youtube,
    /** What was said of preparations. */
    prepared,
    /** Every try to tell a catalogue, and what was recorded of those that failed. */
    told,
    untold,
    request,
    /** How often a pass was to be opened. */
    get opened() {
      return opened;
    },
    /** Asks for a publish as the API does: the row, then signalWithStart. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string, version: PublishVersion, input: PublishRequestInput = {}): Promise<PublishHandle> {
      const requestId = request(version, input);
      return environment.client.workflow.signalWithStart<typeof publishSite, [{ requestId: string }]>(publishSiteContract.workflowType, {
        workflowId: publishSiteContract.workflowId(siteId, version),
        taskQueue,
        workflowIdReusePolicy: publishSiteContract.workflowIdReusePolicy,
        args: [{ siteId, siteName: 'ocw-1', version }],
        signal: publishRequested,
        signalArgs: [{ requestId }],
        staticSummary: `Publish ocw-1 (${version})`,
      });
    },
    /** The steps that ran, in order, by phase. */
    phases: (runId?: string): PublishPhaseId[] => calls.filter((call) => runId === undefined || call.runId === runId).map((call) => call.phase),
  };
}
