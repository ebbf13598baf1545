import { ApplicationFailure } from '@temporalio/common';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities } from '#activities/index.ts';
import { commitRevision, type CommitRevisionInput, type CommitRevisionResult, mergeCommit, syncContentContract } from '#temporal/contracts/syncContent.ts';
import type { syncContent } from '#workflows/syncContent.ts';
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

type RepositoryActivities = Pick<Activities, 'commitContent' | 'mergeBranches'>;

/** A repository in memory; `log` is what was done to it, in order. */
function createRepository(during: { commit?: (runId: string) => Promise<void> | void; merge?: (version: string) => Promise<void> | void } = {}): { activities: RepositoryActivities; log: string[] } {
  const log: string[] = [];
  const activities: RepositoryActivities = {
    commitContent: async (input) => {
      log.push(`commit ${input.revision} from ${input.snapshotKey}`);
      await during.commit?.(input.runId);
      log.push(`committed ${input.revision}`);
      return { commit: `main-${input.revision}`, commits: 2, filesChanged: 3 };
    },
    mergeBranches: async (input) => {
      log.push(`merge ${input.commit} for ${input.version}`);
      await during.merge?.(input.version);
      return { commit: `${input.version}-${input.commit}` };
    },
  };
  return { activities, log };
}

const asked = (revision: number, version: 'draft' | 'live' | null): CommitRevisionInput => ({ runId: `run-${revision}`, phase: 'commit', snapshotKey: `snapshots/${revision}`, revision, version });

let sites = 0;
/** Asks as activities/repository.ts does. */
function repositoryOf(taskQueue: string): { ask: (input: CommitRevisionInput, updateId?: string) => Promise<CommitRevisionResult>; handle: ReturnType<typeof environment.client.workflow.getHandle<typeof syncContent>> } {
  const siteId = `site-${(sites += 1)}`;
  const workflowId = syncContentContract.workflowId(siteId);
  return {
    handle: environment.client.workflow.getHandle<typeof syncContent>(workflowId),
    ask: (input, updateId = input.runId) =>
      environment.client.workflow.executeUpdateWithStart(commitRevision, {
        args: [input],
        updateId,
        startWorkflowOperation: new WithStartWorkflowOperation<typeof syncContent>(syncContentContract.workflowType, {
          workflowId,
          taskQueue,
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: syncContentContract.workflowIdReusePolicy,
          args: [{ siteId, siteName: 'ocw-1' }],
        }),
      }),
  };
}

/** How many asks the execution took on. */
async function accepted(handle: { fetchHistory(): Promise<{ events?: { workflowExecutionUpdateAcceptedEventAttributes?: unknown }[] | null }> }): Promise<number> {
  return ((await handle.fetchHistory()).events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes != null).length;
}

test('an ask is committed, merged and answered; then it ends', async () => {
  const repository = createRepository();
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    await expect(ask(asked(7, 'live'))).resolves.toEqual({ commit: 'live-main-7', commits: 2, filesChanged: 3 });
    await expect(handle.result()).resolves.toEqual({ handled: 1 });
    await replayRun(handle, 'syncContent', 'done');
  });
  expect(repository.log).toEqual(['commit 7 from snapshots/7', 'committed 7', 'merge main-7 for live']);
});

test('a review is committed and merges nothing; the commit is merged when it is let through', async () => {
  const repository = createRepository();
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    await expect(ask(asked(7, null))).resolves.toEqual({ commit: 'main-7', commits: 2, filesChanged: 3 });
    await expect(handle.executeUpdate(mergeCommit, { args: [{ runId: 'run-7', phase: 'merge', commit: 'main-7', version: 'live' }] })).resolves.toEqual({ commit: 'live-main-7' });
    await expect(handle.result()).resolves.toEqual({ handled: 2 });
    await replayRun(handle, 'syncContent', 'done-reviewed');
  });
  expect(repository.log).toEqual(['commit 7 from snapshots/7', 'committed 7', 'merge main-7 for live']);
});

test('asks that come together are done one after the other, by one execution', async () => {
  const gate = createGate();
  const repository = createRepository({ commit: (runId) => (runId === 'run-7' ? gate.pass() : undefined) });
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    const first = ask(asked(7, 'draft'));
    await until('the first commit begins', () => Promise.resolve(gate.arrived === 1));
    const others = Promise.all([ask(asked(8, 'live')), ask(asked(9, 'draft'))]);
    await until('the others are there', async () => (await accepted(handle)) === 3);
    expect(repository.log).toEqual(['commit 7 from snapshots/7']);
    gate.open();
    await expect(first).resolves.toMatchObject({ commit: 'draft-main-7' });
    const answers = await others;
    expect(answers.map((answer) => answer.commit)).toEqual(['live-main-8', 'draft-main-9']);
    await expect(handle.result()).resolves.toEqual({ handled: 3 });
    await replayRun(handle, 'syncContent', 'done-in-turn');
  });
  // Which of the two was accepted first is nobody's promise; that nothing comes between a commit and its merge is.
  const turns = (order: readonly number[]): string[] => order.flatMap((revision) => [`commit ${revision} from snapshots/${revision}`, `committed ${revision}`, `merge main-${revision} for ${revision === 8 ? 'live' : 'draft'}`]);
  expect([turns([7, 8, 9]), turns([7, 9, 8])]).toContainEqual(repository.log);
});

