import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { approvalAsked, approved, letThrough, rejected, reviewProgress, reviewSuperseded, scheduled, unscheduled } from '#temporal/contracts/reviewPublish.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { asker, createReviewing, type ReviewHandle } from './support/createReviewing.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const DAY_MS = 24 * 60 * 60_000;
const shown = ['supersede', 'freeze', 'commit, merge null', 'build', 'plan'];
const published = ['check', 'merge cc for live', 'publish 1'];
const on = { runId: 'run-1' };
type Reviewing = ReturnType<typeof createReviewing>;

/** Runs a review with `work` between its start and its end; a history is kept under `ending`. */
async function run(reviewing: Reviewing, work: (handle: ReviewHandle) => Promise<void>, ending?: string) {
  return runWorkers(environment, reviewing.activities, async (queue) => {
    const handle = await reviewing.start(environment, queue);
    await work(handle);
    const result = await handle.result();
    await replayRun(handle, 'reviewPublish', ending);
    return { ...result, endedAt: (await handle.describe()).closeTime?.getTime() ?? 0 };
  });
}

const untilNoted = (reviewing: Reviewing, kind: string): Promise<true> => until(`the review notes ${kind}`, () => Promise.resolve(reviewing.notes.some((note) => note.kind === kind) ? true : undefined));
const untilState = (reviewing: Reviewing, state: string): Promise<true> => until(`the review is ${state}`, () => Promise.resolve(reviewing.states.at(-1) === state ? true : undefined));
const inDays = async (days: number): Promise<number> => (await environment.currentTimeMs()) + days * DAY_MS;

/** A step that fails for good the first time. */
function failingOnce(message: string): () => void {
  let left = 1;
  return () => {
    if (left-- > 0) throw ApplicationFailure.nonRetryable(message, 'HugoFailed');
  };
}

describe('a review that is let through', () => {
  test('merges what it built only then, and publishes that', async () => {
    const reviewing = createReviewing();
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        expect(reviewing.steps).toEqual(shown);
        expect(await handle.query(reviewProgress)).toMatchObject({ state: 'running', phase: 'decide', isApproved: false, scheduledAt: null });
        await handle.signal(letThrough, { runId: 'another', by: 'bo' });
        await handle.signal(letThrough, { ...on, by: 'bo' });
      },
      'done',
    );
    expect(outcome).toBe('published');
    expect(reviewing.steps).toEqual([...shown, ...published]);
    expect(reviewing.notes).toEqual([{ kind: 'ready' }, { kind: 'letThrough', by: 'bo' }]);
    expect(reviewing.states).toEqual(['running', 'succeeded']);
    expect(reviewing.result).toEqual({ publishRunId: 'run-2' });
  });

  test('is not, when something newer was published since', async () => {
    const reviewing = createReviewing({}, true);
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await handle.signal(letThrough, { ...on, by: 'bo' });
      },
      'done-outdated',
    );
    expect(outcome).toBe('superseded');
    expect(reviewing.steps).toEqual([...shown, 'check']);
    expect([reviewing.states, reviewing.reason?.code, reviewing.failedSchedules]).toEqual([['running', 'superseded'], 'Outdated', []]);
  });

  test('is not, when the site was taken offline since, and says that', async () => {
    const why = 'The site was unpublished after this one was reviewed, so it stays offline.';
    const reviewing = createReviewing({}, true, why);
    await run(reviewing, async (handle) => {
      await untilNoted(reviewing, 'ready');
      await handle.signal(scheduled, { ...on, at: new Date(await inDays(2)).toISOString(), by: 'bo' });
    });
    expect([reviewing.states, reviewing.reason, reviewing.failedSchedules]).toEqual([['running', 'superseded'], { code: 'Outdated', message: why }, [why]]);
  });

  test('hears nobody before there is something to see', async () => {
    const gate = createGate();
    const reviewing = createReviewing({ build: () => gate.pass() });
    await run(reviewing, async (handle) => {
      await until('the build begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(letThrough, { ...on, by: 'bo' });
      gate.open();
      await untilNoted(reviewing, 'ready');
      expect(reviewing.steps).toEqual(shown);
      await handle.signal(cancelRequested, on);
    });
    expect(reviewing.steps).toEqual(shown);
  });
});

