import { createHmac } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import { compatContracts, type CompatKey } from '#api/compat/compatContracts.ts';
import { createDb } from '#db/knex.ts';
import { makeSite } from '../support/sites.ts';
import { type Caller, type SendOptions, startApi, useApi } from '../support/testApi.ts';
import { useOutside } from './support/outside.ts';

const TOKEN = 'the shared token of the builders';
const outside = useOutside();
const api = useApi({
  env: () => ({ API_BEARER_TOKEN: TOKEN, OCW_NEWS_FEED_URL: `${outside.url}/feed/`, YT_CLIENT_ID: 'client', YT_CLIENT_SECRET: 'secret', GITHUB_WEBHOOK_KEY: 'key', AWS_ACCOUNT_ID: '123456789012', THREEPLAY_CALLBACK_KEY: 'callback' }),
});

const callers = ['nobody', 'stranger', 'editor', 'siteAdmin', 'owner', 'author', 'admin', 'adminToken', 'authorToken', 'wrongToken', 'sharedToken'] as const;
type CallerName = (typeof callers)[number];
type Expected = Readonly<Record<CallerName, number>>;
const all = (status: number, but: Partial<Expected> = {}): Expected => ({ ...(Object.fromEntries(callers.map((name) => [name, status])) as Expected), ...but });
const builders = (status: number): Expected => all(403, { adminToken: status, sharedToken: status });

const ping = JSON.stringify({ zen: 'x' });
const pingHeaders = { 'x-github-event': 'ping', 'x-hub-signature-256': `sha256=${createHmac('sha256', 'key').update(ping).digest('hex')}` };
const mediaConvertEvent = (account: string) => (): SendOptions => ({ body: JSON.stringify({ id: uuidv7(), account, detail: {} }), headers: { 'content-type': 'text/plain; charset=UTF-8' } });
let starterId: string;

const table: readonly { readonly route: CompatKey; readonly about?: string; readonly path?: () => string; readonly given?: () => SendOptions; readonly expected: Expected }[] = [
  { route: 'GET /api/websites/', expected: all(200) },
  { route: 'GET /api/news/', expected: all(200) },
  { route: 'GET /api/starters/', expected: all(200) },
  { route: 'GET /api/starters/:id/', path: () => `/api/starters/${starterId}/`, expected: all(200) },
  { route: 'GET /api/starters/:id/', about: 'one there is not', path: () => `/api/starters/${uuidv7()}/`, expected: all(404) },
  { route: 'GET /api/publish/', given: () => ({ query: { version: 'live' } }), expected: builders(200) },
  { route: 'GET /api/publish/', about: 'of no version', given: () => ({ query: { version: 'test' } }), expected: builders(400) },
  { route: 'GET /api/unpublish/', expected: builders(200) },
  { route: 'GET /api/websites/:name/hide_download/', path: () => '/api/websites/algebra/hide_download/', expected: builders(200) },
  { route: 'GET /api/websites/:name/hide_download/', about: 'of a site there is not', path: () => '/api/websites/nowhere/hide_download/', expected: builders(404) },
  { route: 'POST /api/websites/:name/pipeline_status/', path: () => '/api/websites/algebra/pipeline_status/', given: () => ({ body: { version: 'live', status: 'succeeded' } }), expected: builders(200) },
  { route: 'POST /api/websites/:name/pipeline_status/', about: 'of no version', path: () => '/api/websites/algebra/pipeline_status/', given: () => ({ body: { status: 'succeeded' } }), expected: builders(400) },
  { route: 'POST /api/websites/:name/unpublish/', about: 'of a site that is not live', path: () => '/api/websites/algebra/unpublish/', expected: builders(400) },
  { route: 'POST /api/websites/:name/remove_from_root_website/', path: () => '/api/websites/algebra/remove_from_root_website/', given: () => ({ query: { version: 'live' } }), expected: builders(200) },
  { route: 'POST /api/websites/:name/remove_from_root_website/', about: 'of a site there is not', path: () => '/api/websites/nowhere/remove_from_root_website/', given: () => ({ query: { version: 'live' } }), expected: builders(404) },
  { route: 'GET /api/youtube-tokens/', expected: all(403, { admin: 302 }) },
  { route: 'POST /api/starters/site_configs/', about: 'signed', given: () => ({ body: ping, headers: pingHeaders }), expected: all(202) },
  { route: 'POST /api/starters/site_configs/', about: 'not signed', given: () => ({ body: ping }), expected: all(403) },
  { route: 'POST /api/transcode-jobs/', about: 'of our account', given: mediaConvertEvent('123456789012'), expected: all(200) },
  { route: 'POST /api/transcode-jobs/', about: 'of another account', given: mediaConvertEvent('999999999999'), expected: all(403) },
  { route: 'POST /api/transcription-jobs/', about: 'with the key', given: () => ({ query: { video_id: 'v', callback_key: 'callback' } }), expected: all(200) },
  { route: 'POST /api/transcription-jobs/', about: 'without the key', expected: all(200) },
];

