import type { Output } from '#api/contracts/client.ts';
import type { Deletion } from '#api/contracts/deletions.ts';
import type { DriveFileReport, driveOutcomes } from '#api/contracts/drive.ts';
import type { Run } from '#api/contracts/runs.ts';
import { counted } from '#domain/counted.ts';
import { formatBytes } from '#domain/manifest.ts';
import { percentOf } from '../lib/numbers.ts';
import { runStateWords, type StateWords } from './runWords.ts';

export type DriveOutcome = (typeof driveOutcomes)[number];
export type DriveOutcomes = Readonly<Partial<Record<DriveOutcome, number>>>;

/** How the newest sync stands; one that asks something waits for people, whatever its run says. */
export function syncStateWords({ state }: Pick<Run, 'state'>, isAsking: boolean): StateWords {
  return isAsking ? { tone: 'waiting', icon: 'waiting', word: 'Waits for an answer' } : runStateWords[state];
}

/** What a sync did with a file, as the filters of the report call it. */
export const outcomeLabels: Readonly<Record<DriveOutcome, string>> = {
  waiting: 'To come',
  streamed: 'Brought over',
  unchanged: 'Unchanged',
  skipped: 'Skipped',
  failed: 'Failed',
  removed: 'Removed',
  kept: 'Missing',
};

/** Whether nobody has decided yet what becomes of a file that is missing. */
export function isUndecided({ outcome, reason }: Pick<DriveFileReport, 'outcome' | 'reason'>): boolean {
  return outcome === 'kept' && reason?.code === 'Missing';
}

/** How what became of a file is said and drawn. A file that failed and was brought over since has not failed any more. */
export function fileStateWords({ outcome, state, reason }: Pick<DriveFileReport, 'outcome' | 'state' | 'reason'>): StateWords {
  const isAtWork = state === 'streaming' || state === 'stored';
  switch (outcome) {
    case 'waiting':
      return isAtWork ? { tone: 'running', icon: 'running', word: 'Coming over' } : { tone: 'neutral', icon: 'pending', word: 'To come' };
    case 'failed':
      if (isAtWork) return { tone: 'running', icon: 'running', word: 'Coming over' };
      return state === 'complete' ? { tone: 'done', icon: 'done', word: 'Brought over since' } : { tone: 'failed', icon: 'failed', word: 'Failed' };
    case 'streamed':
      return { tone: 'done', icon: 'done', word: 'Brought over' };
    case 'unchanged':
      return { tone: 'done', icon: 'done', word: 'Unchanged' };
    case 'skipped':
      return { tone: 'neutral', icon: 'skipped', word: 'Skipped' };
    case 'removed':
      return { tone: 'waiting', icon: 'waiting', word: 'On its way out' };
    case 'kept':
      return isUndecided({ outcome, reason }) ? { tone: 'waiting', icon: 'warning', word: 'Missing in Drive' } : { tone: 'neutral', icon: 'skipped', word: 'Kept without its file' };
  }
}

/** Why a file is as it is; undefined when there is nothing to say, or what was said is over. */
export function fileNote({ outcome, state, reason }: Pick<DriveFileReport, 'outcome' | 'state' | 'reason'>): string | undefined {
  return outcome === 'failed' && state === 'complete' ? undefined : reason?.message;
}

/** Whether somebody may have one file brought over once more. */
export function canRetry({ id, outcome, state }: Pick<DriveFileReport, 'id' | 'outcome' | 'state'>): boolean {
  return id !== null && outcome === 'failed' && state === 'failed';
}

/** How far a file is on its way, from 0 to 100; null when nothing is to be shown of that. */
export function percentOver({ outcome, state, bytes, size }: Pick<DriveFileReport, 'outcome' | 'state' | 'bytes' | 'size'>): number | null {
  return outcome === 'waiting' && state === 'streaming' && size !== null && size > 0 ? percentOf(bytes, size) : null;
}

/** How large a file is, or how much of it is there. */
export function sizeWords(file: Pick<DriveFileReport, 'outcome' | 'state' | 'bytes' | 'size'>): string {
  const { bytes, size } = file;
  if (percentOver(file) !== null && size !== null) return `${formatBytes(bytes)} of ${formatBytes(size)}`;
  return size === null ? (bytes > 0 ? formatBytes(bytes) : '') : formatBytes(size);
}

/** What the newest sync asks a person about. */
export function askSentence({ missing, known }: { readonly missing: number; readonly known: number }): string {
  return `${missing.toLocaleString('en-US')} of ${counted(known, 'file')} ${missing === 1 ? 'is' : 'are'} not in Google Drive any more. That is so many that the sync removes nothing before a person has said so.`;
}

/** What becomes of the missing files by either answer, and by none. */
export const ANSWERS: readonly { readonly answer: string; readonly meaning: string }[] = [
  { answer: 'Keep them', meaning: 'their resources stay as they are, and later syncs do not ask about these files again.' },
  { answer: 'Let them go', meaning: 'their resources leave the site once the time of grace is over. Until then each can be kept, and afterwards brought back while the file store has its file. What something else names stays in any case.' },
  { answer: 'No answer', meaning: 'nothing is removed. The question ends with the next sync, or after a week.' },
];

/** What the reader is told of the answer they gave. */
export const ANSWERED = {
  confirm: 'You said that they shall go. Their resources are on their way out.',
  refuse: 'You said that they stay. Nothing is removed.',
} as const;

