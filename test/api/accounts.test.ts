import { beforeEach, describe, expect, test } from 'vitest';
import { insertAccessRequest } from '#db/queries/accessRequests.ts';
import { insertReview, changeReview } from '#db/queries/reviews.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { waitingKindNames } from '#domain/waiting.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let ed: Caller;
let siteId: string;
beforeEach(async () => {
  await api.clear();
  siteId = await makeSite(api.db, 'algebra', { title: 'Linear Algebra' });
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  ed = await api.person('ed@example.edu', [{ role: 'owner', siteId }]);
});

const of = (who: Caller) => ({ params: { person: who.userId ?? '' } });
const close = (who: Caller, by = ada): Promise<Answer> => api.call('POST /api/v1/people/:person/close', by, of(who));
const isSignedIn = async (who: Caller): Promise<boolean> => (await api.call('GET /api/v1/me', who)).status === 200;

describe('the list of people', () => {
  test('finds by name, address, role and state', async () => {
    await api.db('users').where({ id: ed.userId }).update({ name: 'Edwin 100%', last_sign_in_at: api.db.fn.now() });
    const namesFor = async (query: Record<string, string>): Promise<string[]> => ((await api.call('GET /api/v1/people', ada, { query })).json as { people: { name: string }[] }).people.map((person) => person.name);
    expect(await namesFor({})).toEqual(['ada', 'Edwin 100%']);
    expect(await namesFor({ search: 'EDWIN' })).toEqual(['Edwin 100%']);
    expect(await namesFor({ search: 'ada@' })).toEqual(['ada']);
    expect(await namesFor({ search: '0%' })).toEqual(['Edwin 100%']);
    expect(await namesFor({ search: '_' })).toEqual([]);
    expect(await namesFor({ role: 'global_admin' })).toEqual(['ada']);
    expect(await namesFor({ role: 'owner' })).toEqual(['Edwin 100%']);
    expect(await namesFor({ state: 'closed' })).toEqual([]);
    const whole = (await api.call('GET /api/v1/people', ada, { query: { limit: 1, offset: 1 } })).json;
    expect(whole).toMatchObject({ total: 2, people: [{ name: 'Edwin 100%', email: 'ed@example.edu', roles: [], siteCount: 1, state: 'active' }] });
  });

  test('has a page for each, with their sites', async () => {
    expect((await api.call('GET /api/v1/people/:person', ada, of(ed))).json).toMatchObject({ name: 'ed', state: 'invited', sites: [{ name: 'algebra', title: 'Linear Algebra', role: 'owner' }], can: { close: true, open: false, impersonate: true } });
    expect((await api.call('GET /api/v1/people/:person', ada, of(ada))).json).toMatchObject({ can: { close: false, open: false, impersonate: false } });
  });
});

