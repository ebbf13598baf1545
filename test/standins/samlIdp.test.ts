import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type CacheProvider, SAML, type SamlConfig, ValidateInResponseTo } from '@node-saml/passport-saml';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PEOPLE } from '#local/stack/environment.mjs';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';
import { createSamlIdp } from '#local/standins/samlIdp/createSamlIdp.mjs';
import { loadIdpKeys } from '#local/standins/samlIdp/idpKeys.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { chooseAtProvider, postForm, readForm } from './support/samlBrowser.ts';
import { readJournal, watchJournal } from './support/watchJournal.ts';

const OID = { eppn: 'urn:oid:1.3.6.1.4.1.5923.1.1.1.6', mail: 'urn:oid:0.9.2342.19200300.100.1.3', displayName: 'urn:oid:2.16.840.1.113730.3.1.241' };
const REDIRECT = '/idp/profile/SAML2/Redirect/SSO';
const POST = '/idp/profile/SAML2/POST/SSO';
const CONTINUE = '/idp/profile/SAML2/continue';
const SP_ENTITY = 'https://studio.example.edu/saml/metadata';
const CONSUMER = 'https://studio.example.edu/auth/saml/acs';

/** The service provider's memory of what it asked, as the library wants it. */
function rememberRequests(): CacheProvider {
  const asked = new Map<string, string>();
  return {
    saveAsync: async (key, value) => (asked.set(key, value), { value, createdAt: Date.now() }),
    getAsync: async (key) => asked.get(key) ?? null,
    removeAsync: async (key) => (key !== null && asked.delete(key) ? key : null),
  };
}

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

