import type { Phase, Run } from '#api/contracts/runs.ts';
import { duration, ordinal } from '../../lib/time.ts';
import { timelineLogic as texts } from '../../words/runs.ts';
import { phaseStateWords, type StateWords } from '../../words/runWords.ts';

/** One phase as the timeline draws it. */
export interface TimelineRow extends StateWords {
  readonly id: string;
  readonly title: string;
  readonly duration: string | null;
  /** What it does, did, or waits for, in one line. */
  readonly line: string | null;
  /** The failed phase, which stands open with its faults. */
  readonly isFault: boolean;
  /** The phase one should look at now. */
  readonly isCurrent: boolean;
}

/** The phases of a run as rows, at a moment. */
export function timelineOf(run: Pick<Run, 'state' | 'phases' | 'reason'>, now: Date): TimelineRow[] {
  const isOver = run.state !== 'running';
  return run.phases.map((phase) => rowOf(phase, run, isOver, now));
}

function rowOf(phase: Phase, run: Pick<Run, 'state' | 'reason'>, isOver: boolean, now: Date): TimelineRow {
  const isOpenEnded = phase.state === 'running' || phase.state === 'retrying';
  // The run ended while the phase was under way: it stopped there, whatever its row says.
  const words: StateWords = isOpenEnded && isOver ? { tone: 'neutral', icon: 'stopped', word: texts.stopped } : phase.state === 'pending' && isOver ? { ...phaseStateWords.skipped, word: texts.notReached } : phaseStateWords[phase.state];
  return {
    ...words,
    id: phase.id,
    title: phase.title,
    duration: durationOf(phase, isOver, now),
    line: lineOf(phase, run, isOver, now),
    isFault: phase.state === 'failed' || (isOpenEnded && run.state === 'failed'),
    isCurrent: isOpenEnded && !isOver,
  };
}

function durationOf(phase: Phase, isOver: boolean, now: Date): string | null {
  if (phase.startedAt === null || phase.state === 'pending') return null;
  if (phase.endedAt !== null) return duration(Date.parse(phase.endedAt) - Date.parse(phase.startedAt));
  if (isOver) return null;
  // Tenths that run past are restless: whole seconds until it ends.
  return duration(Math.floor((now.getTime() - Date.parse(phase.startedAt)) / 1_000) * 1_000).replace('.0 s', ' s');
}

function lineOf(phase: Phase, run: Pick<Run, 'reason'>, isOver: boolean, now: Date): string | null {
  switch (phase.state) {
    case 'pending':
      return null;
    case 'running':
      if (isOver) return null;
      return phase.attempt > 1 ? texts.try(phase.doing, ordinal(phase.attempt)) : phase.doing;
    case 'retrying':
      return isOver ? (phase.error?.message ?? null) : retryLine(phase, now);
    case 'done':
      return phase.attempt > 1 ? [phase.summary, texts.onTry(ordinal(phase.attempt))].filter((part) => part !== null).join(', ') : phase.summary;
    case 'failed':
      return phase.error?.message ?? run.reason?.message ?? null;
    case 'skipped':
      return phase.summary;
  }
}

/** "GitHub is limiting us. Trying again in 12 s (3rd try)." */
export function retryLine(phase: Pick<Phase, 'attempt' | 'nextAttemptAt' | 'error'>, now: Date): string {
  const waitMs = phase.nextAttemptAt === null ? 0 : Date.parse(phase.nextAttemptAt) - now.getTime();
  const when = waitMs < 1_000 ? texts.now : texts.inDuration(duration(Math.ceil(waitMs / 1_000) * 1_000).replace('.0 s', ' s'));
  const again = texts.tryingAgainTry(when, ordinal(phase.attempt + 1));
  return phase.error === null ? again : `${phase.error.message} ${again}`;
}

/** How long a run took, or has taken so far. */
export function runDuration(run: Pick<Run, 'startedAt' | 'endedAt' | 'state'>, now: Date): string | null {
  if (run.endedAt !== null) return duration(Date.parse(run.endedAt) - Date.parse(run.startedAt));
  return run.state === 'running' ? duration(Math.floor((now.getTime() - Date.parse(run.startedAt)) / 1_000) * 1_000).replace('.0 s', ' s') : null;
}

/** What a run is about, in one line: where it is, why it failed, or what it did. */
export function runLine(run: Pick<Run, 'state' | 'phases' | 'reason'>, now: Date): string {
  const rows = timelineOf(run, now);
  const current = rows.find((row) => row.isCurrent);
  switch (run.state) {
    case 'running':
      return current === undefined ? texts.starting : current.tone === 'waiting' ? (current.line ?? current.title) : current.title;
    case 'succeeded':
      return run.phases.findLast((phase) => phase.id === 'deploy')?.summary ?? run.phases.findLast((phase) => phase.summary !== null)?.summary ?? '';
    case 'failed':
    case 'cancelled':
    case 'superseded':
    case 'terminated':
      return run.reason?.message ?? '';
  }
}
