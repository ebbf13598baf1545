import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { massProgress, pauseRequested, resumeRequested, retryFailedRequested, windowChanged } from '#temporal/contracts/massPublish.ts';
import { notifyLearnContract } from '#temporal/contracts/notifyLearn.ts';
import { cancelRequested, gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createMassPublish } from './support/createMassPublish.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const all = (sites: number): number[] => Array.from({ length: sites }, (_, index) => index);

test('asks for a window of sites, and for the next one as soon as one has ended, whatever became of it', async () => {
  const mass = createMassPublish(randomUUID(), { sites: 5 });
  await runWorkers(environment, mass.activities, async (queue) => {
    const handle = await mass.start(environment, queue);
    await until('the window is full', () => Promise.resolve(mass.asks.length === 2));
    // The second ends first.
    await mass.end(handle, 1);
    await until('the third is asked for', () => Promise.resolve(mass.asks.length === 3));
    for (const index of [0, 2, 3, 4]) await mass.end(handle, index);
    await expect(handle.result()).resolves.toEqual({ runId: mass.id });
    await expect(handle.query(massProgress)).resolves.toMatchObject({ runId: mass.id, state: 'succeeded', counts: { succeeded: 5, waiting: 0, asked: 0 }, window: 2, isPaused: false });
    await replayRun(handle, 'massPublish', 'done');
  });
  expect(mass.asks).toEqual(all(5));
  expect(mass.mostAtOnce).toBe(2);
  expect(mass.states).toEqual(['running', 'succeeded']);
});

test('without a site it ends at once', async () => {
  const mass = createMassPublish(randomUUID(), { sites: 0 });
  await runWorkers(environment, mass.activities, async (queue) => {
    await (await mass.start(environment, queue)).result();
  });
  expect(mass.states).toEqual(['running', 'succeeded']);
});

test('one that comes while another one runs asks for nothing', async () => {
  const mass = createMassPublish(randomUUID(), { sites: 3, isOpen: false });
  await runWorkers(environment, mass.activities, async (queue) => {
    const handle = await mass.start(environment, queue);
    await expect(handle.result()).resolves.toEqual({ runId: mass.id });
    await replayRun(handle, 'massPublish', 'done-refused');
  });
  expect(mass.lines).toEqual([]);
});

test('a signal that is lost costs a minute', async () => {
  const mass = createMassPublish(randomUUID(), { sites: 2 });
  await runWorkers(environment, mass.activities, async (queue) => {
    const handle = await mass.start(environment, queue, 1);
    await mass.end(handle, 0, 'succeeded', false);
    const before = await environment.currentTimeMs();
    await environment.sleep('61 seconds');
    await until('the second is asked for', () => Promise.resolve(mass.asks.length === 2));
    expect((await environment.currentTimeMs()) - before).toBeLessThan(70_000);
    await mass.end(handle, 1);
    await handle.result();
  });
});

describe('pause', () => {
  test('asks for no more sites until it is resumed; what runs goes on', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 3 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue, 1);
      await until('the first is asked for', () => Promise.resolve(mass.asks.length === 1));
      await handle.signal(pauseRequested, { runId: mass.id });
      await mass.end(handle, 0);
      await until('its end is noted', () => Promise.resolve(mass.counts().succeeded === 1));
      await environment.sleep('1 hour');
      expect(mass.asks).toEqual([0]);
      await expect(handle.query(massProgress)).resolves.toMatchObject({ isPaused: true, counts: { waiting: 2 } });
      await handle.signal(resumeRequested, { runId: mass.id });
      await mass.end(handle, 1);
      await mass.end(handle, 2);
      await handle.result();
      await replayRun(handle, 'massPublish', 'done-after-pause');
    });
    expect(mass.steered).toEqual(['1', '1 paused', '1']);
  });

  test('can be cancelled', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 3 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue, 1);
      await mass.end(handle, 0);
      await handle.signal(pauseRequested, { runId: mass.id });
      await until('the second was asked for or it waits', async () => (await handle.query(massProgress)).isPaused);
      await handle.signal(cancelRequested, { runId: mass.id });
      for (const [index, line] of mass.lines.entries()) if (line.state === 'asked') await mass.end(handle, index);
      await handle.result();
    });
    expect(mass.states).toEqual(['running', 'cancelled']);
    expect(mass.counts().waiting).toBe(0);
  });
});

