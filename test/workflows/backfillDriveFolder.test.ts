import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { backfillDriveFolderContract } from '#temporal/contracts/backfillDriveFolder.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import type { backfillDriveFolder } from '#workflows/backfillDriveFolder.ts';
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

type BackfillActivities = Pick<Activities, 'openRequestRun' | 'makeSiteDriveFolder' | 'makeInnerDriveFolders' | 'backfillDriveFiles' | 'recordEnded' | 'recordFailed'>;

/** One run over rows in memory; `put` is what happens inside its long step. */
function backfilling(put: () => Promise<void> | void = () => undefined) {
  const ended: unknown[] = [];
  const steps: string[] = [];
  const activities: BackfillActivities = {
    openRequestRun: () => Promise.resolve({ runId: 'run-1' }),
    makeSiteDriveFolder: () => Promise.resolve((steps.push('site'), { summary: 'There', counts: { made: 0 } })),
    makeInnerDriveFolders: () => Promise.resolve((steps.push('inner'), { summary: 'There', counts: { made: 0 } })),
    backfillDriveFiles: async () => {
      steps.push('put');
      await put();
      return { summary: '2 of 3 files', counts: { files: 3, put: 2, there: 1, failed: 0 } };
    },
    recordEnded: ({ state, reason, result }) => Promise.resolve(void ended.push([state, reason?.code ?? null, result ?? null])),
    recordFailed: ({ reason }) => Promise.resolve(void ended.push(['failed', reason.code, null])),
  };
  const start = (taskQueue: string) =>
    environment.client.workflow.start<typeof backfillDriveFolder>(backfillDriveFolderContract.workflowType, { workflowId: backfillDriveFolderContract.workflowId(`course-${randomUUID()}`), taskQueue, args: [{ siteId: 'site-1', requestId: 'request-1' }] });
  return { activities, ended, steps, start };
}

test('finds the folders, puts files there, and ends with its counts', async () => {
  const { activities, ended, steps, start } = backfilling();
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    await replayRun(handle, 'backfillDriveFolder', 'done');
  });
  expect(steps).toEqual(['site', 'inner', 'put']);
  expect(ended).toEqual([['succeeded', null, { files: 3, put: 2, there: 1, failed: 0 }]]);
});

test('fails for good with its reason', async () => {
  const { activities, ended, start } = backfilling(() => {
    throw ApplicationFailure.nonRetryable('Google Drive refused.', 'DriveRefused');
  });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    await replayRun(handle, 'backfillDriveFolder', 'failed');
  });
  expect(ended).toEqual([['failed', 'DriveRefused', null]]);
});

test('is stopped by its button, and by Temporal’s own', async () => {
  for (const how of ['button', 'temporal'] as const) {
    const gate = createGate();
    const { activities, ended, start } = backfilling(() => gate.pass());
    await runWorkers(environment, activities, async (queue) => {
      const handle = await start(queue);
      await until('files are put there', () => Promise.resolve(gate.arrived === 1));
      if (how === 'button') {
        await handle.signal(cancelRequested, { runId: 'another' });
        await handle.signal(cancelRequested, { runId: 'run-1' });
        await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
      } else {
        await handle.cancel();
        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        await replayRun(handle, 'backfillDriveFolder', 'cancelled');
      }
    });
    expect(ended).toEqual([['cancelled', 'Cancelled', null]]);
  }
});
