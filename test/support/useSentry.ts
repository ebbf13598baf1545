import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createSentry } from '#local/standins/sentry/createSentry.mjs';
import { until } from './until.ts';

/** An event as it came to Sentry, as far as tests look into it. */
export interface ToldEvent {
  readonly event_id: string;
  readonly release?: string;
  readonly environment?: string;
  readonly level?: string;
  readonly platform?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly fingerprint?: readonly string[];
  readonly exception?: { readonly values: readonly { readonly type: string; readonly value: string; readonly stacktrace?: { readonly frames: readonly { readonly filename: string }[] } }[] };
  readonly [field: string]: unknown;
}

/** Gives the tests of a file a Sentry, empty before each of them. What it returns can be used from the first `beforeAll` after it. */
export function useSentry() {
  const standIn = createSentry({ project: '7', key: 'abc123' });
  let url = '';
  beforeAll(async () => {
    url = await standIn.listen();
  });
  beforeEach(async () => {
    await fetch(`${url}/_control`, { method: 'POST', body: '{"clear":true}' });
    standIn.events.length = 0;
    standIn.raw.length = 0;
    standIn.journal.length = 0;
  });
  afterAll(() => standIn.close());
  return {
    standIn,
    get url() {
      return url;
    },
    get dsn() {
      return `${url.replace('//', '//abc123@')}/7`;
    },
    get events() {
      return standIn.events as unknown as readonly ToldEvent[];
    },
    /** Everything that came, as it came. */
    get text() {
      return standIn.raw.join('\n');
    },
    /** Waits until so many events came. */
    told: (count: number): Promise<unknown> => until(`${count} events came to Sentry`, async () => standIn.events.length >= count, { withinMs: 15_000 }),
  };
}