describe('a scheduled review', () => {
  test('goes out at its time, days later', async () => {
    const reviewing = createReviewing();
    let at = 0;
    const { outcome, endedAt } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        at = await inDays(45);
        await handle.signal(scheduled, { ...on, at: new Date(at).toISOString(), by: 'bo' });
        await untilNoted(reviewing, 'scheduled');
        expect(await handle.query(reviewProgress)).toMatchObject({ scheduledAt: new Date(at).toISOString() });
      },
      'done-scheduled',
    );
    expect(outcome).toBe('published');
    expect(endedAt).toBeGreaterThanOrEqual(at);
    expect(endedAt).toBeLessThan(at + DAY_MS);
    expect(reviewing.notes.at(-1)).toEqual({ kind: 'letThrough', by: 'bo' });
    expect(reviewing.steps).toEqual([...shown, ...published]);
  });

  test('goes out at the last time that was set', async () => {
    const reviewing = createReviewing();
    let at = 0;
    const { endedAt } = await run(reviewing, async (handle) => {
      await untilNoted(reviewing, 'ready');
      at = await inDays(2);
      await handle.signal(scheduled, { ...on, at: new Date(at + 3 * DAY_MS).toISOString(), by: 'bo' });
      await handle.signal(scheduled, { ...on, at: new Date(at).toISOString(), by: 'cy' });
    });
    expect(endedAt - at).toBeLessThan(DAY_MS);
    expect(reviewing.notes.at(-1)).toEqual({ kind: 'letThrough', by: 'cy' });
  });

  test('that is taken back waits again, and expires', async () => {
    const reviewing = createReviewing();
    let at = 0;
    const { outcome, endedAt } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        at = await inDays(2);
        await handle.signal(scheduled, { ...on, at: new Date(at).toISOString(), by: 'bo' });
        await handle.signal(unscheduled, { ...on, by: 'bo' });
      },
      'done-unscheduled',
    );
    expect(outcome).toBe('expired');
    expect(endedAt).toBeGreaterThan(at + 27 * DAY_MS);
    expect(reviewing.steps).toEqual(shown);
    expect([reviewing.states, reviewing.reason?.code]).toEqual([['running', 'terminated'], 'Expired']);
  });

  test('that cannot go out is told to who scheduled it', async () => {
    const reviewing = createReviewing({ publish: failingOnce('Hugo is away.') });
    await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await handle.signal(scheduled, { ...on, at: new Date(await inDays(2)).toISOString(), by: 'bo' });
        await environment.sleep('3 days');
        await untilState(reviewing, 'failed');
        // Too late for that.
        await handle.signal(cancelRequested, on);
        await handle.signal(retryRequested, on);
      },
      'failed-scheduled',
    );
    expect(reviewing.failedSchedules).toEqual(['Hugo is away.']);
    expect(reviewing.steps).toEqual([...shown, ...published, 'publish 2']);
    expect(reviewing.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test('that is outdated when its time comes is told too', async () => {
    const reviewing = createReviewing({}, true);
    await run(reviewing, async (handle) => {
      await untilNoted(reviewing, 'ready');
      await handle.signal(scheduled, { ...on, at: new Date(await inDays(2)).toISOString(), by: 'bo' });
    });
    expect(reviewing.failedSchedules).toEqual([expect.stringContaining('A newer state of the site was published')]);
    expect(reviewing.states).toEqual(['running', 'superseded']);
  });
});

