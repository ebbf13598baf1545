import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { massDeleteConfirmed, massDeleteRefused } from '#temporal/contracts/syncDriveFolder.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createDriveSync } from './support/createDriveSync.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const names = (count: number): string[] => Array.from({ length: count }, (_none, index) => `file-${index + 1}`);
const all = (files: readonly string[], outcome: string): Record<string, string> => Object.fromEntries(files.map((file) => [file, outcome]));

test('begins videos that nobody began, at the end of a pass', async () => {
  const sync = createDriveSync({});
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncDriveFolder', 'done-videos');
  });
  expect(sync.looksForVideos()).toBe(1);
});

test('brings files over in a window of five, and requests made meanwhile share one more pass', async () => {
  const files = names(12);
  const gate = createGate();
  const sync = createDriveSync({ files }, { stream: (_file, runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await until('the window is full', () => Promise.resolve(gate.arrived === 4));
    await sync.ask(environment, queue);
    expect((await sync.ask(environment, queue, { reason: 'watch' })).signaledRunId).toBe(handle.signaledRunId);
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'syncDriveFolder', 'done');
  });
  expect(sync.mostAtOnce()).toBeGreaterThanOrEqual(4);
  expect(sync.mostAtOnce()).toBeLessThanOrEqual(5);
  expect(sync.runs).toMatchObject([{ requests: 1, state: 'succeeded', outcomes: all(files, 'streamed') }, { requests: 1, state: 'succeeded', outcomes: all(files, 'streamed') }]);
  expect(sync.steps).toEqual(['run-1 list', 'tell', 'run-2 list', 'tell']);
});

test('goes on as new in the middle of its files, and brings none twice', async () => {
  const files = names(8);
  const streamed: string[] = [];
  const sync = createDriveSync({ files, missing: ['a', 'b', 'c'] }, { stream: (file) => void streamed.push(file) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue, { filesPerExecution: 3 });
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(environment.client.workflow.getHandle(handle.workflowId, handle.signaledRunId), 'syncDriveFolder', 'looped');
  });
  expect(streamed.sort()).toEqual(files);
  expect(sync.runs).toHaveLength(1);
  expect(sync.runs[0]?.executions.size).toBe(3);
  expect(sync.runs[0]?.outcomes).toEqual({ ...all(files, 'streamed'), a: 'Named', b: 'removed', c: 'Named' });
});

test('what watches the drive needs no row for a sync, and a pass looks at the files it named', async () => {
  const gate = createGate();
  const sync = createDriveSync({ files: names(2) }, { stream: (_file, runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue, { reason: 'watch', fileIds: ['a', 'b'] });
    await until('files are brought over', () => Promise.resolve(gate.arrived === 2));
    await sync.ask(environment, queue, { reason: 'watch', fileIds: ['c'] });
    await sync.ask(environment, queue, { reason: 'watch', fileIds: ['c', ...Array.from({ length: 300 }, (_none, index) => `many-${index}`)] });
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
  });
  expect(sync.runs).toMatchObject([{ requests: 0, state: 'succeeded' }, { requests: 0, state: 'succeeded' }]);
  const [first, , second] = sync.steps;
  expect(first).toBe('run-1 list a,b');
  expect(second?.split(',')).toHaveLength(200);
  expect(second).toMatch(/^run-2 list c,many-0,/);
});

