/** Save Page Now’s reasons why a capture failed, by how long to be patient; without their `error:`. */
const ERRORS = {
  /** Of the archive, or of the moment: soon again. */
  transient: [
    'user-session-limit', 'service-unavailable', 'cannot-fetch', 'no-browsers-available', 'celery', 'proxy-error', 'internal-server-error', 'job-failed', 'soft-time-limit-exceeded', 'browsing-timeout', 'read-timeout',
    'too-many-requests', 'protocol-error', 'gateway-timeout', 'bad-gateway', 'capture-location-error', 'bandwidth-limit-exceeded', 'no-captures',
  ],
  /** Of the day: tomorrow again. */
  daily: ['too-many-daily-captures', 'too-many-daily-captures-host', 'max-daily-bandwidth', 'max-daily-bandwidth-from-ip', 'max-daily-bandwidth-host'],
  /** Of the page: not before the next capture is due. */
  permanent: [
    'invalid-url-syntax', 'invalid-url', 'invalid-host-resolution', 'invalid-server-response', 'not-found', 'no-access', 'unauthorized', 'forbidden', 'blocked', 'blocked-url', 'blocked-client-ip', 'filesize-limit', 'method-not-allowed',
    'too-many-redirects', 'bad-request', 'ftp-access-denied', 'not-implemented', 'http-version-not-supported', 'network-authentication-required',
  ],
} as const;

export type WaybackErrorClass = keyof typeof ERRORS | 'unknown';

/** What an account may ask for in a minute, whatever comes of it. */
export const CAPTURES_PER_MINUTE = 7;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const classes = new Map<string, WaybackErrorClass>(Object.entries(ERRORS).flatMap(([name, codes]) => codes.map((code): [string, WaybackErrorClass] => [code, name as WaybackErrorClass])));

/** The class of a `status_ext` such as `error:not-found`. What is not known yet, or not said, is `unknown`. */
export function errorClassOf(statusExt: string): WaybackErrorClass {
  return classes.get(statusExt.replace(/^error:/, '')) ?? 'unknown';
}

/** What to do after a capture failed: submit again after a while, or leave it until the next is due. */
export type WaybackPatience =
  /** `isCounted`: whether it was one of the capture’s tries; that the account is busy is not. */
  { readonly kind: 'again'; readonly afterMs: number; readonly isCounted: boolean } | { readonly kind: 'giveUp' };

/** Pauses after the first, second … failure of each class. */
const PAUSES: Readonly<Record<WaybackErrorClass, readonly number[]>> = {
  transient: [2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY],
  daily: [DAY, DAY, DAY],
  permanent: [],
  // Once, for a word that may be new; no oftener, for it may be new and final.
  unknown: [DAY],
};

/** How long to be patient with a capture that failed for this reason. @param failures counted ones before this, of any class */
export function patienceOf(statusExt: string, failures: number): WaybackPatience {
  if (statusExt === 'error:user-session-limit') return { kind: 'again', afterMs: MINUTE, isCounted: false };
  const afterMs = PAUSES[errorClassOf(statusExt)][failures];
  return afterMs === undefined ? { kind: 'giveUp' } : { kind: 'again', afterMs, isCounted: true };
}

const UNITS: Readonly<Record<string, number>> = { day: DAY, hour: HOUR, minute: MINUTE, second: SECOND };

/**
 * How long until a capture begins, in milliseconds, as the archive says when it takes one: “The capture will start in
 * ~1 hour, 35 minutes because our service is currently overloaded.” 0 when it says nothing of the kind.
 */
export function promisedDelayMs(message: string): number {
  const [, said = ''] = /\bcapture will (?:start|begin) in\s+~?\s*((?:\d+\s*[a-z]+[\s,]*)+)/i.exec(message) ?? [];
  let totalMs = 0;
  for (const [, count, unit] of said.matchAll(/(\d+)\s*(day|hour|minute|second|s\b)/gi)) totalMs += Number(count) * (UNITS[(unit ?? '').toLowerCase()] ?? SECOND);
  return totalMs;
}

