import { v7 as uuidv7 } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import type { DriveSiteFile } from '#api/contracts/drive.ts';
import { publishRun, request } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

const file = (given: Partial<DriveSiteFile> = {}): DriveSiteFile => ({ id: uuidv7(), fileId: 'f1', url: 'https://drive.google.com/file/d/f1/view', folder: 'files_final', path: '', name: 'a.pdf', reason: null, size: 5, state: 'complete', item: null, ...given });

describe('studio drive', () => {
  let api: StartedApi;
  afterEach(() => api.stop());

  async function serve(files: readonly DriveSiteFile[], run = publishRun({ process: 'ingest-drive-file', version: null, phases: [], state: 'succeeded' })): Promise<string[]> {
    const asked: string[] = [];
    api = await startApi({
      'GET /api/v1/sites/:site/drive/files': async ({ query }) => {
        const named = files.filter((one) => one.name === query.name);
        // One a page, so that the second has to be asked for.
        return { total: named.length, files: named.slice(query.offset, query.offset + 1) };
      },
      'POST /api/v1/sites/:site/drive/files/:file/retry': async ({ params }) => {
        asked.push(params.file);
        return request({ process: 'ingest-drive-file', version: null, runId: run.id, state: 'taken' });
      },
      'POST /api/v1/sites/:site/drive/backfills': async () => request({ process: 'backfill-drive-folder', version: null, runId: run.id, state: 'taken' }),
      'GET /api/v1/runs/:run': async () => run,
      'GET /api/v1/sites/:site/drive/strays': async () => ({ objects: 1_200, total: 1_001, bytes: 2_048, strays: [{ key: 'courses/algebra/left.pdf', size: 2_048 }] }),
    });
    return asked;
  }

  it('resync brings every file of a name over once more', async () => {
    const [one, two] = [file(), file({ path: 'week 1' })];
    const asked = await serve([one, two, file({ name: 'b.pdf' }), file({ state: 'trashed' })]);
    const { code, out } = await runStudio(api.url, ['drive', 'resync', 'algebra', 'a.pdf', '--wait']);
    expect(code).toBe(0);
    expect(out).toContain('files_final/a.pdf  succeeded\nfiles_final/week 1/a.pdf  succeeded\n');
    expect(asked).toEqual([one.id, two.id]);
    expect(await runStudio(api.url, ['drive', 'resync', 'algebra', 'b.pdf'])).toMatchObject({ code: 0, out: 'files_final/b.pdf  asked for\n' });
  });

  it('resync says why there is nothing to bring, and fails when a file failed', async () => {
    await serve([file({ name: 'link', state: 'skipped', reason: { code: 'Shortcut', message: 'This is a shortcut.' } }), file()], publishRun({ process: 'ingest-drive-file', version: null, phases: [], state: 'failed', reason: { code: 'DriveFileChanged', message: 'It was changed.' } }));
    expect(await runStudio(api.url, ['drive', 'resync', 'algebra', 'no.pdf'])).toMatchObject({ code: 1, err: expect.stringContaining('has no file named ‘no.pdf’') as string });
    expect(await runStudio(api.url, ['drive', 'resync', 'algebra', 'link'])).toMatchObject({ code: 1, err: expect.stringContaining('‘link’ is not brought over: This is a shortcut.') as string });
    const { code, out } = await runStudio(api.url, ['drive', 'resync', 'algebra', 'a.pdf', '--wait', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ files: [{ place: 'files_final/a.pdf', state: 'failed', reason: 'It was changed.' }] });
  });

  it('backfill says how many files it put into Google Drive, and fails when one could not be', async () => {
    const done = { process: 'backfill-drive-folder', version: null, phases: [], state: 'succeeded' as const, result: { files: 3, put: 2, there: 0, failed: 1 } };
    await serve([], publishRun({ ...done, warnings: [{ file: 'courses/algebra/lost.pdf', message: 'The file store does not have it.' }] }));
    expect(await runStudio(api.url, ['drive', 'backfill', 'algebra'])).toMatchObject({ code: 0, out: expect.stringContaining('Asked for the files of ‘algebra’.') as string });
    expect(await runStudio(api.url, ['drive', 'backfill', 'algebra', '--wait'])).toMatchObject({ code: 1, out: expect.stringContaining('courses/algebra/lost.pdf  The file store does not have it.\n') as string });
    await api.stop();
    await serve([], publishRun({ ...done }));
    const { code, out } = await runStudio(api.url, ['drive', 'backfill', 'algebra', '--wait', '--json']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { state: 'succeeded', put: 2, there: 0 }]);
  });

  it('strays names what belongs to nothing, and how much that is', async () => {
    await serve([]);
    expect(await runStudio(api.url, ['drive', 'strays', 'algebra'])).toMatchObject({ code: 0, out: 'courses/algebra/left.pdf  2.0 kB\n… and 1,000 more\n1,001 of 1,200 objects of ‘algebra’ belong to nothing, 2.0 kB.\n' });
    const { out } = await runStudio(api.url, ['drive', 'strays', 'algebra', '--json']);
    expect(JSON.parse(out)).toMatchObject({ total: 1_001 });
  });
});
