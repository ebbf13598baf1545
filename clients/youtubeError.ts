import { googleWords, type GoogleAnswer } from './googleAnswer.ts';

/**
 * `unavailable` and `rateLimited` pass by themselves. `quota`: the project’s share of the day is used, until midnight in California.
 * `uploadLimit`: the channel’s uploads of 24 hours are. `revoked`: the consent is no longer good, and a person must give it anew.
 * `wrongChannel`: it was given for another channel. `forbidden`: the account may not do this. `missing`: YouTube has no such thing.
 * `exists`: it has it already. `gone`: the session of an upload is no more. `refused`: it does not take what it was given.
 */
export type YouTubeErrorKind = 'unavailable' | 'rateLimited' | 'quota' | 'uploadLimit' | 'revoked' | 'wrongChannel' | 'forbidden' | 'missing' | 'exists' | 'gone' | 'refused';

interface Facts {
  readonly status?: number | null;
  readonly reason?: string | null;
  readonly retryAfterMs?: number | null;
  readonly isUncertain?: boolean;
}

/** A call to YouTube that failed. */
export class YouTubeError extends Error {
  override readonly name = 'YouTubeError';
  readonly kind: YouTubeErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** Google’s own word for it. */
  readonly reason: string | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** Whether it may have been done nevertheless: look before you do it again. */
  readonly isUncertain: boolean;
  constructor(kind: YouTubeErrorKind, message: string, { status = null, reason = null, retryAfterMs = null, isUncertain = false }: Facts = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.isUncertain = isUncertain;
  }
}

/** Words of developers.google.com/youtube/v3/docs/errors; the same status means several things. */
const KINDS: Readonly<Record<string, YouTubeErrorKind>> = {
  quotaExceeded: 'quota',
  dailyLimitExceeded: 'quota',
  rateLimitExceeded: 'rateLimited',
  userRateLimitExceeded: 'rateLimited',
  uploadRateLimitExceeded: 'rateLimited',
  uploadLimitExceeded: 'uploadLimit',
  captionExists: 'exists',
  youtubeSignupRequired: 'forbidden',
  backendError: 'unavailable',
  internalError: 'unavailable',
};

/** Words of the endpoint for tokens; those of the API are written in another way. */
const TOKEN_WORDS = /^(invalid|unauthorized|deleted|disabled|unsupported|access|org)_/;

/** What an answer other than a good one means. */
export function toYouTubeError(answer: GoogleAnswer): YouTubeError {
  const { status } = answer;
  const { reason, message: said, retryAfterMs } = googleWords(answer);
  // Its texts have links in them.
  const words = said.replace(/<[^>]*>/g, '');
  const message = words === '' ? `YouTube answers ${status}` : `${words} (${status}${reason === null ? '' : ` ${reason}`})`;
  if (reason === 'invalid_grant') return new YouTubeError('revoked', `Google no longer takes the consent for the YouTube channel: ${message}. Somebody who manages the channel must give it again`, { status, reason });
  if (reason !== null && TOKEN_WORDS.test(reason)) return new YouTubeError('refused', `Google does not take the OAuth client of YT_CLIENT_ID: ${message}`, { status, reason });
  return new YouTubeError(kindOf(status, reason, words), message, { status, reason, retryAfterMs, isUncertain: status >= 500 || status === 408 });
}

function kindOf(status: number, reason: string | null, message: string): YouTubeErrorKind {
  // Google has two ways to say that the day’s share is used; the other one looks like a limit of the moment.
  if (reason === 'rateLimitExceeded' && /\bper day\b/i.test(message)) return 'quota';
  const named = reason !== null && Object.hasOwn(KINDS, reason) ? KINDS[reason] : undefined;
  if (named !== undefined) return named;
  if (status === 429) return 'rateLimited';
  // A token may be withdrawn at any time; the next call asks for another.
  if (status >= 500 || status === 408 || status === 401) return 'unavailable';
  if (status === 410) return 'gone';
  if (status === 404) return 'missing';
  return status === 403 ? 'forbidden' : 'refused';
}
