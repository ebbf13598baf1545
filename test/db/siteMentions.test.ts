import { beforeEach, expect, it } from 'vitest';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { setReferences } from '#db/queries/contentReferences.ts';
import { listMentioningItems, repointReferences } from '#db/queries/siteMentions.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
beforeEach(() => database.clear());

it('items that hold an address in their text or metadata are found in every site, with their configuration', async () => {
  const [first, second] = [await makeSite(database.db, { name: 'first' }), await makeSite(database.db, { name: 'second' })];
  const item = (textId: string, as: Partial<Parameters<typeof makeContentItem>[0]>) => ({ item: makeContentItem({ textId, filename: textId, ...as }), writtenPath: null, writtenSha256: null, updatedBy: null });
  await insertContentItems(database.db, first.id, [item('a', { markdown: 'See /courses/o_d/pages/x' }), item('b', { markdown: 'See /courses/old/' })]);
  await insertContentItems(database.db, second.id, [item('c', { metadata: { courses: [{ id: 'courses/o_d' }] } }), item('d', { metadata: {} })]);
  const found = await listMentioningItems(database.db, 'courses/o_d');
  expect(found.map(({ siteName, item: { textId } }) => `${siteName} ${textId}`).sort()).toEqual(['first a', 'second c']);
  expect(found.every(({ config }) => typeof config === 'object' && config !== null && 'collections' in config)).toBe(true);
});

it('references follow the address of their site', async () => {
  const site = await makeSite(database.db);
  await insertContentItems(database.db, site.id, [{ item: makeContentItem({ textId: 'a' }), writtenPath: null, writtenSha256: null, updatedBy: null }]);
  const { id } = await database.db('content_items').first<{ id: string }>('id');
  await setReferences(database.db, id, [{ field: 'courses', kind: 'website', targetTextId: null, targetSite: 'courses/a' }, { field: 'more', kind: 'website', targetTextId: null, targetSite: 'courses/b' }]);
  await repointReferences(database.db, 'courses/a', 'courses/z');
  expect(await database.db('content_references').orderBy('field').pluck('target_site')).toEqual(['courses/z', 'courses/b']);
});
