import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDriveBackfillActivities } from '#activities/driveBackfill.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createDriveSyncActivities } from '#activities/driveSync.ts';
import { createDrive, type Drive } from '#clients/drive.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { listDriveFiles } from '#db/queries/driveFiles.ts';
import { keepDriveFolderId } from '#db/queries/driveFolders.ts';
import { adoptInstallation } from '#db/queries/installation.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDrive } from '../support/useDrive.ts';
import { runStep } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const world = useDrive();
let site: SiteRow;
beforeEach(async () => {
  await database.clear();
  site = await makeSite(database.db);
  for (const name of ['files_final', 'videos_final'] as const) await keepDriveFolderId(database.db, site.id, name, (await world.person.act({ do: 'folder', path: `/${site.name}/${name}` }))[0]?.id ?? '');
});

const config = () => makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env, ...buckets.env });
const deps = (given: { readonly drive?: Drive; readonly config?: ReturnType<typeof config> } = {}) => ({ config: config(), db: database.db, s3: buckets.s3, drive: createDrive(config()), ...given });

/** A resource whose bytes are in the bucket, unless told otherwise. */
async function resource(name: string, given: { readonly bytes?: string | null; readonly kind?: string; readonly slash?: boolean } = {}): Promise<string> {
  const { bytes = name, kind = 'Document', slash = false } = given;
  const key = `courses/${site.name}/${name}`;
  if (bytes !== null) await buckets.s3.put(config().storageBucket, key, bytes, { contentType: 'text/plain' });
  const item = makeContentItem({ textId: name, type: 'resource', title: name, dirpath: 'content/resources', filename: name, file: slash ? `/${key}` : key, metadata: { resourcetype: kind } });
  return (await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item, by: null, reason: 'created' }))).id;
}

async function backfill(given: Parameters<typeof deps>[0] = {}) {
  const runId = await makeRun(database.db, { process: 'backfill-drive-folder', siteId: site.id, version: null });
  const told = await runStep(createDriveBackfillActivities(deps(given)), 'backfillDriveFiles', { runId, phase: 'put', siteId: site.id });
  return { ...told, warnings: (await findRun(database.db, runId))?.warnings ?? [] };
}

/** What lies in the folder, by name. */
async function inDrive(): Promise<Record<string, { id: string; md5: string | null }>> {
  const drive = createDrive(config());
  const folders = await database.db('drive_folders').where({ site_id: site.id }).first<{ files_final_id: string }>();
  const found: Record<string, { id: string; md5: string | null }> = {};
  for await (const page of drive.listChildren(folders.files_final_id)) for (const { name, id, md5 } of page.files) found[name] = { id, md5 };
  return found;
}

/** What a sync says of the site after that. */
async function listed() {
  const runId = await makeRun(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null });
  return (await runStep(createDriveSyncActivities(deps() as unknown as ActivityDeps), 'compareDriveFolders', { runId, phase: 'list', siteId: site.id, isRemade: false })).counts;
}

