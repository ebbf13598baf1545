import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataConverter } from '#temporal/converter.ts';
import { buildOfflineContract, type BuildOfflineInput } from '#temporal/contracts/buildOffline.ts';
import { buildOffline } from '#workflows/buildOffline.ts';
import { replayRun, workflowBundle } from '../support/replay.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('a request ends in one run', async () => {
  const ended: string[] = [];
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: buildOfflineContract.taskQueue,
    workflowBundle: await workflowBundle(),
    dataConverter,
    activities: {
      openRequestRun: () => Promise.resolve({ runId: 'run-1' }),
      recordEnded: ({ runId, state }: { runId: string; state: string }) => Promise.resolve(void ended.push(`${runId} ${state}`)),
    },
  });
  const input: BuildOfflineInput = { requestId: 'request-1' };
  await worker.runUntil(async () => {
    const handle = await environment.client.workflow.start(buildOffline, { workflowId: buildOfflineContract.workflowId(input.requestId), taskQueue: buildOfflineContract.taskQueue, args: [input] });
    await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
    await replayRun(handle, 'buildOffline', 'done');
  });
  expect(ended).toEqual(['run-1 succeeded']);
});
