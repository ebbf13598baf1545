import { beforeEach, describe, expect, test } from 'vitest';
import { errorBodySchema } from '#api/contracts/errors.ts';
import { type Item, revisionConflictSchema } from '#api/contracts/items.ts';
import type { Output } from '#api/contracts/client.ts';
import { itemIn, itemsOf, linkTo, makeContentSite, putLive } from './support/content.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let count = 0;
let name: string;
let siteId: string;
let olga: Caller;
let items: ReturnType<typeof itemsOf>;
let page: Item;

beforeEach(async () => {
  name = `site-${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  olga = await api.person(`olga-${name}@example.edu`, [{ role: 'owner', siteId }]);
  items = itemsOf(api, name, olga);
  page = await items.made({ type: 'page', title: 'One', markdown: 'a\nb\nc\n', metadata: { description: 'first', list: [1, 2] } });
});

type Revisions = Output<'GET /api/v1/sites/:site/items/:item/revisions'>;
type Revision = Output<'GET /api/v1/sites/:site/items/:item/revisions/:revision'>;
const list = async (query: Record<string, number> = {}): Promise<Revisions> => (await api.call('GET /api/v1/sites/:site/items/:item/revisions', olga, { params: { site: name, item: page.textId }, query })).json as Revisions;
const read = (revision: number, against?: number) => api.call('GET /api/v1/sites/:site/items/:item/revisions/:revision', olga, { params: { site: name, item: page.textId, revision: String(revision) }, query: against === undefined ? {} : { against } });
const revision = async (number: number, against?: number): Promise<Revision> => (await read(number, against)).json as Revision;

describe('the history of an item', () => {
  beforeEach(async () => {
    const ed = itemsOf(api, name, await api.person(`ed-${name}@example.edu`, [{ role: 'editor', siteId }]));
    await ed.saved(page.textId, { revision: 1, markdown: 'a\nB\r\nc\n' });
    await items.saved(page.textId, { revision: 2, title: 'Two', metadata: { description: null, list: [1, 3], image: { alt: 'x' } } });
    itemIn(await items.delete(page.textId, 3));
    itemIn(await items.undelete(page.textId));
  });

  test('has every state, the newest first, with who saved it and why', async () => {
    const { total, revisions } = await list();
    expect(total).toBe(5);
    expect(revisions.map(({ revision: number, title, reason, savedBy, isDeleted }) => [number, title, reason, savedBy?.name, isDeleted])).toEqual([
      [5, 'Two', 'undeleted', `olga-${name}`, false],
      [4, 'Two', 'deleted', `olga-${name}`, true],
      [3, 'Two', 'renamed', `olga-${name}`, false],
      [2, 'One', 'edited', `ed-${name}`, false],
      [1, 'One', 'created', `olga-${name}`, false],
    ]);
    const times = revisions.map(({ savedAt }) => savedAt);
    expect([...times].sort().reverse()).toEqual(times);
    expect((await list({ limit: 2, offset: 1 })).revisions.map(({ revision: number }) => number)).toEqual([4, 3]);
  });

  test('keeps each state as it was', async () => {
    expect((await revision(1)).revision).toMatchObject({ title: 'One', markdown: 'a\nb\nc\n', metadata: { description: 'first', list: [1, 2], draft: false }, type: 'page', dirpath: 'content/pages', filename: 'one', file: null });
    expect(await revision(1)).toMatchObject({ against: null, differences: [], bodyDiff: '' });
    expect((await revision(5)).revision).toMatchObject({ title: 'Two', markdown: 'a\nB\r\nc\n', filename: 'two' });
  });

  test('tells how a state differs from the one before, or from any other', async () => {
    expect(await revision(2)).toMatchObject({ against: 1, differences: [], bodyDiff: '--- revision 1\n+++ revision 2\n@@ -1,3 +1,3 @@\n a\n-b\n+B\r\n c\n' });
    const differences = [
      { field: 'title', before: 'One', after: 'Two' },
      { field: 'filename', before: 'one', after: 'two' },
      { field: 'metadata.description', before: 'first', after: null },
      { field: 'metadata.image.alt', before: null, after: 'x' },
      { field: 'metadata.list', before: [1, 2], after: [1, 3] },
    ];
    expect(await revision(3)).toMatchObject({ against: 2, differences, bodyDiff: '' });
    expect(await revision(5, 1)).toMatchObject({ against: 1, differences, bodyDiff: expect.stringContaining('+B\r\n') as string });
    expect(await revision(1, 5)).toMatchObject({ against: 5, bodyDiff: expect.stringContaining('+b\n') as string });
  });

  test('has no more than it has', async () => {
    expect([(await read(6)).status, (await read(1, 9)).status]).toEqual([404, 404]);
    expect(messageOf(await read(6))).toBe('‘Two’ has no revision 6.');
    const tooLarge = 2 ** 31;
    const answers = await Promise.all([read(tooLarge), read(1, tooLarge), items.restore(page.textId, { revision: 5, to: tooLarge }), items.restore(page.textId, { revision: tooLarge, to: 1 }), items.save(page.textId, { revision: tooLarge }), items.delete(page.textId, tooLarge)]);
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(answers.map(() => [422, 'validation']));
  });
});

describe('restoring', () => {
  test('gives an item its earlier content as a new revision, by who restored it', async () => {
    await items.saved(page.textId, { revision: 1, title: 'Two', markdown: 'new\n', metadata: { description: null, more: 1 }, rename: false });
    const restored = itemIn(await items.restore(page.textId, { revision: 2, to: 1 }));
    expect(restored).toMatchObject({ revision: 3, title: 'One', markdown: 'a\nb\nc\n', metadata: page.metadata, reason: 'restored from revision 1', updatedBy: { id: olga.userId } });
    expect(restored.metadata).not.toHaveProperty('more');
    expect((await list()).total).toBe(3);
  });

  test('leaves the address where readers know it, with all that leads to it', async () => {
    await putLive(api.db, siteId);
    await items.saved(page.textId, { revision: 1, title: 'Two', rename: true });
    expect(itemIn(await items.restore(page.textId, { revision: 2, to: 1 }))).toMatchObject({ title: 'One', filename: 'two', metadata: { aliases: ['/pages/one'] } });
  });

  test('brings back what the item named, so that it is safe again', async () => {
    const target = await items.made({ type: 'page', title: 'Target' });
    await items.saved(page.textId, { revision: 1, markdown: linkTo(target.textId) });
    await items.saved(page.textId, { revision: 2, markdown: 'nothing' });
    itemIn(await items.restore(page.textId, { revision: 3, to: 2 }));
    expect(codeOf(await items.delete(target.textId, 1))).toBe('referenced');
    itemIn(await items.restore(page.textId, { revision: 4, to: 1 }));
    itemIn(await items.delete(target.textId, 1));
    const answer = await items.restore(page.textId, { revision: 5, to: 2 });
    expect([answer.status, errorBodySchema.parse(answer.json).error.issues?.map(({ path }) => path)]).toEqual([422, ['markdown']]);
  });

  test('is refused field by field where the starter no longer allows what it brings back', async () => {
    const resource = await items.made({ type: 'resource', title: 'R', metadata: { resourcetype: 'Image' } });
    await api.db('content_items').where({ text_id: resource.textId }).update({ metadata: JSON.stringify({ resourcetype: 'Film', license: 7 }) });
    await items.saved(resource.textId, { revision: 1, metadata: { resourcetype: 'Video' } });
    const answer = await items.restore(resource.textId, { revision: 2, to: 1 });
    // The licence was as wrong before: what a save leaves alone does not stand in its way.
    expect([answer.status, codeOf(answer), errorBodySchema.parse(answer.json).error.issues?.map(({ path }) => path)]).toEqual([422, 'invalidFields', ['metadata.resourcetype']]);
    expect((await items.now(resource.textId)).revision).toBe(2);
    await api.db('content_items').where({ text_id: resource.textId }).update({ type: 'quiz' });
    expect(codeOf(await items.restore(resource.textId, { revision: 2, to: 1 }))).toBe('invalidFields');
  });

  test('leaves the present aliases in the form they have', async () => {
    await api.db('content_items').where({ text_id: page.textId }).update({ metadata: JSON.stringify({ description: 'first', aliases: '/old' }) });
    await items.saved(page.textId, { revision: 1, metadata: { description: 'second' } });
    expect(itemIn(await items.restore(page.textId, { revision: 2, to: 1 })).metadata).toEqual({ description: 'first', aliases: '/old' });
  });

  test('is refused to who has not seen the newest state, for a deleted item, and to a revision there is not', async () => {
    await items.saved(page.textId, { revision: 1, markdown: 'new' });
    const answer = await items.restore(page.textId, { revision: 1, to: 1 });
    expect([answer.status, codeOf(answer)]).toEqual([409, 'revisionConflict']);
    const { yours, current } = revisionConflictSchema.parse(errorBodySchema.parse(answer.json).error.details);
    expect([yours?.revision, yours?.markdown, current.revision, current.markdown]).toEqual([1, 'a\nb\nc\n', 2, 'new']);
    expect((await items.restore(page.textId, { revision: 2, to: 7 })).status).toBe(404);
    itemIn(await items.delete(page.textId, 2));
    expect(codeOf(await items.restore(page.textId, { revision: 3, to: 1 }))).toBe('wrongState');
  });
});
