import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { refreshCaptionsContract } from '#temporal/contracts/refreshCaptions.ts';
import type { refreshCaptions } from '#workflows/refreshCaptions.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

/** Corrected captions of some videos; `store` is what happens inside the fetch of one before it succeeds. */
function createCorrections(videos: readonly string[], store: (orderId: string) => Promise<void> | void = () => undefined, mediaOf = (video: string) => `media of ${video}`) {
  const steps: string[] = [];
  const note = (step: string): Promise<void> => Promise.resolve(void steps.push(step));
  const activities: Partial<Activities> = {
    listCorrectedCaptions: () => Promise.resolve({ corrected: videos.map((video) => ({ orderId: video, videoId: video, siteId: `site of ${video}`, mediaFileId: mediaOf(video) })) }),
    storeCaptions: async ({ orderId }) => {
      await store(orderId);
      await note(`store ${orderId}`);
      return { stored: 2, changed: orderId === 'same' ? 0 : 2, counts: {}, summary: '' };
    },
    tellDriveContent: ({ siteId }) => note(`tell ${siteId}`),
    publishCaptions: async ({ siteId }) => {
      await note(`publish ${siteId}`);
      return { isAsked: true };
    },
    sendCaptions: async ({ videoId }) => {
      await note(`send ${videoId}`);
      return { sent: 1 };
    },
    clearCaptionLabel: ({ mediaFileId }) => note(`clear ${mediaFileId}`),
  };
  const start = (taskQueue: string) => environment.client.workflow.start<typeof refreshCaptions>(refreshCaptionsContract.workflowType, { workflowId: refreshCaptionsContract.workflowId(), taskQueue, workflowIdReusePolicy: refreshCaptionsContract.workflowIdReusePolicy, args: [{}] });
  return { activities, steps, start };
}

test('corrected captions go where they are shown before their label is taken off', async () => {
  const corrections = createCorrections(['a', 'same']);
  await runWorkers(environment, corrections.activities, async (queue) => {
    const handle = await corrections.start(queue);
    await expect(handle.result()).resolves.toEqual({ refreshed: 2, failed: 0 });
    await replayRun(handle, 'refreshCaptions', 'done');
  });
  expect(corrections.steps).toEqual(['store a', 'tell site of a', 'publish site of a', 'send a', 'clear media of a', 'store same', 'send same', 'clear media of same']);
});

test('a video that fails keeps its label and holds up no other', async () => {
  const corrections = createCorrections(['a', 'b'], (orderId) => {
    if (orderId === 'a') throw ApplicationFailure.nonRetryable('No.', 'ThreePlayRefused');
  });
  await runWorkers(environment, corrections.activities, async (queue) => {
    await expect((await corrections.start(queue)).result()).resolves.toEqual({ refreshed: 1, failed: 1 });
  });
  expect(corrections.steps.filter((step) => step.startsWith('clear'))).toEqual(['clear media of b']);
});

test('a label stays until every site that shows the video has what was corrected', async () => {
  for (const failing of ['a', 'b', null]) {
    const corrections = createCorrections(['a', 'b', 'c'], (orderId) => {
      if (orderId === failing) throw ApplicationFailure.nonRetryable('No.', 'ThreePlayRefused');
    }, (video) => (video === 'c' ? 'another' : 'shared'));
    await runWorkers(environment, corrections.activities, async (queue) => void (await (await corrections.start(queue)).result()));
    expect(corrections.steps.filter((step) => step.startsWith('clear'))).toEqual(failing === null ? ['clear shared', 'clear another'] : ['clear another']);
  }
});

test('a cancel ends it, and the label stays', async () => {
  const gate = createGate();
  const corrections = createCorrections(['a'], () => gate.pass());
  await runWorkers(environment, corrections.activities, async (queue) => {
    const handle = await corrections.start(queue);
    await until('the captions are fetched', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'refreshCaptions', 'cancelled');
    gate.open();
  });
  expect(corrections.steps.filter((step) => step.startsWith('clear'))).toEqual([]);
});
