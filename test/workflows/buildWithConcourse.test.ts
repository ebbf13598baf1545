import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builderProgress, buildWithConcourseContract, type BuildWithConcourseInput, type PipelineReport, pipelineStatusReported } from '#temporal/contracts/buildWithConcourse.ts';
import { cancelRequested, retryRequested } from '#temporal/contracts/publishSite.ts';
import type { buildWithConcourse } from '#workflows/buildWithConcourse.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { away, createBuilder } from './support/createBuilder.ts';
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

let started = 0;
const report = (facts: Partial<PipelineReport>): PipelineReport => ({ buildId: 1, status: 'succeeded', isCdnCacheStep: true, ...facts });

function start(queue: string) {
  const input: BuildWithConcourseInput = { runId: `run-${(started += 1)}`, siteId: 'site-1', siteName: 'ocw-1', version: 'live' };
  return environment.client.workflow.start<typeof buildWithConcourse>(buildWithConcourseContract.workflowType, { workflowId: buildWithConcourseContract.workflowId(input.siteName, input.version, input.runId), taskQueue: queue, args: [input] });
}

/** Why an execution failed: the type and the sentence of the innermost failure. */
async function reasonOf(result: Promise<unknown>): Promise<{ type: unknown; message: string }> {
  const error: unknown = await result.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (!(error instanceof WorkflowFailedError) || error.cause === undefined) throw error;
  return { type: (error.cause as { type?: unknown }).type, message: error.cause.message };
}

