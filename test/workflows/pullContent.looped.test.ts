import { expect, test } from 'vitest';
import { pullContentContract } from '#temporal/contracts/pullContent.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { useDevServer } from '../support/useDevServer.ts';
import { createGate } from './support/createGate.ts';
import { createPulls } from './support/createPulls.ts';
import { runWorkers } from './support/runWorkers.ts';

// So that one pass is a history that is long enough to begin anew.
const server = useDevServer(['limit.historyCount.suggestContinueAsNew=20']);

test('pulls with a long history continue as new between two passes and drop no request', async () => {
  const gate = createGate();
  const pulls = createPulls({ fetch: (runId) => (runId === 'run-1' ? gate.pass() : undefined) });
  await runWorkers(server.environment, pulls.activities, async (queue) => {
    const first = await pulls.ask(server.environment, queue);
    await until('the first pull begins', () => Promise.resolve(gate.arrived === 1));
    await pulls.ask(server.environment, queue, true);
    await pulls.ask(server.environment, queue);
    gate.open();
    await expect(first.result()).resolves.toEqual({ passes: 3 });

    const before = server.environment.client.workflow.getHandle(pullContentContract.workflowId('algebra'), first.signaledRunId);
    expect((await before.describe()).status.name).toBe('CONTINUED_AS_NEW');
    await replayRun(before, 'pullContent', 'looped');
    await replayRun(server.environment.client.workflow.getHandle(pullContentContract.workflowId('algebra')), 'pullContent', 'done-after-loop');
  });
  expect(pulls.waiting).toEqual([]);
  expect(pulls.log.filter((line) => line.startsWith('open') || line.startsWith('record'))).toEqual(['open run-1 for request-1 of site-1', 'record run-1', 'open run-2 for request-2 of site-1', 'record run-2', 'open run-3 for request-3 of site-1', 'record run-3']);
});
