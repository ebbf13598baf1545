/**
 * How far a request came: `notSent` reached nobody, so it may be sent again; of `unanswered` nobody knows what it did;
 * `answered` was answered, but not as it should be.
 */
export type FetchErrorKind = 'notSent' | 'unanswered' | 'answered';

/** An outside service did not answer as it should. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly kind: FetchErrorKind;
  constructor(message: string, kind: FetchErrorKind = 'answered') {
    super(message);
    this.kind = kind;
  }
}

export interface BoundedFetchOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  /** Answers other than 2xx are handed on instead of thrown, redirects among them. */
  readonly takesErrors?: boolean;
  readonly abortSignal?: AbortSignal | undefined;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The same, for what is no text. */
  readonly bytes: Uint8Array;
}

/** Codes of failures before anything was sent. */
export const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** Whether what `fetch` threw reached nobody, so that it may be asked again. */
export function isNotSent(error: unknown): boolean {
  const cause = causeOf(error);
  return cause instanceof Error && 'code' in cause && NOT_SENT.test(String(cause.code));
}

/** `fetch` says only that it failed; why is in the cause. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/**
 * Fetches a text or a file within a bound of time and of size; the size counts what comes out of any compression.
 * @throws {FetchError} when the service does not answer in time, answers too much, or (unless `takesErrors`) says no.
 * @throws the caller’s reason when `abortSignal` ends it.
 */
export async function boundedFetch(url: string, options: BoundedFetchOptions): Promise<BoundedAnswer> {
  const { abortSignal, headers, body } = options;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const answer = await fetch(url, {
      method: options.method ?? 'GET',
      signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      ...(options.takesErrors === true ? { redirect: 'manual' as const } : {}),
    });
    if (!answer.ok && options.takesErrors !== true) {
      await answer.body?.cancel();
      throw new FetchError(`It answers ${answer.status}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > options.maxBytes) throw new FetchError(`Its answer is larger than ${options.maxBytes.toLocaleString('en-US')} bytes`);
      chunks.push(chunk);
    }
    const whole = Buffer.concat(chunks);
    return { status: answer.status, headers: answer.headers, text: whole.toString('utf8'), bytes: whole };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    abortSignal?.throwIfAborted();
    if (timeout.aborted) throw new FetchError(`It did not answer within ${options.timeoutMs} ms`, 'unanswered');
    const cause = causeOf(error);
    throw new FetchError(`It cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, isNotSent(error) ? 'notSent' : 'unanswered');
  }
}
