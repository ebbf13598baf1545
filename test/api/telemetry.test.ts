import { uploadOrigin } from '#api/uploadOrigin.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { usualFeatures } from '#domain/featureFlags.ts';
import { canaries, canariesIn } from '#test/support/canaries.ts';
import { until } from '#test/support/until.ts';
import { usePostHog } from '#test/support/usePostHog.ts';
import { useSentry } from '#test/support/useSentry.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { type ApiUnderTest, type Caller, messageOf, startApi, useApi } from './support/testApi.ts';

const sentry = useSentry();
const posthog = usePostHog();
const api = useApi({ env: () => ({ SENTRY_DSN: sentry.dsn, OCW_STUDIO_ENVIRONMENT: 'rc', ...posthog.env }) });

const DELETABLE = 'OCW_STUDIO_CONTENT_DELETABLE';
const olga = (siteId: string): Promise<Caller> => api.person(canaries.email, [{ role: 'owner', siteId }]);

/** Breaks the database in a way that no route expects: queries of this table fail, and their message holds what was asked for. */
async function withoutTable(db: ApiUnderTest['db'], table: string, work: () => Promise<void>): Promise<void> {
  await db.raw('alter table ?? rename to ??', [table, `${table}_away`]);
  try {
    await work();
  } finally {
    await db.raw('alter table ?? rename to ??', [`${table}_away`, table]);
  }
}

afterEach(() => api.clear());

describe('a request that fails in a way nobody expected', () => {
  it('is told with its number, its route, its site and our id of the person, and with nothing of them or of what they sent', async () => {
    const siteId = await makeContentSite(api.db, 'algebra');
    const who = await olga(siteId);
    await withoutTable(api.db, 'sites', async () => {
      const answer = await api.send('GET', '/api/v1/sites/algebra', { query: { search: canaries.name }, headers: { ...who.headers, 'user-agent': canaries.name, 'x-forwarded-for': canaries.address, referer: `https://example.edu/${canaries.token}` } });
      expect(answer.status).toBe(500);
      await sentry.told(1);
      const requestId = answer.headers.get('x-request-id') ?? '';
      expect(messageOf(answer)).toContain(requestId);
      expect(sentry.events[0]).toMatchObject({ release: '0.0.0-test', environment: 'rc', level: 'error', user: { id: who.userId }, tags: { part: 'api', request_id: requestId, route: 'GET /api/v1/sites/:site', site: 'algebra' } });
      expect(sentry.events[0]?.exception?.values.at(-1)?.value).toMatch(/^code 42P01/);
    });
    expect(canariesIn(sentry.text)).toEqual([]);
    expect(sentry.text).not.toContain((who.headers['cookie'] ?? 'studio_session=').split('=')[1]);
  });

  it('what the database says of it holds what somebody wrote: the log has it, Sentry does not', async () => {
    const siteId = await makeContentSite(api.db, 'algebra');
    const who = await olga(siteId);
    await api.db.raw("alter table content_items add constraint title_checked check (title not like '%Canary%')");
    try {
      const answer = await api.send('POST', '/api/v1/sites/algebra/items', { headers: who.headers, body: { type: 'page', title: canaries.name, markdown: canaries.markdown } });
      expect(answer.status).toBe(500);
      await sentry.told(1);
    } finally {
      await api.db.raw('alter table content_items drop constraint title_checked');
    }
    const line = api.logged.filter(({ msg }) => msg === 'A request failed in a way nobody expected').at(-1);
    expect(canariesIn(JSON.stringify(line))).not.toEqual([]);
    expect(sentry.events[0]?.exception?.values.at(-1)?.value).toMatch(/^code 23514, table content_items, constraint title_checked/);
    expect(canariesIn(sentry.text)).toEqual([]);
  });

  it('is answered as fast while Sentry hangs', async () => {
    sentry.standIn.addFault({ fault: 'timeout', times: 0 });
    const admin = await api.person('ada@example.org', [{ role: 'global_admin' }]);
    await withoutTable(api.db, 'sites', async () => {
      const before = Date.now();
      expect((await api.send('GET', '/api/v1/sites', { headers: admin.headers })).status).toBe(500);
      expect(Date.now() - before).toBeLessThan(2_000);
      await until('Sentry was asked', async () => sentry.standIn.journal.length > 0, { withinMs: 10_000 });
    });
  });
});

