import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import { deleteContentContract, deletionsChanged } from '#temporal/contracts/deleteContent.ts';
import type { deleteContent } from '#workflows/deleteContent.ts';

type DeletionActivities = Pick<Activities, 'openDeletion' | 'restoreDeleted' | 'checkDeletions' | 'removeDeletedItems' | 'removeDeletedFiles' | 'recordDeletions' | 'holdDeletions' | 'recordFailed'>;

/** A deletion in memory; `dueAt` is by the clock of the server that runs the workflow, in milliseconds. */
export interface Doomed {
  readonly name: string;
  dueAt: number;
  state: 'pending' | 'done' | 'undone' | 'held';
}

/** Deletions of one site over rows in memory; `files` is what happens inside the last step before it succeeds. */
export function createDeleting(environment: TestWorkflowEnvironment, during: { readonly files?: (runId: string) => Promise<void> | void } = {}) {
  const rows: Doomed[] = [];
  const steps: string[] = [];
  const runs: { readonly isDue: boolean; state: string }[] = [];
  let requests = 0;
  let nowMs = 0;
  const isDue = (row: Doomed): boolean => row.state === 'pending' && row.dueAt <= nowMs;
  const at = (runId: string, state: string): Promise<void> => Promise.resolve(void Object.assign(runs[Number(runId.replace('run-', '')) - 1] ?? {}, { state }));
  const activities: DeletionActivities = {
    async openDeletion() {
      nowMs = await environment.currentTimeMs();
      const due = rows.some(isDue);
      const next = Math.min(...rows.filter((row) => row.state === 'pending' && !isDue(row)).map((row) => row.dueAt));
      const nextDueAt = Number.isFinite(next) ? new Date(next).toISOString() : null;
      if (requests === 0 && !due) return { runId: null, isDue: false, nextDueAt };
      requests = 0;
      runs.push({ isDue: due, state: due ? 'running' : 'succeeded' });
      return { runId: `run-${runs.length}`, isDue: due, nextDueAt };
    },
    restoreDeleted: ({ runId, phase }) => Promise.resolve(void steps.push(`${runId} ${phase}`)).then(() => ({ summary: 'Nothing to bring back', counts: { restored: 0, failed: 0 } })),
    checkDeletions: ({ runId, phase }) => Promise.resolve(void steps.push(`${runId} ${phase}`)).then(() => ({ summary: 'No file to look for', counts: { kept: 0 } })),
    removeDeletedItems: ({ runId, phase }) => Promise.resolve(void steps.push(`${runId} ${phase}`)).then(() => ({ summary: 'Out of the studio', counts: { kept: 0, going: rows.filter(isDue).length } })),
    async removeDeletedFiles({ runId, phase }) {
      steps.push(`${runId} ${phase}`);
      const going = rows.filter(isDue);
      await during.files?.(runId);
      for (const row of going) row.state = 'done';
      return { summary: 'Taken away', counts: { deleted: going.length, failed: 0 } };
    },
    recordDeletions: async ({ runId, deleted }) => {
      await at(runId, 'succeeded');
      return { summary: `${deleted} deleted` };
    },
    holdDeletions: () => {
      for (const row of rows.filter(isDue)) row.state = 'held';
      return Promise.resolve();
    },
    recordFailed: ({ runId, reason }) => at(runId, `failed ${reason.code}`),
  };
  const siteName = `course-${randomUUID()}`;
  return {
    activities,
    siteName,
    runs,
    steps,

    /** A row that is due `afterMs` from now. */
    async add(name: string, afterMs: number): Promise<Doomed> {
      const row: Doomed = { name, dueAt: (await environment.currentTimeMs()) + afterMs, state: 'pending' };
      rows.push(row);
      return row;
    },

    /** Tells that rows changed. */
    async ask(taskQueue: string): Promise<WorkflowHandleWithSignaledRunId<typeof deleteContent>> {
      requests += 1;
      return environment.client.workflow.signalWithStart<typeof deleteContent, [{ requestId: string }]>(deleteContentContract.workflowType, {
        workflowId: deleteContentContract.workflowId(siteName),
        taskQueue,
        workflowIdReusePolicy: deleteContentContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', siteName }],
        signal: deletionsChanged,
        signalArgs: [{ requestId: 'request' }],
      });
    },
  };
}
