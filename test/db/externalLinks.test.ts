import { beforeEach, describe, expect, it } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { listRevisions } from '#db/queries/contentRevisions.ts';
import { countDueLinks, countLinkBacklog, type ExternalLink, findExternalLink, listDueLinks, listSitesWithLinks, reportLinks, saveCheck, takeInLinks } from '#db/queries/externalLinks.ts';
import { findSite } from '#db/queries/sites.ts';
import type { LinkVerdict } from '#domain/linkCheck.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
let siteId: string;
beforeEach(async () => {
  await database.clear();
  siteId = (await makeSite(database.db)).id;
});

const gone: LinkVerdict = { outcome: 'broken', code: 404 };
const fine: LinkVerdict = { outcome: 'valid', code: 200 };

async function addLink(textId: string, metadata: Record<string, unknown> = { external_url: `https://example.org/${textId}` }, site = siteId): Promise<string> {
  const item = await database.db.transaction((trx) => createContentItem(trx, { siteId: site, item: makeContentItem({ textId, filename: textId, dirpath: 'content/external-resources', type: 'external-resource', title: `Link ${textId}`, metadata, markdown: '' }), by: null, reason: 'created' }));
  return item.id;
}
const change = (textId: string, given: Partial<Parameters<typeof changeContentItem>[1]>) => database.db.transaction((trx) => changeContentItem(trx, { siteId, textId, fromRevision: null, set: {}, by: null, reason: 'edited', ...given }));
const item = (textId: string) => findContentItem(database.db, siteId, textId);
const contentRevision = async (): Promise<number | undefined> => (await findSite(database.db, siteId))?.contentRevision;
const minute = (n: number): Date => new Date(Date.UTC(2026, 0, 1, 0, n));
async function link(itemId: string): Promise<ExternalLink> {
  const found = await findExternalLink(database.db, itemId);
  if (found === undefined) throw new Error(`There is no link of ${itemId}`);
  return found;
}
const look = async (itemId: string, verdict: LinkVerdict, at: Date) => saveCheck(database.db, await link(itemId), verdict, at);

describe('the links of a site', () => {
  it('are those of its external resources, with what their files said of them', async () => {
    const a = await addLink('a', { external_url: ' https://example.org/a ', status: 'broken', wayback_url: 'https://web.archive.org/web/2020/a' });
    const b = await addLink('b', { external_url: 'https://example.org/b', status: 'perhaps' });
    const c = await addLink('c', {});
    await database.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: 'page' }), by: null, reason: 'created' }));
    expect(await takeInLinks(database.db, siteId)).toBe(3);
    expect(await link(a)).toMatchObject({ siteId, url: 'https://example.org/a', status: 'broken', checkedAt: null, archiveState: 'none', archiveUrl: 'https://web.archive.org/web/2020/a' });
    expect(await link(b)).toMatchObject({ status: null, archiveUrl: null });
    expect(await link(c)).toMatchObject({ url: '' });
    expect(await takeInLinks(database.db, siteId)).toBe(3);
  });

  it('begin anew when their address changes, and go with their item', async () => {
    const a = await addLink('a');
    const b = await addLink('b');
    await takeInLinks(database.db, siteId);
    await look(a, gone, minute(1));
    await look(a, gone, minute(2));
    await look(b, fine, minute(1));
    await database.db('external_links').where({ item_id: a }).update({ archive_state: 'archived', archive_url: 'https://web.archive.org/web/2020/a', archived_at: minute(1) });
    const before = await item('a');
    await change('a', { set: { metadata: { ...before?.metadata, external_url: 'https://example.org/new', wayback_url: 'https://web.archive.org/web/2020/a' } } });
    const revision = await contentRevision();
    await takeInLinks(database.db, siteId);
    expect(await link(a)).toMatchObject({ url: 'https://example.org/new', status: null, code: null, failures: 0, checkedAt: null, archiveState: 'none', archiveUrl: null, archivedAt: null });
    // Readers were told that it is broken, and are not any more.
    expect(await item('a')).toMatchObject({ metadata: { external_url: 'https://example.org/new' }, reason: 'link-checked' });
    expect((await item('a'))?.metadata).not.toHaveProperty('wayback_url');
    expect(await contentRevision()).toBe((revision ?? 0) + 1);
    expect(await link(b)).toMatchObject({ status: 'valid', checkedAt: minute(1) });
    await change('b', { deleted: true, reason: 'deleted' });
    expect(await takeInLinks(database.db, siteId)).toBe(1);
    expect(await findExternalLink(database.db, b)).toBeUndefined();
  });

  it('of other sites stay as they are, and each site with some is found', async () => {
    const other = (await makeSite(database.db)).id;
    await makeSite(database.db);
    const theirs = await addLink('theirs', undefined, other);
    await takeInLinks(database.db, other);
    await addLink('mine');
    await takeInLinks(database.db, siteId);
    expect(await link(theirs)).toMatchObject({ siteId: other });
    const sites = [siteId, other].sort();
    expect(await listSitesWithLinks(database.db, null, 9)).toEqual(sites);
    expect(await listSitesWithLinks(database.db, sites[0] ?? null, 9)).toEqual([sites[1]]);
    expect(await listSitesWithLinks(database.db, null, 1)).toEqual([sites[0]]);
    // A site whose items are gone still has links to take out.
    await change('mine', { deleted: true, reason: 'deleted' });
    expect(await listSitesWithLinks(database.db, null, 9)).toEqual(sites);
    await takeInLinks(database.db, siteId);
    expect(await listSitesWithLinks(database.db, null, 9)).toEqual([other]);
  });
});

