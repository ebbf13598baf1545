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

/** How long a schedule is given to say that it was changed: its own workflow hears of it a moment later. */
const HEARD_LOOKS = 10;
const HEARD_PAUSE_MS = 60;

export type ScheduleStep = { readonly kind: 'pause'; readonly reason: string } | { readonly kind: 'resume' } | { readonly kind: 'run' };

/** Changes a schedule: a pause with its reason, no pause any more, or one execution at once unless one is at work. @returns how it stands then; null when there is none. */
export async function steerSchedule(client: Client, queuePrefix: string, id: string, step: ScheduleStep): Promise<ScheduleState | null> {
  const handle = client.schedule.getHandle(queuePrefix + id);
  const before = await describeSchedule(client, queuePrefix, id);
  if (step.kind === 'pause') await handle.pause(step.reason);
  // Temporal takes an empty note for no request at all.
  else if (step.kind === 'resume') await handle.unpause('Resumed');
  else await handle.trigger(ScheduleOverlapPolicy.SKIP);
  const isHeard = (state: ScheduleState | null): boolean =>
    state === null || (step.kind === 'run' ? state.isRunning || state.recent[0]?.workflowRunId !== before?.recent[0]?.workflowRunId : (state.pausedBecause !== null) === (step.kind === 'pause'));
  for (let look = 1; ; look += 1) {
    const state = await describeSchedule(client, queuePrefix, id);
    if (isHeard(state) || look === HEARD_LOOKS) return state;
    await new Promise((resolve) => setTimeout(resolve, HEARD_PAUSE_MS));
  }
}
