import { afterEach, describe, expect, it } from 'vitest';
import type { DriveFileReport } from '#api/contracts/drive.ts';
import { publishRun, request } from './support/answers.ts';
import { runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

describe('studio drive sync', () => {
  let api: StartedApi;
  afterEach(() => api.stop());
  const counts = { files: 4, streamed: 1, unchanged: 1, skipped: 1, removed: 0, kept: 0, failed: 0, waiting: 0, bytes: 2_048 };
  const file = (given: Partial<DriveFileReport>): DriveFileReport => ({ id: null, fileId: 'f1', url: 'https://drive.google.com/file/d/f1/view', folder: 'files_final', path: '', name: 'a.pdf', outcome: 'skipped', reason: null, bytes: 0, size: 5, state: 'complete', ...given });
  const syncRun = (given: Parameters<typeof publishRun>[0]) => publishRun({ process: 'sync-drive-folder', version: null, phases: [], state: 'succeeded', result: counts, ...given });

  async function serve(run = syncRun({}), files: readonly DriveFileReport[] = []): Promise<void> {
    api = await startApi({
      'POST /api/v1/sites/:site/drive/syncs': async () => request({ process: 'sync-drive-folder', version: null, runId: run.id, state: 'taken' }),
      'GET /api/v1/runs/:run': async () => run,
      'GET /api/v1/drive-syncs/:run/files': async ({ query }) => {
        const found = files.filter((one) => one.outcome === query.outcome);
        // One a page, so that the second has to be asked for.
        return { total: found.length, files: found.slice(query.offset, query.offset + 1) };
      },
    });
  }
  const link = file({ name: 'link', path: 'week 1', reason: { code: 'Shortcut', message: 'This is a shortcut.' } });

  it('asks for it and does not wait', async () => {
    await serve();
    expect(await runStudio(api.url, ['drive', 'sync', 'linear-algebra'])).toMatchObject({ code: 0, out: expect.stringContaining('Asked for the files of ‘linear-algebra’.') as string });
  });

  it('waits, counts, and names every file that is not simply there', async () => {
    await serve(syncRun({}), [link, file({ name: 'other', fileId: 'f2', reason: { code: 'Shortcut', message: 'This is a shortcut.' } })]);
    const { code, out } = await runStudio(api.url, ['drive', 'sync', 'linear-algebra', '--wait']);
    expect(code).toBe(0);
    expect(out).toContain('4 files seen: 1 brought over (2.0 kB), 1 unchanged, 1 skipped, 0 deleted, 0 kept, 0 failed\n');
    expect(out).toContain('skipped  files_final/week 1/link  This is a shortcut.\nskipped  files_final/other  This is a shortcut.\n');
  });

  it('tells programs the same', async () => {
    await serve(syncRun({}), [link]);
    const { code, out } = await runStudio(api.url, ['drive', 'sync', 'linear-algebra', '--wait', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ state: 'succeeded', asks: null, seen: 4, streamed: 1, unchanged: 1, skipped: 1, deleted: 0, kept: 0, failed: 0, bytes: 2_048, files: [{ folder: 'files_final', path: 'week 1', name: 'link', outcome: 'skipped', reason: 'This is a shortcut.' }] });
  });

  it('fails when a file failed, and when the sync did', async () => {
    await serve(syncRun({}), [file({ outcome: 'failed', reason: { code: 'DriveFileChanged', message: 'It was changed.' } })]);
    expect(await runStudio(api.url, ['drive', 'sync', 'linear-algebra', '--wait'])).toMatchObject({ code: 1, err: expect.stringContaining('One file of ‘linear-algebra’ could not be brought over.') as string });
    await api.stop();
    await serve(syncRun({ state: 'failed', result: null, reason: { code: 'DriveRefused', message: 'Google Drive refused.' } }));
    expect(await runStudio(api.url, ['drive', 'sync', 'linear-algebra', '--wait'])).toMatchObject({ code: 1, err: expect.stringContaining('The sync of ‘linear-algebra’ failed: Google Drive refused.') as string });
  });

  it('does not wait for a week when a person is asked', async () => {
    const phase = { id: 'remove', title: 'Remove what is gone', doing: 'Removing.', state: 'running', startedAt: null, endedAt: null, attempt: 1, nextAttemptAt: null, summary: 'Waiting for a person: 31 of 100 files are missing.', counts: { missing: 31, known: 100 }, error: null } as const;
    await serve(syncRun({ state: 'running', result: null, phases: [phase] }));
    expect(await runStudio(api.url, ['drive', 'sync', 'linear-algebra', '--wait'])).toMatchObject({ code: 1, err: expect.stringContaining('asks something. Waiting for a person: 31 of 100 files are missing.') as string });
  });
});
