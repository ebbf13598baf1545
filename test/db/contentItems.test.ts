import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { putContentItem } from '#db/queries/contentChanges.ts';
import { countItemsByType, findContentItem, insertContentItems, knownTextIds, listContentItems, recordWritten } from '#db/queries/contentItems.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite, makeUser } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();

describe('content items', () => {
  let siteId: string;
  beforeEach(async () => {
    siteId = (await makeSite(database.db)).id;
  });
  const numbered = (count: number) => Array.from({ length: count }, (_, index) => makeContentItem({ textId: `item-${index}`, filename: `page-${index}` }));
  const store = (items: ReturnType<typeof numbered>) => insertContentItems(database.db, siteId, items.map((item) => ({ item, writtenPath: null, writtenSha256: null, updatedBy: null })));

  it('come back as they were stored, whatever they hold', async () => {
    const item = makeContentItem({ title: 'É “quoted” \\ 😀', metadata: { '': null, nested: [{ a: [1, 'x', null, true] }], 'ключ': 1.5 }, markdown: 'a\r\n\tb\n\n', file: 'courses/x/ü.pdf' });
    await store([item]);
    expect(await findContentItem(database.db, siteId, item.textId)).toMatchObject(item);
  });

  it('are stored by the thousand, in their order', async () => {
    const items = numbered(1_203);
    await store(items);
    expect((await listContentItems(database.db, siteId)).map((item) => item.textId)).toEqual(items.map((item) => item.textId));
    expect(await countItemsByType(database.db, siteId)).toEqual(new Map([['page', 1_203]]));
  });

  it('are replaced by their text id, with one more revision, and come back from deletion', async () => {
    const person = await makeUser(database.db);
    await putContentItem(database.db, { siteId, item: makeContentItem(), by: null, reason: 'imported' });
    await database.db('content_items').where({ site_id: siteId }).update({ deleted_at: database.db.fn.now() });
    expect((await knownTextIds(database.db, siteId, [makeContentItem().textId])).size).toBe(0);
    await putContentItem(database.db, { siteId, item: makeContentItem({ title: 'New' }), by: person.id, reason: 'edited' });
    expect(await findContentItem(database.db, siteId, makeContentItem().textId)).toMatchObject({ title: 'New', revision: 2, deletedAt: null, updatedBy: person.id });
    expect(await knownTextIds(database.db, siteId, [makeContentItem().textId, 'none'])).toEqual(new Set([makeContentItem().textId]));
  });

  it('cannot share a path on one site, but on two', async () => {
    await store([makeContentItem()]);
    await expect(store([makeContentItem({ textId: 'other' })])).rejects.toMatchObject({ code: '23505', constraint: 'content_items_path' });
    siteId = (await makeSite(database.db)).id;
    await store([makeContentItem()]);
  });

  it('may take the path of one that was deleted', async () => {
    await store([makeContentItem()]);
    await database.db('content_items').where({ site_id: siteId }).update({ deleted_at: database.db.fn.now() });
    await store([makeContentItem({ textId: 'other' })]);
    expect(await listContentItems(database.db, siteId)).toHaveLength(2);
  });

  it('know what main holds of them; nothing of a deleted one, and one that came back stays', async () => {
    await store(numbered(3));
    const [kept, removed, back] = await listContentItems(database.db, siteId);
    if (kept === undefined || removed === undefined || back === undefined) throw new Error('Three were stored');
    await database.db('content_items').where({ id: removed.id }).update({ deleted_at: database.db.fn.now() });
    await recordWritten(database.db, [{ id: kept.id, path: 'content/a.md', sha256: 'abc', blob: 'def' }, { id: removed.id, path: 'content/b.md', sha256: 'b', blob: 'b' }, { id: uuidv7(), path: 'x', sha256: 'y', blob: 'z' }], [removed.id, back.id]);
    expect((await listContentItems(database.db, siteId)).map((item) => [item.id, item.writtenPath, item.writtenSha256])).toEqual([[kept.id, 'content/a.md', 'abc'], [removed.id, null, null], [back.id, null, null]]);
  });
});
