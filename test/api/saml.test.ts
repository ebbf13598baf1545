import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { createIdentityProvider, EMAIL, NAME, requestIdOf, type ResponseOptions, SUBJECT } from './support/identityProvider.ts';
import { newKeys, spKeys } from './support/keys.ts';
import { type Answer, startApi, useApi } from './support/testApi.ts';

type IdentityProvider = Awaited<ReturnType<typeof createIdentityProvider>>;

let idp: IdentityProvider;
let folder: string;
beforeAll(async () => {
  idp = await createIdentityProvider('http://idp.localhost');
  folder = mkdtempSync(join(tmpdir(), 'ocw-saml-'));
  writeFileSync(join(folder, 'idp.xml'), idp.metadata);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const api = useApi({ env: () => ({ SAML_IDP_METADATA: join(folder, 'idp.xml'), STUDIO_INITIAL_ADMINS: 'Ada@example.edu, root@example.edu' }) });
beforeEach(() => api.db('users').delete());

/** Begins a sign-in. @returns the id of the request. */
async function begin(): Promise<string> {
  const answer = await api.send('GET', '/auth/saml/login?returnTo=/sites');
  expect(answer.status).toBe(302);
  return requestIdOf(answer.headers.get('location') ?? '');
}

const encode = (xml: string): string => Buffer.from(xml).toString('base64');
const post = (form: Record<string, string>): Promise<Answer> => api.send('POST', '/auth/saml/acs', { body: new URLSearchParams(form).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://idp.localhost', 'sec-fetch-site': 'cross-site' } });
const respond = async (given: Partial<ResponseOptions> = {}): Promise<string> => idp.respond(api.url, { inResponseTo: await begin(), ...given });
const cookieOf = (answer: Answer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

async function me(answer: Answer): Promise<unknown> {
  return (await api.send('GET', '/api/v1/me', { headers: { cookie: cookieOf(answer) } })).json;
}

/** Posts a response that must be refused: with a reason for people, a line in the log, and nobody signed in. */
async function expectRefused(xml: string, detail: RegExp, reason = 'refused'): Promise<void> {
  const from = api.logged.length;
  const answer = await post({ SAMLResponse: encode(xml) });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sign-in?error=${reason}`]);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(await api.db('sessions').select('id')).toEqual([]);
  const line = api.logged.slice(from).find((entry) => entry.msg === 'Sign-in refused');
  expect(line?.['detail']).toMatch(detail);
}

describe('a good sign-in', () => {
  test.each([
    ['signed response and assertion', {}],
    ['signed assertion only', { signResponse: false }],
    ['signed response only', { signAssertion: false }],
  ])('with %s is taken', async (_name, given) => {
    const answer = await post({ SAMLResponse: encode(await respond(given)), RelayState: '/sites' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sites']);
    expect(await me(answer)).toMatchObject({ name: 'Ada Example', email: 'ada@example.edu' });
  });

  test.each([
    ['a signed and', true],
    ['an unsigned but', false],
  ])('with %s encrypted assertion in a signed response is taken', async (_name, signAssertion) => {
    const xml = await respond({ encryptTo: (await spKeys()).certificate, signAssertion });
    expect(xml).not.toContain('ada@example.edu');
    expect(await me(await post({ SAMLResponse: encode(xml) }))).toMatchObject({ email: 'ada@example.edu' });
  });

  test('links an account that was given rights before, and follows the provider’s name', async () => {
    const known = await ensureUserByEmail(api.db, 'ADA@example.edu');
    const answer = await post({ SAMLResponse: encode(await respond()) });
    expect(await me(answer)).toMatchObject({ id: known.id, name: 'Ada Example' });
  });

  test('sets a cookie no script reads and stores only its hash', async () => {
    const answer = await post({ SAMLResponse: encode(await respond()) });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^studio_session=[\w-]{43}; path=\/; expires=[^;]+; samesite=lax; httponly$/i);
    const rows = await api.db('sessions').select('*');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(cookieOf(answer).split('=')[1]);
    expect(JSON.stringify(api.logged)).not.toContain(cookieOf(answer).split('=')[1]);
  });

  test('publishes our metadata with the address to answer to', async () => {
    const answer = await api.send('GET', '/saml/metadata');
    expect(answer.headers.get('content-type')).toContain('application/samlmetadata+xml');
    expect(answer.text).toContain(`Location="${api.url}/auth/saml/acs"`);
    expect(answer.text).toContain(`entityID="${api.url}/saml/metadata"`);
    expect(answer.text.match(/<X509Certificate>|<ds:X509Certificate>/g)).toHaveLength(2);
  });
});

describe('the first admin', () => {
  const rolesOf = async (email: string): Promise<unknown> => ((await me(await post({ SAMLResponse: encode(await respond({ email })) }))) as { roles: unknown }).roles;

  test('is who STUDIO_INITIAL_ADMINS names, whatever the case of the letters', async () => {
    expect(await rolesOf('stan@example.edu')).toEqual([]);
    expect(await rolesOf('ADA@example.edu')).toEqual(['global_admin']);
  });

  test('is made once: with an admin there, the list gives nothing', async () => {
    await api.person('boss@example.edu', [{ role: 'global_admin' }]);
    expect(await rolesOf('ada@example.edu')).toEqual([]);
  });
});

describe('RelayState', () => {
  test.each(['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '\\\\evil.example', '/ok\r\nSet-Cookie: a=b', '/\t/evil.example', '', `/${'x'.repeat(3_000)}`])('%j leads home', async (RelayState) => {
    const answer = await post({ SAMLResponse: encode(await respond()), RelayState });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  });

  test.each(['//evil.example', 'https://evil.example/'])('%j is not sent to the provider either', async (returnTo) => {
    const answer = await api.send('GET', `/auth/saml/login?${new URLSearchParams({ returnTo }).toString()}`);
    const location = new URL(answer.headers.get('location') ?? '');
    expect([location.origin, location.searchParams.get('RelayState')]).toEqual(['http://idp.localhost', '/']);
  });
});

describe('refused:', () => {
  const SIGNATURE = /<(?:ds:)?Signature[\s\S]*?<\/(?:ds:)?Signature>/;
  const assertionOf = (xml: string): string => /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? '';
  const evil = (assertion: string): string => assertion.replace(SIGNATURE, '').replaceAll('stan@example.edu', 'ada@example.edu').replace(/\bID="[^"]+"/, 'ID="_evil"');
  const onlyAssertionSigned = (): Promise<string> => respond({ email: 'stan@example.edu', signResponse: false });

  test('nothing signed', async () => expectRefused(await respond({ signResponse: false, signAssertion: false }), /signature/i));
  test('another key', async () => expectRefused(await respond({ keys: await newKeys('eve') }), /signature/i));
  test('SHA-1 signatures', async () => expectRefused(await respond({ signatureAlgorithm: 'rsa-sha1' }), /SHA-1/));
  test('SHA-1 digests', async () => expectRefused(await respond({ digestAlgorithm: 'sha1' }), /SHA-1/));
  test('a changed attribute', async () => expectRefused((await respond({ email: 'stan@example.edu' })).replaceAll('stan@example.edu', 'ada@example.edu'), /signature/i));
  test('a signature whose own element was removed from a signed response', async () => expectRefused((await respond()).replace(SIGNATURE, '').replace(SIGNATURE, ''), /signature/i));

  test('wrapping: a forged assertion before the signed one', async () => {
    const xml = await onlyAssertionSigned();
    await expectRefused(xml.replace(assertionOf(xml), evil(assertionOf(xml)) + assertionOf(xml)), /multiple assertions/);
  });
  test('wrapping: the signed assertion inside a forged one', async () => {
    const xml = await onlyAssertionSigned();
    const signed = assertionOf(xml);
    await expectRefused(xml.replace(signed, evil(signed).replace('</saml:Assertion>', `<Extensions>${signed}</Extensions></saml:Assertion>`)), /multiple assertions/);
  });
  test('wrapping: the forged assertion keeps the signature, which holds the signed one as an object', async () => {
    const xml = await onlyAssertionSigned();
    const signed = assertionOf(xml);
    const signature = SIGNATURE.exec(signed)?.[0] ?? '';
    const wrapped = signature.replace('</Signature>', `<Object>${signed.replace(SIGNATURE, '')}</Object></Signature>`);
    await expectRefused(xml.replace(signed, evil(signed).replace('</saml:Issuer>', `</saml:Issuer>${wrapped}`)), /multiple assertions/);
  });
  test('wrapping: two elements of one id', async () => {
    const xml = await onlyAssertionSigned();
    const signed = assertionOf(xml);
    const id = /\bID="([^"]+)"/.exec(signed)?.[1] ?? '';
    await expectRefused(xml.replace('<samlp:Status>', `<Extensions>${evil(signed).replace('_evil', id)}</Extensions><samlp:Status>`), /more than one|signature/i);
  });
  test('wrapping: the signed response inside a forged response', async () => {
    const xml = await respond({ email: 'stan@example.edu', signAssertion: false });
    const forged = xml.replace(SIGNATURE, '').replaceAll('stan@example.edu', 'ada@example.edu').replace(/\bID="[^"]+"/, 'ID="_outer"');
    await expectRefused(forged.replace('<samlp:Status>', `<Extensions>${xml}</Extensions><samlp:Status>`), /signature/i);
  });
  test('a comment that cuts an address short', async () => {
    const xml = await respond({ email: 'ada@example.edu.evil.example' });
    await expectRefused(xml.replaceAll('ada@example.edu.evil', 'ada@example.edu<!-- -->.evil'), /comment/);
  });

  test('expired', async () => expectRefused(await respond({ at: new Date(Date.now() - 20 * 60_000) }), /expired|subject confirmation/i));
  test('too old although it says it lasts', async () => expectRefused(await respond({ at: new Date(Date.now() - 20 * 60_000), lifetimeInSeconds: 86_400 }), /too old|subject confirmation/i));
  test('not yet valid', async () => expectRefused(await respond({ at: new Date(Date.now() + 20 * 60_000) }), /not yet valid|subject confirmation/i));
  test('for another audience', async () => expectRefused(await respond({ audience: 'https://other.example/saml' }), /audience/i));
  test('for another recipient', async () => expectRefused(await respond({ recipient: 'https://other.example/acs' }), /another address/));
  test('from another issuer with the right key', async () => expectRefused(await respond({ issuer: 'http://other-idp.localhost' }), /issued by http:\/\/other-idp/));
  test('an answer to no request of ours', async () => expectRefused(await respond({ inResponseTo: '_unknown' }), /InResponseTo/));
  test('an answer to nothing at all', async () => expectRefused(await respond({ inResponseTo: '' }), /InResponseTo/));
  test('an old answer in a new envelope', async () => {
    const xml = await respond({ signResponse: false });
    const other = await begin();
    await expectRefused(xml.replace(/InResponseTo="[^"]+"/, `InResponseTo="${other}"`), /InResponseTo/i);
  });
  test('a second time', async () => {
    const xml = await respond();
    expect((await post({ SAMLResponse: encode(xml) })).headers.get('location')).toBe('/');
    await api.db('sessions').delete();
    await expectRefused(xml, /InResponseTo/);
    // Even were the request open again, the assertion is known.
    await api.db('saml_requests').update({ consumed_at: null });
    await expectRefused(xml, /used before/);
  });
  test('twice at once: one is let in', async () => {
    const form = { SAMLResponse: encode(await respond()) };
    const answers = await Promise.all([post(form), post(form), post(form)]);
    expect(answers.map((answer) => answer.headers.get('location')).sort()).toEqual(['/', '/sign-in?error=refused', '/sign-in?error=refused']);
  });
  test('a request older than an hour', async () => {
    const xml = await respond();
    await api.db('saml_requests').update({ created_at: api.db.raw(`now() - interval '61 minutes'`) });
    await expectRefused(xml, /InResponseTo/);
  });

  test('a document type', async () => expectRefused(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${await respond()}`, /document type/));
  test('a document type in another encoding', async () => {
    const answer = await post({ SAMLResponse: Buffer.from(`\uFEFF<!DOCTYPE r [<!ENTITY x "y">]>${await respond()}`, 'utf16le').toString('base64') });
    expect(answer.headers.get('location')).toBe('/sign-in?error=refused');
  });
  test.each([['', /./], ['not XML', /./], ['<a/>', /./], ['<a><b></a>', /./], ['<?xml version="1.0"?>', /./]])('%j', async (xml, detail) => expectRefused(xml, detail));
  test('two roots', async () => expectRefused(`${await respond()}<a/>`, /./));
  test('a response of a megabyte', async () => expectRefused(`${await respond()}<!--${'x'.repeat(1024 * 1024)}-->`, /too large/));
  test('a form without the field', async () => {
    expect((await post({})).headers.get('location')).toBe('/sign-in?error=refused');
  });

  test('the provider says no', async () => {
    const inResponseTo = await begin();
    const no = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_no" InResponseTo="${inResponseTo}" Version="2.0"><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/></samlp:Status></samlp:Response>`;
    await expectRefused(no, /Responder/);
  });
  test.each([[{ [SUBJECT]: 'ada' }, EMAIL], [{ [EMAIL]: 'ada@example.edu' }, SUBJECT], [{ [SUBJECT]: ' ', [EMAIL]: 'ada@example.edu', [NAME]: 'Ada' }, SUBJECT]])('attributes %j, for one is missing', async (attributes, missing) => {
    await expectRefused(await respond({ attributes }), new RegExp(missing.replaceAll('.', '\\.')), 'attributes');
  });
  test('an address that is another account’s', async () => {
    await post({ SAMLResponse: encode(await respond()) });
    await api.db('sessions').delete();
    await expectRefused(await respond({ attributes: { [SUBJECT]: 'eve', [EMAIL]: 'ada@example.edu' } }), /another account/, 'account');
  });
  test('an account that is closed', async () => {
    await post({ SAMLResponse: encode(await respond()) });
    await api.db('sessions').delete();
    await api.db('users').update({ is_active: false });
    await expectRefused(await respond(), /closed/, 'account');
  });
});

describe('the provider’s metadata', () => {
  test.each([
    ['is not set', '', /not set/],
    ['is no file', '/nowhere/idp.xml', /ENOENT/],
    ['has no certificate', '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><IDPSSODescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="http://idp.localhost/"/></IDPSSODescriptor></EntityDescriptor>', /no signing certificate/],
    ['declares entities', '<!DOCTYPE a [<!ENTITY b "c">]><EntityDescriptor/>', /document type/],
    ['is no XML', 'hello', /./],
  ])('%s: people are told that signing in is not possible, operators why', async (_name, source, detail) => {
    const file = source.startsWith('<') || source === 'hello' ? join(folder, 'broken.xml') : source;
    if (file !== source) writeFileSync(file, source);
    const other = await startApi({ SAML_IDP_METADATA: file });
    try {
      const answer = await other.send('GET', '/auth/saml/login');
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/sign-in?error=unavailable']);
      expect(other.logged.find((line) => line.msg === 'Sign-in could not begin')?.['detail']).toMatch(detail);
    } finally {
      await other.stop();
    }
  });
});
