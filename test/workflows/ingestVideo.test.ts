import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepRetryRequested, transcodeEventReceived, videoRemoved } from '#temporal/contracts/ingestVideo.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { uploadToYouTubeContract } from '#temporal/contracts/uploadToYouTube.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createVideo, type DuringVideo, refusal, stay, videoBundle } from './support/createVideo.ts';
import { runWorkers } from './support/runWorkers.ts';

const DAY_MS = 24 * 60 * 60_000;
let environment: TestWorkflowEnvironment;
let bundle: { code: string };
beforeAll(async () => {
  [environment, bundle] = await Promise.all([createTimeSkipping(), videoBundle()]);
});
afterAll(async () => {
  await environment.teardown();
});

type Video = ReturnType<typeof createVideo>;
type Handle = Awaited<ReturnType<Video['start']>>;

/** Runs the workflow of a video while `work` goes on. @returns what happened. */
async function ingest(during: DuringVideo, work: (handle: Handle, video: Video) => Promise<void>): Promise<string[]> {
  const video = createVideo(during);
  await runWorkers(environment, video.activities, async (queue) => work(await video.start(environment, queue), video), { bundle });
  return video.steps;
}
const whenIt = (video: Video, step: string, count = 1) => until(`it came to ‘${step}’`, () => Promise.resolve(video.steps.filter((each) => each === step).length >= count));

const TRANSCODED = ['begin transcode', 'submit', 'follow'];
const PLACED = ['begin download', 'place'];
const UPLOADED = ['begin upload', 'upload in run-1'];
const CAPTIONED = ['begin captions', 'caption in run-1'];
const WHOLE = [...TRANSCODED, ...PLACED, ...UPLOADED, ...CAPTIONED, 'succeeded', 'tell'];

describe('a video', () => {
  test('goes through every step, in a short history', async () => {
    const steps = await ingest({}, async (handle) => {
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
      expect((await handle.fetchHistory()).events?.length).toBeLessThan(100);
      await replayRun(handle, 'ingestVideo', 'done');
    });
    expect(steps).toEqual(WHOLE);
  });

  test.each([
    ['captions', [...CAPTIONED, 'succeeded', 'tell']],
    ['process', [...UPLOADED, ...CAPTIONED, 'succeeded', 'tell']],
    ['download', [...PLACED, ...UPLOADED, ...CAPTIONED, 'succeeded', 'tell']],
    ['done', []],
  ] as const)('that has come as far as ‘%s’ goes on from there', async (phase, expected) => {
    expect(await ingest({ phase }, async (handle) => void (await expect(handle.result()).resolves.toEqual({ outcome: 'done' })))).toEqual(expected);
  });

  test('that was supplied with captions is done too', async () => {
    expect(await ingest({ caption: () => 'supplied' }, async (handle) => void (await expect(handle.result()).resolves.toEqual({ outcome: 'done' })))).toEqual(WHOLE);
  });

  test('that nobody wants any more goes to YouTube no more', async () => {
    const steps = await ingest({ ends: { at: 'upload', code: 'Superseded' } }, async (handle) => {
      await expect(handle.result()).resolves.toEqual({ outcome: 'superseded' });
      await replayRun(handle, 'ingestVideo', 'failed-superseded');
    });
    expect(steps).toEqual([...TRANSCODED, ...PLACED, 'begin upload', 'cancel job', 'superseded Superseded', 'tell']);
  });
});

