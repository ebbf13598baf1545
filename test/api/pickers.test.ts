import { beforeAll, describe, expect, test } from 'vitest';
import type { ChosenItem, ChosenSite, PickableItem, PickableSite } from '#api/contracts/pickers.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { itemsOf, makeContentSite, putLive } from './support/content.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const api = useApi();
let algebraId: string;
let ed: Caller;
let stan: Caller;
let ada: Caller;
let items: ReturnType<typeof itemsOf>;
const ids: Record<string, string> = {};

beforeAll(async () => {
  algebraId = await makeContentSite(api.db, 'algebra');
  await makeContentSite(api.db, 'secret');
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId: algebraId }]);
  stan = await api.person('stan@example.edu');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  items = itemsOf(api, 'algebra', ed);
  for (const [title, resourcetype] of [['Chart', 'Image'], ['Film', 'Video'], ['Notes', 'Document'], ['Track', 'Audio'], ['Loose', '']] as const) ids[title] = (await items.made({ type: 'resource', title, metadata: { resourcetype: resourcetype === '' ? 'Other' : resourcetype === 'Audio' ? 'Other' : resourcetype, license: title === 'Film' ? 'CC BY-SA' : 'CC BY' } })).textId;
  ids['Syllabus'] = (await items.made({ type: 'page', title: 'Syllabus' })).textId;
  await putLive(api.db, algebraId);
});

const picked = async (query: Record<string, string | number>, who: Caller = ed): Promise<{ total: number; titles: (string | null)[] }> => {
  const answer = await api.call('GET /api/v1/pickers/items', who, { query: { site: 'algebra', ...query } });
  expect(answer.status, answer.text).toBe(200);
  const { total, items: found } = answer.json as { total: number; items: PickableItem[] };
  return { total, titles: found.map(({ title }) => title) };
};

