import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChangeEvent } from '#api/contracts/events.ts';
import { announce } from '#db/changes.ts';
import { bumpContentRevision, insertSite } from '#db/queries/sites.ts';
import { createDb, type Db } from '#db/knex.ts';
import { until } from '../support/until.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const api = useApi();
let other: Db;
let algebra: string;
let topology: string;

beforeAll(async () => {
  algebra = await makeSite(api.db, 'algebra');
  topology = await makeSite(api.db, 'topology');
});
beforeEach(() => {
  other = createDb(api.databaseUrl, { poolMax: 1, applicationName: 'another process' });
});

interface Stream {
  /** Changes heard so far. */
  readonly heard: readonly unknown[];
  /** Whether the server ended it. */
  readonly ended: boolean;
  close(): void;
}
const open: Stream[] = [];
afterEach(async () => {
  for (const stream of open.splice(0)) stream.close();
  await other.destroy();
});

async function listen(who: Caller, query = '', headers: Record<string, string> = {}): Promise<Stream> {
  const off = new AbortController();
  const answer = await fetch(`${api.url}/api/v1/events${query}`, { headers: { ...who.headers, ...headers }, signal: off.signal });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const heard: unknown[] = [];
  const state = { ended: false, greeted: false };
  const stream: Stream = {
    heard,
    get ended() {
      return state.ended;
    },
    close: () => off.abort(),
  };
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          if (block.startsWith('retry:')) state.greeted = true;
          const data = /^event: change\ndata: (.*)$/.exec(block)?.[1];
          if (data !== undefined) heard.push(JSON.parse(data));
        }
      }
      state.ended = true;
    } catch (error) {
      // A test closes its streams; anything else is a stream that broke.
      if (!off.signal.aborted) throw error;
    }
  })();
  open.push(stream);
  await until('the stream greets', () => Promise.resolve(state.greeted));
  return stream;
}

/** Announces a mark that everybody hears, and waits for it: what was announced before has been heard by then, or never will be. */
async function settled(...streams: readonly Stream[]): Promise<void> {
  const mark = randomUUID();
  await announce(other, { kind: 'site', site: null, runId: mark });
  await until('the mark is heard', () => Promise.resolve(streams.every((stream) => stream.heard.some((change) => (change as ChangeEvent).runId === mark))), { withinMs: 5_000 });
}
/** "Read all again", and the marks. */
const isForAll = (change: unknown): boolean => (change as ChangeEvent).kind === 'site' && (change as ChangeEvent).site === null;
const changesOf = (stream: Stream): unknown[] => stream.heard.filter((change) => !isForAll(change));