/** A capture that the archive has taken; times are epoch milliseconds. */
export interface WaybackJob {
  readonly submittedAt: number;
  /** When it begins: later than it was submitted where the archive said so. */
  readonly startsAt: number;
  /** It was submitted once more because nothing was ever heard of the first. */
  readonly isResubmitted: boolean;
  /** When the last of the steps below was done. */
  readonly lastStepAt: number;
}

/** What is next to be done for a capture of which nothing is known yet, and when (epoch milliseconds). */
export type WaybackStep = { readonly kind: 'askStatus' | 'lookUp' | 'resubmit' | 'giveUp'; readonly at: number };

/** After its start: a capture takes up to two minutes, and the archive forgets what became of it after an hour. */
const ASK_AFTER_MS = [90 * SECOND, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 55 * MINUTE];
/** The index lags by up to half a day. */
const LOOK_UP_AFTER_MS = [12 * HOUR, DAY];
/** Past this nothing is known of a capture any more, though the archive still says `pending`. */
const UNKNOWN_AFTER_MS = HOUR;

const steps: readonly { readonly kind: WaybackStep['kind']; readonly afterMs: number }[] = [...ASK_AFTER_MS.map((afterMs) => ({ kind: 'askStatus' as const, afterMs })), ...LOOK_UP_AFTER_MS.map((afterMs) => ({ kind: 'lookUp' as const, afterMs }))];

/**
 * The next step for a capture whose end is not known: its status within the hour, then the index, then one more capture.
 * Of steps that were missed, because nobody was there to take them, the last is taken.
 */
export function nextStep(job: WaybackJob, now: number): WaybackStep {
  const ahead = steps.filter(({ afterMs }) => job.startsAt + afterMs > job.lastStepAt);
  const overdue = ahead.filter(({ afterMs }) => job.startsAt + afterMs <= now);
  // A status is worth asking for while it is remembered; the index is not.
  const useful = overdue.filter(({ kind }) => kind === 'lookUp' || now < job.startsAt + UNKNOWN_AFTER_MS);
  const next = useful.at(-1) ?? ahead.find(({ afterMs }) => job.startsAt + afterMs > now);
  if (next !== undefined) return { kind: next.kind, at: job.startsAt + next.afterMs };
  return { kind: job.isResubmitted ? 'giveUp' : 'resubmit', at: Math.max(job.lastStepAt, job.startsAt + DAY) };
}

/** Whether what became of a capture can no longer be learned from its status. */
export function isUnknown(job: Pick<WaybackJob, 'startsAt'>, now: number): boolean {
  return now >= job.startsAt + UNKNOWN_AFTER_MS;
}

/** Whether a link is to be captured: never before, or its last copy is as old as that. Times are epoch milliseconds. */
export function isCaptureDue(lastCapturedAt: number | null, now: number, intervalDays: number): boolean {
  return lastCapturedAt === null || now - lastCapturedAt >= intervalDays * DAY;
}

/** A capture as the archive’s index has it. */
export interface WaybackCapture {
  /** Fourteen digits, UTC. */
  readonly timestamp: string;
  readonly originalUrl: string;
  /** Null where the page was the same as in an older capture. */
  readonly status: number | null;
}

/** The newest capture since then that shows a page, if there is one. @param since epoch milliseconds */
export function newestCapture(captures: readonly WaybackCapture[], since: number): WaybackCapture | null {
  const good = captures.filter(({ timestamp, status }) => (status === null || status < 400) && (timeOfTimestamp(timestamp) ?? -Infinity) >= since);
  return good.reduce<WaybackCapture | null>((newest, capture) => (newest === null || capture.timestamp > newest.timestamp ? capture : newest), null);
}

/** Where a capture is read. */
export function waybackUrlOf({ timestamp, originalUrl }: Pick<WaybackCapture, 'timestamp' | 'originalUrl'>): string {
  return `https://web.archive.org/web/${timestamp}/${originalUrl}`;
}

/** The archive’s fourteen digits as epoch milliseconds; null when they are no time. */
export function timeOfTimestamp(timestamp: string): number | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(timestamp) ?? [];
  if (year === undefined) return null;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? null : time;
}