describe('a list to choose from', () => {
  test('is narrowed by a field on the server, with the total of what fits', async () => {
    expect(await picked({ type: 'resource', field: 'resourcetype', equals: 'Image' })).toEqual({ total: 1, titles: ['Chart'] });
    expect(await picked({ type: 'resource', field: 'resourcetype', equals: 'Other' })).toEqual({ total: 2, titles: ['Loose', 'Track'] });
    expect(await picked({ type: 'resource', field: 'license', equals: 'CC BY', limit: 2 })).toEqual({ total: 4, titles: ['Chart', 'Loose'] });
    expect(await picked({ field: 'title', equals: 'Syllabus' })).toEqual({ total: 1, titles: ['Syllabus'] });
    expect(await picked({ field: 'license', equals: 'nothing' })).toEqual({ total: 0, titles: [] });
    expect(await picked({ field: `x' or true --`, equals: '?' })).toEqual({ total: 0, titles: [] });
  });

  test('shows, finds and sorts its entries by the field that the starter says, and by the title where an item has no text there', async () => {
    // Every resource has a license, and the film another than the rest.
    expect(await picked({ type: 'resource', display: 'license', limit: 3 })).toEqual({ total: 5, titles: ['CC BY', 'CC BY', 'CC BY'] });
    expect((await picked({ type: 'resource', display: 'license', offset: 4 })).titles).toEqual(['CC BY-SA']);
    expect(await picked({ type: 'resource', display: 'license', search: 'by-sa' })).toEqual({ total: 1, titles: ['CC BY-SA'] });
    // Its own title finds it still.
    expect(await picked({ type: 'resource', display: 'license', search: 'film' })).toEqual({ total: 1, titles: ['CC BY-SA'] });
    expect(await picked({ type: 'page', display: 'license' })).toEqual({ total: 1, titles: ['Syllabus'] });
    expect((await picked({ type: 'resource', display: 'title' })).titles).toEqual((await picked({ type: 'resource' })).titles);
    expect((await picked({ type: 'resource', display: `x' || text_id --` })).titles).toEqual((await picked({ type: 'resource' })).titles);
    const told = await api.call('POST /api/v1/pickers/titles', ed, { body: { site: 'algebra', items: ['Film', 'Syllabus'].map((title) => ({ textId: ids[title] ?? '', site: null })), display: 'license' } });
    expect((told.json as { items: ChosenItem[] }).items.map(({ title }) => title)).toEqual(['CC BY-SA', 'Syllabus']);
    // Who does not work on the site reads no metadata of it this way.
    expect((await picked({ type: 'resource', display: 'license' }, stan)).titles).toEqual((await picked({ type: 'resource' }, stan)).titles);
    expect((await picked({ type: 'resource', display: 'license', search: 'by-sa' }, stan)).total).toBe(0);
    const geo = await api.person('geo@example.edu', [{ role: 'editor', siteId: await makeContentSite(api.db, 'geometry') }]);
    const seen = await api.call('POST /api/v1/pickers/titles', geo, { body: { site: 'geometry', items: [{ textId: ids['Film'] ?? '', site: 'courses/algebra' }], display: 'license' } });
    expect((seen.json as { items: ChosenItem[] }).items.map(({ title }) => title)).toEqual(['Film']);
  });

  test('is narrowed by all at once', async () => expect(await picked({ type: 'resource', field: 'license', equals: 'CC BY', search: 'a', except: `${ids['Track'] ?? ''},nobody`, offset: 0 })).toEqual({ total: 1, titles: ['Chart'] }));

  test('leaves out what is chosen, and counts the rest', async () => {
    expect((await picked({ except: [ids['Chart'], ids['Film']].join(',') })).total).toBe(4);
    const answer = await api.call('GET /api/v1/pickers/items', ed, { query: { site: 'algebra', except: Array.from({ length: 151 }, (_, index) => index).join(',') } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
  });

  test.each([{ field: 'license' }, { equals: 'CC BY' }])('with %j alone is a fault, and not the whole list', async (query) => {
    const answer = await api.call('GET /api/v1/pickers/items', ed, { query: { site: 'algebra', ...query } });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation']);
  });

  test('is asked for by the URL path of a site as by its name', async () => {
    expect((await picked({ site: 'courses/algebra' })).total).toBe(6);
    const [byPath, byName] = [await api.call('GET /api/v1/pickers/items', stan, { query: { site: 'courses/secret' } }), await api.call('GET /api/v1/pickers/items', stan, { query: { site: 'courses/nowhere' } })];
    expect([byPath.status, byPath.json]).toEqual([403, byName.json]);
  });

  test('has of one’s own site only what readers can have met where it must be public', async () => {
    const draft = await items.made({ type: 'page', title: 'Unseen', metadata: { draft: true } });
    expect((await picked({ type: 'page' })).titles).toEqual(['Syllabus', 'Unseen']);
    expect((await picked({ type: 'page', published: 'true' })).titles).toEqual(['Syllabus']);
    expect((await picked({ type: 'page' }, stan)).titles).toEqual(['Syllabus']);
    expect(await picked({ site: 'secret', published: 'true' }, ada)).toEqual({ total: 0, titles: [] });
    await items.delete(draft.textId, 1);
  });

  test('has only what has a page, for a menu', async () => {
    await api.db('content_items').where({ text_id: ids['Notes'] }).update({ is_page_content: false });
    expect((await picked({ pages: 'true', type: 'resource' })).titles).not.toContain('Notes');
    expect((await picked({ type: 'resource' })).titles).toContain('Notes');
    await api.db('content_items').where({ text_id: ids['Notes'] }).update({ is_page_content: true });
  });
});

describe('published sites', () => {
  const sites = async (query: Record<string, string | number> = {}, who: Caller = stan): Promise<{ total: number; sites: PickableSite[] }> => (await api.call('GET /api/v1/pickers/sites', who, { query })).json as { total: number; sites: PickableSite[] };

  test('can be found by everybody, those that readers do not see by nobody', async () => {
    expect(await sites()).toEqual({ total: 1, sites: [{ name: 'algebra', urlPath: 'courses/algebra', shortId: 'algebra', title: 'Title of algebra' }] });
    expect((await sites({}, ada)).total).toBe(1);
    expect((await sites({ search: 'secret' }, ada)).total).toBe(0);
  });

  test('are searched by part of the title or short id, what is typed being no pattern', async () => {
    expect([(await sites({ search: 'OF ALG' })).total, (await sites({ search: '%' })).total, (await sites({ search: 'al_ebra' })).total]).toEqual([1, 0, 0]);
  });

  test('are left out when they are chosen, put away, taken offline or without an address', async () => {
    expect((await sites({ except: 'courses/algebra' })).total).toBe(0);
    const goneId = await makeContentSite(api.db, 'gone');
    await putLive(api.db, goneId);
    expect((await sites()).total).toBe(2);
    await api.db('sites').where({ id: goneId }).update({ url_path: null });
    expect((await sites()).total).toBe(1);
    await api.db('sites').where({ id: goneId }).update({ url_path: 'courses/gone' });
    await api.db('deployments').where({ site_id: goneId }).update({ manifest_key: null });
    expect((await sites()).total).toBe(1);
    await putLive(api.db, goneId);
    expect((await sites()).total).toBe(2);
    await api.db('sites').where({ id: goneId }).update({ archived_at: new Date() });
    expect((await sites()).total).toBe(1);
    await api.db('sites').where({ id: goneId }).delete();
  });

  test('come in pages by title that do not overlap', async () => {
    const made: string[] = [];
    for (const name of ['same-1', 'same-2', 'same-3']) {
      const id = await makeContentSite(api.db, name);
      await api.db('sites').where({ id }).update({ title: 'Same' });
      await putLive(api.db, id);
      made.push(id);
    }
    const pages = await Promise.all([0, 2].map(async (offset) => (await sites({ limit: 2, offset })).sites.map(({ name }) => name)));
    expect(new Set(pages.flat()).size).toBe(4);
    await api.db('sites').whereIn('id', made).delete();
  });
});

describe('what became of what was chosen', () => {
  const asked = async (body: { items?: { textId: string; site: string | null }[]; sites?: string[]; site?: string }, who: Caller = ed) => {
    const answer = await api.call('POST /api/v1/pickers/titles', who, { body: { site: 'algebra', ...body } });
    expect(answer.status, answer.text).toBe(200);
    return { ...(answer.json as { items: ChosenItem[]; sites: ChosenSite[] }), text: answer.text };
  };

  test('is told in the order of the question: there, deleted, missing', async () => {
    const gone = await items.made({ type: 'page', title: 'Gone' });
    await api.db.transaction((trx) => changeContentItem(trx, { siteId: algebraId, textId: gone.textId, fromRevision: 1, set: {}, deleted: true, by: null, reason: 'deleted' }));
    const { items: answers } = await asked({ items: ['nobody', gone.textId, ids['Chart'] ?? ''].map((textId) => ({ textId, site: null })) });
    expect(answers).toEqual([
      { textId: 'nobody', site: null, state: 'missing', type: null, title: null, siteTitle: null },
      { textId: gone.textId, site: null, state: 'deleted', type: 'page', title: 'Gone', siteTitle: null },
      { textId: ids['Chart'], site: null, state: 'there', type: 'resource', title: 'Chart', siteTitle: null },
    ]);
  });

  test('is told by the URL path and by the name of its site, which may be asked about twice', async () => {
    const chart = { textId: ids['Chart'] ?? '' };
    const { items: answers } = await asked({ items: [{ ...chart, site: 'courses/algebra' }, { ...chart, site: 'algebra' }, { ...chart, site: 'algebra' }] });
    expect(answers.map(({ title, siteTitle }) => [title, siteTitle])).toEqual(Array.from({ length: 3 }, () => ['Chart', 'Title of algebra']));
  });

  test('tells nothing of a site one may not see: neither that it is there, nor what it is called, nor what is on it', async () => {
    const secretId = (await api.db('sites').where({ name: 'secret' }).first<{ id: string }>('id')).id;
    const owner = await api.person('olga@example.edu', [{ role: 'owner', siteId: secretId }]);
    const made = await itemsOf(api, 'secret', owner).made({ type: 'page', title: 'Hush' });
    const { items: answers, sites, text } = await asked({ items: ['secret', 'courses/secret', 'nowhere'].map((site) => ({ textId: made.textId, site })), sites: ['courses/secret', 'courses/nowhere', 'courses/algebra'] });
    expect(answers.map(({ site: _site, ...rest }) => rest)).toEqual(Array.from({ length: 3 }, () => ({ textId: made.textId, state: 'hidden', type: null, title: null, siteTitle: null })));
    expect(sites).toEqual([
      { urlPath: 'courses/secret', state: 'hidden', title: null, shortId: null },
      { urlPath: 'courses/nowhere', state: 'hidden', title: null, shortId: null },
      { urlPath: 'courses/algebra', state: 'there', title: 'Title of algebra', shortId: 'algebra' },
    ]);
    expect(text).not.toMatch(/Hush|Title of secret/);
    // Who may see it is told.
    expect((await asked({ items: [{ textId: made.textId, site: 'courses/secret' }] }, ada)).items).toMatchObject([{ state: 'there', title: 'Hush', siteTitle: 'Title of secret' }]);
    expect((await asked({ items: [{ textId: made.textId, site: 'nowhere' }] }, ada)).items).toMatchObject([{ state: 'missing' }]);
  });

  test('tells of a published site that is not one’s own only what readers could have met', async () => {
    const homeId = await makeContentSite(api.db, 'home');
    const hank = await api.person('hank@example.edu', [{ role: 'editor', siteId: homeId }]);
    const draft = await items.made({ type: 'page', title: 'In the works', metadata: { draft: true } });
    const later = await items.made({ type: 'page', title: 'Made later' });
    const answer = await asked({ site: 'home', items: [ids['Syllabus'] ?? '', draft.textId, later.textId, 'nobody'].map((textId) => ({ textId, site: 'courses/algebra' })) }, hank);
    expect(answer.items.map(({ state, title }) => [state, title])).toEqual([['there', 'Syllabus'], ['hidden', null], ['hidden', null], ['hidden', null]]);
    expect(answer.text).not.toMatch(/In the works|Made later/);
  });

  test('is told of the root site’s items before it is published, but of its drafts', async () => {
    const rootId = await makeContentSite(api.db, api.config.rootWebsiteName);
    const root = itemsOf(api, api.config.rootWebsiteName, await api.person('www@example.edu', [{ role: 'owner', siteId: rootId }]));
    const there = await root.made({ type: 'instructor', title: 'Ada Lovelace' });
    const draft = await root.made({ type: 'instructor', title: 'Nobody yet', metadata: { draft: true } });
    expect((await asked({ items: [there, draft].map(({ textId }) => ({ textId, site: api.config.rootWebsiteName })) })).items.map(({ state }) => state)).toEqual(['there', 'hidden']);
  });

  test('is asked for one’s own site only, and for a bounded number', async () => {
    const refused = await api.call('POST /api/v1/pickers/titles', stan, { body: { site: 'algebra' } });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'forbidden']);
    const tooMany = await api.call('POST /api/v1/pickers/titles', ed, { body: { site: 'algebra', items: Array.from({ length: 1_001 }, () => ({ textId: 'x', site: null })) } });
    expect(tooMany.status).toBe(422);
    expect((await asked({ items: Array.from({ length: 1_000 }, (_, index) => ({ textId: `x${index}`, site: null })) })).items).toHaveLength(1_000);
  });
});
