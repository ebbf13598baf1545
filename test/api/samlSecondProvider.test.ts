import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { createSign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newKeys } from './support/keys.ts';
import { createSamlifyProvider } from './support/samlifyProvider.ts';
import { signXml } from './support/signXml.ts';
import { type Answer, startApi, useApi } from './support/testApi.ts';

type Provider = Awaited<ReturnType<typeof createSamlifyProvider>>;

const ENTITY = 'http://second.localhost/idp';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
let idp: Provider;
let folder: string;
let spMetadata: string;
beforeAll(async () => {
  idp = await createSamlifyProvider(ENTITY, { encrypts: true, signs: 'response' });
  folder = mkdtempSync(join(tmpdir(), 'ocw-samlify-'));
  writeFileSync(join(folder, 'idp.xml'), idp.metadata);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const api = useApi({ env: () => ({ SAML_IDP_METADATA: join(folder, 'idp.xml') }) });
beforeEach(async () => {
  spMetadata = (await api.send('GET', '/saml/metadata')).text;
  await api.db('users').delete();
});

interface Api {
  send: typeof api.send;
}

const cookieOf = (answer: Answer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const count = async (table: string): Promise<number> => Number((await api.db(table).count<{ count: string }[]>('*'))[0]?.count);
const lastEntry = (): Promise<{ action: string; outcome: string; actor_name: string; detail: unknown } | undefined> => api.db('audit_entries').orderBy('id', 'desc').first('action', 'outcome', 'actor_name', 'detail');

/** Signs somebody in through the second provider. @returns the cookie. */
async function signIn(from: Api = api, provider: Provider = idp, given: { nameId?: string; sessionIndex?: string; path?: string } = {}): Promise<{ answer: Answer; headers: Record<string, string> }> {
  const sp = (await from.send('GET', '/saml/metadata')).text;
  const begun = await from.send('GET', '/auth/saml/login?returnTo=/sites');
  const inResponseTo = await provider.readLoginRequest(sp, begun.headers.get('location') ?? '');
  const response = await provider.respond(sp, { inResponseTo, email: 'ada@example.edu', nameId: given.nameId ?? '_transient-1', sessionIndex: given.sessionIndex ?? '_session-1' });
  const answer = await from.send('POST', given.path ?? '/auth/saml/acs', { body: new URLSearchParams({ SAMLResponse: response, RelayState: '/sites' }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' } });
  return { answer, headers: { cookie: cookieOf(answer), 'sec-fetch-site': 'same-origin' } };
}
const isSignedIn = async (headers: Record<string, string>): Promise<boolean> => (await api.send('GET', '/api/v1/me', { headers })).status === 200;

describe('sign-in through a second implementation of an identity provider', () => {
  test.each([
    ['encrypts and signs the response', { encrypts: true, signs: 'response' }],
    ['encrypts a signed assertion', { encrypts: true, signs: 'assertion' }],
    ['signs the response', { encrypts: false, signs: 'response' }],
    ['signs the assertion', { encrypts: false, signs: 'assertion' }],
  ] as const)('that %s', async (name, options) => {
    const provider = await createSamlifyProvider(ENTITY, options);
    const file = join(folder, `${name}.xml`);
    writeFileSync(file, provider.metadata);
    const other = await startApi({ SAML_IDP_METADATA: file });
    try {
      const { answer, headers } = await signIn(other, provider);
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sites']);
      expect((await other.send('GET', '/api/v1/me', { headers })).json).toMatchObject({ email: 'ada@example.edu', name: 'Ada Example' });
    } finally {
      await other.stop();
    }
  });

  test.each(['/sites?search=~(a)!*', `/sites?search=it's`, '/sites?search=%C3%A9é'])('the request is signed as it is sent when one wants to go to %s, and one gets there', async (returnTo) => {
    const begun = await api.send('GET', `/auth/saml/login?${new URLSearchParams({ returnTo }).toString()}`);
    const place = begun.headers.get('location') ?? '';
    // A browser reads the address as this does.
    const inResponseTo = await idp.readLoginRequest(spMetadata, new URL(place).href);
    const SAMLResponse = await idp.respond(spMetadata, { inResponseTo, email: 'ada@example.edu', nameId: '_t', sessionIndex: '_s' });
    const answer = await api.send('POST', '/auth/saml/acs', { body: new URLSearchParams({ SAMLResponse, RelayState: new URL(place).searchParams.get('RelayState') ?? '' }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' , 'sec-fetch-site': 'cross-site' } });
    expect(decodeURIComponent(answer.headers.get('location') ?? '')).toBe(decodeURIComponent(returnTo));
  });

  test('our metadata say what we take: signed requests, both bindings to sign out, one address for answers', () => {
    expect(spMetadata).toMatch(/AuthnRequestsSigned="true"/);
    expect(spMetadata.match(/<SingleLogoutService [^>]*>/g)).toEqual([
      `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${api.url}/auth/saml/slo"/>`,
      `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${api.url}/auth/saml/slo"/>`,
    ]);
    expect(spMetadata.match(/<AssertionConsumerService [^>]*>/g)).toHaveLength(1);
  });

  test('an answer at /saml/acs is taken where metadata name it', async () => {
    const other = await startApi({ SAML_IDP_METADATA: join(folder, 'idp.xml'), SAML_ACS_PATH: '/saml/acs' });
    try {
      expect((await other.send('GET', '/saml/metadata')).text).toContain(`Location="${other.url}/saml/acs"`);
      expect((await signIn(other, idp, { path: '/saml/acs' })).answer.headers.get('location')).toBe('/sites');
      // What was meant for the one address is not taken at the other.
      expect((await signIn(other, idp, { path: '/auth/saml/acs' })).answer.headers.get('location')).toBe('/sign-in?error=refused');
    } finally {
      await other.stop();
    }
  });

  test('the answer signs in the browser that asked, and no other: nobody gets into somebody else’s account by a form of theirs', async () => {
    const other = await startApi({ SAML_IDP_METADATA: join(folder, 'idp.xml'), STUDIO_BASE_URL: 'https://studio.example.edu' });
    try {
      const sp = (await other.send('GET', '/saml/metadata')).text;
      const begun = await other.send('GET', '/auth/saml/login');
      // The provider's page, which posts the answer, is of another site.
      expect(begun.headers.get('set-cookie')).toMatch(/^__Host-studio_saml=[\w-]{43}; path=\/; expires=[^;]+; samesite=none; secure; httponly$/i);
      const inResponseTo = await idp.readLoginRequest(sp, begun.headers.get('location') ?? '');
      const body = new URLSearchParams({ SAMLResponse: await idp.respond(sp, { inResponseTo, email: 'ada@example.edu', nameId: '_t', sessionIndex: '_s' }) }).toString();
      const answer = async (cookie: string): Promise<string | null> => (await other.send('POST', '/auth/saml/acs', { body, headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site', cookie } })).headers.get('location');
      const elsewhere = cookieOf(await other.send('GET', '/auth/saml/login'));
      for (const cookie of ['', elsewhere, cookieOf(begun).replace('__Host-', '')]) expect(await answer(cookie)).toBe('/sign-in?error=refused');
      expect(other.logged.flatMap((line) => (line.msg === 'Sign-in refused' ? line['detail'] : []))).toEqual([expect.stringMatching(/browser that did not ask/), expect.stringMatching(/no request of this browser/), expect.stringMatching(/browser that did not ask/)]);
      expect(await other.database.db('sessions').select('id')).toEqual([]);
      // Another tab of the same browser may have asked meanwhile.
      expect(cookieOf(await other.send('GET', '/auth/saml/login', { headers: { cookie: cookieOf(begun) } }))).toBe(cookieOf(begun));
      expect(await answer(cookieOf(begun))).toBe('/');
    } finally {
      await other.stop();
    }
  });

  test('the audit log has who came, by what, and from where behind a proxy', async () => {
    const other = await startApi({ SAML_IDP_METADATA: join(folder, 'idp.xml'), TRUSTED_PROXY_HOPS: '1', STUDIO_BASE_URL: 'https://studio.example.edu' });
    try {
      const sp = (await other.send('GET', '/saml/metadata')).text;
      // The proxy speaks http to us, by another name; everything is built from the address people use.
      expect(sp).toContain('Location="https://studio.example.edu/auth/saml/acs"');
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site', 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
      const begun = await other.send('GET', '/auth/saml/login', { headers });
      const inResponseTo = await idp.readLoginRequest(sp, begun.headers.get('location') ?? '');
      const response = await idp.respond(sp, { inResponseTo, email: 'ada@example.edu', nameId: '_t', sessionIndex: '_s' });
      const answer = await other.send('POST', '/auth/saml/acs', { body: new URLSearchParams({ SAMLResponse: response }).toString(), headers: { ...headers, cookie: cookieOf(begun) } });
      expect(answer.headers.get('location')).toBe('/');
      expect(answer.headers.get('set-cookie')).toMatch(/^__Host-studio_session=[^;]+; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/i);
      expect(await other.database.db('audit_entries').select('action', 'actor_name', 'actor_kind', 'ip', 'outcome', 'detail')).toEqual([{ action: 'sign-in', actor_name: 'Ada Example', actor_kind: 'person', ip: '198.51.100.7', outcome: 'done', detail: { by: 'saml' } }]);
    } finally {
      await other.stop();
    }
  });
});

describe('the provider changes its key', () => {
  const respondWith = async (from: Api, provider: Provider, readBy: Provider): Promise<string | null> => {
    const sp = (await from.send('GET', '/saml/metadata')).text;
    const inResponseTo = await readBy.readLoginRequest(sp, (await from.send('GET', '/auth/saml/login')).headers.get('location') ?? '');
    const SAMLResponse = await provider.respond(sp, { inResponseTo, email: 'ada@example.edu', nameId: '_t', sessionIndex: '_s' });
    return (await from.send('POST', '/auth/saml/acs', { body: new URLSearchParams({ SAMLResponse }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' } })).headers.get('location');
  };

  test('while metadata name both keys, both sign people in', async () => {
    const next = await createSamlifyProvider(ENTITY, { encrypts: true, signs: 'response' });
    const file = join(folder, 'both.xml');
    const [key = ''] = /<KeyDescriptor use="signing">[\s\S]*?<\/KeyDescriptor>/.exec(next.metadata) ?? [];
    expect(key).not.toBe('');
    writeFileSync(file, idp.metadata.replace('<KeyDescriptor', `${key}<KeyDescriptor`));
    const other = await startApi({ SAML_IDP_METADATA: file });
    try {
      for (const provider of [idp, next]) expect(await respondWith(other, provider, idp)).toBe('/');
    } finally {
      await other.stop();
    }
  });

  test.each(['file', 'address'])('without notice: metadata are read again from a %s at the first signature that does not fit, but not for every forged one', async (by) => {
    const next = await createSamlifyProvider(ENTITY, { encrypts: true, signs: 'response' });
    const third = await createSamlifyProvider(ENTITY, { encrypts: true, signs: 'response' });
    const file = join(folder, `rolled-${by}.xml`);
    let reads = 0;
    const server = createServer((_request, response) => {
      reads += 1;
      response.end(readFileSync(file, 'utf8'));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    writeFileSync(file, idp.metadata);
    const other = await startApi({ SAML_IDP_METADATA: by === 'file' ? file : `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    try {
      expect(await respondWith(other, idp, idp)).toBe('/');
      writeFileSync(file, next.metadata);
      expect(await respondWith(other, next, idp)).toBe('/');
      expect(await respondWith(other, idp, idp)).toBe('/sign-in?error=refused');
      if (by === 'address') expect(reads).toBe(2);
      // Moments later nobody can make us read them again.
      writeFileSync(file, third.metadata);
      for (let forged = 0; forged < 5; forged += 1) expect(await respondWith(other, third, idp)).toBe('/sign-in?error=refused');
      if (by === 'address') expect(reads).toBe(2);
      expect(await respondWith(other, next, idp)).toBe('/');
    } finally {
      await other.stop();
      server.close();
    }
  });
});

describe('signing out here', () => {
  async function signOut(headers: Record<string, string>): Promise<string> {
    return ((await api.send('DELETE', '/api/v1/session', { headers })).json as { redirectTo: string }).redirectTo;
  }

  test('leads to the provider with a signed request that names the session, and back', async () => {
    const { headers } = await signIn();
    const place = await signOut(headers);
    expect(new URL(place).href.split('?')[0]).toBe(`${ENTITY}/slo`);
    const asked = await idp.readLogoutRequest(spMetadata, place);
    expect(asked).toMatchObject({ nameId: '_transient-1', sessionIndex: '_session-1' });
    // Here it has ended already, whatever becomes of it there.
    expect(await isSignedIn(headers)).toBe(false);
    const back = new URL(idp.logoutResponseUrl(spMetadata, asked.id));
    const answer = await api.send('GET', back.pathname + back.search);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?signedOut=1']);
    // Its answer counts once.
    expect((await api.send('GET', back.pathname + back.search)).headers.get('location')).toBe('/sign-in?error=signOut');
  });

  test('an answer to nothing, or to a request to sign in, is refused', async () => {
    for (const id of ['_nothing', await idp.readLoginRequest(spMetadata, (await api.send('GET', '/auth/saml/login')).headers.get('location') ?? '')]) {
      const { pathname, search } = new URL(idp.logoutResponseUrl(spMetadata, id));
      expect((await api.send('GET', pathname + search)).headers.get('location')).toBe('/sign-in?error=signOut');
    }
  });

  test('an answer that it could not be done is said so', async () => {
    const { headers } = await signIn();
    const asked = await idp.readLogoutRequest(spMetadata, await signOut(headers));
    const xml = inflateRawSync(Buffer.from(new URL(idp.logoutResponseUrl(spMetadata, asked.id)).searchParams.get('SAMLResponse') ?? '', 'base64')).toString('utf8').replace('status:Success', 'status:Responder');
    expect((await api.send('GET', redirectWith({ SAMLResponse: xml }))).headers.get('location')).toBe('/sign-in?signedOut=here');
  });

  test('stays here for who came by no provider, and where the provider offers nothing', async () => {
    const stan = await api.person('stan@example.edu');
    expect(await signOut({ ...stan.headers })).toBe('/sign-in?signedOut=1');
    const { headers } = await signIn();
    await api.db('sessions').update({ saml_name_id: null });
    expect(await signOut(headers)).toBe('/sign-in?signedOut=1');
  });
});

/** A message in our address as a provider signs it. */
function redirectWith(message: Readonly<Record<string, string>>, options: { readonly keys?: { privateKey: string }; readonly algorithm?: string; readonly hash?: string; readonly relayState?: string } = {}): string {
  const [[name, xml] = ['', '']] = Object.entries(message);
  const parts = [`${name}=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`, ...(options.relayState === undefined ? [] : [`RelayState=${encodeURIComponent(options.relayState)}`]), `SigAlg=${encodeURIComponent(options.algorithm ?? RSA_SHA256)}`];
  const signature = createSign(options.hash ?? 'RSA-SHA256').update(parts.join('&')).sign((options.keys ?? idp.keys).privateKey, 'base64');
  return `/auth/saml/slo?${[...parts, `Signature=${encodeURIComponent(signature)}`].join('&')}`;
}

let serial = 0;
function logoutRequest(given: { id?: string; issuer?: string; destination?: string; at?: Date; end?: string; nameId?: string; more?: string } = {}): string {
  serial += 1;
  return `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${given.id ?? `_request-${serial}`}" Version="2.0" IssueInstant="${(given.at ?? new Date()).toISOString()}"${given.end === undefined ? '' : ` NotOnOrAfter="${given.end}"`} Destination="${given.destination ?? `${api.url}/auth/saml/slo`}"><saml:Issuer>${given.issuer ?? ENTITY}</saml:Issuer><saml:NameID>${given.nameId ?? '_transient-1'}</saml:NameID>${given.more ?? '<samlp:SessionIndex>_session-1</samlp:SessionIndex>'}</samlp:LogoutRequest>`;
}

const postForm = (fields: Readonly<Record<string, string>>): Promise<Answer> => api.send('POST', '/auth/saml/slo', { body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' } });
const encode = (xml: string): string => Buffer.from(xml).toString('base64');

describe('the provider signs somebody out', () => {
  test('by redirect: the session of that index ends, is written down, and the provider gets a signed answer', async () => {
    const here = await signIn();
    const elsewhere = await signIn(api, idp, { sessionIndex: '_session-2' });
    const { pathname, search } = new URL(idp.logoutRequestUrl(spMetadata, { nameId: '_transient-1', sessionIndex: '_session-1' }, `kept as it is (here)!`));
    const answer = await api.send('GET', pathname + search);
    expect([await isSignedIn(here.headers), await isSignedIn(elsewhere.headers)]).toEqual([false, true]);
    const place = answer.headers.get('location') ?? '';
    expect(new URL(place).searchParams.get('RelayState')).toBe(`kept as it is (here)!`);
    expect(await idp.readLogoutResponse(spMetadata, place)).toBe(/\bID="([^"]+)"/.exec(inflateRawSync(Buffer.from(new URL(`http://x${search}`).searchParams.get('SAMLRequest') ?? '', 'base64')).toString('utf8'))?.[1]);
    expect(await lastEntry()).toEqual({ action: 'sign-out', outcome: 'done', actor_name: 'Ada Example', detail: { by: 'saml' } });
    // A replay ends nothing more.
    await api.db('sessions').update({ saml_session_index: '_session-1' });
    expect((await api.send('GET', pathname + search)).headers.get('location')).toBe('/sign-in?error=signOut');
    expect(await isSignedIn(elsewhere.headers)).toBe(true);
  });

  test('by POST, signed within', async () => {
    const { headers } = await signIn();
    const answer = await postForm({ SAMLRequest: encode(signXml(logoutRequest(), 'LogoutRequest', idp.keys)) });
    expect(answer.headers.get('location')).toContain(`${ENTITY}/slo?SAMLResponse=`);
    expect(await isSignedIn(headers)).toBe(false);
  });

  test('without an index: all sessions of the name id, and of no other', async () => {
    const one = await signIn();
    const two = await signIn(api, idp, { sessionIndex: '_session-2' });
    const other = await signIn(api, idp, { nameId: '_transient-2' });
    await api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ more: '' }) }));
    expect([await isSignedIn(one.headers), await isSignedIn(two.headers), await isSignedIn(other.headers)]).toEqual([false, false, true]);
  });

  test('with several indexes: each of them', async () => {
    const all = [await signIn(), await signIn(api, idp, { sessionIndex: '_session-2' }), await signIn(api, idp, { sessionIndex: '_session-3' })];
    await api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ more: '<samlp:SessionIndex>_session-1</samlp:SessionIndex><samlp:SessionIndex>_session-3</samlp:SessionIndex>' }) }));
    expect(await Promise.all(all.map((one) => isSignedIn(one.headers)))).toEqual([false, true, false]);
  });

  const refusedRequests: Readonly<Record<string, () => Promise<Answer> | Answer>> = {
    'no signature': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }).replace(/&SigAlg.*/, '')),
    'no signature, but its algorithm': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }).replace(/&Signature=.*/, '')),
    'an empty signature': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }).replace(/&Signature=.*/, '&Signature=')),
    'another key': async () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }, { keys: await newKeys('eve') })),
    'SHA-1': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }, { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', hash: 'RSA-SHA1' })),
    'an unknown algorithm': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }, { algorithm: 'sha256' })),
    'a changed place': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest() }, { relayState: '/a' }).replace('RelayState=%2Fa', 'RelayState=%2Fb')),
    'a second request': () => api.send('GET', `${redirectWith({ SAMLRequest: logoutRequest() })}&SAMLRequest=${encodeURIComponent(deflateRawSync(logoutRequest({ nameId: '_other' })).toString('base64'))}`),
    'a request by a name that contains the right one': () => {
      const signed = redirectWith({ SAMLRequest: logoutRequest({ nameId: '_other' }) }).split('?')[1] ?? '';
      return api.send('GET', `/auth/saml/slo?x${signed}&SAMLRequest=${encodeURIComponent(deflateRawSync(logoutRequest()).toString('base64'))}`);
    },
    'a request by an encoded name beside the signed one': () => api.send('GET', `${redirectWith({ SAMLRequest: logoutRequest() }).replace('SAMLRequest=', 'SAMLResponse=')}&%53AMLRequest=${encodeURIComponent(deflateRawSync(logoutRequest()).toString('base64'))}`),
    'a request and a response': () => api.send('GET', `${redirectWith({ SAMLRequest: logoutRequest() })}&SAMLResponse=AAAA`),
    'another issuer': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ issuer: 'http://other.localhost' }) })),
    'another destination': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ destination: `${api.url}/auth/saml/acs` }) })),
    'no destination': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest().replace(/ Destination="[^"]*"/, '') })),
    'an old request': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ at: new Date(Date.now() - 20 * 60_000) }) })),
    'a request from the future': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ at: new Date(Date.now() + 20 * 60_000) }) })),
    'an expired request': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ end: '2020-01-01T00:00:00Z' }) })),
    'no name id': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest().replace(/<saml:NameID>.*?<\/saml:NameID>/, '') })),
    'two name ids': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest().replace('<saml:NameID>', '<saml:NameID>_other</saml:NameID><saml:NameID>') })),
    'a comment in the name id': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest({ nameId: '_transient-1<!---->' }) })),
    'a document type': () => api.send('GET', redirectWith({ SAMLRequest: `<!DOCTYPE a [<!ENTITY x "y">]>${logoutRequest()}` })),
    'another message': () => api.send('GET', redirectWith({ SAMLRequest: logoutRequest().replaceAll('LogoutRequest', 'AuthnRequest') })),
    'a bomb': () => api.send('GET', redirectWith({ SAMLRequest: `${logoutRequest()}<!--${'x'.repeat(5_000_000)}-->` })),
    'what is not deflated': () => api.send('GET', `/auth/saml/slo?SAMLRequest=${encodeURIComponent(encode(logoutRequest()))}`),
    'nothing': () => api.send('GET', '/auth/saml/slo'),
    'an empty form': () => postForm({}),
    'a form without a signature': () => postForm({ SAMLRequest: encode(logoutRequest()) }),
    'a form signed by another key': async () => postForm({ SAMLRequest: encode(signXml(logoutRequest(), 'LogoutRequest', await newKeys('eve'))) }),
    'a form that was changed': () => postForm({ SAMLRequest: encode(signXml(logoutRequest({ nameId: '_mine' }), 'LogoutRequest', idp.keys).replace('_mine', '_transient-1')) }),
    'a form with the signed request within a forged one': () => postForm({ SAMLRequest: encode(logoutRequest().replace('</saml:Issuer>', `</saml:Issuer><samlp:Extensions>${signXml(logoutRequest({ nameId: '_mine' }), 'LogoutRequest', idp.keys)}</samlp:Extensions>`)) }),
    'a form signed with SHA-1': () => postForm({ SAMLRequest: encode(signXml(logoutRequest(), 'LogoutRequest', idp.keys, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1')) }),
    'a form with the signature of a redirect': () => postForm(Object.fromEntries(new URL(`http://x${redirectWith({ SAMLRequest: logoutRequest() })}`).searchParams)),
    'a form that says it twice': () => api.send('POST', '/auth/saml/slo', { body: `SAMLRequest=${encodeURIComponent(encode(signXml(logoutRequest(), 'LogoutRequest', idp.keys)))}&SAMLRequest=AAAA`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    'JSON': () => api.send('POST', '/auth/saml/slo', { body: JSON.stringify({ SAMLRequest: encode(signXml(logoutRequest(), 'LogoutRequest', idp.keys)) }), headers: { 'content-type': 'application/json' } }),
  };
  test.each(Object.entries(refusedRequests))('refused: %s', async (_name, send) => {
    const { headers } = await signIn();
    const answer = await send();
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?error=signOut']);
    expect(await isSignedIn(headers)).toBe(true);
    expect(await lastEntry()).toMatchObject({ action: 'sign-out', outcome: 'refused', actor_name: 'Somebody' });
    expect(await count('sessions')).toBe(1);
  });
});
