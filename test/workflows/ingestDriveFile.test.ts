import { randomUUID } from 'node:crypto';
import { activityInfo, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createFileIngest } from './support/createFileIngest.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('a file that a person asks for has a run of its own, and is committed soon', async () => {
  const file = createFileIngest();
  await runWorkers(environment, file.activities, async (queue) => {
    const handle = await file.start(environment, queue, { requestId: 'r1' });
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    await replayRun(handle, 'ingestDriveFile', 'done');
  });
  expect(file.steps).toEqual(['place in run of r1', 'stream bytes', 'resource resource of 7', 'run of r1 succeeded', 'tell']);
});

test('a file of a sync reports there, and leaves the rest to it', async () => {
  const file = createFileIngest();
  await runWorkers(environment, file.activities, async (queue) => {
    await expect((await file.start(environment, queue, { syncRunId: 'sync-1' })).result()).resolves.toEqual({ outcome: 'done' });
  });
  expect(file.steps).toEqual(['place in sync-1', 'stream as a child', 'resource as a child of 7']);
});

test('a video is gone on with by itself', async () => {
  const videoId = randomUUID();
  const file = createFileIngest({ videoId });
  await runWorkers(environment, file.activities, async (queue) => {
    const handle = await file.start(environment, queue, { requestId: 'r1' });
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    await environment.client.workflow.getHandle(ingestVideoContract.workflowId(videoId)).result();
    await replayRun(handle, 'ingestDriveFile', 'done-video');
  });
  expect(file.steps).toEqual(expect.arrayContaining([`video ${videoId} of site-1`, 'run of r1 succeeded']));
});

test('a video that is at work already is left to that', async () => {
  const videoId = randomUUID();
  const gate = createGate();
  const file = createFileIngest({ videoId });
  const held = { ...file.activities, openVideoRun: () => gate.pass().then(() => ({ runId: null, phase: 'done' as const })) };
  await runWorkers(environment, held, async (queue) => {
    const before = await environment.client.workflow.start(ingestVideoContract.workflowType, { workflowId: ingestVideoContract.workflowId(videoId), taskQueue: queue, args: [{ siteId: 'site-1', videoId }] });
    await expect((await file.start(environment, queue, { requestId: 'r1' })).result()).resolves.toEqual({ outcome: 'done' });
    gate.open();
    await before.result();
  });
  expect(file.steps).toContain('run of r1 succeeded');
});

test('a file that failed says why and leaves no upload, also while the bucket is away', async () => {
  const file = createFileIngest({
    stream: () => {
      throw ApplicationFailure.nonRetryable('It was changed.', 'DriveFileChanged');
    },
    discard: () => {
      throw ApplicationFailure.nonRetryable('The bucket is away.', 'S3Refused');
    },
  });
  await runWorkers(environment, file.activities, async (queue) => {
    const handle = await file.start(environment, queue, { requestId: 'r1' });
    await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    await replayRun(handle, 'ingestDriveFile', 'failed');
  });
  expect(file.steps).toEqual(['place in run of r1', 'stream bytes', 'failed in run of r1: DriveFileChanged', 'run of r1 failed: DriveFileChanged', 'discard']);
});

test.each(['button', 'Temporal'] as const)('a stream is stopped by the %s once it has let go, and nothing of it is left', async (by) => {
  const file = createFileIngest({
    stream: async () => {
      const { cancelled } = Context.current();
      const beat = setInterval(() => Context.current().heartbeat(activityInfo().attempt), 20);
      await cancelled.finally(() => clearInterval(beat));
    },
  });
  await runWorkers(environment, file.activities, async (queue) => {
    const handle = await file.start(environment, queue, { requestId: 'r1' });
    await until('the file is streamed', () => Promise.resolve(file.steps.includes('stream bytes')));
    if (by === 'button') {
      await handle.signal(cancelRequested, { runId: 'another' });
      await handle.signal(cancelRequested, { runId: 'run of r1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    } else {
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'ingestDriveFile', 'cancelled');
    }
  });
  expect(file.steps).toEqual(['place in run of r1', 'stream bytes', 'failed in run of r1: Cancelled', 'run of r1 cancelled', 'discard']);
});
