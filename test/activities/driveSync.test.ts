import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createDriveSyncActivities } from '#activities/driveSync.ts';
import { createDrive, type Drive } from '#clients/drive.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { insertContentDeletions } from '#db/queries/contentDeletions.ts';
import { claimDriveKey, listDriveFiles, moveDriveFile, noteDriveFileReason, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { sitesOfDriveIds } from '#db/queries/driveChanges.ts';
import { keepDriveFolderId } from '#db/queries/driveFolders.ts';
import { listDriveRunFiles, recordDriveRunFile } from '#db/queries/driveRunFiles.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { bindRequest } from '#db/queries/runRequests.ts';
import { findRun, listRunPhases, moveRun, recordPhase } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { UNDONE } from '#domain/contentDeletions.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDrive } from '../support/useDrive.ts';
import { runStep } from './support/runActivity.ts';

const database = useDatabase();
const world = useDrive();
let site: SiteRow;
beforeEach(async () => {
  await database.clear();
  site = await makeSite(database.db);
  for (const name of ['files_final', 'videos_final'] as const) {
    const [folder] = await person({ do: 'folder', path: `/${name}` });
    await keepDriveFolderId(database.db, site.id, name, folder?.id ?? '');
  }
});

type Wish = Exclude<Parameters<typeof world.person.act>[0], readonly unknown[]>;
/** Somebody does something to a file of this test’s site: paths begin at its folder. */
const person = (wish: Wish) => world.person.act({ ...wish, ...(wish.path === undefined ? {} : { path: `/${site.name}${wish.path}` }) });
/** @returns Drive's id of the file. */
const put = async (path: string, text = path): Promise<string> => (await person({ do: 'put', path: `/${path}`, text }))[0]?.id ?? '';

/** Who starts mails; what is queued stands in the outbox. */
const mailing = { config: makeConfig(), temporal: { workflow: { start: () => Promise.resolve() } }, log: pino({ level: 'silent' }) } as unknown as Pick<ActivityDeps, 'config' | 'temporal' | 'log'>;
const client = () => createDrive(makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env }));
const activities = (drive = client()) => createDriveSyncActivities({ db: database.db, drive, ...mailing });
let passes = 0;
/** One listing, with the run it is made in. */
async function compare(isRemade = false, siteId = site.id, changed: readonly string[] = [], drive?: Drive) {
  passes += 1;
  const runId = await makeRun(database.db, { process: 'sync-drive-folder', siteId, version: null, workflowId: `sync-drive-folder/${siteId}`, pass: passes });
  const compared = await runStep(activities(drive), 'compareDriveFolders', { runId, phase: 'list', siteId, isRemade, changed });
  return { runId, ...compared, warnings: (await findRun(database.db, runId))?.warnings ?? [], report: await reportOf(runId) };
}
const reportOf = async (runId: string) => Object.fromEntries((await listDriveRunFiles(database.db, runId, { limit: 500, offset: 0 })).map(({ path, name, outcome, reason }) => [path === '' ? name : `${path}/${name}`, reason === null ? outcome : `${outcome}: ${reason.code}`]));
const rowsByName = async (siteId = site.id) => Object.fromEntries((await listDriveFiles(database.db, siteId)).map((row) => [row.name, row]));

/** What bringing files over leaves behind: each has its bytes and its resource. */
async function bringOver(): Promise<void> {
  for (const row of await listDriveFiles(database.db, site.id)) {
    if (row.state !== 'found') continue;
    const itemId = row.itemId ?? (await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: row.id, type: 'resource', dirpath: 'content/resources', filename: row.id }), by: null, reason: 'created' }))).id;
    await claimDriveKey(database.db, row.id, `courses/${row.id}/${row.name}`);
    await moveDriveFile(database.db, row.id, { state: 'complete', itemId, stored: { md5: row.md5 ?? 'of its PDF', versionId: null } });
  }
}

/** A site with that many files that are all brought over. */
async function settled(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 1; index <= count; index += 1) ids.push(await put(`${index % 2 === 0 ? 'videos_final' : 'files_final'}/${index}.mp4`));
  await compare();
  await bringOver();
  return ids;
}

