import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '#activities/index.ts';
import type { PullPhaseId } from '#domain/processes.ts';
import { type PullContentInput, pullContentContract, pullRequested } from '#temporal/contracts/pullContent.ts';
import type { pullContent } from '#workflows/pullContent.ts';

export type PullActivities = Pick<Activities, 'openPull' | 'fetchSource' | 'compareContent' | 'applyPull' | 'recordPull' | 'recordFailed' | 'recordEnded'>;
export type PullHandle = WorkflowHandleWithSignaledRunId<typeof pullContent>;

/** Pulls over rows in memory; `log` is what happened, in order. */
export function createPulls(during: Partial<Record<PullPhaseId, (runId: string) => Promise<void> | void>> = {}) {
  const waiting: { id: string; dryRun: boolean }[] = [];
  const log: string[] = [];
  const ended: unknown[] = [];
  let runs = 0;
  let asked = 0;
  const step = async <T>(phase: PullPhaseId, runId: string, result: T): Promise<T> => {
    log.push(`${phase} ${runId}`);
    await during[phase]?.(runId);
    return result;
  };
  const done = { summary: '1 changed', counts: { change: 1 } };
  const activities: PullActivities = {
    openPull: ({ siteId }) => {
      const next = waiting.shift();
      if (next === undefined) return Promise.resolve({ runId: null, dryRun: false });
      runs += 1;
      log.push(`open run-${runs} for ${next.id} of ${siteId}`);
      return Promise.resolve({ runId: `run-${runs}`, dryRun: next.dryRun });
    },
    fetchSource: ({ runId }) => step('fetch', runId, { commit: 'c0ffee'.repeat(7).slice(0, 40), summary: '9 files at c0ffee', counts: { files: 9 } }),
    compareContent: ({ runId }) => step('compare', runId, { ...done, summary: '1 to change' }),
    applyPull: ({ runId }) => step('apply', runId, done),
    recordPull: ({ runId }) => step('record', runId, done),
    recordFailed: ({ runId, reason }) => {
      ended.push({ runId, state: 'failed', ...reason });
      return Promise.resolve(void log.push(`failed ${runId}`));
    },
    recordEnded: ({ runId, state, reason }) => {
      ended.push({ runId, state, ...reason });
      return Promise.resolve(void log.push(`${state} ${runId}`));
    },
  };
  const input: PullContentInput = { siteId: 'site-1', siteName: 'algebra' };
  return {
    activities,
    log,
    ended,
    waiting,
    /** Asks as the API does: the row, then signalWithStart. */
    ask: (environment: TestWorkflowEnvironment, taskQueue: string, dryRun = false): Promise<PullHandle> => {
      const requestId = `request-${(asked += 1)}`;
      waiting.push({ id: requestId, dryRun });
      return environment.client.workflow.signalWithStart<typeof pullContent, [{ requestId: string }]>(pullContentContract.workflowType, {
        workflowId: pullContentContract.workflowId('algebra'),
        taskQueue,
        workflowIdReusePolicy: pullContentContract.workflowIdReusePolicy,
        args: [input],
        signal: pullRequested,
        signalArgs: [{ requestId }],
      });
    },
  };
}
