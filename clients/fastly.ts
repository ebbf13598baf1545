export type FastlyErrorKind = 'unavailable' | 'refused';

/** A purge that Fastly did not do. */
export class FastlyError extends Error {
  override readonly name = 'FastlyError';
  readonly kind: FastlyErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long Fastly asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: FastlyErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The distributions of the CDN, each with a service and a token of its own. */
export type FastlyDistribution = 'draft' | 'live' | 'test';

export interface FastlyConfig {
  readonly fastlyApiUrl: string;
  readonly fastlyDraftServiceId: string | undefined;
  readonly fastlyDraftApiToken: string | undefined;
  readonly fastlyLiveServiceId: string | undefined;
  readonly fastlyLiveApiToken: string | undefined;
  readonly fastlyTestServiceId: string | undefined;
  readonly fastlyTestApiToken: string | undefined;
  /** A hard purge takes what is cached away at once; a soft one lets it be served while the new is fetched. */
  readonly fastlyHardPurge: boolean;
}

/** How long Fastly may take to answer, milliseconds. */
const ANSWER_MS = 10_000;

export type Fastly = ReturnType<typeof createFastly>;

/** The CDN's purge by surrogate key. Fastly answers alike for a key it has never seen. */
export function createFastly(config: FastlyConfig) {
  const credentials = {
    draft: { serviceId: config.fastlyDraftServiceId, token: config.fastlyDraftApiToken },
    live: { serviceId: config.fastlyLiveServiceId, token: config.fastlyLiveApiToken },
    test: { serviceId: config.fastlyTestServiceId, token: config.fastlyTestApiToken },
  } as const;

  return {
    /**
     * Takes every object with this surrogate key out of each cache in front of a distribution. Names the targets that were purged, and those
     * without credentials, of which nothing was asked.
     * @throws {FastlyError}
     */
    async purgeAll(input: { readonly distribution: FastlyDistribution; readonly key: string; readonly abortSignal?: AbortSignal }): Promise<{ purged: readonly string[]; skipped: readonly string[] }> {
      const isPurged = await this.purge(input.distribution, input.key, input.abortSignal);
      return isPurged ? { purged: [input.distribution], skipped: [] } : { purged: [], skipped: [input.distribution] };
    },

    /**
     * Takes every object with this surrogate key (a site's name) out of the caches of a distribution.
     * @returns false when the distribution has no credentials, so that nothing was asked.
     * @throws {FastlyError}
     */
    async purge(distribution: FastlyDistribution, key: string, abortSignal?: AbortSignal): Promise<boolean> {
      const { serviceId, token } = credentials[distribution];
      if (serviceId === undefined || token === undefined) return false;
      const timeout = AbortSignal.timeout(ANSWER_MS);
      let answer: Response;
      let text: string;
      try {
        answer = await fetch(`${config.fastlyApiUrl}/service/${encodeURIComponent(serviceId)}/purge/${encodeURIComponent(key)}`, {
          method: 'POST',
          headers: { 'fastly-key': token, accept: 'application/json', ...(config.fastlyHardPurge ? {} : { 'fastly-soft-purge': '1' }) },
          signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]),
        });
        text = await answer.text();
      } catch {
        abortSignal?.throwIfAborted();
        throw new FastlyError('unavailable', timeout.aborted ? 'Fastly did not answer in time' : 'Fastly cannot be reached', null);
      }
      if (answer.ok) return true;
      const kind = answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'refused';
      throw new FastlyError(kind, `Fastly answered ${answer.status}: ${messageOf(text)}`, answer.status, retryAfterMsOf(answer.headers));
    },
  };
}

function messageOf(text: string): string {
  try {
    const { msg, detail } = JSON.parse(text) as { msg?: unknown; detail?: unknown };
    return [msg, detail].filter((part) => typeof part === 'string' && part !== '').join(', ') || 'no reason';
  } catch {
    // A proxy's page instead of the API's answer.
    return text.slice(0, 200) || 'no reason';
  }
}

function retryAfterMsOf(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const reset = Number(headers.get('fastly-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(1_000, reset * 1_000 - Date.now()) : null;
}
