import type { Client } from '@temporalio/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDriveChangesActivities } from '#activities/driveChanges.ts';
import { createDrive } from '#clients/drive.ts';
import { findDriveChanges } from '#db/queries/driveChanges.ts';
import { recordFoundFiles } from '#db/queries/driveFiles.ts';
import { type DriveFolderName, keepDriveFolderId, noteDriveFoldersMade } from '#db/queries/driveFolders.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { SyncRequested } from '#temporal/contracts/syncDriveFolder.ts';
import { makeConfig } from '../factories/config.ts';
import { DRIVE_ID } from '../factories/drive.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDrive } from '../support/useDrive.ts';
import { runStep } from './support/runActivity.ts';

const DAY_MS = 86_400_000;
const database = useDatabase();
const world = useDrive();
let algebra: SiteRow;
let geometry: SiteRow;
let told: Record<string, SyncRequested[]>;
let isAway: boolean;
beforeEach(async () => {
  await database.clear();
  told = {};
  isAway = false;
  algebra = await siteWithFolders();
  geometry = await siteWithFolders();
});

type Wish = Exclude<Parameters<typeof world.person.act>[0], readonly unknown[]>;
const person = async (wish: Wish): Promise<string> => (await world.person.act(wish))[0]?.id ?? '';
/** Drive's id of a folder that is there. */
const folderId = (path: string): Promise<string> => person({ do: 'folder', path });

async function siteWithFolders(): Promise<SiteRow> {
  const site = await makeSite(database.db);
  const names: readonly DriveFolderName[] = ['site', 'files', 'files_final', 'videos_final'];
  for (const name of names) await keepDriveFolderId(database.db, site.id, name, await person({ do: 'folder', path: name === 'site' ? `/${site.name}` : `/${site.name}/${name}` }));
  await noteDriveFoldersMade(database.db, site.id);
  return site;
}

const temporal = {
  workflow: {
    signalWithStart: (type: string, { workflowId, signalArgs }: { workflowId: string; signalArgs: [SyncRequested] }) => {
      if (isAway) return Promise.reject(new Error('away'));
      const site = workflowId.replace('sync-drive-folder/', '');
      told[site] = [...(told[site] ?? []), ...signalArgs];
      return Promise.resolve(type);
    },
  },
} as unknown as Client;

/** One look. Sites are told to list only when they were not synced for a day, unless told otherwise. */
function look(listEveryMs = DAY_MS) {
  const config = makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env });
  return runStep(createDriveChangesActivities({ config, db: database.db, drive: createDrive(config), temporal }), 'watchDriveChanges', { listEveryMs });
}

/** A drive that was looked at, and whose sites were synced since. */
async function settled(): Promise<void> {
  await look();
  for (const site of [algebra, geometry]) await makeRun(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null, workflowId: `sync-drive-folder/${site.name}` });
  await database.db('runs').update({ state: 'succeeded' });
  told = {};
}

