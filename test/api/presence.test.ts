import { v4 as uuidv4 } from 'uuid';
import { beforeEach, expect, test } from 'vitest';
import type { Output } from '#api/contracts/client.ts';
import type { ChangeEvent } from '#api/contracts/events.ts';
import type { Item } from '#api/contracts/items.ts';
import { createChangeFeed } from '#api/changeFeed.ts';
import { deleteOldPresences } from '#db/queries/itemPresences.ts';
import { until } from '../support/until.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { type Caller, useApi } from './support/testApi.ts';

const api = useApi();
let count = 0;
let name: string;
let siteId: string;
let olga: Caller;
let ben: Caller;
let page: Item;
let [one, two, three] = ['', '', ''];

beforeEach(async () => {
  [one, two, three] = [uuidv4(), uuidv4(), uuidv4()];
  name = `site-${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  olga = await api.person(`olga-${name}@example.edu`, [{ role: 'owner', siteId }]);
  ben = await api.person(`ben-${name}@example.edu`, [{ role: 'editor', siteId }]);
  page = await itemsOf(api, name, olga).made({ type: 'page', title: 'One', markdown: 'a\n' });
});

type Seen = Output<'POST /api/v1/sites/:site/items/:item/presence'>;
const say = async (who: Caller, edit: string, isOver?: boolean): Promise<Seen> => (await api.call('POST /api/v1/sites/:site/items/:item/presence', who, { params: { site: name, item: page.textId }, body: { edit, ...(isOver === undefined ? {} : { isOver }) } })).json as Seen;
const names = (seen: Seen): string[] => seen.others.map((other) => other.name);
const silent = (edit: string, seconds: number): Promise<number> => api.db('item_presences').where({ id: edit }).update({ updated_at: api.db.raw(`now() - ? * interval '1 second'`, [seconds]) });

test('who edits sees who else does, since when, once for all their tabs, and never oneself', async () => {
  expect((await say(olga, one)).others).toEqual([]);
  const seen = await say(ben, two);
  expect(seen.others).toEqual([{ id: olga.userId, name: `olga-${name}`, since: expect.any(String) as string, actedBy: null }]);
  await say(ben, three);
  expect(names(await say(olga, one))).toEqual([`ben-${name}`]);
  expect(names(await say(ben, two))).toEqual([`olga-${name}`]);
  const since = seen.others[0]?.since;
  await say(olga, one);
  expect((await say(ben, two)).others[0]?.since).toBe(since);
});

test('who leaves, or is not heard of for a minute, is gone; who comes back is new', async () => {
  await say(olga, one);
  await say(olga, two);
  await say(olga, one, true);
  expect(names(await say(ben, three))).toEqual([`olga-${name}`]);
  await silent(two, 59);
  expect(names(await say(ben, three))).toEqual([`olga-${name}`]);
  await silent(two, 61);
  expect(names(await say(ben, three))).toEqual([]);
  await api.db('item_presences').where({ id: two }).update({ created_at: api.db.raw(`now() - interval '1 hour'`) });
  await say(olga, two);
  const [back] = (await say(ben, three)).others;
  expect(Date.now() - Date.parse(back?.since ?? '')).toBeLessThan(60_000);
  await silent(two, 61);
  await deleteOldPresences(api.db);
  expect(await api.db('item_presences').where({ item_id: api.db('content_items').where({ text_id: page.textId }).select('id') }).pluck('id')).toEqual([three]);
});

test('nobody ends or takes over another’s edit', async () => {
  await say(olga, one);
  await say(ben, one, true);
  expect(names(await say(ben, two))).toEqual([`olga-${name}`]);
  await say(ben, one);
  expect(await api.db('item_presences').where({ id: one }).pluck('user_id')).toEqual([olga.userId]);
});

test('who saved is told with it', async () => {
  expect((await say(olga, one)).item).toMatchObject({ revision: 1, updatedBy: { id: olga.userId }, isDeleted: false });
  await itemsOf(api, name, ben).saved(page.textId, { revision: 1, markdown: 'b\n' });
  expect((await say(olga, one)).item).toMatchObject({ revision: 2, updatedBy: { id: ben.userId, name: `ben-${name}` } });
});

test('an item that is only left open keeps no session alive', async () => {
  const seen = async (): Promise<number> => {
    const row = await api.db('sessions').where({ user_id: olga.userId }).first<{ age: number }>(api.db.raw('extract(epoch from now() - last_seen_at)::int as age'));
    return row.age;
  };
  await api.db('sessions').where({ user_id: olga.userId }).update({ last_seen_at: api.db.raw(`now() - interval '1 hour'`) });
  await say(olga, one);
  expect(await seen()).toBeGreaterThan(3_000);
  await itemsOf(api, name, olga).now(page.textId);
  expect(await seen()).toBeLessThan(60);
});

test('an admin who acts as somebody is shown as such, also to that person', async () => {
  const admin = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const answer = await api.call('POST /api/v1/people/:person/impersonation', admin, { params: { person: olga.userId ?? '' } });
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '').find((pair) => pair.startsWith('studio_session='));
  const acting = { userId: olga.userId, headers: { ...admin.headers, cookie: cookie ?? '' } };
  await say(olga, one);
  expect((await say(acting, two)).others).toMatchObject([{ name: `olga-${name}`, actedBy: null }]);
  expect((await say(olga, one)).others).toMatchObject([{ name: `olga-${name}`, actedBy: 'ada' }]);
  expect((await say(ben, three)).others).toMatchObject([{ actedBy: null }, { actedBy: 'ada' }]);
});

test('another process hears at once who comes and who goes, and not who only stays', async () => {
  const heard: ChangeEvent[] = [];
  const feed = createChangeFeed(api.databaseUrl, api.deps.log);
  feed.listen((change) => heard.push(change));
  feed.start();
  try {
    await until('it listens', async () => heard.length > 0);
    const ours = (): ChangeEvent[] => heard.filter(({ kind }) => kind === 'presence');
    await say(olga, one);
    await say(olga, one);
    await say(olga, one);
    await say(ben, two);
    await say(ben, two, true);
    await say(ben, two, true);
    await until('the last is heard', async () => ours().length >= 3);
    await say(ben, three);
    await until('one more is heard', async () => ours().length >= 4);
    expect(ours()).toEqual(Array.from({ length: 4 }, () => ({ kind: 'presence', site: name, runId: null })));
  } finally {
    await feed.stop();
  }
});