describe('links that are due', () => {
  it('come as long as they were not looked at since, the longest ago first', async () => {
    const other = (await makeSite(database.db)).id;
    const ids = { never: await addLink('never'), old: await addLink('old'), older: await addLink('older'), fresh: await addLink('fresh'), theirs: await addLink('theirs', undefined, other) };
    await takeInLinks(database.db, siteId);
    await takeInLinks(database.db, other);
    await look(ids.old, fine, minute(2));
    await look(ids.older, { outcome: 'check_failed', trouble: 'dns' }, minute(1));
    await look(ids.fresh, fine, minute(5));
    const of = async (site: string | null, limit = 9) => (await listDueLinks(database.db, { siteId: site, before: minute(5) }, limit)).map(({ itemId }) => itemId);
    expect(await of(siteId)).toEqual([ids.never, ids.older, ids.old]);
    expect(await of(siteId, 2)).toEqual([ids.never, ids.older]);
    expect(await of(null)).toEqual([...[ids.never, ids.theirs].sort(), ids.older, ids.old]);
    expect(await countDueLinks(database.db, { siteId: null, before: minute(5) })).toBe(4);
    expect(await countDueLinks(database.db, { siteId, before: minute(1) })).toBe(1);
  });
});

describe('what a look found', () => {
  it('is written beside the item without a revision as long as readers see the same', async () => {
    const a = await addLink('a');
    await takeInLinks(database.db, siteId);
    const [revision, updatedAt] = [await contentRevision(), (await item('a'))?.updatedAt];
    expect(await look(a, fine, minute(1))).toEqual({ status: 'valid', code: 200, failures: 0, trouble: null });
    expect(await item('a')).toMatchObject({ revision: 1, reason: 'created', updatedAt, metadata: { external_url: 'https://example.org/a', status: 'valid', url_status_code: 200 } });
    await look(a, { outcome: 'unchecked', code: 429 }, minute(2));
    expect((await item('a'))?.metadata).toMatchObject({ status: 'unchecked', url_status_code: 429 });
    await look(a, gone, minute(3));
    expect((await item('a'))?.metadata).toMatchObject({ status: 'unchecked' });
    expect(await link(a)).toMatchObject({ failures: 1, code: 404, checkedAt: minute(3) });
    expect((await item('a'))?.revision).toBe(1);
    expect(await contentRevision()).toBe(revision);
  });

  it('raises both revisions when readers see it: broken after the second bad answer, and whole again', async () => {
    const a = await addLink('a');
    await takeInLinks(database.db, siteId);
    const revision = (await contentRevision()) ?? 0;
    await look(a, gone, minute(1));
    await look(a, gone, minute(2));
    expect(await item('a')).toMatchObject({ revision: 2, reason: 'link-checked', updatedBy: null, metadata: { status: 'broken', url_status_code: 404 } });
    expect(await contentRevision()).toBe(revision + 1);
    await look(a, gone, minute(3));
    expect(await contentRevision()).toBe(revision + 1);
    await look(a, fine, minute(4));
    expect(await item('a')).toMatchObject({ revision: 3, metadata: { status: 'valid' } });
    expect(await contentRevision()).toBe(revision + 2);
    expect((await listRevisions(database.db, a, { limit: 9, offset: 0 })).revisions.map(({ reason }) => reason)).toEqual(['link-checked', 'link-checked', 'created']);
  });

  it('counts once when two look at the same time', async () => {
    const a = await addLink('a');
    await takeInLinks(database.db, siteId);
    const seen = await link(a);
    expect(await saveCheck(database.db, seen, gone, minute(1))).toMatchObject({ failures: 1 });
    expect(await saveCheck(database.db, seen, gone, minute(2))).toBeNull();
    const again = await link(a);
    expect(again).toMatchObject({ failures: 1, checkedAt: minute(1) });
    expect(await saveCheck(database.db, again, gone, minute(2))).toMatchObject({ failures: 2 });
    expect(await saveCheck(database.db, again, fine, minute(3))).toBeNull();
  });

  it('is left when the link leads elsewhere meanwhile, or is gone', async () => {
    const a = await addLink('a');
    await takeInLinks(database.db, siteId);
    const looked = await link(a);
    await change('a', { set: { metadata: { external_url: 'https://example.org/new' } } });
    await takeInLinks(database.db, siteId);
    expect(await saveCheck(database.db, looked, fine, minute(1))).toBeNull();
    expect(await link(a)).toMatchObject({ checkedAt: null, status: null });
    await change('a', { deleted: true, reason: 'deleted' });
    const known = await link(a);
    // Deleted, but not yet taken out: the deleted item stays as it was.
    expect(await saveCheck(database.db, known, fine, minute(1))).toMatchObject({ status: 'valid' });
    expect((await item('a'))?.metadata).toEqual({ external_url: 'https://example.org/new' });
    await takeInLinks(database.db, siteId);
    expect(await saveCheck(database.db, known, fine, minute(2))).toBeNull();
  });
});

