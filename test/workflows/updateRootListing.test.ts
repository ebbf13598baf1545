import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { type UpdateRootListingInput, updateRootListingContract } from '#temporal/contracts/updateRootListing.ts';
import type { updateRootListing } from '#workflows/updateRootListing.ts';
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

type ListingActivities = Pick<Activities, 'writeRootListing' | 'checkRootIsOut' | 'recordListingGiven' | 'hintRootSaved' | 'unlistFromRoot' | 'freezeRevision' | 'requestCommit' | 'recordEnded' | 'recordFailed'>;

const root = { siteId: 'root', siteName: 'ocw-www' };
let listings = 0;

/** Steps of one listing, in memory. */
function createListing(as: Partial<{ isOwed: boolean; isOut: boolean; isMerged: boolean; commit: () => Promise<void> | void }> = {}) {
  const steps: string[] = [];
  const ends: unknown[] = [];
  const say = <T>(step: string, value: T): Promise<T> => {
    steps.push(step);
    return Promise.resolve(value);
  };
  const activities: ListingActivities = {
    writeRootListing: () => say('write', as.isOwed === false ? { kind: 'unchanged' as const, summary: 'As before' } : { kind: 'owed' as const, runId: 'run-1', root, revision: 3, summary: 'Listed' }),
    freezeRevision: (input) => say(`freeze ${input.siteId}`, { revision: 8, snapshotKey: 'snapshots/8', summary: 'Frozen', counts: {} }),
    checkRootIsOut: (input) => say(`is out at ${input.revision}`, { isOut: as.isOut !== false }),
    requestCommit: async (input) => {
      steps.push(`commit ${input.siteName} ${input.version}${input.onlyIfNewest === true ? ', only if newest' : ''}`);
      await as.commit?.();
      return { commit: 'c'.repeat(40), ...(as.isMerged === false ? { isMerged: false } : {}), summary: 'Committed', counts: {} };
    },
    recordListingGiven: (input) => say(`given ${input.revision}`, undefined),
    hintRootSaved: (input) => say(`hint ${input.siteName}`, undefined),
    unlistFromRoot: (input) => say(`unlist ${input.siteId}`, { wasListed: true, summary: 'Off the lists', warnings: ['Publish the root site.'], counts: {} }),
    recordEnded: ({ state }) => Promise.resolve(void ends.push(state)),
    recordFailed: ({ reason }) => Promise.resolve(void ends.push(reason.code)),
  };
  const input: UpdateRootListingInput = { siteId: 'site-1', siteName: `ocw-${(listings += 1)}`, version: 'live', action: 'list' };
  const start = (taskQueue: string, change: Partial<UpdateRootListingInput> = {}) =>
    environment.client.workflow.start<typeof updateRootListing>(updateRootListingContract.workflowType, { workflowId: updateRootListingContract.workflowId(input.siteName, 'live'), taskQueue, workflowIdReusePolicy: updateRootListingContract.workflowIdReusePolicy, args: [{ ...input, ...change }] });
  return { activities, steps, ends, start };
}

const frozen = ['write', 'freeze root', 'is out at 8'];
const whole = [...frozen, 'commit ocw-www live, only if newest', 'given 3'];

test('a listing that changed is committed and merged where the root site is out', async () => {
  const world = createListing();
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'listed', summary: 'Listed' });
    await replayRun(handle, 'updateRootListing', 'done');
  });
  expect(world.steps).toEqual(whole);
  expect(world.ends).toEqual(['succeeded']);
});

test('a listing that is as it was does nothing, and opens no run', async () => {
  const world = createListing({ isOwed: false });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'unchanged', summary: 'As before' });
    await replayRun(handle, 'updateRootListing', 'done-unchanged');
  });
  expect(world.steps).toEqual(['write']);
  expect(world.ends).toEqual([]);
});

test('where the root site has other changes that are not out, main alone is told, soon', async () => {
  const world = createListing({ isOut: false });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await expect(handle.result()).resolves.toMatchObject({ outcome: 'waiting', summary: expect.stringContaining('with the next publish of the root site') as string });
    await replayRun(handle, 'updateRootListing', 'done-waiting');
  });
  expect(world.steps).toEqual([...frozen, 'hint ocw-www']);
});

test('what somebody saved in the root site meanwhile is not merged with it', async () => {
  const world = createListing({ isMerged: false });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await expect(handle.result()).resolves.toMatchObject({ outcome: 'waiting' });
    await replayRun(handle, 'updateRootListing');
  });
  expect(world.steps).toEqual(whole.slice(0, -1));
});

test('a commit that failed for good ends its run with the reason, and the publish goes on', async () => {
  const world = createListing({
    commit: () => {
      throw ApplicationFailure.nonRetryable('Somebody changed a branch.', 'MergeConflict');
    },
  });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await expect(handle.result()).resolves.toEqual({ outcome: 'failed', summary: 'Listed, but its repository could not be told: Somebody changed a branch.' });
    await replayRun(handle, 'updateRootListing', 'failed');
  });
  expect(world.ends).toEqual(['MergeConflict']);
});

test('a cancel ends the run, and what is saved stays saved', async () => {
  const gate = createGate();
  const world = createListing({ commit: () => gate.pass() });
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue);
    await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    gate.open();
    await replayRun(handle, 'updateRootListing', 'cancelled');
  });
  expect(world.ends).toEqual(['cancelled']);
});

test('to unlist is one step, and says what the root site goes on showing', async () => {
  const world = createListing();
  await runWorkers(environment, world.activities, async (queue) => {
    const handle = await world.start(queue, { action: 'unlist' });
    await expect(handle.result()).resolves.toEqual({ outcome: 'unlisted', summary: 'Off the lists. Publish the root site.' });
    await replayRun(handle, 'updateRootListing', 'done-unlisted');
  });
  expect(world.steps).toEqual(['unlist site-1']);
});
