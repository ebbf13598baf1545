import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import { archiveLinksContract, archiveRequested } from '#temporal/contracts/archiveLinks.ts';
import type { archiveLinks } from '#workflows/archiveLinks.ts';

type ArchiveActivities = Pick<Activities, 'takeArchiveRequests' | 'planArchiveTurn' | 'submitLink' | 'followCaptures' | 'settleArchiveRuns' | 'endArchiveRuns'>;

interface ArchiveRun {
  readonly links: number;
  archived: number;
  state: string;
  reason: unknown;
}

const PER_TURN = 7;

/**
 * An archive of links over rows in memory: a request queues so many links, each of which is submitted and, in the next
 * turn, archived. `submit` and `plan` are what happens inside those before they succeed.
 */
export function createArchiving(given: { readonly submit?: (itemId: string) => Promise<void> | void; readonly plan?: () => Promise<void> | void } = {}) {
  const runs: ArchiveRun[] = [];
  const executions = new Set<string>();
  const submitted: string[] = [];
  let waiting: number[] = [];
  let queue: string[] = [];
  let following: string[] = [];
  const runOf = (itemId: string): ArchiveRun | undefined => runs[Number(itemId.split('/')[0])];
  const activities: ArchiveActivities = {
    takeArchiveRequests: ({ workflowRunId }) => {
      executions.add(workflowRunId);
      const taken = waiting;
      waiting = [];
      for (const links of taken) {
        queue.push(...Array.from({ length: links }, (_, index) => `${runs.length}/${index}`));
        runs.push({ links, archived: 0, state: 'running', reason: null });
      }
      return Promise.resolve({ runs: taken.length });
    },
    planArchiveTurn: async () => {
      await given.plan?.();
      return { follows: following.length > 0, submit: queue.slice(0, PER_TURN), nextAt: queue.length + following.length > 0 ? 0 : null };
    },
    submitLink: async ({ itemId }) => {
      await given.submit?.(itemId);
      submitted.push(itemId);
      queue = queue.filter((queued) => queued !== itemId);
      following.push(itemId);
      return { outcome: 'taken' };
    },
    followCaptures: () => {
      const followed = following;
      following = [];
      for (const itemId of followed) {
        const run = runOf(itemId);
        if (run !== undefined) run.archived += 1;
      }
      return Promise.resolve({ followed: followed.length });
    },
    settleArchiveRuns: () => {
      const open = runs.filter((run) => run.state === 'running' && run.archived < run.links);
      for (const run of runs) if (run.state === 'running' && run.archived === run.links) run.state = 'succeeded';
      return Promise.resolve({ open: open.length });
    },
    endArchiveRuns: ({ runId, state, reason }) => {
      for (const [index, run] of runs.entries()) {
        if (run.state !== 'running' || (runId !== null && runId !== `run-${index}`)) continue;
        Object.assign(run, { state, reason });
        if (runId !== null) queue = queue.filter((itemId) => runOf(itemId) !== run);
      }
      return Promise.resolve();
    },
  };
  return {
    activities,
    runs,
    executions,
    /** In the order in which it was. */
    submitted,

    /** A person asks for a site with so many links. */
    ask(environment: TestWorkflowEnvironment, taskQueue: string, links: number): Promise<WorkflowHandleWithSignaledRunId<typeof archiveLinks>> {
      waiting.push(links);
      return environment.client.workflow.signalWithStart<typeof archiveLinks, []>(archiveLinksContract.workflowType, { workflowId: archiveLinksContract.workflowId(), taskQueue, workflowIdReusePolicy: archiveLinksContract.workflowIdReusePolicy, args: [{}], signal: archiveRequested });
    },
  };
}
