import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import { publishRun, request, RUN_ID, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

describe('studio sites create', () => {
  const asked: unknown[] = [];
  const making = () =>
    startApi({
      'POST /api/v1/sites': async ({ body }) => {
        asked.push(body);
        return site({ name: body.name ?? 'matrix-methods', title: body.title, shortId: body.shortId, urlPath: null });
      },
    });
  const required = ['sites', 'create', '--title', 'Matrix Methods', '--short-id', '18.065', '--starter', 'ocw-course-v2'];

  it('makes a site of what it is told, and says what comes next', async () => {
    api = await making();
    expect(await runStudio(api.url, required)).toEqual({ code: 0, out: 'Made the site ‘matrix-methods’ (18.065). Its repository is being created; it gets a URL before it is first published.\n', err: '' });
    await runStudio(api.url, [...required, '--type', 'pk12', '--name', 'mm']);
    expect(asked).toEqual([
      { title: 'Matrix Methods', shortId: '18.065', starter: 'ocw-course-v2', siteType: 'ocw' },
      { title: 'Matrix Methods', shortId: '18.065', starter: 'ocw-course-v2', siteType: 'pk12', name: 'mm' },
    ]);
  });

  it('prints the site as JSON and nothing else', async () => {
    api = await making();
    const { code, out, err } = await runStudio(api.url, [...required, '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ name: 'matrix-methods', shortId: '18.065', urlPath: null });
  });

  it('says why the studio refuses', async () => {
    api = await startApi({
      'POST /api/v1/sites': async () => {
        throw new ApiError('nameInUse', 'There is a site named ‘matrix-methods’ already.');
      },
    });
    expect(await runStudio(api.url, required)).toEqual(failure('There is a site named ‘matrix-methods’ already.'));
  });

  it.each([[['--title', 'x', '--short-id', 'x'], '--starter'], [[...required.slice(2), '--type', 'book'], 'pk12']] as const)('asked for with %j is a misuse, which names %s', async (given, named) => {
    api = await making();
    const { code, out, err } = await runStudio(api.url, ['sites', 'create', ...given]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(named);
    expect(api.asked).toEqual([]);
  });
});

describe('studio sites list', () => {
  const listing = (total: number) => startApi({ 'GET /api/v1/sites': async () => ({ total, sites: [site(), site({ name: 'new', title: 'New', urlPath: null })].slice(0, total) }) });

  it('prints name, title and path, and how many there are', async () => {
    api = await listing(12);
    expect(await runStudio(api.url, ['sites', 'list', '--search', '18.06 a', '--limit', '2', '--offset', '4'])).toEqual({ code: 0, out: 'linear-algebra  Linear Algebra  /courses/linear-algebra\nnew  New\n2 of 12 sites.\n', err: '' });
    expect(api.asked).toEqual(['GET /api/v1/sites?limit=2&offset=4&sort=title&search=18.06+a']);
  });

  it('prints them as JSON and nothing else', async () => {
    api = await listing(2);
    const { code, out, err } = await runStudio(api.url, ['sites', 'list', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ total: 2, sites: [{ name: 'linear-algebra' }, { name: 'new', urlPath: null }] });
  });

  it('says that there is none', async () => {
    api = await listing(0);
    expect((await runStudio(api.url, ['sites', 'list'])).out).toBe('There is no such site.\n');
  });

  it.each(['0', '101', 'many', '1.5'])('with a limit of %s is a misuse', async (limit) => {
    api = await listing(2);
    expect(await runStudio(api.url, ['sites', 'list', '--limit', limit])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('a whole number from 1 to 100') as string });
  });
});

describe('studio sites move', () => {
  const preview = { from: 'courses/old', to: 'courses/new', problems: [] as string[], pages: ['index.html'], stopsServing: ['a.pdf'], repointed: [{ site: 'www', item: 'list', title: 'List', field: 'courses' }], mentions: [], redirectLine: '/courses/old/* → /courses/new/:splat 301' as string | null };

  it('shows in a dry run what it would do, and fails when it would be refused', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site/moves/preview': async () => preview });
    expect(await runStudio(api.url, ['sites', 'move', 'x', 'new', '--dry-run'])).toEqual({
      code: 0,
      out: 'From ‘courses/old’ to ‘courses/new’: 1 page will lead on.\n\n1 other file will not be served at the old place any more:\n  a.pdf\n\nChanged with it, because they name the site by its address:\n  www: List (courses)\n\nLine for the CDN’s redirect table:\n  /courses/old/* → /courses/new/:splat 301\n',
      err: '',
    });
    await api.stop();
    api = await startApi({ 'GET /api/v1/sites/:site/moves/preview': async () => ({ ...preview, to: 'courses/old', problems: ['The site is at ‘courses/old’ already.'], redirectLine: null }) });
    const refused = await runStudio(api.url, ['sites', 'move', 'x', 'old', '--dry-run']);
    expect(refused).toMatchObject({ code: 1, err: 'It would be refused: The site is at ‘courses/old’ already.\n' });
    expect(refused.out).not.toContain('redirect table');
  });

  it('names what is left to do by hand, if anything is', async () => {
    const moved = (byHand: readonly string[]) => startApi({ 'POST /api/v1/sites/:site/moves': async () => request({ process: 'change-site-url', version: null }), 'GET /api/v1/runs/:run': async () => publishRun({ process: 'change-site-url', version: null, phases: [], result: { url: 'http://localhost:8045/courses/new/', redirectPages: 3, byHand } }) });
    api = await moved(['Do this.']);
    expect((await runStudio(api.url, ['sites', 'move', 'x', 'new', '--wait'])).out).toBe('Moved ‘x’: http://localhost:8045/courses/new/\n3 pages of the old place lead on.\n\nTo do by hand:\n  Do this.\n');
    expect(JSON.parse((await runStudio(api.url, ['sites', 'move', 'x', 'new', '--wait', '--json'])).out)).toMatchObject({ runId: RUN_ID, state: 'succeeded', result: { redirectPages: 3 } });
    await api.stop();
    api = await moved([]);
    expect((await runStudio(api.url, ['sites', 'move', 'x', 'new', '--wait'])).out).toBe('Moved ‘x’: http://localhost:8045/courses/new/\n3 pages of the old place lead on.\n');
  });
});