describe('closing an account', () => {
  test('ends sessions, those in which the person acts as others, and tokens they made', async () => {
    const bob = await api.person('bob@example.edu', [{ role: 'global_admin' }]);
    const { secret } = (await api.call('POST /api/v1/tokens', bob, { body: { name: 'bobs', scopes: ['read'] } })).json as { secret: string };
    const kept = (await api.call('POST /api/v1/tokens', ada, { body: { name: 'adas', scopes: ['read'] } })).json as { secret: string };
    await api.call('POST /api/v1/people/:person/impersonation', bob, of(ed));
    const closed = await close(bob);
    expect(closed.json).toMatchObject({ sessionsEnded: 2, tokensRevoked: 1, person: { state: 'closed', can: { close: false, open: true, impersonate: false } } });
    expect(await isSignedIn(bob)).toBe(false);
    expect(await api.db('sessions').whereNotNull('impersonator_id')).toEqual([]);
    const statusOf = async (token: string): Promise<number> => (await api.send('GET', '/api/v1/sites', { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await statusOf(secret), await statusOf(kept.secret)]).toEqual([401, 200]);
    const entry = await api.db('audit_entries').where({ action: 'person-close' }).first<{ target: object; detail: object; outcome: string }>('target', 'detail', 'outcome');
    expect(entry).toEqual({ target: { person: bob.userId }, detail: { sessionsEnded: 2, tokensRevoked: 1 }, outcome: 'done' });
  });

  test('never shuts out the last global admin or oneself, and two do not close each other', async () => {
    expect(messageOf(await close(ada))).toBe('Your own account is closed by another global admin, so that nobody shuts themselves out.');
    expect(messageOf(await close(ada, await api.token()))).toBe('This is the last global admin whose account is open. Give the role to somebody else first.');
    expect(await isSignedIn(ada)).toBe(true);
    const bob = await api.person('bob@example.edu', [{ role: 'global_admin' }]);
    await Promise.all([close(bob, ada), close(ada, bob)]);
    expect(await api.db('users').join('role_grants', 'role_grants.user_id', 'users.id').where({ role: 'global_admin', is_active: true })).toHaveLength(1);
  });

  test('keeps roles, and opening it again brings them back; sessions do not come back', async () => {
    await close(ed);
    const opened = await api.call('POST /api/v1/people/:person/open', ada, of(ed));
    expect(opened.json).toMatchObject({ state: 'invited', sites: [{ name: 'algebra', role: 'owner' }] });
    expect(await isSignedIn(ed)).toBe(false);
    expect(await isSignedIn(await api.person('ed@example.edu'))).toBe(true);
  });
});

describe('what waits on a person', () => {
  interface Line {
    readonly kind: string;
    readonly site: { readonly name: string } | null;
    readonly runId: string | null;
    readonly what: string | null;
    readonly others: number | null;
  }
  const waitingOn = async (who: Caller): Promise<Line[]> => ((await api.call('GET /api/v1/people/:person', ada, of(who))).json as { waiting: { list: Line[] } }).waiting.list;

  async function review(more: { askedBy?: string | null; approvalAskedBy?: string | null; scheduledBy?: string | null; state?: 'running' | 'cancelled' }): Promise<string> {
    const runId = await makeRun(api.db, { siteId, version: 'live', process: 'review-publish', workflowId: `review-publish/algebra/live/${Math.random()}`, ...(more.state === undefined ? {} : { state: more.state }) });
    await insertReview(api.db, { runId, siteId, version: 'live', askedBy: more.askedBy ?? null });
    if (more.approvalAskedBy !== undefined) await changeReview(api.db, runId, { approvalAskedBy: more.approvalAskedBy });
    if (more.scheduledBy !== undefined) await changeReview(api.db, runId, { scheduled: { at: new Date(Date.now() + 60_000), by: more.scheduledBy } });
    return runId;
  }

  test('is one list of every kind, with who else may take it on', async () => {
    const stan = await api.person('stan@example.edu');
    const other = await makeSite(api.db, 'topology');
    await api.person('sam@example.edu', [{ role: 'admin', siteId }]);
    const asked = await review({ askedBy: ed.userId });
    const toDecide = await review({ askedBy: stan.userId, approvalAskedBy: stan.userId });
    const scheduled = await review({ scheduledBy: ed.userId });
    const request = await insertRunRequest(api.db, { process: 'import-site', requestedBy: ed.userId });
    await insertAccessRequest(api.db, { userId: ed.userId ?? '', siteId: other, siteName: 'topology', message: 'Please.' });
    await insertAccessRequest(api.db, { userId: stan.userId ?? '', siteId, siteName: 'algebra', message: 'Please.' });
    const waiting = await waitingOn(ed);
    expect(waiting.map(({ kind, site, runId, what, others }) => [kind, site?.name ?? null, runId, what, others])).toEqual([
      ['site-owned', 'algebra', null, null, 1],
      ['review-asked', 'algebra', asked, 'Review', 1],
      ['review-to-decide', 'algebra', toDecide, 'Review', 1],
      ['publish-scheduled', 'algebra', scheduled, 'Review', 1],
      ['run-asked', null, null, 'Import', null],
      ['access-asked', 'topology', null, null, 0],
      ['access-to-decide', 'algebra', null, null, 1],
    ]);
    expect(new Set(waiting.map(({ kind }) => kind))).toEqual(new Set(waitingKindNames));
    await api.db('run_requests').where({ id: request.id }).delete();
    expect((await waitingOn(ed)).map(({ kind }) => kind)).not.toContain('run-asked');
  });

  test('has nothing of what has ended or was decided', async () => {
    await review({ askedBy: ed.userId, scheduledBy: ed.userId, approvalAskedBy: null, state: 'cancelled' });
    const approved = await review({ approvalAskedBy: null });
    await changeReview(api.db, approved, { approvedBy: null });
    expect((await waitingOn(ed)).map(({ kind }) => kind)).toEqual(['site-owned']);
  });

  test('is handed over: all sites at once, to a person who can sign in', async () => {
    const second = await makeSite(api.db, 'topology');
    await api.person('ed@example.edu', [{ role: 'owner', siteId: second }]);
    await close(ed);
    const handOver = (email: string): Promise<Answer> => api.call('POST /api/v1/people/:person/hand-over', ada, { ...of(ed), body: { email } });
    expect(messageOf(await handOver('ed@example.edu'))).toBe('That is the same person. Name somebody else.');
    expect((await handOver('heir@example.edu')).json).toMatchObject({ sites: ['algebra', 'topology'], person: { waiting: { total: 0 }, sites: [{ role: 'admin' }, { role: 'admin' }] } });
    // Told that the sites are somebody else's, too, should the account be opened again before the mails are sent.
    expect(await api.db('mails').orderBy('kind').select<{ kind: string }[]>('kind')).toEqual([{ kind: 'invited' }, { kind: 'invited' }, { kind: 'owner-changed' }, { kind: 'owner-changed' }]);
    expect((await handOver('heir@example.edu')).json).toMatchObject({ sites: [] });
  });
});

test('one’s own account lists one’s sites', async () => {
  expect((await api.call('GET /api/v1/account', ed)).json).toEqual({ sites: [{ name: 'algebra', title: 'Linear Algebra', role: 'owner' }], requests: [], can: { change: true, manageTokens: false } });
  expect((await api.call('GET /api/v1/account', ada)).json).toMatchObject({ can: { change: true, manageTokens: true } });
});
