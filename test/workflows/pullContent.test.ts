import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pullContentProcess } from '#domain/processes.ts';
import { pullRequested } from '#temporal/contracts/pullContent.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createPulls, type PullActivities, type PullHandle } from './support/createPulls.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const everyPhase = pullContentProcess.phases.map(({ id }) => id);
const passOf = (run: number, phases: readonly string[] = everyPhase): string[] => phases.map((phase) => `${phase} run-${run}`);

test('a pull fetches, compares, takes and notes', async () => {
  const pulls = createPulls();
  await runWorkers(environment, pulls.activities, async (queue) => {
    const handle = await pulls.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'pullContent', 'done');
  });
  expect(pulls.log).toEqual(['open run-1 for request-1 of site-1', ...passOf(1)]);
  expect(pulls.ended).toEqual([]);
});

test('a dry run takes nothing', async () => {
  const pulls = createPulls();
  await runWorkers(environment, pulls.activities, async (queue) => {
    const handle = await pulls.ask(environment, queue, true);
    await handle.result();
    await replayRun(handle, 'pullContent', 'done-dry-run');
  });
  expect(pulls.log.slice(1)).toEqual(passOf(1, ['fetch', 'compare', 'record']));
});

test('requests for one site are done one after the other, each with its own run', async () => {
  const gate = createGate();
  const pulls = createPulls({ apply: () => gate.pass() });
  await runWorkers(environment, pulls.activities, async (queue) => {
    const handle = await pulls.ask(environment, queue);
    await until('the first pull takes', () => Promise.resolve(gate.arrived === 1));
    await pulls.ask(environment, queue, true);
    await pulls.ask(environment, queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 3 });
    await replayRun(handle, 'pullContent', 'done-in-turn');
  });
  expect(pulls.log).toEqual(['open run-1 for request-1 of site-1', ...passOf(1), 'open run-2 for request-2 of site-1', ...passOf(2, ['fetch', 'compare', 'record']), 'open run-3 for request-3 of site-1', ...passOf(3)]);
});

test('a request that comes while the last look for work is made is not lost', async () => {
  const pulls = createPulls();
  const { openPull } = pulls.activities;
  let handle: PullHandle | undefined;
  let isLate = false;
  const activities: PullActivities = {
    ...pulls.activities,
    openPull: async (input) => {
      const answer = await openPull(input);
      if (answer.runId === null && !isLate) {
        isLate = true;
        pulls.waiting.push({ id: 'request-late', dryRun: false });
        await handle?.signal(pullRequested, { requestId: 'request-late' });
      }
      return answer;
    },
  };
  await runWorkers(environment, activities, async (queue) => {
    handle = await pulls.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'pullContent');
  });
});

describe('a step that failed for good', () => {
  test.each(everyPhase)('in %s says why, and the next request is done', async (phase) => {
    const pulls = createPulls({
      [phase]: (runId: string) => {
        if (runId === 'run-1') throw ApplicationFailure.nonRetryable('There is no such branch.', 'BranchMissing');
      },
    });
    await runWorkers(environment, pulls.activities, async (queue) => {
      const handle = await pulls.ask(environment, queue);
      pulls.waiting.push({ id: 'request-2', dryRun: false });
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'pullContent', phase === 'fetch' ? 'failed' : phase === 'apply' ? 'failed-in-apply' : undefined);
    });
    expect(pulls.log).toEqual(['open run-1 for request-1 of site-1', ...passOf(1, everyPhase.slice(0, everyPhase.indexOf(phase) + 1)), 'failed run-1', 'open run-2 for request-2 of site-1', ...passOf(2)]);
    expect(pulls.ended).toEqual([{ runId: 'run-1', state: 'failed', code: 'BranchMissing', message: 'There is no such branch.' }]);
  });

  test('for a while is tried again', async () => {
    let broken = 3;
    const pulls = createPulls({
      fetch: () => {
        if (broken-- > 0) throw ApplicationFailure.create({ type: 'GitUnavailable', message: 'The git host does not answer.', nextRetryDelay: '1 minute' });
      },
    });
    await runWorkers(environment, pulls.activities, async (queue) => {
      const handle = await pulls.ask(environment, queue);
      await handle.result();
      await replayRun(handle, 'pullContent');
    });
    expect(pulls.log.filter((line) => line === 'fetch run-1')).toHaveLength(4);
    expect(pulls.log.at(-1)).toBe('record run-1');
  });
});

describe('cancel', () => {
  test.each(everyPhase)('during %s ends the run when the step is over, and what waits stays waiting', async (phase) => {
    const gate = createGate();
    const pulls = createPulls({ [phase]: () => gate.pass() });
    await runWorkers(environment, pulls.activities, async (queue) => {
      const handle = await pulls.ask(environment, queue);
      await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
      await pulls.ask(environment, queue);
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'pullContent', phase === 'apply' ? 'cancelled' : undefined);
    });
    expect(pulls.log.slice(1)).toEqual([...passOf(1, everyPhase.slice(0, everyPhase.indexOf(phase) + 1)), 'cancelled run-1']);
    expect(pulls.ended).toMatchObject([{ state: 'cancelled', code: 'Cancelled', message: 'A person stopped this pull. What was taken stays taken; pull again for the rest.' }]);
    expect(pulls.waiting).toHaveLength(1);
  });
});