test('a change another process commits is heard at once, and one it rolls back never', async () => {
  const ada = await listen(await api.person('ada@example.edu', [{ role: 'global_admin' }]));
  await expect(
    other.transaction(async (trx) => {
      await bumpContentRevision(trx, algebra);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  const runId = await makeRun(other, { siteId: topology });
  await settled(ada);
  expect(changesOf(ada)).toEqual([{ kind: 'run', site: 'topology', runId }]);
});

test('everybody hears of their own sites only, and of runs without a site only who imports', async () => {
  const ed = await listen(await api.person('ed@example.edu', [{ role: 'editor', siteId: algebra }]));
  const stan = await listen(await api.person('stan@example.edu'));
  const gus = await listen(await api.person('gus@example.edu', [{ role: 'global_author' }]));
  const ada = await listen(await api.person('ada@example.edu', [{ role: 'global_admin' }]));
  await bumpContentRevision(other, algebra);
  await bumpContentRevision(other, topology);
  const runId = await makeRun(other, { siteId: null, version: null, process: 'import-site', workflowId: `import-site/${algebra}` });
  await settled(ed, stan, gus, ada);
  const of = (site: string) => ({ kind: 'site', site, runId: null });
  const run = { kind: 'run', site: null, runId };
  expect(changesOf(ed)).toEqual([of('algebra')]);
  expect(changesOf(stan)).toEqual([]);
  expect(changesOf(gus)).toEqual([run]);
  expect(changesOf(ada)).toEqual([of('algebra'), of('topology'), run]);
});

test('a stream of one site tells of that site', async () => {
  const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const stream = await listen(ada, '?site=topology');
  await bumpContentRevision(other, algebra);
  await bumpContentRevision(other, topology);
  await settled(stream);
  expect(changesOf(stream)).toEqual([{ kind: 'site', site: 'topology', runId: null }]);
});

test('a stream of a site one may not see, or of none that exists, is refused', async () => {
  const stan = await api.person('stan@example.edu');
  expect(codeOf(await api.call('GET /api/v1/events', stan, { query: { site: 'algebra' } }))).toBe('forbidden');
  const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  expect(codeOf(await api.call('GET /api/v1/events', ada, { query: { site: 'nowhere' } }))).toBe('notFound');
  expect(codeOf(await api.call('GET /api/v1/events', null))).toBe('unauthenticated');
});

test('a reconnecting browser is told to read all again', async () => {
  const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  const stream = await listen(ada, '', { 'last-event-id': '7' });
  await until('the stream says so', () => Promise.resolve(stream.heard.some(isForAll)));
});

test('when the database was away, open streams are told to read all again and go on', async () => {
  const stream = await listen(await api.person('ada@example.edu', [{ role: 'global_admin' }]));
  await other.raw(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ocw-studio-changes'`);
  await until('the feed listens again', () => Promise.resolve(stream.heard.some(isForAll)), { withinMs: 10_000 });
  await bumpContentRevision(other, algebra);
  await settled(stream);
  expect(changesOf(stream)).toContainEqual({ kind: 'site', site: 'algebra', runId: null });
});

test('what is no change of ours, on the same channel, disturbs nobody', async () => {
  const stream = await listen(await api.person('ada@example.edu', [{ role: 'global_admin' }]));
  for (const payload of ['', 'not JSON', '{"kind":"password"}', '[]', 'null']) await other.raw(`select pg_notify('studio_changes', ?)`, [payload]);
  await settled(stream);
  expect(changesOf(stream)).toEqual([]);
});

describe('a stream', () => {
  test('ends when its session is signed out, and another of the same person goes on', async () => {
    const here = await api.person('olga@example.edu', [{ role: 'owner', siteId: algebra }]);
    const there = await api.person('olga@example.edu');
    const [mine, elsewhere] = [await listen(here), await listen(there)];
    expect((await api.call('DELETE /api/v1/session', here)).status).toBe(200);
    await until('the stream ends', () => Promise.resolve(mine.ended), { withinMs: 5_000 });
    await settled(elsewhere);
    expect(elsewhere.ended).toBe(false);
  });

  test('follows what its person may see', async () => {
    const ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    const ed = await listen(await api.person('edna@example.edu', [{ role: 'editor', siteId: algebra }]));
    await bumpContentRevision(other, algebra);
    await settled(ed);
    expect(changesOf(ed)).toHaveLength(1);
    await api.call('POST /api/v1/grants/revoke', ada, { body: { email: 'edna@example.edu', role: 'editor', site: 'algebra' } });
    await bumpContentRevision(other, algebra);
    await settled(ed);
    expect(changesOf(ed)).toHaveLength(1);
    await api.call('POST /api/v1/grants', ada, { body: { email: 'edna@example.edu', role: 'editor', site: 'topology' } });
    await bumpContentRevision(other, topology);
    await settled(ed);
    expect(changesOf(ed).at(-1)).toEqual({ kind: 'site', site: 'topology', runId: null });
  });

  test('keeps no session alive', async () => {
    const olga = await api.person('idle@example.edu');
    await api.db('sessions').where({ user_id: olga.userId }).update({ last_seen_at: api.db.raw(`now() - interval '2 hours'`) });
    await listen(olga);
    const idle = await api.db('sessions').where({ user_id: olga.userId }).whereRaw(`last_seen_at < now() - interval '1 hour'`).select('id');
    expect(idle).toHaveLength(1);
    await api.call('GET /api/v1/me', olga);
    expect(await api.db('sessions').where({ user_id: olga.userId }).whereRaw(`last_seen_at < now() - interval '1 hour'`).select('id')).toEqual([]);
  });

  test('of a site that was made after it opened tells of it', async () => {
    const ada = await listen(await api.person('ada@example.edu', [{ role: 'global_admin' }]));
    const { starter_id: starterId } = await api.db('sites').where({ id: algebra }).first<{ starter_id: string }>('starter_id');
    await insertSite(other, { name: 'brand-new', shortId: 'brand-new', title: 'New', starterId, ownerId: null, urlPath: null });
    await settled(ada);
    expect(changesOf(ada)).toEqual([{ kind: 'site', site: 'brand-new', runId: null }]);
  });
});
