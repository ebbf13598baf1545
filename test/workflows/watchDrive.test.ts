import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchDriveContract } from '#temporal/contracts/watchDrive.ts';
import type { watchDrive } from '#workflows/watchDrive.ts';
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

test('a look says how many changes it found, and for how many sites', async () => {
  const asked: unknown[] = [];
  const activities = { watchDriveChanges: (input: unknown) => Promise.resolve((asked.push(input), { changes: 5, changed: 2, listed: 1, summary: '5 changes' })) };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await environment.client.workflow.start<typeof watchDrive>(watchDriveContract.workflowType, { workflowId: watchDriveContract.workflowId(), taskQueue: queue, args: [{ listEveryMs: 60_000 }] });
    await expect(handle.result()).resolves.toEqual({ changes: 5, changed: 2, listed: 1 });
    await replayRun(handle, 'watchDrive', 'done');
  });
  expect(asked).toEqual([{ listEveryMs: 60_000 }]);
});
