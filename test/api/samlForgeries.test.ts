import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { insertSamlRequest } from '#db/queries/samlRequests.ts';
import { createIdentityProvider, requestIdOf, type ResponseOptions } from './support/identityProvider.ts';
import { newKeys, spKeys } from './support/keys.ts';
import { type Attempt, encode, forgeries, signParts, type Workshop } from './support/samlForgeries.ts';
import { type Answer, startApi, useApi } from './support/testApi.ts';

let idp: Awaited<ReturnType<typeof createIdentityProvider>>;
let workshop: Workshop;
let folder: string;
const metadata = (): string => join(folder, 'idp.xml');
beforeAll(async () => {
  idp = await createIdentityProvider('http://idp.localhost');
  folder = mkdtempSync(join(tmpdir(), 'ocw-forgeries-'));
  writeFileSync(metadata(), idp.metadata);
  const respond = async (given: Partial<ResponseOptions> = {}): Promise<string> => idp.respond(api.url, { inResponseTo: given.inResponseTo ?? (await begin()), ...given });
  workshop = {
    idp,
    eve: await newKeys('eve'),
    spCertificate: (await spKeys()).certificate,
    get acs() {
      return `${api.url}/auth/saml/acs`;
    },
    begin,
    respond,
    signedAfter: async (change, element = 'both', keys = idp.keys) => signParts(change(await respond({ signResponse: false, signAssertion: false })), element, keys),
    async used() {
      const xml = await respond();
      expect((await post({ xml })).headers.get('location')).toBe('/');
      await forget();
      return xml;
    },
    async logoutRequestId() {
      const id = `_${uuidv7()}`;
      await insertSamlRequest(api.db, id, new Date().toISOString(), 'sign-out');
      return id;
    },
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const api = useApi({ env: () => ({ SAML_IDP_METADATA: metadata() }) });

async function forget(): Promise<void> {
  await api.db('sessions').delete();
  await api.db('users').delete();
}
beforeEach(forget);

async function begin(): Promise<string> {
  return requestIdOf((await api.send('GET', '/auth/saml/login')).headers.get('location') ?? '');
}

function post(attempt: Attempt): Promise<Answer> {
  const body = attempt.body ?? new URLSearchParams({ SAMLResponse: encode(attempt.xml ?? '') }).toString();
  const contentType = attempt.contentType === undefined ? 'application/x-www-form-urlencoded' : attempt.contentType;
  return api.send('POST', attempt.path ?? '/auth/saml/acs', { body, headers: { ...(contentType === null ? {} : { 'content-type': contentType }), origin: 'http://idp.localhost', 'sec-fetch-site': 'cross-site', ...attempt.headers } });
}

const count = async (table: string): Promise<number> => Number((await api.db(table).count<{ count: string }[]>('*'))[0]?.count);
const refusals = (): Promise<{ action: string; outcome: string; code: string; detail: { by: string; why: string } }[]> => api.db('audit_entries').where({ action: 'sign-in-refuse' }).orderBy('id').select('action', 'outcome', 'code', 'detail');

test('the forger’s own response, as it is, lets them in', async () => {
  expect((await post({ xml: await workshop.respond() })).headers.get('location')).toBe('/');
  expect((await post({ xml: await workshop.signedAfter((xml) => xml) })).headers.get('location')).toBe('/');
  expect((await post({ xml: await workshop.signedAfter((xml) => xml, 'Assertion') })).headers.get('location')).toBe('/');
  expect((await post({ xml: await workshop.signedAfter((xml) => xml, 'Response') })).headers.get('location')).toBe('/');
});

test('there are at least a hundred forgeries, each another one', () => {
  expect(forgeries.length).toBeGreaterThanOrEqual(100);
  expect(new Set(forgeries.map((forgery) => forgery.name)).size).toBe(forgeries.length);
});

test.each(forgeries)('refused: $name', async ({ make, reason = 'refused' }) => {
  const attempt = await make(workshop);
  const before = { refusals: (await refusals()).length, logged: api.logged.length };
  const answer = await post(attempt);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sign-in?error=${reason}`]);
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect([await count('sessions'), await count('users')]).toEqual([0, 0]);
  const written = await refusals();
  expect(written).toHaveLength(before.refusals + 1);
  expect(written.at(-1)).toMatchObject({ outcome: 'refused', code: reason, detail: { by: 'saml', why: expect.stringMatching(/./) as string } });
  expect(api.logged.slice(before.logged).filter((line) => line.msg === 'Sign-in refused')).toHaveLength(1);
  expect(api.logged.slice(before.logged).filter((line) => line.level >= 50)).toEqual([]);
});

test('two processes of the API share what was used: one of them lets in, once', async () => {
  const other = await startApi({ SAML_IDP_METADATA: metadata(), STUDIO_BASE_URL: api.url }, { db: api.db, url: api.databaseUrl, clear: () => api.clear() });
  try {
    const body = new URLSearchParams({ SAMLResponse: encode(await workshop.respond()) }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' };
    const answers = await Promise.all([api, other, api, other, other, api].map((one) => one.send('POST', '/auth/saml/acs', { body, headers })));
    expect(answers.map((answer) => answer.headers.get('location')).sort()).toEqual(['/', ...Array.from({ length: 5 }, () => '/sign-in?error=refused')]);
    expect(await count('sessions')).toBe(1);
    // Were the request open again, the assertion is known to both.
    await api.db('saml_requests').update({ consumed_at: null });
    for (const one of [api, other]) expect((await one.send('POST', '/auth/saml/acs', { body, headers })).headers.get('location')).toBe('/sign-in?error=refused');
    expect(await count('sessions')).toBe(1);
  } finally {
    await other.stop();
  }
});

test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s is no way to answer', async (method) => {
  const answer = await api.send(method, `/auth/saml/acs${method === 'GET' ? `?${new URLSearchParams({ SAMLResponse: encode(await workshop.respond()) }).toString()}` : ''}`);
  expect([404, 405, 403]).toContain(answer.status);
  expect(await count('sessions')).toBe(0);
});
