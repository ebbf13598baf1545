import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { beforeEach, describe, expect, test } from 'vitest';
import { createAuthentication } from '#api/auth/authenticate.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let ed: Caller;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  ed = await api.person('ed@example.edu');
});

interface Listed {
  readonly id: string;
  readonly isThis: boolean;
  readonly usedFrom: { readonly userAgent: string | null; readonly ip: string | null };
  readonly actedBy: string | null;
}
const sessionsOf = async (who: Caller): Promise<Listed[]> => ((await api.call('GET /api/v1/sessions', who)).json as { sessions: Listed[] }).sessions;
const isSignedIn = async (who: Caller): Promise<boolean> => (await api.call('GET /api/v1/me', who)).status === 200;

/** The cookie of an answer, as the same browser sends it. */
const withCookie = (who: Caller, headers: Headers): Caller => ({ ...who, headers: { ...who.headers, cookie: /studio_session=[^;]*/.exec(headers.get('set-cookie') ?? '')?.[0] ?? '' } });

describe('one’s sessions', () => {
  test('are listed with where they were used last, and which one asks', async () => {
    await api.db('sessions').update({ last_seen_at: api.db.raw(`now() - interval '5 minutes'`) });
    const other = await api.person('ed@example.edu');
    await api.call('GET /api/v1/me', ed, { headers: { 'user-agent': 'A browser on a desk' } });
    const listed = await sessionsOf(other);
    expect(listed.map((session) => [session.isThis, session.usedFrom.userAgent])).toEqual(expect.arrayContaining([[true, null], [false, 'A browser on a desk']]));
    expect(listed.find((session) => !session.isThis)?.usedFrom.ip).toMatch(/127\.0\.0\.1/);
    expect(listed).toHaveLength(2);
    expect(await sessionsOf(await api.token())).toEqual([]);
  });

  test('that are idle or past their end are not', async () => {
    const other = await api.person('ed@example.edu');
    const [first] = (await sessionsOf(other)).filter((session) => !session.isThis);
    await api.db('sessions').where({ id: first?.id }).update({ last_seen_at: api.db.raw(`now() - interval '1000 hours'`) });
    expect(await sessionsOf(other)).toHaveLength(1);
  });

  test('end one by one, or all but the one that asks', async () => {
    const second = await api.person('ed@example.edu');
    const third = await api.person('ed@example.edu');
    const mine = (await sessionsOf(second)).find((session) => session.isThis)?.id ?? '';
    expect((await api.call('DELETE /api/v1/sessions/:session', ed, { params: { session: mine } })).json).toEqual({ ended: 1 });
    expect([await isSignedIn(ed), await isSignedIn(second), await isSignedIn(third)]).toEqual([true, false, true]);
    expect((await api.call('POST /api/v1/sessions/end-others', ed)).json).toEqual({ ended: 1 });
    expect([await isSignedIn(ed), await isSignedIn(third), await isSignedIn(ada)]).toEqual([true, false, true]);
  });

  test('of somebody else look like none, but to an admin, who may end them', async () => {
    const [adas] = await sessionsOf(ada);
    const refused = await api.call('DELETE /api/v1/sessions/:session', ed, { params: { session: adas?.id ?? '' } });
    expect([refused.status, messageOf(refused)]).toEqual([404, 'You have no such session.']);
    const ended = await api.call('POST /api/v1/people/:person/sessions/end', ada, { params: { person: ed.userId ?? '' } });
    expect(ended.json).toEqual({ ended: 1 });
    expect(await isSignedIn(ed)).toBe(false);
    const entry = await api.db('audit_entries').where({ action: 'session-end', outcome: 'done' }).first<{ target: object }>('target');
    expect(entry.target).toEqual({ person: ed.userId });
  });

  test('ended from elsewhere, an open stream of events stops', async () => {
    const other = await api.person('ed@example.edu');
    const stream = await fetch(`${api.url}/api/v1/events`, { headers: ed.headers });
    const reader = stream.body?.getReader();
    await reader?.read();
    await api.call('POST /api/v1/sessions/end-others', other);
    let isDone = false;
    while (!isDone) isDone = (await reader?.read())?.done ?? true;
    expect(isDone).toBe(true);
  });
});

