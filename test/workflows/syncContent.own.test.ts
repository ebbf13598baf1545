import { WithStartWorkflowOperation } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitRevision, syncContentContract } from '#temporal/contracts/syncContent.ts';
import type { syncContent } from '#workflows/syncContent.ts';
import { createTimeSkipping } from '../support/createTimeSkipping.ts';
import { replayRun } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { createGate } from './support/createGate.ts';
import { createSiteRepository } from './support/createSiteRepository.ts';
import { runWorkers } from './support/runWorkers.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await createTimeSkipping();
});
afterAll(async () => {
  await environment.teardown();
});

const publish = (repository: ReturnType<typeof createSiteRepository>, queue: string, revision: number) =>
  environment.client.workflow.executeUpdateWithStart(commitRevision, {
    args: [{ runId: 'publish', phase: 'commit', snapshotKey: 's', revision, version: 'draft' }],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof syncContent>(syncContentContract.workflowType, { ...repository.start(queue), workflowIdConflictPolicy: 'USE_EXISTING' }),
  });

describe('what is saved', () => {
  test('is committed in one run once nobody saves for a while', async () => {
    const repository = createSiteRepository(environment);
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.save(queue);
      for (let count = 0; count < 3; count += 1) {
        await environment.sleep('15 seconds');
        await repository.save(queue);
      }
      expect(repository.log).toEqual([]);
      await expect(handle.result()).resolves.toEqual({ handled: 0 });
      await replayRun(handle, 'syncContent', 'done-saved');
    });
    expect(repository.log).toEqual(['freeze 4 for run-1', 'commit 4 for run-1']);
    expect(repository.runs).toMatchObject([{ requests: 0, states: ['running', 'succeeded'] }]);
  });

  test('is not put off for ever by somebody who saves all the time', async () => {
    const repository = createSiteRepository(environment);
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.save(queue);
      let saved = 0;
      while (repository.log.length === 0 && saved < 20) {
        await environment.sleep('15 seconds');
        await repository.save(queue);
        saved += 1;
      }
      // Two minutes are eight saves of fifteen seconds, and one more until it is seen.
      expect(saved).toBeGreaterThanOrEqual(8);
      expect(saved).toBeLessThanOrEqual(10);
      await handle.result();
      await replayRun(handle, 'syncContent');
    });
    expect(repository.site.committedRevision).toBe(repository.site.savedRevision);
  });

  test('and published meanwhile opens no run', async () => {
    const repository = createSiteRepository(environment);
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.save(queue);
      await expect(publish(repository, queue, 1)).resolves.toMatchObject({ commit: 'draft-main-1' });
      await expect(handle.result()).resolves.toEqual({ handled: 1 });
      await replayRun(handle, 'syncContent', 'done-saved-and-published');
    });
    expect(repository.log).toEqual(['publish 1']);
    expect(repository.runs).toEqual([]);
  });

  test('and cannot be committed ends its run with the reason; the next save begins anew', async () => {
    const repository = createSiteRepository(environment, (runId) => {
      if (runId === 'run-1') throw ApplicationFailure.create({ type: 'ContentDiverged', message: 'Somebody changed a file by hand.', nonRetryable: true });
    });
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.save(queue);
      await handle.result();
      await replayRun(handle, 'syncContent', 'failed-saved');
      await (await repository.save(queue)).result();
    });
    expect(repository.runs).toMatchObject([{ states: ['running', 'failed'], reason: { code: 'ContentDiverged' } }, { states: ['running', 'succeeded'] }]);
    expect(repository.site.committedRevision).toBe(2);
  });

  test('is committed again in the same execution when somebody saves during the commit', async () => {
    const gate = createGate();
    const repository = createSiteRepository(environment, (runId) => (runId === 'run-1' ? gate.pass() : undefined));
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.save(queue);
      const ended = handle.result();
      await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
      await repository.save(queue);
      gate.open();
      await ended;
      await replayRun(handle, 'syncContent');
    });
    expect(repository.log).toEqual(['freeze 1 for run-1', 'commit 1 for run-1', 'freeze 2 for run-2', 'commit 2 for run-2']);
  });
});

