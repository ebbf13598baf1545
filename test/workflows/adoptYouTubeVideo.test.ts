import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import type { adoptYouTubeVideo } from '#workflows/adoptYouTubeVideo.ts';
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

type Step = 'read' | 'supplied' | 'adopt' | 'store' | 'measure';
type AdoptionActivities = Pick<Activities, 'openAdoption' | 'readNamedVideo' | 'takeSuppliedCaptions' | 'adoptCaptions' | 'storeCaptions' | 'measureArchive' | 'tellDriveContent' | 'endAdoption'>;

const failing = (type: string, message = 'No.'): never => {
  throw ApplicationFailure.nonRetryable(message, type);
};

/** One video over rows in memory; `inside` is what happens in its steps. */
function adopting(given: { readonly isSupplied?: boolean; readonly hasCaptions?: boolean; readonly inside?: Partial<Record<Step, () => Promise<void> | void>> } = {}) {
  const { isSupplied = false, hasCaptions = true, inside = {} } = given;
  const steps: string[] = [];
  const at = async (step: Step): Promise<void> => {
    steps.push(step);
    await inside[step]?.();
  };
  const activities: AdoptionActivities = {
    openAdoption: ({ requestId }) => Promise.resolve((steps.push(`open ${requestId}`), { runId: 'run-1' })),
    readNamedVideo: async () => {
      await at('read');
      return { summary: '‘Lecture’', counts: { changed: 1 }, problems: [{ message: 'Not to be embedded.' }] };
    },
    takeSuppliedCaptions: async () => {
      await at('supplied');
      return { isSupplied, tracks: 0 };
    },
    adoptCaptions: async (input) => {
      await at('adopt');
      return { summary: '', counts: {}, orderId: hasCaptions && !input.isSupplied ? 'order-1' : null };
    },
    storeCaptions: async () => {
      await at('store');
      return { stored: 2, changed: 0, counts: {}, summary: '' };
    },
    measureArchive: async () => {
      await at('measure');
      return { summary: '', counts: {}, problems: [] };
    },
    tellDriveContent: () => Promise.resolve(void steps.push('tell')),
    endAdoption: ({ state, reason, warnings }) => Promise.resolve(void steps.push([state, ...(reason === null ? [] : [reason.code]), ...warnings.map(({ message }) => message)].join(': '))),
  };
  const start = (taskQueue: string) => {
    const videoId = randomUUID();
    return environment.client.workflow.start<typeof adoptYouTubeVideo>(adoptYouTubeVideoContract.workflowType, { workflowId: adoptYouTubeVideoContract.workflowId(videoId), taskQueue, args: [{ siteId: 'site-1', videoId, requestId: 'request-1' }] });
  };
  return { activities, steps, start };
}

test('looks, brings captions that are there, measures, and has the site committed', async () => {
  const { activities, steps, start } = adopting();
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    await replayRun(handle, 'adoptYouTubeVideo', 'done');
  });
  expect(steps).toEqual(['open request-1', 'read', 'supplied', 'adopt', 'store', 'measure', 'tell', 'succeeded: Not to be embedded.']);
});

test.each([{ isSupplied: true }, { hasCaptions: false }])('stores nothing where there is nothing to store: %j', async (given) => {
  const { activities, steps, start } = adopting(given);
  await runWorkers(environment, activities, async (queue) => {
    await expect((await start(queue)).result()).resolves.toEqual({ outcome: 'done' });
  });
  expect(steps).toEqual(['open request-1', 'read', 'supplied', 'adopt', 'measure', 'tell', 'succeeded: Not to be embedded.']);
});

test('a video that readers could not watch ends it with the reason', async () => {
  const { activities, steps, start } = adopting({ inside: { read: () => failing('VideoNotShown') } });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    await replayRun(handle, 'adoptYouTubeVideo', 'failed');
  });
  expect(steps).toEqual(['open request-1', 'read', 'failed: VideoNotShown']);
});

test('what fails beside the video is a warning, and the rest goes on', async () => {
  const { activities, steps, start } = adopting({ inside: { store: () => failing('ThreePlayRefused', 'No captions.'), measure: () => failing('ArchiveUnavailable', 'No size.') } });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
    await replayRun(handle, 'adoptYouTubeVideo', 'done-with-warnings');
  });
  expect(steps).toEqual(['open request-1', 'read', 'supplied', 'adopt', 'store', 'measure', 'tell', 'succeeded: Not to be embedded.: No captions.: No size.']);
});

test.each(['read', 'measure'] as const)('a resource that names another video at ‘%s’ leaves nothing to do', async (step) => {
  const { activities, steps, start } = adopting({ inside: { [step]: () => failing('VideoMissing') } });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'left' });
    if (step === 'read') await replayRun(handle, 'adoptYouTubeVideo', 'left');
  });
  expect(steps.at(-1)).toMatch(/^superseded: VideoMissing/);
  expect(steps).not.toContain('tell');
});

test('is not stopped by the button of another run', async () => {
  const gate = createGate();
  const { activities, start } = adopting({ inside: { measure: () => gate.pass() } });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await until('the download is measured', () => Promise.resolve(gate.arrived === 1));
    await handle.signal(cancelRequested, { runId: 'another' });
    gate.open();
    await expect(handle.result()).resolves.toEqual({ outcome: 'done' });
  });
});

test.each(['button', 'Temporal'] as const)('is stopped by the %s', async (by) => {
  const gate = createGate();
  const { activities, steps, start } = adopting({ inside: { measure: () => gate.pass() } });
  await runWorkers(environment, activities, async (queue) => {
    const handle = await start(queue);
    await until('the download is measured', () => Promise.resolve(gate.arrived === 1));
    if (by === 'button') {
      await handle.signal(cancelRequested, { runId: 'run-1' });
      await expect(handle.result()).resolves.toEqual({ outcome: 'failed' });
    } else {
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'adoptYouTubeVideo', 'cancelled');
    }
  });
  expect(steps.at(-1)).toBe('cancelled: Cancelled: Not to be embedded.');
  expect(steps).not.toContain('tell');
});