test('another window holds from the next site on, larger or smaller', async () => {
  const mass = createMassPublish(randomUUID(), { sites: 7 });
  await runWorkers(environment, mass.activities, async (queue) => {
    const handle = await mass.start(environment, queue, 1);
    await until('the first is asked for', () => Promise.resolve(mass.asks.length === 1));
    await handle.signal(windowChanged, { window: 4 });
    await until('four are on their way', () => Promise.resolve(mass.counts().asked === 4));
    await handle.signal(windowChanged, { window: 1 });
    await until('the row says so', () => Promise.resolve(mass.steered.at(-1) === '1'));
    for (const index of [0, 1, 2]) await mass.end(handle, index);
    await until('three have ended', () => Promise.resolve(mass.counts().succeeded === 3));
    expect(mass.counts().asked).toBe(1);
    for (const index of [3, 4, 5, 6]) await mass.end(handle, index);
    await handle.result();
  });
  expect(mass.steered).toEqual(['1', '4', '1']);
  expect(mass.asks).toEqual(all(7));
});

describe('a site that fails', () => {
  test('stops nothing; the run fails at the end, and the failed ones are asked for again', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 4 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      await mass.end(handle, 0, 'failed');
      for (const index of [1, 2]) await mass.end(handle, index);
      await mass.end(handle, 3, 'failed');
      await until('it waits for a person', () => Promise.resolve(mass.states.at(-1) === 'failed'));
      expect(mass.counts()).toMatchObject({ succeeded: 2, failed: 2 });
      await environment.sleep('1 day');
      await handle.signal(retryFailedRequested, { runId: 'another' });
      await handle.signal(retryFailedRequested, { runId: mass.id });
      await mass.end(handle, 0);
      await mass.end(handle, 3);
      await handle.result();
      await replayRun(handle, 'massPublish', 'done-after-retry');
    });
    expect(mass.asks).toEqual([0, 1, 2, 3, 0, 3]);
    expect(mass.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test('may be tried again while others are on their way', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 3 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue, 1);
      await mass.end(handle, 0, 'failed');
      await until('the second is asked for', () => Promise.resolve(mass.asks.length === 2));
      await handle.signal(retryFailedRequested, { runId: mass.id });
      await until('the first waits again', () => Promise.resolve(mass.lines[0]?.state === 'waiting'));
      await mass.end(handle, 1);
      await mass.end(handle, 0);
      await mass.end(handle, 2);
      await handle.result();
    });
    expect(mass.asks).toEqual([0, 1, 0, 2]);
    expect(mass.states).toEqual(['running', 'succeeded']);
  });

  test('and whose own publish somebody retried needs no other: the mass publish ends when the last one is out', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 1 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      await mass.end(handle, 0, 'failed');
      await until('it waits for a person', () => Promise.resolve(mass.states.at(-1) === 'failed'));
      await mass.retryByHand(handle, 0);
      await handle.result();
    });
    expect(mass.asks).toEqual([0]);
    expect(mass.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test.each([
    ['nobody decides within seven days', 'failed', (): Promise<void> => environment.sleep('169 hours')],
    ['a person gives it up', 'failed-given-up', undefined],
  ] as const)('is closed when %s', async (_name, ending, decide) => {
    const mass = createMassPublish(randomUUID(), { sites: 1 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      await mass.end(handle, 0, 'failed');
      await until('it waits for a person', () => Promise.resolve(mass.states.at(-1) === 'failed'));
      await (decide === undefined ? handle.signal(gaveUp, { runId: mass.id }) : decide());
      await handle.result();
      await replayRun(handle, 'massPublish', ending);
    });
    expect(mass.states).toEqual(['running', 'failed', 'terminated']);
  });
});

