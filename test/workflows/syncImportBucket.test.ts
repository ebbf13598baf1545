import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createImportSync } from './support/createImportSync.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('requests that come while a sync runs share one more pass', async () => {
  const gate = createGate();
  const sync = createImportSync({ copy: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await until('the copy begins', () => Promise.resolve(gate.arrived === 1));
    await sync.ask(environment, queue);
    await sync.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncImportBucket', 'done');
  });
  expect(sync.runs).toMatchObject([{ requests: 1, state: 'succeeded', result: { copied: 2, keys: ['a', 'b'] } }, { requests: 2, state: 'succeeded' }]);
});

test('the schedule makes a pass that nobody asked for, and none while another one is at work', async () => {
  const sync = createImportSync({});
  await runWorkers(environment, sync.activities, async (queue) => {
    const first = await sync.schedule(environment, queue);
    await expect(first.result()).resolves.toEqual({ passes: 1 });
    await replayRun(first, 'syncImportBucket', 'done-on-schedule');
    sync.setBusy(true);
    await expect((await sync.schedule(environment, queue)).result()).resolves.toEqual({ passes: 0 });
  });
  expect(sync.runs).toHaveLength(1);
});

test('a person’s request waits until the scheduled one has ended', async () => {
  const sync = createImportSync({});
  sync.setBusy(true);
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await until('it has looked', () => Promise.resolve(sync.looks() > 0));
    expect(sync.runs).toEqual([]);
    sync.setBusy(false);
    await handle.result();
    await replayRun(handle, 'syncImportBucket', 'done-after-another');
  });
  expect(sync.runs).toMatchObject([{ requests: 1, state: 'succeeded' }]);
});

test('a copy that failed for good fails the run and says why', async () => {
  const sync = createImportSync({
    copy: () => {
      throw ApplicationFailure.nonRetryable('S3 refuses.', 'S3Refused');
    },
  });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncImportBucket', 'failed');
  });
  expect(sync.runs).toMatchObject([{ state: 'failed', reason: { code: 'S3Refused', message: 'S3 refuses.' } }]);
});

test('its button stops the run and lets the next request go on, Temporal’s own ends the execution', async () => {
  const first = createGate();
  const second = createGate();
  const sync = createImportSync({ copy: (runId) => (runId === 'run-1' ? first.pass() : second.pass()) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await until('the copy begins', () => Promise.resolve(first.arrived === 1));
    await sync.ask(environment, queue);
    await handle.signal(cancelRequested, { runId: 'another' });
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await until('the next begins', () => Promise.resolve(second.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncImportBucket', 'cancelled');
  });
  expect(sync.runs).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
});
