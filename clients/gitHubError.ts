export type GitHubErrorKind = 'unavailable' | 'rateLimited' | 'refused' | 'conflict' | 'missing';

/** A call to GitHub that failed. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly kind: GitHubErrorKind;
  readonly status: number | null;
  /** How long GitHub asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: GitHubErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export type ResponseHeaders = Readonly<Record<string, string | number | undefined>>;

export interface RequestErrorLike {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: ResponseHeaders; readonly data?: unknown };
}

/** Whether Octokit threw it about an answer, or about having got none. */
export function isRequestError(error: unknown): error is RequestErrorLike {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** GitHub’s advice for a secondary limit that names no time, in milliseconds. */
const UNNAMED_WAIT_MS = 60_000;

/**
 * For how many milliseconds an answer forbids any further call; null when it is about no limit. Times are taken in GitHub’s own
 * clock where it shows it, so that a clock of ours that is wrong neither hammers nor sleeps for hours.
 */
export function limitOf(status: number, message: string, headers: ResponseHeaders): number | null {
  const retryAfterSeconds = secondsOf(headers['retry-after']);
  const isExhausted = String(headers['x-ratelimit-remaining']) === '0';
  const isSecondary = /secondary rate limit|abuse detection/i.test(message);
  if (status !== 429 && !(status === 403 && (isSecondary || isExhausted || retryAfterSeconds !== null))) return null;
  if (retryAfterSeconds !== null) return retryAfterSeconds * 1_000;
  return (isExhausted ? untilResetMs(headers) : null) ?? UNNAMED_WAIT_MS;
}

/** Milliseconds until the quota of the headers is full again; null when they do not say. */
export function untilResetMs(headers: ResponseHeaders): number | null {
  const resetSeconds = secondsOf(headers['x-ratelimit-reset']);
  if (resetSeconds === null) return null;
  return Math.max(1_000, resetSeconds * 1_000 - hostTimeMs(headers));
}

/** The host’s own time, epoch milliseconds; ours where it does not say. */
export function hostTimeMs(headers: ResponseHeaders): number {
  const said = Date.parse(String(headers['date'] ?? ''));
  return Number.isNaN(said) ? Date.now() : said;
}

function secondsOf(header: string | number | undefined): number | null {
  if (header === undefined || header === '') return null;
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** What an Octokit error means: whether to wait, to give up, or that the thing is not there. */
export function toGitHubError(error: unknown): unknown {
  if (error instanceof GitHubError || !isRequestError(error)) return error;
  // Octokit reports what never got an answer as a status 500 of its own making.
  if (error.response === undefined) return new GitHubError('unavailable', error.message, null);
  const { headers } = error.response;
  const waitMs = limitOf(error.status, error.message, headers);
  if (waitMs !== null) return new GitHubError('rateLimited', error.message, error.status, waitMs);
  const retryAfterSeconds = secondsOf(headers['retry-after']);
  if (error.status >= 500) return new GitHubError('unavailable', error.message, error.status, retryAfterSeconds === null ? null : retryAfterSeconds * 1_000);
  if (error.status === 404) return new GitHubError('missing', error.message, 404);
  if (error.status === 409) return new GitHubError('conflict', error.message, 409);
  return new GitHubError('refused', error.message, error.status);
}
