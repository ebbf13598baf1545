import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { Handlers } from '#api/router.ts';
import { publishRun, request, RUN_ID, site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { startApi, type StartedApi } from './support/startApi.ts';

let api: StartedApi;
afterEach(() => api.stop());

type Run = Awaited<ReturnType<Handlers['GET /api/v1/runs/:run']>>;
const asked = request({ process: 'site-repo', version: null });
const ending = (run: Partial<Run>) => async () => publishRun({ process: 'site-repo', version: null, phases: [], url: null, ...run });

describe('studio repo status', () => {
  const repository = { url: 'https://git.localhost/org/18.06', savedRevision: 5, committedRevision: 3, main: { branch: 'main', commit: 'c0ffee00'.repeat(5) }, preview: { branch: 'preview', commit: null }, release: { branch: 'release', commit: null }, seenAt: '2026-03-01T14:05:00.000Z' };

  it('says how far main is behind, and what was seen of the branches', async () => {
    api = await startApi({ 'GET /api/v1/sites/:site/repository': async () => repository });
    expect((await runStudio(api.url, ['repo', 'status', 'linear-algebra'])).out.split('\n')).toEqual([
      'https://git.localhost/org/18.06',
      'content  2 saved changes not committed yet',
      `main     ${'c0ffee00'.repeat(5)}`,
      'preview  not seen yet',
      'release  not seen yet',
      'seen     2026-03-01 14:05 UTC',
      '',
    ]);
    expect(JSON.parse((await runStudio(api.url, ['repo', 'status', 'linear-algebra', '--json'])).out)).toEqual(repository);
  });

  it('knows which site was meant', async () => {
    api = await startApi({
      'GET /api/v1/sites/:site/repository': async () => {
        throw new ApiError('notFound', 'There is no site named ‘x’.');
      },
      'GET /api/v1/sites': async () => ({ total: 1, sites: [site({ name: 'xy' })] }),
    });
    expect(await runStudio(api.url, ['repo', 'status', 'x'])).toEqual(failure('There is no site named ‘x’. Did you mean ‘xy’?'));
  });
});

describe('studio repo sync', () => {
  const syncing = (run: Partial<Run>, bodies: unknown[] = []): Partial<Handlers> => ({
    'POST /api/v1/sites/:site/repository/commits': async ({ body }) => {
      bodies.push(body);
      return asked;
    },
    'GET /api/v1/runs/:run': ending(run),
  });

  it('waits for the commit and says what came of it', async () => {
    const bodies: unknown[] = [];
    api = await startApi(syncing({ commit: 'c0ffee00'.repeat(5), result: { filesChanged: 3, commits: 1 }, warnings: [{ message: 'changed by hand', file: 'content/a.md' }] }, bodies));
    expect(await runStudio(api.url, ['repo', 'sync', 'linear-algebra', '--wait'])).toEqual({ code: 0, out: 'Committed 3 files of ‘linear-algebra’; c0ffee00. They reach readers with the next publish.\n', err: '1 warning:\n  content/a.md: changed by hand\n' });
    await runStudio(api.url, ['repo', 'overwrite', 'linear-algebra', '--wait']);
    expect(bodies).toEqual([{ overwrite: false }, { overwrite: true }]);
  });

  it('says when there was nothing to do, and what was asked when nobody waits', async () => {
    api = await startApi(syncing({ commit: 'c0ffee00'.repeat(5), result: { filesChanged: 0, commits: 0 } }));
    expect((await runStudio(api.url, ['repo', 'sync', 'linear-algebra', '--wait'])).out).toBe('The repository of ‘linear-algebra’ holds everything that is saved.\n');
    expect((await runStudio(api.url, ['repo', 'sync', 'linear-algebra'])).out).toBe('Asked for ‘linear-algebra’. Its run has begun.\n');
    expect(JSON.parse((await runStudio(api.url, ['repo', 'sync', 'linear-algebra', '--json'])).out)).toEqual({ runId: RUN_ID, state: 'running', reason: null, result: null });
  });

  it('fails with the reason and every file', async () => {
    api = await startApi(syncing({ state: 'failed', result: null, reason: { code: 'ContentDiverged', message: 'Somebody changed 2 files.' }, problems: [{ message: 'changed in the repository by hand', file: 'a.md' }, { message: 'changed in the repository by hand', file: 'b.md' }] }));
    expect(await runStudio(api.url, ['repo', 'sync', 'linear-algebra', '--wait'])).toEqual(failure('The commit of ‘linear-algebra’ failed: Somebody changed 2 files.\n  a.md: changed in the repository by hand\n  b.md: changed in the repository by hand'));
    const asJson = await runStudio(api.url, ['repo', 'sync', 'linear-algebra', '--wait', '--json']);
    expect(asJson).toMatchObject({ code: 1, err: 'The commit of ‘linear-algebra’ failed: Somebody changed 2 files.\n' });
    expect(JSON.parse(asJson.out)).toEqual({ runId: RUN_ID, state: 'failed', reason: 'Somebody changed 2 files.', result: null });
  });
});

describe('studio repo create', () => {
  it('waits until it is there', async () => {
    api = await startApi({ 'POST /api/v1/sites/:site/repository': async () => asked, 'GET /api/v1/runs/:run': ending({ result: null }) });
    expect((await runStudio(api.url, ['repo', 'create', 'linear-algebra', '--wait'])).out).toBe('The repository of ‘linear-algebra’ is there.\n');
  });
});

describe('studio repo orphans', () => {
  const found = (orphans: string[], more: Record<string, unknown> = {}, bodies: unknown[] = []): Partial<Handlers> => ({
    'POST /api/v1/sites/:site/repository/orphans': async ({ body }) => {
      bodies.push(body);
      return asked;
    },
    'GET /api/v1/runs/:run': ending({ result: { orphans, orphanCount: orphans.length, kept: [], keptCount: 0, removed: 0, ...more } }),
  });

  it('lists them on standard output, and the way to remove them beside it', async () => {
    api = await startApi(found(['content/a.md', 'content/b.md'], { orphanCount: 3, keptCount: 1 }));
    const { code, out, err } = await runStudio(api.url, ['repo', 'orphans', 'linear-algebra']);
    expect({ code, out }).toEqual({ code: 0, out: 'content/a.md\ncontent/b.md\n' });
    expect(err.split('\n')).toEqual(['… and 1 more file.', '1 file that the starter cannot read as an item is kept; --json lists it with the reason.', '3 files without an item. Remove them with `npm run studio -- repo orphans linear-algebra --delete`.', '']);
  });

  it('removes only where that is said', async () => {
    const bodies: unknown[] = [];
    api = await startApi(found(['content/a.md'], { removed: 1 }, bodies));
    await runStudio(api.url, ['repo', 'orphans', 'linear-algebra']);
    expect((await runStudio(api.url, ['repo', 'orphans', 'linear-algebra', '--delete'])).err).toBe('Removed 1 file from main; readers see it with the next publish.\n');
    expect(bodies).toEqual([{ delete: false }, { delete: true }]);
  });

  it('says that there is none, and gives scripts the whole result', async () => {
    api = await startApi(found([]));
    expect(await runStudio(api.url, ['repo', 'orphans', 'linear-algebra'])).toEqual({ code: 0, out: '', err: 'Every content file of ‘linear-algebra’ belongs to an item.\n' });
    expect(JSON.parse((await runStudio(api.url, ['repo', 'orphans', 'linear-algebra', '--json'])).out)).toMatchObject({ state: 'succeeded', result: { orphans: [], orphanCount: 0 } });
  });
});
