import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOidc, subjectOf } from '#local/standins/oidc/createOidc.mjs';
import { createSigningKey } from '#local/standins/oidc/signingKey.mjs';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { createIdentityProvider, requestIdOf } from './support/identityProvider.ts';
import { forgingProvider, type Forged } from './support/forgingProvider.ts';
import { type Answer, type SendOptions, startApi, useApi } from './support/testApi.ts';

type StandIn = ReturnType<typeof createOidc>;
interface Api {
  readonly url: string;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
}

/** Passes on to the API under test, so that providers know our address before the API has one. */
let front: Server;
let studio: string;
let target = '';
const client = { clientId: 'ocw-studio', clientSecret: 'local-secret' };
let provider: StandIn;
let idp: Awaited<ReturnType<typeof createIdentityProvider>>;
let folder: string;
beforeAll(async () => {
  front = createServer((request, response) => response.writeHead(307, { location: `${target}${request.url ?? ''}` }).end());
  await new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve));
  studio = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  provider = createOidc({ ...client, redirectUris: [`${studio}/auth/oidc/callback`], postLogoutRedirectUris: [`${studio}/sign-in?signedOut=1`], signingKey: createSigningKey() });
  await provider.listen();
  idp = await createIdentityProvider('http://idp.localhost');
  folder = mkdtempSync(join(tmpdir(), 'ocw-oidc-'));
  writeFileSync(join(folder, 'idp.xml'), idp.metadata);
});
afterAll(async () => {
  await provider.close();
  front.close();
  rmSync(folder, { recursive: true, force: true });
});
const settings = (issuer: string): Record<string, string> => ({ STUDIO_BASE_URL: studio, OIDC_ISSUER_URL: issuer, OIDC_CLIENT_ID: client.clientId, OIDC_CLIENT_SECRET: client.clientSecret });
const api = useApi({ env: () => ({ ...settings(provider.issuer()), SAML_IDP_METADATA: join(folder, 'idp.xml'), STUDIO_INITIAL_ADMINS: 'ada@example.edu' }) });
beforeEach(async () => {
  target = api.url;
  await api.db('users').delete();
});