describe('approval', () => {
  test('is given by another one than who asked, and publishes nothing by itself', async () => {
    const reviewing = createReviewing();
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await handle.signal(approved, { ...on, by: asker });
        await handle.signal(approvalAsked, { ...on, by: 'bo' });
        await handle.signal(approved, { ...on, by: 'bo' });
        await untilNoted(reviewing, 'approvalAsked');
        expect(await handle.query(reviewProgress)).toMatchObject({ isApproved: false });
        await handle.signal(approved, { ...on, by: 'cy' });
        await untilNoted(reviewing, 'approved');
        expect(await handle.query(reviewProgress)).toMatchObject({ isApproved: true });
        expect(reviewing.steps).toEqual(shown);
        await handle.signal(letThrough, { ...on, by: asker });
      },
      'done-approved',
    );
    expect(outcome).toBe('published');
    expect(reviewing.notes).toEqual([{ kind: 'ready' }, { kind: 'approvalAsked', by: 'bo' }, { kind: 'approved', by: 'cy' }, { kind: 'letThrough', by: asker }]);
  });

  test('that is refused ends it with what was said', async () => {
    const reviewing = createReviewing();
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await handle.signal(rejected, { ...on, by: 'bo', reason: 'The syllabus is last year’s.' });
      },
      'cancelled-rejected',
    );
    expect(outcome).toBe('rejected');
    expect(reviewing.steps).toEqual(shown);
    expect(reviewing.states).toEqual(['running', 'cancelled']);
    expect(reviewing.reason).toEqual({ code: 'Rejected', message: 'It was rejected: The syllabus is last year’s.' });
  });
});

describe('a newer review', () => {
  test.each(['freeze', 'build'] as const)('takes the place of one that is in %s', async (name) => {
    const gate = createGate();
    const reviewing = createReviewing({ [name]: () => gate.pass() });
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await until(`${name} begins`, () => Promise.resolve(gate.arrived === 1));
        await handle.signal(reviewSuperseded, on);
      },
      name === 'build' ? 'cancelled-superseded' : undefined,
    );
    expect(outcome).toBe('superseded');
    expect(reviewing.states).toEqual(['running', 'superseded']);
    expect(reviewing.steps.at(-1)).toBe(name);
  });

  test('takes the place of one nobody decided about', async () => {
    const reviewing = createReviewing();
    const { outcome } = await run(reviewing, async (handle) => {
      await untilNoted(reviewing, 'ready');
      await handle.signal(approvalAsked, { ...on, by: asker });
      await untilNoted(reviewing, 'approvalAsked');
      await handle.signal(reviewSuperseded, on);
    });
    expect(outcome).toBe('superseded');
  });

  test('takes the place of one that failed', async () => {
    const reviewing = createReviewing({ build: failingOnce('Hugo could not build the site.') });
    const { outcome } = await run(reviewing, async (handle) => {
      await untilState(reviewing, 'failed');
      await handle.signal(reviewSuperseded, on);
    });
    expect(outcome).toBe('superseded');
    expect(reviewing.states).toEqual(['running', 'failed', 'superseded']);
  });

  test.each([
    ['approved', (handle: ReviewHandle) => handle.signal(approved, { ...on, by: 'bo' })],
    ['scheduled', async (handle: ReviewHandle) => handle.signal(scheduled, { ...on, at: new Date(await inDays(3)).toISOString(), by: 'bo' })],
  ])('leaves alone one that is %s', async (kind, decide) => {
    const reviewing = createReviewing();
    const { outcome } = await run(reviewing, async (handle) => {
      await untilNoted(reviewing, 'ready');
      await decide(handle);
      await untilNoted(reviewing, kind);
      await handle.signal(reviewSuperseded, on);
      // It has heard of the newer one before anybody lets it through.
      expect(await handle.query(reviewProgress)).toMatchObject({ state: 'running', phase: 'decide' });
      await handle.signal(letThrough, { ...on, by: 'bo' });
    });
    expect(outcome).toBe('published');
  });
});

