import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { previewSiteContract, previewWanted } from '#temporal/contracts/previewSite.ts';
import { previewFailure } from '#workflows/previewFailure.ts';
import type { previewSite } from '#workflows/previewSite.ts';
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

/** The rows of one site’s preview, and a worker that shows it as `serve` says. */
function createShowing(serve: (time: number) => Promise<{ why: 'idle' | 'room'; builds: number }>) {
  const log: string[] = [];
  let state: 'waiting' | 'ready' | 'ended' | 'failed' = 'waiting';
  let served = 0;
  const activities: Pick<Activities, 'servePreview' | 'makePreviewRoom' | 'recordPreviewEnd'> = {
    servePreview: async ({ siteName }) => {
      served += 1;
      log.push(`shows ${siteName}`);
      state = 'ready';
      return serve(served);
    },
    makePreviewRoom: () => Promise.resolve({ isWaiting: (log.push('room'), state === 'waiting') }),
    recordPreviewEnd: ({ failure }) => {
      log.push(failure === null ? 'ended' : `failed: ${failure}`);
      if (state !== 'waiting') state = failure === null ? 'ended' : 'failed';
      return Promise.resolve({ isWanted: state === 'waiting' });
    },
  };
  return {
    activities,
    log,
    want: () => {
      state = 'waiting';
    },
  };
}

const start = (queue: string, siteName = `site-${randomUUID().slice(0, 8)}`) =>
  environment.client.workflow.signalWithStart<typeof previewSite, []>(previewSiteContract.workflowType, { workflowId: previewSiteContract.workflowId(siteName), taskQueue: queue, workflowIdReusePolicy: previewSiteContract.workflowIdReusePolicy, args: [{ siteId: randomUUID(), siteName }], signal: previewWanted, signalArgs: [] });

test('a preview lasts as long as somebody looks, and ends with its row', async () => {
  const showing = createShowing(() => Promise.resolve({ why: 'idle', builds: 4 }));
  await runWorkers(environment, showing.activities, async (queue) => {
    const handle = await start(queue, 'bridges');
    await expect(handle.result()).resolves.toEqual({ opened: 1 });
    await replayRun(handle, 'previewSite', 'done');
    // Who comes later opens another one.
    await expect((await start(queue, 'bridges')).result()).resolves.toEqual({ opened: 1 });
  });
  expect(showing.log.filter((line) => line !== 'room')).toEqual(['shows bridges', 'ended', 'shows bridges', 'ended']);
});

test('one that is wanted again while it ends is shown again by the same execution', async () => {
  const showing = createShowing((time) => {
    // The row says so after the step has said that it ends, before the workflow looks.
    if (time === 1) showing.want();
    return Promise.resolve({ why: 'room', builds: 1 });
  });
  await runWorkers(environment, showing.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ opened: 2 });
  });
});

test('while it waits for a place, others are asked to make room, and no longer than it waits', async () => {
  const gate = createGate();
  const showing = createShowing(() => Promise.resolve({ why: 'idle', builds: 1 }));
  let asked = 0;
  const activities: typeof showing.activities = {
    ...showing.activities,
    servePreview: async (input) => {
      await gate.pass();
      return showing.activities.servePreview(input);
    },
    makePreviewRoom: (input) => {
      asked += 1;
      if (asked === 2) gate.open();
      return showing.activities.makePreviewRoom(input);
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ opened: 1 });
  });
  expect(asked).toBe(2);
});

test('a fault that a person must mend ends it, and its row has the sentence', async () => {
  const showing = createShowing(() => {
    throw ApplicationFailure.create({ type: 'StarterMissing', message: 'The site has no starter.', nonRetryable: true });
  });
  await runWorkers(environment, showing.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ opened: 1 });
    await replayRun(handle, 'previewSite', 'failed');
  });
  expect(showing.log.at(-1)).toBe('failed: The site has no starter.');
});

test('one that no worker took says so, and other failures say what they are', () => {
  const failed = (cause: Error): ActivityFailure => new ActivityFailure('Activity task failed', 'servePreview', '1', 'IN_PROGRESS', 'studio', cause);
  // The test server skips no time while a step waits for a worker, so the two minutes are not waited for here.
  expect(previewFailure(failed(new TimeoutFailure('activity ScheduleToStart timeout', undefined, 'SCHEDULE_TO_START')))).toBe('No worker had a free place for it. Show it again in a few minutes.');
  expect(previewFailure(failed(new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT')))).toMatch(/^The step did not end within its time\./);
  expect(previewFailure(failed(ApplicationFailure.create({ type: 'DiskFull', message: 'The worker’s disk is full.' })))).toBe('The worker’s disk is full.');
});

test('cancel ends the step and then the preview', async () => {
  let isEnded = false;
  const gate = createGate();
  const showing = createShowing(async () => {
    await gate.pass().finally(() => (isEnded = true));
    return { why: 'idle', builds: 0 };
  });
  await runWorkers(environment, showing.activities, async (queue) => {
    const handle = await start(queue);
    await until('it is shown', () => Promise.resolve(gate.arrived > 0));
    await handle.cancel();
    await expect(handle.result()).resolves.toEqual({ opened: 1 });
    expect(isEnded).toBe(true);
    await replayRun(handle, 'previewSite', 'cancelled');
    await expect(handle.signal(previewWanted)).rejects.toBeInstanceOf(WorkflowNotFoundError);
  });
  expect(showing.log.at(-1)).toBe('ended');
});