describe('what is requested', () => {
  test('is done at once, each kind in one run, in the order it was asked for', async () => {
    const repository = createSiteRepository(environment);
    repository.waiting.push({ action: 'ensure' }, { action: 'sync', overwrite: true });
    await runWorkers(environment, repository.activities, async (queue) => {
      await repository.save(queue);
      await repository.request(queue, { action: 'ensure' });
      const handle = await repository.request(queue, { action: 'orphans', delete: true });
      // No time was skipped: nothing waits for quiet.
      await until('all of it is done', () => Promise.resolve(repository.waiting.length === 0 && repository.runs.length === 3 && repository.runs.every((run) => run.states.at(-1) === 'succeeded')));
      await handle.result();
      await replayRun(handle, 'syncContent', 'done-requested');
    });
    expect(repository.log).toEqual(['ensure for run-1', 'freeze 1 for run-2', 'commit 1 for run-2 over everything', 'orphans for run-3, removed']);
    expect(repository.runs.map((run) => run.requests)).toEqual([2, 1, 1]);
  });

  test('waits for its turn behind a publish, and a publish behind it', async () => {
    const gate = createGate();
    const repository = createSiteRepository(environment, () => gate.pass());
    await runWorkers(environment, repository.activities, async (queue) => {
      repository.site.savedRevision = 1;
      const handle = await repository.request(queue, { action: 'sync' });
      await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
      const published = publish(repository, queue, 2);
      await until('the publish has asked', async () => ((await handle.fetchHistory()).events ?? []).some((event) => event.workflowExecutionUpdateAcceptedEventAttributes != null));
      expect(repository.log).toEqual(['freeze 1 for run-1']);
      gate.open();
      await expect(published).resolves.toMatchObject({ commit: 'draft-main-2' });
      await handle.result();
      await replayRun(handle, 'syncContent');
    });
    expect(repository.log).toEqual(['freeze 1 for run-1', 'commit 1 for run-1', 'publish 2']);
  });

  test('and cancelled in Temporal ends the step at hand, and its run says so', async () => {
    const gate = createGate();
    let isWriting = false;
    const repository = createSiteRepository(environment, async () => {
      isWriting = true;
      try {
        await gate.pass();
      } finally {
        isWriting = false;
      }
    });
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.request(queue, { action: 'sync' });
      await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(isWriting).toBe(false);
      await replayRun(handle, 'syncContent', 'cancelled-requested');
    });
    expect(repository.runs).toMatchObject([{ states: ['running', 'cancelled'], reason: { code: 'Cancelled' } }]);
  });
});

describe('a site that is put away', () => {
  test('has what main lacks committed before its repository is closed, and is opened again in its turn', async () => {
    const repository = createSiteRepository(environment);
    await runWorkers(environment, repository.activities, async (queue) => {
      await repository.save(queue);
      repository.waiting.push({ action: 'archive', commit: true });
      const handle = await repository.request(queue, { action: 'reopen' });
      await handle.result();
      await replayRun(handle, 'syncContent', 'done-archived');
    });
    expect(repository.log.slice(0, 4)).toEqual(['freeze 1 for run-1', 'commit 1 for run-1', 'archive for run-1', 'reopen for run-2']);
    expect(repository.runs.slice(0, 2)).toMatchObject([{ states: ['running', 'succeeded'] }, { states: ['running', 'succeeded'] }]);
  });

  test('of which nothing is left to commit has its repository closed at once', async () => {
    const repository = createSiteRepository(environment);
    await runWorkers(environment, repository.activities, async (queue) => {
      const handle = await repository.request(queue, { action: 'archive' });
      await handle.result();
      await replayRun(handle, 'syncContent');
    });
    expect(repository.log).toEqual(['archive for run-1']);
  });
});
