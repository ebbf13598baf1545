import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openAnalytics } from '#clients/posthog.ts';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';
import { usePostHog } from '#test/support/usePostHog.ts';

const posthog = usePostHog();
const batch = { api_key: 'phc_project', batch: [{ event: 'x', distinct_id: '1', properties: {} }] };
const at = (path: string, init: RequestInit = {}) => fetch(`${posthog.env['POSTHOG_API_HOST']}${path}`, init);
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) => at('/batch/', { method: 'POST', body: body as BodyInit, headers });
const definitions = (key: string | null, token = 'phc_project', headers: Record<string, string> = {}) => at(`/api/feature_flag/local_evaluation?token=${token}&send_cohorts`, { headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers } });

describe('events', () => {
  it.each([
    ['as they are', () => post(JSON.stringify(batch))],
    ['with gzip', () => post(new Uint8Array(gzipSync(JSON.stringify(batch))), { 'content-encoding': 'gzip' })],
  ])('are taken %s', async (_how, send) => {
    expect((await send()).status).toBe(200);
    expect(posthog.events).toEqual(batch.batch);
  });

  it('of a key of nobody’s are taken, and gone', async () => {
    expect((await post(JSON.stringify({ ...batch, api_key: 'phc_other' }))).status).toBe(200);
    expect(posthog.events).toEqual([]);
  });

  it.each([
    ['without a key', JSON.stringify({ batch: [] }), 401],
    ['that are no JSON', 'hello', 400],
    ['that are no list', JSON.stringify({ api_key: 'phc_project' }), 400],
  ])('%s are refused', async (_how, body, status) => {
    expect((await post(body)).status).toBe(status);
  });
});

describe('definitions of flags', () => {
  it.each([
    ['no key', () => definitions(null), 401],
    ['a wrong key', () => definitions('phs_wrong'), 401],
    ['the project’s public key', () => definitions('phc_project'), 401],
    ['another project', () => definitions('phs_secure', 'phc_other'), 403],
  ])('are refused with %s', async (_how, ask, status) => {
    expect((await ask()).status).toBe(status);
  });

  it('are told to the secure key, and not again while they are the same', async () => {
    posthog.standIn.setFlags([{ key: 'A' }]);
    const answer = await definitions('phs_secure');
    expect(await answer.json()).toMatchObject({ flags: [{ key: 'A', active: true }], group_type_mapping: {}, cohorts: {} });
    expect((await definitions('phs_secure', 'phc_project', { 'if-none-match': answer.headers.get('etag') ?? '' })).status).toBe(304);
  });

  it('are nowhere evaluated for somebody: that address is missing', async () => {
    expect((await at('/flags/?v=2', { method: 'POST', body: '{}' })).status).toBe(404);
    expect(posthog.standIn.journal.at(-1)?.unexpected).toBe(true);
  });
});

it('what the SDK sends is understood, and a page shows it', async () => {
  posthog.standIn.setFlags([{ key: 'OCW_STUDIO_CONTENT_DELETABLE', filters: { groups: [{ properties: [], rollout_percentage: 0 }] } }]);
  const analytics = await openAnalytics(makeConfig(posthog.env), { onFault: () => undefined });
  await until('the flag came', async () => !(await analytics.features({ userId: '1', email: null })).OCW_STUDIO_CONTENT_DELETABLE, { withinMs: 10_000 });
  analytics.capture({ name: 'site created', properties: { site: 'algebra' } }, { userId: '1' });
  await analytics.close(3_000);
  expect(posthog.standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  const page = await (await at('/')).text();
  expect(page).toContain('site created');
  expect(page).toContain('OCW_STUDIO_CONTENT_DELETABLE');
});
