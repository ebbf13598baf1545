import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '#api/contracts/audit.ts';
import { endAuditEntry, insertAuditEntry, type NewAuditEntry } from '#db/queries/auditEntries.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, useApi } from './support/testApi.ts';

const api = useApi({ env: { API_BEARER_TOKEN: 'shared-by-the-builders' } });
let ada: Caller;
let olga: Caller;
let siteId: string;

beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  await makeSite(api.db, 'topology');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
});

const nobody = { kind: 'nobody', userId: null, name: 'nobody' } as const;
const entry = (given: Partial<NewAuditEntry>): Promise<string> => insertAuditEntry(api.db, { action: 'publish', actor: nobody, outcome: 'done', ...given });
const entriesOf = (answer: Answer): AuditEntry[] => (answer.json as { entries: AuditEntry[] }).entries;
const read = async (query: Record<string, string | number> = {}): Promise<AuditEntry[]> => entriesOf(await api.call('GET /api/v1/audit', ada, { query }));
/** The log keeps what was written; a mark keeps the entries of one test apart. */
let mark: string;
beforeEach(() => {
  mark = uuidv7();
});

test('the log is read newest first, a page at a time, and to its end', async () => {
  const written: string[] = [];
  for (let index = 0; index < 5; index += 1) written.push(await entry({ detail: { mark, index } }));
  const first = await api.call('GET /api/v1/audit', ada, { query: { text: mark, limit: 2 } });
  expect(entriesOf(first).map(({ id }) => id)).toEqual([written[4], written[3]]);
  // What is written meanwhile moves nothing.
  await entry({ detail: { mark, index: 5 } });
  const second = await api.call('GET /api/v1/audit', ada, { query: { text: mark, limit: 2, before: (first.json as { next: string }).next } });
  expect(entriesOf(second).map(({ id }) => id)).toEqual([written[2], written[1]]);
  const third = await api.call('GET /api/v1/audit', ada, { query: { text: mark, limit: 2, before: (second.json as { next: string }).next } });
  expect(third.json).toMatchObject({ next: null, entries: [{ id: written[0] }] });
});

test('each filter keeps what it says', async () => {
  const stan = await api.person('stan@example.edu');
  const other = { kind: 'person', userId: stan.userId, name: 'stan' } as const;
  const ids = {
    publish: await entry({ actor: other, target: { site: 'algebra' }, detail: { mark } }),
    given: await entry({ action: 'role-give', actor: { kind: 'person', userId: ada.userId, name: 'ada' }, detail: { mark, email: 'Stan@example.edu' } }),
    acting: await entry({ action: 'unpublish', actor: { kind: 'person', userId: ada.userId, name: 'ada', impersonatorId: stan.userId }, target: { site: 'topology' }, detail: { mark }, outcome: 'refused', code: 'forbidden' }),
    spent: await entry({ action: 'captions-order', actor: { kind: 'process', userId: null, name: 'Captions of a video' }, detail: { mark, cents: 7_250 }, outcome: 'failed', code: 'unavailable' }),
  };
  const open = await insertAuditEntry(api.db, { action: 'cleanup', actor: nobody, detail: { mark, rule: '100%_sure' } });
  const found = async (query: Record<string, string>): Promise<string[]> => (await read({ text: mark, ...query })).map(({ id }) => id);
  expect(await found({ kind: 'publish' })).toEqual([ids.acting, ids.publish]);
  expect(await found({ action: 'captions-order' })).toEqual([ids.spent]);
  expect(await found({ site: 'topology' })).toEqual([ids.acting]);
  expect(await found({ person: 'STAN@example.edu' })).toEqual([ids.acting, ids.given, ids.publish]);
  expect(await found({ person: 'sta' })).toEqual([ids.acting, ids.publish]);
  expect(await found({ outcome: 'refused' })).toEqual([ids.acting]);
  expect(await found({ outcome: 'unknown' })).toEqual([open]);
  // Signs of a search pattern mean themselves.
  expect((await read({ text: '100%_sure' })).map(({ id }) => id)).toContain(open);
  expect(await read({ text: `100%${mark.slice(0, 4)}` })).toEqual([]);
  const at = (time: string) => ({ id: uuidv7(), action: 'publish', actor_name: 'nobody', actor_kind: 'nobody', detail: JSON.stringify({ mark: `${mark} timed` }), outcome: 'done', created_at: time });
  const [early, late] = [at('2020-05-01T10:00:00Z'), at('2020-05-01T11:00:00Z')];
  await api.db('audit_entries').insert([early, late]);
  const timed = async (query: Record<string, string>): Promise<string[]> => (await read({ text: `${mark} timed`, ...query })).map(({ id }) => id);
  expect(await timed({ since: '2020-05-01T11:00:00.000Z' })).toEqual([late.id]);
  expect(await timed({ until: '2020-05-01T11:00:00.000Z' })).toEqual([early.id]);
});

