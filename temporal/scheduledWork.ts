import { type Client, type ScheduleDescription, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { declaredSchedules } from './schedules.ts';

const NOTHING_SET = { themeCheckMinutes: 0, importSyncIntervalMs: 0, linkCheckSeconds: 0, driveWatchIntervalMs: 0, driveListingIntervalMs: 0, threePlayUpdatesIntervalMs: 0 };

/** Every schedule the studio knows, whether or not it is set up here: the process it starts, and what it is for. */
export const scheduledWork: readonly { readonly id: string; readonly summary: string }[] = declaredSchedules(NOTHING_SET).map(({ id, summary }) => ({ id, summary }));

/** Executions of a schedule that are told of, newest first. */
const RECENT = 5;

export interface ScheduleState {
  /** Milliseconds. */
  readonly everyMs: number | null;
  /** Why it is paused; null while it is not. */
  readonly pausedBecause: string | null;
  readonly nextAt: Date | null;
  readonly isRunning: boolean;
  /** Newest first. */
  readonly recent: readonly { readonly at: Date; readonly workflowId: string; readonly workflowRunId: string }[];
  /** How often it was its time while the execution before was still at work. */
  readonly skipped: number;
}

/** How a schedule stands in Temporal; null when there is none, because its interval is 0 or no worker has started yet. */
export async function describeSchedule(client: Client, queuePrefix: string, id: string): Promise<ScheduleState | null> {
  try {
    return stateOf(await client.schedule.getHandle(queuePrefix + id).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function stateOf({ spec, state, info }: ScheduleDescription): ScheduleState {
  return {
    everyMs: spec.intervals?.[0]?.every ?? null,
    pausedBecause: state.paused ? (state.note ?? '') : null,
    nextAt: state.paused ? null : (info.nextActionTimes[0] ?? null),
    isRunning: info.runningActions.length > 0,
    recent: [...info.recentActions].reverse().slice(0, RECENT).map(({ takenAt, action }) => ({ at: takenAt, workflowId: action.workflow.workflowId, workflowRunId: action.workflow.firstExecutionRunId })),
    skipped: info.numActionsSkippedOverlap,
  };
}

/** Changes a schedule: a pause with its reason, no pause any more, or one execution at once unless one is at work. */
export async function steerSchedule(client: Client, queuePrefix: string, id: string, step: { readonly kind: 'pause'; readonly reason: string } | { readonly kind: 'resume' } | { readonly kind: 'run' }): Promise<void> {
  const handle = client.schedule.getHandle(queuePrefix + id);
  switch (step.kind) {
    case 'pause':
      return handle.pause(step.reason);
    case 'resume':
      return handle.unpause('');
    case 'run':
      return handle.trigger(ScheduleOverlapPolicy.SKIP);
  }
}
