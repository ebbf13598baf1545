import { beforeEach, describe, expect, test } from 'vitest';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let olga: Caller;
let sam: Caller;
let ed: Caller;
let stan: Caller;
let siteId: string;
beforeEach(async () => {
  await api.clear();
  siteId = await makeSite(api.db, 'algebra', { title: 'Linear Algebra' });
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  sam = await api.person('sam@example.edu', [{ role: 'admin', siteId }]);
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
  stan = await api.person('stan@example.edu');
});

const params = { site: 'algebra' };
interface Listed {
  readonly people: readonly { readonly id: string; readonly name: string; readonly email: string | null; readonly role: string; readonly state: string }[];
  readonly requests: readonly { readonly id: string; readonly person: { readonly email: string }; readonly message: string }[];
  readonly can: Record<string, boolean>;
}
const listFor = async (who: Caller): Promise<Listed> => (await api.call('GET /api/v1/sites/:site/people', who, { params })).json as Listed;
const invite = (email: string, role: string, who = olga): Promise<Answer> => api.call('POST /api/v1/sites/:site/people', who, { params, body: { email, role } });
const change = (person: string | null, role: string, who = olga): Promise<Answer> => api.call('PATCH /api/v1/sites/:site/people/:person', who, { params: { ...params, person: person ?? '' }, body: { role } });
const remove = (person: string | null, who = olga): Promise<Answer> => api.call('DELETE /api/v1/sites/:site/people/:person', who, { params: { ...params, person: person ?? '' } });
const makeOwner = (email: string, who = olga): Promise<Answer> => api.call('PUT /api/v1/sites/:site/owner', who, { params, body: { email } });
const rolesNow = async (): Promise<Record<string, string>> => Object.fromEntries((await listFor(ada)).people.map((person) => [person.name, person.role]));
const mails = async (): Promise<{ kind: string; to: string; data: Record<string, string> }[]> => api.db('mails').join('users', 'users.id', 'mails.user_id').orderBy('mails.id').select('kind', 'users.email as to', 'data');

