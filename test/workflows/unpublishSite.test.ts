import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notifyLearnContract } from '#temporal/contracts/notifyLearn.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { unpublishProgress } from '#temporal/contracts/unpublishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createUnpublishing, type UnpublishHandle } from './support/createUnpublishing.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const whole = ['check', 'remove', 'purge', 'unlist', 'record', 'release'];

/** A step that fails for good the first `times` it is called. */
function failing(times: number): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw ApplicationFailure.nonRetryable('It did not work.', 'S3Refused');
  };
}

const untilState = (world: ReturnType<typeof createUnpublishing>, state: string): Promise<true> => until(`the run is ${state}`, () => Promise.resolve(world.runs[0]?.states.at(-1) === state ? true : undefined));

test('an unpublish checks, removes, purges, unlists, records and lets publishes go', async () => {
  const world = createUnpublishing();
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    expect(await handle.query(unpublishProgress)).toMatchObject({ state: 'succeeded', phase: 'record', done: ['check', 'remove', 'purge', 'unlist', 'record'].map((phase) => expect.objectContaining({ phase }) as unknown) });
    await replayRun(handle, 'unpublishSite', 'done');
  });
  expect(world.steps).toEqual(whole);
  expect(world.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
  expect(world.statuses).toEqual([]);
  // What people have to do goes into the record.
  expect(world.warnings).toEqual([['The CDN ‘live’ was not purged.', 'The root site lists it until it is published.']]);
});

test('each catalogue is told once, by a child of its own, also when the step after it is tried again', async () => {
  const receivers = ['https://learn.localhost/', 'https://older.localhost/'];
  const world = createUnpublishing({ record: failing(1) }, receivers);
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.ask(environment, queue);
    await untilState(world, 'failed');
    await handle.signal(retryRequested, { runId: 'run-1' });
    await handle.result();
    for (const index of receivers.keys()) await environment.client.workflow.getHandle(notifyLearnContract.workflowId('run-1', index)).result();
    await replayRun(handle, 'unpublishSite', 'done-noticed');
  });
  expect(world.told.map(({ receiver }) => receiver).sort()).toEqual(receivers);
  expect(world.told[0]).toMatchObject({ eventId: 'run-1', event: { kind: 'unpublished', siteUid: 'abc' } });
});

test('a live publish that runs is waited for before anything is removed', async () => {
  const counts = [2, 1, 0];
  const seen: string[][] = [];
  const world = createUnpublishing({
    settle: ({ says }) => {
      says(counts.shift() ?? 0);
      seen.push([...world.steps]);
    },
  });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.ask(environment, queue);
    await handle.result();
    await replayRun(handle, 'unpublishSite', 'done-after-wait');
  });
  expect(seen).toEqual([['check'], ['check'], ['check']]);
  expect(world.steps).toEqual(whole);
});

test('a second request is made after the first, and none is lost', async () => {
  const gate = createGate();
  const world = createUnpublishing({ purge: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.ask(environment, queue);
    await until('the first is on its way', () => Promise.resolve(gate.arrived === 1));
    await world.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'unpublishSite');
  });
  expect(world.steps).toEqual([...whole, ...whole]);
});

describe('a step that failed for good', () => {
  test.each(['check', 'remove', 'purge', 'unlist', 'record'] as const)('in %s is repeated when a person retries it', async (phase) => {
    const world = createUnpublishing({ [phase]: failing(1) });
    await runWorkers(environment, world.activities, async (queue) => {
      const handle = await world.ask(environment, queue);
      await untilState(world, 'failed');
      expect(world.runs[0]?.reason).toEqual({ code: 'S3Refused', message: 'It did not work.' });
      await handle.signal(retryRequested, { runId: 'another' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'unpublishSite', phase === 'remove' ? 'failed' : undefined);
    });
    expect(world.steps).toEqual(whole.flatMap((each) => (each === phase ? [each, each] : [each])));
    expect(world.runs[0]?.states).toEqual(['running', 'failed', 'running', 'succeeded']);
    expect(world.statuses).toEqual(['errored', 'started']);
  });

  test('before anything was removed, and that nobody retries, leaves the site live', async () => {
    const world = createUnpublishing({ check: failing(1) });
    await runWorkers(environment, world.activities, async (queue) => {
      const handle = await world.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'unpublishSite', 'failed-day-seven');
    });
    expect(world.steps).toEqual(['check', 'release']);
    expect(world.statuses).toEqual(['errored', null]);
    expect(world.runs[0]).toMatchObject({ states: ['running', 'failed', 'cancelled'], reason: { message: 'Nobody retried this unpublish, so it was stopped. The site is live, as it was.' } });
  });

  test('after files were removed can be given up, and says what is left', async () => {
    const world = createUnpublishing({ purge: failing(9) });
    await runWorkers(environment, world.activities, async (queue) => {
      const handle = await world.ask(environment, queue);
      await untilState(world, 'failed');
      // Too late for that.
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'unpublishSite', 'failed-given-up');
    });
    expect(world.steps).toEqual(['check', 'remove', 'purge', 'release']);
    expect(world.statuses).toEqual(['errored']);
    expect(world.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { code: 'GivenUp' } });
  });
});

describe('an unpublish that is stopped', () => {
  const stops: readonly [string, (handle: UnpublishHandle) => Promise<unknown>][] = [
    ['by a signal', (handle) => handle.signal(cancelRequested, { runId: 'run-1' })],
    ['in Temporal', (handle) => handle.cancel()],
  ];

  describe.each(stops)('%s', (how, stop) => {
    test('before anything was removed leaves the site live', async () => {
      const gate = createGate();
      const world = createUnpublishing({ check: () => gate.pass() });
      await runWorkers(environment, world.activities, async (queue) => {
        const handle = await world.ask(environment, queue);
        await until('check begins', () => Promise.resolve(gate.arrived === 1));
        await stop(handle);
        await expect(handle.result()).resolves.toEqual({ passes: 1 });
        await replayRun(handle, 'unpublishSite', how === 'by a signal' ? 'cancelled' : 'cancelled-in-temporal');
      });
      expect(world.steps).toEqual(['check', 'release']);
      expect(world.statuses).toEqual([null]);
      expect(world.runs[0]).toMatchObject({ states: ['running', 'cancelled'], reason: { code: 'Cancelled', message: 'A person stopped this unpublish. The site is live, as it was.' } });
    });

    test.each(['remove', 'purge', 'unlist', 'record'] as const)('during %s goes on to its end', async (phase) => {
      const gate = createGate();
      const world = createUnpublishing({ [phase]: () => gate.pass() });
      await runWorkers(environment, world.activities, async (queue) => {
        const handle = await world.ask(environment, queue);
        await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
        await stop(handle);
        gate.open();
        await expect(handle.result()).resolves.toEqual({ passes: 1 });
        await replayRun(handle, 'unpublishSite', phase === 'remove' && how === 'by a signal' ? 'done-cancelled-late' : undefined);
      });
      expect(world.steps).toEqual(whole);
      expect(world.runs[0]?.states).toEqual(['running', 'succeeded']);
    });
  });
});