/** Of the files a sync found in the folders, how many are done with, in percent; those that are missing are not to be brought over. */
export function percentDone(outcomes: DriveOutcomes): number {
  const { waiting, done } = progressOf(outcomes);
  return percentOf(done, waiting + done);
}

/** How far a sync is, or what it came to: "312 of 1,933 files, 4.1 GB read from Google Drive". */
export function progressSentence(outcomes: DriveOutcomes, bytes: number): string {
  const { waiting, done } = progressOf(outcomes);
  const files = waiting === 0 ? counted(done, 'file') : `${done.toLocaleString('en-US')} of ${counted(waiting + done, 'file')}`;
  return `${files}, ${formatBytes(bytes)} read from Google Drive`;
}

function progressOf({ waiting = 0, streamed = 0, unchanged = 0, skipped = 0, failed = 0 }: DriveOutcomes): { readonly waiting: number; readonly done: number } {
  return { waiting, done: streamed + unchanged + skipped + failed };
}

/** Bytes a sync has read from Google Drive, so far or in all. */
export function bytesRead({ phases, result }: Pick<Run, 'phases' | 'result'>): number {
  const bytes = result?.['bytes'] ?? phases.find(({ id }) => id === 'files')?.counts['bytes'];
  return typeof bytes === 'number' ? bytes : 0;
}

/** The counts of a report, as one line; files that need nobody come last. */
export function countsSentence(outcomes: DriveOutcomes): string {
  const words: readonly (readonly [DriveOutcome, string])[] = [['failed', 'failed'], ['skipped', 'skipped'], ['kept', 'missing'], ['removed', 'on their way out'], ['waiting', 'to come'], ['streamed', 'brought over'], ['unchanged', 'unchanged']];
  const parts = words.flatMap(([outcome, word]) => ((outcomes[outcome] ?? 0) > 0 ? [`${(outcomes[outcome] ?? 0).toLocaleString('en-US')} ${word}`] : []));
  return parts.length === 0 ? 'No files in Google Drive' : parts.join(', ');
}

const deletionStateWords: Readonly<Record<Deletion['state'], StateWords>> = {
  pending: { tone: 'waiting', icon: 'waiting', word: 'Waits' },
  going: { tone: 'running', icon: 'running', word: 'Is being taken away' },
  done: { tone: 'neutral', icon: 'done', word: 'Taken away' },
  kept: { tone: 'done', icon: 'done', word: 'Kept' },
  undoing: { tone: 'running', icon: 'running', word: 'Is being brought back' },
  undone: { tone: 'done', icon: 'done', word: 'Undone' },
};

/** How a deletion with its file is said and drawn; one that could not go on waits for a person. */
export function deletionWords({ state, reason }: Pick<Deletion, 'state' | 'reason'>): StateWords {
  if (reason !== null && (state === 'pending' || state === 'going')) return { tone: 'failed', icon: 'failed', word: 'Could not go' };
  if (reason !== null && state === 'undoing') return { tone: 'failed', icon: 'failed', word: 'Could not come back' };
  return deletionStateWords[state];
}

/** What a deletion is about, as people call it. */
export function deletionName({ item, fileName }: Pick<Deletion, 'item' | 'fileName'>): string {
  return item?.title ?? item?.textId ?? fileName ?? 'A file without a name';
}

/** Who or what asked for a deletion. */
export function deletionCause({ cause, requestedBy }: Pick<Deletion, 'cause' | 'requestedBy'>): string {
  return cause === 'missing' ? 'Its file is gone from Google Drive' : `Deleted by ${requestedBy ?? 'somebody who is not here any more'}`;
}

/** Whether it stays because something names it, so that people can see what. */
export function isKeptByOthers({ state, reason, item }: Pick<Deletion, 'state' | 'reason' | 'item'>): boolean {
  return state === 'kept' && reason?.code === 'Referenced' && item !== null;
}

/** Deletions in their order, those together that were asked for at once and stand next to each other. */
export function groupedDeletions<T extends Pick<Deletion, 'request'>>(deletions: readonly T[]): { readonly request: string; readonly rows: readonly T[] }[] {
  const groups: { request: string; rows: T[] }[] = [];
  for (const deletion of deletions) {
    const last = groups.at(-1);
    if (last?.request === deletion.request) last.rows.push(deletion);
    else groups.push({ request: deletion.request, rows: [deletion] });
  }
  return groups;
}

type Egress = NonNullable<Output<'GET /api/v1/system'>['driveEgress']>;

/** How much of the day's bound is used, in percent; null without a bound. */
export function percentOfDay({ bytes, limitBytes }: Egress): number | null {
  return limitBytes === null ? null : percentOf(bytes, limitBytes);
}

/** What was read from Google Drive today, and what that means. */
export function egressSentence(egress: Egress): string {
  const { bytes, limitBytes } = egress;
  if (limitBytes === null) return `${formatBytes(bytes)} today, without a bound.`;
  const rest = Math.max(0, limitBytes - bytes);
  return `${formatBytes(bytes)} of ${formatBytes(limitBytes)} today (${percentOfDay(egress) ?? 0} %). ${rest === 0 ? 'Nothing more is read before midnight UTC.' : `A file of more than ${formatBytes(rest)} waits until after midnight UTC.`}`;
}
