import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findRevision, listRevisions } from '#db/queries/contentRevisions.ts';
import { findSite } from '#db/queries/sites.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite, makeUser } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
let siteId: string;
let by: string;
beforeEach(async () => {
  siteId = (await makeSite(database.db)).id;
  by = (await makeUser(database.db)).id;
  await create('a');
});

const create = (textId: string) => database.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId, filename: textId }), by, reason: 'created' }));
const change = (textId: string, given: Partial<Parameters<typeof changeContentItem>[1]>) => database.db.transaction((trx) => changeContentItem(trx, { siteId, textId, fromRevision: null, set: {}, by, reason: 'edited', ...given }));
const revisionOfSite = async (): Promise<number | undefined> => (await findSite(database.db, siteId))?.contentRevision;

describe('a change of an item', () => {
  it('keeps the state it had, and counts once for the item and once for the site', async () => {
    const before = await findContentItem(database.db, siteId, 'a');
    const result = await change('a', { fromRevision: 1, set: { title: 'New', metadata: { x: 1 } } });
    expect(result).toMatchObject({ kind: 'saved', item: { title: 'New', metadata: { x: 1 }, markdown: 'Body.\n', revision: 2, reason: 'edited', updatedBy: by } });
    expect(await revisionOfSite()).toBe(2);
    expect(await findRevision(database.db, before?.id ?? '', 1)).toEqual({ revision: 1, type: 'page', title: 'Syllabus', dirpath: 'content/pages', filename: 'a', metadata: {}, markdown: 'Body.\n', file: null, isDeleted: false, reason: 'created', savedBy: by, savedAt: before?.updatedAt });
    expect((await findRevision(database.db, before?.id ?? '', 2))?.title).toBe('New');
  });

  it('that changes nothing leaves no trace', async () => {
    expect(await change('a', { set: { title: 'Syllabus', metadata: {} }, deleted: false })).toMatchObject({ kind: 'unchanged', item: { revision: 1 } });
    expect(await revisionOfSite()).toBe(1);
  });

  it('of another revision changes nothing and says what there is', async () => {
    await change('a', { set: { title: 'Theirs' } });
    expect(await change('a', { fromRevision: 1, set: { title: 'Mine' } })).toMatchObject({ kind: 'conflict', item: { title: 'Theirs', revision: 2 } });
    expect(await change('nothing', {})).toEqual({ kind: 'missing' });
  });

  it('deletes and brings back, each as a revision', async () => {
    await change('a', { deleted: true, reason: 'deleted' });
    await change('a', { deleted: false, reason: 'undeleted' });
    const item = await findContentItem(database.db, siteId, 'a');
    expect(item).toMatchObject({ revision: 3, deletedAt: null });
    expect((await listRevisions(database.db, item?.id ?? '', { limit: 9, offset: 0 })).revisions.map(({ revision, isDeleted, reason }) => [revision, isDeleted, reason])).toEqual([[3, false, 'undeleted'], [2, true, 'deleted'], [1, false, 'created']]);
  });

  it('replaces what the item names only when it is told, also where nothing else changes', async () => {
    const named = async () => (await database.db('content_references').join('content_items', 'content_items.id', 'item_id').where({ site_id: siteId }).select<{ target_text_id: string }[]>('target_text_id')).map((row) => row.target_text_id);
    const reference = (targetTextId: string) => ({ field: 'markdown', kind: 'markdown', targetTextId, targetSite: null }) as const;
    await change('a', { references: [reference('x'), reference('y')] });
    expect((await named()).sort()).toEqual(['x', 'y']);
    await change('a', { set: { title: 'New' } });
    expect(await named()).toHaveLength(2);
    await change('a', { set: { title: 'Newer' }, references: [] });
    expect(await named()).toEqual([]);
  });
});

describe('changes that come at once', () => {
  it('of one revision: one is saved, the others are told', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => change('a', { fromRevision: 1, set: { title: `T${index}` } })));
    expect(results.map(({ kind }) => kind).sort()).toEqual([...Array<string>(7).fill('conflict'), 'saved']);
    expect(await revisionOfSite()).toBe(2);
  });

  it('of several items in any order never wait for each other in a circle', async () => {
    const textIds = ['a', ...Array.from({ length: 3 }, () => uuidv7())];
    for (const textId of textIds.slice(1)) await create(textId);
    const rounds = Array.from({ length: 8 }, (_, round) =>
      database.db.transaction(async (trx) => {
        for (const textId of round % 2 === 0 ? textIds : [...textIds].reverse()) await changeContentItem(trx, { siteId, textId, fromRevision: null, set: { title: `Round ${round} of ${textId}` }, by, reason: 'edited' });
      }),
    );
    await Promise.all(rounds);
    for (const textId of textIds) expect((await findContentItem(database.db, siteId, textId))?.revision).toBe(9);
    expect(await revisionOfSite()).toBe(4 + 8 * 4);
  });
});