/** A browser that keeps cookies by host and follows nothing by itself. */
class Browser {
  private readonly jars = new Map<string, Map<string, string>>();
  cookies(url: string): string {
    return [...(this.jars.get(new URL(url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }
  async go(url: string, options: { readonly method?: string; readonly body?: string } = {}): Promise<{ status: number; location: string; text: string }> {
    const answer = await fetch(url, { redirect: 'manual', method: options.method ?? 'GET', headers: { cookie: this.cookies(url), ...(options.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) }, ...(options.body === undefined ? {} : { body: options.body }) });
    const jar = this.jars.get(new URL(url).host) ?? new Map<string, string>();
    this.jars.set(new URL(url).host, jar);
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = answer.headers.get('location');
    return { status: answer.status, location: location === null ? '' : new URL(location, url).href, text: await answer.text() };
  }
}

/** Goes from our sign-in to the provider, picks a person there, and stops before our callback is called. */
async function untilCallback(browser: Browser, person: string, from: Api = api, returnTo = '/sites'): Promise<URL> {
  let place = (await browser.go(`${from.url}/auth/oidc/login?${new URLSearchParams({ returnTo }).toString()}`)).location;
  for (let step = 0; step < 10; step += 1) {
    if (place.startsWith(`${studio}/auth/oidc/callback`)) return new URL(place);
    const page = await browser.go(place);
    place = page.status === 200 ? (await browser.go(place, { method: 'POST', body: new URLSearchParams({ person }).toString() })).location : page.location;
  }
  throw new Error(`The provider leads to ${place} and not to us`);
}
const callback = (browser: Browser, at: URL, from: Api = api) => browser.go(`${from.url}${at.pathname}${at.search}`);
const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/]+/, '');

async function signIn(person: string, from: Api = api, returnTo?: string): Promise<{ browser: Browser; place: string }> {
  const browser = new Browser();
  const answer = await callback(browser, await untilCallback(browser, person, from, returnTo), from);
  expect(answer.status).toBe(303);
  return { browser, place: pathOf(answer.location) };
}
const me = async (browser: Browser): Promise<unknown> => (await api.send('GET', '/api/v1/me', { headers: { cookie: browser.cookies(api.url) } })).json;
const entries = (): Promise<{ action: string; outcome: string; code: string | null; actor_name: string; detail: { by: string; why?: string; email?: string } }[]> => api.db('audit_entries').orderBy('id').select('action', 'outcome', 'code', 'actor_name', 'detail');
const lastEntry = async () => (await entries()).at(-1);

describe('sign-in through OpenID Connect', () => {
  test('leads back to where one wanted to go, with the provider’s claims', async () => {
    const { browser, place } = await signIn('gus', api, '/sites?search=~x');
    expect(place).toBe('/sites?search=~x');
    expect(await me(browser)).toMatchObject({ name: 'Gus Author', email: 'gus@example.edu', roles: [] });
    expect(await lastEntry()).toMatchObject({ action: 'sign-in', outcome: 'done', actor_name: 'Gus Author', detail: { by: 'oidc' } });
    expect(await api.db('user_identities').select('provider', 'subject')).toEqual([{ provider: 'oidc', subject: subjectOf('gus@example.edu') }]);
  });

  test('asks with PKCE, a state and a nonce, and stores neither state nor cookie', async () => {
    const browser = new Browser();
    const { location } = await browser.go(`${api.url}/auth/oidc/login`);
    const asked = new URL(location).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({ response_type: 'code', client_id: 'ocw-studio', scope: 'openid profile email', redirect_uri: `${studio}/auth/oidc/callback`, code_challenge_method: 'S256' });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    const rows = JSON.stringify(await api.db('oidc_requests').select('*'));
    expect(rows).not.toContain(asked.get('state'));
    expect(rows).not.toContain(browser.cookies(api.url).split('=')[1]);
  });

  test.each(['//evil.example', 'https://evil.example/', '/\\evil.example'])('to %s leads home', async (returnTo) => {
    expect((await signIn('gus', api, returnTo)).place).toBe('/');
  });

  test('makes the first admin, as SAML does', async () => {
    expect(await me((await signIn('ada')).browser)).toMatchObject({ roles: ['global_admin'] });
  });

  test('links the account that came by SAML, by its address, and both ways go on to lead to it', async () => {
    const bySaml = async (email: string): Promise<string | null> => {
      const inResponseTo = requestIdOf((await api.send('GET', '/auth/saml/login')).headers.get('location') ?? '');
      const xml = await idp.respond(studio, { inResponseTo, email });
      return (await api.send('POST', '/auth/saml/acs', { body: new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64') }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' } })).headers.get('location');
    };
    expect(await bySaml('gus@example.edu')).toBe('/');
    const { browser } = await signIn('gus');
    expect(await bySaml('gus@example.edu')).toBe('/');
    expect(await api.db('users').select('email')).toEqual([{ email: 'gus@example.edu' }]);
    expect(await api.db('user_identities').orderBy('provider').select('provider', 'subject')).toEqual([{ provider: 'oidc', subject: subjectOf('gus@example.edu') }, { provider: 'saml', subject: 'gus@example.edu' }]);
    // The name is that of whom one came by last.
    expect(await me(browser)).toMatchObject({ email: 'gus@example.edu', name: 'Ada Example' });
  });

  test('links an account that was given rights before, whatever the case of the letters', async () => {
    const known = await ensureUserByEmail(api.db, 'GUS@example.edu');
    expect(await me((await signIn('gus')).browser)).toMatchObject({ id: known.id });
  });

  test('refuses another subject with a known address, and a closed account', async () => {
    await signIn('gus');
    await api.db('user_identities').update({ subject: 'somebody else' });
    expect((await signIn('gus')).place).toBe('/sign-in?error=account');
    expect(await lastEntry()).toMatchObject({ action: 'sign-in-refuse', code: 'account', detail: { by: 'oidc', email: 'gus@example.edu' } });
    await api.db('user_identities').delete();
    await api.db('users').update({ is_active: false });
    expect((await signIn('gus')).place).toBe('/sign-in?error=account');
  });

  test('two first sign-ins at once make one account', async () => {
    const browsers = [new Browser(), new Browser(), new Browser()];
    const places = await Promise.all(browsers.map((browser) => untilCallback(browser, 'gus')));
    const answers = await Promise.all(browsers.map((browser, index) => callback(browser, places[index] ?? new URL(studio))));
    expect(answers.map((answer) => pathOf(answer.location))).toEqual(['/sites', '/sites', '/sites']);
    expect(await api.db('users').select('email')).toEqual([{ email: 'gus@example.edu' }]);
  });

  test('two tabs of a browser may both be answered', async () => {
    const browser = new Browser();
    const one = await untilCallback(browser, 'gus');
    const two = await untilCallback(browser, 'gus');
    for (const place of [one, two]) expect(pathOf((await callback(browser, place)).location)).toBe('/sites');
  });

  test('ends at the provider, too, when one signs out', async () => {
    const { browser } = await signIn('gus');
    const { redirectTo } = (await api.send('DELETE', '/api/v1/session', { headers: { cookie: browser.cookies(api.url), 'sec-fetch-site': 'same-origin' } })).json as { redirectTo: string };
    expect(redirectTo).toContain(`${provider.issuer()}/protocol/openid-connect/logout?`);
    const page = await browser.go(redirectTo);
    const [, action = ''] = /action="([^"]+)"/.exec(page.text) ?? [];
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.text) ?? [];
    expect((await browser.go(action, { method: 'POST', body: new URLSearchParams({ xsrf, logout: 'yes' }).toString() })).location).toBe(`${studio}/sign-in?signedOut=1`);
    // It asks who one is again.
    const again = await browser.go((await browser.go(`${api.url}/auth/oidc/login`)).location);
    expect(again.location).toContain('/login-actions/authenticate/');
  });
});

