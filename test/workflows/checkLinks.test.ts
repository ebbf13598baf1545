import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createLinkChecks } from './support/createLinkChecks.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('requests that come while a site is checked share one more pass, which takes its links in again', async () => {
  const gate = createGate();
  const checks = createLinkChecks({ batches: 2, batch: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, checks.activities, async (queue) => {
    const handle = await checks.ask(environment, queue);
    await until('the first batch begins', () => Promise.resolve(gate.arrived === 1));
    await checks.ask(environment, queue);
    await checks.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'checkLinks', 'done');
  });
  // Who asked for one site sees its links on its page.
  expect(checks.told).toEqual([]);
  expect(checks.runs).toMatchObject([{ siteId: 'site-1', requests: 1, collected: 1, state: 'succeeded', result: { looked: 2 } }, { requests: 2, collected: 1, state: 'succeeded' }]);
});

test('the schedule makes one pass over all sites that nobody asked for', async () => {
  const checks = createLinkChecks({});
  await runWorkers(environment, checks.activities, async (queue) => {
    const handle = await checks.schedule(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'checkLinks', 'done-and-told');
  });
  expect(checks.runs).toMatchObject([{ siteId: null, requests: 0, state: 'succeeded' }]);
  expect(checks.told).toEqual(['run-1 succeeded']);
});

test('a check of all sites is done also when its broken links could not be told of', async () => {
  const checks = createLinkChecks({ tell: () => Promise.reject(ApplicationFailure.nonRetryable('Postgres does not answer.', 'DatabaseUnavailable')) });
  await runWorkers(environment, checks.activities, async (queue) => {
    await expect((await checks.schedule(environment, queue)).result()).resolves.toEqual({ passes: 1 });
  });
  expect(checks.runs).toMatchObject([{ state: 'succeeded', result: { looked: 1 } }]);
});

test('many batches go on in one run after another execution, and requests meanwhile are not lost', async () => {
  const gate = createGate();
  let begun = 0;
  const checks = createLinkChecks({
    batches: 201,
    batch: () => {
      begun += 1;
      return begun === 200 ? gate.pass() : undefined;
    },
  });
  await runWorkers(environment, checks.activities, async (queue) => {
    const handle = await checks.ask(environment, queue);
    await until('the last batch of the execution begins', () => Promise.resolve(gate.arrived === 1));
    await checks.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
  });
  expect(checks.executions.size).toBe(2);
  expect(checks.runs).toMatchObject([{ collected: 1, state: 'succeeded', result: { looked: 201 } }, { requests: 1, collected: 1, state: 'succeeded' }]);
});

test('a batch that failed for good fails the run and says why', async () => {
  const checks = createLinkChecks({
    batch: () => {
      throw ApplicationFailure.nonRetryable('Postgres does not answer.', 'DatabaseUnavailable');
    },
  });
  await runWorkers(environment, checks.activities, async (queue) => {
    const handle = await checks.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'checkLinks', 'failed');
  });
  expect(checks.runs).toMatchObject([{ state: 'failed', reason: { code: 'DatabaseUnavailable' } }]);
});

test('its button stops the run and lets the next request go on, Temporal’s own ends the execution', async () => {
  const first = createGate();
  const second = createGate();
  const checks = createLinkChecks({ batches: 5, batch: (runId) => (runId === 'run-1' ? first.pass() : second.pass()) });
  await runWorkers(environment, checks.activities, async (queue) => {
    const handle = await checks.ask(environment, queue);
    await until('the first begins', () => Promise.resolve(first.arrived === 1));
    await checks.ask(environment, queue);
    await handle.signal(cancelRequested, { runId: 'another' });
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await until('the next begins', () => Promise.resolve(second.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'checkLinks', 'cancelled');
  });
  expect(checks.runs).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
});
