import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { Activities } from '#activities/index.ts';
import { ingestDriveFileContract, type IngestDriveFileInput } from '#temporal/contracts/ingestDriveFile.ts';
import type { ingestDriveFile } from '#workflows/ingestDriveFile.ts';

type IngestActivities = Pick<Activities, 'openRequestRun' | 'claimDrivePlace' | 'streamDriveFile' | 'saveDriveResource' | 'keepVideo' | 'openVideoRun' | 'recordDriveFileFailed' | 'discardDriveUpload' | 'tellDriveContent' | 'recordEnded' | 'recordFailed'>;

/** Files brought over with nothing behind them; `stream` is what happens inside the copy before it succeeds. */
export function createFileIngest(during: { readonly stream?: (driveFileId: string) => Promise<void> | void; readonly discard?: () => void; readonly videoId?: string } = {}) {
  const steps: string[] = [];
  const note = (step: string): Promise<void> => {
    steps.push(step);
    return Promise.resolve();
  };
  const activities: IngestActivities = {
    openRequestRun: ({ requestId }) => Promise.resolve({ runId: `run of ${requestId ?? ''}` }),
    claimDrivePlace: async ({ runId }) => {
      await note(`place in ${runId}`);
      return { isStored: false };
    },
    streamDriveFile: async ({ driveFileId, phase }) => {
      await note(`stream ${phase ?? 'as a child'}`);
      await during.stream?.(driveFileId);
      return { bytes: 7, size: 7, summary: '7 bytes copied', counts: { bytes: 7 } };
    },
    saveDriveResource: async ({ phase, bytes }) => {
      await note(`resource ${phase ?? 'as a child'} of ${bytes}`);
      return { summary: 'Made the resource', counts: { bytes } };
    },
    keepVideo: () => Promise.resolve({ videoId: during.videoId ?? null }),
    // What becomes of a video is tested by itself; here it ends where it begins.
    openVideoRun: async ({ siteId, videoId }) => {
      await note(`video ${videoId} of ${siteId}`);
      return { runId: null, phase: 'done' };
    },
    recordDriveFileFailed: ({ runId, reason }) => note(`failed in ${runId}: ${reason.code}`),
    discardDriveUpload: async () => {
      await note('discard');
      during.discard?.();
    },
    tellDriveContent: () => note('tell'),
    recordEnded: ({ runId, state }) => note(`${runId} ${state}`),
    recordFailed: ({ runId, reason }) => note(`${runId} failed: ${reason.code}`),
  };
  const driveFileId = randomUUID();
  return {
    activities,
    steps,
    driveFileId,
    start(environment: TestWorkflowEnvironment, taskQueue: string, given: Partial<IngestDriveFileInput>): Promise<WorkflowHandleWithFirstExecutionRunId<typeof ingestDriveFile>> {
      return environment.client.workflow.start<typeof ingestDriveFile>(ingestDriveFileContract.workflowType, {
        workflowId: ingestDriveFileContract.workflowId(driveFileId),
        taskQueue,
        workflowIdReusePolicy: ingestDriveFileContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', driveFileId, ...given }],
      });
    },
  };
}
