import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import { contentSaved, type RepositoryAction, repositoryRequested, syncContentContract } from '#temporal/contracts/syncContent.ts';
import type { syncContent } from '#workflows/syncContent.ts';

export type RepositoryHandle = WorkflowHandleWithSignaledRunId<typeof syncContent>;

export interface RepositoryRun {
  readonly id: string;
  readonly asked: RepositoryAction;
  /** How many requests it took; none for saves. */
  readonly requests: number;
  readonly states: RunState[];
  reason: { readonly code: string } | null;
}

type RepositoryActivities = Pick<Activities, 'openRepositoryRun' | 'ensureSiteRepository' | 'freezeRevision' | 'commitSaved' | 'removeOrphans' | 'archiveRepository' | 'reopenRepository' | 'recordEnded' | 'recordFailed' | 'commitContent' | 'mergeBranches'>;

let sites = 0;

/**
 * The rows of one site and its repository, in memory, with activities over them. `log` is what was done, in order; `during` is what happens
 * inside a commit before it succeeds.
 */
export function createSiteRepository(environment: TestWorkflowEnvironment, during: (runId: string) => Promise<void> | void = () => undefined) {
  const siteName = `ocw-${(sites += 1)}`;
  const waiting: RepositoryAction[] = [];
  const runs: RepositoryRun[] = [];
  const log: string[] = [];
  const passes = new Map<string, RepositoryRun>();
  const site = { savedRevision: 0, committedRevision: 0 };

  function move(runId: string, state: RunState, reason: RepositoryRun['reason']): Promise<void> {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined || !canMove(from, state)) throw new Error(`${runId} cannot become ${state}`);
    run.states.push(state);
    run.reason = reason;
    return Promise.resolve();
  }

  const activities: RepositoryActivities = {
    openRepositoryRun: ({ isSaved, workflowRunId, pass }) => {
      const known = passes.get(`${workflowRunId}/${pass}`);
      if (known !== undefined) return Promise.resolve({ runId: known.id, asked: known.asked });
      const [first] = isSaved ? [] : waiting;
      if (first === undefined && !(isSaved && site.savedRevision > site.committedRevision)) return Promise.resolve({ runId: null, asked: { action: 'sync' } });
      const asked: RepositoryAction = first ?? { action: 'sync' };
      const taken = isSaved ? [] : waiting.filter((request) => request.action === asked.action);
      for (const request of taken) waiting.splice(waiting.indexOf(request), 1);
      const run: RepositoryRun = { id: `run-${runs.length + 1}`, asked, requests: taken.length, states: ['running'], reason: null };
      runs.push(run);
      passes.set(`${workflowRunId}/${pass}`, run);
      return Promise.resolve({ runId: run.id, asked });
    },
    ensureSiteRepository: ({ runId }) => {
      log.push(`ensure for ${runId}`);
      return Promise.resolve({ summary: 'created', counts: {} });
    },
    freezeRevision: ({ runId }) => {
      log.push(`freeze ${site.savedRevision} for ${runId}`);
      return Promise.resolve({ revision: site.savedRevision, snapshotKey: `snapshots/${runId}`, summary: 'frozen', counts: {} });
    },
    commitSaved: async ({ runId, revision, overwrite }) => {
      await during(runId);
      site.committedRevision = revision;
      log.push(`commit ${revision} for ${runId}${overwrite === true ? ' over everything' : ''}`);
      return { commit: `main-${revision}`, commits: 1, filesChanged: 1, summary: 'committed', counts: {} };
    },
    removeOrphans: ({ runId, delete: isDelete }) => {
      log.push(`orphans for ${runId}${isDelete ? ', removed' : ''}`);
      return Promise.resolve({ summary: 'looked', counts: {} });
    },
    archiveRepository: ({ runId }) => {
      log.push(`archive for ${runId}`);
      return Promise.resolve({ summary: 'archived', counts: {} });
    },
    reopenRepository: ({ runId }) => {
      log.push(`reopen for ${runId}`);
      return Promise.resolve({ summary: 'open', counts: {} });
    },
    commitContent: ({ revision }) => {
      site.committedRevision = revision;
      log.push(`publish ${revision}`);
      return Promise.resolve({ commit: `main-${revision}`, commits: 1, filesChanged: 1 });
    },
    mergeBranches: ({ version, commit }) => Promise.resolve({ commit: `${version}-${commit}` }),
    recordEnded: ({ runId, state, reason }) => move(runId, state, reason),
    recordFailed: ({ runId, reason }) => move(runId, 'failed', reason),
  };

  const start = (taskQueue: string) => ({
    workflowId: syncContentContract.workflowId(siteName),
    taskQueue,
    workflowIdReusePolicy: syncContentContract.workflowIdReusePolicy,
    args: [{ siteId: siteName, siteName }] as [{ siteId: string; siteName: string }],
  });

  return {
    activities,
    siteName,
    runs,
    waiting,
    log,
    site,
    /** Saves as the API does: the row, then the signal. */
    save: (taskQueue: string): Promise<RepositoryHandle> => {
      site.savedRevision += 1;
      return environment.client.workflow.signalWithStart<typeof syncContent, []>(syncContentContract.workflowType, { ...start(taskQueue), signal: contentSaved });
    },
    /** Asks as the API does: the row, then the signal. */
    request: (taskQueue: string, asked: RepositoryAction): Promise<RepositoryHandle> => {
      waiting.push(asked);
      return environment.client.workflow.signalWithStart<typeof syncContent, [{ requestId: string }]>(syncContentContract.workflowType, { ...start(taskQueue), signal: repositoryRequested, signalArgs: [{ requestId: 'request' }] });
    },
    start,
  };
}
