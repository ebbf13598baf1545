import { describe, expect, it } from 'vitest';
import { type Analytics, openAnalytics } from '#clients/posthog.ts';
import { usualFeatures } from '#domain/featureFlags.ts';
import { makeConfig } from '#test/factories/config.ts';
import { canaries, canariesIn } from '#test/support/canaries.ts';
import { until } from '#test/support/until.ts';
import { usePostHog } from '#test/support/usePostHog.ts';

const posthog = usePostHog();
const DELETABLE = 'OCW_STUDIO_CONTENT_DELETABLE';
const faults: unknown[] = [];
const open = (env: Record<string, string> = {}): Promise<Analytics> => {
  faults.length = 0;
  return openAnalytics(makeConfig({ ...posthog.env, ...env }), { onFault: (fault) => faults.push(fault), pollMs: 200 });
};
const grace = { userId: '0190b6a4-0000-7000-8000-000000000001', email: canaries.email };
const off = { key: DELETABLE, filters: { groups: [{ properties: [], rollout_percentage: 0 }] } };
const offFor = (email: string) => ({ key: DELETABLE, filters: { groups: [{ properties: [{ key: 'email', value: email, operator: 'is_not', type: 'person' }], rollout_percentage: 100 }] } });
const becomes = (analytics: Analytics, who: typeof grace, expected: boolean): Promise<unknown> => until(`the flag became ${expected}`, async () => (await analytics.features(who))[DELETABLE] === expected, { withinMs: 10_000 });

describe('an event', () => {
  it('is sent with our id of who did it, without a profile of them and without where they are', async () => {
    const analytics = await open();
    analytics.capture({ name: 'publish asked', properties: { site: 'algebra', version: 'live' } }, grace);
    analytics.capture({ name: 'site created', properties: {} }, { userId: null });
    await analytics.close(3_000);
    expect(posthog.events).toMatchObject([
      { event: 'publish asked', distinct_id: grace.userId, properties: { site: 'algebra', version: 'live', environment: 'dev', $process_person_profile: false, $geoip_disable: true } },
      { event: 'site created', distinct_id: 'machine' },
    ]);
    expect(canariesIn(posthog.text)).toEqual([]);
    expect(faults).toEqual([]);
  });

  it.each(['timeout', '500'] as const)('costs nothing while PostHog is away (%s)', async (fault) => {
    posthog.standIn.addFault({ fault, times: 0 });
    const analytics = await open();
    const before = Date.now();
    for (let time = 0; time < 3_000; time += 1) analytics.capture({ name: 'publish asked', properties: {} }, grace);
    expect(Date.now() - before).toBeLessThan(2_000);
    await analytics.close(300);
    expect(Date.now() - before).toBeLessThan(4_000);
    expect(posthog.events).toEqual([]);
    await until('the log heard of it', async () => faults.length === 1, { withinMs: 10_000 });
  });
});

describe('flags', () => {
  it('are as usual before the first definitions came, and nobody waits for them', async () => {
    posthog.standIn.addFault({ fault: 'timeout', times: 0, match: /local_evaluation/ });
    const analytics = await open({ POSTHOG_FEATURE_FLAG_REQUEST_TIMEOUT_MS: '60000' });
    const before = Date.now();
    expect(await analytics.features(grace)).toEqual(usualFeatures);
    expect(Date.now() - before).toBeLessThan(200);
    await analytics.close(100);
  });

  it('are evaluated here by what came last, and asked for again and again', async () => {
    posthog.standIn.setFlags([off]);
    const analytics = await open();
    await becomes(analytics, grace, false);
    posthog.standIn.setFlags([{ ...off, filters: { groups: [{ properties: [], rollout_percentage: 100 }] } }]);
    await becomes(analytics, grace, true);
    await analytics.close(1_000);
  });

  it('may hang on an address without its leaving this machine', async () => {
    posthog.standIn.setFlags([offFor(canaries.email)]);
    const analytics = await open();
    await becomes(analytics, grace, false);
    expect((await analytics.features({ ...grace, email: 'other@example.org' }))[DELETABLE]).toBe(true);
    await analytics.close(1_000);
    expect(posthog.standIn.journal.length).toBeGreaterThan(0);
    expect(posthog.standIn.journal.filter((entry) => entry.unexpected === true || !entry.path.startsWith('/api/feature_flag/local_evaluation'))).toEqual([]);
    expect(canariesIn(JSON.stringify(posthog.standIn.journal))).toEqual([]);
  });

  it('come back after a PostHog that hung', async () => {
    posthog.standIn.setFlags([off]);
    posthog.standIn.addFault({ fault: 'timeout', times: 1, match: /local_evaluation/ });
    const analytics = await open();
    expect(await analytics.features(grace)).toEqual(usualFeatures);
    await becomes(analytics, grace, false);
    await analytics.close(1_000);
  });

  it.each([
    ['that PostHog does not know', [{ ...off, key: 'OTHER' }]],
    ['that hang on something only PostHog knows', [{ key: DELETABLE, filters: { groups: [{ properties: [{ key: 'id', value: 99, type: 'cohort' }], rollout_percentage: 100 }] } }]],
  ])('%s are as usual', async (_what, flags) => {
    posthog.standIn.setFlags(flags);
    const analytics = await open();
    await until('definitions came', async () => posthog.standIn.journal.some((entry) => entry.status === 200), { withinMs: 10_000 });
    expect(await analytics.features(grace)).toEqual(usualFeatures);
    await analytics.close(1_000);
    expect(posthog.standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  });

  it('are as usual with a wrong key, of which the log hears', async () => {
    const analytics = await open({ POSTHOG_SECURE_KEY: 'phs_wrong' });
    await until('the log heard of it', async () => faults.length === 1, { withinMs: 10_000 });
    expect(await analytics.features(grace)).toEqual(usualFeatures);
    await analytics.close(1_000);
  });
});

it('nothing is asked or sent unless it is switched on', async () => {
  const analytics = await open({ POSTHOG_ENABLED: 'false' });
  analytics.capture({ name: 'publish asked', properties: {} }, grace);
  expect(await analytics.features(grace)).toEqual(usualFeatures);
  await analytics.close(1_000);
  expect(posthog.standIn.journal).toEqual([]);
});
