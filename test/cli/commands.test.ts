import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { Handlers } from '#api/router.ts';
import { publishRun, request, RUN_ID, site, starter } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

const noSuchSite = async () => {
  throw new ApiError('notFound', 'There is no site named ‘x’.');
};
const oneSite: Partial<Handlers> = { 'GET /api/v1/sites': async () => ({ total: 1, sites: [site({ name: 'xy' })] }) };

describe('studio status', () => {
  it('prints what is published, in the fields people’s scripts read', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site': async () => site() });
    const { code, out } = await runStudio(api.url, ['status', 'linear-algebra', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      site: 'linear-algebra',
      urlPath: 'courses/linear-algebra',
      draft: { state: 'published', url: 'http://localhost:8044/courses/linear-algebra/', runId: RUN_ID, publishedAt: '2026-03-01T14:05:00.000Z', commit: 'c0ffee00'.repeat(5) },
      live: { state: 'never', url: null, runId: null, publishedAt: null, commit: null },
    });
  });

  it('shows it to people, with why the last publish failed', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site': async () => site({ currentRuns: { draft: null, unpublish: null, live: publishRun({ version: 'live', state: 'failed', reason: { code: 'x', message: 'The disk is full.' } }) } }) });
    expect((await runStudio(api.url, ['status', 'linear-algebra'])).out.split('\n')).toEqual([
      'Linear Algebra',
      'name   linear-algebra',
      'path   /courses/linear-algebra',
      'draft  published  out since 2026-03-01 14:05 UTC  c0ffee00  http://localhost:8044/courses/linear-algebra/',
      'live   never',
      'The last publish (live) failed: The disk is full.',
      `Retry it with \`npm run studio -- retry ${RUN_ID}\`.`,
      '',
    ]);
  });

  it('asks for a site by its whole name, and knows which was meant', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site': noSuchSite, ...oneSite });
    expect(await runStudio(api.url, ['status', 'a/b c'])).toMatchObject({ code: 1 });
    expect(api.asked[0]).toBe('GET /api/v1/sites/a%2Fb%20c');
    expect(await runStudio(api.url, ['status', 'x'])).toEqual(failure('There is no site named ‘x’. Did you mean ‘xy’?'));
  });
});

describe('studio starters sync', () => {
  const syncing = (result: Record<string, unknown> | null, state: 'succeeded' | 'failed' = 'succeeded'): Partial<Handlers> => ({
    'POST /api/v1/starters/sync': async () => request({ process: 'sync-starters', site: null, version: null }),
    'GET /api/v1/runs/:run': async () => publishRun({ process: 'sync-starters', site: null, version: null, phases: [], state, result, reason: state === 'failed' ? { code: 'x', message: 'The repository cannot be reached.' } : null }),
    'GET /api/v1/starters': async () => ({ starters: [starter('ocw-www', 'collections.0: name is missing')] }),
  });

  it('says which were read', async () => {
    api = await startApi(syncing({ taken: ['ocw-course-v2', 'ocw-www'], refused: [], removed: [] }));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: 'Read ocw-course-v2, ocw-www.\n', err: '' });
    expect(JSON.parse((await runStudio(api.url, ['starters', 'sync', '--wait', '--json'])).out)).toEqual({ runId: RUN_ID, state: 'succeeded', reason: null, taken: ['ocw-course-v2', 'ocw-www'], refused: [], removed: [] });
    expect((await runStudio(api.url, ['starters', 'sync'])).out).toBe('Asked for. Its run has begun.\n');
    expect(JSON.parse((await runStudio(api.url, ['starters', 'sync', '--json'])).out)).toMatchObject({ runId: RUN_ID, state: 'running' });
  });

  it('fails when one was refused, with its fault', async () => {
    api = await startApi(syncing({ taken: ['ocw-course-v2'], refused: ['ocw-www'] }));
    const { code, err } = await runStudio(api.url, ['starters', 'sync', '--wait', '--json']);
    expect({ code, err }).toEqual({ code: 1, err: 'Refused for faults: ocw-www (collections.0: name is missing). Sites of it go on with the configuration read before.\n' });
  });

  it('says which are gone, and what that means', async () => {
    api = await startApi(syncing({ taken: ['ocw-www'], refused: [], removed: ['course', 'old'] }));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: 'Read ocw-www.\n', err: 'No longer in the projects repository: course, old. Sites of them go on with the configuration read before.\n' });
    expect(JSON.parse((await runStudio(api.url, ['starters', 'sync', '--wait', '--json'])).out)).toMatchObject({ removed: ['course', 'old'] });
  });

  it.each([
    ['created', 'made'],
    ['changed', 'brought in line'],
  ])('says that the webhook was %s', async (hook, word) => {
    api = await startApi(syncing({ taken: ['ocw-www'], refused: [], removed: [], hook }));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: `Read ocw-www.\nGitHub tells this studio of pushes from now on: its webhook was ${word}.\n`, err: '' });
  });

  it('says nothing of a webhook that is in order, and warns of one that is not kept', async () => {
    api = await startApi(syncing({ taken: ['ocw-www'], refused: [], removed: [], hook: 'unchanged' }));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: 'Read ocw-www.\n', err: '' });
    const message = 'The webhook that tells of pushes is not kept. GitHub does not answer.';
    const of = syncing({ taken: ['ocw-www'], refused: [], removed: [], hook: 'failed' });
    api = await startApi({ ...of, 'GET /api/v1/runs/:run': async () => publishRun({ process: 'sync-starters', site: null, version: null, phases: [], state: 'succeeded', warnings: [{ message }], result: { taken: ['ocw-www'], refused: [], removed: [], hook: 'failed' } }) });
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: 'Read ocw-www.\n', err: `${message}\n` });
  });

  it('reads the result of a run from before starters could be gone', async () => {
    api = await startApi(syncing({ taken: ['ocw-www'], refused: [] }));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual({ code: 0, out: 'Read ocw-www.\n', err: '' });
  });

  it('fails with the reason of its run', async () => {
    api = await startApi(syncing(null, 'failed'));
    expect(await runStudio(api.url, ['starters', 'sync', '--wait'])).toEqual(failure('The starters were not read: The repository cannot be reached.'));
  });
});