test('an entry has the site that only its request’s body names, once that is known, and keeps it', async () => {
  await api.call('POST /api/v1/grants', ada, { body: { email: `${mark}@example.edu`, role: 'editor', site: 'algebra' } });
  expect(await read({ text: mark })).toMatchObject([{ site: { name: 'algebra', isThere: true }, outcome: 'done', actor: { kind: 'person', name: 'ada' }, ip: '127.0.0.1' }]);
  const id = await entry({ detail: { mark: 'kept' } });
  await expect(api.db('audit_entries').where({ id }).update({ site_name: 'algebra' })).rejects.toThrow('not changed');
  await expect(api.db('audit_entries').where({ id }).update({ site_id: siteId })).rejects.toThrow('not changed');
  await endAuditEntry(api.db, id, { outcome: 'failed', detail: { site: 'topology' } });
  expect(await read({ text: '"kept"' })).toMatchObject([{ site: null, outcome: 'done' }]);
});

test('as CSV it is whole, in lines that no spreadsheet computes', async () => {
  const many = 1_203;
  await api.db('audit_entries').insert(Array.from({ length: many }, (_, index) => ({ id: uuidv7(), action: 'publish', actor_name: index === 0 ? '=HYPERLINK("https://evil.example")' : `somebody ${index}`, actor_kind: 'nobody', detail: JSON.stringify({ mark }), outcome: 'done' })));
  const answer = await api.call('GET /api/v1/audit.csv', ada, { query: { text: mark } });
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit-log.csv"');
  const lines = answer.text.trimEnd().split('\r\n');
  expect(lines).toHaveLength(many + 1);
  expect(new Set(lines).size).toBe(many + 1);
  expect(lines[0]).toBe('time,sentence,outcome,action,kind,who,kind of who,acting for them,site,code,target,detail,address');
  const evil = lines.find((line) => line.includes('HYPERLINK'));
  expect(evil).toContain(`,"'=HYPERLINK(""https://evil.example"") asked for a publish.",done,publish,publish,"'=HYPERLINK(""https://evil.example"")",nobody,`);
});

describe('of one site', () => {
  const of = (who: Caller): Promise<Answer> => api.call('GET /api/v1/sites/:site/audit', who, { params: { site: 'algebra' }, query: { text: mark } });

  test('it tells who answers for the site what was done to it, without anybody’s address', async () => {
    await entry({ action: 'role-give', actor: { kind: 'person', userId: ada.userId, name: 'ada' }, target: { site: 'algebra' }, detail: { mark, email: 'Stan@Example.edu', note: 'for new@example.edu and olga@example.edu' }, ip: '192.0.2.7' });
    await entry({ target: { site: 'topology' }, detail: { mark } });
    const seen = await of(olga);
    expect(entriesOf(seen)).toMatchObject([{ site: { name: 'algebra' }, detail: { email: 'stan', note: 'for a person without an account and olga@example.edu' }, ip: null }]);
    expect(seen.text).not.toContain('192.0.2.7');
    expect(seen.text.toLowerCase()).not.toContain('stan@');
    expect((await read({ text: mark, site: 'algebra' }))[0]).toMatchObject({ ip: '192.0.2.7', detail: { email: 'Stan@Example.edu' } });
  });

  test('that had its name before is another’s', async () => {
    const gone = await makeSite(api.db, `gone-${mark}`);
    await entry({ target: { site: `gone-${mark}` }, detail: { mark } });
    await api.db('sites').where({ id: gone }).delete();
    await makeSite(api.db, `gone-${mark}`);
    expect(entriesOf(await api.call('GET /api/v1/sites/:site/audit', ada, { params: { site: `gone-${mark}` } }))).toEqual([]);
    expect(await read({ site: `gone-${mark}` })).toMatchObject([{ site: { name: `gone-${mark}`, isThere: false } }]);
  });
});

