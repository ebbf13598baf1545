import { expect, test } from 'vitest';
import { buildOfflineContract } from '#temporal/contracts/buildOffline.ts';
import { buildThemeAssetsContract } from '#temporal/contracts/buildThemeAssets.ts';
import { changeSiteUrlContract } from '#temporal/contracts/changeSiteUrl.ts';
import { cleanupContentContract } from '#temporal/contracts/cleanupContent.ts';
import { deleteContentContract } from '#temporal/contracts/deleteContent.ts';
import { massPublishContract } from '#temporal/contracts/massPublish.ts';
import { cancelRequested, publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { syncContentContract } from '#temporal/contracts/syncContent.ts';
import { syncStartersContract } from '#temporal/contracts/syncStarters.ts';
import { unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import { channelStopped } from '#temporal/contracts/youtubeQuota.ts';
import type { cleanupContent } from '#workflows/cleanupContent.ts';
import type { massPublish } from '#workflows/massPublish.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { createArchiving } from './support/createArchiving.ts';
import { createBuilding } from './support/createBuilding.ts';
import { createCleaning } from './support/createCleaning.ts';
import { createDeleting } from './support/createDeleting.ts';
import { createGate } from './support/createGate.ts';
import { createImportSync } from './support/createImportSync.ts';
import { createLinkChecks } from './support/createLinkChecks.ts';
import { createMassPublish } from './support/createMassPublish.ts';
import { createMoving } from './support/createMoving.ts';
import { createOffline } from './support/createOffline.ts';
import { createPublishing } from './support/createPublishing.ts';
import { createSiteRepository } from './support/createSiteRepository.ts';
import { createUnpublishing } from './support/createUnpublishing.ts';
import { createReading } from './support/createReading.ts';
import { createYoutubeLedger } from './support/createYoutubeLedger.ts';
import { runWorkers } from './support/runWorkers.ts';

// So that one pass is a history that is long enough to begin anew.
const server = useDevServer(['limit.historyCount.suggestContinueAsNew=20']);

test('a publish with a long history continues as new between two passes and drops no request', async () => {
  const build = createGate();
  const record = createGate();
  const publishing = createPublishing({ build: ({ runId }) => (runId === 'run-1' ? build.pass() : undefined), record: ({ runId }) => (runId === 'run-1' ? record.pass() : undefined) });
  await runWorkers(server.environment, publishing.activities, async (queue) => {
    const first = await publishing.ask(server.environment, queue, 'live');
    await until('the build begins', () => Promise.resolve(build.arrived === 1));
    for (let count = 0; count < 3; count += 1) await publishing.ask(server.environment, queue, 'live');
    build.open();
    // One more at the very end of the pass, when the execution is about to be left.
    await until('the end of the pass is near', () => Promise.resolve(record.arrived === 1));
    await publishing.ask(server.environment, queue, 'live');
    record.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });

    const workflowId = publishSiteContract.workflowId('site-1', 'live');
    const before = server.environment.client.workflow.getHandle(workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'publishSite', 'looped');
    const after = server.environment.client.workflow.getHandle(workflowId);
    await expect(after.describe().then(({ runId }) => runId)).resolves.not.toBe(first.signaledRunId);
    await replayRun(after, 'publishSite', 'done-after-loop');
  });
  expect(publishing.runs).toMatchObject([
    { states: ['running', 'succeeded'], requests: ['request-1'] },
    { states: ['running', 'succeeded'], requests: ['request-2', 'request-3', 'request-4', 'request-5'] },
  ]);
  expect(new Set(publishing.runs.map((run) => run.workflowRunId)).size).toBe(2);
});

