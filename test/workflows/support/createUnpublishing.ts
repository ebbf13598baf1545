import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import type { UnpublishPhaseId } from '#domain/processes.ts';
import { canMove, type RunState } from '#domain/runs.ts';
import type { NotifyLearnInput } from '#temporal/contracts/notifyLearn.ts';
import { unpublishRequested, unpublishSiteContract } from '#temporal/contracts/unpublishSite.ts';
import type { unpublishSite } from '#workflows/unpublishSite.ts';

export interface UnpublishRun {
  readonly id: string;
  /** Every state the run was in, oldest first. */
  readonly states: RunState[];
  reason: { readonly code: string; readonly message: string } | null;
}

export type UnpublishHandle = WorkflowHandleWithSignaledRunId<typeof unpublishSite>;

type Step = UnpublishPhaseId | 'settle' | 'release';

type UnpublishActivities = Pick<
  Activities,
  'openUnpublish' | 'checkUnpublish' | 'settleLivePublishes' | 'noteUnpublish' | 'removeLiveSite' | 'purgeUnpublished' | 'unlistFromRoot' | 'recordUnpublished' | 'releasePublishes' | 'recordFailed' | 'recordResumed' | 'recordEnded' | 'tellCatalogue' | 'recordUntold'
>;

/** The rows of unpublishes of one site, in memory, with activities over them. `during` is what happens inside a step before it succeeds. */
export function createUnpublishing(during: Partial<Record<Step, (call: { readonly runId: string; readonly says: (open: number) => void }) => Promise<void> | void>> = {}, receivers: readonly string[] = []) {
  const requests: { readonly id: string; runId: string | null }[] = [];
  const runs: UnpublishRun[] = [];
  const steps: string[] = [];
  const warnings: (readonly string[])[] = [];
  const told: NotifyLearnInput[] = [];
  /** Every status the site was given, oldest first. */
  const statuses: (string | null)[] = [];

  async function step<R>(name: Step, input: object, result: R): Promise<R> {
    steps.push(name);
    await during[name]?.({ runId: 'runId' in input && typeof input.runId === 'string' ? input.runId : '', says: () => undefined });
    return result;
  }

  function move(runId: string, state: RunState): UnpublishRun {
    const run = runs.find((candidate) => candidate.id === runId);
    const from = run?.states.at(-1);
    if (run === undefined || from === undefined) throw new Error(`There is no run ${runId}`);
    if (!canMove(from, state)) throw new Error(`${runId} was to go from ${from} to ${state}`);
    run.states.push(state);
    return run;
  }

  const phase = { counts: {} };
  const activities: UnpublishActivities = {
    openUnpublish: () => {
      const request = requests.find((candidate) => candidate.runId === null);
      if (request === undefined) return Promise.resolve({ runId: null });
      const run: UnpublishRun = { id: `run-${runs.length + 1}`, states: ['running'], reason: null };
      runs.push(run);
      request.runId = run.id;
      return Promise.resolve({ runId: run.id });
    },
    checkUnpublish: (input) => step('check', input, { ...phase, requestedBy: 'user-1', summary: 'The live site is out at ‘courses/ocw-1’' }),
    settleLivePublishes: async () => {
      let open = 0;
      await during.settle?.({ runId: '', says: (number) => (open = number) });
      return { open };
    },
    noteUnpublish: ({ status }) => Promise.resolve(void statuses.push(status)),
    removeLiveSite: (input) => step('remove', input, { ...phase, summary: '9 files removed' }),
    purgeUnpublished: (input) => step('purge', input, { ...phase, receivers, siteUid: 'abc', byHand: ['The CDN ‘live’ was not purged.'], summary: 'No cache purged' }),
    unlistFromRoot: (input) => step('unlist', input, { ...phase, wasListed: true, warnings: ['The root site lists it until it is published.'], summary: 'Off the lists' }),
    recordUnpublished: async (input) => {
      await step('record', input, undefined);
      warnings.push(input.warnings);
      move(input.runId, 'succeeded');
      return { ...phase, summary: 'The site is offline' };
    },
    tellCatalogue: (input) => Promise.resolve(void told.push(input)),
    recordUntold: () => Promise.resolve(),
    releasePublishes: (input) => step('release', { ...input }, undefined),
    recordFailed: ({ runId, reason }) => Promise.resolve(void Object.assign(move(runId, 'failed'), { reason })),
    recordResumed: ({ runId }) => Promise.resolve(void Object.assign(move(runId, 'running'), { reason: null })),
    recordEnded: ({ runId, state, reason }) => Promise.resolve(void Object.assign(move(runId, state), reason === null ? {} : { reason })),
  };

  return {
    activities,
    runs,
    steps,
    warnings,
    /** What catalogues were told, by children of the unpublish. */
    told,
    statuses,
    /** Asks for an unpublish as the API does: the row, then signalWithStart. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<UnpublishHandle> {
      const requestId = `request-${requests.length + 1}`;
      requests.push({ id: requestId, runId: null });
      return environment.client.workflow.signalWithStart<typeof unpublishSite, [{ requestId: string }]>(unpublishSiteContract.workflowType, {
        workflowId: unpublishSiteContract.workflowId('ocw-1'),
        taskQueue,
        workflowIdReusePolicy: unpublishSiteContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', siteName: 'ocw-1' }],
        signal: unpublishRequested,
        signalArgs: [{ requestId }],
        staticSummary: 'Unpublish ocw-1',
      });
    },
  };
}