describe('a change', () => {
  it('at any depth of a folder that is synced is told to its site, and to no other', async () => {
    await settled();
    const file = await person({ do: 'put', path: `/${algebra.name}/files_final/week 1/deep/a.pdf`, text: 'a' });
    expect(await look()).toMatchObject({ changed: 1, listed: 0, summary: expect.stringContaining('1 site to sync') as string });
    expect(Object.keys(told)).toEqual([algebra.name]);
    expect(told[algebra.name]).toMatchObject([{ reason: 'watch' }]);
    expect(told[algebra.name]?.[0]?.fileIds).toContain(file);
    told = {};
    expect(await look()).toEqual({ changes: 0, changed: 0, listed: 0, summary: 'Nothing changed' });
    expect(told).toEqual({});
  });

  it('in drafts, or in nobody’s folder, is told to nobody', async () => {
    await settled();
    await person({ do: 'put', path: `/${algebra.name}/files/draft.pdf`, text: 'a' });
    await person({ do: 'put', path: '/elsewhere/b.pdf', text: 'b' });
    expect(await look()).toMatchObject({ changed: 0 });
    expect(told).toEqual({});
  });

  it('of a site’s own folders is told to it', async () => {
    await settled();
    await person({ do: 'rename', path: `/${algebra.name}`, name: `${algebra.name}-renamed` });
    await person({ do: 'trash', path: `/${geometry.name}/videos_final` });
    await look();
    expect(Object.keys(told).sort()).toEqual([algebra.name, geometry.name].sort());
  });

  it('that removes a file, or moves it, is told to the site that has it and to the one that gets it', async () => {
    const [removed, moved] = [await person({ do: 'put', path: `/${algebra.name}/files_final/a.pdf`, text: 'a' }), await person({ do: 'put', path: `/${algebra.name}/files_final/b.pdf`, text: 'b' })];
    const found = { folder: 'files_final', path: '', mimeType: 'application/pdf', md5: null, size: null, modifiedAt: null, state: 'complete', reason: null } as const;
    await recordFoundFiles(database.db, algebra.id, await makeRun(database.db, { siteId: algebra.id }), [{ ...found, fileId: removed, name: 'a.pdf' }, { ...found, fileId: moved, name: 'b.pdf' }]);
    await settled();
    await person({ do: 'remove', id: removed });
    await look();
    expect(told).toEqual({ [algebra.name]: [{ reason: 'watch', fileIds: [removed] }] });
    told = {};
    await person({ do: 'move', id: moved, to: `/${geometry.name}/files_final` });
    await look();
    expect(told).toEqual({ [algebra.name]: [{ reason: 'watch', fileIds: [moved] }], [geometry.name]: [{ reason: 'watch', fileIds: [moved] }] });
  });

  it('that moves or removes a folder is told to the site that has files in it, at any depth', async () => {
    const [file, other] = [await person({ do: 'put', path: `/${algebra.name}/files_final/week 1/deep/a.pdf`, text: 'a' }), await person({ do: 'put', path: `/${algebra.name}/files_final/week 2/b.pdf`, text: 'b' })];
    const [week1, deep, week2] = [await folderId(`/${algebra.name}/files_final/week 1`), await folderId(`/${algebra.name}/files_final/week 1/deep`), await folderId(`/${algebra.name}/files_final/week 2`)];
    const found = { folder: 'files_final', mimeType: 'application/pdf', md5: null, size: null, modifiedAt: null, state: 'complete', reason: null } as const;
    await recordFoundFiles(database.db, algebra.id, await makeRun(database.db, { siteId: algebra.id }), [
      { ...found, fileId: file, name: 'a.pdf', path: 'week 1/deep', folderIds: [week1, deep] },
      { ...found, fileId: other, name: 'b.pdf', path: 'week 2', folderIds: [week2] },
    ]);
    await settled();
    await person({ do: 'move', id: week1, to: '/elsewhere' });
    await look();
    expect(told).toEqual({ [algebra.name]: [{ reason: 'watch', fileIds: [week1] }] });
    told = {};
    await person({ do: 'remove', id: week2 });
    await look();
    expect(Object.keys(told)).toEqual([algebra.name]);
    expect(told[algebra.name]?.[0]?.fileIds).toContain(week2);
    told = {};
    await person({ do: 'move', id: deep, to: `/${geometry.name}/files_final` });
    await look();
    expect(Object.keys(told).sort()).toEqual([algebra.name, geometry.name].sort());
  });

  it('is found on every page, and a site with many is told in signals that stay small', async () => {
    await settled();
    const put = async (folder: string, count: number): Promise<string[]> => (await world.person.act(Array.from({ length: count }, (_none, index) => ({ do: 'put', path: `/${algebra.name}/files_final/${folder}/${index}.pdf`, text: 'a' })))).map((item) => item?.id ?? '');
    const named = (): string[] => (told[algebra.name] ?? []).flatMap((signal) => signal.fileIds ?? []);
    const paged = await put('week 1', 20);
    world.set({ maxPageSize: 7 });
    await look();
    expect(named()).toEqual(expect.arrayContaining(paged));
    told = {};
    const many = await put('week 2', 120);
    world.set({ maxPageSize: 1_000 });
    await look();
    expect(named()).toEqual(expect.arrayContaining(many));
    expect((told[algebra.name] ?? []).map((signal) => (signal.fileIds ?? []).length > 100)).toEqual([false, false]);
  });

  it('is not lost when the engine or Google is away: the next look reads the same page', async () => {
    await settled();
    await person({ do: 'put', path: `/${algebra.name}/files_final/a.pdf`, text: 'a' });
    const before = (await findDriveChanges(database.db, DRIVE_ID))?.pageToken;
    isAway = true;
    await expect(look()).rejects.toMatchObject({ type: 'EngineUnavailable' });
    isAway = false;
    world.addFault({ fault: '500', times: 20, match: /changes/ });
    await expect(look()).rejects.toMatchObject({ name: 'DriveError' });
    await fetch(`${world.url}/_control`, { method: 'POST', body: '{"clear":true}' });
    expect((await findDriveChanges(database.db, DRIVE_ID))?.pageToken).toBe(before);
    await look();
    expect(Object.keys(told)).toEqual([algebra.name]);
  });
});

