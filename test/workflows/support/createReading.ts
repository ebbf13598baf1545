import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import type { OpenRequestRunInput } from '#activities/runs.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { startersSyncRequested, syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import type { syncStarters } from '#workflows/syncStarters.ts';

export type StartersHandle = WorkflowHandleWithSignaledRunId<typeof syncStarters>;

export type StarterActivities = Pick<Activities, 'openRequestRun' | 'readStarters' | 'ensureStartersHook' | 'recordFailed' | 'recordEnded'>;

export interface StarterRun {
  readonly id: string;
  readonly requests: readonly string[];
  readonly states: RunState[];
  reason?: { readonly code: string } | null;
  result?: unknown;
  warnings?: readonly { readonly message: string }[];
}

/** The rows of reading the starters, in memory, with activities over them; `during` is what happens inside a read before it succeeds. */
export function createReading(during: (runId: string) => Promise<void> | void = () => undefined) {
  const waiting: string[] = [];
  const runs: StarterRun[] = [];
  const opened: OpenRequestRunInput[] = [];
  let asked = 0;
  function move(runId: string, state: RunState, facts: Pick<StarterRun, 'reason' | 'result' | 'warnings'>): Promise<void> {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined || !canMove(from, state)) throw new Error(`${runId} cannot become ${state}`);
    run.states.push(state);
    Object.assign(run, facts);
    return Promise.resolve();
  }
  const activities: StarterActivities = {
    openRequestRun: (input) => {
      opened.push(input);
      if (waiting.length === 0) return Promise.resolve({ runId: null });
      const run: StarterRun = { id: `run-${runs.length + 1}`, requests: waiting.splice(0), states: ['running'] };
      runs.push(run);
      return Promise.resolve({ runId: run.id });
    },
    readStarters: async ({ runId }) => {
      await during(runId);
      return { taken: ['ocw-course-v2'], refused: ['ocw-www'], removed: ['ocw-course-v1'], summary: '1 starter taken, 1 refused', counts: { taken: 1 } };
    },
    ensureStartersHook: () => Promise.resolve({ state: 'off', summary: 'The webhook that tells of pushes is left to people.' }),
    recordFailed: ({ runId, reason }) => move(runId, 'failed', { reason }),
    recordEnded: ({ runId, state, reason, result, warnings }) => move(runId, state, { reason, ...(result === undefined ? {} : { result }), ...(warnings === undefined ? {} : { warnings }) }),
  };
  return {
    activities,
    runs,
    waiting,
    /** What a run was to be opened with, each time. */
    opened,
    /** Asks as the API does: the row, then signalWithStart. */
    ask: (environment: TestWorkflowEnvironment, taskQueue: string): Promise<StartersHandle> => {
      const requestId = `request-${(asked += 1)}`;
      waiting.push(requestId);
      return environment.client.workflow.signalWithStart<typeof syncStarters, [{ requestId: string }]>(syncStartersContract.workflowType, {
        workflowId: syncStartersContract.workflowId(),
        taskQueue,
        workflowIdReusePolicy: syncStartersContract.workflowIdReusePolicy,
        args: [{}],
        signal: startersSyncRequested,
        signalArgs: [{ requestId }],
      });
    },
  };
}
