import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createFolderMaking } from './support/createFolderMaking.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('requests that come while folders are made share one more pass, and no two are at it at once', async () => {
  const gate = createGate();
  const making = createFolderMaking({ inner: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, making.activities, async (queue) => {
    const handle = await making.ask(environment, queue);
    await until('the inner folders are made', () => Promise.resolve(gate.arrived === 1));
    await making.ask(environment, queue);
    const third = await making.ask(environment, queue);
    expect(third.signaledRunId).toBe(handle.signaledRunId);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'createDriveFolders', 'done');
  });
  expect(making.steps).toEqual(['run-1 site', 'run-1 inner', 'run-2 site', 'run-2 inner']);
  expect(making.runs).toMatchObject([{ requests: 1, state: 'succeeded' }, { requests: 2, state: 'succeeded' }]);
});

test('a step that failed for good fails the run and says why', async () => {
  const making = createFolderMaking({
    inner: () => {
      throw ApplicationFailure.nonRetryable('Google Drive refused.', 'DriveRefused');
    },
  });
  await runWorkers(environment, making.activities, async (queue) => {
    const handle = await making.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'createDriveFolders', 'failed');
  });
  expect(making.runs).toEqual([{ requests: 1, state: 'failed', reason: { code: 'DriveRefused', message: 'Google Drive refused.' } }]);
});

test('its button stops the run and lets the next request go on, Temporal’s own ends the execution', async () => {
  const first = createGate();
  const second = createGate();
  const making = createFolderMaking({ inner: (runId) => (runId === 'run-1' ? first.pass() : second.pass()) });
  await runWorkers(environment, making.activities, async (queue) => {
    const handle = await making.ask(environment, queue);
    await until('the inner folders are made', () => Promise.resolve(first.arrived === 1));
    await making.ask(environment, queue);
    await handle.signal(cancelRequested, { runId: 'another' });
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await until('the next begins', () => Promise.resolve(second.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'createDriveFolders', 'cancelled');
  });
  expect(making.runs).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
});
