import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createPostHog } from '#local/standins/posthog/createPostHog.mjs';
import { until } from './until.ts';

/** Gives the tests of a file a PostHog, without flags and events before each of them. */
export function usePostHog() {
  const standIn = createPostHog({ projectKey: 'phc_project', secureKey: 'phs_secure' });
  let url = '';
  beforeAll(async () => {
    url = await standIn.listen();
  });
  beforeEach(async () => {
    await fetch(`${url}/_control`, { method: 'POST', body: '{"clear":true}' });
    standIn.setFlags([]);
    standIn.events.length = 0;
    standIn.raw.length = 0;
    standIn.journal.length = 0;
  });
  afterAll(() => standIn.close());
  return {
    standIn,
    /** Variables that switch it on. */
    get env(): Record<string, string> {
      return { POSTHOG_ENABLED: 'true', POSTHOG_API_HOST: url, POSTHOG_PROJECT_API_KEY: 'phc_project', POSTHOG_SECURE_KEY: 'phs_secure', POSTHOG_FEATURE_FLAG_REQUEST_TIMEOUT_MS: '500', POSTHOG_MAX_RETRIES: '0' };
    },
    get events() {
      return standIn.events as unknown as readonly { readonly event: string; readonly distinct_id: string; readonly properties: Readonly<Record<string, unknown>> }[];
    },
    get text() {
      return standIn.raw.join('\n');
    },
    told: (count: number): Promise<unknown> => until(`${count} events came to PostHog`, async () => standIn.events.length >= count, { withinMs: 15_000 }),
  };
}
