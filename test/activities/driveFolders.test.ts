import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDriveFoldersActivities } from '#activities/driveFolders.ts';
import { createDrive, type Drive } from '#clients/drive.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { adoptInstallation } from '#db/queries/installation.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '../factories/config.ts';
import { DRIVE_ID } from '../factories/drive.ts';
import { makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { useDrive } from '../support/useDrive.ts';
import { runActivity, runStep } from './support/runActivity.ts';

const database = useDatabase();
const world = useDrive();
let parent: string;
let site: SiteRow;
beforeEach(async () => {
  await database.clear();
  const name = uuidv7();
  const [made] = await world.person.act({ do: 'folder', path: `/sites-${name}` });
  parent = made?.id ?? '';
  site = await makeSite(database.db, { name: `course-${name}`, shortId: `18.065-${name}` });
});

type FolderInput = Parameters<ReturnType<typeof createDriveFoldersActivities>['makeSiteDriveFolder']>[0];

class Killed extends Error {}

/** The client of a worker that dies before or after its first call of that name. */
function dying(drive: Drive, method: 'reserveId' | 'createFolder' | 'findFolders', when: 'before' | 'after'): Drive {
  const mortal = async (...given: unknown[]): Promise<never> => {
    if (when === 'after') await (drive[method] as (...real: unknown[]) => Promise<unknown>)(...given);
    throw new Killed();
  };
  return { ...drive, [method]: mortal };
}

const configOf = () => makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env, DRIVE_UPLOADS_PARENT_FOLDER_ID: parent });
async function make(drive: Drive = createDrive(configOf()), siteId = site.id) {
  const activities = createDriveFoldersActivities({ config: configOf(), db: database.db, drive });
  const outer = await runActivity((input: FolderInput) => activities.makeSiteDriveFolder(input), { runId: uuidv7(), phase: 'site', siteId });
  const inner = await runActivity((input: FolderInput) => activities.makeInnerDriveFolders(input), { runId: uuidv7(), phase: 'inner', siteId });
  return [outer.summary, inner.summary];
}
/** What lies in the folder of all sites, and in each of them, past every lag. */
async function tree(): Promise<Record<string, string[]>> {
  world.set({ indexLagMs: 0 });
  const drive = createDrive(configOf());
  const found: Record<string, string[]> = {};
  for (const folder of await drive.findFolders({ parentId: parent })) found[`${folder.name} ${folder.id}`] = (await drive.findFolders({ parentId: folder.id })).map((inner) => inner.name).sort();
  return found;
}
const whole = async () => ({ [`${site.shortId} ${(await findDriveFolders(database.db, site.id))?.ids.site ?? ''}`]: ['files', 'files_final', 'videos_final'] });