describe('the identity provider, by passport-saml', () => {
  let home: string;
  let base: string;
  let spKeys: { privateKey: string; certificate: string };
  let spServer: Server;
  const watch = watchJournal(() => base);

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'idp-'));
    closing.push(() => rmSync(home, { recursive: true, force: true }));
    const made = await generate([{ name: 'commonName', value: 'sp' }], { keySize: 2048, algorithm: 'sha256' });
    spKeys = { privateKey: made.private, certificate: made.cert };
    spServer = createServer((_request, response) => void response.end(serviceProvider().generateServiceProviderMetadata(spKeys.certificate, spKeys.certificate)));
    await new Promise<void>((resolve) => void spServer.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => spServer.close(resolve)));
    ({ base } = await startIdp());
  });

  async function startIdp(profile: Partial<Parameters<typeof createSamlIdp>[0]> = {}): Promise<{ base: string }> {
    const started = createSamlIdp({ keys: await loadIdpKeys(home), spMetadataUrl: `http://127.0.0.1:${(spServer.address() as AddressInfo).port}/`, ...profile });
    const url = await started.listen();
    closing.push(() => started.close());
    return { base: url };
  }

  /** As the product sets the library up; a test changes what it is about. */
  function serviceProvider(changes: Partial<SamlConfig> = {}, idpCert = spKeys.certificate, at = base): SAML {
    return new SAML({
      idpCert,
      issuer: SP_ENTITY,
      callbackUrl: CONSUMER,
      entryPoint: `${at}${REDIRECT}`,
      audience: SP_ENTITY,
      idpIssuer: `${at}/idp/shibboleth`,
      privateKey: spKeys.privateKey,
      publicCert: spKeys.certificate,
      decryptionPvk: spKeys.privateKey,
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      wantAssertionsSigned: false,
      wantAuthnResponseSigned: true,
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      validateInResponseTo: ValidateInResponseTo.always,
      cacheProvider: rememberRequests(),
      ...changes,
    });
  }

  async function trusting(changes: Partial<SamlConfig> = {}, at = base): Promise<SAML> {
    const metadata = await (await fetch(`${at}/metadata`)).text();
    return serviceProvider(changes, /<X509Certificate>([^<]+)</.exec(metadata)?.[1] ?? '', at);
  }

  async function responseFor(sp: SAML, choice: Record<string, string>, relayState = '/'): Promise<{ action: string; fields: Record<string, string> }> {
    return chooseAtProvider(await fetch(await sp.getAuthorizeUrlAsync(relayState, undefined, {})), choice);
  }

  const validate = (sp: SAML, fields: Record<string, string>) => sp.validatePostResponseAsync({ SAMLResponse: fields['SAMLResponse'] ?? '' });

  it('keeps its key over a restart, and names both bindings', async () => {
    expect(await loadIdpKeys(home)).toEqual(await loadIdpKeys(home));
    const answer = await fetch(`${base}/metadata`);
    expect(answer.headers.get('content-type')).toBe('application/samlmetadata+xml');
    const metadata = await answer.text();
    expect(metadata).toContain(`Location="${base}${REDIRECT}"`);
    expect(metadata).toContain(`Location="${base}${POST}"`);
    expect(metadata).not.toContain('SingleLogoutService');
    const again = await startIdp();
    expect(/<X509Certificate>.*</.exec(await (await fetch(`${again.base}/metadata`)).text())?.[0]).toBe(/<X509Certificate>.*</.exec(metadata)?.[0]);
  });

  it('knows the people of a fresh stack', async () => {
    const people = (await (await fetch(`${base}/people.json`)).json()) as { name: string; email: string }[];
    expect(people.map(({ name, email }) => ({ name, email }))).toEqual(PEOPLE.map(({ name, email }) => ({ name, email })));
  });

  it.each(PEOPLE.map((person) => person.name))('signs %s in and brings the RelayState back', async (name) => {
    const sp = await trusting();
    const { action, fields } = await responseFor(sp, { person: name }, '/sites/a?b=c&d="<é>"');
    expect(action).toBe(CONSUMER);
    expect(fields['RelayState']).toBe('/sites/a?b=c&d="<é>"');
    const { profile } = await validate(sp, fields);
    expect(profile).toMatchObject({ [OID.eppn]: `${name}@example.edu`, [OID.mail]: `${name}@example.edu`, nameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' });
    expect(profile?.[OID.displayName]).toMatch(/^\w+ \w+$/);
    expect(profile?.sessionIndex).toMatch(/^_/);
  });

  it('offers one button per person, and takes another address', async () => {
    const sp = await trusting();
    const page = await fetch(await sp.getAuthorizeUrlAsync('', undefined, {}));
    const html = await page.clone().text();
    expect([...html.matchAll(/data-person="(\w+)"/g)].map(([, name]) => name)).toEqual(PEOPLE.map((person) => person.name));
    const { action, fields } = readForm(html, 'email');
    const again = await postForm(new URL(action, base).href, { execution: fields['execution'] ?? '', email: 'nobody' });
    expect(await again.text()).toContain('This is not an e-mail address.');
    const { profile } = await validate(sp, (await chooseAtProvider(page, { email: ' Zoë.New@Example.edu ', displayName: 'Zoë <New>' })).fields);
    expect(profile).toMatchObject({ [OID.eppn]: 'zoë.new@example.edu', [OID.mail]: 'zoë.new@example.edu', [OID.displayName]: 'Zoë <New>' });
  });

  it('takes a request by POST', async () => {
    const sp = await trusting({ entryPoint: `${base}${POST}`, authnRequestBinding: 'HTTP-POST', skipRequestCompression: true });
    const form = readForm(await sp.getAuthorizeFormAsync('/x', undefined, {}), 'SAMLRequest');
    const { fields } = await chooseAtProvider(await postForm(form.action, form.fields), { person: 'ed' });
    expect((await validate(sp, fields)).profile?.[OID.eppn]).toBe('ed@example.edu');
  });

  it('signs the response and encrypts an assertion that carries no signature', async () => {
    const sp = await trusting();
    const xml = Buffer.from((await responseFor(sp, { person: 'ada' })).fields['SAMLResponse'] ?? '', 'base64').toString('utf8');
    expect(xml).toMatch(/^<samlp:Response [^>]*Destination="https:\/\/studio\.example\.edu\/auth\/saml\/acs"/);
    expect(xml).toContain('<saml:EncryptedAssertion');
    expect(xml).toContain('xmlenc11#aes256-gcm');
    expect(xml).not.toContain('ada@example.edu');
    expect(xml.match(/<Signature\b/g)).toHaveLength(1);
    await expect(validate(await trusting({ wantAssertionsSigned: true }), { SAMLResponse: Buffer.from(xml).toString('base64') })).rejects.toThrow();
  });

  it.each([
    ['a signed assertion', { signAssertion: true }, { wantAssertionsSigned: true }],
    ['an assertion in clear', { encryptAssertion: false }, {}],
    ['a signature on the assertion only', { signAssertion: true, signResponse: false }, { wantAssertionsSigned: true, wantAuthnResponseSigned: false }],
  ])('has a profile with %s', async (_, profile, wants) => {
    const { base: at } = await startIdp(profile);
    const sp = await trusting(wants, at);
    expect((await validate(sp, (await responseFor(sp, { person: 'gus' })).fields)).profile?.[OID.eppn]).toBe('gus@example.edu');
  });

  it('is believed once: a response that is changed, used again or not asked for is refused', async () => {
    const sp = await trusting();
    const { fields } = await responseFor(sp, { person: 'ada' });
    const changed = Buffer.from(Buffer.from(fields['SAMLResponse'] ?? '', 'base64').toString('utf8').replace('<saml:EncryptedAssertion', '<saml:EncryptedAssertion x="1"')).toString('base64');
    await expect(validate(sp, { SAMLResponse: changed })).rejects.toThrow('Invalid');
    const { fields: genuine } = await responseFor(sp, { person: 'ada' });
    await validate(sp, genuine);
    await expect(validate(sp, genuine)).rejects.toThrow('InResponseTo is not valid');
    await expect(validate(await trusting(), (await responseFor(await trusting(), { person: 'ada' })).fields)).rejects.toThrow('InResponseTo is not valid');
  });

  it('refuses the library’s own defaults as Shibboleth does, in a signed response', async () => {
    const defaults: SAML = await trusting({ identifierFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' });
    const context: SAML = await trusting({ disableRequestedAuthnContext: false, authnContext: ['urn:oasis:names:tc:SAML:2.0:ac:classes:X509'] });
    for (const sp of [defaults, context]) {
      await watch.provokeBy(async () => {
        const { fields } = readForm(await (await fetch(await sp.getAuthorizeUrlAsync('', undefined, {}))).text(), 'SAMLResponse');
        await expect(validate(sp, fields)).rejects.toThrow('SAML provider returned Requester error');
      });
    }
  });

  describe('asked wrongly', () => {
    const request = (changes: Record<string, string> = {}, inner = ''): string => {
      const attributes = { ID: `_${Math.random().toString(16).slice(2)}`, Version: '2.0', IssueInstant: new Date().toISOString(), Destination: `${base}${REDIRECT}`, AssertionConsumerServiceURL: CONSUMER, ...changes };
      const { issuer = SP_ENTITY, element = 'AuthnRequest', ...rest } = attributes as Record<string, string>;
      return `<samlp:${element} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ${Object.entries(rest).map(([name, value]) => `${name}="${value}"`).join(' ')}><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${issuer}</saml:Issuer>${inner}</samlp:${element}>`;
    };
    const query = (xml: string): string => `${REDIRECT}?${new URLSearchParams({ SAMLRequest: deflateRawSync(xml).toString('base64') }).toString()}`;

    it.each<[string, () => string | Promise<string>, RequestInit, { status: number; says: RegExp }]>([
      ['an unknown page', () => '/login', {}, { status: 404, says: /Not Found/ }],
      ['metadata by POST', () => '/metadata', { method: 'POST' }, { status: 405, says: /takes GET/ }],
      ['no request', () => REDIRECT, {}, { status: 400, says: /there is no SAMLRequest/ }],
      ['rubbish', () => `${REDIRECT}?SAMLRequest=rubbish`, {}, { status: 400, says: /not deflated/ }],
      ['no XML', () => query('hello'), {}, { status: 400, says: /it is not XML/ }],
      ['a document type', () => query(`<!DOCTYPE a [<!ENTITY b "c">]>${request()}`), {}, { status: 400, says: /document type/ }],
      ['a request of another message', () => query(request({ element: 'LogoutRequest' })), {}, { status: 400, says: /is a LogoutRequest/ }],
      ['an unknown service', () => query(request({ issuer: 'https://other.example.edu' })), {}, { status: 400, says: /Unsupported Request[\s\S]*not registered/ }],
      ['no signature', () => query(request()), {}, { status: 400, says: /Message Security Error[\s\S]*this one is not/ }],
      ['a signature of nobody', () => `${query(request())}&SigAlg=${encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')}&Signature=AAAA`, {}, { status: 400, says: /signature does not fit/ }],
      ['a weak algorithm', () => `${query(request())}&SigAlg=${encodeURIComponent('http://www.w3.org/2000/09/xmldsig#rsa-sha1')}&Signature=AAAA`, {}, { status: 400, says: /is not accepted/ }],
      ['a RelayState that was not signed', async () => `${(await (await trusting()).getAuthorizeUrlAsync('/a', undefined, {})).slice(base.length).replace('RelayState=%2Fa', 'RelayState=%2Fb')}`, {}, { status: 400, says: /signature does not fit/ }],
      ['a response to somewhere else', async () => (await (await trusting({ callbackUrl: 'https://evil.example.edu/' })).getAuthorizeUrlAsync('', undefined, {})).slice(base.length), {}, { status: 400, says: /no AssertionConsumerService/ }],
      ['a request for another provider', async () => (await (await trusting({ entryPoint: `http://localhost:1${REDIRECT}` })).getAuthorizeUrlAsync('', undefined, {})).slice('http://localhost:1'.length), {}, { status: 400, says: /Destination of a signed message/ }],
      ['a request by POST that is deflated', () => POST, { method: 'POST', body: new URLSearchParams({ SAMLRequest: deflateRawSync('<a/>').toString('base64') }) }, { status: 400, says: /cannot be read/ }],
      ['a request by POST that is no form', () => POST, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, { status: 400, says: /not a form/ }],
      ['a choice nobody waits for', () => CONTINUE, { method: 'POST', body: new URLSearchParams({ execution: 'e1s1', person: 'ada' }) }, { status: 400, says: /Stale Request/ }],
    ])('answers %s with its own error', async (_, path, init, expected) => {
      await watch.provoke(await path(), init, expected);
    });

    it('answers a second choice, an old request and an unknown person with its own error', async () => {
      const sp = await trusting();
      const url = await sp.getAuthorizeUrlAsync('', undefined, {});
      const execution = readForm(await (await fetch(url)).text(), 'execution').fields['execution'] ?? '';
      const choosing = (person: string): RequestInit => ({ method: 'POST', body: new URLSearchParams({ execution, person }) });
      await watch.provoke(CONTINUE, choosing('nobody'), { status: 400, says: /no person/ });
      expect((await fetch(base + CONTINUE, choosing('ada'))).status).toBe(200);
      await watch.provoke(CONTINUE, choosing('ada'), { status: 400, says: /Stale Request/ });
      await watch.provoke(url.slice(base.length), {}, { status: 400, says: /answered before/ });
    });
  });

  describe('told to fail', () => {
    let execution = '';
    let url = '';
    checkFaults({
      base: () => base,
      request: (signal) => fetch(`${base}/metadata`, { signal: signal ?? null }),
      match: 'GET /metadata',
      says: { limited: /not able to answer just now/, broken: /Uncaught Exception/ },
      effect: {
        match: 'POST /idp/',
        send: () => fetch(base + CONTINUE, { method: 'POST', body: new URLSearchParams({ execution, person: 'ada' }) }),
        // The request that was answered is stale from then on.
        isThere: async () => {
          if (url !== '') {
            await watch.provoke(url.slice(base.length), {}, { status: 400, says: /answered before/ });
            return true;
          }
          url = await (await trusting()).getAuthorizeUrlAsync('', undefined, {});
          execution = readForm(await (await fetch(url)).text(), 'execution').fields['execution'] ?? '';
          return false;
        },
      },
    });
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});

describe('signing in to the studio', () => {
  let stack: Awaited<ReturnType<typeof startStack>>;
  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), 'ocw-idp-stack-'));
    closing.push(() => removeHome(home));
    stack = await startStack({ home, ephemeralPorts: true, parts: onlyParts('postgres', 'temporal', 's3', 'samlIdp', 'mailgun', 'api') });
    closing.push(() => stack.stop());
  });

  /** Follows a sign-in from the studio to the provider and back. */
  async function signIn(choice: Record<string, string>, returnTo: string): Promise<{ cookie: string; location: string | null }> {
    const { studioUrl } = stack.stack;
    const begun = await fetch(`${studioUrl}/auth/saml/login?returnTo=${encodeURIComponent(returnTo)}`, { redirect: 'manual' });
    expect(begun.status).toBe(302);
    const { action, fields } = await chooseAtProvider(await fetch(begun.headers.get('location') ?? ''), choice);
    expect(action).toBe(`${studioUrl}/auth/saml/acs`);
    const back = await postForm(action, fields, { headers: { origin: stack.stack.samlIdpUrl ?? '', 'sec-fetch-site': 'cross-site' } });
    expect(back.status).toBe(303);
    return { cookie: (back.headers.get('set-cookie') ?? '').split(';')[0] ?? '', location: back.headers.get('location') };
  }

  const whoIs = async (cookie: string) => (await (await fetch(`${stack.stack.studioUrl}/api/v1/me`, { headers: { cookie } })).json()) as { email: string; name: string; roles: string[] };

  it.each(PEOPLE.map((person) => person.name))('lets %s in', async (name) => {
    const { cookie, location } = await signIn({ person: name }, '/sites/a?tab=runs');
    expect(location).toBe('/sites/a?tab=runs');
    expect(await whoIs(cookie)).toMatchObject({ email: `${name}@example.edu`, roles: name === 'ada' ? ['global_admin'] : [] });
  });

  it('lets somebody in whom nobody knows yet', async () => {
    const { cookie } = await signIn({ email: 'new@example.edu', displayName: 'New Person' }, '/');
    expect(await whoIs(cookie)).toMatchObject({ email: 'new@example.edu', name: 'New Person', roles: [] });
  });

  it('lives on another site than the studio, and met nothing unexpected', async () => {
    const { studioUrl, samlIdpUrl } = stack.stack;
    expect([new URL(studioUrl).hostname, new URL(samlIdpUrl ?? '').hostname]).toEqual(['localhost', '127.0.0.1']);
    const entries = await readJournal(samlIdpUrl ?? '');
    expect(entries.length).toBeGreaterThan(PEOPLE.length);
    expect(entries.filter((entry) => entry.unexpected === true)).toEqual([]);
  });
});
