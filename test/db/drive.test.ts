import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { listSitesToList } from '#db/queries/driveChanges.ts';
import { driveEgressToday, takeDriveEgress } from '#db/queries/driveEgress.ts';
import { claimDriveKey, findDriveFile, type FoundDriveFile, listDriveFiles, moveDriveFile, ownersOfDriveFiles, recordFoundFiles, takenDriveKeys } from '#db/queries/driveFiles.ts';
import { findDriveFolders, foldersOfOtherSites, forgetDriveFolderId, keepDriveFolderId, noteDriveFoldersMade } from '#db/queries/driveFolders.ts';
import { countDriveRunFiles, insertDriveRunFiles, listDriveRunFiles, noteDriveRunBytes, recordDriveRunFile } from '#db/queries/driveRunFiles.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
beforeEach(() => database.clear());

const found = (fileId: string, given: Partial<FoundDriveFile> = {}): FoundDriveFile => ({
  fileId,
  folder: 'files_final',
  path: '',
  name: `${fileId}.pdf`,
  mimeType: 'application/pdf',
  md5: 'a'.repeat(32),
  size: 6_000_000_000,
  modifiedAt: '2026-01-02T03:04:05.000Z',
  state: 'found',
  reason: null,
  ...given,
});

describe('folders of a site', () => {
  it('keep the first id they are given', async () => {
    const { id } = await makeSite(database.db);
    expect(await findDriveFolders(database.db, id)).toBeUndefined();
    expect(await keepDriveFolderId(database.db, id, 'site', 'one')).toBe('one');
    expect(await keepDriveFolderId(database.db, id, 'site', 'two')).toBe('one');
    expect(await keepDriveFolderId(database.db, id, 'videos_final', 'three')).toBe('three');
    expect(await findDriveFolders(database.db, id)).toEqual({ siteId: id, ids: { site: 'one', files: null, files_final: null, videos_final: 'three' }, madeAt: null });
  });

  it('keep the same one when two keep theirs at once', async () => {
    const { id } = await makeSite(database.db);
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((each) => keepDriveFolderId(database.db, id, 'files', each)));
    expect(new Set(kept).size).toBe(1);
  });

  it('are forgotten with the site’s own, and only by the id that is kept', async () => {
    const { id } = await makeSite(database.db);
    for (const name of ['site', 'files', 'files_final', 'videos_final'] as const) await keepDriveFolderId(database.db, id, name, `${name}-1`);
    await noteDriveFoldersMade(database.db, id);
    await forgetDriveFolderId(database.db, id, 'files', 'another');
    expect(await findDriveFolders(database.db, id)).toMatchObject({ ids: { files: 'files-1' }, madeAt: expect.any(Date) as Date });
    await forgetDriveFolderId(database.db, id, 'files', 'files-1');
    expect(await findDriveFolders(database.db, id)).toMatchObject({ ids: { site: 'site-1', files: null, files_final: 'files_final-1' }, madeAt: null });
    await forgetDriveFolderId(database.db, id, 'site', 'site-1');
    expect(await findDriveFolders(database.db, id)).toMatchObject({ ids: { site: null, files: null, files_final: null, videos_final: null } });
  });

  it('are told from those of other sites', async () => {
    const [a, b] = [await makeSite(database.db), await makeSite(database.db)];
    await keepDriveFolderId(database.db, a.id, 'site', 'of-a');
    await keepDriveFolderId(database.db, b.id, 'site', 'of-b');
    expect(await foldersOfOtherSites(database.db, a.id, ['of-a', 'of-b', 'nobody'])).toEqual(new Set(['of-b']));
  });
});

