import { beforeAll, describe, expect, test } from 'vitest';
import { hashToken, newToken } from '#api/auth/tokens.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, codeOf, startApi, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
beforeAll(async () => {
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra');
});

describe('a forged request', () => {
  const cookie = (): Record<string, string> => ({ cookie: ada.headers['cookie'] ?? '' });
  const adopt = (headers: Record<string, string>) => api.send('POST', '/api/v1/system/adopt', { headers: { ...cookie(), ...headers } });

  test.each([
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['from another origin of our site', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' }],
    ['from a browser too old to say whence, with another origin', { origin: 'https://evil.example' }],
    ['that claims to be ours with another origin', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['that says nothing of whence it comes', {}],
  ])('%s is refused before anything is done', async (_name, headers) => {
    const answer = await adopt(headers);
    expect([answer.status, codeOf(answer)]).toEqual([403, 'crossSite']);
  });

  test.each([
    ['of the studio’s own page', { 'sec-fetch-site': 'same-origin' }],
    ['typed by the person', { 'sec-fetch-site': 'none' }],
  ])('%s is none', async (_name, headers) => {
    expect((await adopt(headers as Record<string, string>)).status).toBe(200);
  });

  test('with the studio’s own origin is none', async () => {
    expect((await adopt({ origin: api.url })).status).toBe(200);
  });

  test('cannot sign anybody out', async () => {
    const answer = await api.send('DELETE', '/api/v1/session', { headers: { ...cookie(), 'sec-fetch-site': 'cross-site' } });
    expect(codeOf(answer)).toBe('crossSite');
    expect((await api.call('GET /api/v1/me', ada)).status).toBe(200);
  });

  test('is no concern of a machine with a token, and a wrong token does not fall back to the cookie', async () => {
    const machine = await api.token();
    expect((await api.send('POST', '/api/v1/system/adopt', { headers: { ...machine.headers } })).status).toBe(200);
    const both = await adopt({ authorization: 'Bearer wrong' });
    expect([both.status, codeOf(both)]).toEqual([401, 'unauthenticated']);
  });
});

describe('every answer', () => {
  const addresses: readonly [string, string][] = [
    ['GET', '/'], ['GET', '/assets/none.js'], ['GET', '/api/v1/me'], ['GET', '/api/v1/nowhere'], ['POST', '/api/v1/system/adopt'], ['GET', '/api/openapi.json'],
    ['GET', '/health/liveness/'], ['GET', '/saml/metadata'], ['GET', '/auth/saml/login'], ['POST', '/auth/saml/acs'], ['GET', '/auth/nowhere'], ['PUT', '/anything'],
  ];

  test.each([...addresses])('%s %s carries the headers that keep browsers from harm', async (method, path) => {
    const { headers } = await api.send(method, path);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "connect-src 'self' http://127.0.0.1:9"]) expect(policy.split(';')).toContain(rule);
    // YouTube’s player in a frame is all that comes from elsewhere, and the bucket all that anything is sent to.
    expect(policy.replace(';frame-src https://www.youtube-nocookie.com http://*.localhost:8444;', ';').replace(/ http:\/\/127\.0\.0\.1:9(?=;)/, '')).not.toMatch(/unsafe|\*|https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    if (path.startsWith('/api/')) expect(headers.get('cache-control')).toBe('private, no-store');
  });

  test('allows no other origin to read it, whatever it asks', async () => {
    const answer = await api.send('OPTIONS', '/api/v1/sites', { headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

test('over https the cookie belongs to this host alone and browsers stay with https', async () => {
  const secure = await startApi({ STUDIO_BASE_URL: 'https://studio.example' });
  try {
    const token = newToken();
    const { userId } = await secure.person('ada@example.edu');
    await secure.database.db('sessions').where({ user_id: userId }).update({ token_hash: hashToken(token) });
    const headers = { cookie: `__Host-studio_session=${token}`, origin: 'https://studio.example', 'sec-fetch-site': 'same-origin' };
    expect((await secure.send('GET', '/api/v1/me', { headers: { cookie: `studio_session=${token}` } })).status).toBe(401);
    const me = await secure.send('GET', '/api/v1/me', { headers });
    expect(me.status).toBe(200);
    expect(me.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    const out = await secure.send('DELETE', '/api/v1/session', { headers });
    expect(out.status, out.text).toBe(200);
    expect(out.headers.get('set-cookie')).toMatch(/^__Host-studio_session=; path=\/; expires=[^;]*1970[^;]*; samesite=lax; secure; httponly$/i);
  } finally {
    await secure.stop();
  }
});

describe('a session', () => {
  const age = async (who: Caller, column: 'last_seen_at' | 'expires_at', sql: string): Promise<number> => {
    await api.db('sessions').where({ user_id: who.userId }).update({ [column]: api.db.raw(sql) });
    return (await api.call('GET /api/v1/me', who)).status;
  };

  test('ends after the idle hours', async () => {
    const who = await api.person('idle@example.edu');
    expect(await age(who, 'last_seen_at', `now() - interval '11 hours 59 minutes'`)).toBe(200);
    expect(await age(who, 'last_seen_at', `now() - interval '12 hours 1 minute'`)).toBe(401);
  });

  test('ends at its end, however busy', async () => {
    const who = await api.person('busy@example.edu');
    expect(await age(who, 'expires_at', `now() + interval '1 minute'`)).toBe(200);
    expect(await age(who, 'expires_at', `now() - interval '1 second'`)).toBe(401);
  });

  test('ends at sign-out on the server, and the others of the person go on', async () => {
    const [here, there] = [await api.person('two@example.edu'), await api.person('two@example.edu')];
    const out = await api.call('DELETE /api/v1/session', here);
    expect(out.headers.get('set-cookie')).toMatch(/^studio_session=; .*1970/);
    expect((await api.call('GET /api/v1/me', here)).status).toBe(401);
    expect((await api.call('GET /api/v1/me', there)).status).toBe(200);
  });

  test('of a person whose account is closed is none', async () => {
    const who = await api.person('closed@example.edu');
    await api.db('users').where({ id: who.userId }).update({ is_active: false });
    expect((await api.call('GET /api/v1/me', who)).status).toBe(401);
  });

  test.each(['', 'x', '../../', "' or 1=1 --", 'x'.repeat(7_000)])('is not opened by the cookie %j', async (value) => {
    expect((await api.send('GET', '/api/v1/me', { headers: { cookie: `studio_session=${value}` } })).status).toBe(401);
  });

  test('is not opened by the hash that is stored', async () => {
    const who = await api.person('hash@example.edu');
    const { token_hash: hash } = await api.db('sessions').where({ user_id: who.userId }).first<{ token_hash: string }>('token_hash');
    expect((await api.send('GET', '/api/v1/me', { headers: { cookie: `studio_session=${hash}` } })).status).toBe(401);
  });
});

describe('a token', () => {
  test('is stored as its hash only', async () => {
    const machine = await api.token(['global_admin'], 'hashed');
    const token = machine.headers['authorization']?.replace('Bearer ', '') ?? '';
    const rows = await api.db('api_tokens').where({ name: 'hashed' });
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect((rows[0] as { token_hash: string }).token_hash).toBe(hashToken(token));
    expect(JSON.stringify(api.logged)).not.toContain(token);
  });

  test('that is revoked, has expired or was replaced opens nothing', async () => {
    const machine = await api.token(['global_admin'], 'short-lived');
    const status = async (): Promise<number> => (await api.call('GET /api/v1/me', machine)).status;
    const row = api.db('api_tokens').where({ name: 'short-lived' });
    expect(await status()).toBe(200);
    await row.clone().update({ revoked_at: api.db.fn.now() });
    expect(await status()).toBe(401);
    await row.clone().update({ revoked_at: null, expires_at: api.db.raw(`now() - interval '1 second'`) });
    expect(await status()).toBe(401);
    await row.clone().update({ expires_at: api.db.raw(`now() + interval '1 hour'`) });
    expect(await status()).toBe(200);
    await api.token(['global_admin'], 'short-lived');
    expect(await status()).toBe(401);
  });

  test.each(['Bearer', 'Bearer ', 'Bearer a b', 'Basic YWRhOmFkYQ==', 'Token x', 'bearer wrong'])('%j is none', async (authorization) => {
    const answer = await api.send('GET', '/api/v1/me', { headers: { authorization } });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated']);
  });

  test('has the rights it was given and no person’s address', async () => {
    const machine = await api.token(['global_author', 'owner', 'nonsense'], 'author');
    expect((await api.call('GET /api/v1/me', machine)).json).toMatchObject({ name: 'author', email: '', roles: ['global_author'] });
  });
});
