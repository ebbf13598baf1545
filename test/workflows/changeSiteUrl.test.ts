import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { moveProgress } from '#temporal/contracts/changeSiteUrl.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createMoving, type MoveHandle } from './support/createMoving.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const announced = ['purge', 'notify https://learn.localhost/', 'notify https://older.localhost/'];
const whole = ['check', 'switch', 'draft 1', 'live 1', 'redirect', ...announced, 'record', 'release'];
const failure = (type: string, message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, type);

/** A step that fails for good the first `times` it is called. */
function failing(times: number, type: string, message: string): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw failure(type, message);
  };
}

const untilState = (moving: ReturnType<typeof createMoving>, state: string): Promise<true> => until(`the run is ${state}`, () => Promise.resolve(moving.runs[0]?.states.at(-1) === state ? true : undefined));

test('a move checks, switches, publishes, leads on, tells and lets publishes go', async () => {
  const moving = createMoving();
  await runWorkers(environment, moving.activities, async (queue) => {
    const handle = await moving.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    expect(await handle.query(moveProgress)).toMatchObject({ state: 'succeeded', phase: 'record', done: ['check', 'switch', 'draft', 'live', 'redirect', 'announce', 'record'].map((phase) => expect.objectContaining({ phase }) as unknown) });
    await replayRun(handle, 'changeSiteUrl', 'done');
  });
  expect(moving.steps).toEqual(whole);
  expect(moving.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
  expect(moving.byHand).toEqual([['Purge the test sites.']]);
});

test('publishes that run are waited for before anything is changed', async () => {
  const counts = [2, 1, 1, 0];
  const seen: string[][] = [];
  const moving = createMoving({
    look: ({ input }) => {
      (input as { says: (number: number) => void }).says(counts.shift() ?? 0);
      seen.push([...moving.steps]);
    },
  });
  await runWorkers(environment, moving.activities, async (queue) => {
    const handle = await moving.ask(environment, queue);
    await handle.result();
    await replayRun(handle, 'changeSiteUrl', 'done-after-wait');
  });
  expect(seen).toEqual([['check'], ['check'], ['check'], ['check']]);
  expect(moving.steps).toEqual(whole);
});

test('a second request is made after the first, and none is lost', async () => {
  const gate = createGate();
  const moving = createMoving({ live: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, moving.activities, async (queue) => {
    const handle = await moving.ask(environment, queue);
    await until('the first is on its way', () => Promise.resolve(gate.arrived === 1));
    await moving.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'changeSiteUrl');
  });
  expect(moving.steps).toEqual([...whole, ...whole]);
  expect(moving.runs.map((run) => run.request)).toEqual(['request-1', 'request-2']);
});

describe('a step that failed for good', () => {
  test.each(['check', 'switch', 'draft', 'live', 'redirect', 'record'] as const)('in %s is repeated when a person retries it', async (phase) => {
    const moving = createMoving({ [phase]: failing(1, 'PublishFailed', 'It did not work.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await untilState(moving, 'failed');
      expect(moving.runs[0]?.reason).toEqual({ code: 'PublishFailed', message: 'It did not work.' });
      await handle.signal(retryRequested, { runId: 'another' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'changeSiteUrl', phase === 'live' ? 'failed' : undefined);
    });
    const label = phase === 'draft' || phase === 'live' ? `${phase} 1` : phase;
    const repeated = phase === 'draft' || phase === 'live' ? `${phase} 2` : phase;
    expect(moving.steps).toEqual(whole.flatMap((each) => (each === label ? [each, repeated] : [each])));
    expect(moving.runs[0]?.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test('and that nobody retries brings the old address back after seven days', async () => {
    const moving = createMoving({ live: failing(1, 'PublishFailed', 'Hugo could not build the site.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'changeSiteUrl', 'failed-given-up');
    });
    expect(moving.steps).toEqual(['check', 'switch', 'draft 1', 'live 1', 'withdraw', 'release']);
    expect(moving.runs[0]).toMatchObject({ states: ['running', 'failed', 'cancelled'], reason: { message: 'Nobody retried this move, so it was stopped. The site is at its old address, as it was.' } });
  });

  test('after readers were led on can be given up, and says what is left', async () => {
    const moving = createMoving({ redirect: failing(9, 'S3Refused', 'The file store refused.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await untilState(moving, 'failed');
      // Too late for that.
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'changeSiteUrl');
    });
    expect(moving.steps).toEqual(['check', 'switch', 'draft 1', 'live 1', 'redirect', 'release']);
    expect(moving.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { code: 'GivenUp' } });
  });
});

describe('what could not be told', () => {
  test('is left for a person: one catalogue that refuses stops neither the other nor the move', async () => {
    const moving = createMoving({
      notify: ({ input }) => {
        if ((input as { receiver: string }).receiver.includes('older')) throw failure('LearnRefused', 'A catalogue refused the notice.');
      },
    });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'changeSiteUrl');
    });
    expect(moving.steps).toEqual(whole);
    expect(moving.byHand).toEqual([['Purge the test sites.', 'https://older.localhost/ does not know of the new place: A catalogue refused the notice. Publish the site live again to tell it.']]);
    expect(moving.runs[0]?.states).toEqual(['running', 'succeeded']);
  });

  test('is left for a person when the CDN refuses', async () => {
    const moving = createMoving({ announce: failing(1, 'FastlyRefused', 'The CDN refused.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'changeSiteUrl', 'done-not-announced');
    });
    expect(moving.byHand).toEqual([[expect.stringContaining('The CDN may still serve the old pages: The CDN refused. Purge it for the key ‘ocw-1’') as string]]);
  });
});

describe('a move that is stopped', () => {
  const stops: readonly [string, (handle: MoveHandle) => Promise<unknown>][] = [
    ['by a signal', (handle) => handle.signal(cancelRequested, { runId: 'run-1' })],
    ['in Temporal', (handle) => handle.cancel()],
  ];
  const before = { check: ['check'], switch: ['check', 'switch'], draft: ['check', 'switch', 'draft 1'], live: ['check', 'switch', 'draft 1', 'live 1'] } as const;

  describe.each(stops)('%s', (how, stop) => {
    test.each(['check', 'switch', 'draft', 'live'] as const)('during %s brings the old address back', async (phase) => {
      const gate = createGate();
      const moving = createMoving({ [phase]: () => gate.pass() });
      await runWorkers(environment, moving.activities, async (queue) => {
        const handle = await moving.ask(environment, queue);
        await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
        await stop(handle);
        await expect(handle.result()).resolves.toEqual({ passes: 1 });
        await replayRun(handle, 'changeSiteUrl', phase === 'live' ? (how === 'by a signal' ? 'cancelled' : 'cancelled-in-temporal') : undefined);
      });
      expect(moving.steps).toEqual([...before[phase], 'withdraw', 'release']);
      expect(moving.runs[0]).toMatchObject({ states: ['running', 'cancelled'], reason: { code: 'Cancelled', message: 'A person stopped this move. The site is at its old address, as it was.' } });
    });

    test.each(['redirect', 'announce', 'record'] as const)('during %s goes on to its end', async (phase) => {
      const gate = createGate();
      const moving = createMoving({ [phase]: () => gate.pass() });
      await runWorkers(environment, moving.activities, async (queue) => {
        const handle = await moving.ask(environment, queue);
        await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
        await stop(handle);
        gate.open();
        await expect(handle.result()).resolves.toEqual({ passes: 1 });
        await replayRun(handle, 'changeSiteUrl', phase === 'redirect' && how === 'by a signal' ? 'done-cancelled-late' : undefined);
      });
      expect(moving.steps).toEqual(whole);
      expect(moving.runs[0]?.states).toEqual(['running', 'succeeded']);
    });

    test('after it failed brings the old address back at once', async () => {
      const moving = createMoving({ live: failing(9, 'PublishFailed', 'Hugo could not build the site.') });
      await runWorkers(environment, moving.activities, async (queue) => {
        const handle = await moving.ask(environment, queue);
        await untilState(moving, 'failed');
        await stop(handle);
        await handle.result();
        await replayRun(handle, 'changeSiteUrl');
      });
      expect(moving.steps.slice(-2)).toEqual(['withdraw', 'release']);
      expect(moving.runs[0]?.states).toEqual(['running', 'failed', 'cancelled']);
    });
  });

  test('and cannot be undone says so, and is undone when a person retries', async () => {
    const gate = createGate();
    const moving = createMoving({ live: () => gate.pass(), withdraw: failing(1, 'S3Refused', 'The file store refused.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await until('the live publish begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await untilState(moving, 'failed');
      expect(moving.runs[0]?.reason).toEqual({ code: 'S3Refused', message: 'The move was stopped, but the old address could not be brought back: The file store refused. Retry to try it again.' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'changeSiteUrl', 'cancelled-undone-late');
    });
    expect(moving.steps.slice(-3)).toEqual(['withdraw', 'withdraw', 'release']);
    expect(moving.runs[0]?.states).toEqual(['running', 'failed', 'running', 'cancelled']);
  });

  test('and is never undone ends after seven days, saying so', async () => {
    const gate = createGate();
    const moving = createMoving({ live: () => gate.pass(), withdraw: failing(9, 'S3Refused', 'The file store refused.') });
    await runWorkers(environment, moving.activities, async (queue) => {
      const handle = await moving.ask(environment, queue);
      await until('the live publish begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'changeSiteUrl');
    });
    expect(moving.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { code: 'GivenUp', message: expect.stringContaining('nobody brought the old address back') as string } });
  });
});
