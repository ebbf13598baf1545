/**
 * `limited` and `unavailable`: nothing was made, try again. `uncertain`: a job may have been made; look before another is asked for.
 * `denied`: the account may not do this. `missing`: there is no such job. `refused`: it will not be made.
 */
export type MediaConvertErrorKind = 'unavailable' | 'limited' | 'uncertain' | 'denied' | 'missing' | 'refused';

/** A call to MediaConvert that failed. */
export class MediaConvertError extends Error {
  override readonly name = 'MediaConvertError';
  readonly kind: MediaConvertErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** AWS’s own code, such as TooManyRequestsException. */
  readonly code: string;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: MediaConvertErrorKind, message: string, status: number | null, code: string, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the library throws for an answer, of which this looks at a part. */
interface ServiceAnswer {
  readonly name: string;
  readonly message: string;
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> } | undefined;
}

/** Failures before anything was sent; the last is the library’s for a connection that never came about. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CredentialsProviderError)$/;
const THROTTLED = /^(TooManyRequests|Throttl|RequestLimitExceeded|ServiceQuotaExceeded)/;

/**
 * What the library threw, by what it means.
 * @param changes whether the call makes or ends something, so that one that is not answered leaves a doubt.
 * @returns what was thrown when it is no answer of AWS’s and no failure of the network.
 */
export function toMediaConvertError(error: unknown, what: string, changes: boolean): unknown {
  if (error instanceof MediaConvertError || !(error instanceof Error)) return error;
  const doubtful = changes ? 'uncertain' : 'unavailable';
  if (isServiceAnswer(error)) {
    const status = error.$metadata.httpStatusCode ?? null;
    const message = `MediaConvert answered ${error.name}${status === null ? '' : ` (${status})`} to ${what}: ${error.message.slice(0, 500)}`;
    const seconds = Number(error.$response?.headers?.['retry-after'] ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
    return new MediaConvertError(kindOf(status, error.name, doubtful), message, status, error.name, retryAfterMs);
  }
  // A page of a gateway, say: the library shows what it could not read.
  if ('$response' in error) {
    const status = statusOf(error.$response);
    return new MediaConvertError(kindOf(status, error.name, doubtful), `MediaConvert answered ${what} with what nobody can read${status === null ? '' : ` (${status})`}`, status, error.name);
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  if (NOT_SENT.test(code)) return new MediaConvertError('unavailable', `MediaConvert cannot be reached for ${what}: ${error.message}`, null, code);
  if (code === 'TimeoutError' || code === 'AbortError' || /^E[A-Z]+$/.test(code) || /socket hang up/i.test(error.message)) return new MediaConvertError(doubtful, `MediaConvert did not answer ${what}: ${error.message}`, null, code);
  return error;
}

function kindOf(status: number | null, name: string, doubtful: 'uncertain' | 'unavailable'): MediaConvertErrorKind {
  if (status === 429 || THROTTLED.test(name)) return 'limited';
  // Credentials rotate; who asks again gets the new ones.
  if (/^(ExpiredToken|RequestExpired|UnrecognizedClient)/.test(name)) return 'unavailable';
  if (status === 403 || status === 401) return 'denied';
  if (status === 404) return 'missing';
  // A status of success with an answer nobody can read, too: it may have been done.
  if (status === null || status >= 500 || status === 408 || status < 300) return doubtful;
  return 'refused';
}

function statusOf(response: unknown): number | null {
  return typeof response === 'object' && response !== null && 'statusCode' in response && typeof response.statusCode === 'number' ? response.statusCode : null;
}

function isServiceAnswer(error: Error): error is Error & ServiceAnswer {
  return '$metadata' in error && typeof error.$metadata === 'object' && error.$metadata !== null && '$fault' in error;
}