describe('a listing', () => {
  it('has what lies in both folders at any depth, page by page, and a reason for all that is not taken', async () => {
    world.set({ maxPageSize: 2 });
    for (const path of ['files_final/a.pdf', 'files_final/week 1/b.pdf', 'files_final/week 1/deep/c.pdf', 'files_final/d.pdf', 'files_final/outer/inner/e.pdf', 'videos_final/v.mp4', 'videos_final/w/v.mp4', 'videos_final/notes.txt', 'files/draft.pdf']) await put(path);
    await person({ do: 'native', path: '/files_final/Syllabus', text: 'Syllabus' });
    await person({ do: 'shortcut', path: '/files_final/link', target: (await person({ do: 'put', path: '/elsewhere.pdf', text: 'x' }))[0]?.id ?? '' });
    const { report, verdict, counts, warnings } = await compare();
    expect(report).toEqual({
      'a.pdf': 'waiting',
      'week 1/b.pdf': 'waiting',
      'week 1/deep/c.pdf': 'waiting',
      'd.pdf': 'waiting',
      'outer/inner/e.pdf': 'waiting',
      'v.mp4': 'waiting',
      'w/v.mp4': 'waiting',
      Syllabus: 'waiting',
      'notes.txt': 'skipped: NoVideo',
      link: 'skipped: Shortcut',
    });
    expect(counts).toEqual({ files: 10, waiting: 8, missing: 0 });
    expect(verdict).toEqual({ missing: 0, known: 0, needsConfirmation: false });
    expect(warnings).toEqual([]);
    const folders = await Promise.all(['/files_final/outer', '/files_final/outer/inner', '/files_final'].map(async (path) => (await person({ do: 'folder', path }))[0]?.id ?? ''));
    expect(await sitesOfDriveIds(database.db, folders)).toEqual(new Map(folders.slice(0, 2).map((id) => [id, [{ siteId: site.id, siteName: site.name }]])));
  });

  it('leaves what is brought over alone, until it changes or is called otherwise', async () => {
    const [a, b] = [await put('files_final/a.pdf'), await put('files_final/b.pdf')];
    await put('files_final/c.pdf');
    await compare();
    await bringOver();
    await person({ do: 'replace', id: a, text: 'newer' });
    await person({ do: 'rename', id: b, name: 'renamed.pdf' });
    expect((await compare()).report).toEqual({ 'a.pdf': 'waiting', 'renamed.pdf': 'waiting', 'c.pdf': 'unchanged' });
    const rows = await rowsByName();
    expect(rows['c.pdf']).toMatchObject({ state: 'complete' });
    expect(rows['renamed.pdf']).toMatchObject({ state: 'found', fileId: b });
  });

  it('is the same when a worker made it once before', async () => {
    await settled(3);
    await put('files_final/new.pdf');
    const { runId, report } = await compare();
    const again = await runStep(activities(), 'compareDriveFolders', { runId, phase: 'list', siteId: site.id, isRemade: false });
    expect(again.counts).toEqual({ files: 4, waiting: 1, missing: 0 });
    expect(await reportOf(runId)).toEqual(report);
  });

  it('gives a file that was put again under its name the resource and the place of the one that is gone', async () => {
    const id = await put('files_final/a.pdf', 'old');
    await compare();
    await bringOver();
    const before = (await rowsByName())['a.pdf'];
    await person({ do: 'trash', id });
    const again = await put('files_final/a.pdf', 'new');
    const { report, verdict } = await compare();
    expect([report, verdict.missing]).toEqual([{ 'a.pdf': 'waiting' }, 0]);
    const rows = await listDriveFiles(database.db, site.id);
    expect(rows.find((row) => row.fileId === again)).toMatchObject({ itemId: before?.itemId, s3Key: before?.s3Key, state: 'found' });
    expect(rows.find((row) => row.fileId === id)).toMatchObject({ itemId: null, s3Key: null, state: 'trashed', reason: { code: 'Replaced' } });
  });

  it('gives the resource and no place to one that is a video, or has another form', async () => {
    const video = await put('videos_final/a.mp4', 'old');
    const [native] = await person({ do: 'native', path: '/files_final/Syllabus', text: 'Syllabus' });
    await compare();
    await bringOver();
    const before = await rowsByName();
    for (const id of [video, native?.id ?? '']) await person({ do: 'trash', id });
    const [videoAgain, plain] = [await put('videos_final/a.mp4', 'new'), await put('files_final/Syllabus', 'plain')];
    expect((await compare()).verdict.missing).toBe(0);
    const rows = await listDriveFiles(database.db, site.id);
    const rowOf = (fileId: string) => rows.find((row) => row.fileId === fileId);
    expect(rowOf(videoAgain)).toMatchObject({ itemId: before['a.mp4']?.itemId, s3Key: null });
    expect(rowOf(plain)).toMatchObject({ itemId: before['Syllabus']?.itemId, s3Key: null });
    // The old bytes have their place still.
    expect(rowOf(video)).toMatchObject({ itemId: null, s3Key: before['a.mp4']?.s3Key, state: 'trashed' });
  });

  it('has a file where it was first when it is moved while it is read', async () => {
    const id = await put('files_final/a.pdf');
    await put('files_final/z/b.pdf');
    const drive = client();
    const moving: Drive = {
      ...drive,
      async *listChildren(...given) {
        for await (const page of drive.listChildren(...given)) {
          yield page;
          await person({ do: 'move', id, to: `/${site.name}/files_final/z` });
        }
      },
    };
    expect((await compare(false, site.id, [], moving)).report).toEqual({ 'a.pdf': 'waiting', 'z/b.pdf': 'waiting' });
  });

  it('of folders that were made for a site without files is a whole one', async () => {
    expect((await compare(true)).warnings).toEqual([]);
  });

  it('does not take a file of another site, and says so', async () => {
    const id = await put('files_final/a.pdf');
    const other = await makeSite(database.db);
    await recordFoundFiles(database.db, other.id, await makeRun(database.db, { siteId: other.id }), [{ fileId: id, folder: 'files_final', path: '', name: 'a.pdf', mimeType: 'application/pdf', md5: null, size: null, modifiedAt: null, state: 'complete', reason: null }]);
    expect((await compare()).report).toEqual({ 'a.pdf': 'skipped: OtherSite' });
    expect(await rowsByName()).toEqual({});
    expect((await rowsByName(other.id))['a.pdf']).toMatchObject({ state: 'complete' });
  });
});

