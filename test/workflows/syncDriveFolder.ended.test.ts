import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { ingestDriveFileContract } from '#temporal/contracts/ingestDriveFile.ts';
import { cancelRequested } from '#temporal/contracts/publishSite.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { createDriveSync } from './support/createDriveSync.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

/** The time-skipping server tells a parent nothing of a child that was ended, or asked to stop. */
const server = useDevServer();
const names = (count: number): string[] => Array.from({ length: count }, (_none, index) => `file-${index + 1}`);
const all = (files: readonly string[], outcome: string): Record<string, string> => Object.fromEntries(files.map((file) => [file, outcome]));

test('a file that fails fails alone, also when somebody ends it in Temporal', async () => {
  const gate = createGate();
  const sync = createDriveSync(
    { files: ['good', 'bad', 'ended'] },
    {
      stream: (file) => {
        if (file === 'bad') throw ApplicationFailure.nonRetryable('It was changed.', 'DriveFileChanged');
        return file === 'ended' ? gate.pass() : undefined;
      },
    },
  );
  await runWorkers(server.environment, sync.activities, async (queue) => {
    const handle = await sync.ask(server.environment, queue);
    await until('the file is streamed', () => Promise.resolve(gate.arrived === 1));
    await server.environment.client.workflow.getHandle(ingestDriveFileContract.workflowId(sync.idOf('ended'))).terminate();
    await handle.result();
    gate.open();
  });
  expect(sync.runs).toMatchObject([{ state: 'succeeded', outcomes: { good: 'streamed', bad: 'failed: DriveFileChanged', ended: 'failed: Terminated' } }]);
});

test('its button stops files and run and lets the next request go on, Temporal’s own ends the execution', async () => {
  const first = createGate();
  const second = createGate();
  const sync = createDriveSync({ files: names(3), missing: ['a'] }, { stream: (_file, runId) => (runId === 'run-1' ? first.pass() : second.pass()) });
  await runWorkers(server.environment, sync.activities, async (queue) => {
    const handle = await sync.ask(server.environment, queue);
    await until('files are streamed', () => Promise.resolve(first.arrived === 3));
    await sync.ask(server.environment, queue);
    await handle.signal(cancelRequested, { runId: 'another' });
    await handle.signal(cancelRequested, { runId: 'run-1' });
    await until('the next is at its files', () => Promise.resolve(second.arrived === 3));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncDriveFolder', 'cancelled');
  });
  const outcomes = { ...all(names(3), 'failed: Cancelled'), a: 'NotDecided' };
  expect(sync.runs).toMatchObject([{ state: 'cancelled', outcomes }, { state: 'cancelled', outcomes }]);
  expect(sync.steps).toEqual(['run-1 list', 'tell', 'run-2 list', 'tell']);
});
