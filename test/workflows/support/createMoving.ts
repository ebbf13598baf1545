import { Context } from '@temporalio/activity';
import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import type { MovePhaseId } from '#domain/processes.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { changeSiteUrlContract, moveRequested } from '#temporal/contracts/changeSiteUrl.ts';
import type { changeSiteUrl } from '#workflows/changeSiteUrl.ts';

export interface MoveRun {
  readonly id: string;
  readonly request: string;
  readonly workflowRunId: string;
  /** Every state the run was in, oldest first. */
  readonly states: RunState[];
  reason: { readonly code: string; readonly message: string } | null;
}

export type MoveHandle = WorkflowHandleWithSignaledRunId<typeof changeSiteUrl>;

type Step = MovePhaseId | 'notify' | 'withdraw' | 'release' | 'look';

type MoveActivities = Pick<
  Activities,
  | 'openMove'
  | 'countRunningPublishes'
  | 'checkMove'
  | 'switchSiteUrl'
  | 'publishMovedSite'
  | 'leadReadersOn'
  | 'purgeMovedSite'
  | 'notifyCatalogue'
  | 'recordMoved'
  | 'withdrawMove'
  | 'releasePublishes'
  | 'recordFailed'
  | 'recordResumed'
  | 'recordEnded'
>;

const siteId = 'site-1';

/** The rows of moves of one site, in memory, with activities over them. `during` is what happens inside a step before it succeeds. */
export function createMoving(during: Partial<Record<Step, (call: { readonly runId: string; readonly input: unknown }) => Promise<void> | void>> = {}) {
  const requests: { readonly id: string; runId: string | null }[] = [];
  const runs: MoveRun[] = [];
  const steps: string[] = [];
  const byHand: (readonly string[])[] = [];

  async function step<R>(name: Step, label: string, input: object, result: R): Promise<R> {
    steps.push(label);
    await during[name]?.({ runId: 'runId' in input && typeof input.runId === 'string' ? input.runId : '', input });
    return result;
  }

  function move(runId: string, state: RunState): MoveRun {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined) throw new Error(`There is no run ${runId}`);
    if (!canMove(from, state)) throw new Error(`${runId} was to go from ${from} to ${state}`);
    run.states.push(state);
    return run;
  }

  const phase = { counts: {} };
  const activities: MoveActivities = {
    openMove: (input) => {
      const request = requests.find((candidate) => candidate.runId === null);
      if (request === undefined) return Promise.resolve({ runId: null });
      const run: MoveRun = { id: `run-${runs.length + 1}`, request: request.id, workflowRunId: input.workflowRunId, states: ['running'], reason: null };
      runs.push(run);
      request.runId = run.id;
      return Promise.resolve({ runId: run.id, requestId: request.id });
    },
    countRunningPublishes: async () => {
      let running = 0;
      await during.look?.({ runId: '', input: { says: (number: number) => (running = number) } });
      return { running };
    },
    checkMove: (input) => step('check', 'check', input, { ...phase, from: 'courses/old', to: 'courses/new', versions: ['draft', 'live'] as const, summary: 'From ‘courses/old’ to ‘courses/new’' }),
    switchSiteUrl: (input) => step('switch', 'switch', input, { ...phase, summary: 'Switched' }),
    publishMovedSite: (input) => step(input.version, `${input.version} ${input.attempt}`, input, { ...phase, summary: `The ${input.version} site stands at ‘courses/new’` }),
    leadReadersOn: (input) => step('redirect', 'redirect', input, { ...phase, summary: '9 pages lead on' }),
    purgeMovedSite: (input) => step('announce', 'purge', input, { ...phase, byHand: ['Purge the test sites.'], receivers: ['https://learn.localhost/', 'https://older.localhost/'], urlPath: 'courses/new', summary: 'Purged' }),
    notifyCatalogue: (input) => step('notify', `notify ${input.receiver}`, { ...input }, undefined),
    recordMoved: async (input) => {
      await step('record', 'record', input, undefined);
      byHand.push(input.byHand);
      move(input.runId, 'succeeded');
      return { ...phase, summary: 'Recorded' };
    },
    withdrawMove: async (input) => {
      // As the real one, it must not be left half done when the engine only lost patience.
      Context.current().heartbeat();
      await step('withdraw', 'withdraw', input, undefined);
    },
    releasePublishes: (input) => step('release', 'release', { ...input }, undefined),
    recordFailed: ({ runId, reason }) => Promise.resolve(void Object.assign(move(runId, 'failed'), { reason })),
    recordResumed: ({ runId }) => Promise.resolve(void Object.assign(move(runId, 'running'), { reason: null })),
    recordEnded: ({ runId, state, reason }) => Promise.resolve(void Object.assign(move(runId, state), reason === null ? {} : { reason })),
  };

  return {
    activities,
    runs,
    steps,
    requests,
    /** What each finished move left for a person. */
    byHand,
    /** Asks for a move as the API does: the row, then signalWithStart. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<MoveHandle> {
      const requestId = `request-${requests.length + 1}`;
      requests.push({ id: requestId, runId: null });
      return environment.client.workflow.signalWithStart<typeof changeSiteUrl, [{ requestId: string }]>(changeSiteUrlContract.workflowType, {
        workflowId: changeSiteUrlContract.workflowId('ocw-1'),
        taskQueue,
        workflowIdReusePolicy: changeSiteUrlContract.workflowIdReusePolicy,
        args: [{ siteId, siteName: 'ocw-1' }],
        signal: moveRequested,
        signalArgs: [{ requestId }],
        staticSummary: 'Move ocw-1',
      });
    },
  };
}