describe('a whole listing', () => {
  it('is what the first look asks of all sites, and the token is from before', async () => {
    await person({ do: 'put', path: `/${algebra.name}/files_final/old.pdf`, text: 'a' });
    expect(await look()).toMatchObject({ changes: 0, changed: 0, listed: 2 });
    expect(told).toEqual({ [algebra.name]: [{ reason: 'schedule' }], [geometry.name]: [{ reason: 'schedule' }] });
  });

  it('is asked of all once more when changes were missed', async () => {
    await settled();
    await person({ do: 'put', path: `/${algebra.name}/files_final/a.pdf`, text: 'a' });
    world.set({ expirePageTokens: true });
    expect(await look()).toMatchObject({ changed: 0, listed: 2 });
    told = {};
    await person({ do: 'put', path: `/${geometry.name}/files_final/b.pdf`, text: 'b' });
    await look();
    expect(told[geometry.name]).toMatchObject([{ reason: 'watch' }]);
  });

  it('is asked of a site that was not synced for long, unless it is at it or has changed anyway', async () => {
    await settled();
    await database.db('runs').update({ started_at: new Date(Date.now() - 2 * DAY_MS) });
    await database.db('drive_changes').update({ whole_since: new Date(Date.now() - 9 * DAY_MS) });
    await database.db('runs').where({ site_id: geometry.id }).update({ state: 'running' });
    expect(await look()).toMatchObject({ listed: 1 });
    expect(told).toEqual({ [algebra.name]: [{ reason: 'schedule' }] });
    told = {};
    await person({ do: 'put', path: `/${algebra.name}/files_final/a.pdf`, text: 'a' });
    expect(await look()).toMatchObject({ changed: 1, listed: 0 });
    expect(told[algebra.name]).toMatchObject([{ reason: 'watch' }]);
    told = {};
    expect(await look(3 * DAY_MS)).toMatchObject({ listed: 0 });
  });
});

it('is nothing where Drive is not set up, and nothing from a copy of the database', async () => {
  const config = makeConfig({ STUDIO_INSTALLATION: 'test' });
  expect(await runStep(createDriveChangesActivities({ config, db: database.db, drive: createDrive(config), temporal }), 'watchDriveChanges', { listEveryMs: DAY_MS })).toMatchObject({ summary: 'Google Drive is not set up' });
  await look();
  told = {};
  const copy = makeConfig({ STUDIO_INSTALLATION: 'copy', ...world.env });
  await expect(runStep(createDriveChangesActivities({ config: copy, db: database.db, drive: createDrive(copy), temporal }), 'watchDriveChanges', { listEveryMs: DAY_MS })).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
  expect(told).toEqual({});
});
