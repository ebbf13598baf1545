import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startersSyncRequested } from '#temporal/contracts/syncStarters.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createReading, type StarterActivities, type StartersHandle } from './support/createReading.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('one ask is one pass, whose result names what was taken and what was refused', async () => {
  const reading = createReading();
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncStarters', 'done');
  });
  expect(reading.opened).toMatchObject([1, 2].map((pass) => ({ process: 'sync-starters', requestId: null, siteId: null, workflowId: 'sync-starters', pass })));
  expect(reading.runs).toEqual([{ id: 'run-1', requests: ['request-1'], states: ['running', 'succeeded'], reason: null, result: { taken: ['ocw-course-v2'], refused: ['ocw-www'], removed: ['ocw-course-v1'], hook: 'off' } }]);
});

test('a pass keeps the webhook when the starters are read, and says what became of it', async () => {
  const log: string[] = [];
  const reading = createReading((runId) => void log.push(`read ${runId}`));
  const activities: StarterActivities = {
    ...reading.activities,
    ensureStartersHook: ({ runId }) => {
      log.push(`hook ${runId}`);
      return Promise.resolve({ state: 'created', summary: 'The webhook that tells of pushes was made.' });
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await handle.result();
    await replayRun(handle, 'syncStarters', 'done-with-hook');
  });
  expect(log).toEqual(['read run-1', 'hook run-1']);
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'], result: { hook: 'created' } }]);
  expect(reading.runs[0]?.warnings).toBeUndefined();
});

test.each([
  ['refused', () => ApplicationFailure.nonRetryable('The token may not administer the webhooks.', 'GitHubRefused'), 'The token may not administer the webhooks.'],
  ['away for good', () => ApplicationFailure.create({ type: 'GitHubUnavailable', message: 'GitHub does not answer.', nextRetryDelay: '1 minute' }), 'GitHub does not answer.'],
])('a webhook that is %s is a warning, and the starters are read all the same', async (_, failure, message) => {
  const reading = createReading();
  const activities: StarterActivities = { ...reading.activities, ensureStartersHook: () => Promise.reject(failure()) };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'], result: { taken: ['ocw-course-v2'], hook: 'failed' }, warnings: [{ message: `The webhook that tells of pushes is not kept. ${message}` }] }]);
});

test('asks that come during a pass share one more', async () => {
  const gate = createGate();
  const reading = createReading((runId) => (runId === 'run-1' ? gate.pass() : undefined));
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await until('the pass begins', () => Promise.resolve(gate.arrived === 1));
    for (let count = 0; count < 5; count += 1) await reading.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncStarters', 'done-coalesced');
  });
  expect(reading.runs.map((run) => run.requests.length)).toEqual([1, 5]);
});

test('the newest push is what counts in the end, whenever its webhook comes', async () => {
  let head = 1;
  let inUse = 0;
  const gate = createGate();
  // A read takes the head as it is when it fetches; what is pushed later in the pass it does not see.
  const reading = createReading(async (runId) => {
    const fetched = head;
    if (runId === 'run-1') await gate.pass();
    inUse = fetched;
  });
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await until('the first push is fetched', () => Promise.resolve(gate.arrived === 1));
    // Two pushes in quick succession, the older one's webhook last.
    head = 3;
    await Promise.all([reading.ask(environment, queue), reading.ask(environment, queue)]);
    gate.open();
    await handle.result();
    await replayRun(handle, 'syncStarters');
    expect(inUse).toBe(3);
    head = 4;
    await (await reading.ask(environment, queue)).result();
    expect(inUse).toBe(4);
  });
  expect(reading.runs.map((run) => run.requests.length)).toEqual([1, 2, 1]);
});

test('a run that began before removed starters were told ends as it would have', async () => {
  const reading = createReading();
  const { readStarters } = reading.activities;
  const activities: StarterActivities = {
    ...reading.activities,
    readStarters: async (input) => {
      const { removed: _notYet, ...told } = await readStarters(input);
      return told;
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await handle.result();
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'], result: { removed: [] } }]);
});

test('an ask that comes while the last look for work is made is not lost', async () => {
  const reading = createReading();
  const { openRequestRun } = reading.activities;
  let handle: StartersHandle | undefined;
  let isLate = false;
  const activities: StarterActivities = {
    ...reading.activities,
    openRequestRun: async (input) => {
      const answer = await openRequestRun(input);
      if (answer.runId === null && !isLate) {
        isLate = true;
        reading.waiting.push('request-late');
        await handle?.signal(startersSyncRequested, { requestId: 'request-late' });
      }
      return answer;
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    handle = await reading.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs.map((run) => run.requests)).toEqual([['request-1'], ['request-late']]);
});

test('a pass that fails for good says why and ends; the next ask is a new one', async () => {
  let isBroken = true;
  const reading = createReading(() => {
    if (isBroken) throw ApplicationFailure.nonRetryable('The projects repository has no branch ‘main’.', 'BranchMissing');
  });
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncStarters', 'failed');
    expect(reading.runs).toMatchObject([{ states: ['running', 'failed'], reason: { code: 'BranchMissing', message: 'The projects repository has no branch ‘main’.' } }]);
    isBroken = false;
    reading.runs.length = 0;
    await expect((await reading.ask(environment, queue)).result()).resolves.toEqual({ passes: 1 });
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
});

test('a repository that is away for a while is waited for', async () => {
  let broken = 3;
  const reading = createReading(() => {
    if (broken-- > 0) throw ApplicationFailure.create({ type: 'GitUnavailable', message: 'The git host does not answer.', nextRetryDelay: '1 minute' });
  });
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await handle.result();
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
});

test('cancel ends the run and the execution', async () => {
  const gate = createGate();
  const reading = createReading(() => gate.pass());
  await runWorkers(environment, reading.activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await until('the pass begins', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncStarters', 'cancelled');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'cancelled'], reason: { code: 'Cancelled' } }]);
});

test('cancel while the webhook is looked after ends the run as cancelled', async () => {
  const gate = createGate();
  const reading = createReading();
  const { ensureStartersHook } = reading.activities;
  const activities: StarterActivities = {
    ...reading.activities,
    ensureStartersHook: async (input) => {
      await gate.pass();
      return ensureStartersHook(input);
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    const handle = await reading.ask(environment, queue);
    await until('the webhook is looked after', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncStarters');
  });
  expect(reading.runs).toMatchObject([{ states: ['running', 'cancelled'] }]);
});
