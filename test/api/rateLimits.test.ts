import { createHmac } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addressKey, rateLimits } from '#api/middleware/koa-rate-limits.ts';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, startApi, useApi } from './support/testApi.ts';

/** So that a test asks a few times, not thousands. */
const PERCENT = 5;
const pointsOf = (name: keyof typeof rateLimits): number => Math.max(1, Math.round((rateLimits[name].points * PERCENT) / 100));
const KEY = 'a key that GitHub knows too';
const env = { RATE_LIMIT_PERCENT: String(PERCENT), TRUSTED_PROXY_HOPS: '2', GITHUB_WEBHOOK_KEY: KEY };
const api = useApi({ env });

let ada: Caller;
let emil: Caller;
let address = 0;
/** An address that nobody asked from before, as the outer of two proxies tells it. */
let from: Record<string, string>;
beforeAll(async () => {
  await makeSite(api.db, 'algebra');
  [ada, emil] = [await api.person('ada@example.edu', [{ role: 'global_admin' }]), await api.person('emil@example.edu', [{ role: 'global_admin' }])];
});
const newAddress = (): Record<string, string> => ({ 'x-forwarded-for': `203.0.113.${(address += 1)}, 10.0.0.1` });
beforeEach(() => {
  from = newAddress();
});

async function times(count: number, ask: () => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) statuses.push((await ask()).status);
  return statuses;
}

/** Asks as often as is allowed, then once more. */
async function expectLimit(name: keyof typeof rateLimits, allowed: number, ask: () => Promise<Answer>): Promise<void> {
  expect(await times(pointsOf(name), ask)).toEqual(Array.from({ length: pointsOf(name) }, () => allowed));
  const answer = await ask();
  expect(answer.status).toBe(429);
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(rateLimits[name].seconds);
  expect(answer.text).toContain(`This was asked too often. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`);
}

describe('what is asked too often', { timeout: 60_000 }, () => {
  const login = (headers = from) => api.send('GET', '/auth/saml/login', { headers });
  const acs = (headers = from) => api.send('POST', '/auth/saml/acs', { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: 'SAMLResponse=x' });

  test('the beginning of a sign-in', async () => {
    await expectLimit('signIn', 302, login);
    expect((await login(newAddress())).status, 'others still sign in').toBe(302);
    expect((await acs()).status, 'who began may end').toBe(303);
  });

  test('the end of a sign-in', () => expectLimit('signInAnswer', 303, acs));

  test('is counted for all processes of the API: a second one knows of the first', async () => {
    await times(pointsOf('signIn'), login);
    const second = await startApi({ ...env, STUDIO_BASE_URL: api.url }, { db: api.db, url: api.databaseUrl, clear: () => api.clear() });
    try {
      expect((await second.send('GET', '/auth/saml/login', { headers: from })).status).toBe(429);
    } finally {
      await second.stop();
    }
  });

  test('with a wrong token; a right one is not heard from there either, until the time is over', async () => {
    const wrong = () => api.send('GET', '/api/v1/me', { headers: { ...from, authorization: 'Bearer wrong' } });
    expect(await times(pointsOf('wrongToken'), wrong)).toEqual(Array.from({ length: pointsOf('wrongToken') }, () => 401));
    const answer = await wrong();
    expect([answer.status, codeOf(answer), Number(answer.headers.get('retry-after')) > 0]).toEqual([429, 'tooManyRequests', true]);
    const machine = await api.token();
    expect((await api.send('GET', '/api/v1/me', { headers: { ...from, ...machine.headers } })).status).toBe(429);
    expect((await api.send('GET', '/api/v1/me', { headers: { ...newAddress(), ...machine.headers } })).status).toBe(200);
    // People with a session are no guessers.
    expect((await api.send('GET', '/api/v1/me', { headers: { ...ada.headers, ...from } })).status).toBe(200);
  });

  test('with a wrong token where the existing system’s builders knock', async () => {
    const wrong = () => api.send('GET', '/api/publish/', { query: { version: 'live' }, headers: { ...from, authorization: 'Bearer wrong' } });
    expect(await times(pointsOf('wrongToken'), wrong)).toEqual(Array.from({ length: pointsOf('wrongToken') }, () => 403));
    const answer = await wrong();
    expect([answer.status, answer.json]).toEqual([429, { detail: expect.stringContaining('This was asked too often.') as string }]);
  });

  test('with a right token is not counted as wrong', async () => {
    const machine = await api.token();
    expect(new Set(await times(pointsOf('wrongToken') + 5, () => api.send('GET', '/api/v1/me', { headers: { ...from, ...machine.headers } })))).toEqual(new Set([200]));
  });

  test('changes, by the person who makes them, wherever they sit', async () => {
    await expectLimit('change', 200, () => api.send('PATCH', '/api/v1/sites/algebra', { headers: { ...ada.headers, ...newAddress() }, body: { title: 'Algebra' } }));
    expect((await api.send('PATCH', '/api/v1/sites/algebra', { headers: { ...emil.headers, ...from }, body: { title: 'Algebra' } })).status).toBe(200);
    expect((await api.send('GET', '/api/v1/sites/algebra', { headers: ada.headers })).status, 'reading is free').toBe(200);
  });

  test('forged changes do not use up what the person may do', async () => {
    const lea = await api.person('lea@example.edu', [{ role: 'global_admin' }]);
    const forged = () => api.send('PATCH', '/api/v1/sites/algebra', { headers: { cookie: lea.headers['cookie'] ?? '', 'sec-fetch-site': 'cross-site' }, body: { title: 'x' } });
    expect(new Set(await times(pointsOf('change') + 5, forged))).toEqual(new Set([403]));
    expect((await api.send('PATCH', '/api/v1/sites/algebra', { headers: lea.headers, body: { title: 'Algebra' } })).status).toBe(200);
  });

  test('searches', () => expectLimit('search', 200, () => api.send('GET', '/api/v1/sites', { query: { search: 'a' }, headers: emil.headers })));

  test('searches of who is not signed in', () => expectLimit('search', 200, () => api.send('GET', '/api/websites/', { query: { search: 'a' }, headers: from })));

  test('what webhooks bring', async () => {
    const body = JSON.stringify({ zen: 'Keep it logically awesome.' });
    await expectLimit('webhook', 202, () => api.send('POST', '/api/starters/site_configs/', { headers: { ...from, 'content-type': 'application/json', 'x-github-event': 'ping', 'x-hub-signature-256': `sha256=${createHmac('sha256', KEY).update(body).digest('hex')}` }, body }));
  });

  test('leaves a line in the log', () => {
    expect(api.logged.filter(({ msg }) => msg === 'Something was asked too often').map(({ limit }) => limit)).toEqual(expect.arrayContaining(['signIn', 'signInAnswer', 'wrongToken', 'change', 'search', 'webhook']));
  });
});