test('an ask that is repeated joins the first one', async () => {
  const gate = createGate();
  const repository = createRepository({ commit: () => gate.pass() });
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    const first = ask(asked(7, 'draft'));
    await until('the commit begins', () => Promise.resolve(gate.arrived === 1));
    const second = ask(asked(7, 'draft'));
    gate.open();
    await expect(Promise.all([first, second])).resolves.toMatchObject([{ commit: 'draft-main-7' }, { commit: 'draft-main-7' }]);
    await expect(handle.result()).resolves.toEqual({ handled: 1 });
    await replayRun(handle, 'syncContent');
  });
  expect(repository.log).toHaveLength(3);
});

test('an ask while it lingers is taken by the same execution; a later one starts the next', async () => {
  const repository = createRepository();
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    await ask(asked(7, 'draft'));
    const { runId } = await handle.describe();
    await ask(asked(8, 'live'));
    expect((await handle.describe()).runId).toBe(runId);
    await expect(handle.result()).resolves.toEqual({ handled: 2 });
    await replayRun(handle, 'syncContent');
    await expect(ask(asked(9, 'live'))).resolves.toMatchObject({ commit: 'live-main-9' });
    expect((await handle.describe()).runId).not.toBe(runId);
    await expect(handle.result()).resolves.toEqual({ handled: 1 });
  });
});

describe('a commit that fails', () => {
  test('for good says why to the one who asked, and the next ask is done', async () => {
    const repository = createRepository({
      merge: (version) => {
        if (version === 'live') throw ApplicationFailure.create({ type: 'MergeConflict', message: 'The branches cannot be merged.', nonRetryable: true, details: [{ problems: [{ message: 'both changed', file: 'content/a.md' }] }] });
      },
    });
    await runWorkers(environment, repository.activities, async (queue) => {
      const { ask, handle } = repositoryOf(queue);
      await expect(ask(asked(7, 'live'))).rejects.toMatchObject({ cause: { type: 'MergeConflict', message: 'The branches cannot be merged.', nonRetryable: true, details: [{ problems: [{ file: 'content/a.md' }] }] } });
      await expect(ask(asked(8, 'draft'))).resolves.toMatchObject({ commit: 'draft-main-8' });
      await expect(handle.result()).resolves.toEqual({ handled: 1 });
      await replayRun(handle, 'syncContent', 'failed');
    });
  });

  test('for a while is tried again, and the one who asked waits', async () => {
    let broken = 3;
    const repository = createRepository({
      commit: () => {
        if (broken-- > 0) throw ApplicationFailure.create({ type: 'GitHubRateLimited', message: 'GitHub is limiting us.', nextRetryDelay: '300 milliseconds' });
      },
    });
    await runWorkers(environment, repository.activities, async (queue) => {
      const { ask, handle } = repositoryOf(queue);
      await expect(ask(asked(7, 'draft'))).resolves.toMatchObject({ commit: 'draft-main-7' });
      await handle.result();
      await replayRun(handle, 'syncContent');
    });
    expect(repository.log.filter((line) => line.startsWith('commit '))).toHaveLength(4);
  });
});

test('cancel ends the step at hand before it answers everybody who waits', async () => {
  const gate = createGate();
  let isWriting = false;
  const repository = createRepository({
    commit: async () => {
      isWriting = true;
      try {
        await gate.pass();
      } finally {
        isWriting = false;
      }
    },
  });
  await runWorkers(environment, repository.activities, async (queue) => {
    const { ask, handle } = repositoryOf(queue);
    const asks = Promise.allSettled([ask(asked(7, 'draft')), ask(asked(8, 'live'))]);
    await until('a commit begins and the other ask waits', async () => gate.arrived === 1 && (await accepted(handle)) === 2);
    await handle.cancel();
    const stopped = { status: 'rejected', reason: { cause: { type: 'RepositoryStopped', nonRetryable: true } } };
    expect(await asks).toMatchObject([stopped, stopped]);
    expect(isWriting).toBe(false);
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await replayRun(handle, 'syncContent', 'cancelled');
  });
  expect(repository.log).toEqual([expect.stringMatching(/^commit [78]/)]);
});
