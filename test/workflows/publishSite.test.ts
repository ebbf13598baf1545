import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishSiteProcess } from '#domain/processes.ts';
import { publishVersions } from '#domain/runs.ts';
import { progress, publishRequested } from '#temporal/contracts/publishSite.ts';
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

/** Phases that are steps with an activity of their own; ‘prepublish’ runs children. */
const everyPhase = publishSiteProcess.phases.map(({ id }) => id).filter((id) => id !== 'prepublish');

describe('a pass', () => {
  test.each(publishVersions)('publishes the %s site in one pass, each step on the answer of the one before', async (version) => {
    const publishing = createPublishing();
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, version);
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite', version === 'live' ? 'done' : 'done-draft');
    });
    expect(publishing.phases()).toEqual(everyPhase);
    expect(publishing.runs).toMatchObject([{ version, pass: 1, states: ['running', 'succeeded'], reason: null, requests: ['request-1'] }]);
    const at = { runId: 'run-1', siteId: 'site-1', version };
    expect(publishing.calls.map((call) => call.input)).toEqual([
      { ...at, phase: 'freeze' },
      { ...at, phase: 'commit', siteName: 'ocw-1', snapshotKey: 'snapshots/run-1', revision: 7 },
      { ...at, phase: 'build', commit: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00' },
      { ...at, phase: 'plan', buildKey: 'builds/run-1' },
      { ...at, phase: 'deploy', planKey: 'plans/run-1', commit: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00', revision: 7 },
      { ...at, phase: 'purge' },
      { ...at, phase: 'verify' },
      { ...at, phase: 'record', planKey: 'plans/run-1', commit: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00', revision: 7 },
    ]);
  });

  test('progress is told before the first step is done, between steps and after the last', async () => {
    const gates = Object.fromEntries(everyPhase.map((phase) => [phase, createGate()]));
    const publishing = createPublishing(Object.fromEntries(everyPhase.map((phase) => [phase, () => gates[phase]?.pass()])));
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      const summaries = { freeze: 'Revision 7', prepublish: 'Prepared', commit: '3 files in 1 commit', build: '12 pages', plan: '5 of 12 files differ', deploy: '5 of 12 files changed', purge: 'Purged live', verify: '2 addresses checked', record: 'Recorded' };
      const done = publishSiteProcess.phases.map(({ id }) => ({ phase: id, summary: summaries[id] }));
      for (const phase of everyPhase) {
        await until(`the step ${phase} begins`, () => Promise.resolve(gates[phase]?.arrived === 1));
        const before = done.slice(0, done.findIndex((entry) => entry.phase === phase));
        await expect(handle.query(progress)).resolves.toEqual({ pass: 1, runId: 'run-1', state: 'running', phase, done: before, requestsWaiting: false });
        gates[phase]?.open();
      }
      await handle.result();
      await expect(handle.query(progress)).resolves.toEqual({ pass: 1, runId: null, state: 'succeeded', phase: 'record', done, requestsWaiting: false });
      await replayRun(handle, 'publishSite');
    });
  });
});

describe('requests that arrive while it runs', () => {
  test('twenty during one build cause exactly one more pass', async () => {
    const gate = createGate();
    const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the build begins', () => Promise.resolve(gate.arrived === 1));
      for (let count = 0; count < 20; count += 1) await publishing.ask(environment, queue, 'live');
      await expect(handle.query(progress)).resolves.toMatchObject({ requestsWaiting: true });
      gate.open();
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'publishSite', 'done-coalesced');
    });
    expect(publishing.phases()).toEqual([...everyPhase, ...everyPhase]);
    expect(publishing.runs.map((run) => run.requests.length)).toEqual([1, 20]);
    expect(publishing.requests.every((request) => request.runId !== null)).toBe(true);
  });

  test('one whose row was taken before its signal came causes no pass', async () => {
    const gate = createGate();
    const publishing = createPublishing({ freeze: () => gate.pass() });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const handle = await publishing.ask(environment, queue, 'live');
      await until('the pass begins', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(publishRequested, { requestId: 'request-1' });
      gate.open();
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
      await replayRun(handle, 'publishSite');
    });
  });

  test('one that arrives while the last look for work is made is not lost', async () => {
    const publishing = createPublishing();
    const { openPass } = publishing.activities;
    let handle: Awaited<ReturnType<typeof publishing.ask>> | undefined;
    const activities: typeof publishing.activities = {
      ...publishing.activities,
      openPass: async (input) => {
        const answer = await openPass(input);
        // The look found nothing; now, before the answer is known, somebody asks.
        if (answer.runId === null && publishing.requests.length === 1) {
          const requestId = publishing.request('live');
          await handle?.signal(publishRequested, { requestId });
          // The server itself guards an end that comes before the signal was seen; here it was.
          await until('the workflow knows of it', async () => (await handle?.query(progress))?.requestsWaiting);
        }
        return answer;
      },
    };
    await runWorkers(environment, activities, async (queue) => {
      handle = await publishing.ask(environment, queue, 'live');
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
      await replayRun(handle, 'publishSite');
    });
    expect(publishing.runs.map((run) => run.requests)).toEqual([['request-1'], ['request-2']]);
  });

  test('draft and live of one site are two executions that do not wait for each other', async () => {
    const gate = createGate();
    const publishing = createPublishing({ build: ({ input }) => (input['version'] === 'live' ? gate.pass() : undefined) });
    await runWorkers(environment, publishing.activities, async (queue) => {
      const live = await publishing.ask(environment, queue, 'live');
      await until('the live build begins', () => Promise.resolve(gate.arrived === 1));
      const draft = await publishing.ask(environment, queue, 'draft');
      // Not by result(): two of them at a time would let the server's clock run while a step is at work.
      await until('the draft publish ends', async () => (await draft.describe()).status.name === 'COMPLETED');
      expect(publishing.runs.find((run) => run.version === 'draft')).toMatchObject({ states: ['running', 'succeeded'] });
      await expect(live.query(progress)).resolves.toMatchObject({ phase: 'build', state: 'running', requestsWaiting: false });
      gate.open();
      await expect(live.result()).resolves.toEqual({ passes: 1 });
      await expect(draft.result()).resolves.toEqual({ passes: 1 });
      await replayRun(live, 'publishSite');
      await replayRun(draft, 'publishSite');
    });
  });
});