describe('studio runs', () => {
  it('lists them, and passes on what was asked', async () => {
    api = await startApi({ 'GET /api/v1/runs': async () => ({ total: 7, runs: [publishRun({ state: 'failed', reason: { code: 'x', message: 'The disk is full.' } })] }) });
    const { out, err } = await runStudio(api.url, ['runs', '--site', 'a b', '--state', 'failed', '--limit', '5']);
    expect(api.asked).toEqual(['GET /api/v1/runs?limit=5&site=a+b&state=failed']);
    expect(out.split('\n')[1]).toBe(`${RUN_ID}  Publish  linear-algebra (draft)  failed  2026-03-01 14:05 UTC  13 s  The disk is full.`);
    expect(err).toBe('1 of 7 runs.\n');
    expect(JSON.parse((await runStudio(api.url, ['runs', '--json'])).out)).toMatchObject({ total: 7, runs: [{ id: RUN_ID, state: 'failed' }] });
  });

  it('says what of a site a run is about', async () => {
    api = await startApi({ 'GET /api/v1/runs': async () => ({ total: 1, runs: [publishRun({ process: 'ingest-video', title: 'Video', about: 'lecture-1.mp4', version: null })] }) });
    expect((await runStudio(api.url, ['runs'])).out.split('\n')[1]).toContain('  Video lecture-1.mp4  linear-algebra  ');
  });

  it('says when there is none, and when there is no such site', async () => {
    api = await startApi({ 'GET /api/v1/runs': async ({ query }) => (query.site === undefined ? { total: 0, runs: [] } : noSuchSite()), ...oneSite });
    expect((await runStudio(api.url, ['runs'])).out).toBe('There are no such runs.\n');
    expect(await runStudio(api.url, ['runs', '--site', 'x'])).toEqual(failure('There is no site named ‘x’. Did you mean ‘xy’?'));
  });
});

describe('studio retry and cancel', () => {
  it.each([
    ['retry', 'is tried again'],
    ['cancel', 'is being stopped'],
  ])('%s says what becomes of the run', async (name, said) => {
    api = await startApi({ 'POST /api/v1/runs/:run/retry': async () => publishRun(), 'POST /api/v1/runs/:run/cancel': async () => publishRun() });
    expect(await runStudio(api.url, [name, RUN_ID.toUpperCase()])).toEqual({ code: 0, out: `Publish of ‘linear-algebra’ (draft) ${said}.\n`, err: '' });
    expect(api.asked).toEqual([`POST /api/v1/runs/${RUN_ID}/${name}`]);
  });

  it('says why it cannot be done', async () => {
    api = await startApi({
      'POST /api/v1/runs/:run/cancel': async () => {
        throw new ApiError('wrongState', 'The run cannot be stopped now: it has succeeded.');
      },
    });
    expect(await runStudio(api.url, ['cancel', RUN_ID])).toEqual(failure('The run cannot be stopped now: it has succeeded.'));
  });
});

describe('studio admin', () => {
  it('gives and takes roles, and says when nothing changed', async () => {
    const bodies: unknown[] = [];
    const answer = (changed: boolean) => async ({ body }: { body: { email: string; role: string; site?: string | undefined } }) => {
      bodies.push(body);
      return { email: body.email, role: body.role, site: body.site ?? null, changed };
    };
    api = await startApi({ 'POST /api/v1/grants': answer(true), 'POST /api/v1/grants/revoke': answer(false) });
    expect((await runStudio(api.url, ['admin', 'grant', 'ed@example.edu', 'editor', '--site', 'la'])).out).toBe('ed@example.edu has the role editor of ‘la’.\n');
    expect((await runStudio(api.url, ['admin', 'revoke', 'ada@example.edu', 'global_admin'])).out).toBe('ada@example.edu did not have the role global_admin.\n');
    expect(bodies).toEqual([{ email: 'ed@example.edu', role: 'editor', site: 'la' }, { email: 'ada@example.edu', role: 'global_admin' }]);
  });

  it('says what is wrong with a role in the API’s words', async () => {
    api = await startApi({
      'POST /api/v1/grants': async ({ body }) => {
        if (body.site !== undefined) return noSuchSite();
        throw new ApiError('validation', 'The role owner needs a site.');
      },
      ...oneSite,
    });
    expect(await runStudio(api.url, ['admin', 'grant', 'o@example.edu', 'owner'])).toEqual(failure('The role owner needs a site.'));
    expect(await runStudio(api.url, ['admin', 'grant', 'o@example.edu', 'owner', '--site', 'x'])).toEqual(failure('There is no site named ‘x’. Did you mean ‘xy’?'));
    expect((await runStudio(api.url, ['admin', 'grant', 'nobody', 'owner'])).err).toMatch(/^The request is not right: body\.email: .*\n$/);
  });

  it('adopts the installation', async () => {
    api = await startApi({ 'POST /api/v1/system/adopt': async () => ({ installation: 'production' }) });
    expect(await runStudio(api.url, ['admin', 'adopt'])).toEqual({ code: 0, out: 'The database belongs to the installation ‘production’ now: its publishes go out.\n', err: '' });
  });
});