describe('a build by Concourse', () => {
  test('is defined, checked and started in this order, and ends when it reports that its caches are emptied', async () => {
    // It never looks done by itself: only the report can end it.
    const builder = createBuilder({ statuses: ['started'] });
    await runWorkers(environment, builder.activities, async (queue) => {
      const handle = await start(queue);
      await until('it is looked at', () => Promise.resolve(builder.log.includes('look')));
      await handle.signal(pipelineStatusReported, report({ status: 'started', isCdnCacheStep: false }));
      await handle.signal(pipelineStatusReported, report({ isCdnCacheStep: false }));
      await handle.signal(pipelineStatusReported, report({ buildId: 99, status: 'errored' }));
      await expect(handle.query(builderProgress)).resolves.toMatchObject({ builds: [{ theme: '', buildId: 1 }] });
      await handle.signal(pipelineStatusReported, report({}));
      await expect(handle.result()).resolves.toEqual({ buildId: 1, summary: 'Built and uploaded by Concourse, build 1' });
      await replayRun(handle, 'buildWithConcourse', 'done');
    });
    expect(builder.log.slice(0, 3)).toEqual(['define', 'check', 'trigger']);
    expect(builder.phases.map((phase) => phase.state)).toEqual(['running', 'running', 'done']);
  });

  test('whose reports are lost is found done by looking at it', async () => {
    const builder = createBuilder({ statuses: ['pending', 'started', 'succeeded'] });
    await runWorkers(environment, builder.activities, async (queue) => {
      const handle = await start(queue);
      await expect(handle.result()).resolves.toMatchObject({ buildId: 1 });
      await replayRun(handle, 'buildWithConcourse', 'done-unreported');
    });
    expect(builder.log.filter((line) => line === 'look')).toHaveLength(3);
  });

  test('goes on while Concourse does not answer', async () => {
    let tries = 0;
    const builder = createBuilder({
      during: {
        look: () => {
          tries += 1;
          if (tries < 3) throw away();
        },
      },
    });
    await runWorkers(environment, builder.activities, async (queue) => {
      await expect((await start(queue)).result()).resolves.toMatchObject({ buildId: 1 });
    });
    expect(tries).toBe(3);
  });

  test('is made for each theme, and waits for all of them', async () => {
    const builder = createBuilder({ themes: ['', 'ocw-course-v3'], statuses: ['succeeded', 'started', 'succeeded'] });
    await runWorkers(environment, builder.activities, async (queue) => {
      await expect((await start(queue)).result()).resolves.toEqual({ buildId: 1, summary: 'Built and uploaded by Concourse, build 1, 2' });
    });
    expect(builder.log.filter((line) => line !== 'look')).toEqual(['define', 'check', 'trigger', 'check ocw-course-v3', 'trigger ocw-course-v3']);
  });

  test.each<[string, readonly (string | null)[], string]>([
    ['failed', ['failed'], 'failed'],
    ['errored', ['errored'], 'failed'],
    ['was stopped', ['aborted'], 'was stopped in Concourse'],
    ['is not known any more', ['started', null], 'is not known there any more'],
  ])('that %s is final', async (_what, statuses, says) => {
    const builder = createBuilder({ statuses });
    await runWorkers(environment, builder.activities, async (queue) => {
      const handle = await start(queue);
      const reason = await reasonOf(handle.result());
      expect(reason).toMatchObject({ type: 'BuilderFailed' });
      expect(reason.message).toContain(says);
      if (statuses[0] === 'failed') await replayRun(handle, 'buildWithConcourse', 'failed');
    });
    expect(builder.phases.at(-1)).toMatchObject({ state: 'failed', error: { code: 'BuilderFailed' } });
  });

  test('that reports a failure is final at once', async () => {
    const builder = createBuilder({ statuses: ['started'] });
    await runWorkers(environment, builder.activities, async (queue) => {
      const handle = await start(queue);
      await handle.signal(pipelineStatusReported, report({ status: 'errored', isCdnCacheStep: false }));
      expect(await reasonOf(handle.result())).toMatchObject({ type: 'BuilderFailed' });
    });
  });

  test('that never ends is stopped after six hours', async () => {
    const builder = createBuilder({ statuses: ['started'] });
    await runWorkers(environment, builder.activities, async (queue) => {
      expect(await reasonOf((await start(queue)).result())).toMatchObject({ type: 'BuilderTimedOut' });
    });
    expect(builder.aborted).toHaveLength(1);
  });

  test('that is cancelled while it starts stops what was started', async () => {
    const gate = createGate();
    const builder = createBuilder({ during: { trigger: () => gate.pass() } });
    await runWorkers(environment, builder.activities, async (queue) => {
      const handle = await start(queue);
      await until('the build is asked for', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      await replayRun(handle, 'buildWithConcourse', 'cancelled');
    });
    expect(builder.log.slice(-2)).toEqual(['trigger', 'abort']);
  });
});

describe('a publish that Concourse builds', () => {
  const publishingWith = (builder: ReturnType<typeof createBuilder>) => {
    const publishing = createPublishing();
    const freeze = publishing.activities.freezeRevision;
    const record = publishing.activities.recordPublished;
    const activities = {
      ...publishing.activities,
      ...builder.activities,
      freezeRevision: async (input: Parameters<typeof freeze>[0]) => ({ ...(await freeze(input)), builder: 'concourse' as const }),
      recordBuiltElsewhere: async (input: Parameters<typeof builder.activities.recordBuiltElsewhere>[0]) => {
        await record({ ...input, planKey: '' });
        return builder.activities.recordBuiltElsewhere(input);
      },
    };
    return { publishing, activities };
  };

  test('neither builds, compares nor deploys by itself', async () => {
    const builder = createBuilder();
    const { publishing, activities } = publishingWith(builder);
    await runWorkers(environment, activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'done-elsewhere');
    });
    expect(publishing.phases()).toEqual(['freeze', 'commit', 'record']);
    expect(publishing.runs).toMatchObject([{ states: ['running', 'succeeded'] }]);
    expect(builder.log).toEqual(['define', 'check', 'trigger', 'look', 'record']);
  });

  test('that failed there waits for a person, whose retry starts another build', async () => {
    const builder = createBuilder({ statuses: ['failed', 'succeeded'] });
    const { publishing, activities } = publishingWith(builder);
    await runWorkers(environment, activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('it failed', () => Promise.resolve(publishing.runs[0]?.states.at(-1) === 'failed'));
      expect(publishing.runs[0]?.reason).toMatchObject({ code: 'BuilderFailed' });
      await handle.signal(retryRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', 'failed-elsewhere');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'failed', 'running', 'succeeded'] }]);
    expect(builder.log.filter((line) => line === 'trigger')).toHaveLength(2);
  });

  test('that a person stops stops the build, and says what stays', async () => {
    // Held at a look: else the server skips the six hours a build may last.
    const gate = createGate();
    const builder = createBuilder({ statuses: ['started'], during: { look: () => gate.pass() } });
    const { publishing, activities } = publishingWith(builder);
    await runWorkers(environment, activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the build is looked at', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'publishSite', 'cancelled-elsewhere');
    });
    expect(publishing.runs).toMatchObject([{ states: ['running', 'cancelled'], reason: { code: 'Cancelled' } }]);
    expect(publishing.runs[0]?.reason?.message).toContain('What Concourse had uploaded by then stays');
    expect(builder.aborted).toHaveLength(1);
  });
});
