import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, type Caller, startApi, useApi } from '../support/testApi.ts';
import { useOutside } from './support/outside.ts';

const PATH = '/api/youtube-tokens/';
const outside = useOutside();
const env = () => ({ YT_CLIENT_ID: 'our client', YT_CLIENT_SECRET: 'our secret', GOOGLE_AUTH_URL: 'https://accounts.google.com/o/oauth2/v2/auth', YT_TOKEN_URL: `${outside.url}/token` });
const api = useApi({ env });
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});
beforeEach(() => {
  outside.answers.clear();
  outside.asked.length = 0;
});

const cookieOf = (answer: Answer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** Begins a consent. @returns where Google is, the state in it, and the cookie that remembers it. */
async function begin(): Promise<{ consent: URL; state: string; cookie: string }> {
  const answer = await api.send('GET', PATH, { headers: ada.headers });
  expect(answer.status).toBe(302);
  const consent = new URL(answer.headers.get('location') ?? '');
  return { consent, state: consent.searchParams.get('state') ?? '', cookie: cookieOf(answer) };
}
const comeBack = (query: Readonly<Record<string, string>>, cookie = ''): Promise<Answer> =>
  // Google sends the person back: a navigation from another site.
  api.send('GET', PATH, { query, headers: { ...ada.headers, 'sec-fetch-site': 'cross-site', cookie: `${ada.headers['cookie'] ?? ''}; ${cookie}` } });

test('a global admin is sent to Google’s consent, offline and asked anew, for the three scopes', async () => {
  const { consent, state, cookie } = await begin();
  expect(consent.origin + consent.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth');
  const { state: _state, ...parameters } = Object.fromEntries(consent.searchParams);
  expect(parameters).toEqual({
    client_id: 'our client',
    redirect_uri: `${api.url}${PATH}`,
    response_type: 'code',
    scope: 'https://www.googleapis.com/auth/youtube https://www.googleapis.com/auth/youtube.force-ssl https://www.googleapis.com/auth/youtube.upload',
    access_type: 'offline',
    prompt: 'consent',
    include_granted_scopes: 'true',
  });
  expect(state).toMatch(/^[\w-]{43}$/);
  expect(cookie).toBe(`studio_youtube_state=${state}`);
  expect((await begin()).state).not.toBe(state);
});

test('the code of the consent is exchanged for the two tokens, which no log holds', async () => {
  outside.answers.set('/token', { type: 'application/json', body: JSON.stringify({ access_token: 'ya29.secret-access', refresh_token: '1//secret-refresh', expires_in: 3599 }) });
  const { state, cookie } = await begin();
  const answer = await comeBack({ code: '4/the code', state }, cookie);
  expect({ status: answer.status, json: answer.json, cache: answer.headers.get('cache-control') }).toEqual({ status: 200, json: { YT_ACCESS_TOKEN: 'ya29.secret-access', YT_REFRESH_TOKEN: '1//secret-refresh' }, cache: 'private, no-store' });
  expect(outside.asked).toEqual([{ method: 'POST', url: '/token', body: new URLSearchParams({ grant_type: 'authorization_code', code: '4/the code', client_id: 'our client', client_secret: 'our secret', redirect_uri: `${api.url}${PATH}` }).toString() }]);
  expect(cookieOf(answer)).toBe('studio_youtube_state=');
  expect(JSON.stringify(api.logged)).not.toMatch(/secret-access|secret-refresh|our secret|the code/);
});

describe('an answer', () => {
  test.each([
    ['without a cookie', (state: string) => ({ code: 'x', state }), ''],
    ['with somebody else’s state', () => ({ code: 'x', state: 'theirs' }), 'own'],
    ['without a state', () => ({ code: 'x' }), 'own'],
    ['with an empty state and an empty cookie', () => ({ code: 'x', state: '' }), 'studio_youtube_state='],
    ['that refuses, of nobody', () => ({ error: 'access_denied', state: 'theirs' }), 'own'],
  ])('%s belongs to no consent, and Google is not asked', async (_what, query, given) => {
    const { state, cookie } = await begin();
    const answer = await comeBack(query(state), given === 'own' ? cookie : given);
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json: { detail: `This answer belongs to no consent that was begun here. Begin again at ${PATH}.` } });
    expect(outside.asked).toEqual([]);
  });

  test('that the person refused says so', async () => {
    const { state, cookie } = await begin();
    expect((await comeBack({ error: 'access_denied', state }, cookie)).json).toEqual({ detail: `Google gave no consent (access_denied). Begin again at ${PATH}.` });
    const again = await begin();
    expect((await comeBack({ error: '<script>alert(1)</script>', state: again.state }, again.cookie)).text).not.toContain('<');
  });

  test.each([
    ['Google does not take', { status: 400, body: '{"error":"invalid_grant"}' }, 400, `Google does not take this consent (invalid_grant). Begin again at ${PATH}.`],
    ['Google answers without a refresh token', { body: '{"access_token":"x"}' }, 400, `Google does not take this consent (the answer has no refresh token). Begin again at ${PATH}.`],
    ['Google answers with a page', { status: 502, body: '<html>' }, 400, `Google does not take this consent (status 502). Begin again at ${PATH}.`],
  ])('%s is told', async (_what, told, status, detail) => {
    outside.answers.set('/token', told);
    const { state, cookie } = await begin();
    const answer = await comeBack({ code: 'x', state }, cookie);
    expect({ status: answer.status, json: answer.json }).toEqual({ status, json: { detail } });
  });
});

test('where Google cannot be reached, that is said', async () => {
  const lonely = await startApi({ ...env(), YT_TOKEN_URL: 'http://127.0.0.1:9/token' }, undefined);
  try {
    const who = await lonely.person('ada@example.edu', [{ role: 'global_admin' }]);
    const answer = await lonely.send('GET', PATH, { headers: who.headers });
    const state = new URL(answer.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const back = await lonely.send('GET', PATH, { query: { code: 'x', state }, headers: { ...who.headers, cookie: `${who.headers['cookie'] ?? ''}; ${cookieOf(answer)}` } });
    expect({ status: back.status, json: back.json }).toEqual({ status: 502, json: { detail: `Google cannot be reached now. Begin again at ${PATH}.` } });
  } finally {
    await lonely.stop();
  }
});

test.each([{}, { YT_CLIENT_ID: 'x' }, { YT_CLIENT_SECRET: 'x' }])('a studio without an OAuth client says what to set: %o', async (given) => {
  const bare = await startApi(given, undefined);
  try {
    const answer = await bare.send('GET', PATH, { headers: (await bare.person('ada@example.edu', [{ role: 'global_admin' }])).headers });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 400, json: { detail: 'This studio has no OAuth client for YouTube. Set YT_CLIENT_ID and YT_CLIENT_SECRET, then come back.' } });
  } finally {
    await bare.stop();
  }
});