test('the checks of health are never refused, whatever else their address does', { timeout: 60_000 }, async () => {
  await times(pointsOf('signIn') + 1, () => api.send('GET', '/auth/saml/login', { headers: from }));
  await times(pointsOf('wrongToken') + 1, () => api.send('GET', '/api/v1/me', { headers: { ...from, authorization: 'Bearer wrong' } }));
  for (const path of ['/health/startup/', '/health/liveness/', '/health/readiness/']) {
    expect([path, new Set(await times(50, () => api.send('GET', path, { headers: { ...from, authorization: 'Bearer wrong' } })))]).toEqual([path, new Set([200])]);
  }
});

describe('the address that is counted', { timeout: 60_000 }, () => {
  const login = (forwarded: string) => api.send('GET', '/auth/saml/login', { headers: { 'x-forwarded-for': forwarded } });

  test('is what our proxies say, not what the sender writes before that', async () => {
    const real = `198.51.100.7, 10.0.0.1`;
    const statuses: number[] = [];
    for (let index = 0; index <= pointsOf('signIn'); index += 1) statuses.push((await login(`10.9.8.${index}, ${real}`)).status);
    expect(statuses.at(-1)).toBe(429);
    expect(messageOf(await login(real))).toMatch(/asked too often/);
  });

  test('is nothing a header says where no proxy is trusted', async () => {
    const bare = await startApi({ ...env, TRUSTED_PROXY_HOPS: '0' });
    try {
      const statuses: number[] = [];
      for (let index = 0; index <= pointsOf('signIn'); index += 1) statuses.push((await bare.send('GET', '/auth/saml/login', { headers: { 'x-forwarded-for': `10.9.8.${index}` } })).status);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await bare.stop();
    }
  });

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['no address', 'no address'],
  ])('%s counts as %s', (ip, key) => expect(addressKey(ip)).toBe(key));
});

test('without a database that answers, sign-ins are counted all the same', async () => {
  const alone = await startApi({ ...env });
  try {
    await alone.database.db.raw('alter table rate_limits rename to rate_limits_gone');
    expect((await times(pointsOf('signIn') + 1, () => alone.send('GET', '/auth/saml/login', { headers: from }))).at(-1)).toBe(429);
  } finally {
    await alone.stop();
  }
});

test('0 switches the limits off', async () => {
  const free = await startApi({ ...env, RATE_LIMIT_PERCENT: '0' });
  try {
    expect(new Set(await times(rateLimits.signIn.points + 5, () => free.send('GET', '/auth/saml/login')))).toEqual(new Set([302]));
  } finally {
    await free.stop();
  }
});
