import { ApplicationFailure } from '@temporalio/common';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { notifyLearnContract, type NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import type { notifyLearn } from '#workflows/notifyLearn.ts';
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

const hours = 60 * 60_000;
const receiver = 'https://learn.localhost/api/v1/ocw_next_webhook/';
const noticeOf = (eventId: string): NotifyLearnInput => ({ eventId, receiver, event: { kind: 'published', prefixes: ['courses/a'] } });

/** A catalogue that answers as `answer` says, and the run that is told when it would not listen. */
function createCatalogue(answer: (tries: number) => Promise<void> | void = () => undefined) {
  const told: NotifyLearnInput[] = [];
  const untold: { eventId: string; receiver: string; reason: string }[] = [];
  const activities: Pick<Activities, 'tellCatalogue' | 'recordUntold'> = {
    tellCatalogue: async (input) => {
      told.push(input);
      await answer(told.length);
    },
    recordUntold: (input) => Promise.resolve(void untold.push(input)),
  };
  return { activities, told, untold };
}

const start = (queue: string, eventId: string) =>
  environment.client.workflow.start<typeof notifyLearn>(notifyLearnContract.workflowType, { workflowId: notifyLearnContract.workflowId(eventId, 0), taskQueue: queue, workflowIdReusePolicy: notifyLearnContract.workflowIdReusePolicy, args: [noticeOf(eventId)] });

test('a notice that is taken is given once, also when it is started again', async () => {
  const catalogue = createCatalogue();
  const eventId = randomUUID();
  await runWorkers(environment, catalogue.activities, async (queue) => {
    const handle = await start(queue, eventId);
    await expect(handle.result()).resolves.toEqual({ told: true });
    await expect(start(queue, eventId)).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    await replayRun(handle, 'notifyLearn', 'done');
  });
  expect(catalogue.told).toEqual([noticeOf(eventId)]);
  expect(catalogue.untold).toEqual([]);
});

test('a catalogue that is away for hours is told when it is back', async () => {
  const begunAt = await environment.currentTimeMs();
  const catalogue = createCatalogue(async () => {
    if ((await environment.currentTimeMs()) - begunAt < 20 * hours) throw ApplicationFailure.create({ type: 'LearnUnavailable', message: 'A catalogue did not take the notice.', nextRetryDelay: 10 * 60_000 });
  });
  await runWorkers(environment, catalogue.activities, async (queue) => {
    await expect((await start(queue, randomUUID())).result()).resolves.toEqual({ told: true });
  });
  expect(catalogue.untold).toEqual([]);
  expect(catalogue.told.length).toBeGreaterThan(100);
});

test('one that is away for a day is left alone, and the run that caused it says so', async () => {
  const catalogue = createCatalogue(() => {
    throw ApplicationFailure.create({ type: 'LearnUnavailable', message: 'A catalogue did not take the notice: learn.localhost answered 500.', nextRetryDelay: 60 * 60_000 });
  });
  const eventId = randomUUID();
  const begunAt = await environment.currentTimeMs();
  await runWorkers(environment, catalogue.activities, async (queue) => {
    const handle = await start(queue, eventId);
    await expect(handle.result()).resolves.toEqual({ told: false });
    await replayRun(handle, 'notifyLearn', 'failed');
  });
  expect(catalogue.untold).toEqual([{ eventId, receiver, reason: 'A catalogue did not take the notice: learn.localhost answered 500.' }]);
  expect((await environment.currentTimeMs()) - begunAt).toBeLessThan(26 * hours);
  expect(catalogue.told.length).toBeGreaterThanOrEqual(23);
});

test('one that refuses is not asked again', async () => {
  const catalogue = createCatalogue(() => {
    throw ApplicationFailure.nonRetryable('A catalogue refused the notice: learn.localhost answered 404.', 'LearnRefused');
  });
  await runWorkers(environment, catalogue.activities, async (queue) => {
    await expect((await start(queue, randomUUID())).result()).resolves.toEqual({ told: false });
  });
  expect(catalogue.told).toHaveLength(1);
  expect(catalogue.untold).toHaveLength(1);
});

test('cancel ends it, and the run says that the catalogue was not told', async () => {
  const gate = createGate();
  const catalogue = createCatalogue(() => gate.pass());
  await runWorkers(environment, catalogue.activities, async (queue) => {
    const handle = await start(queue, randomUUID());
    await until('the notice is on its way', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    await replayRun(handle, 'notifyLearn', 'cancelled');
  });
  expect(catalogue.untold).toMatchObject([{ reason: 'A person stopped it in Temporal.' }]);
});