describe('what the sign-in page offers', () => {
  test.each([
    ['both', { saml: true, oidc: true }, ['saml', 'oidc']],
    ['SAML', { saml: true, oidc: false }, ['saml']],
    ['OpenID Connect', { saml: false, oidc: true }, ['oidc']],
    ['neither', { saml: false, oidc: false }, []],
  ])('with %s set up', async (_name, has, expected) => {
    const other = await startApi({ ...(has.saml ? { SAML_IDP_METADATA: join(folder, 'idp.xml'), SAML_TITLE: 'Touchstone', PRIVACY_POLICY_URL: 'https://example.edu/privacy' } : {}), ...(has.oidc ? settings(provider.issuer()) : {}) });
    try {
      const { services, privacyPolicyUrl } = (await other.call('GET /api/v1/sign-in', null)).json as { services: { id: string; title: string; path: string }[]; privacyPolicyUrl: string | null };
      expect(privacyPolicyUrl).toBe(has.saml ? 'https://example.edu/privacy' : null);
      expect(services.map((service) => service.id)).toEqual(expected);
      for (const id of ['saml', 'oidc']) {
        const answer = await other.send('GET', `/auth/${id}/login`);
        expect(answer.headers.get('location')?.startsWith('http')).toBe(expected.includes(id));
      }
    } finally {
      await other.stop();
    }
  });
});

