import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { gaveUp, progress, publishRequested, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
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
const days = 24 * 60 * 60_000;

/** As activities/classify.ts makes it of a broken shortcode. */
const hugoFailed = (): ApplicationFailure =>
  ApplicationFailure.create({ type: 'HugoFailed', message: 'Hugo could not build the site.', nonRetryable: true, details: [{ problems: [{ message: 'no such shortcode', file: 'content/pages/a.md', line: 3 }] }] });

const throwing = (error: Error): void => {
  throw error;
};

type Publishing = ReturnType<typeof createPublishing>;
const failed = (publishing: Publishing, runId = 'run-1'): Promise<boolean> => until(`${runId} fails`, () => Promise.resolve(publishing.runs.find((run) => run.id === runId)?.states.at(-1) === 'failed'));

async function isOpen(handle: PublishHandle): Promise<boolean> {
  return (await handle.describe()).status.name === 'RUNNING';
}

describe('a step that failed for good', () => {
  test.each(everyPhase)('in %s sets the run failed at once, with the reason, while the execution stays open; giving up ends both', async (phase) => {
    const publishing = createPublishing({ [phase]: () => throwing(hugoFailed()) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await failed(publishing);
      const message = phase === 'purge' ? 'Deployed, but the CDN was not purged, so readers may get old pages: Hugo could not build the site.' : 'Hugo could not build the site.';
      expect(publishing.runs[0]).toMatchObject({ reason: { code: 'HugoFailed', message }, problems: [{ message: 'no such shortcode', file: 'content/pages/a.md', line: 3 }] });
      await expect(handle.query(progress)).resolves.toMatchObject({ state: 'failed', phase, runId: 'run-1' });
      await expect(isOpen(handle)).resolves.toBe(true);
      await handle.signal(gaveUp, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', phase === 'build' ? 'failed' : undefined);
    });
    expect(publishing.phases()).toEqual(everyPhase.slice(0, everyPhase.indexOf(phase) + 1));
    // Given up, it keeps what it failed for.
    expect(publishing.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { code: 'HugoFailed' } });
  });

  test('a retry repeats the same step on the same frozen input, as often as a person asks', async () => {
    let broken = 2;
    const publishing = createPublishing({ build: () => (broken-- > 0 ? throwing(hugoFailed()) : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      for (const tries of [1, 2]) {
        await until('the build failed', () => Promise.resolve(publishing.runs[0]?.states.filter((state) => state === 'failed').length === tries));
        await handle.signal(retryRequested, { runId: 'run-1' });
      }
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-retried');
    });
    expect(publishing.phases()).toEqual(['freeze', 'commit', 'build', 'build', 'build', 'plan', 'deploy', 'purge', 'verify', 'record']);
    const builds = publishing.calls.filter((call) => call.phase === 'build').map((call) => call.input);
    expect(builds).toEqual([builds[0], builds[0], builds[0]]);
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'running', 'failed', 'running', 'succeeded'], reason: null }]);
  });

  test('a new request supersedes it and is published', async () => {
    const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? throwing(hugoFailed()) : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await failed(publishing);
      await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'publishSite', 'failed-superseded');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'superseded'] }, { pass: 2, states: ['running', 'succeeded'], requests: ['request-2'] }]);
    expect(publishing.phases('run-2')).toEqual(everyPhase);
  });

  test('a request that came before it failed supersedes it too', async () => {
    const publishing: Publishing = createPublishing({
      build: async ({ runId }) => {
        if (runId !== 'run-1') return;
        const requestId = publishing.request('live');
        await environment.client.workflow.getHandle('publish-site/site-1/live').signal(publishRequested, { requestId });
        throwing(hugoFailed());
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'publishSite');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'superseded'] }, { states: ['running', 'succeeded'] }]);
  });

  test('a signal that comes late, for a request the run took itself, does not supersede it', async () => {
    let isBroken = true;
    const publishing = createPublishing({ plan: () => (isBroken ? throwing(hugoFailed()) : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await failed(publishing);
      await handle.signal(publishRequested, { requestId: 'request-1' });
      await until('the signal was looked into', async () => (await handle.query(progress)).requestsWaiting === false);
      isBroken = false;
      await handle.signal(retryRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-signalled-late');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'running', 'succeeded'] }]);
  });

  test('day 7 ends it, and not before', async () => {
    const publishing = createPublishing({ deploy: () => throwing(hugoFailed()) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await failed(publishing);
      const failedAt = await environment.currentTimeMs();
      await environment.sleep(7 * days - 60_000);
      await expect(isOpen(handle)).resolves.toBe(true);
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      expect((await environment.currentTimeMs()) - failedAt).toBeGreaterThanOrEqual(7 * days - 60_000);
      expect((await handle.describe()).closeTime?.getTime()).toBeLessThan(failedAt + 7 * days + 60_000);
      await replayRun(handle, 'publishSite', 'failed-day-seven');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'terminated'] }]);
  });

  test('a button that speaks of another run changes nothing', async () => {
    const publishing = createPublishing({ build: () => throwing(hugoFailed()) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await failed(publishing);
      await handle.signal(retryRequested, { runId: 'run-0' });
      await handle.signal(gaveUp, { runId: 'run-0' });
      await expect(handle.query(progress)).resolves.toMatchObject({ state: 'failed' });
      expect(publishing.phases()).toEqual(['freeze', 'commit', 'build']);
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'publishSite');
    });
  });
});

