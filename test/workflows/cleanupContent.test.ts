import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noTotals } from '#domain/cleanup/totals.ts';
import { cancelRequested, cleanupContentContract, pauseRequested, progress, resumeRequested } from '#temporal/contracts/cleanupContent.ts';
import type { cleanupContent } from '#workflows/cleanupContent.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createCleaning } from './support/createCleaning.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

let requests = 0;
async function start(taskQueue: string): Promise<WorkflowHandle<typeof cleanupContent>> {
  const requestId = `request-${(requests += 1)}`;
  return environment.client.workflow.start<typeof cleanupContent>(cleanupContentContract.workflowType, {
    workflowId: cleanupContentContract.workflowId(requestId),
    taskQueue,
    workflowIdReusePolicy: cleanupContentContract.workflowIdReusePolicy,
    args: [{ requestId, rule: 'baseurl' }],
  });
}

test('a cleanup goes through its sites, a large one in parts, and ends with its counts', async () => {
  const cleaning = createCleaning({ parts: [1, 2, 1] });
  await runWorkers(environment, cleaning.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
    await expect(handle.query(progress)).resolves.toEqual({ runId: 'run-1', sites: 3, cursor: { site: 3, after: null }, totals: { ...noTotals, items: 40, changed: 4 }, isPaused: false });
    await replayRun(handle, 'cleanupContent', 'done');
  });
  expect(cleaning.cleaned).toEqual(['0 after nothing', '1 after nothing', '1 after item-1', '2 after nothing']);
  expect(cleaning.ended).toEqual([{ state: 'succeeded', reason: null, result: { rule: 'baseurl', sites: 3, ...noTotals, items: 40, changed: 4 } }]);
});

test('without a site it ends at once', async () => {
  const cleaning = createCleaning({ parts: [] });
  await runWorkers(environment, cleaning.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ runId: 'run-1' });
  });
  expect(cleaning.cleaned).toEqual([]);
  expect(cleaning.ended).toMatchObject([{ state: 'succeeded' }]);
});

test('a step that failed for good fails the run and says why', async () => {
  const cleaning = createCleaning({
    parts: [1, 1],
    during: (site) => {
      if (site === 1) throw ApplicationFailure.nonRetryable('This version of the studio has no rule ‘baseurl’.', 'ContentInvalid');
    },
  });
  await runWorkers(environment, cleaning.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
    await replayRun(handle, 'cleanupContent', 'failed');
  });
  expect(cleaning.ended).toEqual([{ state: 'failed', reason: { code: 'ContentInvalid', message: 'This version of the studio has no rule ‘baseurl’.' } }]);
});

test('a file store that is away for a while is waited for, at the same cursor', async () => {
  let broken = 2;
  const cleaning = createCleaning({
    parts: [1, 1],
    during: (site) => {
      if (site === 1 && broken-- > 0) throw ApplicationFailure.create({ type: 'S3Unavailable', message: 'The file store (S3) does not answer.', nextRetryDelay: '20 seconds' });
    },
  });
  await runWorkers(environment, cleaning.activities, async (queue) => {
    const handle = await start(queue);
    await handle.result();
    await replayRun(handle, 'cleanupContent');
  });
  expect(cleaning.cleaned).toEqual(['0 after nothing', '1 after nothing', '1 after nothing', '1 after nothing']);
  expect(cleaning.ended).toMatchObject([{ state: 'succeeded' }]);
});

describe('cancel', () => {
  test('by signal stops after the part at hand and keeps its counts', async () => {
    const gate = createGate();
    const cleaning = createCleaning({ parts: [1, 1, 1], during: (site) => (site === 1 ? gate.pass() : undefined) });
    await runWorkers(environment, cleaning.activities, async (queue) => {
      const handle = await start(queue);
      await until('the second site begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'another' });
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
      await replayRun(handle, 'cleanupContent', 'cancelled');
    });
    expect(cleaning.cleaned).toEqual(['0 after nothing', '1 after nothing']);
    expect(cleaning.ended).toMatchObject([{ state: 'cancelled', reason: { code: 'Cancelled' } }]);
  });

  test('by Temporal also ends the execution as cancelled', async () => {
    const gate = createGate();
    const cleaning = createCleaning({ parts: [1, 1], during: () => gate.pass() });
    await runWorkers(environment, cleaning.activities, async (queue) => {
      const handle = await start(queue);
      await until('the first site begins', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'cleanupContent', 'cancelled-in-temporal');
    });
    expect(cleaning.cleaned).toEqual(['0 after nothing']);
    expect(cleaning.ended).toMatchObject([{ state: 'cancelled' }]);
  });

  test('while it is paused ends it', async () => {
    const gate = createGate();
    const cleaning = createCleaning({ parts: [1, 1], during: () => gate.pass() });
    await runWorkers(environment, cleaning.activities, async (queue) => {
      const handle = await start(queue);
      await until('the first site begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(pauseRequested);
      gate.open();
      await until('the first site is done', async () => (await handle.query(progress)).cursor.site === 1);
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'cleanupContent');
    });
    expect(cleaning.cleaned).toEqual(['0 after nothing']);
    expect(cleaning.ended).toMatchObject([{ state: 'cancelled', result: { changed: 1 } }]);
  });
});

test('a pause lets it wait between two sites until it is resumed', async () => {
  const gate = createGate();
  const cleaning = createCleaning({ parts: [1, 1], during: (site) => (site === 0 ? gate.pass() : undefined) });
  await runWorkers(environment, cleaning.activities, async (queue) => {
    const handle = await start(queue);
    await until('the first site begins', () => Promise.resolve(gate.arrived === 1));
    await handle.signal(pauseRequested);
    gate.open();
    await until('the first site is done', async () => (await handle.query(progress)).cursor.site === 1);
    expect(await handle.query(progress)).toMatchObject({ isPaused: true });
    expect(cleaning.cleaned).toHaveLength(1);
    await handle.signal(resumeRequested);
    await handle.result();
    await replayRun(handle, 'cleanupContent', 'done-after-pause');
  });
  expect(cleaning.cleaned).toHaveLength(2);
});
