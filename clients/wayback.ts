import { isRecord } from '#domain/fieldPaths.ts';
import { promisedDelayMs, type WaybackCapture } from '#domain/wayback.ts';
import { boundedFetch, FetchError } from './boundedFetch.ts';

/**
 * `limited`: the account asks for too much, wait. `unavailable`: nothing was taken, try again. `uncertain`: it may have been
 * taken; asking again is harmless, since a recent capture is found instead of made. `refused`: it will not be taken.
 */
export type WaybackErrorKind = 'limited' | 'unavailable' | 'uncertain' | 'refused';

/** The Wayback Machine did not do what it was asked; what it says of one link is no such error. */
export class WaybackError extends Error {
  override readonly name = 'WaybackError';
  readonly kind: WaybackErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: WaybackErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface WaybackConfig {
  readonly enableWaybackTasks: boolean;
  readonly waybackApiUrl: string;
  readonly waybackAccessKey: string | undefined;
  readonly waybackSecretKey: string | undefined;
  readonly waybackSubmissionIntervalDays: number;
}

/** What the archive says of one link: that it captures it, or why not (`error:…`). */
export type WaybackSubmission =
  /** `startsInMs`: how long it will be before it begins, where the archive is overloaded. */
  | { readonly kind: 'taken'; readonly jobId: string; readonly startsInMs: number }
  | { readonly kind: 'rejected'; readonly statusExt: string; readonly message: string };

/** What became of a capture. A job the archive has forgotten is `pending` like one at work. */
export type WaybackStatus =
  | { readonly kind: 'pending' }
  | ({ readonly kind: 'done' } & Pick<WaybackCapture, 'timestamp' | 'originalUrl'>)
  /** `httpStatus`: what the page answered, where that is why. */
  | { readonly kind: 'failed'; readonly statusExt: string; readonly message: string; readonly httpStatus: number | null };

/** What the account may do now. */
export interface WaybackCapacity {
  /** Captures that can begin, and that are at work. */
  readonly available: number;
  readonly processing: number;
  /** Null where the archive does not say. */
  readonly dailyCaptures: number | null;
  readonly dailyLimit: number | null;
}

/** Jobs that one request asks for. */
export const MAX_JOBS_PER_CALL = 50;

/** How long an answer may take: a capture that is asked for is looked at first. */
const ANSWER_MS = 30_000;
/** The index searches long. */
const INDEX_ANSWER_MS = 60_000;
const MAX_BYTES = 8 * 1024 * 1024;
/** What the archive says is to be waited when there are too many captures at once, and when there are too many a minute. */
const MINUTE_MS = 60_000;

type Answer = { readonly status: number; readonly body: unknown; readonly retryAfterMs: number | null };

export type Wayback = ReturnType<typeof createWayback>;

/** The Wayback Machine: captures of links by an account (Save Page Now 2), and the index of what it holds. */
export function createWayback(config: WaybackConfig) {
  const { waybackApiUrl: base, waybackAccessKey: accessKey, waybackSecretKey: secretKey } = config;
  const isEnabled = config.enableWaybackTasks && accessKey !== undefined && secretKey !== undefined;

  async function ask(path: string, { body, timeoutMs = ANSWER_MS, isSignedIn = true, abortSignal }: { body?: URLSearchParams; timeoutMs?: number; isSignedIn?: boolean; abortSignal?: AbortSignal | undefined }): Promise<Answer> {
    if (isSignedIn && !isEnabled) throw new WaybackError('refused', 'no account of the Wayback Machine is set up', null);
    try {
      const { status, headers, text } = await boundedFetch(`${base}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        ...(body === undefined ? {} : { body }),
        headers: { accept: 'application/json', ...(isSignedIn ? { authorization: `LOW ${accessKey ?? ''}:${secretKey ?? ''}` } : {}) },
        timeoutMs,
        maxBytes: MAX_BYTES,
        takesErrors: true,
        abortSignal,
      });
      const seconds = Number(headers.get('retry-after') ?? Number.NaN);
      return { status, body: parsed(text), retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null };
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      throw new WaybackError(error.kind === 'notSent' ? 'unavailable' : 'uncertain', error.kind === 'notSent' ? 'the Wayback Machine cannot be reached' : `the Wayback Machine did not answer: ${error.message}`, null);
    }
  }

  return {
    /** Whether links are archived at all. */
    isEnabled,

    /**
     * Asks for a capture of a link. One that is newer than the interval of the configuration is taken for it, so a second call
     * makes no second capture.
     * @throws {WaybackError}
     */
    async submit(url: string, abortSignal?: AbortSignal): Promise<WaybackSubmission> {
      const form = new URLSearchParams({ url, skip_first_archive: '1', if_not_archived_within: `${config.waybackSubmissionIntervalDays}d` });
      const answer = await ask('/save', { body: form, abortSignal });
      const said = recordOf(answer.body);
      const statusExt = textOf(said, 'status_ext');
      const message = messageIn(said);
      // Too many captures at once says nothing of the link.
      if (statusExt === 'error:user-session-limit') throw new WaybackError('limited', message, answer.status, answer.retryAfterMs ?? MINUTE_MS);
      // What it has against a link it says with 200 as well as without.
      if (statusExt !== '' && answer.status < 500 && answer.status !== 401 && answer.status !== 429) return { kind: 'rejected', statusExt, message };
      if (answer.status !== 200) throw failureOf(answer);
      const jobId = textOf(said, 'job_id');
      if (jobId === '') throw new WaybackError('uncertain', message === '' ? 'the Wayback Machine gave no job for a capture' : message, answer.status);
      return { kind: 'taken', jobId, startsInMs: promisedDelayMs(message) };
    },

    /**
     * What became of captures, by job; asked in calls of 50. Each job that was asked for is in it.
     * @throws {WaybackError}
     */
    async statuses(jobIds: readonly string[], abortSignal?: AbortSignal): Promise<ReadonlyMap<string, WaybackStatus>> {
      const found = new Map<string, WaybackStatus>(jobIds.map((jobId) => [jobId, { kind: 'pending' }]));
      const wanted = [...found.keys()];
      for (let from = 0; from < wanted.length; from += MAX_JOBS_PER_CALL) {
        const answer = await ask('/save/status', { body: new URLSearchParams({ job_ids: wanted.slice(from, from + MAX_JOBS_PER_CALL).join(',') }), abortSignal });
        if (answer.status !== 200) throw failureOf(answer);
        for (const [jobId, status] of statusesIn(answer)) if (found.has(jobId)) found.set(jobId, status);
      }
      return found;
    },

    /** What the account may do now. @throws {WaybackError} */
    async capacity(abortSignal?: AbortSignal): Promise<WaybackCapacity> {
      // Without a parameter that is new each time an old answer may come.
      const answer = await ask(`/save/status/user?_t=${Date.now()}`, { abortSignal });
      if (answer.status !== 200) throw failureOf(answer);
      const said = recordOf(answer.body);
      const [available, processing] = [numberOf(said, 'available'), numberOf(said, 'processing')];
      if (available === null || processing === null) throw new WaybackError('unavailable', 'the Wayback Machine does not say what the account may do', answer.status);
      return { available, processing, dailyCaptures: numberOf(said, 'daily_captures'), dailyLimit: numberOf(said, 'daily_captures_limit') };
    },

    /**
     * Captures of a link that the index knows, oldest first and at most the ten newest. It lags by up to half a day.
     * @param since epoch milliseconds; older ones are left out
     * @throws {WaybackError}
     */
    async findCaptures(url: string, since: number, abortSignal?: AbortSignal): Promise<WaybackCapture[]> {
      const query = new URLSearchParams({ url, output: 'json', fl: 'timestamp,original,statuscode', from: new Date(since).toISOString().replace(/\D/g, '').slice(0, 14), limit: '-10' });
      const answer = await ask(`/cdx/search/cdx?${query.toString()}`, { timeoutMs: INDEX_ANSWER_MS, isSignedIn: false, abortSignal });
      if (answer.status !== 200) throw failureOf(answer);
      if (!Array.isArray(answer.body)) throw new WaybackError('unavailable', 'the index of the Wayback Machine answered no list', answer.status);
      // The first row names the columns; what is the same as in an older capture has no status.
      return (answer.body as unknown[]).slice(1).flatMap((row) => {
        const [timestamp, originalUrl, status] = Array.isArray(row) ? (row as unknown[]) : [];
        if (typeof timestamp !== 'string' || typeof originalUrl !== 'string') return [];
        return [{ timestamp, originalUrl, status: typeof status === 'string' && /^\d+$/.test(status) ? Number(status) : null }];
      });
    },
  };
}

/** The statuses of an answer: a list of them, one alone, or a mapping by job. @throws {WaybackError} */
function statusesIn({ status, body }: Answer): [string, WaybackStatus][] {
  if (Array.isArray(body)) return (body as unknown[]).flatMap((item) => statusOf(recordOf(item)));
  const said = recordOf(body);
  if (said === null) throw new WaybackError('unavailable', 'the Wayback Machine answered no statuses', status);
  if (typeof said['status'] === 'string') return statusOf(said);
  return Object.entries(said).flatMap(([jobId, item]) => {
    const one = recordOf(item);
    return one === null ? [] : statusOf({ job_id: jobId, ...one });
  });
}

/** Nothing for what names no job: so it says that it has forgotten one. */
function statusOf(said: Readonly<Record<string, unknown>> | null): [string, WaybackStatus][] {
  const jobId = textOf(said, 'job_id');
  if (jobId === '') return [];
  const timestamp = textOf(said, 'timestamp');
  const originalUrl = textOf(said, 'original_url');
  switch (textOf(said, 'status')) {
    case 'success':
      // A capture without its time is nowhere to be read.
      return [[jobId, /^\d{14}$/.test(timestamp) && originalUrl !== '' ? { kind: 'done', timestamp, originalUrl } : { kind: 'pending' }]];
    case 'error':
      return [[jobId, { kind: 'failed', statusExt: textOf(said, 'status_ext'), message: messageIn(said), httpStatus: numberOf(said, 'http_status') }]];
    default:
      return [[jobId, { kind: 'pending' }]];
  }
}

function failureOf({ status, body, retryAfterMs }: Answer): WaybackError {
  const message = messageIn(recordOf(body));
  const words = message === '' ? `the Wayback Machine answered ${status}` : `${message} (${status})`;
  if (status === 429) return new WaybackError('limited', words, status, retryAfterMs ?? MINUTE_MS);
  // A gateway that waited in vain does not know what the server behind it did.
  if (status === 502 || status === 504) return new WaybackError('uncertain', words, status, retryAfterMs);
  if (status === 408 || status >= 500) return new WaybackError('unavailable', words, status, retryAfterMs);
  return new WaybackError('refused', words, status);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A page instead of the API’s answer: what it means is told by its status.
    return null;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return isRecord(value) ? value : null;
}

/** What it has to say, as far as anybody reads. */
function messageIn(record: Readonly<Record<string, unknown>> | null): string {
  return textOf(record, 'message').slice(0, 500);
}

function textOf(record: Readonly<Record<string, unknown>> | null, key: string): string {
  const value = record?.[key];
  return typeof value === 'string' ? value : '';
}

function numberOf(record: Readonly<Record<string, unknown>> | null, key: string): number | null {
  const value = record?.[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