describe('files of a site', () => {
  it('are one row each, which keeps its place and its resource when Drive says something new', async () => {
    const site = await makeSite(database.db);
    const runId = await makeRun(database.db, { siteId: site.id });
    const first = (await recordFoundFiles(database.db, site.id, runId, [found('f1')])).get('f1') ?? '';
    expect(await claimDriveKey(database.db, first, 'courses/a/f1.pdf')).toBe('courses/a/f1.pdf');
    await moveDriveFile(database.db, first, { state: 'stored', stored: { md5: 'a'.repeat(32), versionId: 'v1' } });
    const again = await recordFoundFiles(database.db, site.id, runId, [found('f1', { name: 'renamed.pdf', path: 'week 1', md5: 'b'.repeat(32), state: 'failed', reason: { code: 'X', message: 'x' } })]);
    expect(again.get('f1')).toBe(first);
    expect(await findDriveFile(database.db, first)).toEqual({
      id: first, fileId: 'f1', siteId: site.id, folder: 'files_final', path: 'week 1', name: 'renamed.pdf', mimeType: 'application/pdf', md5: 'b'.repeat(32), size: 6_000_000_000, modifiedAt: '2026-01-02T03:04:05.000Z',
      s3Key: 'courses/a/f1.pdf', s3VersionId: 'v1', storedMd5: 'a'.repeat(32), state: 'failed', reason: { code: 'X', message: 'x' }, itemId: null, lastRunId: runId,
    });
  });

  it('lose the reason of a failure with a later success', async () => {
    const site = await makeSite(database.db);
    const id = (await recordFoundFiles(database.db, site.id, await makeRun(database.db, { siteId: site.id }), [found('f1')])).get('f1') ?? '';
    await moveDriveFile(database.db, id, { state: 'failed', reason: { code: 'DriveUnavailable', message: 'x' } });
    await moveDriveFile(database.db, id, { state: 'streaming' });
    expect(await findDriveFile(database.db, id)).toMatchObject({ state: 'streaming', reason: null });
  });

  it('are not taken by another site', async () => {
    const [a, b] = [await makeSite(database.db), await makeSite(database.db)];
    const runId = await makeRun(database.db, { siteId: a.id });
    await recordFoundFiles(database.db, a.id, runId, [found('f1')]);
    expect(await recordFoundFiles(database.db, b.id, runId, [found('f1', { name: 'stolen.pdf' }), found('f2')])).toEqual(new Map([['f2', expect.any(String) as string]]));
    expect((await listDriveFiles(database.db, a.id)).map((file) => file.name)).toEqual(['f1.pdf']);
    expect(await ownersOfDriveFiles(database.db, b.id, ['f1', 'f2', 'f3'])).toEqual(new Map([['f1', a.name]]));
  });

  it('have a key each, whoever is first', async () => {
    const site = await makeSite(database.db);
    const ids = await recordFoundFiles(database.db, site.id, await makeRun(database.db, { siteId: site.id }), [found('f1'), found('f2')]);
    const places = await Promise.all([...ids.values()].map((id) => claimDriveKey(database.db, id, 'courses/a/same.pdf')));
    expect(places.sort()).toEqual(['courses/a/same.pdf', null]);
    expect(await takenDriveKeys(database.db, site.id, 'courses/a/')).toEqual(new Set(['courses/a/same.pdf']));
    expect(await takenDriveKeys(database.db, site.id, 'courses/b/')).toEqual(new Set());
    const [first] = [...ids.values()];
    const place = await claimDriveKey(database.db, first ?? '', 'courses/a/other.pdf');
    // Whoever has a place keeps it.
    expect(await claimDriveKey(database.db, first ?? '', 'courses/a/third.pdf')).toBe(place);
  });
});

