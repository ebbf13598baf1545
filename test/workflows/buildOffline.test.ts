import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offlineProgress } from '#temporal/contracts/buildOffline.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createOffline } from './support/createOffline.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const whole = ['gate', 'build', 'zip', 'deploy', 'purge', 'record'];

/** A step that fails for good the first time it is called. */
function failingOnce(): () => void {
  let left = 1;
  return () => {
    if (left-- > 0) throw ApplicationFailure.nonRetryable('It did not work.', 'FileChanged');
  };
}

const untilState = (offline: ReturnType<typeof createOffline>, state: string): Promise<true> => until(`the run is ${state}`, () => Promise.resolve(offline.runs[0]?.states.at(-1) === state ? true : undefined));

test('a pass builds, writes the zips, then the tree, purges and records', async () => {
  const offline = createOffline();
  await runWorkers(environment, offline.activities, async (queue) => {
    const handle = await offline.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    expect(await handle.query(offlineProgress)).toMatchObject({ pass: 1, state: 'succeeded', phase: 'record', done: whole.map((phase) => ({ phase })) });
    await replayRun(handle, 'buildOffline', 'done');
  });
  expect(offline.steps).toEqual(whole);
  expect(offline.runs).toMatchObject([{ states: ['running', 'succeeded'], requests: ['request-1'] }]);
});

test.each([
  ['a course that hides its download has it taken away', { verdict: 'hide' }, ['gate', 'withdraw', 'purge', 'record'], 'done-hidden'],
  ['a publish that has its offline form is left alone', { verdict: 'none' }, ['gate', 'record'], 'done-unchanged'],
  ['the root site has a tree and no zips', { hasZips: false }, ['gate', 'build', 'deploy', 'purge', 'record'], 'done-root'],
  ['a starter without an offline form has nothing written', { outputs: 0 }, ['gate', 'build', 'record'], 'done-not-offered'],
] as const)('%s', async (_what, gate, steps, history) => {
  const offline = createOffline({}, gate);
  await runWorkers(environment, offline.activities, async (queue) => {
    const handle = await offline.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'buildOffline', history);
  });
  expect(offline.steps).toEqual(steps);
});

test('requests that arrive during a pass share one more', async () => {
  const gate = createGate();
  const offline = createOffline({ zip: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, offline.activities, async (queue) => {
    const handle = await offline.ask(environment, queue);
    await until('the first is at its zips', () => Promise.resolve(gate.arrived === 1));
    for (let count = 0; count < 3; count += 1) await offline.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'buildOffline');
  });
  expect(offline.runs.map((run) => run.requests)).toEqual([['request-1'], ['request-2', 'request-3', 'request-4']]);
});

describe('a step that failed for good', () => {
  test.each(['gate', 'build', 'zip', 'deploy', 'purge', 'record'] as const)('in %s is repeated when a person retries it', async (phase) => {
    const offline = createOffline({ [phase]: failingOnce() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await untilState(offline, 'failed');
      expect(offline.runs[0]?.reason).toEqual({ code: 'FileChanged', message: 'It did not work.' });
      await handle.signal(retryRequested, { runId: 'another' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'buildOffline', phase === 'zip' ? 'failed' : undefined);
    });
    expect(offline.steps).toEqual(whole.flatMap((each) => (each === phase ? [each, each] : [each])));
    expect(offline.runs[0]?.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test('is superseded by the next publish', async () => {
    const offline = createOffline({ build: failingOnce() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await untilState(offline, 'failed');
      await offline.ask(environment, queue);
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'buildOffline', 'failed-superseded');
    });
    expect(offline.runs.map((run) => run.states)).toEqual([['running', 'failed', 'superseded'], ['running', 'succeeded']]);
  });

  test('and that nobody retries is closed after seven days, with its reason', async () => {
    const offline = createOffline({ build: failingOnce() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'buildOffline', 'failed-expired');
    });
    expect(offline.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { message: 'It did not work.' } });
  });

  test('can be given up', async () => {
    const offline = createOffline({ deploy: failingOnce() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await untilState(offline, 'failed');
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
    });
    expect(offline.runs[0]?.states).toEqual(['running', 'failed', 'terminated']);
    expect(offline.steps).toEqual(['gate', 'build', 'zip', 'deploy']);
  });
});

describe('cancel', () => {
  test('during the zips stops the pass before the tree is touched', async () => {
    const gate = createGate();
    const offline = createOffline({ zip: () => gate.pass() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await until('the zips are being written', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await untilState(offline, 'cancelled');
      gate.open();
      await handle.result();
      await replayRun(handle, 'buildOffline', 'cancelled');
    });
    expect(offline.steps).toEqual(['gate', 'build', 'zip']);
    expect(offline.runs[0]?.reason?.message).toBe('A person stopped this. The tree is as it was; a zip that was whole by then is the new one.');
  });

  test('in Temporal does the same', async () => {
    const gate = createGate();
    const offline = createOffline({ build: () => gate.pass() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await until('the build has begun', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      await untilState(offline, 'cancelled');
      gate.open();
      await handle.result();
      await replayRun(handle, 'buildOffline', 'cancelled-in-temporal');
    });
    expect(offline.steps).toEqual(['gate', 'build']);
  });

  test('once the tree is being written comes too late', async () => {
    const gate = createGate();
    const offline = createOffline({ deploy: () => gate.pass() });
    await runWorkers(environment, offline.activities, async (queue) => {
      const handle = await offline.ask(environment, queue);
      await until('the tree is being written', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'run-1' });
      gate.open();
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'buildOffline', 'done-cancelled-late');
    });
    expect(offline.steps).toEqual(whole);
    expect(offline.runs[0]?.states).toEqual(['running', 'succeeded']);
  });
});