describe('files a signal names', () => {
  const compareChanged = (...changed: string[]) => compare(false, site.id, changed);

  it('are found where they are while searches know nothing of it yet', async () => {
    const [gone, moved, kept] = [await put('files_final/gone.pdf'), await put('files_final/moved.pdf'), await put('files_final/kept.pdf')];
    await compare();
    await bringOver();
    world.set({ indexLagMs: 60_000 });
    await person({ do: 'trash', id: gone });
    await person({ do: 'move', id: moved, to: `/${site.name}/files_final/week 1/deep` });
    const fresh = await put('files_final/week 2/new.pdf');
    const outside = (await person({ do: 'put', path: '/elsewhere.pdf', text: 'x' }))[0]?.id ?? '';
    // What the search still says, or does not say yet.
    expect((await compare()).report).toEqual({ 'gone.pdf': 'unchanged', 'moved.pdf': 'unchanged', 'kept.pdf': 'unchanged' });
    const { report, verdict } = await compareChanged(gone, moved, fresh, outside, kept, 'no-such-file');
    expect(report).toEqual({ 'gone.pdf': 'kept: Missing', 'week 1/deep/moved.pdf': 'waiting', 'week 2/new.pdf': 'waiting', 'kept.pdf': 'unchanged' });
    expect(verdict.missing).toBe(1);
  });

  it('that are folders take with them what lies in them', async () => {
    for (const path of ['files_final/old/a.pdf', 'files_final/old/deep/b.pdf', 'files_final/other/c.pdf']) await put(path);
    await compare();
    await bringOver();
    world.set({ indexLagMs: 60_000 });
    const folderOf = async (path: string): Promise<string> => (await person({ do: 'folder', path }))[0]?.id ?? '';
    const [old, other] = [await folderOf('/files_final/old'), await folderOf('/files_final/other')];
    await person({ do: 'rename', id: old, name: 'renamed' });
    await person({ do: 'trash', id: other });
    expect((await compareChanged(old, other)).report).toEqual({ 'renamed/a.pdf': 'waiting', 'renamed/deep/b.pdf': 'waiting', 'other/c.pdf': 'kept: Missing' });
  });

  it('that are the synced folders themselves are read as ever', async () => {
    await settled(2);
    const [root] = await person({ do: 'folder', path: '/files_final' });
    expect((await compareChanged(root?.id ?? '')).report).toEqual({ '1.mp4': 'unchanged', '2.mp4': 'unchanged' });
  });
});