test('a sign-in begins a session of its own, and ends the one its browser had', async () => {
  const authentication = createAuthentication(api.deps);
  const app = new Koa();
  app.use(async (ctx) => {
    await authentication.begin(ctx, ed.userId ?? '', { provider: 'saml', nameId: null, sessionIndex: null, detail: {} });
    ctx.body = 'signed in';
  });
  const server = app.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const signIn = async (headers: Record<string, string>): Promise<Caller> => withCookie(ed, (await fetch(url, { headers })).headers);
    const first = await signIn({ 'user-agent': 'x'.repeat(400) });
    const second = await signIn({ cookie: first.headers['cookie'] ?? '' });
    expect(second.headers['cookie']).not.toBe(first.headers['cookie']);
    expect([await isSignedIn(first), await isSignedIn(second), await isSignedIn(ed)]).toEqual([false, true, true]);
    expect((await signIn({ 'user-agent': 'x'.repeat(400) })).headers['cookie']).toBeDefined();
    expect((await api.db('sessions').whereNotNull('user_agent').select<{ user_agent: string }[]>('user_agent')).map((row) => row.user_agent.length)).toEqual(expect.arrayContaining([300]));
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

describe('acting as somebody else', () => {
  const begin = (person: string | null, who = ada) => api.call('POST /api/v1/people/:person/impersonation', who, { params: { person: person ?? '' } });

  test('is told by /me and by every line of the audit log, and stopping brings one’s own session back under a new cookie', async () => {
    const began = await begin(ed.userId);
    expect(began.status).toBe(200);
    const asEd = withCookie(ada, began.headers);
    const me = (await api.call('GET /api/v1/me', asEd)).json as { name: string; roles: string[]; actedBy: { name: string; until: string } };
    expect(me).toMatchObject({ name: 'ed', roles: [], actedBy: { name: 'ada' } });
    expect(Date.parse(me.actedBy.until) - Date.now()).toBeLessThanOrEqual(60 * 60_000);
    await api.call('POST /api/v1/runs/:run/retry', asEd, { params: { run: ed.userId ?? '' } });
    const line = await api.db('audit_entries').where({ action: 'run-retry' }).first<{ actor_id: string; impersonator_id: string }>('actor_id', 'impersonator_id');
    expect(line).toEqual({ actor_id: ed.userId, impersonator_id: ada.userId });
    expect((await sessionsOf(ed)).map((session) => session.actedBy).sort()).toEqual(['ada', null]);

    const ended = await api.call('DELETE /api/v1/impersonation', asEd);
    expect(ended.json).toEqual({ isSignedIn: true });
    const back = withCookie(ada, ended.headers);
    expect((await api.call('GET /api/v1/me', back)).json).toMatchObject({ name: 'ada', actedBy: null });
    expect([await isSignedIn(asEd), await isSignedIn(ada)]).toEqual([false, false]);
    const actions = await api.db('audit_entries').orderBy('id').select<{ action: string; outcome: string }[]>('action', 'outcome');
    expect(actions.filter(({ action }) => action.startsWith('impersonation')).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['impersonation-begin done', 'impersonation-end done']);
  });

  test('is never of a global admin, of oneself, or of a closed account, and not from within', async () => {
    const bob = await api.person('bob@example.edu', [{ role: 'global_admin' }]);
    expect((await begin(bob.userId)).status).toBe(403);
    expect((await begin(ada.userId)).status).toBe(409);
    const gone = await api.person('gone@example.edu');
    await api.db('users').where({ id: gone.userId }).update({ is_active: false });
    expect((await begin(gone.userId)).status).toBe(409);
    const asEd = withCookie(ada, (await begin(ed.userId)).headers);
    expect((await begin(gone.userId, asEd)).status).toBe(403);
  });

  test('gives no right to their account, to tokens, or to roles', async () => {
    const siteId = await makeSite(api.db, 'algebra');
    const olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
    const asOlga = withCookie(ada, (await begin(olga.userId)).headers);
    const params = { site: 'algebra' };
    expect((await api.call('GET /api/v1/sites/:site', asOlga, { params })).status).toBe(200);
    const [session] = await sessionsOf(olga);
    const refused = [
      await api.call('POST /api/v1/tokens', asOlga, { body: { name: 'x', scopes: ['read'] } }),
      await api.call('POST /api/v1/grants', asOlga, { body: { email: 'x@example.edu', role: 'editor', site: 'algebra' } }),
      await api.call('POST /api/v1/sites/:site/people', asOlga, { params, body: { email: 'x@example.edu', role: 'editor' } }),
      await api.call('PUT /api/v1/sites/:site/owner', asOlga, { params, body: { email: 'x@example.edu' } }),
      await api.call('DELETE /api/v1/sites/:site/people/:person', asOlga, { params: { ...params, person: olga.userId ?? '' } }),
      await api.call('POST /api/v1/access-requests', asOlga, { body: { site: 'geometry', message: 'Please.' } }),
      await api.call('POST /api/v1/sessions/end-others', asOlga),
      await api.call('DELETE /api/v1/sessions/:session', asOlga, { params: { session: session?.id ?? '' } }),
    ];
    expect(refused.map((answer) => answer.status)).toEqual(refused.map(() => 403));
    expect(refused.slice(6).map(messageOf)[0]).toBe('You act as olga, and their account is theirs. Stop acting as them first.');
  });

  test('ends after its hour, with the admin’s session, with the admin’s role, and when the person becomes an admin', async () => {
    const asEd = withCookie(ada, (await begin(ed.userId)).headers);
    expect(await isSignedIn(asEd)).toBe(true);
    await api.db('role_grants').where({ user_id: ada.userId }).delete();
    expect(await isSignedIn(asEd)).toBe(false);
    await api.person('ada@example.edu', [{ role: 'global_admin' }]);
    expect(await isSignedIn(asEd)).toBe(true);
    await api.person('ed@example.edu', [{ role: 'global_admin' }]);
    expect(await isSignedIn(asEd)).toBe(false);
    await api.db('role_grants').where({ user_id: ed.userId }).delete();
    await api.db('sessions').whereNotNull('parent_id').update({ expires_at: api.db.raw(`now() - interval '1 second'`) });
    expect(await isSignedIn(asEd)).toBe(false);
    const again = withCookie(ada, (await begin(ed.userId)).headers);
    await api.db('sessions').where({ user_id: ada.userId }).delete();
    expect(await isSignedIn(again)).toBe(false);
  });

  test('signing out ends both', async () => {
    const asEd = withCookie(ada, (await begin(ed.userId)).headers);
    expect((await api.call('DELETE /api/v1/session', asEd)).status).toBe(200);
    expect(await api.db('sessions').where({ user_id: ada.userId })).toEqual([]);
    expect(await isSignedIn(ed)).toBe(true);
  });
});

test('nobody who acts as nobody can stop it', async () => {
  expect(codeOf(await api.call('DELETE /api/v1/impersonation', ed))).toBe('conflict');
});
