import { afterEach, describe, expect, it } from 'vitest';
import type { Input } from '#api/contracts/client.ts';
import type { ApiToken } from '#api/contracts/apiTokens.ts';
import { RUN_ID } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

const token = (changes: Partial<ApiToken> = {}): ApiToken => ({ id: RUN_ID, name: 'reports', prefix: 'ocws_Ab12Cd', scopes: ['read'], roles: [], sites: null, madeBy: null, madeAt: '2026-03-01T14:05:00.000Z', expiresAt: '2026-05-30T14:05:00.000Z', revokedAt: null, lastUsedAt: null, state: 'works', ...changes });

describe('studio tokens', () => {
  let api: StartedApi;
  afterEach(() => api.stop());

  async function serve(tokens: ApiToken[] = [token()]) {
    const made: Input<'POST /api/v1/tokens'>['body'][] = [];
    const revoked: string[] = [];
    api = await startApi({
      'GET /api/v1/tokens': async () => ({ tokens }),
      'POST /api/v1/tokens': async ({ body }) => {
        made.push(body);
        return { ...token({ name: body.name, scopes: body.scopes, sites: body.sites ?? null }), secret: 'ocws_the-whole-token' };
      },
      'DELETE /api/v1/tokens/:token': async ({ params }) => {
        revoked.push(params.token);
        return { name: 'reports' };
      },
    });
    return { made, revoked };
  }

  it('lists what each may, where, until when and when it was used', async () => {
    await serve([token(), token({ name: 'old', scopes: ['publish', 'import'], sites: ['algebra'], state: 'revoked', revokedAt: '2026-04-01T00:00:00.000Z', lastUsedAt: '2026-03-05T00:00:00.000Z' }), token({ name: 'command line', prefix: null, scopes: null, roles: ['global_admin'], expiresAt: null })]);
    const { out, code } = await runStudio(api.url, ['tokens', 'list']);
    expect(code).toBe(0);
    expect(out).toBe('reports  ocws_Ab12Cd…  read; all sites; until 2026-05-30; never used\nold  ocws_Ab12Cd…  publish, import; algebra; revoked 2026-04-01; used 2026-03-05\ncommand line  (configuration)  roles global_admin; all sites; does not expire; never used\n');
  });

  it('makes one and writes nothing but the token to its output', async () => {
    const { made } = await serve();
    const outcome = await runStudio(api.url, ['tokens', 'make', 'nightly', '--scope', 'publish', '--scope', 'import', '--site', 'algebra', '--days', '30']);
    expect(outcome).toMatchObject({ code: 0, out: 'ocws_the-whole-token\n' });
    expect(outcome.err).toContain('This is the only time it is shown:');
    expect(made).toEqual([{ name: 'nightly', scopes: ['publish', 'import'], sites: ['algebra'], days: 30 }]);
    await runStudio(api.url, ['tokens', 'make', 'all', '--scope', 'read']);
    expect(made[1]).toEqual({ name: 'all', scopes: ['read'], days: 90 });
  });

  it.each([
    [['--scope', 'everything'], 1, 'There is no scope ‘everything’. There are: read, write, publish, import, build, admin.'],
    [['--scope', 'read', '--days', '366'], 1, '--days takes a whole number from 1 to 365, not ‘366’.'],
    [['--scope', 'read', '--days', '1.5'], 1, '--days takes a whole number from 1 to 365, not ‘1.5’.'],
    [[], 2, "required option '--scope <scope>' not specified"],
  ] as const)('with %j makes none and says why', async (options, code, sentence) => {
    const { made } = await serve();
    const outcome = await runStudio(api.url, ['tokens', 'make', 'x', ...options]);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain(sentence);
    expect(made).toEqual([]);
  });

  it('revokes by name or beginning, and knows what was meant', async () => {
    const { revoked } = await serve();
    expect(await runStudio(api.url, ['tokens', 'revoke', 'ocws_Ab12Cd…'])).toMatchObject({ code: 0, out: 'The token ‘reports’ opens nothing any more.\n' });
    expect(await runStudio(api.url, ['tokens', 'revoke', 'report'])).toMatchObject({ code: 1, err: 'There is no token named ‘report’. Did you mean ‘reports’?\n' });
    expect(revoked).toEqual([RUN_ID]);
  });
});
