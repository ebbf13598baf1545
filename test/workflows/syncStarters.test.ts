import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { startersSyncRequested, syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import type { syncStarters } from '#workflows/syncStarters.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

type StarterActivities = Pick<Activities, 'openRequestRun' | 'readStarters' | 'recordFailed' | 'recordEnded'>;

interface StarterRun {
  readonly id: string;
  readonly requests: readonly string[];
  readonly states: RunState[];
  reason?: { readonly code: string } | null;
  result?: unknown;
}

/** The rows of reading the starters, in memory. */
function createReading(during: (runId: string) => Promise<void> | void = () => undefined) {
  const waiting: string[] = [];
  const runs: StarterRun[] = [];
  let asked = 0;
  function move(runId: string, state: RunState, facts: Pick<StarterRun, 'reason' | 'result'>): Promise<void> {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined || !canMove(from, state)) throw new Error(`${runId} cannot become ${state}`);
    run.states.push(state);
    Object.assign(run, facts);
    return Promise.resolve();
  }
  const activities: StarterActivities = {
    openRequestRun: (input) => {
      expect(input).toMatchObject({ process: 'sync-starters', requestId: null, siteId: null, workflowId: 'sync-starters', pass: runs.length + 1 });
      if (waiting.length === 0) return Promise.resolve({ runId: null });
      const run: StarterRun = { id: `run-${runs.length + 1}`, requests: waiting.splice(0), states: ['running'] };
      runs.push(run);
      return Promise.resolve({ runId: run.id });
    },
    readStarters: async ({ runId }) => {
      await during(runId);
      return { taken: ['ocw-course-v2'], refused: ['ocw-www'], summary: '1 starter taken, 1 refused', counts: { taken: 1 } };
    },
    recordFailed: ({ runId, reason }) => move(runId, 'failed', { reason }),
    recordEnded: ({ runId, state, reason, result }) => move(runId, state, { reason, ...(result === undefined ? {} : { result }) }),
  };
  return {
    activities,
    runs,
    waiting,
    /** Asks as the API does: the row, then signalWithStart. */
    ask(taskQueue: string): Promise<WorkflowHandle<typeof syncStarters>> {
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

test('one ask is one pass, whose result names what was taken and what was refused', async () => {
  const reading = createReading();
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncStarters', 'done');
  });
  expect(reading.runs).toEqual([{ id: 'run-1', requests: ['request-1'], states: ['running', 'succeeded'], reason: null, result: { taken: ['ocw-course-v2'], refused: ['ocw-www'] } }]);
});

test('asks that come during a pass share one more', async () => {
  const gate = createGate();
  const reading = createReading((runId) => (runId === 'run-1' ? gate.pass() : undefined));
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(queue);
    await until('the pass begins', () => Promise.resolve(gate.arrived === 1));
    for (let count = 0; count < 5; count += 1) await reading.ask(queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncStarters', 'done-coalesced');
  });
  expect(reading.runs.map((run) => run.requests.length)).toEqual([1, 5]);
});

test('an ask that comes while the last look for work is made is not lost', async () => {
  const reading = createReading();
  const { openRequestRun } = reading.activities;
  let handle: Awaited<ReturnType<typeof reading.ask>> | undefined;
  let isLate = false;
  const activities: StarterActivities = {
    ...reading.activities,
    openRequestRun: async (input) => {
      const answer = await openRequestRun(input);
      if (answer.runId === null && !isLate) {
        isLate = true;
        reading.waiting.push('request-late');
        await handle?.signal(startersSyncRequested, { requestId: 'request-late' });
      }
      return answer;
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    handle = await reading.ask(queue);
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs.map((run) => run.requests)).toEqual([['request-1'], ['request-late']]);
});

test('a pass that fails for good says why and ends; the next ask is a new one', async () => {
  let isBroken = true;
  const reading = createReading(() => {
    if (isBroken) throw ApplicationFailure.nonRetryable('The projects repository has no branch ‘main’.', 'BranchMissing');
  });
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncStarters', 'failed');
    expect(reading.runs).toMatchObject([{ states: ['running', 'failed'], reason: { code: 'BranchMissing', message: 'The projects repository has no branch ‘main’.' } }]);
    isBroken = false;
    reading.runs.length = 0;
    await expect((await reading.ask(queue)).result()).resolves.toEqual({ passes: 1 });
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
});

test('a repository that is away for a while is waited for', async () => {
  let broken = 3;
  const reading = createReading(() => {
    if (broken-- > 0) throw ApplicationFailure.create({ type: 'GitUnavailable', message: 'The git host does not answer.', nextRetryDelay: '1 minute' });
  });
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(queue);
    await handle.result();
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
});

test('cancel ends the run and the execution', async () => {
  const gate = createGate();
  const reading = createReading(() => gate.pass());
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(queue);
    await until('the pass begins', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncStarters', 'cancelled');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'cancelled'], reason: { code: 'Cancelled' } }]);
});