test('sites that cannot be chosen fail the run with the reason, and a retry chooses them', async () => {
  let isOff = true;
  const mass = createMassPublish(randomUUID(), {
    sites: 1,
    during: {
      choose: () => {
        if (isOff) throw ApplicationFailure.nonRetryable('Nothing is published from here.', 'OutwardEffectsOff');
      },
    },
  });
  await runWorkers(environment, mass.activities, async (queue) => {
    const handle = await mass.start(environment, queue);
    await until('it failed', () => Promise.resolve(mass.states.at(-1) === 'failed'));
    expect(mass.reasons.at(-1)).toBe('Nothing is published from here.');
    isOff = false;
    await handle.signal(retryRequested, { runId: mass.id });
    await mass.end(handle, 0);
    await handle.result();
    await replayRun(handle, 'massPublish', 'failed-then-chosen');
  });
  expect(mass.states).toEqual(['running', 'failed', 'running', 'succeeded']);
});

describe('cancel', () => {
  test('asks for no more and ends when what began has ended', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 5 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      await until('the window is full', () => Promise.resolve(mass.asks.length === 2));
      await handle.signal(cancelRequested, { runId: 'another' });
      await handle.signal(cancelRequested, { runId: mass.id });
      await until('the others are stopped', () => Promise.resolve(mass.counts().cancelled === 3));
      expect(mass.states).toEqual(['running']);
      await mass.end(handle, 0);
      await mass.end(handle, 1, 'failed');
      await expect(handle.result()).resolves.toEqual({ runId: mass.id });
      await replayRun(handle, 'massPublish', 'cancelled');
    });
    expect(mass.asks).toEqual([0, 1]);
    expect(mass.counts()).toMatchObject({ succeeded: 1, failed: 1, cancelled: 3 });
    expect(mass.states).toEqual(['running', 'cancelled']);
  });

  test('by Temporal also ends the execution as cancelled', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 3 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue, 1);
      await until('the first is asked for', () => Promise.resolve(mass.asks.length === 1));
      await handle.cancel();
      await until('the others are stopped', () => Promise.resolve(mass.counts().cancelled === 2));
      await mass.end(handle, 0);
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'massPublish', 'cancelled-in-temporal');
    });
    expect(mass.states).toEqual(['running', 'cancelled']);
  });
});

test('one that takes the place of another that waits for a person closes it', async () => {
  const earlier = createMassPublish(randomUUID(), { sites: 1 });
  const ofEarlier = (massRunId: string): boolean => massRunId === earlier.id;
  const mass = createMassPublish(randomUUID(), { sites: 1, superseded: [earlier.id, randomUUID()] });
  const both = Object.fromEntries(Object.entries(mass.activities).map(([name, activity]) => [name, (input: { runId?: string; massRunId?: string }) => ((ofEarlier(input.runId ?? input.massRunId ?? '') ? earlier.activities[name as keyof typeof earlier.activities] : activity) as (given: unknown) => unknown)(input)])) as unknown as typeof mass.activities;
  await runWorkers(environment, both, async (queue) => {
    const first = await earlier.start(environment, queue);
    await earlier.end(first, 0, 'failed');
    await until('it waits for a person', () => Promise.resolve(earlier.states.at(-1) === 'failed'));
    const second = await mass.start(environment, queue);
    await first.result();
    await mass.end(second, 0);
    await second.result();
    await replayRun(second, 'massPublish', 'done-in-place-of-another');
  });
  expect(earlier.states).toEqual(['running', 'failed', 'terminated']);
  expect(mass.states).toEqual(['running', 'succeeded']);
});

