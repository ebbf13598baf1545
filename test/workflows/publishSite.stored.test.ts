import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gaveUp, retryRequested } from '#temporal/contracts/publishSite.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createPublishing } from './support/createPublishing.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const shown = ['freeze', 'plan', 'deploy', 'purge', 'verify', 'record'];

describe('a pass that shows a stored run', () => {
  test.each([['rollback', 'done-rolled-back'] as const, ['reviewed', 'done-reviewed'] as const])('(%s) commits nothing and builds nothing', async (kind, ending) => {
    const publishing = createPublishing();
    const from = { kind, runId: 'run-0' };
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live', { from });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', ending);
    });
    expect(publishing.phases()).toEqual(shown);
    const at = { runId: 'run-1', siteId: 'site-1', version: 'live' };
    const stored = { commit: 'beefbeefbeefbeefbeefbeefbeefbeefbeefbeef', revision: 5 };
    expect(publishing.calls.filter(({ phase }) => phase !== 'purge' && phase !== 'verify').map(({ input }) => input)).toEqual([
      { ...at, phase: 'freeze', from },
      { ...at, phase: 'plan', buildKey: 'builds/run-0', from },
      { ...at, phase: 'deploy', planKey: 'plans/run-1', ...stored },
      { ...at, phase: 'record', planKey: 'plans/run-1', ...stored },
    ]);
    expect(publishing.prepared).toEqual([]);
  });

  test('goes in its turn: what asks for the same shares a pass, the rest waits', async () => {
    const gate = createGate();
    const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the build begins', () => Promise.resolve(gate.arrived === 1));
      const back = { from: { kind: 'rollback', runId: 'run-0' } } as const;
      await publishing.ask(environment, queue, 'live', back);
      await publishing.ask(environment, queue, 'live');
      await publishing.ask(environment, queue, 'live', back);
      gate.open();
      await expect(handle.result()).resolves.toEqual({ passes: 3 });
      await replayRun(handle, 'publishSite');
    });
    expect(publishing.runs.map(({ requests }) => requests)).toEqual([['request-1'], ['request-2', 'request-4'], ['request-3']]);
    expect(publishing.phases('run-2')).toEqual(shown);
  });

  test('ends as superseded when something newer is out than what was reviewed', async () => {
    const outdated = 'Revision 5 was reviewed, and revision 6 was published since.';
    const publishing = createPublishing({}, { outdated });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live', { from: { kind: 'reviewed', runId: 'run-0' } });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'failed-outdated');
    });
    expect(publishing.phases()).toEqual(['freeze']);
    expect(publishing.runs).toMatchObject([{ states: ['running', 'superseded'], reason: { code: 'Superseded', message: outdated } }]);
  });
});

describe('after the deploy', () => {
  test.each(['purge', 'verify'] as const)('a failed %s is said at once, and a retry goes on there: nothing is written twice', async (phase) => {
    let isBroken = true;
    const publishing = createPublishing({
      [phase]: () => {
        if (isBroken) throw ApplicationFailure.nonRetryable('The CDN refused.', 'FastlyRefused');
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the run fails', () => Promise.resolve(publishing.runs[0]?.states.at(-1) === 'failed'));
      expect(publishing.runs[0]?.reason?.message).toBe(phase === 'purge' ? 'Deployed, but the CDN was not purged, so readers may get old pages: The CDN refused.' : 'The CDN refused.');
      isBroken = false;
      await handle.signal(retryRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', `done-retried-${phase}`);
    });
    expect(publishing.phases().filter((each) => each === 'deploy' || each === phase)).toEqual(['deploy', phase, phase]);
    expect(publishing.runs[0]?.states).toEqual(['running', 'failed', 'running', 'succeeded']);
  });

  test('a purge that is given up tells no catalogue', async () => {
    const publishing = createPublishing(
      {
        purge: () => {
          throw ApplicationFailure.nonRetryable('The CDN refused.', 'FastlyRefused');
        },
      },
      { notice: { prefix: 'courses/a', receivers: ['https://learn.localhost/'] } },
    );
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the run fails', () => Promise.resolve(publishing.runs[0]?.states.at(-1) === 'failed'));
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'publishSite', 'failed-in-purge');
    });
    expect(publishing.told).toEqual([]);
  });

  test('each catalogue is told once by a child of its own, which the publish does not wait for', async () => {
    const gate = createGate();
    const receivers = ['https://learn.localhost/', 'https://older.localhost/'];
    const publishing = createPublishing({}, { notice: { prefix: 'courses/a', receivers }, telling: (receiver) => (receiver === receivers[0] ? gate.pass() : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the publish has ended', async () => (await handle.describe()).status.name === 'COMPLETED');
      await until('the slow catalogue is asked', () => Promise.resolve(gate.arrived === 1));
      gate.open();
      for (const index of receivers.keys()) await environment.client.workflow.getHandle(`notify-learn/run-1/${index}`).result();
      await replayRun(handle, 'publishSite', 'done-noticed');
    });
    expect(publishing.told.map(({ receiver }) => receiver).sort()).toEqual(receivers);
    expect(publishing.told[0]).toMatchObject({ eventId: 'run-1', event: { kind: 'published', prefixes: ['courses/a'] } });
    expect(publishing.untold).toEqual([]);
  });
});