test('a move with a long history continues as new between two passes and drops no request', async () => {
  const gate = createGate();
  const moving = createMoving({ record: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(server.environment, moving.activities, async (queue) => {
    const first = await moving.ask(server.environment, queue);
    await until('the end of the first is near', () => Promise.resolve(gate.arrived === 1));
    await moving.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });

    const workflowId = changeSiteUrlContract.workflowId('ocw-1');
    const before = server.environment.client.workflow.getHandle(workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'changeSiteUrl', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(workflowId), 'changeSiteUrl', 'done-after-loop');
  });
  expect(moving.runs).toMatchObject([
    { states: ['running', 'succeeded'], request: 'request-1' },
    { states: ['running', 'succeeded'], request: 'request-2' },
  ]);
  expect(new Set(moving.runs.map((run) => run.workflowRunId)).size).toBe(2);
});

test('reading the starters with a long history continues as new between two passes and drops no request', async () => {
  const gate = createGate();
  let reads = 0;
  // Enough passes for the history to grow long: each read is asked for again while it goes on.
  const reading = createReading(async (runId) => {
    reads += 1;
    if (runId === 'run-1') await gate.pass();
    else if (reads < 5) reading.waiting.push(`request-of-${runId}`);
  });
  await runWorkers(server.environment, reading.activities, async (queue) => {
    const first = await reading.ask(server.environment, queue);
    await until('the first read begins', () => Promise.resolve(gate.arrived === 1));
    await reading.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 5 });

    const before = server.environment.client.workflow.getHandle(syncStartersContract.workflowId(), first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'syncStarters', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(syncStartersContract.workflowId()), 'syncStarters', 'done-after-loop');
  });
  expect(reading.waiting).toEqual([]);
  expect(reading.runs.flatMap((run) => run.requests)).toEqual(['request-1', 'request-2', 'request-of-run-2', 'request-of-run-3', 'request-of-run-4']);
});

test('builds of the themes’ assets with a long history continue as new between two passes and drop no request', async () => {
  const gate = createGate();
  const building = createBuilding({ build: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(server.environment, building.activities, async (queue) => {
    const first = await building.ask(server.environment, queue);
    await until('the first build begins', () => Promise.resolve(gate.arrived === 1));
    await building.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });

    const before = server.environment.client.workflow.getHandle(buildThemeAssetsContract.workflowId(), first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'buildThemeAssets', 'looped');
  });
  expect(building.log.filter((line) => /^(run-|succeeded)/.test(line)).map((line) => line.replace(/ .*/, ''))).toEqual(['run-1', 'succeeded', 'run-2', 'succeeded']);
});

test('a cleanup of many sites continues as new at its cursor and cleans each site once', async () => {
  const cleaning = createCleaning({ parts: Array.from({ length: 9 }, () => 1) });
  await runWorkers(server.environment, cleaning.activities, async (queue) => {
    const workflowId = cleanupContentContract.workflowId('request-1');
    const first = await server.environment.client.workflow.start<typeof cleanupContent>(cleanupContentContract.workflowType, { workflowId, taskQueue: queue, args: [{ requestId: 'request-1', rule: 'baseurl' }] });
    await expect(first.result()).resolves.toEqual({ runId: 'run-1' });
    const before = server.environment.client.workflow.getHandle(workflowId, first.firstExecutionRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'cleanupContent', 'looped');
    const after = server.environment.client.workflow.getHandle(workflowId);
    await replayRun(after, 'cleanupContent', 'done-after-loop');
    // The run follows the execution, so that signals and checks of what still runs find it.
    expect(cleaning.executions.at(-1)).toBe((await after.describe()).runId);
  });
  expect(cleaning.cleaned).toEqual(Array.from({ length: 9 }, (_, site) => `${site} after nothing`));
  expect(cleaning.ended).toMatchObject([{ state: 'succeeded', result: { sites: 9, items: 90, changed: 9 } }]);
});

