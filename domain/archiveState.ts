import { isUnknown, nextStep, patienceOf, timeOfTimestamp, type WaybackCapture, waybackUrlOf } from './wayback.ts';

/** Where a link stands with the archive; `unknown`: what became of its capture can only be learned from the index. */
export type ArchiveState = 'none' | 'queued' | 'submitted' | 'archived' | 'failed' | 'unknown';

/** Why a capture that nothing was ever heard of is given up; the other reasons are the archive’s own. */
export const NEVER_HEARD = 'never-heard';

/** How long the index is left alone about a link it had no answer for, in milliseconds. */
const INDEX_AWAY_MS = 30 * 60_000;

/** What is known of a link’s archived copy. Times are epoch milliseconds. */
export interface LinkArchive {
  readonly state: ArchiveState;
  /** When it is its turn again: to be submitted, asked about or looked for. */
  readonly dueAt: number | null;
  readonly jobId: string | null;
  readonly submittedAt: number | null;
  /** When the capture begins. */
  readonly startsAt: number | null;
  /** When it was last submitted, asked about or looked for. */
  readonly stepAt: number | null;
  readonly isResubmitted: boolean;
  /** Failures in a row that count. */
  readonly failures: number;
  readonly reason: string | null;
  readonly url: string | null;
  readonly archivedAt: number | null;
}

export const NEVER_ARCHIVED: LinkArchive = { state: 'none', dueAt: null, jobId: null, submittedAt: null, startsAt: null, stepAt: null, isResubmitted: false, failures: 0, reason: null, url: null, archivedAt: null };

/** After the archive took the link: the first look is due when a capture may be done. */
export function afterTaken(archive: LinkArchive, jobId: string, startsInMs: number, now: number): LinkArchive {
  const startsAt = now + startsInMs;
  return afterStep({ ...archive, state: 'submitted', jobId, submittedAt: now, startsAt }, now);
}

/** After a capture failed with the archive’s word, or was not even begun: again when its patience says so, or never. */
export function afterFailure(archive: LinkArchive, statusExt: string, now: number): LinkArchive {
  const patience = patienceOf(statusExt, archive.failures);
  const ended = { ...archive, jobId: null, submittedAt: null, startsAt: null, stepAt: now, reason: statusExt };
  if (patience.kind === 'giveUp') return { ...ended, state: 'failed', dueAt: null };
  return { ...ended, state: 'queued', dueAt: now + patience.afterMs, failures: archive.failures + (patience.isCounted ? 1 : 0) };
}

/** After a capture was found, by its job or in the index. */
export function afterCapture(archive: LinkArchive, capture: Pick<WaybackCapture, 'timestamp' | 'originalUrl'>, now: number): LinkArchive {
  return { ...archive, state: 'archived', dueAt: null, jobId: null, submittedAt: null, startsAt: null, stepAt: now, isResubmitted: false, failures: 0, reason: null, url: waybackUrlOf(capture), archivedAt: timeOfTimestamp(capture.timestamp) ?? now };
}

/** After the index had no answer for a link: it is looked for again later. Neither the account nor other links have to do with that. */
export function afterNoAnswer(archive: LinkArchive, now: number): LinkArchive {
  return { ...archive, dueAt: now + INDEX_AWAY_MS };
}

/** What is to be done now for a capture whose end is not known. */
export function dueStep(archive: LinkArchive, now: number): 'askStatus' | 'lookUp' | 'resubmit' | 'giveUp' {
  return nextStep(jobOf(archive, archive.stepAt ?? now), now).kind;
}

/** After a step that left the end of a capture open: when the next one is due, and which. */
export function afterStep(archive: LinkArchive, now: number): LinkArchive {
  const job = jobOf(archive, now);
  const next = nextStep(job, now);
  switch (next.kind) {
    case 'askStatus':
    case 'lookUp':
      return { ...archive, state: next.kind === 'lookUp' || isUnknown(job, now) ? 'unknown' : 'submitted', dueAt: next.at, stepAt: now };
    case 'resubmit':
      return { ...archive, state: 'queued', dueAt: next.at, jobId: null, submittedAt: null, startsAt: null, stepAt: now, isResubmitted: true };
    case 'giveUp':
      return { ...archive, state: 'failed', dueAt: null, jobId: null, submittedAt: null, startsAt: null, stepAt: now, reason: NEVER_HEARD };
  }
}

function jobOf({ submittedAt, startsAt, isResubmitted }: LinkArchive, lastStepAt: number) {
  return { submittedAt: submittedAt ?? lastStepAt, startsAt: startsAt ?? submittedAt ?? lastStepAt, isResubmitted, lastStepAt };
}