describe('files that are missing', () => {
  it('are listed, and few of them need no word', async () => {
    const [first = ''] = await settled(4);
    await person({ do: 'trash', id: first });
    const { verdict, report, runId } = await compare();
    expect(verdict).toEqual({ missing: 1, known: 4, needsConfirmation: false });
    expect(report['1.mp4']).toBe('kept: Missing');
    expect(await activities().missingDriveFiles({ runId })).toEqual({ fileIds: [first] });
    await activities().recordDriveRemovals({ runId, fileIds: [first], kept: [] });
    expect((await reportOf(runId))['1.mp4']).toBe('removed');
    expect(await activities().missingDriveFiles({ runId })).toEqual({ fileIds: [] });
  });

  it('need a person’s word when they are many', async () => {
    const ids = await settled(12);
    for (const id of ids.slice(0, 11)) await person({ do: 'remove', id });
    expect((await compare()).verdict).toEqual({ missing: 11, known: 12, needsConfirmation: true });
  });

  it('ask nobody twice: not on their way out, not refused before, not named by others', async () => {
    const ids = await settled(15);
    for (const id of ids.slice(0, 12)) await person({ do: 'trash', id });
    const first = await compare();
    expect(first.verdict).toEqual({ missing: 12, known: 15, needsConfirmation: true });
    const rows = await listDriveFiles(database.db, site.id);
    const rowOf = (fileId: string) => rows.find((row) => row.fileId === fileId);
    // Four on their way out, four refused, four that a page named.
    const { id: requestId } = await makeRequest(database.db, { process: 'delete-content', siteId: site.id, version: null });
    await insertContentDeletions(database.db, ids.slice(0, 4).map((id) => ({ requestId, siteId: site.id, itemId: rowOf(id)?.itemId ?? null, driveFileId: rowOf(id)?.id ?? null, cause: 'missing', s3Key: null, s3VersionId: null, requestedBy: null })), 30);
    await activities().recordDriveRemovals({ runId: first.runId, fileIds: ids.slice(0, 4), kept: [] });
    for (const id of ids.slice(4, 8)) await moveDriveFile(database.db, rowOf(id)?.id ?? '', { state: 'complete', reason: { code: 'Referenced', message: 'A page names it.' } });
    await activities().recordDriveRemovals({ runId: first.runId, fileIds: ids.slice(4, 8), kept: ids.slice(4, 8).map((fileId) => ({ fileId, reason: { code: 'Referenced', message: 'A page names it.' } })) });
    await activities().endDriveRemoval({ runId: first.runId, reason: { code: 'Refused', message: 'A person said that they shall stay.' } });
    const second = await compare();
    expect(second.verdict).toEqual({ missing: 4, known: 15, needsConfirmation: false });
    expect(second.report).toMatchObject({ '1.mp4': 'removed', '5.mp4': 'kept: Missing', '9.mp4': 'kept: Refused' });
    expect((await activities().missingDriveFiles({ runId: second.runId })).fileIds.sort()).toEqual(ids.slice(4, 8).sort());
    await noteDriveFileReason(database.db, rowOf(ids[4] ?? '')?.id ?? '', UNDONE);
    const third = await compare();
    expect(third.report['5.mp4']).toBe('kept: Undone');
    expect((await activities().missingDriveFiles({ runId: third.runId })).fileIds).not.toContain(ids[4]);
    // Found again, a file is one like others.
    for (const id of [ids[4], ids[8]]) await person({ do: 'restore', id: id ?? '' });
    expect((await compare()).report).toMatchObject({ '5.mp4': 'unchanged', '9.mp4': 'unchanged' });
    for (const id of [ids[4], ids[8]]) await person({ do: 'trash', id: id ?? '' });
    expect((await compare()).report).toMatchObject({ '5.mp4': 'kept: Missing', '9.mp4': 'kept: Missing' });
  });

  it('are listed also when only their bytes were brought over', async () => {
    const id = await put('files_final/a.pdf');
    await compare();
    await moveDriveFile(database.db, (await rowsByName())['a.pdf']?.id ?? '', { state: 'stored', stored: { md5: 'a', versionId: null } });
    await person({ do: 'trash', id });
    expect(await compare()).toMatchObject({ verdict: { missing: 1, known: 1 }, report: { 'a.pdf': 'kept: Missing' } });
  });

  it('that never were resources are no loss', async () => {
    const id = await put('videos_final/notes.txt');
    await compare();
    await person({ do: 'trash', id });
    expect(await compare()).toMatchObject({ verdict: { missing: 0, needsConfirmation: false }, report: {} });
    expect((await rowsByName())['notes.txt']).toMatchObject({ state: 'trashed' });
  });

  it('stay for the reason that is given, all of which nothing is decided', async () => {
    const ids = await settled(4);
    for (const id of ids.slice(0, 2)) await person({ do: 'trash', id });
    const { runId } = await compare();
    await activities().recordDriveRemovals({ runId, fileIds: ids.slice(0, 1), kept: [{ fileId: ids[0] ?? '', reason: { code: 'Named', message: 'A page names it.' } }] });
    await activities().askDriveRemoval({ runId, missing: 2, known: 4 });
    expect((await listRunPhases(database.db, [runId])).get(runId)).toMatchObject([{ phase: 'remove', state: 'running', summary: expect.stringContaining('2 of 4 files') as string }]);
    await activities().endDriveRemoval({ runId, reason: { code: 'Refused', message: 'A person said so.' } });
    expect(await reportOf(runId)).toMatchObject({ '1.mp4': 'kept: Named', '2.mp4': 'kept: Refused' });
    expect((await rowsByName())['2.mp4']?.reason?.code).toBe('Refused');
    await person({ do: 'trash', id: ids[2] ?? '' });
    const next = await compare();
    await activities().endDriveRemoval({ runId: next.runId, reason: { code: 'NotConfirmed', message: 'Nobody said so.' } });
    expect(await reportOf(next.runId)).toMatchObject({ '2.mp4': 'kept: Refused', '3.mp4': 'kept: NotConfirmed' });
    // Only what a person said is kept for later syncs.
    expect((await rowsByName())['3.mp4']?.reason).toBeNull();
    expect((await listRunPhases(database.db, [runId])).get(runId)).toMatchObject([{ phase: 'remove', state: 'done', counts: { removed: 0, kept: 2 } }]);
    await activities().endDriveSync({ runId });
    expect((await findRun(database.db, runId))?.result).toMatchObject({ files: 2, unchanged: 2, kept: 2 });
  });
});

