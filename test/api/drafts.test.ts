import { v4 as uuidv4 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Output } from '#api/contracts/client.ts';
import { draftConflictSchema } from '#api/contracts/drafts.ts';
import { errorBodySchema } from '#api/contracts/errors.ts';
import type { Item } from '#api/contracts/items.ts';
import { deleteOldDrafts } from '#db/queries/itemDrafts.ts';
import { itemIn, itemsOf, makeContentSite } from './support/content.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let count = 0;
let name: string;
let siteId: string;
let olga: Caller;
let ed: Caller;
let page: Item;

beforeEach(async () => {
  name = `site-${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  olga = await api.person(`olga-${name}@example.edu`, [{ role: 'owner', siteId }]);
  ed = await api.person(`ed-${name}@example.edu`, [{ role: 'editor', siteId }]);
  page = await itemsOf(api, name, olga).made({ type: 'page', title: 'One', markdown: 'a\n' });
});

type Found = Output<'GET /api/v1/sites/:site/items/:item/draft'>['draft'];
const at = () => ({ params: { site: name, item: page.textId } });
const atKind = (kind = 'page') => ({ params: { site: name, kind } });
const read = async (who: Caller): Promise<Found> => ((await api.call('GET /api/v1/sites/:site/items/:item/draft', who, at())).json as { draft: Found }).draft;
const readNew = async (who: Caller, kind = 'page'): Promise<Found> => ((await api.call('GET /api/v1/sites/:site/kinds/:kind/draft', who, atKind(kind))).json as { draft: Found }).draft;
const keep = (who: Caller, body: Record<string, unknown>): Promise<Answer> => api.call('PUT /api/v1/sites/:site/items/:item/draft', who, { ...at(), body: { revision: 1, ...body } });
const keepNew = (who: Caller, body: Record<string, unknown>, kind = 'page'): Promise<Answer> => api.call('PUT /api/v1/sites/:site/kinds/:kind/draft', who, { ...atKind(kind), body });
const conflictIn = (answer: Answer): unknown => draftConflictSchema.parse(errorBodySchema.parse(answer.json).error.details).draft;
const [one, two] = [uuidv4(), uuidv4()];

describe('a draft', () => {
  test('is what was sent, to the last key, and touches neither the item nor the site', async () => {
    const before = await itemsOf(api, name, olga).now(page.textId);
    const counted = await api.db('sites').where({ id: siteId }).first<{ content_revision: number }>('content_revision');
    const fields = { title: '', metadata: { z: [{ b: 1, a: null }], a: '\u2028 "x"' }, markdown: 'a\r\n\tb', file: null };
    expect((await keep(olga, { edit: one, counter: 1, fields })).json).toMatchObject({ edit: one, counter: 1 });
    const found = await read(olga);
    expect(found).toMatchObject({ edit: one, counter: 1, revision: 1, fields });
    expect(JSON.stringify(found?.fields)).toBe(JSON.stringify(fields));
    expect(await itemsOf(api, name, olga).now(page.textId)).toEqual(before);
    expect(await api.db('sites').where({ id: siteId }).first<{ content_revision: number }>('content_revision')).toEqual(counted);
  });

  test('is nobody else’s: not another author’s, not a machine’s, not an admin’s who acts as one', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { title: 'Hers' } });
    expect(await read(ed)).toBeNull();
    await keep(ed, { edit: two, counter: 1, fields: { title: 'His' } });
    expect((await read(olga))?.fields).toEqual({ title: 'Hers' });
    const acting = await actingAs(olga);
    for (const answer of [await api.call('GET /api/v1/sites/:site/items/:item/draft', acting, at()), await keep(acting, { edit: two, counter: 1, fields: {} }), await api.call('DELETE /api/v1/sites/:site/items/:item/draft', acting, at()), await keep(await api.token(), { edit: two, counter: 1, fields: {} })]) expect([answer.status, codeOf(answer)]).toEqual([403, 'forbidden']);
    expect((await read(olga))?.fields).toEqual({ title: 'Hers' });
  });

  test('of the site’s metadata is for who may write it', async () => {
    await itemsOf(api, name, olga).made({ type: 'sitemetadata', metadata: { course_title: 'T' } });
    const put = (who: Caller): Promise<Answer> => api.call('PUT /api/v1/sites/:site/items/:item/draft', who, { params: { site: name, item: 'sitemetadata' }, body: { edit: one, counter: 1, revision: 1, fields: { metadata: { course_title: 'U' } } } });
    expect([(await put(ed)).status, (await put(olga)).status]).toEqual([403, 200]);
    expect((await keepNew(ed, { edit: one, counter: 1, fields: {} }, 'sitemetadata')).status).toBe(403);
  });

  test('that is too large, of no item, of no kind, or with a field of its own is refused, and the one before stays', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { markdown: 'kept' } });
    const large = await keep(olga, { edit: one, counter: 2, fields: { markdown: 'x'.repeat(1024 * 1024) } });
    expect([large.status, codeOf(large)]).toEqual([413, 'tooLarge']);
    for (const body of [{ counter: 0 }, { counter: 2 ** 31 }, { fields: { dirpath: 'x' } }, { edit: 'tab' }, { fields: { markdown: 'half \ud800' } }]) expect([body, (await keep(olga, { edit: one, counter: 2, fields: {}, ...body })).status]).toEqual([body, 422]);
    expect((await api.call('PUT /api/v1/sites/:site/items/:item/draft', olga, { params: { site: name, item: 'nothing' }, body: { edit: one, counter: 1, revision: 1, fields: {} } })).status).toBe(404);
    const noKind = await keepNew(olga, { edit: one, counter: 1, fields: {} }, 'quiz');
    expect([noKind.status, messageOf(noKind)]).toEqual([404, `The starter of ‘Title of ${name}’ has no kind of content named ‘quiz’.`]);
    expect((await read(olga))?.fields).toEqual({ markdown: 'kept' });
  });

  test('as large as a save may be is kept', async () => {
    const markdown = 'x'.repeat(1024 * 1024 - 500);
    expect((await keep(olga, { edit: one, counter: 1, fields: { markdown } })).status).toBe(200);
    expect((await read(olga))?.fields).toEqual({ markdown });
  });

  test('of a new item is one of each kind', async () => {
    await keepNew(olga, { edit: one, counter: 1, fields: { title: 'A page' } });
    await keepNew(olga, { edit: two, counter: 1, fields: { title: 'A resource' } }, 'resource');
    expect([(await readNew(olga))?.fields, (await readNew(olga, 'resource'))?.fields, await readNew(ed)]).toEqual([{ title: 'A page' }, { title: 'A resource' }, null]);
    expect((await readNew(olga))?.revision).toBeNull();
    await api.call('DELETE /api/v1/sites/:site/kinds/:kind/draft', olga, { ...atKind(), query: { edit: one } });
    expect([await readNew(olga), (await readNew(olga, 'resource'))?.fields]).toEqual([null, { title: 'A resource' }]);
  });
});

describe('what comes late', () => {
  test('does not overwrite what is newer, nor does the same sent twice', async () => {
    await keep(olga, { edit: one, counter: 2, fields: { title: 'newer' } });
    expect((await keep(olga, { edit: one, counter: 1, fields: { title: 'older' } })).json).toMatchObject({ counter: 2 });
    expect((await keep(olga, { edit: one, counter: 2, fields: { title: 'again' } })).json).toMatchObject({ counter: 2 });
    expect(await read(olga)).toMatchObject({ counter: 2, fields: { title: 'newer' } });
  });

  test('of many at once leaves the newest', async () => {
    const counters = [3, 7, 1, 8, 5, 2, 6, 4];
    const answers = await Promise.all(counters.map((counter) => keep(olga, { edit: one, counter, fields: { title: `${counter}` } })));
    expect(answers.map(({ status }) => status)).toEqual(counters.map(() => 200));
    expect(await read(olga)).toMatchObject({ counter: 8, fields: { title: '8' } });
  });

  test('after a save or after it was put away brings nothing back, also when it is the first', async () => {
    const olgas = itemsOf(api, name, olga);
    await olgas.saved(page.textId, { revision: 1, markdown: 'saved\n', draft: one });
    const late = await keep(olga, { edit: one, counter: 1, fields: { markdown: 'late' } });
    expect([late.status, codeOf(late), conflictIn(late)]).toEqual([409, 'draftConflict', null]);
    await keep(olga, { edit: two, counter: 1, fields: { markdown: 'next' } });
    expect((await api.call('DELETE /api/v1/sites/:site/items/:item/draft', olga, { ...at(), query: { edit: two } })).json).toEqual({ wasThere: true });
    expect((await keep(olga, { edit: two, counter: 2, fields: { markdown: 'late' } })).status).toBe(409);
    expect(await read(olga)).toBeNull();
    expect((await keep(olga, { edit: uuidv4(), counter: 1, fields: {} })).status).toBe(200);
  });
});

describe('two tabs', () => {
  beforeEach(() => keep(olga, { edit: one, counter: 3, fields: { title: 'first' } }));

  test('the second is told of the first, and changes nothing of its draft', async () => {
    const answer = await keep(olga, { edit: two, counter: 1, fields: { title: 'second' } });
    expect([answer.status, codeOf(answer), conflictIn(answer)]).toEqual([409, 'draftConflict', expect.objectContaining({ edit: one, counter: 3, fields: { title: 'first' } })]);
    expect(await read(olga)).toMatchObject({ edit: one, fields: { title: 'first' } });
  });

  test('goes on in the second with the draft it has seen, and then the first is told', async () => {
    expect((await keep(olga, { edit: two, counter: 1, over: { edit: one, counter: 2 }, fields: { title: 'second' } })).status).toBe(409);
    expect((await keep(olga, { edit: two, counter: 1, over: { edit: one, counter: 3 }, fields: { title: 'second' } })).status).toBe(200);
    const first = await keep(olga, { edit: one, counter: 4, fields: { title: 'first, later' } });
    expect([first.status, conflictIn(first)]).toEqual([409, expect.objectContaining({ edit: two, fields: { title: 'second' } })]);
    expect(await read(olga)).toMatchObject({ edit: two, counter: 1, fields: { title: 'second' } });
  });

  test('a save of the second leaves the draft of the first', async () => {
    await itemsOf(api, name, olga).saved(page.textId, { revision: 1, markdown: 'second\n', draft: two });
    expect(await read(olga)).toMatchObject({ edit: one, fields: { title: 'first' } });
  });
});

describe('saving', () => {
  test('ends the draft, and only that of who saves', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { markdown: 'hers' } });
    await keep(ed, { edit: two, counter: 1, fields: { markdown: 'his' } });
    await itemsOf(api, name, olga).saved(page.textId, { revision: 1, markdown: 'hers\n' });
    expect([await read(olga), (await read(ed))?.fields]).toEqual([null, { markdown: 'his' }]);
    expect(await api.db('item_drafts').whereNotNull('fields').where({ user_id: olga.userId })).toEqual([]);
  });

  test('that is refused leaves it, for it is one transaction', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { title: '' } });
    for (const body of [{ revision: 1, title: '', draft: one }, { revision: 9, title: 'Late', draft: one }]) expect((await itemsOf(api, name, olga).save(page.textId, body)).status).toBeGreaterThanOrEqual(409);
    expect((await read(olga))?.fields).toEqual({ title: '' });
    // What fails after the draft was ended takes that back, too.
    await api.db.raw(`create function refuse_ends() returns trigger language plpgsql as $$ begin raise exception 'no end'; end $$; create constraint trigger refuse_ends after update on item_drafts deferrable initially deferred for each row execute function refuse_ends()`);
    try {
      expect((await itemsOf(api, name, olga).save(page.textId, { revision: 1, markdown: 'b\n', draft: one })).status).toBe(500);
    } finally {
      await api.db.raw('drop trigger refuse_ends on item_drafts; drop function refuse_ends()');
    }
    expect([(await read(olga))?.fields, (await itemsOf(api, name, olga).now(page.textId)).markdown]).toEqual([{ title: '' }, 'a\n']);
  });

  test('a new item ends the draft of its kind', async () => {
    await keepNew(olga, { edit: one, counter: 1, fields: { title: 'New' } });
    await keepNew(olga, { edit: two, counter: 1, fields: { title: 'Other' } }, 'resource');
    itemIn(await itemsOf(api, name, olga).create({ type: 'page', title: 'New', draft: one }), 201);
    expect([await readNew(olga), (await readNew(olga, 'resource'))?.fields]).toEqual([null, { title: 'Other' }]);
  });

  test('by an admin in her name leaves her own draft to her', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { title: 'Hers' } });
    await itemsOf(api, name, await actingAs(olga)).saved(page.textId, { revision: 1, markdown: 'by the admin\n' });
    expect((await read(olga))?.fields).toEqual({ title: 'Hers' });
  });
});

describe('the sweep', () => {
  const age = (who: Caller, days: number): Promise<number> => api.db('item_drafts').where({ user_id: who.userId }).update({ updated_at: api.db.raw(`now() - ? * interval '1 day'`, [days]) });

  test('takes what is older than 90 days, and what ended a day ago', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { title: 'old' } });
    await keep(ed, { edit: two, counter: 1, fields: { title: 'young' } });
    await age(olga, 91);
    await age(ed, 89);
    expect(await deleteOldDrafts(api.db)).toBe(1);
    expect([await read(olga), (await read(ed))?.fields]).toEqual([null, { title: 'young' }]);
    await itemsOf(api, name, ed).saved(page.textId, { revision: 1, markdown: 'b\n', draft: two });
    expect(await deleteOldDrafts(api.db)).toBe(0);
    await age(ed, 2);
    expect(await deleteOldDrafts(api.db)).toBe(1);
    expect(await api.db('item_drafts').where({ site_id: siteId })).toEqual([]);
  });

  test('takes those of closed accounts; a site that goes takes its own', async () => {
    await keep(olga, { edit: one, counter: 1, fields: { title: 'hers' } });
    await keep(ed, { edit: two, counter: 1, fields: { title: 'his' } });
    await api.db('users').where({ id: ed.userId }).update({ is_active: false });
    await deleteOldDrafts(api.db);
    expect(await api.db('item_drafts').where({ site_id: siteId }).pluck('user_id')).toEqual([olga.userId]);
    await api.db('sites').where({ id: siteId }).delete();
    expect(await api.db('item_drafts').where({ user_id: olga.userId })).toEqual([]);
  });
});

/** An admin who acts in this person's name. */
async function actingAs(person: Caller): Promise<Caller> {
  const admin = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const answer = await api.call('POST /api/v1/people/:person/impersonation', admin, { params: { person: person.userId ?? '' } });
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '').find((pair) => pair.startsWith('studio_session='));
  return { userId: person.userId, headers: { ...admin.headers, cookie: cookie ?? '' } };
}
