import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { updateYouTubeContract, youtubeUpdateRequested } from '#temporal/contracts/updateYouTube.ts';
import type { Activities } from '#activities/index.ts';
import type { updateYouTube } from '#workflows/updateYouTube.ts';
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

/** A site's videos with rows in memory; `tell` is what happens while YouTube is told. */
function createUpdates(tell: (runId: string) => Promise<void> | void = () => undefined) {
  const steps: string[] = [];
  let waiting = 0;
  let runs = 0;
  const activities: Pick<Activities, 'openYoutubeUpdate' | 'updateYoutubeVideos' | 'recordEnded' | 'recordFailed'> = {
    openYoutubeUpdate: () => {
      if (waiting === 0) return Promise.resolve({ runId: null });
      steps.push(`run-${(runs += 1)} takes ${waiting}`);
      waiting = 0;
      return Promise.resolve({ runId: `run-${runs}` });
    },
    updateYoutubeVideos: async ({ runId, phase, version }) => {
      steps.push(`${runId} ${phase} ${version}`);
      await tell(runId);
      return { summary: '1 video', counts: { snippets: 1, problems: 1 }, problems: [{ message: 'One was refused.' }] };
    },
    recordEnded: ({ runId, state, warnings }) => Promise.resolve(void steps.push(`${runId} ${state}${(warnings ?? []).map(({ message }) => `: ${message}`).join('')}`)),
    recordFailed: ({ runId, reason }) => Promise.resolve(void steps.push(`${runId} failed: ${reason.code}`)),
  };
  const siteId = randomUUID();
  return {
    activities,
    steps,
    ask(taskQueue: string) {
      waiting += 1;
      return environment.client.workflow.signalWithStart<typeof updateYouTube, [{ requestId: string }]>(updateYouTubeContract.workflowType, { workflowId: updateYouTubeContract.workflowId(siteId, 'live'), taskQueue, workflowIdReusePolicy: updateYouTubeContract.workflowIdReusePolicy, args: [{ siteId, siteName: 'course', version: 'live' }], signal: youtubeUpdateRequested, signalArgs: [{ requestId: 'r' }] });
    },
  };
}

test('publishes that end while YouTube is told share one more pass', async () => {
  const gate = createGate();
  const site = createUpdates((runId) => (runId === 'run-1' ? gate.pass() : undefined));
  await runWorkers(environment, site.activities, async (queue) => {
    const handle = await site.ask(queue);
    await until('YouTube is told', () => Promise.resolve(gate.arrived === 1));
    await site.ask(queue);
    await site.ask(queue);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'updateYouTube', 'done');
  });
  expect(site.steps).toEqual(['run-1 takes 1', 'run-1 videos live', 'run-1 succeeded: One was refused.', 'run-2 takes 2', 'run-2 videos live', 'run-2 succeeded: One was refused.']);
});

test('what failed for good is said, and the next publish begins anew', async () => {
  let isRefused = true;
  const site = createUpdates(() => {
    if (isRefused) throw ApplicationFailure.nonRetryable('Outward effects are off.', 'OutwardEffectsOff');
  });
  await runWorkers(environment, site.activities, async (queue) => {
    const handle = await site.ask(queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'updateYouTube', 'failed');
    isRefused = false;
    await expect((await site.ask(queue)).result()).resolves.toEqual({ passes: 1 });
  });
  expect(site.steps).toEqual(['run-1 takes 1', 'run-1 videos live', 'run-1 failed: OutwardEffectsOff', 'run-2 takes 1', 'run-2 videos live', 'run-2 succeeded: One was refused.']);
});

test.each(['button', 'Temporal'] as const)('the %s stops the run it means', async (by) => {
  const gate = createGate();
  const site = createUpdates(() => gate.pass());
  await runWorkers(environment, site.activities, async (queue) => {
    const handle = await site.ask(queue);
    await until('YouTube is told', () => Promise.resolve(gate.arrived === 1));
    if (by === 'button') {
      await handle.signal(cancelRequested, { runId: 'another' });
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ passes: 1 });
    } else {
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'updateYouTube', 'cancelled');
    }
  });
  expect(site.steps).toEqual(['run-1 takes 1', 'run-1 videos live', 'run-1 cancelled']);
});