describe('files that Google Drive lacks', () => {
  it('are put there with their bytes, once, and the next sync finds them unchanged', async () => {
    const id = await resource('notes.txt', { slash: true });
    await resource('empty.txt', { bytes: '' });
    await resource('lecture.mp4', { kind: 'Video' });
    const gone = await resource('deleted.txt');
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: 'deleted.txt', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    expect(gone).not.toBe(id);
    expect(await backfill()).toMatchObject({ counts: { files: 2, put: 2, there: 0, failed: 0 }, warnings: [] });
    const there = await inDrive();
    expect(Object.keys(there).sort()).toEqual(['empty.txt', 'notes.txt']);
    expect(there['notes.txt']?.md5).toBe(createHash('md5').update('notes.txt').digest('hex'));
    expect((await listDriveFiles(database.db, site.id)).find((row) => row.name === 'notes.txt')).toMatchObject({ state: 'complete', itemId: id, s3Key: `courses/${site.name}/notes.txt`, fileId: there['notes.txt']?.id });
    expect(await backfill()).toMatchObject({ counts: { files: 2, put: 0, there: 2 } });
    expect(await listed()).toEqual({ files: 2, waiting: 0, missing: 0 });
  });

  it('are put there again when somebody trashed or removed them, in the place of what is gone', async () => {
    await resource('trashed.txt');
    await resource('removed.txt');
    await backfill();
    const before = await inDrive();
    await world.person.act({ do: 'trash', id: before['trashed.txt']?.id ?? '' });
    await world.person.act({ do: 'remove', id: before['removed.txt']?.id ?? '' });
    expect(await backfill()).toMatchObject({ counts: { put: 2, there: 0 } });
    const after = await inDrive();
    expect(Object.keys(after).sort()).toEqual(['removed.txt', 'trashed.txt']);
    expect(after['removed.txt']?.id).not.toBe(before['removed.txt']?.id);
    const rows = await listDriveFiles(database.db, site.id);
    expect(rows.filter((row) => row.state === 'complete').map((row) => row.fileId).sort()).toEqual(Object.values(after).map(({ id }) => id).sort());
    expect(rows.filter((row) => row.state === 'trashed')).toMatchObject([{ itemId: null, s3Key: null }, { itemId: null, s3Key: null }]);
    expect(await listed()).toEqual({ files: 2, waiting: 0, missing: 0 });
  });

  it('are there once when a try’s answer was lost, and are no files of the site before they are there', async () => {
    await resource('notes.txt');
    world.addFault({ fault: 'drop-after-accept', times: 1, match: /^PUT \/upload\// });
    await expect(backfill()).rejects.toMatchObject({ name: 'DriveError' });
    expect(await listDriveFiles(database.db, site.id)).toMatchObject([{ state: 'trashed', reason: { code: 'Backfill' } }]);
    expect(await backfill()).toMatchObject({ counts: { files: 1 } });
    expect(Object.keys(await inDrive())).toEqual(['notes.txt']);
    expect(await listDriveFiles(database.db, site.id)).toMatchObject([{ state: 'complete', reason: null }]);
    expect(world.unexpected()).toEqual([]);
  });

  it('that the bucket lacks too are told, and the others go on', async () => {
    await resource('a-lost.txt', { bytes: null });
    await resource('notes.txt');
    expect(await backfill()).toMatchObject({ counts: { files: 2, put: 1, failed: 1 }, warnings: [{ file: `courses/${site.name}/a-lost.txt`, message: expect.stringContaining('does not have it') as string }] });
    expect(Object.keys(await inDrive())).toEqual(['notes.txt']);
  });

  it('of which Google has other bytes than it was sent are no files of the site, and are put there by the next try', async () => {
    const itemId = await resource('notes.txt');
    const drive = createDrive(config());
    const damaging: Drive = { ...drive, uploads: { ...drive.uploads, send: async (...given) => ({ ...(await drive.uploads.send(...given)), md5: 'a'.repeat(32) }) } };
    expect(await backfill({ drive: damaging })).toMatchObject({ counts: { put: 0, failed: 1 }, warnings: [{ message: expect.stringContaining('other bytes of notes.txt') as string }] });
    expect(await inDrive()).toEqual({});
    expect(await listDriveFiles(database.db, site.id)).toMatchObject([{ state: 'trashed' }]);
    expect(await backfill()).toMatchObject({ counts: { put: 1, failed: 0 } });
    expect(Object.keys(await inDrive())).toEqual(['notes.txt']);
    expect(await listDriveFiles(database.db, site.id)).toMatchObject([{ state: 'complete', itemId }]);
  });

  it('are told to the twentieth where many fail', async () => {
    for (let index = 1; index <= 22; index += 1) await resource(`${String(index)}.txt`, { bytes: null });
    const { warnings } = await backfill();
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatchObject({ message: '2 more files could not be put there.' });
  });

  it('are not put there from a copy of the database', async () => {
    await resource('notes.txt');
    await adoptInstallation(database.db, 'test');
    await expect(backfill({ config: { ...config(), studioInstallation: 'copy' } })).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(await inDrive()).toEqual({});
  });
});
