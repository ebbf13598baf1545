import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { captionOrderChanged } from '#temporal/contracts/captionVideo.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createCaptions } from './support/createCaptions.ts';
import { runWorkers } from './support/runWorkers.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const AFTER_STORE = ['store', 'tell', 'publish', 'send', 'end: captioned'];

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('captions that people supplied are sent, and nothing is ordered', async () => {
  const captions = createCaptions(environment);
  captions.state.isSupplied = true;
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'supplied' });
    await replayRun(handle, 'captionVideo', 'done-supplied');
  });
  expect(captions.steps).toEqual(['tell', 'publish', 'send', 'end: supplied']);
});

test('an order that takes two weeks is paid once, and leaves a short history', async () => {
  const captions = createCaptions(environment, { worksMs: 14 * DAY });
  const begun = await environment.currentTimeMs();
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'captioned' });
    const { events } = await handle.fetchHistory();
    expect(events?.length).toBeLessThan(100);
    await replayRun(handle, 'captionVideo', 'done');
  });
  expect((await environment.currentTimeMs()) - begun).toBeGreaterThanOrEqual(14 * DAY);
  expect(captions.steps).toEqual(['plan: place', 'place: taken', 'plan: watch', 'watched: complete', ...AFTER_STORE]);
  expect(captions.state.charges).toBe(1);
});

test('an order whose answer was lost is looked for at once and after 2, 5 and 15 minutes, and is paid once', async () => {
  const captions = createCaptions(environment, { place: ['lost'], shownAfter: 3 });
  const begun = await environment.currentTimeMs();
  await runWorkers(environment, captions.activities, async (queue) => {
    await expect((await captions.start(queue)).result()).resolves.toEqual({ outcome: 'captioned' });
  });
  expect(captions.steps).toEqual(['plan: place', 'place: lost', 'plan: look', 'look: nothing', 'look: nothing', 'look: nothing', 'look: found', 'plan: watch', 'watched: complete', ...AFTER_STORE]);
  expect((await environment.currentTimeMs()) - begun).toBeGreaterThanOrEqual(22 * MINUTE);
  expect(captions.state.charges).toBe(1);
});

test('after two orders that 3Play never got, the third waits for a person', async () => {
  const captions = createCaptions(environment, { place: ['dropped', 'dropped'] });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    // Twice 22 minutes are looked for.
    await environment.sleep('1 hour');
    expect(captions.steps.at(-1)).toBe('plan: wait');
    expect(captions.state.charges).toBe(0);
    captions.state.isApproved = true;
    await handle.signal(captionOrderChanged);
    await expect(handle.result()).resolves.toEqual({ outcome: 'captioned' });
    await replayRun(handle, 'captionVideo', 'done-third');
  });
  expect(captions.steps.filter((step) => step.startsWith('place'))).toEqual(['place: dropped', 'place: dropped', 'place: taken']);
  expect(captions.state.charges).toBe(1);
});

test('a person’s word that got lost is noticed some day, and captions that came meanwhile win', async () => {
  const captions = createCaptions(environment, { asks: true });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await until('it waits', () => Promise.resolve(captions.steps.includes('plan: wait')));
    captions.state.isSupplied = true;
    await expect(handle.result()).resolves.toEqual({ outcome: 'supplied' });
  });
  expect(captions.state.charges).toBe(0);
});

test('news from 3Play end the pause between two looks', async () => {
  const captions = createCaptions(environment, { worksMs: 90 * MINUTE });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await until('3Play was asked', () => Promise.resolve(captions.state.tries === 1));
    captions.state.doneAt = 0;
    await handle.signal(captionOrderChanged);
    // The time of the test does not pass by itself: two hours are not over.
    await until('the captions are stored', () => Promise.resolve(captions.steps.includes('store')));
    expect(captions.state.tries).toBe(2);
    await expect(handle.result()).resolves.toEqual({ outcome: 'captioned' });
    await replayRun(handle, 'captionVideo', 'done-told');
  });
});

test('an order of two weeks of which 3Play tells sixty times leaves a short history', async () => {
  const captions = createCaptions(environment, { worksMs: 14 * DAY });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    for (let told = 1; told <= 60; told += 1) {
      // The first twenty have it asked at once, the others have not.
      await until('3Play was asked', () => Promise.resolve(captions.state.tries >= Math.min(told, 21)));
      await handle.signal(captionOrderChanged);
    }
    await expect(handle.result()).resolves.toEqual({ outcome: 'captioned' });
    expect((await handle.fetchHistory()).events?.length).toBeLessThan(500);
  });
  expect(captions.state.charges).toBe(1);
}, 180_000);

test('captions that came while the order could not be placed win', async () => {
  const captions = createCaptions(environment, { place: ['supplied'] });
  await runWorkers(environment, captions.activities, async (queue) => {
    await expect((await captions.start(queue)).result()).resolves.toEqual({ outcome: 'supplied' });
  });
  expect(captions.steps).toEqual(['plan: place', 'place: supplied', 'tell', 'publish', 'send', 'end: supplied']);
  expect(captions.state.charges).toBe(0);
});

test('an order that 3Play cancelled, or did not do in 21 days, waits for a person, and a new begin goes on', async () => {
  const cancelled = createCaptions(environment, { cancels: true });
  const overdue = createCaptions(environment, { worksMs: 30 * DAY });
  await runWorkers(environment, cancelled.activities, async (queue) => {
    const handle = await cancelled.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'parked' });
    await replayRun(handle, 'captionVideo', 'parked');
  });
  expect(cancelled.steps.at(-1)).toBe('end: parked CaptionsCancelled');
  await runWorkers(environment, overdue.activities, async (queue) => {
    await expect((await overdue.start(queue)).result()).resolves.toEqual({ outcome: 'parked' });
    expect(overdue.steps.at(-1)).toBe('end: parked CaptionsOverdue');
    await expect((await overdue.start(queue)).result()).resolves.toEqual({ outcome: 'captioned' });
  });
  expect(overdue.state.charges).toBe(1);
});

test.each([
  ['ThreePlayRefused', 'parked'],
  ['SiteMissing', 'failed'],
] as const)('%s ends as %s', async (type, outcome) => {
  const captions = createCaptions(environment, {
    plan: () => {
      throw ApplicationFailure.nonRetryable('No.', type);
    },
  });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome });
    await replayRun(handle, 'captionVideo', outcome === 'failed' ? 'failed' : 'parked-refused');
  });
  expect(captions.steps).toEqual([`end: ${outcome} ${type}`]);
});

test('a cancel says so, and leaves the order at 3Play', async () => {
  const captions = createCaptions(environment, { worksMs: 14 * DAY });
  await runWorkers(environment, captions.activities, async (queue) => {
    const handle = await captions.start(queue);
    await until('3Play was asked', () => Promise.resolve(captions.state.tries === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'captionVideo', 'cancelled');
  });
  expect(captions.steps.at(-1)).toBe('end: failed Cancelled');
  expect(captions.state.charges).toBe(1);
});
