import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import type { OfflineGate } from '#activities/offline.ts';
import type { OfflinePhaseId } from '#domain/processes.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { buildOfflineContract, offlineRequested } from '#temporal/contracts/buildOffline.ts';
import type { buildOffline } from '#workflows/buildOffline.ts';

export interface OfflineRun {
  readonly id: string;
  readonly requests: readonly string[];
  readonly workflowRunId: string;
  /** Every state the run was in, oldest first. */
  readonly states: RunState[];
  reason: { readonly code: string; readonly message: string } | null;
}

export type OfflineHandle = WorkflowHandleWithSignaledRunId<typeof buildOffline>;

type OfflineActivities = Pick<
  Activities,
  | 'openOffline'
  | 'checkOfflineRequests'
  | 'gateOffline'
  | 'buildOfflineSite'
  | 'zipOffline'
  | 'deployOffline'
  | 'withdrawOffline'
  | 'purgeOffline'
  | 'recordOffline'
  | 'recordFailed'
  | 'recordResumed'
  | 'recordEnded'
>;

/** The rows of offline builds of one site, in memory, with activities over them. `during` is what happens inside a step before it succeeds. */
export function createOffline(during: Partial<Record<OfflinePhaseId, (call: { readonly runId: string }) => Promise<void> | void>> = {}, gate: Partial<Pick<OfflineGate, 'verdict' | 'hasZips'>> & { readonly outputs?: number } = {}) {
  const requests: { readonly id: string; runId: string | null }[] = [];
  const runs: OfflineRun[] = [];
  const steps: string[] = [];

  async function step<R extends object>(name: OfflinePhaseId, label: string, input: { readonly runId: string }, result: R): Promise<R & { summary: string; counts: Record<string, number> }> {
    steps.push(label);
    await during[name]?.({ runId: input.runId });
    return { ...result, summary: `Summary of ${label}`, counts: {} };
  }

  function move(runId: string, state: RunState): OfflineRun {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined) throw new Error(`There is no run ${runId}`);
    if (!canMove(from, state)) throw new Error(`${runId} was to go from ${from} to ${state}`);
    run.states.push(state);
    return run;
  }

  const activities: OfflineActivities = {
    openOffline: ({ workflowRunId }) => {
      const waiting = requests.filter((request) => request.runId === null);
      if (waiting.length === 0) return Promise.resolve({ runId: null });
      const run: OfflineRun = { id: `run-${runs.length + 1}`, requests: waiting.map((request) => request.id), workflowRunId, states: ['running'], reason: null };
      runs.push(run);
      for (const request of waiting) request.runId = run.id;
      return Promise.resolve({ runId: run.id });
    },
    checkOfflineRequests: () => Promise.resolve({ waiting: requests.some((request) => request.runId === null) }),
    gateOffline: (input) => step('gate', 'gate', input, { verdict: gate.verdict ?? 'build', hasZips: gate.hasZips ?? true }),
    buildOfflineSite: (input) => step('build', 'build', input, { outputs: gate.outputs ?? 1 }),
    zipOffline: (input) => step('zip', 'zip', input, {}),
    deployOffline: (input) => step('deploy', 'deploy', input, {}),
    withdrawOffline: (input) => step('deploy', 'withdraw', input, {}),
    purgeOffline: (input) => step('purge', 'purge', input, {}),
    recordOffline: async (input) => {
      const result = await step('record', 'record', input, {});
      move(input.runId, 'succeeded');
      return result;
    },
    recordFailed: ({ runId, reason }) => Promise.resolve(void Object.assign(move(runId, 'failed'), { reason })),
    recordResumed: ({ runId }) => Promise.resolve(void Object.assign(move(runId, 'running'), { reason: null })),
    recordEnded: ({ runId, state, reason }) => Promise.resolve(void Object.assign(move(runId, state), reason === null ? {} : { reason })),
  };

  return {
    activities,
    runs,
    steps,
    requests,
    /** Asks as the end of a publish does: the row, then signalWithStart. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<OfflineHandle> {
      const requestId = `request-${requests.length + 1}`;
      requests.push({ id: requestId, runId: null });
      return environment.client.workflow.signalWithStart<typeof buildOffline, [{ requestId: string }]>(buildOfflineContract.workflowType, {
        workflowId: buildOfflineContract.workflowId('site-1', 'live'),
        taskQueue,
        workflowIdReusePolicy: buildOfflineContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', siteName: 'site-1', version: 'live' }],
        signal: offlineRequested,
        signalArgs: [{ requestId }],
        staticSummary: 'Offline site-1 (live)',
      });
    },
  };
}
