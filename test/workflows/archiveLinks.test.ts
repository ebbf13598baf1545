import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createArchiving } from './support/createArchiving.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('seven links a minute are submitted, and the run ends when all are heard of', async () => {
  const turns: number[] = [];
  const archiving = createArchiving({ plan: async () => void turns.push(await environment.currentTimeMs()) });
  await runWorkers(environment, archiving.activities, async (queue) => {
    const handle = await archiving.ask(environment, queue, 16);
    await expect(handle.result()).resolves.toEqual({ runs: 1 });
    await replayRun(handle, 'archiveLinks', 'done');
  });
  expect(archiving.runs).toEqual([{ links: 16, archived: 16, state: 'succeeded', reason: null }]);
  expect(new Set(archiving.submitted).size).toBe(16);
  // Three turns that submit, one that only hears of the last, and one that finds nothing more.
  const pauses = turns.slice(1).map((at, index) => at - (turns[index] ?? 0));
  expect(pauses.slice(0, 3).map((pause) => pause > 60_000)).toEqual([true, true, true]);
});

test('a request that comes in the middle has its run at once, and waits for the turn', async () => {
  const gate = createGate();
  const archiving = createArchiving({ submit: (itemId) => (itemId === '0/6' ? gate.pass() : undefined) });
  await runWorkers(environment, archiving.activities, async (queue) => {
    const handle = await archiving.ask(environment, queue, 7);
    await until('the last submission begins', () => Promise.resolve(gate.arrived === 1));
    await archiving.ask(environment, queue, 3);
    gate.open();
    // The time of the test does not pass by itself: the turn's minute is not over.
    await until('the second run is open', () => Promise.resolve(archiving.runs.length === 2));
    expect(archiving.submitted).toHaveLength(7);
    await expect(handle.result()).resolves.toEqual({ runs: 2 });
  });
  expect(archiving.runs.map((run) => run.state)).toEqual(['succeeded', 'succeeded']);
});

test('an archive that does not answer is tried again', async () => {
  let times = 0;
  const archiving = createArchiving({
    plan: () => {
      times += 1;
      if (times === 1) throw ApplicationFailure.create({ type: 'WaybackUnavailable', message: 'The Wayback Machine does not take captures now.', nextRetryDelay: '30 minutes' });
    },
  });
  await runWorkers(environment, archiving.activities, async (queue) => {
    const handle = await archiving.ask(environment, queue, 1);
    await expect(handle.result()).resolves.toEqual({ runs: 1 });
    await replayRun(handle, 'archiveLinks', 'done-after-away');
  });
  expect(archiving.runs).toMatchObject([{ archived: 1, state: 'succeeded' }]);
});

test('an archive that refuses us fails the runs and says why; the links stay in the queue', async () => {
  let isRefused = true;
  const archiving = createArchiving({
    submit: () => {
      if (isRefused) throw ApplicationFailure.nonRetryable('The Wayback Machine refused: You need to be logged in.', 'WaybackRefused');
    },
  });
  await runWorkers(environment, archiving.activities, async (queue) => {
    const handle = await archiving.ask(environment, queue, 2);
    await expect(handle.result()).resolves.toEqual({ runs: 1 });
    await replayRun(handle, 'archiveLinks', 'failed');
    expect(archiving.runs).toMatchObject([{ state: 'failed', reason: { code: 'WaybackRefused' } }]);
    isRefused = false;
    await expect((await archiving.ask(environment, queue, 1)).result()).resolves.toEqual({ runs: 1 });
  });
  expect([...archiving.submitted].sort()).toEqual(['0/0', '0/1', '1/0']);
});

test('the button of a run takes its links out of the queue, Temporal’s own cancels all that is open', async () => {
  const gate = createGate();
  const archiving = createArchiving({ submit: (itemId) => (itemId === '1/0' ? gate.pass() : undefined) });
  await runWorkers(environment, archiving.activities, async (queue) => {
    const handle = await archiving.ask(environment, queue, 20);
    await until('the first turn is over', () => Promise.resolve(archiving.submitted.length === 7));
    await archiving.ask(environment, queue, 2);
    await handle.signal(cancelRequested, { runId: 'run-0' });
    await until('the first is cancelled', () => Promise.resolve(archiving.runs[0]?.state === 'cancelled'));
    const ended = expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await until('the second is at work', () => Promise.resolve(gate.arrived === 1));
    // What is held hears of it by its heartbeat. One that ends in the same moment is too much for the test server.
    await handle.cancel();
    await ended;
    await replayRun(handle, 'archiveLinks', 'cancelled');
  });
  expect(archiving.runs.map((run) => run.state)).toEqual(['cancelled', 'cancelled']);
  expect(archiving.submitted.filter((itemId) => itemId.startsWith('0/'))).toHaveLength(7);
});
