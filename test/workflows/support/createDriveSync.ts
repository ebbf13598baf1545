import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { Activities } from '#activities/index.ts';
import { syncDriveFolderContract, type SyncRequested, syncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import type { syncDriveFolder } from '#workflows/syncDriveFolder.ts';

type SyncActivities = Pick<
  Activities,
  | 'openDriveSync' | 'followExecution' | 'makeSiteDriveFolder' | 'makeInnerDriveFolders' | 'compareDriveFolders' | 'waitingDriveFiles' | 'askDriveRemoval' | 'missingDriveFiles' | 'scheduleDriveDeletions'
  | 'recordDriveRemovals' | 'endDriveRemoval' | 'endDriveSync' | 'recordEnded' | 'recordFailed' | 'tellDriveContent' | 'claimDrivePlace' | 'streamDriveFile' | 'saveDriveResource' | 'keepVideo' | 'recordDriveFileFailed' | 'discardDriveUpload' | 'startSiteVideos'
>;

interface Site {
  /** Ids of files that are new at each pass. */
  readonly files?: readonly string[];
  readonly missing?: readonly string[];
  readonly needsConfirmation?: boolean;
}

/** Syncs of one site over rows in memory; `stream` and `list` are what happens inside those steps before they succeed. */
export function createDriveSync(site: Site, during: { readonly stream?: (file: string, runId: string) => Promise<void> | void; readonly list?: (runId: string) => Promise<void> | void } = {}) {
  const name = `course-${randomUUID()}`;
  const idOf = (file: string): string => `${file}-${name}`;
  const runs: { requests: number; state: string; reason: string | null; waiting: Set<string>; undecided: string[]; outcomes: Record<string, string>; executions: Set<string> }[] = [];
  const steps: string[] = [];
  const running = new Set<string>();
  let waiting = 0;
  let looksForVideos = 0;
  let mostAtOnce = 0;
  const runOf = (runId: string) => {
    const run = runs[Number(runId.replace('run-', '')) - 1];
    if (run === undefined) throw new Error(`There is no run ${runId}`);
    return run;
  };
  const fileOf = (id: string): string => id.slice(0, -name.length - 1);
  const settle = (runId: string, id: string, outcome: string): Promise<void> => {
    // A file that is brought over by itself is in no report of a sync.
    if (!runId.startsWith('run-')) return Promise.resolve();
    runOf(runId).waiting.delete(id);
    runOf(runId).outcomes[fileOf(id)] = outcome;
    return Promise.resolve();
  };
  const made = { summary: 'There', counts: { made: 0 } };
  const activities: SyncActivities = {
    openDriveSync: ({ isWanted, workflowRunId }) => {
      if (waiting === 0 && !isWanted) return Promise.resolve({ runId: null });
      runs.push({ requests: waiting, state: 'running', reason: null, waiting: new Set(), undecided: [], outcomes: {}, executions: new Set([workflowRunId]) });
      waiting = 0;
      return Promise.resolve({ runId: `run-${runs.length}` });
    },
    followExecution: ({ runId, workflowRunId }) => Promise.resolve(void runOf(runId).executions.add(workflowRunId)),
    makeSiteDriveFolder: () => Promise.resolve(made),
    makeInnerDriveFolders: () => Promise.resolve(made),
    compareDriveFolders: async ({ runId, changed }) => {
      steps.push(`${runId} list${changed === undefined ? '' : ` ${changed.join()}`}`);
      await during.list?.(runId);
      const run = runOf(runId);
      for (const file of site.files ?? []) run.waiting.add(idOf(file));
      run.undecided = [...(site.missing ?? [])];
      return { summary: 'Listed', counts: {}, verdict: { missing: run.undecided.length, known: 100, needsConfirmation: site.needsConfirmation === true } };
    },
    waitingDriveFiles: ({ runId, except }) => Promise.resolve({ driveFileIds: [...runOf(runId).waiting].filter((id) => !except.includes(id)).slice(0, 4) }),
    keepVideo: () => Promise.resolve({ videoId: null }),
    claimDrivePlace: () => Promise.resolve({ isStored: false }),
    streamDriveFile: async ({ driveFileId, runId }) => {
      running.add(driveFileId);
      mostAtOnce = Math.max(mostAtOnce, running.size);
      try {
        await during.stream?.(fileOf(driveFileId), runId ?? '');
      } finally {
        running.delete(driveFileId);
      }
      return { bytes: 1, size: 1, summary: 'Copied', counts: {} };
    },
    saveDriveResource: async ({ driveFileId, runId }) => {
      await settle(runId, driveFileId, 'streamed');
      return { summary: 'Made', counts: { bytes: 1 } };
    },
    recordDriveFileFailed: ({ driveFileId, runId, reason }) => settle(runId, driveFileId, `failed: ${reason.code}`),
    discardDriveUpload: () => Promise.resolve(),
    startSiteVideos: () => Promise.resolve(((looksForVideos += 1), { started: 0 })),
    askDriveRemoval: ({ runId, missing }) => Promise.resolve(void steps.push(`${runId} asks about ${missing}`)),
    missingDriveFiles: ({ runId }) => Promise.resolve({ fileIds: runOf(runId).undecided.slice(0, 2) }),
    scheduleDriveDeletions: ({ runId, fileIds }) => {
      steps.push(`${runId} removes ${fileIds.join()}`);
      return Promise.resolve({ scheduled: fileIds.length - 1, kept: fileIds.slice(0, 1).map((fileId) => ({ fileId, reason: { code: 'Named', message: 'A page names it.' } })) });
    },
    recordDriveRemovals: ({ runId, fileIds, kept }) => {
      const run = runOf(runId);
      run.undecided = run.undecided.filter((file) => !fileIds.includes(file));
      for (const file of fileIds) run.outcomes[file] = kept.find(({ fileId }) => fileId === file)?.reason.code ?? 'removed';
      return Promise.resolve();
    },
    endDriveRemoval: ({ runId, reason }) => {
      const run = runOf(runId);
      if (reason !== null) for (const file of run.undecided) run.outcomes[file] = reason.code;
      run.undecided = [];
      return Promise.resolve();
    },
    endDriveSync: ({ runId }) => {
      const run = runOf(runId);
      run.state = 'succeeded';
      return Promise.resolve({ changed: Object.values(run.outcomes).filter((outcome) => outcome === 'streamed').length, summary: 'Done' });
    },
    recordEnded: ({ runId, state, reason }) => Promise.resolve(void Object.assign(runOf(runId), { state, reason: reason?.code ?? null })),
    recordFailed: ({ runId, reason }) => Promise.resolve(void Object.assign(runOf(runId), { state: 'failed', reason: reason.code })),
    tellDriveContent: () => Promise.resolve(void steps.push('tell')),
  };
  return {
    activities,
    runs,
    steps,
    idOf,
    mostAtOnce: () => mostAtOnce,
    /** How often it was looked for videos that nobody began. */
    looksForVideos: () => looksForVideos,

    /** A person asks, or something else wants a sync. */
    async ask(environment: TestWorkflowEnvironment, taskQueue: string, given: { readonly reason?: SyncRequested['reason']; readonly fileIds?: readonly string[]; readonly filesPerExecution?: number } = {}): Promise<WorkflowHandleWithSignaledRunId<typeof syncDriveFolder>> {
      const { reason = 'person', fileIds, filesPerExecution } = given;
      if (reason === 'person') waiting += 1;
      return environment.client.workflow.signalWithStart<typeof syncDriveFolder, [SyncRequested]>(syncDriveFolderContract.workflowType, {
        workflowId: syncDriveFolderContract.workflowId(name),
        taskQueue,
        workflowIdReusePolicy: syncDriveFolderContract.workflowIdReusePolicy,
        args: [{ siteId: 'site-1', siteName: name, ...(filesPerExecution === undefined ? {} : { filesPerExecution }) }],
        signal: syncRequested,
        signalArgs: [{ reason, ...(fileIds === undefined ? {} : { fileIds }) }],
      });
    },
  };
}
