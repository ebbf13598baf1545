export type LearnErrorKind = 'unavailable' | 'refused';

/** A notice that MIT Learn did not take. */
export class LearnError extends Error {
  override readonly name = 'LearnError';
  readonly kind: LearnErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: LearnErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What a catalogue is told; addresses are without a slash at their end. */
export type LearnEvent = { readonly kind: 'published'; readonly prefixes: readonly string[] } | { readonly kind: 'unpublished'; readonly siteUid: string };

export interface LearnConfig {
  readonly openCatalogUrls: readonly string[];
  readonly openCatalogWebhookKey: string | undefined;
}

/** How long a receiver may take to answer, milliseconds: it only queues its work. */
const ANSWER_MS = 20_000;

export type Learn = ReturnType<typeof createLearn>;

/** The webhook of the catalogues that list our courses: MIT Learn, and the older one beside it. */
export function createLearn(config: LearnConfig) {
  const key = config.openCatalogWebhookKey;
  return {
    /** Receivers of a notice; none without a key, because each would refuse. */
    receivers: key === undefined ? [] : config.openCatalogUrls,

    /**
     * Says to one receiver that live courses changed, so that it reads their data.json again, or that one is gone.
     * @throws {LearnError} A wrong key is `unavailable` too: the receiver answers it with 500.
     */
    notify,

    /** Says to one receiver that the live course at this address changed. @throws {LearnError} */
    notifyPublished: (receiver: string, urlPath: string, abortSignal?: AbortSignal): Promise<void> => notify(receiver, { kind: 'published', prefixes: [urlPath] }, abortSignal),
  };

  async function notify(receiver: string, event: LearnEvent, abortSignal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    const host = new URL(receiver).host;
    let answer: Response;
    try {
      answer = await fetch(receiver, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ webhook_key: key, version: 'live', ...bodyOf(event) }),
        // A redirect would turn the notice into a read that says 200 and tells nobody.
        redirect: 'manual',
        signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]),
      });
      await answer.arrayBuffer();
    } catch {
      abortSignal?.throwIfAborted();
      throw new LearnError('unavailable', timeout.aborted ? `${host} did not answer in time` : `${host} cannot be reached`, null);
    }
    if (answer.ok) return;
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
    const kind = answer.status >= 500 || answer.status === 429 ? 'unavailable' : 'refused';
    throw new LearnError(kind, `${host} answered ${answer.status}`, answer.status, Number.isFinite(seconds) ? seconds * 1_000 : null);
  }
}

/** One address goes by its own name: the older of the receivers knows no other. */
function bodyOf(event: LearnEvent): object {
  if (event.kind === 'unpublished') return { site_uid: event.siteUid, unpublished: true };
  const prefixes = event.prefixes.map((prefix) => `${prefix}/`);
  return prefixes.length === 1 ? { prefix: prefixes[0] } : { prefixes };
}