describe('a step that fails', () => {
  test('waits for nobody when the file was changed meanwhile', async () => {
    const steps = await ingest({ follow: () => raise('TranscodeCancelled'), ends: { at: 'parked', code: 'Superseded' } }, async (handle) => {
      await expect(handle.result()).resolves.toEqual({ outcome: 'superseded' });
    });
    expect(steps).toEqual([...TRANSCODED, 'parked TranscodeCancelled', 'cancel job', 'superseded Superseded', 'tell']);
  });

  test('waits for a person, who has it repeated by the button of the run', async () => {
    const steps = await ingest({ follow: (time) => void (time === 1 && raise('TranscodeFailed')) }, async (handle, video) => {
      // Nobody’s word counts before it waits, and none of another run.
      await handle.signal(stepRetryRequested);
      await whenIt(video, 'parked TranscodeFailed');
      await handle.signal(retryRequested, { runId: 'another' });
      await handle.signal(gaveUp, { runId: 'another' });
      await handle.signal(cancelRequested, { runId: 'another' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
      await replayRun(handle, 'ingestVideo', 'done-retried');
    });
    expect(steps).toEqual([...TRANSCODED, 'parked TranscodeFailed', 'resumed', ...WHOLE]);
  });

  test('ends after thirty days, or when a person gives up', async () => {
    const during: DuringVideo = { follow: () => raise('TranscodeFailed') };
    const ended = [...TRANSCODED, 'parked TranscodeFailed', 'cancel job', 'terminated TranscodeFailed', 'tell'];
    const byTime = await ingest(during, async (handle) => {
      const before = await environment.currentTimeMs();
      await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
      expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * DAY_MS);
      await replayRun(handle, 'ingestVideo', 'failed');
    });
    expect(byTime).toEqual(ended);
    const byHand = await ingest(during, async (handle, video) => {
      await whenIt(video, 'parked TranscodeFailed');
      await handle.signal(gaveUp, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    });
    expect(byHand).toEqual(ended);
  });

  test.each([
    ['upload', 'parked', { upload: (time: number) => (time === 1 ? 'parked' : 'done') }, [...UPLOADED, 'parked as it says', 'resumed', ...UPLOADED, ...CAPTIONED]],
    ['upload', 'failed', { upload: (time: number) => (time === 1 ? 'failed' : 'done') }, [...UPLOADED, 'parked as it says', 'resumed', ...UPLOADED, ...CAPTIONED]],
    ['captions', 'parked', { caption: (time: number) => (time === 1 ? 'parked' : 'captioned') }, [...CAPTIONED, 'parked as it says', 'resumed', ...CAPTIONED]],
    ['captions', 'failed', { caption: (time: number) => (time === 1 ? 'failed' : 'captioned') }, [...CAPTIONED, 'parked as it says', 'resumed', ...CAPTIONED]],
  ] as const)('in the child of ‘%s’, which %s, is begun anew by whoever retries the video', async (phase, _how, during, expected) => {
    const steps = await ingest({ phase, ...during }, async (handle, video) => {
      await whenIt(video, 'parked as it says');
      await handle.signal(stepRetryRequested);
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    });
    expect(steps).toEqual([...expected, 'succeeded', 'tell']);
  });
});

describe('an event of MediaConvert', () => {
  test('has the job looked at again at once', async () => {
    const steps = await ingest({ follow: (time) => (time === 1 ? stay() : undefined) }, async (handle, video) => {
      await whenIt(video, 'follow');
      await handle.signal(transcodeEventReceived, { jobId: 'job-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
      await replayRun(handle, 'ingestVideo', 'done-told');
    });
    expect(steps).toEqual([...TRANSCODED, 'follow', ...WHOLE.slice(TRANSCODED.length)]);
  });

  test('tells of a job whose answer was lost', async () => {
    const steps = await ingest({ submit: ({ jobIds }) => (jobIds.includes('job-1') ? 'submitted' : 'doubtful') }, async (handle, video) => {
      await whenIt(video, 'waits TranscodeDoubtful');
      await handle.signal(transcodeEventReceived, { jobId: 'strange' });
      await whenIt(video, 'waits TranscodeDoubtful', 2);
      await handle.signal(transcodeEventReceived, { jobId: 'job-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
      await replayRun(handle, 'ingestVideo', 'done-doubted');
    });
    expect(steps).toEqual(['begin transcode', 'submit', 'waits TranscodeDoubtful', 'submit strange', 'waits TranscodeDoubtful', 'submit strange,job-1', 'follow', ...WHOLE.slice(TRANSCODED.length)]);
  });

  test('that never comes has a person say whether another job is made', async () => {
    let approved = 0;
    const steps = await ingest({ submit: ({ isApproved }) => (isApproved && (approved += 1) === 2 ? 'submitted' : 'doubtful') }, async (handle, video) => {
      const before = await environment.currentTimeMs();
      await environment.sleep(DAY_MS + 60_000);
      await whenIt(video, 'parked TranscodeDoubtful');
      expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(DAY_MS);
      await handle.signal(stepRetryRequested);
      // The answer to that job is lost too.
      await whenIt(video, 'waits TranscodeDoubtful', 2);
      await environment.sleep(DAY_MS + 60_000);
      await whenIt(video, 'parked TranscodeDoubtful', 2);
      await handle.signal(stepRetryRequested);
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    });
    const doubted = ['waits TranscodeDoubtful', 'submit', 'parked TranscodeDoubtful', 'resumed', 'begin transcode'];
    expect(steps).toEqual(['begin transcode', 'submit', ...doubted, 'submit approved', ...doubted, 'submit approved', 'follow', ...WHOLE.slice(TRANSCODED.length)]);
  });

  test('is heard twenty times at most, whoever sends them', async () => {
    const most = Array.from({ length: 20 }, (_, index) => `job-${index + 1}`).join();
    const steps = await ingest({ submit: () => 'doubtful' }, async (handle, video) => {
      for (let count = 1; count <= 60; count += 1) await handle.signal(transcodeEventReceived, { jobId: `job-${count}` });
      await whenIt(video, `submit ${most}`);
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'cancelled' });
      expect((await handle.fetchHistory()).events?.length).toBeLessThan(500);
    });
    expect(steps.filter((step) => step.length > `submit ${most}`.length)).toEqual([]);
  });
});

test('a video that takes weeks and is told of everything again and again leaves a short history', async () => {
  // As many different words of MediaConvert as no job has.
  const steps = await ingest({ follow: (time) => (time <= 20 ? stay() : undefined), upload: () => 'done' }, async (handle, video) => {
    for (let count = 1; count <= 60; count += 1) {
      if (count <= 20) await whenIt(video, 'follow', count);
      await handle.signal(transcodeEventReceived, { jobId: 'job-1' });
    }
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    expect((await handle.fetchHistory()).events?.length).toBeLessThan(500);
  });
  expect(steps.filter((step) => step === 'follow')).toHaveLength(21);
}, 180_000);

describe('a video that is stopped', () => {
  test.each(['button', 'Temporal'] as const)('by the %s while it is transcoded has its job ended', async (by) => {
    const steps = await ingest({ follow: () => stay(), cancel: () => raise('MediaConvertRefused') }, async (handle, video) => {
      await whenIt(video, 'follow');
      if (by === 'button') {
        await handle.signal(cancelRequested, { runId: 'run-1' });
        await expect(handle.result()).resolves.toEqual({ outcome: 'cancelled' });
      } else {
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        await replayRun(handle, 'ingestVideo', 'cancelled');
      }
    });
    expect(steps).toEqual([...TRANSCODED, 'cancel job', 'cancelled Cancelled', 'tell']);
  });

  test('while its child works has that ended first', async () => {
    let isOver = false;
    const steps = await ingest({ phase: 'upload', upload: () => stay().finally(() => (isOver = true)) }, async (handle, video) => {
      await whenIt(video, 'upload in run-1');
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'cancelled' });
      await expect(environment.client.workflow.getHandle(uploadToYouTubeContract.workflowId(video.videoId)).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    });
    expect(steps).toEqual([...UPLOADED, 'cancel job', 'cancelled Cancelled', 'tell']);
    await until('the upload has let go', () => Promise.resolve(isOver));
  });

  test.each([
    ['at work', 'follow', () => stay()],
    ['waiting for a person', 'parked TranscodeFailed', () => raise('TranscodeFailed')],
  ] as const)('because its resource is deleted, while it is %s, ends as superseded', async (_what, step, follow) => {
    const steps = await ingest({ follow }, async (handle, video) => {
      await whenIt(video, step);
      await handle.signal(videoRemoved);
      await expect(handle.result()).resolves.toEqual({ outcome: 'superseded' });
      if (step === 'follow') await replayRun(handle, 'ingestVideo', 'failed-removed');
    });
    expect(steps.slice(-3)).toEqual(['cancel job', 'superseded VideoMissing', 'tell']);
  });

  test('while it waits for a person waits no longer', async () => {
    const steps = await ingest({ follow: () => raise('TranscodeFailed') }, async (handle, video) => {
      await whenIt(video, 'parked TranscodeFailed');
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'cancelled' });
      await replayRun(handle, 'ingestVideo', 'cancelled-parked');
    });
    expect(steps).toEqual([...TRANSCODED, 'parked TranscodeFailed', 'cancel job', 'cancelled Cancelled', 'tell']);
  });
});

function raise(code: string): never {
  throw refusal(code);
}
