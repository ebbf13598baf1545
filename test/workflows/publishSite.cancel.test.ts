import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { cancelRequested, progress, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createPublishing, type PublishHandle } from './support/createPublishing.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

/** Phases that are steps with an activity of their own; ‘prepublish’ runs children. */
const everyPhase = publishSiteProcess.phases.map(({ id }) => id).filter((id) => id !== 'prepublish');
const beforeDeploy = everyPhase.slice(0, everyPhase.indexOf('deploy'));
const fromDeploy = everyPhase.slice(everyPhase.indexOf('deploy'));
const untouched = { code: 'Cancelled', message: 'A person stopped this publish. The site is as it was.' };

/** The two ways: the studio's button, and Temporal's own. */
const ways = [
  ['the signal', (handle: PublishHandle) => handle.signal(cancelRequested, { runId: 'run-1' })],
  ['Temporal’s cancel', (handle: PublishHandle) => handle.cancel().then(() => undefined)],
] as const;

describe.each(ways)('%s', (way, cancel) => {
  test.each(beforeDeploy)('during %s ends the run and leaves the site as it was', async (phase) => {
    const gate = createGate();
    const publishing = createPublishing({ [phase]: () => gate.pass() });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
      await cancel(handle);
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', phase === 'build' ? (way === 'the signal' ? 'cancelled' : 'cancelled-in-temporal') : undefined);
    });
    expect(publishing.phases()).toEqual(everyPhase.slice(0, everyPhase.indexOf(phase) + 1));
    expect(publishing.runs).toMatchObject([{ states: ['running', 'cancelled'], reason: untouched }]);
  });

  test.each(fromDeploy)('during %s comes too late: the pass finishes', async (phase) => {
    const gate = createGate();
    const publishing = createPublishing({ [phase]: () => gate.pass() });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
      await cancel(handle);
      await expect(handle.query(progress)).resolves.toMatchObject({ state: 'running', phase });
      gate.open();
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', phase === 'deploy' ? (way === 'the signal' ? 'done-cancelled-late' : 'done-cancelled-late-in-temporal') : undefined);
    });
    expect(publishing.phases()).toEqual(everyPhase);
    expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'], reason: null }]);
  });

  test.each([
    ['build', untouched],
    ['deploy', { code: 'Cancelled', message: 'A person stopped this publish after it had begun to write to the site. Publish again to complete it.' }],
  ] as const)('while a failed %s waits for a person ends the run', async (phase, reason) => {
    const publishing = createPublishing({
      [phase]: () => {
        throw ApplicationFailure.nonRetryable('The file store (S3) refused.', 'S3Refused');
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the run fails', () => Promise.resolve(publishing.runs[0]?.states.at(-1) === 'failed'));
      await cancel(handle);
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', phase === 'deploy' && way === 'the signal' ? 'cancelled-while-failed' : undefined);
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'cancelled'], reason }]);
  });
});

test('the signal for another run changes nothing', async () => {
  const gate = createGate();
  const publishing = createPublishing({ build: () => gate.pass() });
  await runWorkers(environment, publishing.activities, async (queue) => {
    const handle = await publishing.ask(environment, queue, 'live');
    await until('the build begins', () => Promise.resolve(gate.arrived === 1));
    await handle.signal(cancelRequested, { runId: 'run-0' });
    gate.open();
    await handle.result();
    await replayRun(handle, 'publishSite');
  });
  expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
});

test('the signal ends one run: what was asked for meanwhile is published', async () => {
  const gate = createGate();
  const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, publishing.activities, async (queue) => {
    const handle = await publishing.ask(environment, queue, 'live');
    await until('the build begins', () => Promise.resolve(gate.arrived === 1));
    await publishing.ask(environment, queue, 'live');
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'publishSite');
  });
  expect(publishing.runs).toMatchObject([{ states: ['running', 'cancelled'] }, { states: ['running', 'succeeded'], requests: ['request-2'] }]);
});

test('Temporal’s cancel ends the execution: what was asked for meanwhile waits for the next one', async () => {
  const gate = createGate();
  const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, publishing.activities, async (queue) => {
    const handle = await publishing.ask(environment, queue, 'live');
    await until('the build begins', () => Promise.resolve(gate.arrived === 1));
    await publishing.ask(environment, queue, 'live');
    await handle.cancel();
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    expect(publishing.requests).toMatchObject([{ runId: 'run-1' }, { runId: null }]);
    // As reconcileRuns lets the relay deliver it again; any later request takes it along too.
    const next = await publishing.ask(environment, queue, 'live');
    await expect(next.result()).resolves.toEqual({ passes: 1 });
  });
  expect(publishing.runs).toMatchObject([{ states: ['running', 'cancelled'] }, { states: ['running', 'succeeded'], requests: ['request-2', 'request-3'] }]);
});

test('that a run failed is recorded although Temporal’s cancel comes while it is written', async () => {
  const gate = createGate();
  const publishing = createPublishing({
    build: () => {
      throw ApplicationFailure.nonRetryable('Hugo could not build the site.', 'HugoFailed');
    },
  });
  const { recordFailed } = publishing.activities;
  const activities: typeof publishing.activities = {
    ...publishing.activities,
    recordFailed: async (input) => {
      await gate.pass();
      await recordFailed(input);
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await publishing.ask(environment, queue, 'live');
    await until('the failure is being recorded', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await until('the workflow knows that it is cancelled', async () => {
      const events = (await handle.fetchHistory()).events ?? [];
      const cancelled = events.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes != null);
      return cancelled !== -1 && events.slice(cancelled).some((event) => event.workflowTaskCompletedEventAttributes != null);
    });
    gate.open();
    await handle.result();
    await replayRun(handle, 'publishSite');
  });
  expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'cancelled'] }]);
});

test('a retry that comes after the cancel changes nothing', async () => {
  const publishing = createPublishing({
    build: () => {
      throw ApplicationFailure.nonRetryable('Hugo could not build the site.', 'HugoFailed');
    },
  });
  await runWorkers(environment, publishing.activities, async (queue) => {
    const handle = await publishing.ask(environment, queue, 'live');
    await until('the run fails', () => Promise.resolve(publishing.runs[0]?.states.at(-1) === 'failed'));
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await handle.result();
    await expect(handle.signal(retryRequested, { runId: 'run-1' })).rejects.toThrow(/not found|completed/i);
  });
  expect(publishing.phases()).toEqual(['freeze', 'commit', 'build']);
});
