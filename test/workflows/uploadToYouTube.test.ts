import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createYoutubeUpload } from './support/createYoutubeUpload.ts';
import { runWorkers } from './support/runWorkers.ts';

const DAY = 24 * 3_600_000;

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const granted = 'ask for 1 of inserts as upload: granted';
const whole = [granted, 'begin', 'send in upload', 'wait in process', 'save', 'tell', 'captions'];
const final = (type: string) => {
  throw ApplicationFailure.nonRetryable('It was refused.', type);
};

test('a video goes to YouTube with its share of the day, and its resource and its captions after it', async () => {
  const upload = createYoutubeUpload();
  await runWorkers(environment, upload.activities, async (queue) => {
    const handle = await upload.start(environment, queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'done', youtubeId: 'yt-1' });
    await replayRun(handle, 'uploadToYouTube', 'done-in-slot');
    expect((await handle.fetchHistory()).events?.length).toBeLessThan(100);
  });
  expect(upload.steps).toEqual(whole);
});

test('a day without a share is waited for, however many there are', async () => {
  const began = await environment.currentTimeMs();
  let asked = 0;
  const upload = createYoutubeUpload({
    ledger: () => {
      asked += 1;
      return asked > 3 ? undefined : { until: new Date(began + asked * DAY).toISOString(), reason: { code: 'YoutubeQuota', message: 'Used.' } };
    },
  });
  await runWorkers(environment, upload.activities, async (queue) => {
    const handle = await upload.start(environment, queue);
    await expect(handle.result()).resolves.toMatchObject({ outcome: 'done' });
    await replayRun(handle, 'uploadToYouTube', 'done-waited');
  });
  expect(upload.steps).toEqual([...Array.from({ length: 3 }, () => granted.replace('granted', 'later')), ...whole]);
  expect((await environment.currentTimeMs()) - began).toBeGreaterThanOrEqual(3 * DAY);
});

test('after a lost session the video is looked for, and only where there is none another is begun', async () => {
  let sends = 0;
  const lost = createYoutubeUpload({ send: () => (sends += 1) === 1 });
  const found = createYoutubeUpload({ send: () => true, found: true });
  await runWorkers(environment, lost.activities, async (queue) => {
    await expect((await lost.start(environment, queue)).result()).resolves.toEqual({ outcome: 'done', youtubeId: 'yt-1' });
  });
  expect(lost.steps).toEqual([granted, 'begin', 'send in upload', 'look for it', ...whole]);
  await runWorkers(environment, found.activities, async (queue) => {
    const handle = await found.start(environment, queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'done', youtubeId: 'yt-found' });
    await replayRun(handle, 'uploadToYouTube', 'done-found');
  });
  expect(found.steps).toEqual([granted, 'begin', 'send in upload', 'look for it', ...whole.slice(3)]);
});

test('a session that is lost again and again takes five of the day’s videos and no more', async () => {
  const upload = createYoutubeUpload({ send: () => true });
  await runWorkers(environment, upload.activities, async (queue) => {
    await expect((await upload.start(environment, queue)).result()).resolves.toMatchObject({ youtubeId: 'the last look' });
  });
  expect(upload.steps.filter((step) => step === 'begin')).toHaveLength(5);
});

test.each(['failed', 'parked'] as const)('a video that YouTube did not let through ends as %s, and its resource is as it was', async (outcome) => {
  const upload = createYoutubeUpload({ outcome });
  await runWorkers(environment, upload.activities, async (queue) => {
    const handle = await upload.start(environment, queue);
    await expect(handle.result()).resolves.toEqual({ outcome, youtubeId: 'yt-1' });
    await replayRun(handle, 'uploadToYouTube', `done-${outcome}`);
  });
  expect(upload.steps).toEqual(whole.slice(0, 4));
});

test('what a person has to mend parks the video and says why', async () => {
  const upload = createYoutubeUpload({ send: () => final('YoutubeRefused') });
  await runWorkers(environment, upload.activities, async (queue) => {
    const handle = await upload.start(environment, queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'parked', youtubeId: null });
    await replayRun(handle, 'uploadToYouTube', 'done-refused');
  });
  expect(upload.steps).toEqual([granted, 'begin', 'send in upload', 'parked: YoutubeRefused']);
});

test('captions that YouTube does not take do not keep the video from its end', async () => {
  const upload = createYoutubeUpload({ captions: () => final('YoutubeRefused') });
  await runWorkers(environment, upload.activities, async (queue) => {
    await expect((await upload.start(environment, queue)).result()).resolves.toEqual({ outcome: 'done', youtubeId: 'yt-1' });
  });
  expect(upload.steps).toEqual(whole);
});

test('a cancel lets go of the bytes first, and says that it can go on', async () => {
  const upload = createYoutubeUpload({
    send: async () => {
      const { cancelled } = Context.current();
      const beat = setInterval(() => Context.current().heartbeat(activityInfo().attempt), 20);
      await cancelled.finally(() => clearInterval(beat));
    },
  });
  await runWorkers(environment, upload.activities, async (queue) => {
    const handle = await upload.start(environment, queue);
    await until('the bytes are sent', () => Promise.resolve(upload.steps.includes('send in upload')));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'uploadToYouTube', 'cancelled-in-slot');
  });
  expect(upload.steps).toEqual([granted, 'begin', 'send in upload', 'parked: Cancelled']);
});
