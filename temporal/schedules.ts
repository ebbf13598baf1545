import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { buildThemeAssetsContract, type BuildThemeAssetsInput } from './contracts/buildThemeAssets.ts';
import { checkLinksContract, type CheckLinksInput } from './contracts/checkLinks.ts';
import { reconcileRunsContract, type ReconcileRunsInput } from './contracts/reconcileRuns.ts';
import { refreshCaptionsContract, type RefreshCaptionsInput } from './contracts/refreshCaptions.ts';
import { sweepBuildStoreContract } from './contracts/sweepBuildStore.ts';
import { syncImportBucketContract, type SyncImportBucketInput } from './contracts/syncImportBucket.ts';
import { watchDriveContract, type WatchDriveInput } from './contracts/watchDrive.ts';
import { type TaskQueue, taskQueueName } from './taskQueues.ts';

/** Rows quiet for this long are compared with their executions, in milliseconds. */
const RECONCILE_IDLE_MS = 2 * 60_000;
/** Saves that no commit followed for this long were forgotten, in milliseconds. */
const FORGOTTEN_MS = 5 * 60_000;

export interface ScheduleSettings {
  /** 0 leaves it to the webhook and the button. */
  readonly themeCheckMinutes: number;
  /** 0 leaves it to the button. */
  readonly importSyncIntervalMs: number;
  /** 0 leaves it to people. */
  readonly linkCheckSeconds: number;
  /** 0 leaves it to the button. */
  readonly driveWatchIntervalMs: number;
  readonly driveListingIntervalMs: number;
  /** 0 looks never. */
  readonly threePlayUpdatesIntervalMs: number;
}

interface DeclaredSchedule {
  readonly id: string;
  /** Milliseconds; 0 takes the schedule away. */
  readonly everyMs: number;
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: TaskQueue;
  readonly input: unknown;
  readonly summary: string;
}

/** Every schedule of an installation. An execution gets the time behind its workflow id. */
export function declaredSchedules(settings: ScheduleSettings): DeclaredSchedule[] {
  return [
    {
      id: reconcileRunsContract.process,
      everyMs: 2 * 60_000,
      workflowType: reconcileRunsContract.workflowType,
      workflowId: reconcileRunsContract.workflowId(),
      taskQueue: reconcileRunsContract.taskQueue,
      input: { idleMs: RECONCILE_IDLE_MS, quietMs: FORGOTTEN_MS } satisfies ReconcileRunsInput,
      summary: 'Compare the rows of runs with what Temporal runs',
    },
    {
      id: buildThemeAssetsContract.process,
      everyMs: settings.themeCheckMinutes * 60_000,
      workflowType: buildThemeAssetsContract.workflowType,
      workflowId: buildThemeAssetsContract.checkWorkflowId(),
      taskQueue: buildThemeAssetsContract.taskQueue,
      input: { isCheck: true } satisfies BuildThemeAssetsInput,
      summary: 'Look for a push to the themes',
    },
    {
      id: sweepBuildStoreContract.process,
      everyMs: 24 * 60 * 60_000,
      workflowType: sweepBuildStoreContract.workflowType,
      workflowId: sweepBuildStoreContract.workflowId(),
      taskQueue: sweepBuildStoreContract.taskQueue,
      input: {},
      summary: 'Take out of the build store what nobody needs',
    },
    {
      id: syncImportBucketContract.process,
      everyMs: settings.importSyncIntervalMs,
      workflowType: syncImportBucketContract.workflowType,
      workflowId: syncImportBucketContract.workflowId(),
      taskQueue: syncImportBucketContract.taskQueue,
      input: { isScheduled: true } satisfies SyncImportBucketInput,
      summary: 'Copy the import bucket into storage',
    },
    {
      id: checkLinksContract.process,
      everyMs: settings.linkCheckSeconds * 1_000,
      workflowType: checkLinksContract.workflowType,
      workflowId: checkLinksContract.scheduledWorkflowId(),
      taskQueue: checkLinksContract.taskQueue,
      input: { siteId: null } satisfies CheckLinksInput,
      summary: 'Look whether external links lead somewhere',
    },
    {
      id: watchDriveContract.process,
      everyMs: settings.driveWatchIntervalMs,
      workflowType: watchDriveContract.workflowType,
      workflowId: watchDriveContract.workflowId(),
      taskQueue: watchDriveContract.taskQueue,
      input: { listEveryMs: settings.driveListingIntervalMs } satisfies WatchDriveInput,
      summary: 'Look what changed in Google Drive',
    },
    {
      id: refreshCaptionsContract.process,
      everyMs: settings.threePlayUpdatesIntervalMs,
      workflowType: refreshCaptionsContract.workflowType,
      workflowId: refreshCaptionsContract.workflowId(),
      taskQueue: refreshCaptionsContract.taskQueue,
      input: {} satisfies RefreshCaptionsInput,
      summary: 'Look for captions that were corrected at 3Play',
    },
  ];
}

/** Creates the declared schedules, and brings those that exist to what is declared here. */
export async function upsertSchedules(client: Client, queuePrefix: string, settings: ScheduleSettings): Promise<void> {
  for (const declared of declaredSchedules(settings)) {
    const scheduleId = `${queuePrefix}${declared.id}`;
    if (declared.everyMs === 0) {
      await remove(client, scheduleId);
      continue;
    }
    const schedule = {
      spec: { intervals: [{ every: declared.everyMs }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' as const },
      action: {
        type: 'startWorkflow' as const,
        workflowType: declared.workflowType,
        workflowId: declared.workflowId,
        taskQueue: taskQueueName(declared.taskQueue, queuePrefix),
        args: [declared.input],
        staticSummary: declared.summary,
      },
    };
    try {
      await client.schedule.create({ scheduleId, ...schedule });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(scheduleId).update((existing) => ({ ...existing, ...schedule, state: existing.state }));
    }
  }
}

async function remove(client: Client, scheduleId: string): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
