import { beforeEach, describe, expect, test } from 'vitest';
import type { LinkBacklog, LinkReport } from '#api/contracts/links.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { takeInLinks } from '#db/queries/externalLinks.ts';
import { saveArchiveAccount } from '#db/queries/linkArchive.ts';
import { findRunRequest } from '#db/queries/runRequests.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi({ env: () => ({ ENABLE_WAYBACK_TASKS: 'true', WAYBACK_MACHINE_ACCESS_KEY: 'access', WAYBACK_MACHINE_SECRET_KEY: 'secret' }) });
const AT = new Date(Date.UTC(2026, 2, 1, 12));
let ed: Caller;
let siteId: string;
beforeEach(async () => {
  await api.clear();
  siteId = await makeSite(api.db, 'algebra');
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
});

async function addLinks(...textIds: string[]): Promise<void> {
  await api.db.transaction(async (trx) => {
    for (const textId of textIds) await createContentItem(trx, { siteId, item: makeContentItem({ textId, filename: textId, title: `Link ${textId}`, dirpath: 'content/external-resources', type: 'external-resource', metadata: { external_url: `https://example.edu/${textId}` } }), by: null, reason: 'created' });
  });
  await takeInLinks(api.db, siteId);
}
const set = (textId: string, columns: Record<string, unknown>) => api.db('external_links').where({ url: `https://example.edu/${textId}` }).update(columns);
const report = async (query: Record<string, string> = {}) => (await api.call('GET /api/v1/sites/:site/links', ed, { params: { site: 'algebra' }, query })).json as LinkReport;

describe('the report of a site', () => {
  test('names what is known of each link, the broken ones first', async () => {
    await addLinks('a', 'b', 'c', 'd');
    await set('a', { status: 'valid', code: 200, checked_at: AT });
    await set('c', { status: 'broken', code: 404, failures: 2, checked_at: AT, archive_state: 'archived', archive_url: 'https://web.archive.org/web/2026/c', archived_at: AT });
    await set('d', { trouble: 'dns', checked_at: AT });
    const all = await report();
    expect(all).toMatchObject({ counts: { valid: 1, broken: 1, unchecked: 0, open: 2 }, archived: 1, isArchiving: true, total: 4 });
    expect(all.links.map((link) => link.item)).toEqual(['c', 'a', 'b', 'd']);
    expect(all.links[0]).toEqual({ item: 'c', title: 'Link c', url: 'https://example.edu/c', status: 'broken', code: 404, failures: 2, trouble: null, checkedAt: AT.toISOString(), archive: { state: 'archived', reason: null, url: 'https://web.archive.org/web/2026/c', archivedAt: AT.toISOString() } });
    expect(all.links[3]).toMatchObject({ status: null, trouble: 'dns' });
    expect(await report({ status: 'broken' })).toMatchObject({ total: 1, links: [{ item: 'c' }] });
    expect((await report({ limit: '1', offset: '1' })).links.map((link) => link.item)).toEqual(['a']);
  });

  test('is told of one item too, and of one without a link', async () => {
    await addLinks('a');
    await api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: 'page' }), by: null, reason: 'created' }));
    const link = async (item: string) => api.call('GET /api/v1/sites/:site/items/:item/link', ed, { params: { site: 'algebra', item } });
    expect((await link('a')).json).toMatchObject({ link: { url: 'https://example.edu/a', status: null, archive: { state: 'none' } } });
    expect((await link('page')).json).toEqual({ link: null });
    expect(await link('nothing')).toMatchObject({ status: 404 });
  });
});

describe('asking', () => {
  test.each([['POST /api/v1/sites/:site/link-checks', 'check-links'], ['POST /api/v1/sites/:site/link-archivings', 'archive-links']] as const)('%s writes down who asked', async (route, process) => {
    const answer = await api.call(route, ed, { params: { site: 'algebra' } });
    expect(answer.status).toBe(202);
    expect(await findRunRequest(api.db, (answer.json as RunRequest).id)).toMatchObject({ process, siteId, requestedBy: ed.userId, version: null });
  });
});

describe('operators', () => {
  test('see what there is to do, and what the account may do', async () => {
    await addLinks('a', 'b');
    await set('a', { status: 'broken', checked_at: new Date(), archive_state: 'queued' });
    const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const backlog = async () => (await api.call('GET /api/v1/links', ada)).json as LinkBacklog;
    expect(await backlog()).toMatchObject({ links: 2, broken: 1, dueForCheck: 1, isArchiving: true, archive: { none: 1, queued: 1 }, account: null });
    await saveArchiveAccount(api.db, { available: 11, processing: 1, dailyCaptures: 300, dailyLimit: 30_000, askedAt: AT });
    await saveArchiveAccount(api.db, { available: 12, processing: 0, dailyCaptures: 307, dailyLimit: null, askedAt: AT });
    expect((await backlog()).account).toEqual({ available: 12, processing: 0, dailyCaptures: 307, dailyLimit: null, askedAt: AT.toISOString() });
    const refused = await api.call('GET /api/v1/links', ed);
    expect([refused.status, codeOf(refused), messageOf(refused)]).toEqual([403, 'forbidden', 'Only a global admin may see what there is to do for the links of all sites.']);
  });
});
