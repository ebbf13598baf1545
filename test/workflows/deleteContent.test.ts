import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createDeleting } from './support/createDeleting.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

const DAY_MS = 24 * 60 * 60_000;
let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('what is asked for waits until it is due, and what is undone meanwhile never goes', async () => {
  const deleting = createDeleting(environment);
  const early = await deleting.add('early', 10 * DAY_MS);
  const late = await deleting.add('late', 30 * DAY_MS);
  const undone = await deleting.add('undone', 20 * DAY_MS);
  const startedAt = await environment.currentTimeMs();
  await runWorkers(environment, deleting.activities, async (queue) => {
    const handle = await deleting.ask(queue);
    undone.state = 'undone';
    await expect(handle.result()).resolves.toEqual({ passes: 3 });
    await replayRun(handle, 'deleteContent', 'done');
  });
  expect([early.state, late.state, undone.state]).toEqual(['done', 'done', 'undone']);
  expect((await environment.currentTimeMs()) - startedAt).toBeGreaterThanOrEqual(30 * DAY_MS);
  const pass = (runId: string): string[] => ['restore', 'check', 'items', 'files'].map((phase) => `${runId} ${phase}`);
  expect(deleting.steps).toEqual([...pass('run-2'), ...pass('run-3')]);
  expect(deleting.runs).toEqual([{ isDue: false, state: 'succeeded' }, { isDue: true, state: 'succeeded' }, { isDue: true, state: 'succeeded' }]);
});

test('one that is wanted at once goes at once, in one more pass of the execution that is at work', async () => {
  const gate = createGate();
  const deleting = createDeleting(environment, { files: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await deleting.add('first', 0);
  const hastened = await deleting.add('hastened', 30 * DAY_MS);
  await runWorkers(environment, deleting.activities, async (queue) => {
    const handle = await deleting.ask(queue);
    await until('the first goes', () => Promise.resolve(gate.arrived === 1));
    hastened.dueAt = 0;
    const second = await deleting.ask(queue);
    expect(second.signaledRunId).toBe(handle.signaledRunId);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
  });
  expect(hastened.state).toBe('done');
});

test('a step that failed for good holds what was to go and says why in the run', async () => {
  const deleting = createDeleting(environment, {
    files: () => {
      throw ApplicationFailure.nonRetryable('Nothing is deleted from here.', 'OutwardEffectsOff');
    },
  });
  const row = await deleting.add('one', 0);
  await runWorkers(environment, deleting.activities, async (queue) => {
    const handle = await deleting.ask(queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'deleteContent', 'failed');
  });
  expect(row.state).toBe('held');
  expect(deleting.runs).toEqual([{ isDue: true, state: 'failed OutwardEffectsOff' }]);
});

test('Temporal’s cancel ends the waiting after the pass that is under way', async () => {
  const gate = createGate();
  const deleting = createDeleting(environment, { files: () => gate.pass() });
  const due = await deleting.add('due', 0);
  const waiting = await deleting.add('waiting', 30 * DAY_MS);
  await runWorkers(environment, deleting.activities, async (queue) => {
    const handle = await deleting.ask(queue);
    await until('the files go', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    gate.open();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'deleteContent', 'cancelled');
  });
  expect([due.state, waiting.state]).toEqual(['done', 'pending']);
});