it('what the API says no to is no fault: nobody is told', async () => {
  const stan = await api.person('stan@example.org');
  const statuses = [
    await api.send('GET', '/api/v1/requests/0190b6a4-0000-7000-8000-000000000001', { headers: stan.headers }),
    await api.send('GET', '/api/v1/nothing', { headers: stan.headers }),
    await api.send('GET', '/api/v1/me'),
    await api.send('POST', '/api/v1/sites', { headers: stan.headers, body: { name: 3 } }),
    await api.send('POST', '/api/v1/grants', { headers: stan.headers, body: { email: canaries.email, role: 'global_admin' } }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([404, 404, 401, 422, 403]);
  // A fault that comes after them is told alone.
  await withoutTable(api.db, 'sites', async () => {
    await api.send('GET', '/api/v1/sites', { headers: stan.headers });
    await sentry.told(1);
  });
  expect(sentry.events).toHaveLength(1);
});

describe('pages', () => {
  it('are told where to report, and may send there, to the bucket and nowhere else', async () => {
    const answer = await api.call('GET /api/v1/telemetry', null);
    expect(answer.json).toEqual({ release: '0.0.0-test', environment: 'rc', sentry: { dsn: sentry.dsn, sampleRate: 1 } });
    expect(answer.headers.get('content-security-policy')).toContain(`connect-src 'self' ${uploadOrigin(api.config)} ${sentry.url};`);
  });

  it('are told that nobody wants to know, and may send to the studio and the bucket only', async () => {
    const other = await startApi({});
    try {
      const answer = await other.call('GET /api/v1/telemetry', null);
      expect(answer.json).toMatchObject({ sentry: null });
      expect(answer.headers.get('content-security-policy')).toContain(`connect-src 'self' ${uploadOrigin(other.deps.config)};`);
      const person = await other.person('ada@example.org');
      expect((await other.call('GET /api/v1/features', person)).json).toEqual({ features: usualFeatures });
    } finally {
      await other.stop();
    }
  });
});

describe('what people do', () => {
  it('is counted once it is done, by our id of them', async () => {
    const siteId = await makeContentSite(api.db, 'algebra');
    const who = await olga(siteId);
    expect((await api.call('POST /api/v1/sites/:site/publishes', who, { params: { site: 'algebra' }, body: { version: 'draft' } })).status).toBe(202);
    await posthog.told(1);
    expect(posthog.events).toMatchObject([{ event: 'publish asked', distinct_id: who.userId, properties: { site: 'algebra', version: 'draft', route: 'POST /api/v1/sites/:site/publishes', environment: 'rc', $process_person_profile: false } }]);
    expect(canariesIn(posthog.text)).toEqual([]);
  });

  it('is not counted when it was refused', async () => {
    const siteId = await makeContentSite(api.db, 'algebra');
    const stan = await api.person('stan@example.org');
    expect((await api.call('POST /api/v1/sites/:site/publishes', stan, { params: { site: 'algebra' }, body: { version: 'draft' } })).status).toBe(403);
    expect((await api.call('POST /api/v1/sites/:site/publishes', await olga(siteId), { params: { site: 'algebra' }, body: { version: 'draft' } })).status).toBe(202);
    await posthog.told(1);
    expect(posthog.events).toHaveLength(1);
  });

  it('waits for no PostHog that hangs', async () => {
    posthog.standIn.addFault({ fault: 'timeout', times: 0 });
    const siteId = await makeContentSite(api.db, 'algebra');
    const who = await olga(siteId);
    const before = Date.now();
    for (let time = 0; time < 5; time += 1) {
      expect((await api.call('POST /api/v1/sites/:site/publishes', who, { params: { site: 'algebra' }, body: { version: 'draft' } })).status).toBe(202);
      expect((await api.call('GET /api/v1/features', who)).status).toBe(200);
    }
    expect(Date.now() - before).toBeLessThan(3_000);
    await until('PostHog was asked', async () => posthog.standIn.journal.some((entry) => entry.path.startsWith('/batch') && entry.fault === 'timeout'), { withinMs: 10_000 });
  });
});

it('a flag of PostHog switches the deletion of content off, for whom it is meant', async () => {
  const siteId = await makeContentSite(api.db, 'algebra');
  const who = await olga(siteId);
  const item = await itemsOf(api, 'algebra', who).made({ type: 'page', title: 'Syllabus' });
  const can = async (caller: Caller): Promise<unknown> => ((await api.call('GET /api/v1/sites/:site/items/:item', caller, { params: { site: 'algebra', item: item.textId } })).json as { can: { delete: boolean } }).can.delete;
  expect(await can(who)).toBe(true);
  posthog.standIn.setFlags([{ key: DELETABLE, filters: { groups: [{ properties: [{ key: 'email', value: canaries.email, operator: 'is_not', type: 'person' }], rollout_percentage: 100 }] } }]);
  await until('the flag came', async () => (await can(who)) === false, { withinMs: 10_000 });
  expect((await api.call('GET /api/v1/features', who)).json).toEqual({ features: { ...usualFeatures, [DELETABLE]: false } });
  const refused = await api.call('DELETE /api/v1/sites/:site/items/:item', who, { params: { site: 'algebra', item: item.textId }, query: { revision: item.revision } });
  expect([refused.status, messageOf(refused)]).toEqual([403, 'Deleting content is switched off for you in this studio. Ask one of its admins.']);
  expect((await api.call('POST /api/v1/sites/:site/items/:item/deletion', who, { params: { site: 'algebra', item: item.textId } })).status).toBe(403);
  expect(await can(await api.person('other@example.org', [{ role: 'owner', siteId }]))).toBe(true);
  expect(canariesIn(JSON.stringify(posthog.standIn.journal))).toEqual([]);
  posthog.standIn.setFlags([]);
});
