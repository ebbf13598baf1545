import { beforeAll, describe, expect, test } from 'vitest';
import { everyRoute, type Route } from './support/everyRoute.ts';
import { makeContentSite } from './support/content.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const api = useApi({ env: { API_BEARER_TOKEN: 'the builders’ token' } });
let ada: Caller;
let cookie: Record<string, string>;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  cookie = { cookie: ada.headers['cookie'] ?? '' };
  await makeContentSite(api.db, 'algebra');
});

let routes: readonly Route[] = [];
/** Those that a browser's session opens; the others prove themselves by what they send. */
let ours: readonly Route[] = [];
let theirs: readonly Route[] = [];
beforeAll(async () => {
  routes = await everyRoute(api.deps, { site: 'algebra', name: 'algebra', item: 'sitemetadata' });
  ours = routes.filter(({ api: of, method }) => of === 'own' && method !== 'GET');
  theirs = routes.filter(({ api: of, method }) => of !== 'own' && method !== 'GET');
});

/** Requests that would do something if they came from the studio's own page. */
const bodies: Readonly<Record<string, unknown>> = {
  'PATCH /api/v1/sites/:site': { title: 'Stolen' },
  'POST /api/v1/sites': { name: 'stolen', title: 'Stolen', starter: 'content' },
  'POST /api/v1/sites/:site/items': { type: 'page', title: 'Stolen' },
  'POST /api/v1/grants': { email: 'thief@example.edu', role: 'global_admin' },
  'POST /api/v1/sites/:site/publishes': { version: 'live' },
  'POST /api/v1/runs/:run/retry': {},
};

/** Everything the database holds, but when a session was seen last. */
async function stateOf(): Promise<Record<string, string>> {
  const tables = await api.db('pg_tables').where({ schemaname: 'public' }).whereNot({ tablename: 'sessions' }).orderBy('tablename').pluck<string[]>('tablename');
  const state: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await api.db.raw<{ rows: { state: string }[] }>(`select count(*) || ':' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as state from ?? t`, [table]);
    state[table] = rows[0]?.state ?? '';
  }
  state['sessions'] = String((await api.db('sessions').count<{ count: string }[]>())[0]?.count);
  return state;
}

const forged: readonly [string, () => Record<string, string>][] = [
  ['from another site', () => ({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })],
  ['from another host of the same site', () => ({ 'sec-fetch-site': 'same-site', origin: 'http://preview.localhost:8444' })],
  ['from a browser that says neither', () => ({})],
  ['from a sandboxed frame', () => ({ origin: 'null' })],
  ['from an older browser on another site', () => ({ origin: 'https://evil.example', referer: 'https://evil.example/' })],
  ['that calls itself ours from another origin', () => ({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' })],
  ['from our host at another port', () => ({ origin: `${new URL(api.url).protocol}//${new URL(api.url).hostname}:1` })],
  ['from our host in another protocol', () => ({ origin: api.url.replace('http:', 'https:') })],
  ['from a host that begins like ours', () => ({ origin: `${api.url}.evil.example` })],
  ['as the text a form can send', () => ({ 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' })],
  ['as a form', () => ({ 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' })],
  ['with an empty token', () => ({ 'sec-fetch-site': 'cross-site', authorization: '' })],
];

describe('every route that changes something', { timeout: 60_000 }, () => {
  test('is in the table', () => expect(ours.length).toBeGreaterThan(60));

  test.each(forged)('refuses a request %s, and nothing is changed', async (_what, headers) => {
    const before = await stateOf();
    const wrong: string[] = [];
    for (const { method, path, key, takesJson } of ours) {
      const given = headers();
      const answer = await api.send(method, path, { headers: { ...cookie, ...(takesJson ? { 'content-type': 'application/json' } : {}), ...given }, ...(takesJson ? { body: JSON.stringify(bodies[key] ?? {}) } : {}) });
      if (answer.status !== 403 || codeOf(answer) !== 'crossSite') wrong.push(`${key}: ${answer.status} ${answer.text.slice(0, 100)}`);
    }
    expect(wrong).toEqual([]);
    expect(await stateOf()).toEqual(before);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json', 'application/jsonx', 'text/json', ''])('that takes JSON takes none that says it is %j', async (type) => {
    const before = await stateOf();
    const wrong: string[] = [];
    for (const { method, path, key } of ours.filter(({ takesJson }) => takesJson)) {
      const answer = await api.send(method, path, { headers: { ...ada.headers, 'content-type': type }, body: new TextEncoder().encode(JSON.stringify(bodies[key] ?? {})) });
      if (answer.status !== 422 || codeOf(answer) !== 'validation') wrong.push(`${key}: ${answer.status}`);
    }
    expect(wrong).toEqual([]);
    // An audit log tells of requests that were read; these were not.
    expect(await stateOf()).toEqual(before);
  });

  test.each([
    ['a header', (path: string, method: string) => api.send('GET', path, { headers: { ...ada.headers, 'x-http-method-override': method, 'x-method-override': method, 'x-http-method': method } })],
    ['a parameter', (path: string, method: string) => api.send('GET', path, { headers: ada.headers, query: { _method: method, method } })],
    ['a header of a POST', (path: string, method: string) => api.send('POST', path, { headers: { ...cookie, 'x-http-method-override': method } })],
    ['another case', (path: string, method: string) => api.send(method.toLowerCase() === 'patch' ? 'patch' : 'GET', path, { headers: cookie })],
  ])('is not reached by another method with its name in %s', async (_where, ask) => {
    const before = await stateOf();
    // An answer may be a stream without an end.
    for (const { method, path } of ours.filter((route) => !route.path.endsWith('/events'))) {
      const { status } = await ask(path, method);
      expect([path, status < 500 || status === 503]).toEqual([path, true]);
    }
    expect(await stateOf()).toEqual(before);
  });
});

/** How a route tells who has no secret that there is nothing to be had. */
function refusalsOf(key: string): number[] {
  // Sign-in says what became of it on a page; 3Play learns nothing by its answer; of Mailgun only this one ends its tries.
  if (/ \/(auth|saml)\//.test(key)) return [303];
  if (key.endsWith('/transcription-jobs/')) return [200];
  if (key.endsWith('/mail-events/')) return [406];
  return key.includes('/mail/unsubscribe/') ? [404] : [400, 403];
}

describe('every route that others call by a secret of theirs', () => {
  test('is in the table', () => expect(theirs.map(({ key }) => key)).toEqual(expect.arrayContaining(['POST /api/starters/site_configs/', 'POST /api/transcode-jobs/', 'POST /api/transcription-jobs/', 'POST /api/websites/:name/pipeline_status/', 'POST /auth/saml/acs'])));

  test.each(forged)('is not opened by the session of an admin, in a request %s', async (_what, headers) => {
    // That somebody was not let in is written down, and nothing else.
    const unaudited = async () => ({ ...(await stateOf()), audit_entries: await api.db('audit_entries').whereNot({ outcome: 'refused' }).count() });
    const before = await unaudited();
    for (const { path, key } of theirs) {
      const answer = await api.send('POST', path, { headers: { ...cookie, ...headers() }, body: JSON.stringify({ version: 'live', status: 'succeeded' }) });
      expect([key, answer.status]).toEqual([key, expect.toBeOneOf(refusalsOf(key))]);
    }
    expect(await unaudited()).toEqual(before);
  });
});