describe('files that are missing', () => {
  const missing = ['a', 'b', 'c'];

  test('go at once when they are few, but for those that stay for a reason', async () => {
    const sync = createDriveSync({ missing });
    await runWorkers(environment, sync.activities, async (queue) => {
      await (await sync.ask(environment, queue)).result();
    });
    expect(sync.steps).toEqual(['run-1 list', 'run-1 removes a,b', 'run-1 removes c']);
    expect(sync.runs[0]?.outcomes).toEqual({ a: 'Named', b: 'removed', c: 'Named' });
  });

  test('wait for a person when they are many, who speaks of this run', async () => {
    const sync = createDriveSync({ missing, needsConfirmation: true });
    await runWorkers(environment, sync.activities, async (queue) => {
      const handle = await sync.ask(environment, queue);
      await until('it asks', () => Promise.resolve(sync.steps.includes('run-1 asks about 3')));
      await handle.signal(massDeleteRefused, { runId: 'run-0' });
      await handle.signal(massDeleteConfirmed, { runId: 'run-1' });
      // The first word counts.
      await handle.signal(massDeleteRefused, { runId: 'run-1' });
      await handle.result();
      await replayRun(handle, 'syncDriveFolder', 'done-confirmed');
    });
    expect(sync.steps).toEqual(['run-1 list', 'run-1 asks about 3', 'run-1 removes a,b', 'run-1 removes c']);
  });

  test('are asked about again by the next pass, whatever was said in the one before', async () => {
    const gate = createGate();
    const sync = createDriveSync({ files: ['file'], missing, needsConfirmation: true }, { stream: (_file, runId) => (runId === 'run-1' ? gate.pass() : undefined) });
    await runWorkers(environment, sync.activities, async (queue) => {
      const handle = await sync.ask(environment, queue);
      await until('the file is streamed', () => Promise.resolve(gate.arrived === 1));
      await handle.signal(massDeleteConfirmed, { runId: 'run-1' });
      await sync.ask(environment, queue);
      gate.open();
      await until('it asks again', () => Promise.resolve(sync.steps.includes('run-2 asks about 3')));
      await handle.signal(massDeleteRefused, { runId: 'run-2' });
      await expect(handle.result()).resolves.toEqual({ passes: 2 });
    });
    expect(sync.runs.map(({ outcomes }) => outcomes['b'])).toEqual(['removed', 'Refused']);
  });

  test.each([
    ['refuses', 'Refused', 1],
    ['asks for another sync', 'SyncedAgain', 2],
    ['says nothing for a week', 'NotConfirmed', 1],
  ] as const)('stay when somebody %s', async (does, code, passes) => {
    const site = { missing, needsConfirmation: true };
    const sync = createDriveSync(site);
    await runWorkers(environment, sync.activities, async (queue) => {
      const handle = await sync.ask(environment, queue);
      await until('it asks', () => Promise.resolve(sync.steps.includes('run-1 asks about 3')));
      if (does === 'refuses') await handle.signal(massDeleteRefused, { runId: 'run-1' });
      if (does === 'asks for another sync') {
        site.needsConfirmation = false;
        await sync.ask(environment, queue);
      }
      await expect(handle.result()).resolves.toEqual({ passes });
    });
    expect(sync.runs[0]).toMatchObject({ state: 'succeeded', outcomes: all(missing, code) });
    expect(sync.steps.filter((step) => step.startsWith('run-1 removes'))).toEqual([]);
  });
});

test('a file that a person has brought over at the moment is waited for', async () => {
  const gate = createGate();
  const sync = createDriveSync({ files: ['file'] }, { stream: (_file, runId) => (runId === 'alone' ? gate.pass() : undefined) });
  await runWorkers(environment, sync.activities, async (queue) => {
    const driveFileId = sync.idOf('file');
    const alone = await environment.client.workflow.start(ingestDriveFileContract.workflowType, { workflowId: ingestDriveFileContract.workflowId(driveFileId), taskQueue: queue, args: [{ siteId: 'site-1', driveFileId, syncRunId: 'alone' }] });
    await until('the file is streamed', () => Promise.resolve(gate.arrived === 1));
    const handle = await sync.ask(environment, queue);
    await until('the sync is at its files', async () => sync.runs[0]?.waiting.size === 1 && (await handle.fetchHistory()).events?.some((event) => event.startChildWorkflowExecutionFailedEventAttributes != null) === true);
    gate.open();
    await alone.result();
    await handle.result();
  });
  expect(sync.runs).toMatchObject([{ state: 'succeeded', outcomes: { file: 'streamed' } }]);
});

test('a folder that cannot be read fails the run, says why and removes nothing', async () => {
  const sync = createDriveSync(
    { missing: ['a'] },
    {
      list: () => {
        throw ApplicationFailure.nonRetryable('Google Drive refused.', 'DriveRefused');
      },
    },
  );
  await runWorkers(environment, sync.activities, async (queue) => {
    const handle = await sync.ask(environment, queue);
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'syncDriveFolder', 'failed');
  });
  expect(sync.runs).toMatchObject([{ state: 'failed', reason: 'DriveRefused', outcomes: {} }]);
});