describe('the folders of a site', () => {
  it('are made with their mark, and are there the second time', async () => {
    expect(await make()).toEqual([`Made the folder ‘${site.shortId}’`, 'Made 3 folders']);
    const row = await findDriveFolders(database.db, site.id);
    expect(row?.madeAt).toBeInstanceOf(Date);
    const drive = createDrive(configOf());
    expect(await drive.get(row?.ids.site ?? '')).toMatchObject({ name: site.shortId, parentId: parent, appProperties: { ocwSite: site.id } });
    expect(await drive.get(row?.ids.videos_final ?? '')).toMatchObject({ name: 'videos_final', parentId: row?.ids.site, appProperties: { ocwFolder: `${site.id}/videos_final` } });
    expect(await make()).toEqual([`The folder ‘${site.shortId}’ is there`, 'All 3 folders are there']);
    expect(await tree()).toEqual(await whole());
    expect(world.unexpected()).toEqual([]);
  });

  it.each([
    ['reserveId', 'before'],
    ['reserveId', 'after'],
    ['createFolder', 'before'],
    ['createFolder', 'after'],
    ['findFolders', 'after'],
  ] as const)('have no twins, whichever %s a worker dies %s, while the search knows of nothing yet', async (method, when) => {
    world.set({ indexLagMs: 600_000 });
    let deaths = 0;
    for (let nth = 1; nth <= 6; nth += 1) {
      await make(dying(createDrive(configOf()), method, when)).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
        deaths += 1;
      });
    }
    expect(deaths).toBeGreaterThanOrEqual(4);
    await make();
    expect(await tree()).toEqual(await whole());
  });

  it('have no twins when every answer to a creation is lost', async () => {
    world.set({ indexLagMs: 600_000 });
    world.addFault({ fault: 'drop-after-accept', match: /^POST \/drive\/v3\/files$/, times: 4 });
    let tries = 0;
    for (let isMade = false; !isMade; tries += 1) isMade = await make().then(() => true, (error: unknown) => expect(error).toMatchObject({ name: 'DriveError', kind: 'unavailable' }) === undefined && false);
    expect(tries).toBe(5);
    expect(await tree()).toEqual(await whole());
  });

  it('have no twins when two workers make them at once', async () => {
    world.set({ indexLagMs: 600_000 });
    await Promise.all([make(), make(), make()]);
    expect(await tree()).toEqual(await whole());
  });

  it('are those that people made under that name, but none of another site', async () => {
    const [own] = await world.person.act({ do: 'folder', path: `/sites-${site.name.slice(7)}/${site.shortId}` });
    await world.person.act({ do: 'folder', path: `/sites-${site.name.slice(7)}/${site.shortId}/files_final` });
    expect(await make()).toEqual([`The folder ‘${site.shortId}’ is there`, 'Made 2 folders']);
    expect((await findDriveFolders(database.db, site.id))?.ids.site).toBe(own?.id);
    const other = await makeSite(database.db, { shortId: site.shortId.toUpperCase() });
    await database.db('sites').where({ id: site.id }).update({ short_id: 'renamed' });
    await database.db('sites').where({ id: other.id }).update({ short_id: site.shortId });
    expect((await make(undefined, other.id))[0]).toBe(`Made the folder ‘${site.shortId}’`);
    expect(Object.keys(await tree())).toHaveLength(2);
  });

  it('are the oldest of several of that name, and none with another site’s mark', async () => {
    const drive = createDrive(configOf());
    await drive.createFolder({ name: site.shortId, parentId: parent, appProperties: { ocwSite: uuidv7() } });
    const first = await drive.createFolder({ name: site.shortId, parentId: parent });
    await until('the next one is younger', () => Promise.resolve(Date.now() > Date.parse(first.createdTime ?? '')));
    await drive.createFolder({ name: site.shortId, parentId: parent });
    await make();
    expect((await findDriveFolders(database.db, site.id))?.ids.site).toBe(first.id);
  });

  it('are made anew where the id that was kept is none a folder can be made under', async () => {
    await make();
    await world.person.act({ do: 'remove', id: (await findDriveFolders(database.db, site.id))?.ids.files ?? '' });
    await database.db('drive_folders').update({ files_id: 'no id of Drive' });
    expect(await make()).toEqual([`The folder ‘${site.shortId}’ is there`, 'Made 1 folder']);
  });

  it('are found by their mark where people moved and renamed them, by a studio that lost its rows', async () => {
    await make();
    const before = await findDriveFolders(database.db, site.id);
    await database.db('drive_folders').delete();
    await world.person.act([{ do: 'folder', path: '/elsewhere' }, { do: 'rename', id: before?.ids.site ?? '', name: 'Strang' }, { do: 'move', id: before?.ids.site ?? '', to: '/elsewhere' }]);
    expect(await make()).toEqual(['The folder ‘Strang’ is there', 'All 3 folders are there']);
    expect((await findDriveFolders(database.db, site.id))?.ids).toEqual(before?.ids);
  });

  it('come out of the trash with their files', async () => {
    await make();
    const id = (await findDriveFolders(database.db, site.id))?.ids.site ?? '';
    await world.person.act({ do: 'trash', id });
    await make();
    expect(await createDrive(configOf()).get(id)).toMatchObject({ isTrashed: false });
    expect(await tree()).toEqual(await whole());
  });

  it('are made anew when somebody deleted them for good', async () => {
    await make();
    const before = await findDriveFolders(database.db, site.id);
    await world.person.act({ do: 'remove', id: before?.ids.files ?? '' });
    expect(await make()).toEqual([`The folder ‘${site.shortId}’ is there`, 'Made 1 folder']);
    await world.person.act({ do: 'remove', id: before?.ids.site ?? '' });
    expect(await make()).toEqual([`Made the folder ‘${site.shortId}’`, 'Made 3 folders']);
    expect(await tree()).toEqual(await whole());
    expect((await findDriveFolders(database.db, site.id))?.madeAt).toBeInstanceOf(Date);
  });

  it('are not made where the folder for all sites is gone', async () => {
    await world.person.act({ do: 'remove', id: parent });
    await expect(make()).rejects.toMatchObject({ type: 'DriveMissing', message: expect.stringContaining('DRIVE_UPLOADS_PARENT_FOLDER_ID') as string });
  });

  it('are not made from another installation’s database', async () => {
    const config = { ...configOf(), studioInstallation: 'copy' };
    await adoptInstallation(database.db, 'test');
    const activities = createDriveFoldersActivities({ config, db: database.db, drive: createDrive(config) });
    for (const step of ['makeSiteDriveFolder', 'makeInnerDriveFolders'] as const) await expect(runStep(activities, step, { runId: uuidv7(), phase: 'site', siteId: site.id })).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(await tree()).toEqual({});
  });

  it('need a drive that is set up', async () => {
    const config = makeConfig({ STUDIO_INSTALLATION: 'test' });
    const activities = createDriveFoldersActivities({ config, db: database.db, drive: createDrive(config) });
    await expect(runActivity((input: FolderInput) => activities.makeSiteDriveFolder(input), { runId: uuidv7(), phase: 'site', siteId: site.id })).rejects.toMatchObject({ kind: 'refused', message: expect.stringContaining('DRIVE_SHARED_ID') as string });
  });
});

