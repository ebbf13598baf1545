import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reserveQuota, type YoutubeShare } from '#activities/onYoutube.ts';
import { nextPacificMidnight } from '#domain/youtubeQuota.ts';
import { bucketEmptied, channelResumed, channelStopped, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import { runActivity } from '../activities/support/runActivity.ts';
import { makeConfig } from '../factories/config.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createYoutubeLedger } from './support/createYoutubeLedger.ts';
import { runWorkers } from './support/runWorkers.ts';

const HOUR = 3_600_000;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const untilOf = (answer: YoutubeReserved): number => ('until' in answer ? Date.parse(answer.until) : NaN);

test('a day’s units are given once, the rest after midnight in California, and then the ledger ends', async () => {
  const ledger = createYoutubeLedger(environment);
  await runWorkers(environment, ledger.activities, async (queue) => {
    const first = await ledger.ask(queue, {});
    expect(first).toHaveProperty('grantedAt');
    const handle = ledger.handle();
    const midnight = nextPacificMidnight(await environment.currentTimeMs());
    expect(untilOf(await ledger.ask(queue, { id: 'b' }))).toBe(midnight);
    expect(untilOf(await ledger.ask(queue, { id: 'c', demand: { inserts: 1, uploads: 1 }, priority: 'upload' }))).toBeNaN();
    await environment.sleep(5_000);
    await until('people see it', () => Promise.resolve(ledger.shown('units')?.waiting === 1));
    expect(ledger.shown('units')).toMatchObject({ spent: 60, limit: 100, waiting: 1, until: new Date(midnight).toISOString(), reason: { code: 'YoutubeQuota' } });
    expect(ledger.shown('inserts')).toMatchObject({ spent: 1, waiting: 0 });

    await environment.sleep(midnight - (await environment.currentTimeMs()) + 1_000);
    await expect(ledger.ask(queue, { id: 'b' })).resolves.toHaveProperty('grantedAt');
    await expect(handle.result()).resolves.toEqual({ granted: 3 });
    await replayRun(handle, 'youtubeQuota', 'done');
  });
  expect(ledger.shown('units')).toMatchObject({ spent: 0, waiting: 0, until: null });
});

test('what YouTube says of a bucket or of the consent sends all away until it is over', async () => {
  const ledger = createYoutubeLedger(environment);
  await runWorkers(environment, ledger.activities, async (queue) => {
    await ledger.ask(queue, {});
    const handle = ledger.handle();
    await handle.signal(bucketEmptied, { bucket: 'units' });
    expect(untilOf(await ledger.ask(queue, { demand: { units: 1 } }))).toBe(nextPacificMidnight(await environment.currentTimeMs()));
    await handle.signal(channelStopped, { of: 'uploads', code: 'YoutubeLockedPrivate', message: 'Private.' });
    const insert = { demand: { inserts: 1, uploads: 1 }, priority: 'upload' } as const;
    expect(await ledger.ask(queue, insert)).toMatchObject({ reason: { code: 'YoutubeLockedPrivate', message: 'Private.' } });
    await environment.sleep(30 * HOUR);
    await until('people see why', () => Promise.resolve(ledger.shown('uploads')?.reason?.code === 'YoutubeLockedPrivate'));
    expect(await ledger.ask(queue, insert)).toMatchObject({ reason: { code: 'YoutubeLockedPrivate' } });
    await handle.signal(channelResumed);
    await expect(ledger.ask(queue, insert)).resolves.toHaveProperty('grantedAt');
    await handle.signal(channelStopped, { of: 'everything', code: 'YoutubeConsentLost', message: 'Taken back.' });
    const now = await environment.currentTimeMs();
    expect(untilOf(await ledger.ask(queue, { demand: { units: 1 } })) - now).toBeGreaterThan(25 * 60_000);
    await expect(handle.result()).resolves.toEqual({ granted: 2 });
    await replayRun(handle, 'youtubeQuota', 'done-stopped');
  });
});

test('an activity asks with the limits it is configured with, and a try that comes again anew', async () => {
  const ledger = createYoutubeLedger(environment);
  await runWorkers(environment, ledger.activities, async (queue) => {
    // Opened before, because this server knows no search attributes.
    await ledger.ask(queue, { demand: {} });
    const config = makeConfig({ YT_QUOTA_UNITS: '100', YT_QUOTA_INSERTS: '2', YT_UPLOAD_LIMIT: '1', TEMPORAL_TASK_QUEUE_PREFIX: queue.slice(0, -'studio'.length) });
    const ask = (share: YoutubeShare, attempt: number) => runActivity((input: YoutubeShare) => reserveQuota({ config, temporal: environment.client }, input), share, { attempt });
    const share = { bucket: 'units', amount: 40, priority: 'upload' } as const;
    expect(await ask(share, 1)).toHaveProperty('grantedAt');
    expect(await ask(share, 2)).toHaveProperty('grantedAt');
    expect(await ask(share, 3)).toMatchObject({ reason: { code: 'YoutubeQuota' } });
    // An insertion is an upload to the channel, too.
    const insert = { bucket: 'inserts', amount: 1, priority: 'upload' } as const;
    expect(await ask(insert, 4)).toHaveProperty('grantedAt');
    expect(await ask(insert, 5)).toMatchObject({ reason: { message: expect.stringContaining('1 uploads of 24 hours') as string } });
    await ledger.handle().terminate();
  });
});

test('what many ask at once is put together, each with its own answer', async () => {
  const ledger = createYoutubeLedger(environment);
  await runWorkers(environment, ledger.activities, async (queue) => {
    await ledger.ask(queue, { demand: {} });
    const config = makeConfig({ YT_QUOTA_UNITS: '1000', TEMPORAL_TASK_QUEUE_PREFIX: queue.slice(0, -'studio'.length) });
    const amounts = Array.from({ length: 60 }, (_none, index) => (index === 30 ? 2_000 : 1));
    const answers = await Promise.all(amounts.map((amount) => runActivity((input: YoutubeShare) => reserveQuota({ config, temporal: environment.client }, input), { bucket: 'units', amount, priority: 'upload' })));
    expect(answers.map((answer) => 'grantedAt' in answer)).toEqual(amounts.map((amount) => amount === 1));
    const { events } = await ledger.handle().fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes != null)).toHaveLength(1 + 1 + 3);
    await ledger.handle().terminate();
  });
});

test('the night of the clocks is as long as California’s', async () => {
  const ledger = createYoutubeLedger(environment);
  await runWorkers(environment, ledger.activities, async (queue) => {
    // The next time the clocks are changed there, by our own: a day of 23 or 25 hours.
    let midnight = nextPacificMidnight(await environment.currentTimeMs());
    while (nextPacificMidnight(midnight) - midnight === 24 * HOUR) midnight = nextPacificMidnight(midnight);
    const end = nextPacificMidnight(midnight);
    await environment.sleep(midnight - (await environment.currentTimeMs()) + 1_000);
    await ledger.ask(queue, {});
    expect(untilOf(await ledger.ask(queue, { id: 'b' }))).toBe(end);
    await environment.sleep(end - (await environment.currentTimeMs()) - 60_000);
    expect(untilOf(await ledger.ask(queue, { id: 'b' }))).toBe(end);
    await environment.sleep(61_000);
    await expect(ledger.ask(queue, { id: 'b' })).resolves.toHaveProperty('grantedAt');
    await ledger.handle().terminate();
  });
});
