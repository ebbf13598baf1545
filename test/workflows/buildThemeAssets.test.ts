import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildThemeAssetsContract, type BuildThemeAssetsInput } from '#temporal/contracts/buildThemeAssets.ts';
import type { buildThemeAssets } from '#workflows/buildThemeAssets.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createBuilding } from './support/createBuilding.ts';
import { createGate } from './support/createGate.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

test('a build goes through its steps, the manifest after every file', async () => {
  const building = createBuilding();
  await runWorkers(environment, building.activities, async (queue) => {
    const handle = await building.ask(environment, queue, 'a');
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'buildThemeAssets', 'done');
  });
  expect(building.log).toEqual(['run-1 takes 1', 'build', 'upload', 'manifest', 'purge', 'succeeded {"commit":"c0ffee","files":3,"written":9,"isNewManifest":true,"massPublishes":["live"]}']);
});

test('asks that come during a build share one more', async () => {
  const gate = createGate();
  const building = createBuilding({ build: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(environment, building.activities, async (queue) => {
    const handle = await building.ask(environment, queue, 'b');
    await until('it builds', () => Promise.resolve(gate.arrived === 1));
    for (let count = 0; count < 3; count += 1) await building.ask(environment, queue, 'b');
    gate.open();
    await expect(handle.result()).resolves.toEqual({ passes: 2 });
    await replayRun(handle, 'buildThemeAssets');
  });
  expect(building.log.filter((line) => line.startsWith('run-'))).toEqual(['run-1 takes 1', 'run-2 takes 3']);
});

test('a command that fails fails the run, and nothing is written', async () => {
  const building = createBuilding({
    build: () => {
      throw ApplicationFailure.nonRetryable('The themes’ build command ended with the code 2.', 'ThemeBuildFailed');
    },
  });
  await runWorkers(environment, building.activities, async (queue) => {
    const handle = await building.ask(environment, queue, 'c');
    await expect(handle.result()).resolves.toEqual({ passes: 1 });
    await replayRun(handle, 'buildThemeAssets', 'failed');
  });
  expect(building.log).toEqual(['run-1 takes 1', 'failed: The themes’ build command ended with the code 2.']);
});

test('a purge that fails for good is a warning', async () => {
  const building = createBuilding({
    purge: () => {
      throw ApplicationFailure.nonRetryable('The CDN refused.', 'FastlyRefused');
    },
  });
  await runWorkers(environment, building.activities, async (queue) => {
    const handle = await building.ask(environment, queue, 'd');
    await handle.result();
    await replayRun(handle, 'buildThemeAssets', 'done-unpurged');
  });
  expect(building.log.at(-1)).toMatch(/^succeeded .*\(The CDN may still serve old files\. The CDN refused\.\)$/);
});

test('a cancel ends the run as cancelled', async () => {
  const gate = createGate();
  const building = createBuilding({ build: () => gate.pass() });
  await runWorkers(environment, building.activities, async (queue) => {
    const handle = await building.ask(environment, queue, 'e');
    await until('it builds', () => Promise.resolve(gate.arrived === 1));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    await replayRun(handle, 'buildThemeAssets', 'cancelled');
  });
  expect(building.log.at(-1)).toBe('cancelled {}');
});

test('the scheduled look only asks', async () => {
  const building = createBuilding();
  await runWorkers(environment, building.activities, async (queue) => {
    const input: BuildThemeAssetsInput = { isCheck: true };
    const handle = await environment.client.workflow.start<typeof buildThemeAssets>(buildThemeAssetsContract.workflowType, { workflowId: `${buildThemeAssetsContract.checkWorkflowId()}-${randomUUID()}`, taskQueue: queue, args: [input] });
    await expect(handle.result()).resolves.toEqual({ passes: 0 });
    await replayRun(handle, 'buildThemeAssets', 'done-check');
  });
  expect(building.log).toEqual(['looked']);
});
