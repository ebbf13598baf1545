import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { reconcileRunsContract, type ReconcileRunsInput } from '#temporal/contracts/reconcileRuns.ts';
import type { reconcileRuns } from '#workflows/reconcileRuns.ts';
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

type ReconcileActivities = Pick<Activities, 'closeLostRuns' | 'reviveRequests' | 'wakeForgottenSites'>;

function createReconciling(beforeClosing: () => Promise<void> | void = () => undefined): { activities: ReconcileActivities; log: string[] } {
  const log: string[] = [];
  return {
    log,
    activities: {
      closeLostRuns: async ({ idleMs }) => {
        log.push(`close after ${idleMs}`);
        await beforeClosing();
        return { looked: 3, closed: 1 };
      },
      reviveRequests: ({ idleMs }) => {
        log.push(`revive after ${idleMs}`);
        return Promise.resolve({ revived: 2 });
      },
      wakeForgottenSites: ({ quietMs }) => {
        log.push(`wake after ${quietMs}`);
        return Promise.resolve({ woken: 1 });
      },
    },
  };
}

const start = (taskQueue: string, input: ReconcileRunsInput = { idleMs: 120_000 }): Promise<WorkflowHandle<typeof reconcileRuns>> =>
  environment.client.workflow.start<typeof reconcileRuns>(reconcileRunsContract.workflowType, { workflowId: reconcileRunsContract.workflowId(), taskQueue, workflowIdReusePolicy: reconcileRunsContract.workflowIdReusePolicy, args: [input] });

test('closes runs whose execution is gone, then lets lost requests be delivered again', async () => {
  const reconciling = createReconciling();
  await runWorkers(environment, reconciling.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ looked: 3, closed: 1 });
    await replayRun(handle, 'reconcileRuns', 'done');
  });
  expect(reconciling.log).toEqual(['close after 120000', 'revive after 120000']);
});

test('lets repositories commit what was forgotten, where the schedule says after how long', async () => {
  const reconciling = createReconciling();
  await runWorkers(environment, reconciling.activities, async (queue) => {
    const handle = await start(queue, { idleMs: 120_000, quietMs: 300_000 });
    await expect(handle.result()).resolves.toEqual({ looked: 3, closed: 1 });
    await replayRun(handle, 'reconcileRuns', 'done-forgotten-saves');
  });
  expect(reconciling.log).toEqual(['close after 120000', 'revive after 120000', 'wake after 300000']);
});

test('while the database is away it tries again', async () => {
  let broken = 2;
  const reconciling = createReconciling(() => {
    if (broken-- > 0) throw ApplicationFailure.create({ type: 'DatabaseUnavailable', message: 'The studio’s database does not answer.', nextRetryDelay: '8 seconds' });
  });
  await runWorkers(environment, reconciling.activities, async (queue) => {
    const handle = await start(queue);
    await handle.result();
    await replayRun(handle, 'reconcileRuns');
  });
  expect(reconciling.log).toEqual(['close after 120000', 'close after 120000', 'close after 120000', 'revive after 120000']);
});

test('when a check cannot be made it fails, and the next one is not held back', async () => {
  let isBroken = true;
  const reconciling = createReconciling(() => {
    if (isBroken) throw ApplicationFailure.nonRetryable('The studio met an error it does not know.', 'Unexpected');
  });
  await runWorkers(environment, reconciling.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { type: 'Unexpected' } } });
    await replayRun(handle, 'reconcileRuns');
    isBroken = false;
    await expect((await start(queue)).result()).resolves.toEqual({ looked: 3, closed: 1 });
  });
});

test('cancel ends it between two steps', async () => {
  const gate = createGate();
  const reconciling = createReconciling(() => gate.pass());
  await runWorkers(environment, reconciling.activities, async (queue) => {
    const handle = await start(queue);
    await until('the check begins', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'reconcileRuns');
  });
  expect(reconciling.log).toEqual(['close after 120000']);
});
