import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DeletedItem } from '#api/contracts/deletions.ts';
import { putSiteAway } from '#db/queries/archivedSites.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { insertContentDeletions, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeContentSite } from './support/content.ts';
import { type Caller, useApi } from './support/testApi.ts';

const api = useApi();

describe('what is deleted in all sites', () => {
  let admin: Caller;
  let siteId: string;
  beforeEach(async () => {
    await api.clear();
    siteId = await makeContentSite(api.db, 'geometry');
    admin = await api.person('admin@example.edu', [{ role: 'global_admin' }]);
  });
  async function page(title: string, site = siteId): Promise<{ id: string; textId: string }> {
    const textId = uuidv7();
    await api.db.transaction((trx) => createContentItem(trx, { siteId: site, item: makeContentItem({ textId, filename: textId, title }), by: null, reason: 'created' }));
    return { id: (await findContentItem(api.db, site, textId))?.id ?? '', textId };
  }
  const leave = async (textId: string, by: string, site = siteId): Promise<unknown> => {
    const person = await ensureUserByEmail(api.db, by);
    return api.db.transaction((trx) => changeContentItem(trx, { siteId: site, textId, fromRevision: 1, set: {}, deleted: true, by: person.id, reason: 'deleted' }));
  };
  async function withFile(itemId: string): Promise<string> {
    const request = await insertRunRequest(api.db, { process: 'delete-content', siteId, requestedBy: null });
    await insertContentDeletions(api.db, [{ requestId: request.id, siteId, itemId, driveFileId: null, cause: 'person', s3Key: null, s3VersionId: null, requestedBy: admin.userId }], 30);
    return (await api.db('content_deletions').where({ item_id: itemId }).first<{ id: string }>('id')).id;
  }
  const list = async (query: Record<string, string> = {}): Promise<{ total: number; items: DeletedItem[] }> => (await api.call('GET /api/v1/admin/deleted-items', admin, { query })).json as { total: number; items: DeletedItem[] };

  it('says of each who deleted it, when, and how it comes back', async () => {
    const [alone, waits, gone] = [await page('Alone'), await page('Waits'), await page('Gone')];
    await page('There');
    await leave(alone.textId, 'ada@example.edu');
    await withFile(waits.id);
    const deletion = await withFile(gone.id);
    await leave(gone.textId, 'ada@example.edu');
    await moveContentDeletion(api.db, deletion, { state: 'done' });
    const { total, items } = await list();
    expect(total).toBe(3);
    expect(Object.fromEntries(items.map(({ item, by, back, isGone, deletion: of }) => [item?.title, { by, back, isGone, state: of?.state ?? null }]))).toEqual({
      Alone: { by: 'ada', back: 'undelete', isGone: true, state: null },
      Waits: { by: 'admin', back: 'undo', isGone: false, state: 'pending' },
      Gone: { by: 'admin', back: 'undo', isGone: true, state: 'done' },
    });
  });

  it('no longer has what came back', async () => {
    const [alone, waits] = [await page('Alone'), await page('Waits')];
    await leave(alone.textId, 'ada@example.edu');
    const deletion = await withFile(waits.id);
    expect((await api.call('POST /api/v1/sites/:site/items/:item/undelete', admin, { params: { site: 'geometry', item: alone.textId } })).status).toBe(200);
    expect((await api.call('POST /api/v1/sites/:site/deletions/undo', admin, { params: { site: 'geometry' }, body: { ids: [deletion] } })).status).toBe(202);
    expect(await list()).toEqual({ total: 0, items: [] });
  });

  it('is found by a part of the title and of the site, each page of the list once', async () => {
    const other = await makeContentSite(api.db, 'algebra');
    for (const [title, site] of [['Rings 100%', other], ['Circles', siteId], ['Rings of circles', siteId]] as const) await leave((await page(title, site)).textId, 'ada@example.edu', site);
    expect((await list({ search: 'rings' })).items.map(({ item }) => item?.title).sort()).toEqual(['Rings 100%', 'Rings of circles']);
    expect((await list({ search: '100%' })).total).toBe(1);
    expect((await list({ search: 'rings', site: 'alg' })).items.map(({ site }) => site.name)).toEqual(['algebra']);
    const pages = [await list({ limit: '2' }), await list({ limit: '2', offset: '2' })];
    expect(pages.map(({ total, items }) => [total, items.length])).toEqual([[3, 2], [3, 1]]);
    expect(new Set(pages.flatMap(({ items }) => items.map(({ item }) => item?.textId))).size).toBe(3);
  });

  it('does not come back in an archived site, and says why', async () => {
    await leave((await page('Alone')).textId, 'ada@example.edu');
    await api.db.transaction((trx) => putSiteAway(trx, siteId, null, null));
    expect((await list()).items).toMatchObject([{ back: null, whyNotBack: expect.stringContaining('is archived') as string, site: { isArchived: true } }]);
  });
});