it('a key that another transaction is about to take is waited for', async () => {
  const { db } = database;
  const site = await makeSite(db);
  const ids = await recordFoundFiles(db, site.id, await makeRun(db, { siteId: site.id }), [found('f1'), found('f2')]);
  let second: Promise<unknown> = Promise.resolve();
  await db.transaction(async (trx) => {
    expect(await claimDriveKey(trx, ids.get('f1') ?? '', 'courses/a/same.pdf')).toBe('courses/a/same.pdf');
    second = claimDriveKey(db, ids.get('f2') ?? '', 'courses/a/same.pdf').catch((error: unknown) => error);
    await until('the other one waits', async () => (await db.raw<{ rows: unknown[] }>(`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rows.length > 0);
  });
  expect(await second).toBeNull();
});

describe('sites to list', () => {
  it('are those who wait longest first, and no more than are asked for', async () => {
    const sites = [await makeSite(database.db), await makeSite(database.db), await makeSite(database.db)];
    for (const [index, site] of sites.entries()) {
      await keepDriveFolderId(database.db, site.id, 'site', `folder-${index}`);
      await noteDriveFoldersMade(database.db, site.id);
    }
    const [older, newer, never] = sites;
    for (const [site, days] of [[older, 3], [newer, 2]] as const) await database.db('runs').where({ id: await makeRun(database.db, { process: 'sync-drive-folder', siteId: site?.id ?? '', version: null, workflowId: site?.name ?? '' }) }).update({ state: 'succeeded', started_at: new Date(Date.now() - days * 86_400_000) });
    expect((await listSitesToList(database.db, 'sync-drive-folder', new Date(), 2)).map(({ siteId }) => siteId)).toEqual([never?.id, older?.id]);
  });
});

describe('keys that are taken', () => {
  it('are those of files, and of items of the site that came from elsewhere, also of deleted ones', async () => {
    const [site, other] = [await makeSite(database.db), await makeSite(database.db)];
    const add = (siteId: string, textId: string, file: string) => database.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId, filename: textId, file }), by: null, reason: 'created' }));
    await add(site.id, 'a', '/courses/a/uploaded.pdf');
    await add(site.id, 'b', 'courses/a/imported.pdf');
    await add(site.id, 'c', '/courses/b/elsewhere.pdf');
    await add(other.id, 'd', '/courses/a/of-another-site.pdf');
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'b', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    const ids = await recordFoundFiles(database.db, site.id, await makeRun(database.db, { siteId: site.id }), [found('f1')]);
    await claimDriveKey(database.db, ids.get('f1') ?? '', 'courses/a/f1.pdf');
    expect(await takenDriveKeys(database.db, site.id, 'courses/a/')).toEqual(new Set(['courses/a/f1.pdf', 'courses/a/uploaded.pdf', 'courses/a/imported.pdf']));
  });
});

describe('the report of a sync', () => {
  it('says how much of a file is there while it waits, and no more after that', async () => {
    const runId = await makeRun(database.db);
    await insertDriveRunFiles(database.db, runId, [{ fileId: '1', folder: 'files_final', path: '', name: 'b', outcome: 'waiting', reason: null }]);
    await noteDriveRunBytes(database.db, runId, '1', 16);
    expect(await listDriveRunFiles(database.db, runId, { limit: 10, offset: 0 })).toMatchObject([{ outcome: 'waiting', bytes: 16 }]);
    await recordDriveRunFile(database.db, runId, '1', { outcome: 'streamed', reason: null, bytes: 20 });
    await noteDriveRunBytes(database.db, runId, '1', 18);
    expect(await listDriveRunFiles(database.db, runId, { limit: 10, offset: 0 })).toMatchObject([{ outcome: 'streamed', bytes: 20 }]);
  });

  it('names each file once, with the last word on it', async () => {
    const runId = await makeRun(database.db);
    const row = (fileId: string, name: string) => ({ fileId, folder: 'files_final' as const, path: '', name, outcome: 'waiting' as const, reason: null });
    await insertDriveRunFiles(database.db, runId, [row('1', 'b'), row('2', 'a')]);
    await recordDriveRunFile(database.db, runId, '1', { outcome: 'failed', reason: { code: 'X', message: 'x' }, bytes: 5 });
    await insertDriveRunFiles(database.db, runId, [row('1', 'b'), { ...row('3', 'c'), outcome: 'skipped', reason: { code: 'Folder', message: 'y' } }]);
    await recordDriveRunFile(database.db, runId, '1', { outcome: 'streamed', reason: null, bytes: 6_000_000_000 });
    expect(await listDriveRunFiles(database.db, runId, { limit: 10, offset: 0 })).toEqual([
      { ...row('2', 'a'), bytes: 0 },
      { ...row('1', 'b'), outcome: 'streamed', bytes: 6_000_000_000 },
      { ...row('3', 'c'), outcome: 'skipped', reason: { code: 'Folder', message: 'y' }, bytes: 0 },
    ]);
    expect((await listDriveRunFiles(database.db, runId, { limit: 1, offset: 1 })).map((file) => file.fileId)).toEqual(['1']);
    expect((await listDriveRunFiles(database.db, runId, { limit: 9, offset: 0, outcome: 'skipped' })).map((file) => file.fileId)).toEqual(['3']);
    expect(await countDriveRunFiles(database.db, runId)).toEqual({ outcomes: { waiting: 1, streamed: 1, unchanged: 0, skipped: 1, failed: 0, removed: 0, kept: 0 }, bytes: 6_000_000_000 });
  });

  it('is empty of a run that did nothing', async () => {
    expect(await countDriveRunFiles(database.db, uuidv7())).toMatchObject({ bytes: 0, outcomes: { streamed: 0 } });
  });
});

describe('bytes of a day', () => {
  it('are taken until the day has no room for them', async () => {
    expect(await takeDriveEgress(database.db, 60, 100)).toBe(true);
    expect(await takeDriveEgress(database.db, 41, 100)).toBe(false);
    expect(await takeDriveEgress(database.db, 40, 100)).toBe(true);
    expect(await takeDriveEgress(database.db, 1, 100)).toBe(false);
    expect(await driveEgressToday(database.db)).toBe(100);
  });

  it('are never more, however many take at once, and without a limit only counted', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => takeDriveEgress(database.db, 10, 95)));
    expect(taken.filter(Boolean)).toHaveLength(9);
    expect(await takeDriveEgress(database.db, 4_000_000_000_000, 0)).toBe(true);
    expect(await driveEgressToday(database.db)).toBe(4_000_000_000_090);
    expect(await takeDriveEgress(database.db, 1, 5_000_000_000_000)).toBe(true);
  });

  it('more than a day has are refused also as the first', async () => {
    expect(await takeDriveEgress(database.db, 101, 100)).toBe(false);
    expect(await driveEgressToday(database.db)).toBe(0);
  });
});