describe('a step that failed for good', () => {
  test.each([
    ['freeze', 'freeze'],
    ['commit', 'commit, merge null'],
    ['build', 'build'],
    ['plan', 'plan'],
    ['merge', 'merge cc for live'],
  ] as const)('in %s is repeated when a person retries it', async (name, label) => {
    const reviewing = createReviewing({ [name]: failingOnce('It did not work.') });
    await run(
      reviewing,
      async (handle) => {
        if (name === 'merge') {
          await untilNoted(reviewing, 'ready');
          await handle.signal(letThrough, { ...on, by: 'bo' });
        }
        await untilState(reviewing, 'failed');
        expect(reviewing.reason).toEqual({ code: 'HugoFailed', message: 'It did not work.' });
        await handle.signal(retryRequested, { runId: 'another' });
        await handle.signal(retryRequested, on);
        if (name === 'merge') return;
        await untilNoted(reviewing, 'ready');
        await handle.signal(letThrough, { ...on, by: 'bo' });
      },
      name === 'build' ? 'failed' : undefined,
    );
    expect(reviewing.steps).toEqual([...shown, ...published].flatMap((each) => (each === label ? [each, each] : [each])));
    expect(reviewing.states).toEqual(['running', 'failed', 'running', 'succeeded']);
    expect(reviewing.failedSchedules).toEqual([]);
  });

  test.each([
    ['given up', (handle: ReviewHandle) => handle.signal(gaveUp, on), 'failed-given-up'],
    ['left alone for seven days', () => Promise.resolve(), 'failed-day-seven'],
  ])('and is %s keeps its reason', async (_how, leave, ending) => {
    const reviewing = createReviewing({ build: failingOnce('Hugo could not build the site.') });
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilState(reviewing, 'failed');
        await leave(handle);
      },
      ending,
    );
    expect(outcome).toBe('givenUp');
    expect([reviewing.states, reviewing.reason?.message]).toEqual([['running', 'failed', 'terminated'], 'Hugo could not build the site.']);
  });
});

describe('a review that is stopped', () => {
  const stops: readonly [string, (handle: ReviewHandle) => Promise<unknown>, string][] = [
    ['by a signal', (handle) => handle.signal(cancelRequested, on), 'cancelled'],
    ['in Temporal', (handle) => handle.cancel(), 'cancelled-in-temporal'],
  ];

  test.each(stops)('%s while it waits publishes nothing', async (_how, stop, ending) => {
    const reviewing = createReviewing();
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await stop(handle);
      },
      ending,
    );
    expect(outcome).toBe('cancelled');
    expect(reviewing.steps).toEqual(shown);
    expect(reviewing.reason).toEqual({ code: 'Cancelled', message: 'A person stopped this review. Nothing of it was published.' });
  });

  test.each(stops)('%s while it builds goes no further', async (_how, stop) => {
    const gate = createGate();
    const reviewing = createReviewing({ build: () => gate.pass() });
    const { outcome } = await run(reviewing, async (handle) => {
      await until('the build begins', () => Promise.resolve(gate.arrived === 1));
      await stop(handle);
    });
    expect(outcome).toBe('cancelled');
    expect(reviewing.steps).toEqual(['supersede', 'freeze', 'commit, merge null', 'build']);
  });

  test.each(stops)('%s while it publishes goes on to its end', async (how, stop) => {
    const gate = createGate();
    const reviewing = createReviewing({ merge: () => gate.pass() });
    const { outcome } = await run(
      reviewing,
      async (handle) => {
        await untilNoted(reviewing, 'ready');
        await handle.signal(letThrough, { ...on, by: 'bo' });
        await until('the merge begins', () => Promise.resolve(gate.arrived === 1));
        await stop(handle);
        gate.open();
      },
      how === 'by a signal' ? 'done-cancelled-late' : undefined,
    );
    expect(outcome).toBe('published');
    expect(reviewing.states).toEqual(['running', 'succeeded']);
  });
});

test('nobody decides for thirty days, and it expires', async () => {
  const reviewing = createReviewing();
  const { outcome } = await run(reviewing, () => untilNoted(reviewing, 'ready').then(() => undefined), 'done-expired');
  expect(outcome).toBe('expired');
  expect(reviewing.reason?.message).toBe('Nobody decided about it within 30 days. Nothing of it was published. Review again.');
});
