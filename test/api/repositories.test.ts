import { beforeAll, describe, expect, test } from 'vitest';
import { noteContentSaved } from '#api/contentSaved.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { noteRepository } from '#db/queries/repositories.ts';
import { bumpContentRevision, recordCommittedRevision } from '#db/queries/sites.ts';
import { until } from '../support/until.ts';
import { makeSite } from './support/sites.ts';
import { type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

// Temporal is down.
const api = useApi();
let ada: Caller;
let ed: Caller;
let siteId: string;
const params = { site: 'algebra' };
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra', { shortId: '18.06' });
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
});

describe('a repository', () => {
  test('is shown as it was last seen, with what it lacks', async () => {
    const show = async (): Promise<unknown> => (await api.call('GET /api/v1/sites/:site/repository', ed, { params })).json;
    const nothing = { branch: 'main', commit: null };
    expect(await show()).toEqual({ url: `${api.config.gitCloneBaseUrl}/ocw-content/18.06`, savedRevision: 0, committedRevision: 0, main: nothing, preview: { ...nothing, branch: 'preview' }, release: { ...nothing, branch: 'release' }, seenAt: null });
    for (let times = 0; times < 3; times += 1) await bumpContentRevision(api.db, siteId);
    await recordCommittedRevision(api.db, siteId, 2);
    await noteRepository(api.db, siteId, { htmlUrl: 'https://git.localhost/org/18.06', mainHead: 'a'.repeat(40), previewHead: 'b'.repeat(40) });
    expect(await show()).toMatchObject({ url: 'https://git.localhost/org/18.06', savedRevision: 3, committedRevision: 2, main: { commit: 'a'.repeat(40) }, preview: { commit: 'b'.repeat(40) }, release: { commit: null }, seenAt: expect.any(String) as string });
  });

  test.each([
    ['POST /api/v1/sites/:site/repository', undefined, { action: 'ensure' }],
    ['POST /api/v1/sites/:site/repository/commits', {}, { action: 'sync' }],
    ['POST /api/v1/sites/:site/repository/commits', { overwrite: true }, { action: 'sync', overwrite: true }],
    ['POST /api/v1/sites/:site/repository/orphans', {}, { action: 'orphans', delete: false }],
    ['POST /api/v1/sites/:site/repository/orphans', { delete: true }, { action: 'orphans', delete: true }],
  ] as const)('%s with %j is written down although the engine is away', async (route, body, input) => {
    const answer = await api.call(route, ada, { params, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(202);
    const request = answer.json as RunRequest;
    expect(request).toMatchObject({ process: 'site-repo', site: 'algebra', version: null, state: 'engine', runId: null });
    expect(answer.headers.get('location')).toBe(`/api/v1/requests/${request.id}`);
    expect(await api.db('run_requests').where({ id: request.id }).first<{ input: unknown }>('input', 'requested_by')).toEqual({ input, requested_by: ada.userId });
  });

  test('is not an editor’s to write over, and says whose it is', async () => {
    const answer = await api.call('POST /api/v1/sites/:site/repository/commits', ed, { params, body: { overwrite: true } });
    expect([codeOf(answer), messageOf(answer)]).toEqual(['forbidden', 'Only an owner or admin of the site may write over what others changed in the repository. Ask one of them.']);
  });
});

test('a save that the engine cannot be told of harms nobody, and is logged', async () => {
  const isLogged = () => Promise.resolve(api.logged.some((line) => line.msg === 'The engine could not be told of a save; it is committed later' && line['site'] === 'algebra'));
  expect(noteContentSaved(api.deps, { id: siteId, name: 'algebra' })).toBeUndefined();
  expect(await isLogged()).toBe(false);
  await until('it is logged', isLogged);
});