let siteId: string;
const make: Record<CallerName, () => Promise<Caller>> = {
  nobody: async () => ({ userId: null, headers: {} }),
  stranger: () => api.person('stan@example.edu'),
  editor: () => api.person('ed@example.edu', [{ role: 'editor', siteId }]),
  siteAdmin: () => api.person('sam@example.edu', [{ role: 'admin', siteId }]),
  owner: () => api.person('olga@example.edu', [{ role: 'owner', siteId }]),
  author: () => api.person('gus@example.edu', [{ role: 'global_author' }]),
  admin: () => api.person('ada@example.edu', [{ role: 'global_admin' }]),
  adminToken: () => api.token(['global_admin'], 'all rights'),
  authorToken: () => api.token(['global_author'], 'importer'),
  wrongToken: async () => ({ userId: null, headers: { authorization: `Bearer ${TOKEN}x` } }),
  sharedToken: async () => ({ userId: null, headers: { authorization: `Bearer ${TOKEN}` } }),
};

beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  await makeSite(api.db, 'ocw-www');
  starterId = (await api.db('starters').first<{ id: string }>('id')).id;
});

test('every route of the existing system stands in the table', () => {
  const known = new Set<string>(table.map((entry) => entry.route));
  expect(Object.keys(compatContracts).filter((key) => !known.has(key))).toEqual([]);
});

describe.each(table.map((entry) => ({ ...entry, name: entry.about === undefined ? entry.route : `${entry.route} (${entry.about})` })))('$name', ({ route, path, given, expected }) => {
  test.each(callers)('%s', async (caller) => {
    const [method = '', template = ''] = route.split(' ');
    const options = given?.() ?? {};
    const answer = await api.send(method, path?.() ?? template, { ...options, headers: { ...(await make[caller]()).headers, ...options.headers } });
    expect(answer.status, answer.text).toBe(expected[caller]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    if (answer.status >= 400) expect(Object.keys(answer.json as object)).not.toContain('error');
  });
});

describe('what is refused', () => {
  const detailOf = async (caller: CallerName): Promise<unknown> => (await api.send('GET', '/api/unpublish/', { headers: (await make[caller]()).headers })).json;

  test('says whether one is unknown or may not', async () => {
    expect(await detailOf('nobody')).toEqual({ detail: 'Authentication credentials were not provided.' });
    expect(await detailOf('wrongToken')).toEqual({ detail: 'Authentication credentials were not provided.' });
    expect(await detailOf('owner')).toEqual({ detail: 'You do not have permission to perform this action.' });
    expect(await detailOf('authorToken')).toEqual({ detail: 'You do not have permission to perform this action.' });
  });

  test.each(['', 'Bearer', 'Bearer ', `Token ${TOKEN}`, TOKEN, `Bearer ${TOKEN} `.trimEnd().slice(0, -1), `bearer  ${TOKEN}`])('‘%s’ is no token', async (authorization) => {
    expect((await api.send('GET', '/api/unpublish/', { headers: authorization === '' ? {} : { authorization } })).status).toBe(403);
  });

  test('where no shared token is set, none is right; a token of our own is', async () => {
    const without = await startApi({}, undefined);
    try {
      for (const authorization of ['Bearer undefined', 'Bearer null', `Bearer ${TOKEN}`]) expect((await without.send('GET', '/api/unpublish/', { headers: { authorization } })).status).toBe(403);
      expect((await without.send('GET', '/api/unpublish/', { headers: (await without.token()).headers })).status).toBe(200);
    } finally {
      await without.stop();
    }
  });

  test('is another method, in words of the existing system, with those there are', async () => {
    const answer = await api.send('DELETE', '/api/starters/', { headers: (await make.admin()).headers });
    expect({ status: answer.status, json: answer.json, allow: answer.headers.get('allow') }).toEqual({ status: 405, json: { detail: 'Method "DELETE" not allowed.' }, allow: 'HEAD, GET' });
    expect((await api.send('POST', '/api/websites/', { body: {} })).json).toEqual({ detail: 'Method "POST" not allowed.' });
  });

  test('is a path without its slash, and one with too many', async () => {
    for (const path of ['/api/websites', '/api/websites//', '/api/publish', '/api/websites/algebra/hide_download']) expect((await api.send('GET', path, { headers: (await make.sharedToken()).headers })).status, path).toBe(404);
  });

  test('is a site whose name no database could hold', async () => {
    expect((await api.send('GET', '/api/websites/a%00b/hide_download/', { headers: (await make.sharedToken()).headers })).status).toBe(404);
    expect((await api.send('GET', '/api/websites/?search=%00')).json).toEqual({ search: ['Null characters are not allowed.'] });
  });
});

test('HEAD answers as GET does, without the body', async () => {
  expect(await api.send('HEAD', '/api/starters/')).toMatchObject({ status: 200, text: '' });
});

test('a database that is away is told in the form of the existing system', async () => {
  const url = 'postgres://nobody@127.0.0.1:9/none';
  const db = createDb(url, { poolMax: 2 });
  const lost = await startApi({}, { url, db, clear: () => Promise.resolve() });
  try {
    const answer = await lost.send('GET', '/api/starters/');
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 503, json: { detail: 'The studio’s database does not answer. Try again in a moment.' } });
  } finally {
    await lost.stop();
    await db.destroy();
  }
});