describe('the report', () => {
  it('shows the broken ones first, counts each status, and can be narrowed', async () => {
    const ids = { a: await addLink('a'), b: await addLink('b', { external_url: 'https://example.org/b', wayback_url: 'https://web.archive.org/web/2020/b' }), c: await addLink('c') };
    await takeInLinks(database.db, siteId);
    await look(ids.a, fine, minute(1));
    for (const at of [minute(1), minute(2)]) await look(ids.b, gone, at);
    const report = await reportLinks(database.db, siteId, {}, { limit: 9, offset: 0 });
    expect(report).toMatchObject({ counts: { valid: 1, broken: 1, unchecked: 0, open: 1 }, archived: 1, total: 3 });
    expect(report.links.map(({ textId, title, status }) => [textId, title, status])).toEqual([['b', 'Link b', 'broken'], ['a', 'Link a', 'valid'], ['c', 'Link c', null]]);
    expect((await reportLinks(database.db, siteId, {}, { limit: 1, offset: 1 })).links.map(({ textId }) => textId)).toEqual(['a']);
    const narrow = await reportLinks(database.db, siteId, { status: 'broken' }, { limit: 9, offset: 0 });
    expect([narrow.total, narrow.links.map(({ textId }) => textId)]).toEqual([1, ['b']]);
  });

  it('of all sites counts what is to be done', async () => {
    expect(await countLinkBacklog(database.db, minute(5))).toMatchObject({ links: 0, oldestCheckAt: null });
    const ids = [await addLink('a'), await addLink('b'), await addLink('c')];
    await takeInLinks(database.db, siteId);
    for (const at of [minute(1), minute(2)]) await look(ids[0] ?? '', gone, at);
    await look(ids[1] ?? '', fine, minute(6));
    await database.db('external_links').where({ item_id: ids[1] ?? '' }).update({ archive_state: 'queued' });
    expect(await countLinkBacklog(database.db, minute(5))).toEqual({ links: 3, broken: 1, dueForCheck: 2, oldestCheckAt: minute(2), archive: { none: 2, queued: 1, submitted: 0, archived: 0, failed: 0, unknown: 0 } });
  });
});
