/** An outside service did not answer as it should. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

export interface BoundedFetchOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly method?: 'GET' | 'POST';
  readonly body?: URLSearchParams;
  /** Answers other than 2xx are handed on instead of thrown. */
  readonly takesErrors?: boolean;
}

/**
 * Fetches a text within a bound of time and of size; the size counts what comes out of any compression.
 * @throws {FetchError} when the service does not answer in time, answers too much, or (unless `takesErrors`) says no.
 */
export async function boundedFetch(url: string, options: BoundedFetchOptions): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const answer = await fetch(url, { method: options.method ?? 'GET', signal: AbortSignal.timeout(options.timeoutMs), ...(options.body === undefined ? {} : { body: options.body }) });
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
    return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    if (error instanceof FetchError) throw error;
    if (error instanceof Error && error.name === 'TimeoutError') throw new FetchError(`It did not answer within ${options.timeoutMs} ms`);
    // fetch says only that it failed; why is in the cause.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new FetchError(`It cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
