import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import { createDriveFoldersContract, driveFoldersRequested } from '#temporal/contracts/createDriveFolders.ts';
import type { createDriveFolders } from '#workflows/createDriveFolders.ts';

type FolderActivities = Pick<Activities, 'openDriveFolders' | 'makeSiteDriveFolder' | 'makeInnerDriveFolders' | 'recordFailed' | 'recordEnded'>;

/** Drive folders of one site over rows in memory; `inner` is what happens inside the second step before it succeeds. */
export function createFolderMaking(during: { readonly inner?: (runId: string) => Promise<void> | void }) {
  const runs: { readonly requests: number; state: string; reason: unknown }[] = [];
  const steps: string[] = [];
  let waiting = 0;
  const end = (runId: string, state: string, reason: unknown): void => {
    const run = runs[Number(runId.replace('run-', '')) - 1];
    if (run === undefined) throw new Error(`There is no run ${runId}`);
    Object.assign(run, { state, reason });
  };
  const activities: FolderActivities = {
    openDriveFolders: () => {
      if (waiting === 0) return Promise.resolve({ runId: null });
      runs.push({ requests: waiting, state: 'running', reason: null });
      waiting = 0;
      return Promise.resolve({ runId: `run-${runs.length}` });
    },
    makeSiteDriveFolder: ({ runId, phase }) => {
      steps.push(`${runId} ${phase}`);
      return Promise.resolve({ summary: 'Made the folder', counts: { made: 1 } });
    },
    makeInnerDriveFolders: async ({ runId, phase }) => {
      steps.push(`${runId} ${phase}`);
      await during.inner?.(runId);
      return { summary: 'Made 3 folders', counts: { made: 3 } };
    },
    recordFailed: ({ runId, reason }) => Promise.resolve(end(runId, 'failed', reason)),
    recordEnded: ({ runId, state, reason }) => Promise.resolve(end(runId, state, reason)),
  };
  const siteName = `course-${randomUUID()}`;
  return {
    activities,
    runs,
    steps,

    /** A person asks. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string): Promise<WorkflowHandleWithSignaledRunId<typeof createDriveFolders>> {
      waiting += 1;
      return environment.client.workflow.signalWithStart<typeof createDriveFolders, [{ requestId: string }]>(createDriveFoldersContract.workflowType, {
        workflowId: createDriveFoldersContract.workflowId(siteName),
        taskQueue,
        workflowIdReusePolicy: createDriveFoldersContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', siteName }],
        signal: driveFoldersRequested,
        signalArgs: [{ requestId: `request-${waiting}` }],
      });
    },
  };
}
