import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { type ImportPhaseId, importSiteProcess } from '#domain/processes.ts';
import { importSiteContract } from '#temporal/contracts/importSite.ts';
import type { importSite } from '#workflows/importSite.ts';
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

const everyPhase = importSiteProcess.phases.map(({ id }) => id);

type ImportActivities = Pick<Activities, 'openRequestRun' | 'readImport' | 'storeImport' | 'createRepository' | 'finishImport' | 'discardImport' | 'recordFailed' | 'recordEnded'>;

/** An import over rows in memory; `log` is what happened, in order. */
function createImporting(during: Partial<Record<ImportPhaseId, () => Promise<void> | void>> = {}): { activities: ImportActivities; log: string[]; ended: unknown[] } {
  const log: string[] = [];
  const ended: unknown[] = [];
  const step = async <T>(phase: ImportPhaseId, result: T): Promise<T> => {
    log.push(phase);
    try {
      await during[phase]?.();
    } finally {
      log.push(`${phase} over`);
    }
    return result;
  };
  const activities: ImportActivities = {
    openRequestRun: (input) => {
      log.push(`open ${input.process} for ${input.requestId ?? 'all'}`);
      return Promise.resolve({ runId: 'run-1' });
    },
    readImport: () => step('read', { siteName: 'ocw-1', summary: '9 items', counts: { items: 9 } }),
    storeImport: () => step('store', { summary: '9 items stored', counts: { items: 9 } }),
    createRepository: () => step('repository', { summary: '12 files committed', counts: { files: 12 } }),
    finishImport: () => Promise.resolve(void log.push('finish')),
    discardImport: () => Promise.resolve(void log.push('discard')),
    recordFailed: (input) => {
      ended.push({ state: 'failed', ...input.reason });
      return Promise.resolve(void log.push('failed'));
    },
    recordEnded: (input) => {
      ended.push({ state: input.state, ...input.reason });
      return Promise.resolve(void log.push(input.state));
    },
  };
  return { activities, log, ended };
}

let requests = 0;
async function start(taskQueue: string): Promise<WorkflowHandle<typeof importSite>> {
  const requestId = `request-${(requests += 1)}`;
  return environment.client.workflow.start<typeof importSite>(importSiteContract.workflowType, {
    workflowId: importSiteContract.workflowId(requestId),
    taskQueue,
    workflowIdReusePolicy: importSiteContract.workflowIdReusePolicy,
    args: [{ requestId, folder: '18.05' }],
  });
}

const stepsUpTo = (phase: ImportPhaseId): string[] => everyPhase.slice(0, everyPhase.indexOf(phase) + 1).flatMap((id) => [id, `${id} over`]);

test('an import reads, stores, makes the repository and notes the result', async () => {
  const importing = createImporting();
  await runWorkers(environment, importing.activities, async (queue) => {
    const handle = await start(queue);
    await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
    await replayRun(handle, 'importSite', 'done');
  });
  expect(importing.log).toEqual([expect.stringMatching(/^open import-site for request-\d+$/), ...stepsUpTo('repository'), 'finish']);
  expect(importing.ended).toEqual([]);
});