describe('the accident of a folder that could not be read', () => {
  const nothingIsMissing = async (isRemade = false, drive?: Drive): Promise<string> => {
    const before = await listDriveFiles(database.db, site.id);
    const { verdict, warnings, report } = await compare(isRemade, site.id, [], drive);
    expect(verdict).toMatchObject({ missing: 0, needsConfirmation: false });
    expect(Object.values(report).filter((outcome) => outcome.startsWith('kept') || outcome === 'removed')).toEqual([]);
    expect((await listDriveFiles(database.db, site.id)).map(({ state, itemId }) => [state, itemId])).toEqual(before.map(({ state, itemId }) => [state, itemId]));
    return warnings.map(({ message }) => message).join();
  };

  it.each(['trash', 'remove'])('removes nothing when somebody does ‘%s’ to it', async (does) => {
    await settled(4);
    await person({ do: does, path: '/videos_final' });
    expect(await nothingIsMissing()).toContain('‘videos_final’ in Google Drive is not there, or in the trash');
  });

  it('removes nothing when it is not known where it is, or it was made anew', async () => {
    await settled(4);
    await person({ do: 'trash', path: '/files_final' });
    await person({ do: 'folder', path: '/files_final' });
    await database.db('drive_folders').where({ site_id: site.id }).update({ files_final_id: null });
    expect(await nothingIsMissing()).toContain('‘files_final’ in Google Drive is not there');
    await keepDriveFolderId(database.db, site.id, 'files_final', (await person({ do: 'folder', path: '/files_final' }))[0]?.id ?? '');
    expect(await nothingIsMissing(true)).toContain('made anew');
  });

  it('removes nothing when Google did not look everywhere, be it only for one page', async () => {
    const ids = await settled(8);
    for (const id of ids.slice(4)) await person({ do: 'remove', id });
    world.set({ incompleteSearch: true });
    expect(await nothingIsMissing()).toContain('not looked through');
    world.set({ incompleteSearch: false });
    const drive = client();
    world.set({ maxPageSize: 1 });
    const skipping: Drive = {
      ...drive,
      async *listChildren(...given) {
        let isFirst = true;
        for await (const page of drive.listChildren(...given)) {
          yield { ...page, isComplete: !isFirst };
          isFirst = false;
        }
      },
    };
    expect(await nothingIsMissing(false, skipping)).toContain('not looked through');
  });

  it('removes nothing when Google refuses to list it, and says why', async () => {
    await settled(4);
    world.addFault({ fault: '403', reason: 'insufficientFilePermissions', times: 2, match: /^GET \/drive\/v3\/files$/ });
    expect(await nothingIsMissing()).toContain('cannot be read');
  });

  it.each([
    ['an error', { fault: '500', times: 20 }],
    ['a limit', { fault: '429', times: 20 }],
    ['a lost connection', { fault: 'drop-after-accept', times: 20 }],
  ] as const)('is no listing at all after %s, on whichever page', async (_name, fault) => {
    await settled(8);
    world.set({ maxPageSize: 1 });
    const before = await rowsByName();
    world.addFault({ ...fault, match: /^GET \/drive\/v3\/files$/, query: /pageToken=/ });
    await expect(compare()).rejects.toMatchObject({ name: 'DriveError' });
    expect(await rowsByName()).toEqual(before);
    expect(await database.db('drive_run_files').where({ outcome: 'kept' })).toEqual([]);
  });

  it('still brings over what the other folder has', async () => {
    await settled(4);
    await person({ do: 'trash', path: '/videos_final' });
    await put('files_final/new.pdf');
    expect((await compare()).report).toEqual({ '1.mp4': 'unchanged', '3.mp4': 'unchanged', 'new.pdf': 'waiting' });
  });
});