it('of a site whose parent is the drive itself lie at its top', async () => {
  parent = DRIVE_ID;
  await make();
  expect((await createDrive(configOf()).get((await findDriveFolders(database.db, site.id))?.ids.site ?? '')).parentId).toBe(DRIVE_ID);
});

it('a pass takes every request that waits, and is found again', async () => {
  const activities = createDriveFoldersActivities({ config: configOf(), db: database.db, drive: createDrive(configOf()) });
  const openDriveFolders = (input: Parameters<typeof activities.openDriveFolders>[0]) => activities.openDriveFolders(input);
  const ask = (siteId: string) => insertRunRequest(database.db, { process: 'create-drive-folders', siteId, requestedBy: null });
  const other = await makeSite(database.db);
  for (const siteId of [site.id, site.id, other.id]) await ask(siteId);
  const at = { siteId: site.id, workflowId: `create-drive-folders/${site.name}`, workflowRunId: uuidv7(), pass: 1 };
  const first = await openDriveFolders(at);
  expect(await openDriveFolders(at)).toEqual(first);
  expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ process: 'create-drive-folders', siteId: site.id, state: 'running' });
  expect(await openDriveFolders({ ...at, pass: 2 })).toEqual({ runId: null });
  expect(await database.db('run_requests').where({ run_id: first.runId }).count({ count: '*' }).first()).toEqual({ count: 2 });
  // Another execution ends what one that was lost left running.
  await ask(site.id);
  const second = await openDriveFolders({ ...at, workflowRunId: uuidv7() });
  expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ state: 'terminated' });
  expect(await findRun(database.db, second.runId ?? '')).toMatchObject({ state: 'running' });
});