describe('what a request’s address does not say is in its entry', () => {
  const newest = async (): Promise<AuditEntry | undefined> => (await read({ limit: 1 }))[0];

  test('the version of a publish, and the request it became', async () => {
    const { id } = (await api.call('POST /api/v1/sites/:site/publishes', olga, { params: { site: 'algebra' }, body: { version: 'live' } })).json as { id: string };
    expect(await newest()).toMatchObject({ action: 'publish', site: { name: 'algebra' }, detail: { version: 'live', request: id }, outcome: 'done' });
    const stan = await api.person('stan@example.edu');
    await api.call('POST /api/v1/sites/:site/publishes', stan, { params: { site: 'algebra' }, body: { version: 'draft' } });
    expect(await newest()).toMatchObject({ action: 'publish', actor: { name: 'stan' }, site: { name: 'algebra' }, detail: { version: 'draft' }, outcome: 'refused', code: 'forbidden' });
  });

  test('what a spend comes to', async () => {
    const [videoId, orderId] = [uuidv7(), uuidv7()];
    await api.db('videos').insert({ id: videoId, site_id: siteId, source: 'youtube', youtube_id: videoId, phase: 'captions' });
    await api.db('caption_orders').insert({ id: orderId, video_id: videoId, site_id: siteId, youtube_id: videoId, attempt: 1, media_file_id: '1', turnaround_level_id: 5, price_cents: 7_250, state: 'waiting' });
    await api.call('POST /api/v1/caption-orders/:order/approve', ada, { params: { order: orderId } });
    expect(await newest()).toMatchObject({ action: 'captions-approve', kind: 'spend', site: { name: 'algebra' }, target: { order: orderId }, detail: { cents: 7_250, currency: 'USD', video: videoId }, outcome: 'done' });
  });

  test('what run was retried', async () => {
    const run = await makeRun(api.db, { siteId, version: 'live', state: 'failed', phase: 'build' });
    await api.call('POST /api/v1/runs/:run/retry', ada, { params: { run } });
    expect(await newest()).toMatchObject({ action: 'run-retry', site: { name: 'algebra' }, detail: { process: 'publish-site', version: 'live' }, outcome: 'failed', code: 'engineUnavailable' });
  });

  test('the site somebody made, and no password of a repository', async () => {
    await api.call('POST /api/v1/sites', ada, { body: { title: 'Knots', shortId: `knots-${mark}`, starter: 'course', name: `knots-${mark}` } });
    expect(await newest()).toMatchObject({ action: 'site-create', site: { name: `knots-${mark}` }, detail: { title: 'Knots', starter: 'course' }, outcome: 'done' });
    await api.call('POST /api/v1/imports', ada, { query: { starter: 'course', folder: 'repo', gitUrl: 'https://ada:geheim@git.localhost/a.git' } });
    expect(JSON.stringify(await newest())).not.toContain('geheim');
  });
});

describe('what comes by another way', () => {
  const newest = async (): Promise<AuditEntry | undefined> => (await read({ limit: 1 }))[0];
  afterEach(() => api.db('run_requests').delete());

  test('by the builders’ shared token', async () => {
    const answer = await api.send('POST', '/api/websites/topology/unpublish/', { headers: { authorization: 'Bearer shared-by-the-builders' } });
    expect(answer.status).toBe(400);
    expect(await newest()).toMatchObject({ action: 'unpublish', actor: { kind: 'token', name: 'the builders’ shared token' }, site: { name: 'topology' }, target: { site: 'topology' }, outcome: 'refused' });
  });

  test('by the command line', async () => {
    await api.call('POST /api/v1/import-syncs', await api.token(['global_admin'], 'operator'), { body: { dryRun: true } });
    expect(await newest()).toMatchObject({ action: 'process-start', actor: { kind: 'token', id: null, name: 'operator' }, detail: { process: 'sync-import-bucket', dryRun: true } });
  });
});