describe('a step that failed for good', () => {
  test.each(everyPhase)('in %s takes away what was stored and says why', async (phase) => {
    const importing = createImporting({
      [phase]: () => {
        throw ApplicationFailure.nonRetryable('The URL ‘courses/18-05’ is in use.', 'UrlInUse');
      },
    });
    await runWorkers(environment, importing.activities, async (queue) => {
      const handle = await start(queue);
      await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
      await replayRun(handle, 'importSite', phase === 'repository' ? 'failed' : undefined);
    });
    expect(importing.log.slice(1)).toEqual([...stepsUpTo(phase), 'discard', 'failed']);
    expect(importing.ended).toEqual([{ state: 'failed', code: 'UrlInUse', message: 'The URL ‘courses/18-05’ is in use.' }]);
  });

  test('is said even when what was stored cannot be taken away, and the execution fails loudly', async () => {
    const importing = createImporting({
      repository: () => {
        throw ApplicationFailure.nonRetryable('GitHub refused.', 'GitHubRefused');
      },
    });
    const activities: ImportActivities = { ...importing.activities, discardImport: () => Promise.reject(ApplicationFailure.nonRetryable('The disk is full.', 'DiskFull')) };
    await runWorkers(environment, activities, async (queue) => {
      const handle = await start(queue);
      await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { type: 'DiskFull' } } });
      await replayRun(handle, 'importSite', 'failed-not-discarded');
    });
    expect(importing.ended).toEqual([{ state: 'failed', code: 'GitHubRefused', message: 'GitHub refused.' }]);
  });

  test('for a while is tried again and leaves nothing behind', async () => {
    let broken = 3;
    const importing = createImporting({
      store: () => {
        if (broken-- > 0) throw ApplicationFailure.create({ type: 'S3Unavailable', message: 'The file store (S3) does not answer.', nextRetryDelay: '20 seconds' });
      },
    });
    await runWorkers(environment, importing.activities, async (queue) => {
      const handle = await start(queue);
      await handle.result();
      await replayRun(handle, 'importSite');
    });
    expect(importing.log.filter((line) => line === 'store')).toHaveLength(4);
    expect(importing.log.at(-1)).toBe('finish');
  });
});

describe('cancel', () => {
  test.each(everyPhase)('during %s waits for the step to end, then takes away what was stored', async (phase) => {
    const gate = createGate();
    const importing = createImporting({ [phase]: () => gate.pass() });
    await runWorkers(environment, importing.activities, async (queue) => {
      const handle = await start(queue);
      await until(`${phase} begins`, () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'importSite', phase === 'store' ? 'cancelled' : undefined);
    });
    expect(importing.log.slice(1)).toEqual([...stepsUpTo(phase), 'discard', 'cancelled']);
    expect(importing.ended).toEqual([{ state: 'cancelled', code: 'Cancelled', message: 'A person stopped this import.' }]);
  });

  test('before the run is open still gives the request a run, and cancels it', async () => {
    const gate = createGate();
    const reading = createGate();
    const importing = createImporting({ read: () => reading.pass() });
    const { openRequestRun } = importing.activities;
    const activities: ImportActivities = {
      ...importing.activities,
      openRequestRun: async (input) => {
        await gate.pass();
        return openRequestRun(input);
      },
    };
    await runWorkers(environment, activities, async (queue) => {
      const handle = await start(queue);
      await until('the run is being opened', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      gate.open();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      await replayRun(handle, 'importSite');
    });
    expect(importing.log[0]).toMatch(/^open import-site/);
    expect(importing.log.slice(-2)).toEqual(['discard', 'cancelled']);
    expect(importing.log).not.toContain('store');
  });

  test('while the result is noted comes too late', async () => {
    const gate = createGate();
    const importing = createImporting();
    const { finishImport } = importing.activities;
    const activities: ImportActivities = {
      ...importing.activities,
      finishImport: async (input) => {
        await gate.pass();
        await finishImport(input);
      },
    };
    await runWorkers(environment, activities, async (queue) => {
      const handle = await start(queue);
      await until('the result is being noted', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      gate.open();
      await expect(handle.result()).resolves.toEqual({ runId: 'run-1' });
      await replayRun(handle, 'importSite', 'done-cancelled-late');
    });
    expect(importing.log.at(-1)).toBe('finish');
    expect(importing.ended).toEqual([]);
  });
});

test('a request that is delivered twice is imported once', async () => {
  const importing = createImporting();
  await runWorkers(environment, importing.activities, async (queue) => {
    const handle = await start(queue);
    await handle.result();
    requests -= 1;
    await expect(start(queue)).rejects.toMatchObject({ name: 'WorkflowExecutionAlreadyStartedError' });
  });
  expect(importing.log.filter((line) => line === 'read')).toHaveLength(1);
});