describe('refused:', () => {
  async function expectRefused(answer: { status: number; location: string }, why: RegExp, reason = 'refused'): Promise<void> {
    expect([answer.status, pathOf(answer.location)]).toEqual([303, `/sign-in?error=${reason}`]);
    expect(await api.db('sessions').select('id')).toEqual([]);
    const entry = await lastEntry();
    expect(entry).toMatchObject({ action: 'sign-in-refuse', outcome: 'refused', code: reason, detail: { by: 'oidc' } });
    expect(entry?.detail.why).toMatch(why);
    expect(api.logged.filter((line) => line.level >= 50)).toEqual([]);
  }
  /** The answer of the provider, changed on its way to us. */
  async function changed(change: (at: URL) => void, why: RegExp, reason?: string): Promise<void> {
    const browser = new Browser();
    const at = await untilCallback(browser, 'gus');
    change(at);
    await expectRefused(await callback(browser, at), why, reason);
  }

  test('no state', () => changed((at) => at.searchParams.delete('state'), /no state/));
  test('another state', () => changed((at) => at.searchParams.set('state', 'x'.repeat(43)), /names no request/));
  test('an empty state', () => changed((at) => at.searchParams.set('state', ''), /no state/));
  test('a state with a NUL', () => changed((at) => at.searchParams.set('state', '\0'), /names no request/));
  test('two states', () => changed((at) => at.searchParams.append('state', 'x'), /more than once/));
  test('two codes', () => changed((at) => at.searchParams.append('code', 'x'), /more than once/));
  test('another code', () => changed((at) => at.searchParams.set('code', 'x'), /./));
  test('no code', () => changed((at) => at.searchParams.delete('code'), /./));
  test('another issuer: a mix-up', () => changed((at) => at.searchParams.set('iss', 'http://evil.localhost/realms/ocw'), /iss/));
  test('no issuer', () => changed((at) => at.searchParams.delete('iss'), /iss/));
  test('an error', () => changed((at) => { at.searchParams.delete('code'); at.searchParams.set('error', 'access_denied'); }, /access_denied/));
  test('an error of a server', () => changed((at) => { at.searchParams.delete('code'); at.searchParams.set('error', 'server_error'); }, /server_error/));
  test('a huge answer', () => changed((at) => at.searchParams.set('more', 'x'.repeat(9_000)), /too large/));

  test('an answer in another browser', async () => {
    const at = await untilCallback(new Browser(), 'gus');
    await expectRefused(await callback(new Browser(), at), /browser that did not ask/);
    const other = new Browser();
    await other.go(`${api.url}/auth/oidc/login`);
    await expectRefused(await callback(other, at), /names no request of this browser/);
  });

  test('a second time, and the code of the first in another sign-in', async () => {
    const browser = new Browser();
    const at = await untilCallback(browser, 'gus');
    expect(pathOf((await callback(browser, at)).location)).toBe('/sites');
    await api.db('sessions').delete();
    await expectRefused(await callback(browser, at), /answered before/);
    const next = await untilCallback(browser, 'gus');
    next.searchParams.set('code', at.searchParams.get('code') ?? '');
    await expectRefused(await callback(browser, next), /invalid_grant|grant/);
  });

  test('twice at once: one is let in', async () => {
    const browser = new Browser();
    const at = await untilCallback(browser, 'gus');
    const answers = await Promise.all([1, 2, 3].map(() => callback(browser, at)));
    expect(answers.map((answer) => pathOf(answer.location)).sort()).toEqual(['/sign-in?error=refused', '/sign-in?error=refused', '/sites']);
  });

  test('an answer after an hour', async () => {
    const browser = new Browser();
    const at = await untilCallback(browser, 'gus');
    await api.db('oidc_requests').update({ created_at: api.db.raw(`now() - interval '61 minutes'`) });
    await expectRefused(await callback(browser, at), /names no request/);
  });

  test('nothing at all', async () => {
    await expectRefused(await new Browser().go(`${api.url}/auth/oidc/callback`), /no state/);
    for (const parameter of ['code', 'error', 'response']) expect((await api.send('GET', `/auth/oidc/login?${parameter}=x`)).headers.get('location')).toBe('/sign-in?error=refused');
  });
});