describe('the catalogues', () => {
  const receivers = ['http://learn.localhost/hook', 'http://older.localhost/hook'];
  test('are told of all sites at the end, each once, and the run does not wait for it', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 3, version: 'live', receivers });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      for (const index of all(3)) await mass.end(handle, index);
      await handle.result();
      for (const index of [0, 1]) await environment.client.workflow.getHandle(notifyLearnContract.workflowId(`${mass.id}/1`, index)).result();
      await replayRun(handle, 'massPublish', 'done-with-notices');
    });
    expect(mass.tellings.sort()).toEqual(['mass/1 to http://learn.localhost/hook: 3', 'mass/1 to http://older.localhost/hook: 3']);
  });

  test('are told of each hundred, with five minutes between two notices, after the run has ended too', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 103, version: 'live', receivers: receivers.slice(0, 1), addressesAtOnce: 50 });
    // A server of its own: one where anything of another test is left at work skips no time.
    const own = await createTimeSkipping();
    await runWorkers(own, mass.activities, async (queue) => {
      const handle = await mass.start(own, queue, 50);
      for (const index of all(102)) await mass.end(handle, index, 'succeeded', index % 10 === 9 || index === 101);
      await until('the first notice is out', () => Promise.resolve(mass.tellings.length === 1));
      await mass.end(handle, 102);
      await until('the run has ended', () => Promise.resolve(mass.states.at(-1) === 'succeeded'));
      expect(mass.tellings).toHaveLength(1);
      const before = await own.currentTimeMs();
      await handle.result();
      expect((await own.currentTimeMs()) - before).toBeGreaterThan(2 * 4.5 * 60_000);
    }).finally(() => own.teardown());
    expect(mass.tellings).toEqual([50, 50, 3].map((sites, index) => `mass/${index + 1} to http://learn.localhost/hook: ${sites}`));
    // A hundred turns of a workflow.
  }, 180_000);

  test('are told nothing more, and the execution ends, when the rest was taken back by an undo', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 2, version: 'live', receivers: receivers.slice(0, 1), addressesAtOnce: 1 });
    // As above.
    const own = await createTimeSkipping();
    await runWorkers(own, mass.activities, async (queue) => {
      const handle = await mass.start(own, queue);
      for (const index of all(2)) await mass.end(handle, index);
      await until('the first notice is out', () => Promise.resolve(mass.tellings.length === 1));
      for (const line of mass.lines) line.state = 'undone';
      await handle.result();
      await replayRun(handle, 'massPublish', 'done-then-undone');
    }).finally(() => own.teardown());
    expect(mass.tellings).toEqual(['mass/1 to http://learn.localhost/hook: 1']);
  });

  test('are told of the rest by an execution that took over after the end', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 2, version: 'live', receivers: receivers.slice(0, 1), addressesAtOnce: 1 });
    mass.lines.push({ state: 'succeeded', ended: 'succeeded', noticed: false });
    // As above.
    const own = await createTimeSkipping();
    await runWorkers(own, mass.activities, async (queue) => {
      const going = { window: 2, isPaused: false, isCancelled: false, isRetryWanted: false, isGivenUp: false, state: 'succeeded', closesAt: 0, notices: 1, lastNoticeAt: await own.currentTimeMs(), unnoticed: 1 } as const;
      const handle = await mass.start(own, queue, 2, going);
      await handle.result();
      await own.client.workflow.getHandle(notifyLearnContract.workflowId(`${mass.id}/2`, 0)).result();
    }).finally(() => own.teardown());
    expect(mass.tellings).toEqual(['mass/2 to http://learn.localhost/hook: 1']);
  });

  test('are told of nothing that was put out as a draft', async () => {
    const mass = createMassPublish(randomUUID(), { sites: 1 });
    await runWorkers(environment, mass.activities, async (queue) => {
      const handle = await mass.start(environment, queue);
      await mass.end(handle, 0);
      await handle.result();
    });
    expect(mass.notices).toEqual([]);
  });
});