describe('a sync', () => {
  const phaseOf = async (runId: string) => (await listRunPhases(database.db, [runId])).get(runId)?.find(({ phase }) => phase === 'files');

  it('names twenty files that failed, and says how many more there are', async () => {
    const fileIds = await settled(22);
    const { runId } = await compare();
    for (const fileId of fileIds) await recordDriveRunFile(database.db, runId, fileId, { outcome: 'failed', reason: { code: 'X', message: 'It failed.' } });
    await activities().endDriveSync({ runId });
    const { warnings } = (await findRun(database.db, runId)) ?? { warnings: [] };
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatchObject({ message: '2 more files failed.' });
  });

  it('tells who asked and the people of the site of what went wrong, once per run and once a day, and of nothing when all went well', async () => {
    const [asker, ed, ada] = [await makeUser(database.db, 'asker@example.edu'), await makeUser(database.db, 'ed@example.edu'), await makeUser(database.db, 'ada@example.edu')];
    await grantRole(database.db, ed.id, { role: 'editor', siteId: site.id });
    await grantRole(database.db, ada.id, { role: 'global_admin', siteId: null });
    const told = async () => (await database.db('mails').orderBy('created_at').select<{ user_id: string; data: Record<string, unknown>; kind: string }[]>('user_id', 'data', 'kind'));
    const fileIds = await settled(2);
    const well = await compare();
    await bindRequest(database.db, (await makeRequest(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null, requestedBy: asker.id })).id, well.runId);
    await activities().endDriveSync({ runId: well.runId });
    expect(await told()).toEqual([]);

    const badly = async (): Promise<void> => {
      const { runId } = await compare();
      await bindRequest(database.db, (await makeRequest(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null, requestedBy: asker.id })).id, runId);
      for (const fileId of fileIds) await recordDriveRunFile(database.db, runId, fileId, { outcome: 'failed', reason: { code: 'X', message: 'It is no PDF.' } });
      for (let times = 0; times < 2; times += 1) await activities().endDriveSync({ runId });
    };
    await badly();
    expect((await told()).map(({ user_id: user }) => user).sort()).toEqual([asker.id, ed.id].sort());
    expect((await told())[0]).toMatchObject({ kind: 'drive-problems', data: { siteName: site.name, state: 'succeeded', problems: [expect.stringContaining('It is no PDF.'), expect.stringContaining('It is no PDF.')], more: 0 } });
    await badly();
    expect(await told()).toHaveLength(2);
    await database.db('mails').update({ created_at: database.db.raw(`created_at - interval '25 hours'`) });
    await badly();
    expect(await told()).toHaveLength(4);
  });

  it('takes every request that waits, and another wish also without one', async () => {
    const steps = activities();
    const at = { siteId: site.id, workflowId: 'sync-drive-folder/a', workflowRunId: 'first' };
    expect(await steps.openDriveSync({ ...at, pass: 1, isWanted: false })).toEqual({ runId: null });
    const requests = [await makeRequest(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null }), await makeRequest(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null })];
    const { runId } = await steps.openDriveSync({ ...at, pass: 1, isWanted: false });
    expect(await steps.openDriveSync({ ...at, pass: 1, isWanted: false })).toEqual({ runId });
    expect(await database.db('run_requests').whereIn('id', requests.map(({ id }) => id)).select('run_id')).toEqual([{ run_id: runId }, { run_id: runId }]);
    const wanted = await steps.openDriveSync({ ...at, pass: 2, isWanted: true });
    expect(wanted.runId).not.toBeNull();
    expect(wanted.runId).not.toBe(runId);
  });

  it('leaves a run that failed as it ended, and ends one that nobody goes on with', async () => {
    const steps = activities();
    const at = { siteId: site.id, workflowId: 'sync-drive-folder/a', isWanted: true };
    const failed = await steps.openDriveSync({ ...at, workflowRunId: 'first', pass: 1 });
    await moveRun(database.db, { runId: failed.runId ?? '', state: 'failed', reason: { code: 'DriveRefused', message: 'Google Drive refused.' } });
    const lost = await steps.openDriveSync({ ...at, workflowRunId: 'second', pass: 1 });
    expect(await findRun(database.db, failed.runId ?? '')).toMatchObject({ state: 'failed', reasonCode: 'DriveRefused' });
    await steps.openDriveSync({ ...at, workflowRunId: 'third', pass: 1 });
    expect(await findRun(database.db, lost.runId ?? '')).toMatchObject({ state: 'terminated' });
  });

  it('names what waits, shows how far it is, and ends with counts and what failed', async () => {
    const [a, b] = [await put('files_final/a.pdf'), await put('files_final/b.pdf')];
    const { runId } = await compare();
    const steps = activities();
    const ids = (await listDriveFiles(database.db, site.id)).map((row) => row.id);
    expect(await steps.waitingDriveFiles({ runId, except: [] })).toEqual({ driveFileIds: ids });
    expect(await steps.waitingDriveFiles({ runId, except: ids.slice(0, 1) })).toEqual({ driveFileIds: ids.slice(1) });
    expect(await steps.waitingDriveFiles({ runId, except: ids })).toEqual({ driveFileIds: [] });
    expect(await phaseOf(runId)).toMatchObject({ state: 'running' });
    await recordDriveRunFile(database.db, runId, a, { outcome: 'streamed', reason: null, bytes: 5 });
    await recordDriveRunFile(database.db, runId, b, { outcome: 'failed', reason: { code: 'DriveFileChanged', message: 'It was changed.' } });
    expect(await steps.waitingDriveFiles({ runId, except: [] })).toEqual({ driveFileIds: [] });
    await recordPhase(database.db, { runId, phase: 'list', state: 'done' });
    expect(await phaseOf(runId)).toMatchObject({ state: 'done', counts: { files: 2, streamed: 1, failed: 1, bytes: 5 } });
    expect(await steps.endDriveSync({ runId })).toMatchObject({ changed: 1 });
    expect(await findRun(database.db, runId)).toMatchObject({ state: 'succeeded', result: { files: 2, streamed: 1, failed: 1, waiting: 0, bytes: 5 }, warnings: [{ file: 'b.pdf', message: 'It was changed.' }] });
  });
});