describe('a provider that forges, refused:', () => {
  const cases: Readonly<Record<string, { readonly forge: Forged; readonly why: RegExp; readonly reason?: string }>> = {
    'another nonce': { forge: { claims: { nonce: 'x' } }, why: /nonce/ },
    'no nonce': { forge: { without: ['nonce'] }, why: /nonce/ },
    'another issuer': { forge: { claims: { iss: 'http://evil.localhost' } }, why: /iss/ },
    'no issuer': { forge: { without: ['iss'] }, why: /iss/ },
    'another audience': { forge: { claims: { aud: 'other' } }, why: /aud/ },
    'several audiences, meant for another party': { forge: { claims: { aud: ['ocw-studio', 'other'], azp: 'other' } }, why: /azp/ },
    'no audience': { forge: { without: ['aud'] }, why: /aud/ },
    'an expired token': { forge: { claims: { exp: Math.floor(Date.now() / 1_000) - 600 } }, why: /exp/ },
    'a token without an end': { forge: { without: ['exp'] }, why: /exp/ },
    'a token not valid yet': { forge: { claims: { nbf: Math.floor(Date.now() / 1_000) + 6_000 } }, why: /nbf/ },
    'alg none': { forge: { algorithm: 'none' }, why: /alg/ },
    'alg None, as a word': { forge: { algorithm: 'None' }, why: /alg/ },
    'a secret as the key': { forge: { algorithm: 'HS256' }, why: /alg|key/ },
    'another key': { forge: { key: 'other' }, why: /signature|key/ },
    'another key id': { forge: { keyId: 'nowhere' }, why: /key/ },
    'no signature': { forge: { cut: 'signature' }, why: /signature|JWT|token/i },
    'changed claims': { forge: { cut: 'claims' }, why: /signature|JWT|token/i },
    'no ID token': { forge: { cut: 'all' }, why: /id_token/ },
    'no subject': { forge: { without: ['sub'] }, why: /sub/ },
    'an answer that is no JSON': { forge: { body: 'hello' }, why: /./ },
    'an answer that is a list': { forge: { body: '[]' }, why: /./ },
    'an error of the token endpoint': { forge: { status: 500 }, why: /./ },
    'no address': { forge: { without: ['email'] }, why: /lacks email/, reason: 'attributes' },
    'an address nobody verified': { forge: { claims: { email_verified: false } }, why: /email_verified/, reason: 'attributes' },
    'no word about whether it is verified': { forge: { without: ['email_verified'] }, why: /email_verified/, reason: 'attributes' },
    'an address that is none': { forge: { claims: { email: 'ada' } }, why: /e-mail/, reason: 'attributes' },
    'a subject with a NUL': { forge: { claims: { sub: 'a\0b' } }, why: /cannot be kept/, reason: 'attributes' },
    'a subject that is a number': { forge: { claims: { sub: 7 } }, why: /sub/ },
    'an address that is a list': { forge: { claims: { email: ['ada@example.edu'] } }, why: /lacks email/, reason: 'attributes' },
  };
  let forger: Awaited<ReturnType<typeof forgingProvider>>;
  let other: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    forger = await forgingProvider(client.clientId);
    other = await startApi(settings(forger.issuer), { db: api.db, url: api.databaseUrl, clear: () => api.clear() });
  });
  afterAll(async () => {
    await other.stop();
    await forger.close();
  });

  async function attempt(forge: Forged): Promise<string> {
    const browser = new Browser();
    const { location } = await browser.go(`${other.url}/auth/oidc/login`);
    const { state, nonce } = Object.fromEntries(new URL(location).searchParams);
    forger.forge({ nonce: nonce ?? '' }, forge);
    return pathOf((await browser.go(`${other.url}/auth/oidc/callback?${new URLSearchParams({ code: 'c', state: state ?? '' }).toString()}`)).location);
  }

  test('its honest answer is taken, so that what follows is refused for what was changed', async () => {
    expect(await attempt({})).toBe('/');
  });

  test.each(Object.entries(cases))('%s', async (_name, { forge, why, reason = 'refused' }) => {
    expect(await attempt(forge)).toBe(`/sign-in?error=${reason}`);
    const entry = await lastEntry();
    expect(entry).toMatchObject({ action: 'sign-in-refuse', outcome: 'refused', code: reason, detail: { by: 'oidc' } });
    expect(entry?.detail.why).toMatch(why);
    expect([await api.db('sessions').select('id'), await api.db('users').select('id')]).toEqual([[], []]);
    expect(other.logged.filter((line) => line.level >= 50)).toEqual([]);
  });

  test('where the operator trusts its addresses, one that it does not speak of is taken', async () => {
    const trusting = await startApi({ ...settings(forger.issuer), OIDC_EMAIL_VERIFIED: 'trusted' });
    try {
      const browser = new Browser();
      const { state, nonce } = Object.fromEntries(new URL((await browser.go(`${trusting.url}/auth/oidc/login`)).location).searchParams);
      forger.forge({ nonce: nonce ?? '' }, { without: ['email_verified', 'name'] });
      expect(pathOf((await browser.go(`${trusting.url}/auth/oidc/callback?${new URLSearchParams({ code: 'c', state: state ?? '' }).toString()}`)).location)).toBe('/');
      expect(await trusting.database.db('users').select('email', 'name')).toEqual([{ email: 'ada@example.edu', name: 'ada' }]);
    } finally {
      await trusting.stop();
    }
  });

  test('one that does not answer is said to be unavailable', async () => {
    const away = await startApi(settings('http://127.0.0.1:9/realms/ocw'));
    try {
      expect((await away.send('GET', '/auth/oidc/login')).headers.get('location')).toBe('/sign-in?error=unavailable');
      expect(away.logged.find((line) => line.msg === 'Sign-in could not begin')?.['detail']).toMatch(/./);
    } finally {
      await away.stop();
    }
  });

  test('one that calls itself by another name is not believed', async () => {
    const wrong = await startApi(settings(forger.issuer.replace('127.0.0.1', 'localhost')));
    try {
      expect((await wrong.send('GET', '/auth/oidc/login')).headers.get('location')).toBe('/sign-in?error=unavailable');
    } finally {
      await wrong.stop();
    }
  });
});
