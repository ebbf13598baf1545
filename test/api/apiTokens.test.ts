import { beforeEach, describe, expect, test } from 'vitest';
import { hashToken } from '#api/auth/tokens.ts';
import { contracts, type RouteKey } from '#api/contracts/index.ts';
import { upsertApiToken } from '#db/queries/apiTokens.ts';
import { tokenScopeNames } from '#domain/tokenScopes.ts';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  await makeSite(api.db, 'algebra');
  await makeSite(api.db, 'topology');
});

const make = (body: Record<string, unknown>, who = ada): Promise<Answer> => api.call('POST /api/v1/tokens', who, { body });
async function tokenWith(scopes: readonly string[], sites?: readonly string[]): Promise<Caller> {
  const { secret } = (await make({ name: scopes.join() + (sites ?? []).join(), scopes, ...(sites === undefined ? {} : { sites }) })).json as { secret: string };
  return { userId: null, headers: { authorization: `Bearer ${secret}` } };
}
const status = async (who: Caller, key: RouteKey, options: Parameters<typeof api.call>[2] = {}): Promise<number> => (await api.call(key, who, options)).status;
const publish = (site: string) => ({ params: { site }, body: { version: 'live' } });

describe('a token of a machine', () => {
  test('is shown once, kept as a hash, and known by its beginning', async () => {
    const made = (await make({ name: 'reports', scopes: ['read'] })).json as { id: string; secret: string; prefix: string; expiresAt: string };
    expect(made.secret).toMatch(/^ocws_[\w-]{43}$/);
    expect(made.secret.startsWith(made.prefix)).toBe(true);
    expect(Math.round((Date.parse(made.expiresAt) - Date.now()) / 86_400_000)).toBe(90);
    const rows = await api.db('api_tokens').select<{ token_hash: string }[]>();
    expect(rows.map((row) => row.token_hash)).toEqual([hashToken(made.secret)]);
    expect(JSON.stringify([rows, await api.db('audit_entries'), api.logged])).not.toContain(made.secret.slice(made.prefix.length));
    const listed = (await api.call('GET /api/v1/tokens', ada)).json as { tokens: { name: string; state: string; madeBy: { name: string } }[] };
    expect(listed.tokens).toMatchObject([{ name: 'reports', state: 'works', madeBy: { name: 'ada' }, lastUsedAt: null }]);
    expect(JSON.stringify(listed)).not.toContain(made.secret);
    const entry = await api.db('audit_entries').where({ action: 'token-make' }).first<{ detail: object }>('detail');
    expect(entry.detail).toMatchObject({ name: 'reports', scopes: ['read'], sites: null, days: 90 });
  });

  test('works until it expires or is revoked, and says when it was used', async () => {
    const reader = await tokenWith(['read']);
    expect(await status(reader, 'GET /api/v1/sites')).toBe(200);
    const [listed] = ((await api.call('GET /api/v1/tokens', ada)).json as { tokens: { id: string; lastUsedAt: string | null }[] }).tokens;
    expect(Date.now() - Date.parse(listed?.lastUsedAt ?? '')).toBeLessThan(60_000);
    await api.db('api_tokens').update({ expires_at: api.db.raw(`now() - interval '1 second'`) });
    expect(await status(reader, 'GET /api/v1/sites')).toBe(401);
    await api.db('api_tokens').update({ expires_at: api.db.raw(`now() + interval '1 hour'`) });
    expect(await status(reader, 'GET /api/v1/sites')).toBe(200);
    expect((await api.call('DELETE /api/v1/tokens/:token', ada, { params: { token: listed?.id ?? '' } })).json).toEqual({ name: 'read' });
    expect(await status(reader, 'GET /api/v1/sites')).toBe(401);
    expect(messageOf(await make({ name: 'read', scopes: ['read'] }))).toContain('There is, or was, a token named ‘read’.');
  });

  test.each([
    [{ name: 'x', scopes: [] }, 'validation'],
    [{ name: 'x', scopes: ['everything'] }, 'validation'],
    [{ name: '  ', scopes: ['read'] }, 'validation'],
    [{ name: 'x', scopes: ['read'], days: 366 }, 'validation'],
    [{ name: 'x', scopes: ['read'], days: 0 }, 'validation'],
    [{ name: 'x', scopes: ['read'], sites: [] }, 'validation'],
    [{ name: 'x', scopes: ['build'], sites: ['algebra'] }, 'validation'],
    [{ name: 'x', scopes: ['read'], sites: ['nowhere'] }, 'notFound'],
  ])('%j is refused', async (body, code) => {
    expect(codeOf(await make(body))).toBe(code);
    expect(await api.db('api_tokens')).toEqual([]);
  });

  test('may what its scopes say and nothing beyond', async () => {
    const allowed: Record<string, string[]> = {};
    for (const scope of tokenScopeNames) {
      const who = await tokenWith([scope]);
      const tries: Record<string, number> = {
        read: await status(who, 'GET /api/v1/sites/:site', { params: { site: 'algebra' } }),
        write: await status(who, 'POST /api/v1/sites/:site/items', { params: { site: 'algebra' }, body: { type: 'page', title: 'A page' } }),
        publish: await status(who, 'POST /api/v1/sites/:site/publishes', publish('algebra')),
        import: await status(who, 'POST /api/v1/imports', { query: { starter: 'course', folder: 'repo', gitUrl: 'https://git.localhost/a.git' } }),
        build: (await api.send('GET', '/api/websites/algebra/hide_download/', { headers: who.headers })).status,
        admin: await status(who, 'GET /api/v1/people'),
      };
      allowed[scope] = Object.entries(tries).filter(([, answer]) => answer !== 403).map(([name]) => name);
    }
    expect(allowed).toEqual({ read: ['read'], write: ['read', 'write'], publish: ['read', 'publish'], import: ['read', 'import'], build: ['build'], admin: ['read', 'write', 'publish', 'import', 'build', 'admin'] });
  });

  test('does what a builder does only with that scope', async () => {
    const report = { version: 'live', status: 'succeeded' };
    const send = async (who: Caller): Promise<number> => (await api.send('POST', '/api/websites/algebra/pipeline_status/', { headers: who.headers, body: report })).status;
    expect([await send(await tokenWith(['build'])), await send(await tokenWith(['admin'])), await send(await tokenWith(['read', 'publish'])), await send(await api.token())]).toEqual([200, 200, 403, 200]);
  });

  test('for some sites opens these and nothing of the whole studio', async () => {
    for (const scopes of [['publish'], ['admin']]) {
      const who = await tokenWith(scopes, ['algebra']);
      expect(await status(who, 'POST /api/v1/sites/:site/publishes', publish('algebra'))).toBe(202);
      expect(await status(who, 'POST /api/v1/sites/:site/publishes', publish('topology'))).toBe(403);
      const [there, nowhere] = [await api.call('GET /api/v1/sites/:site', who, { params: { site: 'topology' } }), await api.call('GET /api/v1/sites/:site', who, { params: { site: 'nowhere' } })];
      expect(there.json).toEqual(nowhere.json);
      expect(((await api.call('GET /api/v1/sites', who)).json as { sites: { name: string }[] }).sites.map((site) => site.name)).toEqual(['algebra']);
      for (const key of ['GET /api/v1/people', 'POST /api/v1/starters/sync', 'GET /api/v1/mass-publishes', 'GET /api/v1/tokens'] as const) expect([key, await status(who, key)]).toEqual([key, 403]);
    }
    await api.db('sites').where({ name: 'algebra' }).delete();
    const [row] = await api.db('api_tokens').where({ name: 'adminalgebra' }).select<{ id: string }[]>('id');
    expect(row).toBeDefined();
    const listed = ((await api.call('GET /api/v1/tokens', ada)).json as { tokens: { sites: string[] | null }[] }).tokens;
    expect(listed.map((token) => token.sites)).toEqual([[], []]);
  });

  test('without the site it was for opens none', async () => {
    const who = await tokenWith(['admin'], ['algebra']);
    await api.db('sites').where({ name: 'algebra' }).delete();
    expect((await api.call('GET /api/v1/sites', who)).json).toMatchObject({ total: 0 });
    expect(await status(who, 'GET /api/v1/people')).toBe(403);
  });

  test('neither makes tokens nor acts for people, whatever its scopes', async () => {
    const who = await tokenWith(['admin']);
    const ed = await api.person('ed@example.edu');
    expect(messageOf(await make({ name: 'child', scopes: ['read'] }, who))).toBe('A token that was made in the studio neither sees nor makes tokens.');
    expect(await status(who, 'POST /api/v1/people/:person/impersonation', { params: { person: ed.userId ?? '' } })).toBe(403);
    expect(await status(who, 'POST /api/v1/access-requests', { body: { site: 'algebra', message: 'Please.' } })).toBe(403);
    // The token of the configuration belongs to whoever runs the installation, and makes them for the command line.
    expect((await make({ name: 'from the command line', scopes: ['read'] }, await api.token())).status).toBe(201);
  });

  test('that reads changes nothing at all', async () => {
    const [reader, builder] = [await tokenWith(['read']), await tokenWith(['build'])];
    const open: string[] = [];
    for (const key of (Object.keys(contracts) as RouteKey[]).filter((name) => !name.startsWith('GET '))) {
      const id = '0199f3c0-0000-7000-8000-000000000001';
      const params = { ...Object.fromEntries([...key.matchAll(/:(\w+)/g)].map(([, name = '']): [string, string] => [name, id])), site: 'algebra', kind: 'publish' };
      for (const who of [reader, builder]) {
        const answer = await api.call(key, who, { params, ...('body' in contracts[key] ? { body: {} } : {}) });
        if (answer.status !== 403) open.push(`${key} ${answer.status}`);
      }
    }
    expect(open).toEqual([]);
  });
});

test('a token of the configuration that was revoked stays so until the configuration has another', async () => {
  const token = { name: 'command line', tokenHash: hashToken('a'), roles: ['global_admin'] };
  await upsertApiToken(api.db, token);
  await api.db('api_tokens').update({ revoked_at: api.db.fn.now() });
  await upsertApiToken(api.db, token);
  expect((await api.db('api_tokens').first<{ revoked_at: Date | null }>('revoked_at')).revoked_at).not.toBeNull();
  await upsertApiToken(api.db, { ...token, tokenHash: hashToken('b') });
  expect((await api.db('api_tokens').first<{ revoked_at: Date | null }>('revoked_at')).revoked_at).toBeNull();
});
