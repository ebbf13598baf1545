import type { WorkflowHandle, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import { checkLinksContract, linkCheckRequested } from '#temporal/contracts/checkLinks.ts';
import type { checkLinks } from '#workflows/checkLinks.ts';

type CheckActivities = Pick<Activities, 'openLinkCheck' | 'collectLinks' | 'checkLinkBatch' | 'followExecution' | 'recordFailed' | 'recordEnded' | 'tellBrokenLinks'>;

interface CheckRun {
  readonly siteId: string | null;
  readonly requests: number;
  collected: number;
  state: string;
  reason: unknown;
  result: unknown;
}

/** Link checks over rows in memory: so many batches each; `batch` is what happens inside one before it succeeds. */
export function createLinkChecks(given: { readonly batches?: number; readonly batch?: (runId: string) => Promise<void> | void; readonly tell?: () => Promise<{ sites: number }> }) {
  const runs: CheckRun[] = [];
  const executions = new Set<string>();
  const told: string[] = [];
  let waiting = 0;
  let done = 0;
  const run = (runId: string): CheckRun => {
    const found = runs[Number(runId.replace('run-', '')) - 1];
    if (found === undefined) throw new Error(`There is no run ${runId}`);
    return found;
  };
  const activities: CheckActivities = {
    openLinkCheck: ({ siteId, pass }) => {
      if (siteId === null ? pass > 1 : waiting === 0) return Promise.resolve({ runId: null });
      runs.push({ siteId, requests: waiting, collected: 0, state: 'running', reason: null, result: null });
      waiting = 0;
      done = 0;
      return Promise.resolve({ runId: `run-${runs.length}` });
    },
    collectLinks: ({ runId }) => {
      run(runId).collected += 1;
      return Promise.resolve({ summary: '3 links', counts: { links: 3 } });
    },
    checkLinkBatch: async ({ runId }) => {
      await given.batch?.(runId);
      done += 1;
      return { summary: `${done} links looked at`, counts: { looked: done }, left: Math.max(0, (given.batches ?? 1) - done) };
    },
    tellBrokenLinks: ({ runId }) => {
      told.push(`${runId} ${run(runId).state}`);
      return given.tell?.() ?? Promise.resolve({ sites: 1 });
    },
    followExecution: ({ workflowRunId }) => Promise.resolve(void executions.add(workflowRunId)),
    recordFailed: ({ runId, reason }) => Promise.resolve(void Object.assign(run(runId), { state: 'failed', reason })),
    recordEnded: ({ runId, state, reason, result }) => Promise.resolve(void Object.assign(run(runId), { state, reason, result })),
  };
  // Tests of one server must not meet in one entity.
  const workflowId = checkLinksContract.workflowId(randomUUID());
  return {
    activities,
    runs,
    /** Runs after which broken links were told of, with how they stood. */
    told,
    /** Executions that went on with another one's run. */
    executions,

    /** A person asks. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandleWithSignaledRunId<typeof checkLinks>> {
      waiting += 1;
      return environment.client.workflow.signalWithStart<typeof checkLinks, [{ requestId: string }]>(checkLinksContract.workflowType, { workflowId, taskQueue, workflowIdReusePolicy: checkLinksContract.workflowIdReusePolicy, args: [{ siteId: 'site-1' }], signal: linkCheckRequested, signalArgs: [{ requestId: `request-${waiting}` }] });
    },

    /** The schedule's time has come. */
    schedule: (environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandle<typeof checkLinks>> =>
      environment.client.workflow.start<typeof checkLinks>(checkLinksContract.workflowType, { workflowId: `${checkLinksContract.scheduledWorkflowId()}-${randomUUID()}`, taskQueue, args: [{ siteId: null }] }),
  };
}
