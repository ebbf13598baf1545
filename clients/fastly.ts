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

/** A service of somebody else that shows our pages too, and keeps copies of them. */
export interface ExtraPurgeTarget {
  readonly name: string;
  /** What it shows: it is purged whenever this distribution is. */
  readonly distribution: FastlyDistribution;
  readonly serviceId: string;
  readonly apiToken: string;
}

export interface PurgeInput {
  readonly distribution: FastlyDistribution;
  /** The surrogate key: a site's name. */
  readonly key: string;
  readonly abortSignal?: AbortSignal | undefined;
}

/** Names of targets: a distribution's own is called like the distribution. */
export interface Purged {
  readonly purged: readonly string[];
  /** Asked nothing, because no credentials are set. */
  readonly skipped: readonly string[];
}

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
  readonly fastlyExtraPurgeTargets: readonly ExtraPurgeTarget[];
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

  async function purge(serviceId: string, token: string, key: string, abortSignal: AbortSignal | undefined): Promise<void> {
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
    if (answer.ok) return;
    const kind = answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'refused';
    throw new FastlyError(kind, `Fastly answered ${answer.status}: ${messageOf(text)}`, answer.status, retryAfterMsOf(answer.headers));
  }

  return {
    /**
     * Takes every object with this surrogate key out of the caches of a distribution: its own service first, then every other
     * that shows its pages. One that fails keeps none of the others from being asked.
     * @throws {FastlyError} the first failure, once all were asked; an extra target's names it.
     */
    async purgeAll({ distribution, key, abortSignal }: PurgeInput): Promise<Purged> {
      const own = credentials[distribution];
      const targets = [{ name: distribution, serviceId: own.serviceId, apiToken: own.token }, ...config.fastlyExtraPurgeTargets.filter((target) => target.distribution === distribution)];
      const purged: string[] = [];
      const skipped: string[] = [];
      let failure: FastlyError | undefined;
      for (const { name, serviceId, apiToken } of targets) {
        if (serviceId === undefined || apiToken === undefined) {
          skipped.push(name);
          continue;
        }
        try {
          await purge(serviceId, apiToken, key, abortSignal);
          purged.push(name);
        } catch (error) {
          if (!(error instanceof FastlyError)) throw error;
          failure ??= name === distribution ? error : new FastlyError(error.kind, `${error.message} (purging ${name})`, error.status, error.retryAfterMs);
        }
      }
      if (failure !== undefined) throw failure;
      return { purged, skipped };
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
