import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMailContract } from '#temporal/contracts/sendMail.ts';
import type { sendMail } from '#workflows/sendMail.ts';
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

let mails = 0;
const start = (taskQueue: string): Promise<WorkflowHandle<typeof sendMail>> => {
  const mailId = `mail-${(mails += 1)}`;
  return environment.client.workflow.start<typeof sendMail>(sendMailContract.workflowType, { workflowId: sendMailContract.workflowId(mailId), taskQueue, args: [{ mailId }] });
};
const lost = () => ApplicationFailure.nonRetryable('The mail service did not answer.', 'MailUncertain');

/** A mail service of which only the calls count: what each post and each look ends in, one after the other. */
function createMailing(posts: readonly ('sent' | 'lost' | 'refused' | 'away')[], looks: readonly ('yes' | 'no' | 'unknown')[] = [], why?: string) {
  const log: string[] = [];
  let post = 0;
  let look = 0;
  return {
    log,
    activities: {
      postMail() {
        const what = posts[(post += 1) - 1] ?? 'lost';
        log.push(`post: ${what}`);
        if (what === 'lost') throw lost();
        if (what === 'away') throw ApplicationFailure.create({ message: 'away', type: 'MailUnavailable', nextRetryDelay: '1 hour' });
        return Promise.resolve({ state: what });
      },
      lookForMail() {
        const taken = looks[(look += 1) - 1] ?? 'no';
        log.push(`look: ${taken}`);
        return Promise.resolve(why === undefined ? { taken } : { taken, why });
      },
      requeueMail: () => Promise.resolve(void log.push('requeue')),
      giveMailUp: ({ reason }: { reason: string }) => Promise.resolve(void log.push(`give up: ${reason}`)),
    },
  };
}

test('a mail that is taken is sent', async () => {
  const mailing = createMailing(['sent']);
  await runWorkers(environment, mailing.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ state: 'sent' });
    await replayRun(handle, 'sendMail', 'done');
  });
  expect(mailing.log).toEqual(['post: sent']);
});

test('a service that is away is waited for', async () => {
  const mailing = createMailing(['away', 'away', 'sent']);
  await runWorkers(environment, mailing.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ state: 'sent' });
  });
  expect(mailing.log).toEqual(['post: away', 'post: away', 'post: sent']);
});

test('a mail whose answer was lost is looked for, and not sent again when it is found', async () => {
  const mailing = createMailing(['lost'], ['no', 'yes']);
  await runWorkers(environment, mailing.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ state: 'sent' });
    await replayRun(handle, 'sendMail', 'done-looked');
  });
  expect(mailing.log).toEqual(['post: lost', 'look: no', 'look: yes']);
});

test('what the log does not know after seven minutes is sent again, at most three times', async () => {
  const mailing = createMailing(['lost', 'lost', 'lost']);
  await runWorkers(environment, mailing.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ state: 'refused' });
  });
  const round = ['post: lost', 'look: no', 'look: no', 'look: no'];
  expect(mailing.log).toEqual([...round, 'requeue', ...round, 'requeue', ...round, 'give up: The mail service did not answer 3 times, and has no such mail.']);
});

test('where the log may not be read, a mail too few is better than one too many', async () => {
  const mailing = createMailing(['lost'], ['unknown']);
  await runWorkers(environment, mailing.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ state: 'refused' });
  });
  expect(mailing.log).toEqual(['post: lost', 'look: unknown', 'give up: The mail service did not answer, and its log cannot be read. The mail was not sent again, because it may have arrived.']);
});

test('a service that has no log says so where the mail is given up', async () => {
  const mailing = createMailing(['lost'], ['unknown'], 'a server that speaks SMTP keeps no log');
  await runWorkers(environment, mailing.activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ state: 'refused' });
  });
  expect(mailing.log.at(-1)).toBe('give up: The mail service did not answer, and a server that speaks SMTP keeps no log. The mail was not sent again, because it may have arrived.');
});

test('a cancel ends the workflow and leaves the row as it is', async () => {
  const gate = createGate();
  const mailing = createMailing([]);
  const activities = { ...mailing.activities, postMail: () => gate.pass().then(() => ({ state: 'sent' as const })) };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await until('it is posted', () => Promise.resolve(gate.arrived > 0 ? true : undefined));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    gate.open();
    await replayRun(handle, 'sendMail', 'cancelled');
  });
  expect(mailing.log).toEqual([]);
});
