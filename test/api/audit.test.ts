import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import { compatContracts } from '#api/compat/compatContracts.ts';
import { contracts, type RouteKey } from '#api/contracts/index.ts';
import type { RouteContract } from '#api/contracts/contract.ts';
import { auditActions } from '#domain/audit.ts';
import { makeSite } from './support/sites.ts';
import { useApi } from './support/testApi.ts';

const api = useApi();

/** Routes that change something or might, and where it is told of instead. */
const toldElsewhere: Partial<Record<RouteKey, string>> = {
  'POST /api/v1/sites/:site/items': 'the item’s history says who made it',
  'PATCH /api/v1/sites/:site/items/:item': 'the item’s history has every change, with who and when',
  'POST /api/v1/sites/:site/items/:item/restore': 'it is a change in the item’s history',
  'PUT /api/v1/sites/:site/favourite': 'it concerns nobody but who starred it, and shows in their list',
  'DELETE /api/v1/sites/:site/favourite': 'it concerns nobody but who starred it, and shows in their list',
  'POST /api/v1/sites/:site/preview': 'it changes nothing',
  'PUT /api/v1/sites/:site/preview/items/:item': 'it changes nothing',
  'DELETE /api/v1/sites/:site/preview/items/:item': 'it changes nothing',
  'PUT /api/v1/sites/:site/items/:item/draft': 'it is one’s own and changes nothing of the site; the save of it is in the item’s history',
  'DELETE /api/v1/sites/:site/items/:item/draft': 'as keeping it',
  'PUT /api/v1/sites/:site/kinds/:kind/draft': 'as that of an item that is there',
  'DELETE /api/v1/sites/:site/kinds/:kind/draft': 'as keeping it',
  'POST /api/v1/sites/:site/items/:item/presence': 'it is forgotten within a minute',
  'POST /api/v1/mass-publishes/preview': 'it changes nothing',
  'POST /api/v1/starters/:starter/validation': 'it changes nothing',
  'POST /api/v1/pickers/titles': 'it changes nothing: its question is too long for an address',
};

interface Entry {
  readonly action: string;
  readonly actor_name: string;
  readonly actor_kind: string;
  readonly site_name: string | null;
  readonly target: Record<string, string>;
  readonly detail: Record<string, unknown>;
  readonly outcome: string | null;
  readonly code: string | null;
}
const entries = (): Promise<Entry[]> => api.db('audit_entries').orderBy('created_at').orderBy('id').select<Entry[]>('action', 'actor_name', 'actor_kind', 'site_name', 'target', 'detail', 'outcome', 'code');

test('every route that changes something is told of in the audit log, or says where else', () => {
  const untold = (Object.entries(contracts) as [RouteKey, RouteContract][]).filter(([key, { audit }]) => !key.startsWith('GET ') && audit === undefined && toldElsewhere[key] === undefined).map(([key]) => key);
  expect(untold).toEqual([]);
  const both = (Object.entries(contracts) as [RouteKey, RouteContract][]).filter(([key, { audit }]) => audit !== undefined && (key.startsWith('GET ') || toldElsewhere[key] !== undefined)).map(([key]) => key);
  expect(both).toEqual([]);
  expect(new Set(Object.values(auditActions).map(({ words }) => words)).size).toBe(Object.keys(auditActions).length);
});

/** What changes something of the routes of the existing system, and where it is told of. */
const compatTold: Readonly<Record<string, string>> = {
  'POST /api/websites/:name/unpublish/': 'unpublish',
  'POST /api/websites/:name/remove_from_root_website/': 'listing-remove',
  'POST /api/starters/site_configs/': 'theme-build, process-start',
  'GET /api/youtube-tokens/': 'youtube-consent',
  'POST /api/websites/:name/pipeline_status/': 'it tells how a build goes that was asked for; webhook_events keeps it',
  'POST /api/transcode-jobs/': 'a hint that a job has ended; webhook_events keeps it',
  'POST /api/transcription-jobs/': 'a hint that captions have changed; webhook_events keeps it',
};

test('every route of the existing system that changes something has its place in the log, or says where else', () => {
  expect(Object.keys(compatContracts).filter((key) => !key.startsWith('GET ') && compatTold[key] === undefined)).toEqual([]);
});

test('an entry says who did what to which site, and what came of it', async () => {
  const siteId = await makeSite(api.db, 'algebra');
  const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
  await api.call('POST /api/v1/grants', ada, { body: { email: 'new@example.edu', role: 'editor', site: 'algebra' } });
  await api.call('PATCH /api/v1/sites/:site', ed, { params: { site: 'algebra' }, body: { title: 'Mine' } });
  await api.call('PATCH /api/v1/sites/:site', ada, { params: { site: 'algebra' }, body: { title: 'Linear Algebra' } });
  await api.call('POST /api/v1/runs/:run/retry', await api.token(['global_admin'], 'operator'), { params: { run: uuidv7() } });
  expect(await entries()).toEqual([
    { action: 'role-give', actor_name: 'ada', actor_kind: 'person', site_name: 'algebra', target: {}, detail: { email: 'new@example.edu', role: 'editor', site: 'algebra' }, outcome: 'done', code: null },
    { action: 'site-change', actor_name: 'ed', actor_kind: 'person', site_name: 'algebra', target: { site: 'algebra' }, detail: { title: 'Mine', before: { title: 'algebra' } }, outcome: 'refused', code: 'forbidden' },
    { action: 'site-change', actor_name: 'ada', actor_kind: 'person', site_name: 'algebra', target: { site: 'algebra' }, detail: { title: 'Linear Algebra', before: { title: 'algebra' } }, outcome: 'done', code: null },
    { action: 'run-retry', actor_name: 'operator', actor_kind: 'token', site_name: null, target: { run: expect.any(String) as string }, detail: {}, outcome: 'refused', code: 'notFound' },
  ]);
});

test('what was written stays, also when its site and its people go', async () => {
  await expect(api.db('audit_entries').delete()).rejects.toThrow('kept for good');
  await expect(api.db('audit_entries').update({ actor_name: 'somebody else' })).rejects.toThrow('not changed');
  await expect(api.db('audit_entries').update({ outcome: 'failed' })).rejects.toThrow('not changed');
  const before = await entries();
  await api.db('sites').where({ name: 'algebra' }).delete();
  await api.db('users').where({ email: 'ed@example.edu' }).delete();
  expect(await entries()).toEqual(before);
  expect(await api.db('audit_entries').whereNotNull('site_id')).toEqual([]);
});
