import { ApplicationFailure } from '@temporalio/common';
import { beforeAll, expect, test } from 'vitest';
import { stepRetryRequested, transcodeEventReceived } from '#temporal/contracts/ingestVideo.ts';
import { uploadToYouTubeContract } from '#temporal/contracts/uploadToYouTube.ts';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { createVideo, stay, videoBundle } from './support/createVideo.ts';
import { runWorkers } from './support/runWorkers.ts';

// The test server tells no parent that its child was ended, and tries again what failed while it was called off.
const server = useDevServer();
let bundle: { code: string };
beforeAll(async () => {
  bundle = await videoBundle();
});

test('a video whose upload somebody ended in Temporal waits for a person', async () => {
  const video = createVideo({ phase: 'upload', upload: (time) => (time === 1 ? stay() : 'done') });
  const whenIt = (step: string) => until(`it came to ‘${step}’`, () => Promise.resolve(video.steps.includes(step)));
  await runWorkers(
    server.environment,
    video.activities,
    async (queue) => {
      const handle = await video.start(server.environment, queue);
      await whenIt('upload in run-1');
      await server.environment.client.workflow.getHandle(uploadToYouTubeContract.workflowId(video.videoId)).terminate();
      await whenIt('parked Terminated');
      await handle.signal(stepRetryRequested);
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    },
    { bundle },
  );
  expect(video.steps).toEqual(['begin upload', 'upload in run-1', 'parked Terminated', 'resumed', 'begin upload', 'upload in run-1', 'begin captions', 'caption in run-1', 'succeeded', 'tell']);
});

test('an event of MediaConvert that comes in the moment a look fails has it looked again, and asks nobody', async () => {
  const failing = (): Promise<never> => stay().catch(() => {
    throw ApplicationFailure.create({ type: 'MediaConvertUnavailable', message: 'MediaConvert is limiting us.' });
  });
  const video = createVideo({ follow: (time) => (time === 1 ? failing() : undefined) });
  await runWorkers(
    server.environment,
    video.activities,
    async (queue) => {
      const handle = await video.start(server.environment, queue);
      await until('it is looked at', () => Promise.resolve(video.steps.includes('follow')));
      await handle.signal(transcodeEventReceived, { jobId: 'job-1' });
      await until('it is looked at again, or waits', () => Promise.resolve(video.steps.length > 3));
      expect(video.steps).not.toContain('parked MediaConvertUnavailable');
      await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    },
    { bundle },
  );
  expect(video.steps.slice(0, 5)).toEqual(['begin transcode', 'submit', 'follow', 'follow', 'begin download']);
});