test('a repository with a long history continues as new between two runs and drops neither a request nor a save', async () => {
  const gate = createGate();
  const repository = createSiteRepository(server.environment, (runId) => (runId === 'run-1' ? gate.pass() : undefined));
  await runWorkers(server.environment, repository.activities, async (queue) => {
    const first = await repository.request(queue, { action: 'sync' });
    await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
    for (let count = 0; count < 12; count += 1) await repository.request(queue, { action: 'orphans' });
    await repository.save(queue);
    gate.open();
    await first.result();

    const workflowId = syncContentContract.workflowId(repository.siteName);
    const before = server.environment.client.workflow.getHandle(workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'syncContent', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(workflowId), 'syncContent', 'done-after-loop');
  });
  expect(repository.runs.map(({ asked, requests, states }) => [asked.action, requests, states.at(-1)])).toEqual([['sync', 1, 'succeeded'], ['orphans', 12, 'succeeded'], ['sync', 0, 'succeeded']]);
  // A save waits 20 s for quiet, and this server’s clock is the wall’s.
}, 120_000);

test('an unpublish with a long history continues as new between two passes and drops no request', async () => {
  const gate = createGate();
  const world = createUnpublishing({ record: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(server.environment, world.activities, async (queue) => {
    const first = await world.ask(server.environment, queue);
    await until('the end of the first is near', () => Promise.resolve(gate.arrived === 1));
    await world.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });
    const workflowId = unpublishSiteContract.workflowId('ocw-1');
    const before = server.environment.client.workflow.getHandle(workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'unpublishSite', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(workflowId), 'unpublishSite', 'done-after-loop');
  });
  expect(world.runs.map((run) => run.states)).toEqual([['running', 'succeeded'], ['running', 'succeeded']]);
});

test('an offline build with a long history continues as new between two passes and drops no request', async () => {
  const gate = createGate();
  const offline = createOffline({ record: ({ runId }) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(server.environment, offline.activities, async (queue) => {
    const first = await offline.ask(server.environment, queue);
    await until('the end of the first is near', () => Promise.resolve(gate.arrived === 1));
    await offline.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });
    const workflowId = buildOfflineContract.workflowId('site-1', 'live');
    await replayRun(server.environment.client.workflow.getHandle(workflowId, first.signaledRunId), 'buildOffline', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(workflowId), 'buildOffline', 'done-after-loop');
  });
  expect(offline.runs.map((run) => run.states)).toEqual([['running', 'succeeded'], ['running', 'succeeded']]);
  expect(new Set(offline.runs.map((run) => run.workflowRunId)).size).toBe(2);
});

test('a mass publish of many sites continues as new, with its window, and asks for each site once', async () => {
  const mass = createMassPublish('looped-mass', { sites: 12 });
  await runWorkers(server.environment, mass.activities, async (queue) => {
    const first = await mass.start(server.environment, queue, 2);
    const handle = server.environment.client.workflow.getHandle<typeof massPublish>(massPublishContract.workflowId(mass.id));
    for (let index = 0; index < 12; index += 1) await mass.end(handle, index);
    await expect(first.result()).resolves.toEqual({ runId: mass.id });
    const before = server.environment.client.workflow.getHandle(handle.workflowId, first.firstExecutionRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'massPublish', 'looped');
    await replayRun(handle, 'massPublish', 'done-after-loop');
    expect(mass.executions.at(-1)).toBe((await handle.describe()).runId);
  });
  expect(mass.asks).toEqual(Array.from({ length: 12 }, (_, index) => index));
  expect(mass.mostAtOnce).toBe(2);
  expect(mass.states).toEqual(['running', 'succeeded']);
});

test('an import sync with a long history continues as new between two passes and drops no request', async () => {
  const gate = createGate();
  let copies = 0;
  let more: () => Promise<unknown> = () => Promise.resolve();
  const sync = createImportSync({
    copy: async (runId) => {
      copies += 1;
      if (runId === 'run-1') await gate.pass();
      else if (copies < 6) await more();
    },
  });
  await runWorkers(server.environment, sync.activities, async (queue) => {
    const first = await sync.ask(server.environment, queue);
    more = () => sync.ask(server.environment, queue);
    await until('the first copy begins', () => Promise.resolve(gate.arrived === 1));
    await more();
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 6 });
    const before = server.environment.client.workflow.getHandle(first.workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'syncImportBucket', 'looped');
  });
  expect(sync.runs.map((run) => run.requests)).toEqual([1, 1, 1, 1, 1, 1]);
});

