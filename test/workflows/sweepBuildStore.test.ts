import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepBuildStoreContract } from '#temporal/contracts/sweepBuildStore.ts';
import type { sweepBuildStore } from '#workflows/sweepBuildStore.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('runs are swept before files, so that files of what went go with it', async () => {
  const log: string[] = [];
  const activities = {
    sweepRuns: () => Promise.resolve((log.push('runs'), { removed: 2, bytes: 20, summary: 'Removed 2' })),
    sweepBlobs: () => Promise.resolve((log.push('blobs'), { removed: 3, bytes: 30, summary: 'Removed 3' })),
  };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await environment.client.workflow.start<typeof sweepBuildStore>(sweepBuildStoreContract.workflowType, { workflowId: sweepBuildStoreContract.workflowId(), taskQueue: queue, args: [] });
    await expect(handle.result()).resolves.toEqual({ removed: 5, bytes: 50 });
    await replayRun(handle, 'sweepBuildStore', 'done');
  });
  expect(log).toEqual(['runs', 'blobs']);
});