describe('a step that fails for a while', () => {
  /** A deploy that throws what `failure` makes of the attempt, and the server's time at each try, in milliseconds. */
  function unsteady(failure: (attempt: number) => Error | null): { publishing: Publishing; triedAt: number[] } {
    const triedAt: number[] = [];
    const publishing = createPublishing({
      deploy: async ({ attempt }) => {
        triedAt.push(await environment.currentTimeMs());
        const error = failure(attempt);
        if (error !== null) throw error;
      },
    });
    return { publishing, triedAt };
  }
  const pauses = (triedAt: readonly number[]): number[] => triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? at));
  const transient = (nextRetryDelay?: number): ApplicationFailure => ApplicationFailure.create({ type: 'S3Unavailable', message: 'The file store (S3) does not answer.', ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }) });

  test('is tried again after the pause its failure names, and nobody is told that it failed', async () => {
    const named = [45_000, 90_000];
    const { publishing, triedAt } = unsteady((attempt) => (attempt <= named.length ? transient(named[attempt - 1]) : null));
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-after-tries');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
    expect(pauses(triedAt)).toHaveLength(named.length);
    for (const [index, pause] of pauses(triedAt).entries()) {
      expect(pause).toBeGreaterThanOrEqual(named[index] ?? Infinity);
      expect(pause).toBeLessThan((named[index] ?? 0) + 10_000);
    }
  });

  test('is tried again with the pauses of its profile when nobody named one', async () => {
    const expected = [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000];
    const { publishing, triedAt } = unsteady((attempt) => (attempt <= expected.length ? transient() : null));
    await runWorkers(environment, publishing.activities, async (queue) => {
      await (await publishing.ask(environment, queue, 'live')).result();
    });
    // Doubled from half a second, never over ten seconds.
    expect(pauses(triedAt)).toHaveLength(expected.length);
    for (const [index, pause] of pauses(triedAt).entries()) {
      expect(pause).toBeGreaterThanOrEqual(expected[index] ?? Infinity);
      expect(pause).toBeLessThan((expected[index] ?? 0) + 5_000);
    }
  });

  test('fails for good when the bound of its profile is over, with the reason of its last try', async () => {
    const { publishing, triedAt } = unsteady(() => transient(30 * 60_000));
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite');
    });
    // The profile `transfer` gives a step four hours: tries at 0, 30, 60 … minutes.
    expect(triedAt.length).toBeGreaterThanOrEqual(8);
    expect(triedAt.length).toBeLessThanOrEqual(9);
    expect(publishing.runs[0]).toMatchObject({ states: ['running', 'failed', 'terminated'], reason: { code: 'S3Unavailable', message: 'The file store (S3) does not answer.' } });
  });
});
