import type { WorkflowHandle, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import { importSyncRequested, syncImportBucketContract } from '#temporal/contracts/syncImportBucket.ts';
import type { syncImportBucket } from '#workflows/syncImportBucket.ts';

type SyncActivities = Pick<Activities, 'openImportSync' | 'copyImports' | 'recordFailed' | 'recordEnded'>;

interface SyncRun {
  readonly requests: number;
  state: string;
  reason: unknown;
  result: unknown;
}

/** Import syncs over rows in memory; `copy` is what happens inside a copy before it succeeds. */
export function createImportSync(during: { readonly copy?: (runId: string) => Promise<void> | void }) {
  const runs: SyncRun[] = [];
  const passes = new Set<string>();
  let waiting = 0;
  let isBusy = false;
  let looks = 0;
  const end = (runId: string, state: string, reason: unknown, result: unknown): void => {
    const run = runs[Number(runId.replace('run-', '')) - 1];
    if (run === undefined) throw new Error(`There is no run ${runId}`);
    Object.assign(run, { state, reason, result });
  };
  const activities: SyncActivities = {
    openImportSync: ({ workflowRunId, pass, isScheduled }) => {
      looks += 1;
      if (isBusy) return Promise.resolve({ runId: null, isBusy: true, dryRun: false });
      if ((waiting === 0 && !isScheduled) || passes.has(`${workflowRunId} ${pass}`)) return Promise.resolve({ runId: null, isBusy: false, dryRun: false });
      passes.add(`${workflowRunId} ${pass}`);
      runs.push({ requests: waiting, state: 'running', reason: null, result: null });
      waiting = 0;
      return Promise.resolve({ runId: `run-${runs.length}`, isBusy: false, dryRun: false });
    },
    copyImports: async ({ runId }) => {
      await during.copy?.(runId);
      return { summary: '2 files', counts: { copied: 2 }, named: ['a', 'b'] };
    },
    recordFailed: ({ runId, reason }) => Promise.resolve(end(runId, 'failed', reason, null)),
    recordEnded: ({ runId, state, reason, result }) => Promise.resolve(end(runId, state, reason, result)),
  };
  // Tests of one server must not meet in the one entity there is.
  const workflowId = `${syncImportBucketContract.workflowId()}/${randomUUID()}`;
  return {
    activities,
    runs,
    looks: (): number => looks,
    setBusy: (now: boolean): void => void (isBusy = now),

    /** A person asks. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandleWithSignaledRunId<typeof syncImportBucket>> {
      waiting += 1;
      return environment.client.workflow.signalWithStart<typeof syncImportBucket, [{ requestId: string }]>(syncImportBucketContract.workflowType, { workflowId, taskQueue, workflowIdReusePolicy: syncImportBucketContract.workflowIdReusePolicy, args: [{}], signal: importSyncRequested, signalArgs: [{ requestId: `request-${waiting}` }] });
    },

    /** The schedule's time has come. */
    schedule: (environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandle<typeof syncImportBucket>> =>
      environment.client.workflow.start<typeof syncImportBucket>(syncImportBucketContract.workflowType, { workflowId: `${workflowId}-${randomUUID()}`, taskQueue, args: [{ isScheduled: true }] }),
  };
}
