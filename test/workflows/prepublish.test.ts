import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { type Child, letGo, preparing } from './support/prepublishWorkflows.ts';

// A child that fails is wanted here; the worker’s own word on it is noise.
Runtime.install({ logger: new DefaultLogger('ERROR') });

const server = useDevServer();
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  worker = await Worker.create({ connection: server.environment.nativeConnection, namespace: server.environment.namespace ?? 'default', taskQueue: 'preparing', workflowsPath: fileURLToPath(new URL('./support/prepublishWorkflows.ts', import.meta.url)) });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
});

/** Longer than a test lasts: who waits for so long fails it. */
const LONG_MS = 10 * 60_000;
const SHORT_MS = 1_000;

/** Prepares a site of its own, as one publish does. */
const start = (children: readonly Child[], siteName = `site-${randomUUID()}`) =>
  server.environment.client.workflow.start(preparing, { taskQueue: 'preparing', workflowId: `preparing-${randomUUID()}`, args: [{ siteId: 'site-1', siteName, version: 'live' }, children] });
const isRunning = async (workflowId: string): Promise<boolean> => (await server.environment.client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';

test('what is done in time is waited for, and no longer than it takes', async () => {
  const handle = await start([
    { name: 'listing', workflowType: 'quick', boundMs: LONG_MS },
    { name: 'nothing', workflowType: 'quick', boundMs: LONG_MS, isUnneeded: true },
  ]);
  expect((await handle.result()).outcomes).toEqual([{ name: 'listing', fault: null }]);
});

test('what takes longer delays by its bound, is named, and goes on by itself; others at work at once do not add to it', async () => {
  const siteName = `site-${randomUUID()}`;
  const handle = await start(
    [
      { name: 'transcripts', workflowType: 'held', boundMs: SHORT_MS },
      { name: 'videos', workflowType: 'held', boundMs: 2 * SHORT_MS },
      { name: 'listing', workflowType: 'quick', boundMs: LONG_MS },
    ],
    siteName,
  );
  const { outcomes, tookMs } = await handle.result();
  expect(outcomes).toEqual([
    { name: 'transcripts', fault: 'was not done within 1 s and goes on by itself' },
    { name: 'videos', fault: 'was not done within 2 s and goes on by itself' },
    { name: 'listing', fault: null },
  ]);
  expect(tookMs).toBeGreaterThanOrEqual(2 * SHORT_MS);
  for (const name of ['transcripts', 'videos']) {
    const child = server.environment.client.workflow.getHandle(`${name}/${siteName}/live`);
    expect((await child.describe()).status.name).toBe('RUNNING');
    await child.signal(letGo);
    await child.result();
  }
});

test('what fails, or is ended by somebody, is named and fails nothing else', async () => {
  const siteName = `site-${randomUUID()}`;
  const handle = await start(
    [
      { name: 'broken', workflowType: 'broken', boundMs: LONG_MS },
      { name: 'held', workflowType: 'held', boundMs: LONG_MS },
    ],
    siteName,
  );
  await until('the held one runs', () => isRunning(`held/${siteName}/live`));
  await server.environment.client.workflow.getHandle(`held/${siteName}/live`).terminate();
  expect((await handle.result()).outcomes).toEqual([
    { name: 'broken', fault: 'failed: The root site has no starter.' },
    { name: 'held', fault: 'was stopped' },
  ]);
});

test('what is at work for an earlier publish is not started again', async () => {
  const siteName = `site-${randomUUID()}`;
  const children = (boundMs: number): Child[] => [{ name: 'listing', workflowType: 'held', boundMs }];
  await (await start(children(SHORT_MS), siteName)).result();
  expect((await (await start(children(LONG_MS), siteName)).result()).outcomes).toEqual([{ name: 'listing', fault: 'is at work already for an earlier publish, and was not waited for' }]);
});

test('a cancel of the publish ends the wait at once and leaves the child to itself', async () => {
  const siteName = `site-${randomUUID()}`;
  const handle = await start([{ name: 'held', workflowType: 'held', boundMs: LONG_MS }], siteName);
  await until('the held one runs', () => isRunning(`held/${siteName}/live`));
  await handle.cancel();
  const failure: unknown = await handle.result().catch((error: unknown) => error);
  expect(failure instanceof WorkflowFailedError && failure.cause instanceof CancelledFailure).toBe(true);
  await expect(isRunning(`held/${siteName}/live`)).resolves.toBe(true);
});