describe('a publish that a mass publish asked for', () => {
  /** What the workflow of a mass publish was told, as far as it is there. */
  async function toldOf(workflowId: string): Promise<unknown[]> {
    const { events } = await environment.client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap((event) => {
      const data = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
      return data == null ? [] : [JSON.parse(Buffer.from(data).toString('utf8')) as unknown];
    });
  }

  test('tells it of its first failure and of its end', async () => {
    let broken = 2;
    const publishing = createPublishing({
      build: () => {
        if (broken-- > 0) throw ApplicationFailure.nonRetryable('Hugo could not build the site.', 'HugoFailed');
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      // Nobody works on its queue: it only takes what it is told.
      await environment.client.workflow.start('massPublish', { workflowId: 'mass-publish/mass-1', taskQueue: `${queue}-of-nobody` });
      const handle = await publishing.ask(environment, queue, 'live', { massRunId: 'mass-1' });
      for (const tries of [1, 2]) {
        await until('the build failed', () => Promise.resolve(publishing.runs[0]?.states.filter((state) => state === 'failed').length === tries));
        await handle.signal(retryRequested, { runId: 'run-1' });
      }
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-for-mass');
      const pass = { requestId: 'request-1', runId: 'run-1', siteId: 'site-1' };
      expect(await toldOf('mass-publish/mass-1')).toEqual([{ ...pass, state: 'failed' }, { ...pass, state: 'succeeded' }]);
    });
  });

  test('ends as well when that is gone', async () => {
    const publishing = createPublishing();
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live', { massRunId: 'mass-gone' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-for-mass-gone');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
    // Thousands of downloads would keep the builders busy for a day.
    expect(publishing.offline).toEqual([]);
  });

  test('has its offline form built where a person asked for the same pass', async () => {
    const publishing = createPublishing();
    publishing.request('live', { massRunId: 'mass-gone' });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-for-mass-and-people');
    });
    expect(publishing.runs).toMatchObject([{ requests: ['request-1', 'request-2'], states: ['running', 'succeeded'] }]);
    expect(publishing.offline).toEqual(['run-1']);
  });
});

describe('YouTube', () => {
  test('is told of a publish that is out, and a publish is one without it', async () => {
    const publishing = createPublishing({}, {
      youtube: () => {
        throw ApplicationFailure.nonRetryable('The workflow cannot be reached.', 'EngineUnavailable');
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-told-youtube');
    });
    expect(publishing.youtube).toEqual(['run-1']);
    expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
  });

  test('is told nothing of a publish that failed', async () => {
    const publishing = createPublishing({
      build: () => {
        throw ApplicationFailure.nonRetryable('Hugo could not build the site.', 'HugoFailed');
      },
    });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('it failed', () => Promise.resolve(publishing.runs[0]?.states.includes('failed')));
      await handle.signal(gaveUp, { runId: 'run-1' });
      await handle.result();
    });
    expect(publishing.youtube).toEqual([]);
  });
});