describe('who works on a site', () => {
  test('is known to all of them, addresses to those who may invite', async () => {
    const seen = await listFor(ed);
    expect(seen.people.map((person) => [person.name, person.role, person.email])).toEqual([['olga', 'owner', null], ['sam', 'admin', null], ['ed', 'editor', null]]);
    expect(seen.can).toEqual({ manage: false, changeOwner: false, leave: true });
    expect((await listFor(sam)).people.map((person) => person.email)).toEqual(['olga@example.edu', 'sam@example.edu', 'ed@example.edu']);
    expect([(await listFor(sam)).can, (await listFor(olga)).can, (await listFor(ada)).can]).toEqual([{ manage: true, changeOwner: false, leave: true }, { manage: true, changeOwner: true, leave: true }, { manage: true, changeOwner: true, leave: false }]);
  });

  test('is invited by address before a first sign-in, and mailed once', async () => {
    const invited = await invite('new@example.edu', 'editor');
    expect(invited.json).toMatchObject({ name: 'new', email: 'new@example.edu', role: 'editor', state: 'invited' });
    expect(await mails()).toMatchObject([{ kind: 'invited', to: 'new@example.edu', data: { siteName: 'algebra', siteTitle: 'Linear Algebra', role: 'editor', by: 'olga' } }]);
    const again = await invite('NEW@example.edu', 'admin');
    expect([again.status, messageOf(again)]).toEqual([409, 'new@example.edu has a role on this site already. Change it in the list.']);
    expect(await mails()).toHaveLength(1);
    expect(codeOf(await invite('other@example.edu', 'owner'))).toBe('validation');
    const entry = await api.db('audit_entries').where({ action: 'role-give', outcome: 'done' }).first<{ site_name: string; detail: object }>('site_name', 'detail');
    expect(entry).toEqual({ site_name: 'algebra', detail: { email: 'new@example.edu', role: 'editor' } });
  });

  test('whose account is closed is not invited', async () => {
    await api.db('users').where({ id: stan.userId }).update({ is_active: false });
    expect(messageOf(await invite('stan@example.edu', 'editor'))).toBe('The account of stan@example.edu is closed. A global admin can open it again.');
  });

  test('changes roles and goes, and what is in the way is said', async () => {
    expect((await change(ed.userId, 'admin', sam)).json).toMatchObject({ role: 'admin' });
    expect(messageOf(await change(olga.userId, 'editor', sam))).toBe('The owner keeps the site until somebody else is made its owner.');
    expect((await change(stan.userId, 'editor')).status).toBe(404);
    expect(messageOf(await remove(olga.userId, sam))).toBe('The owner stays until somebody else is made the owner.');
    expect(messageOf(await remove(olga.userId))).toBe('You own this site. Make somebody else its owner first, then leave.');
    expect((await remove(ed.userId, sam)).json).toEqual({ removed: true });
    expect((await api.call('GET /api/v1/sites/:site', ed, { params })).status).toBe(403);
  });

  test('may leave, but for the last who answers for the site', async () => {
    expect((await remove(sam.userId, ed)).status).toBe(403);
    expect((await remove(ed.userId, ed)).json).toEqual({ removed: true });
    await api.db('role_grants').where({ user_id: olga.userId }).delete();
    expect(messageOf(await remove(sam.userId, sam))).toBe('Nobody else answers for this site. Make somebody its owner or an admin first.');
    expect(messageOf(await remove(sam.userId, ada))).toBe('Nobody else answers for this site. Make somebody its owner or an admin first.');
  });

  test('two admins who leave at once do not leave the site alone', async () => {
    await api.db('role_grants').where({ user_id: olga.userId }).delete();
    await change(ed.userId, 'admin', ada);
    const answers = await Promise.all([remove(sam.userId, sam), remove(ed.userId, ed)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect(Object.values(await rolesNow())).toEqual(['admin']);
  });
});

describe('the owner', () => {
  test('hands the site to somebody else and becomes an admin', async () => {
    expect((await makeOwner('ed@example.edu', sam)).status).toBe(403);
    expect((await makeOwner('ed@example.edu')).json).toMatchObject({ name: 'ed', role: 'owner' });
    expect(await rolesNow()).toEqual({ ed: 'owner', olga: 'admin', sam: 'admin' });
    expect(await api.db('sites').where({ id: siteId }).first<{ owner_id: string }>('owner_id')).toEqual({ owner_id: ed.userId });
    expect(messageOf(await makeOwner('ed@example.edu', ada))).toBe('ed@example.edu owns the site already.');
  });

  test('is told when a global admin does it', async () => {
    await makeOwner('heir@example.edu', ada);
    expect(await rolesNow()).toEqual({ heir: 'owner', olga: 'admin', sam: 'admin', ed: 'editor' });
    expect((await mails()).map(({ kind, to }) => `${kind} ${to}`)).toEqual(['invited heir@example.edu', 'owner-changed olga@example.edu']);
  });

  test('is one, when two are made at once', async () => {
    const answers = await Promise.all([makeOwner('ed@example.edu', ada), makeOwner('sam@example.edu', ada)]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(Object.values(await rolesNow()).filter((role) => role === 'owner')).toHaveLength(1);
  });
});

describe('asking for access', () => {
  const ask = (site: string, who = stan): Promise<Answer> => api.call('POST /api/v1/access-requests', who, { body: { site, message: 'I teach it.' } });
  const decide = (request: string, what: 'approve' | 'refuse', body: object, who = sam): Promise<Answer> => api.call(`POST /api/v1/access-requests/:request/${what}`, who, { params: { request }, body });
  const mine = async (): Promise<object[]> => ((await api.call('GET /api/v1/account', stan)).json as { requests: object[] }).requests;

  test('is told to those who answer for the site, once however often it is asked', async () => {
    expect((await ask('algebra')).status).toBe(202);
    expect((await ask('algebra')).status).toBe(202);
    expect((await mails()).map(({ kind, to }) => `${kind} ${to}`).sort()).toEqual(['access-asked olga@example.edu', 'access-asked sam@example.edu']);
    expect((await listFor(sam)).requests).toMatchObject([{ person: { email: 'stan@example.edu' }, message: 'I teach it.' }]);
    expect((await listFor(ed)).requests).toEqual([]);
    expect(await mine()).toMatchObject([{ site: 'algebra', state: 'open' }]);
  });

  test('is told to global admins when nobody answers for the site', async () => {
    await makeSite(api.db, 'alone');
    await ask('alone');
    expect((await mails()).map(({ to }) => to)).toEqual(['ada@example.edu']);
  });

  test('for what does not exist looks the same, now and later', async () => {
    const seen = async (site: string): Promise<string> => {
      const answers = [await ask(site), await ask(site)];
      return JSON.stringify([answers.map((answer) => [answer.status, answer.json]), (await mine())[0]]).replaceAll(site, 'NAME').replace(/"askedAt":"[^"]*"/, '');
    };
    expect(await seen('algebra')).toBe(await seen('nowhere'));
    await makeSite(api.db, 'nowhere');
    expect(await api.db('access_requests').where({ site_name: 'nowhere' }).whereNotNull('site_id')).toEqual([]);
  });

  test('of a site that is open already, or of too many names, is refused', async () => {
    expect(messageOf(await ask('algebra', ed))).toBe('This site is open to you already.');
    for (let number = 0; number < 20; number += 1) expect((await ask(`guess-${number}`)).status).toBe(202);
    expect([codeOf(await ask('algebra')), codeOf(await ask('guess-20'))]).toEqual(['tooManyRequests', 'tooManyRequests']);
  });

  test('is granted by one for all, and who asked is told', async () => {
    await ask('algebra');
    const [request] = (await listFor(sam)).requests;
    const answers = await Promise.all([decide(request?.id ?? '', 'approve', { role: 'editor' }), decide(request?.id ?? '', 'refuse', {}, olga)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect((await mails()).filter(({ kind }) => kind === 'access-decided')).toHaveLength(1);
  });

  test('granted, opens the site', async () => {
    await ask('algebra');
    const [request] = (await listFor(sam)).requests;
    expect((await decide(request?.id ?? '', 'approve', { role: 'editor' })).json).toEqual({ state: 'approved' });
    expect((await api.call('GET /api/v1/sites/:site', stan, { params })).status).toBe(200);
    const entry = await api.db('audit_entries').where({ action: 'access-decide' }).first<{ detail: object }>('detail');
    expect(entry.detail).toMatchObject({ site: 'algebra', person: stan.userId, state: 'approved', role: 'editor' });
  });

  test('declined, says why, and rests for a day', async () => {
    await ask('algebra');
    const [request] = (await listFor(sam)).requests;
    await decide(request?.id ?? '', 'refuse', { answer: 'Not this term.' });
    expect(await mine()).toMatchObject([{ site: 'algebra', state: 'refused', answer: 'Not this term.' }]);
    expect((await mails()).find(({ kind }) => kind === 'access-decided')).toMatchObject({ to: 'stan@example.edu', data: { state: 'refused', answer: 'Not this term.' } });
    expect(codeOf(await ask('algebra'))).toBe('tooManyRequests');
    await api.db('access_requests').update({ decided_at: api.db.raw(`now() - interval '25 hours'`) });
    expect((await ask('algebra')).status).toBe(202);
    expect((await listFor(sam)).requests).toHaveLength(1);
  });

  test('makes nobody’s role smaller', async () => {
    await ask('algebra');
    const [request] = (await listFor(sam)).requests;
    await api.person('stan@example.edu', [{ role: 'admin', siteId }]);
    await decide(request?.id ?? '', 'approve', { role: 'editor' });
    expect((await rolesNow())['stan']).toBe('admin');
  });
});