test('a link check with a long history continues as new between two batches, with its run', async () => {
  const gate = createGate();
  let begun = 0;
  const checks = createLinkChecks({
    batches: 12,
    batch: () => {
      begun += 1;
      return begun === 12 ? gate.pass() : undefined;
    },
  });
  await runWorkers(server.environment, checks.activities, async (queue) => {
    const first = await checks.ask(server.environment, queue);
    await until('the last batch begins', () => Promise.resolve(gate.arrived === 1));
    await checks.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 2 });
    const before = server.environment.client.workflow.getHandle(first.workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'checkLinks', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(first.workflowId), 'checkLinks', 'done-after-loop');
  });
  expect(checks.executions.size).toBeGreaterThan(1);
  expect(checks.runs).toMatchObject([{ requests: 1, collected: 1, state: 'succeeded', result: { looked: 12 } }, { requests: 1, collected: 1, state: 'succeeded' }]);
});

test('the archive of links continues as new between two turns, with the pace and what people stopped', async () => {
  const archiving = createArchiving();
  await runWorkers(server.environment, archiving.activities, async (queue) => {
    const first = await archiving.ask(server.environment, queue, 8);
    await until('another execution goes on', () => Promise.resolve(archiving.executions.size === 2));
    expect(archiving.submitted).toHaveLength(7);
    const before = server.environment.client.workflow.getHandle(first.workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'archiveLinks', 'looped');
    await server.environment.client.workflow.getHandle(first.workflowId).signal(cancelRequested, { runId: 'run-0' });
    await until('the run is cancelled', () => Promise.resolve(archiving.runs[0]?.state === 'cancelled'));
    // The rest of the turn's minute is nothing to wait for here.
    await server.environment.client.workflow.getHandle(first.workflowId).terminate();
  });
});

test('deletions with a long history continue as new between two passes and forget nothing that waits', async () => {
  const deleting = createDeleting(server.environment);
  const now = await deleting.add('now', 0);
  const later = await deleting.add('later', 3_000);
  await runWorkers(server.environment, deleting.activities, async (queue) => {
    const first = await deleting.ask(queue);
    expect(first.workflowId).toBe(deleteContentContract.workflowId(deleting.siteName));
    await expect(first.result()).resolves.toEqual({ passes: 2 });
    const before = server.environment.client.workflow.getHandle(first.workflowId, first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'deleteContent', 'looped');
  });
  expect([now.state, later.state]).toEqual(['done', 'done']);
});

test('the ledger of YouTube’s quota continues as new with what was spent, who waits and what stopped it', async () => {
  const ledger = createYoutubeLedger(server.environment);
  await runWorkers(server.environment, ledger.activities, async (queue) => {
    await ledger.ask(queue, {});
    const first = (await ledger.handle().describe()).runId;
    expect(await ledger.ask(queue, { id: 'b' })).toMatchObject({ reason: { code: 'YoutubeQuota' } });
    await ledger.handle().signal(channelStopped, { of: 'uploads', code: 'YoutubeLockedPrivate', message: 'Private.' });
    for (let asks = 0; asks < 4; asks += 1) await ledger.ask(queue, { id: 'b' });
    const before = ledger.handle(first);
    await until('another execution goes on', async () => (await before.describe()).status.name === 'CONTINUED_AS_NEW');
    await replayRun(before, 'youtubeQuota', 'looped');
    expect(await ledger.ask(queue, { demand: { units: 41 } })).toMatchObject({ reason: { code: 'YoutubeQuota' } });
    expect(await ledger.ask(queue, { demand: { inserts: 1 }, priority: 'upload' })).toMatchObject({ reason: { code: 'YoutubeLockedPrivate' } });
    await ledger.handle().terminate();
  });
});
