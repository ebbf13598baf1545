import { beforeEach, describe, expect, test } from 'vitest';
import { makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const api = useApi();
let ada: Caller;
let algebra: string;
beforeEach(async () => {
  await api.clear();
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  algebra = await makeSite(api.db, 'algebra');
});

const grant = (body: Record<string, unknown>): Promise<Answer> => api.call('POST /api/v1/grants', ada, { body });
const revoke = (body: Record<string, unknown>, who = ada): Promise<Answer> => api.call('POST /api/v1/grants/revoke', who, { body });
const rolesOf = async (email: string): Promise<string[]> => (await api.db('role_grants').join('users', 'users.id', 'role_grants.user_id').where({ email }).orderBy('role').select<{ role: string }[]>('role')).map((row) => row.role);

describe('giving a role', () => {
  test('makes the person when nobody has the address, and a second time changes nothing', async () => {
    const first = await grant({ email: 'new@example.edu', role: 'editor', site: 'algebra' });
    expect(first.json).toEqual({ email: 'new@example.edu', role: 'editor', site: 'algebra', changed: true });
    const again = await grant({ email: 'NEW@example.edu', role: 'editor', site: 'algebra' });
    expect(again.json).toMatchObject({ changed: false });
    expect(await api.db('users').whereILike('email', 'new@example.edu').select('id')).toHaveLength(1);
  });

  test('on a site takes the place of the role before', async () => {
    await grant({ email: 'ed@example.edu', role: 'editor', site: 'algebra' });
    await grant({ email: 'ed@example.edu', role: 'owner', site: 'algebra' });
    expect(await rolesOf('ed@example.edu')).toEqual(['owner']);
  });

  test('of an owner makes the site theirs, also in the lists of all sites, until it is taken back', async () => {
    const owner = async (): Promise<string | null> => (await api.db('sites').leftJoin('users', 'users.id', 'sites.owner_id').where({ 'sites.id': algebra }).first<{ email: string | null }>('email')).email;
    await grant({ email: 'ed@example.edu', role: 'owner', site: 'algebra' });
    await grant({ email: 'flo@example.edu', role: 'owner', site: 'algebra' });
    expect(await owner()).toBe('ed@example.edu');
    await revoke({ email: 'ed@example.edu', role: 'owner', site: 'algebra' });
    expect(await owner()).toBe('flo@example.edu');
    await grant({ email: 'flo@example.edu', role: 'editor', site: 'algebra' });
    expect(await owner()).toBeNull();
  });

  test('works from the person’s next request on', async () => {
    const ed = await api.person('ed@example.edu');
    expect((await api.call('GET /api/v1/sites/:site', ed, { params: { site: 'algebra' } })).status).toBe(403);
    await grant({ email: 'ed@example.edu', role: 'editor', site: 'algebra' });
    expect((await api.call('GET /api/v1/sites/:site', ed, { params: { site: 'algebra' } })).status).toBe(200);
    await revoke({ email: 'ed@example.edu', role: 'editor', site: 'algebra' });
    expect((await api.call('GET /api/v1/sites/:site', ed, { params: { site: 'algebra' } })).status).toBe(403);
  });

  test.each([
    [{ email: 'ed@example.edu', role: 'editor' }, 'The role editor needs a site.'],
    [{ email: 'ed@example.edu', role: 'global_admin', site: 'algebra' }, 'The role global_admin is for the whole studio: leave the site out.'],
  ])('%j is refused with a sentence', async (body, sentence) => {
    const answer = await grant(body);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([422, 'validation', sentence]);
    expect(await rolesOf('ed@example.edu')).toEqual([]);
  });

  test.each([{ email: 'no address', role: 'editor', site: 'algebra' }, { email: 'a@b', role: 'editor', site: 'algebra' }, { email: 'x@example.edu\nbcc: y@example.edu', role: 'editor', site: 'algebra' }, { email: 'ed@example.edu', role: 'superuser' }, { role: 'editor' }])('%j is not right', async (body) => {
    expect(codeOf(await grant(body))).toBe('validation');
  });

  test('is logged with who did it, without addresses', async () => {
    await grant({ email: 'ed@example.edu', role: 'editor', site: 'algebra' });
    const line = api.logged.findLast((entry) => entry.msg === 'A role was given');
    expect(line).toMatchObject({ by: ada.userId, role: 'editor', site: 'algebra', changed: true });
    expect(JSON.stringify(line)).not.toContain('@');
  });
});

describe('taking a role', () => {
  test('nobody has changes nothing', async () => {
    await api.person('ed@example.edu', [{ role: 'editor', siteId: algebra }]);
    expect((await revoke({ email: 'ed@example.edu', role: 'owner', site: 'algebra' })).json).toMatchObject({ changed: false });
    expect(await rolesOf('ed@example.edu')).toEqual(['editor']);
  });

  test('from the last admin is refused, also for the admin themselves', async () => {
    const answer = await revoke({ email: 'ada@example.edu', role: 'global_admin' });
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([409, 'conflict', 'This is the last global admin. Give the role to somebody else first.']);
    expect(await rolesOf('ada@example.edu')).toEqual(['global_admin']);
  });

  test('an admin whose account is closed does not count', async () => {
    const { userId } = await api.person('gone@example.edu', [{ role: 'global_admin' }]);
    await api.db('users').where({ id: userId }).update({ is_active: false });
    expect(codeOf(await revoke({ email: 'ada@example.edu', role: 'global_admin' }))).toBe('conflict');
  });

  test('by two admins from each other at once leaves one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const bob = await api.person('bob@example.edu', [{ role: 'global_admin' }]);
      await api.person('ada@example.edu', [{ role: 'global_admin' }]);
      const answers = await Promise.all([revoke({ email: 'bob@example.edu', role: 'global_admin' }, ada), revoke({ email: 'ada@example.edu', role: 'global_admin' }, bob)]);
      expect(answers.map((answer) => answer.status).filter((status) => status >= 500)).toEqual([]);
      expect((await rolesOf('ada@example.edu')).length + (await rolesOf('bob@example.edu')).length).toBe(1);
    }
  });
});
