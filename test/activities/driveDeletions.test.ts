import type { Client } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDriveDeletionsActivities } from '#activities/driveDeletions.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { deletionsAhead, listContentDeletions, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findDriveFile, moveDriveFile, noteDriveFileReason, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { putVideoTrack } from '#db/queries/videoTracks.ts';
import { UNDONE } from '#domain/contentDeletions.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
let site: SiteRow;
let runId: string;
let told: string[];
let isAway: boolean;
beforeEach(async () => {
  await database.clear();
  site = await makeSite(database.db);
  runId = await makeRun(database.db, { siteId: site.id });
  told = [];
  isAway = false;
});

const temporal = { workflow: { signalWithStart: (type: string, { workflowId }: { workflowId: string }) => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(void told.push(`${type} ${workflowId}`))) } } as unknown as Client;
const schedule = (...fileIds: string[]) => {
  const activities = createDriveDeletionsActivities({ config: makeConfig({}), db: database.db, temporal });
  return runActivity((input: Parameters<typeof activities.scheduleDriveDeletions>[0]) => activities.scheduleDriveDeletions(input), { siteId: site.id, runId, fileIds });
};
const open = async () => (await listContentDeletions(database.db, site.id, ['pending'], { limit: 100, offset: 0 })).deletions;

/** A file that came from Drive, with its resource unless told otherwise. @returns its row's id. */
async function file(fileId: string, names: readonly string[] = [], has: { item?: boolean; key?: boolean } = {}): Promise<string> {
  const { db } = database;
  const ids = await recordFoundFiles(db, site.id, runId, [{ fileId, folder: 'files_final', path: '', name: `${fileId}.pdf`, mimeType: 'application/pdf', md5: 'a', size: 1, modifiedAt: null, state: 'found', reason: null }]);
  const id = ids.get(fileId) ?? '';
  if (has.key !== false) await db('drive_files').where({ id }).update({ s3_key: `courses/${fileId}.pdf`, s3_version_id: 'v1' });
  if (has.item === false) return id;
  const references = names.map((targetTextId) => ({ field: 'body', kind: 'markdown' as const, targetTextId, targetSite: null }));
  const item = await createContentItem(db, { siteId: site.id, item: makeContentItem({ textId: fileId, title: fileId, filename: fileId }), by: null, reason: 'created', references });
  await moveDriveFile(db, id, { state: 'complete', itemId: item.id });
  return id;
}

describe('files that are missing', () => {
  it('are on their way out together, in thirty days, with their resources', async () => {
    await file('one');
    await file('two');
    expect(await schedule('one', 'two')).toEqual({ scheduled: 2, kept: [] });
    const rows = await open();
    expect(rows).toMatchObject([{ cause: 'missing', isTrashed: false, s3VersionId: 'v1' }, { cause: 'missing' }]);
    expect(new Set(rows.map((row) => row.requestId)).size).toBe(1);
    expect(rows.map((row) => row.textId).sort()).toEqual(['one', 'two']);
    expect(new Set(rows.map((row) => row.dueAt.getTime())).size).toBe(1);
    expect(Date.parse((await deletionsAhead(database.db, site.id)).nextDueAt ?? '') - Date.now()).toBeGreaterThan(29 * 86_400_000);
    expect(told).toEqual([`deleteContent delete-content/${site.name}`]);
  });

  it('are put there once, however often it is tried, and the engine is told in the end', async () => {
    await file('one');
    isAway = true;
    await expect(schedule('one')).rejects.toMatchObject({ type: 'EngineUnavailable' });
    isAway = false;
    expect(await schedule('one')).toEqual({ scheduled: 1, kept: [] });
    await file('two');
    expect(await schedule('two')).toEqual({ scheduled: 1, kept: [] });
    const rows = await open();
    expect(rows.map((row) => row.requestId)).toEqual([rows[0]?.requestId, rows[0]?.requestId]);
    expect(await database.db('run_requests').where({ process: 'delete-content' }).whereNull('delivered_at')).toEqual([]);
    expect(await listWaitingRequests(database.db, [site.id])).toHaveLength(1);
  });

  it('stay when something names them that stays, and say so by the file; those only each other name go', async () => {
    const kept = await file('named');
    await file('page', ['named'], { key: false });
    await file('captions');
    await file('video', ['captions']);
    const answer = await schedule('named', 'video', 'captions');
    expect(answer).toEqual({ scheduled: 2, kept: [{ fileId: 'named', reason: { code: 'Referenced', message: 'It stays, because ‘page’ names it. Take it out there first.' } }] });
    expect(await findDriveFile(database.db, kept)).toMatchObject({ state: 'complete', reason: { code: 'Referenced' } });
    await file('wanted');
    for (const page of ['a', 'b', 'c', 'd', 'e']) await file(page, ['wanted'], { key: false });
    expect((await schedule('wanted')).kept[0]?.reason.message).toBe('It stays, because ‘a’, ‘b’, ‘c’ and 2 more name it. Take it out there first.');
  });

  it('take along what 3Play made of them, and leave what came from Drive to its own file', async () => {
    const { db } = database;
    const own = (name: string) => createContentItem(db, { siteId: site.id, item: makeContentItem({ textId: name, title: name, filename: name, file: `/courses/${name}` }), by: null, reason: 'made', references: [] });
    const [made, supplied] = [await own('made'), await own('supplied')];
    await file('film', ['made', 'supplied']);
    const film = await findContentItem(db, site.id, 'film');
    await changeContentItem(db, { siteId: site.id, textId: 'film', fromRevision: null, set: { metadata: { video_files: { video_captions_resources: { content: ['made', 'supplied'], website: site.name } } } }, by: null, reason: 'linked' });
    const videoId = uuidv7();
    await db('videos').insert({ id: videoId, site_id: site.id, item_id: film?.id, source: 'drive', phase: 'done' });
    for (const [item, language, source] of [[made, 'en', 'threePlay'], [supplied, 'fr', 'drive']] as const) await putVideoTrack(db, { videoId, kind: 'captions', language, source, itemId: item.id, s3Key: `courses/${item.textId}`, md5: 'a' });
    expect(await schedule('film')).toEqual({ scheduled: 2, kept: [] });
    expect((await open()).map(({ textId, s3Key, cause }) => [textId, s3Key, cause]).sort()).toEqual([['film', 'courses/film.pdf', 'missing'], ['made', 'courses/made', 'missing']]);
  });

  it('go also when what names them is on its way out since an earlier call, or was deleted itself', async () => {
    await file('captions');
    await file('video', ['captions']);
    await schedule('video');
    expect(await schedule('captions')).toEqual({ scheduled: 1, kept: [] });
    await file('gone');
    await file('page', ['gone'], { key: false });
    await changeContentItem(database.db, { siteId: site.id, textId: 'gone', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' });
    expect(await schedule('gone')).toEqual({ scheduled: 1, kept: [] });
  });

  it('stay once somebody undid their deletion', async () => {
    const id = await file('one');
    await schedule('one');
    for (const row of await open()) await moveContentDeletion(database.db, row.id, { state: 'undone' });
    await noteDriveFileReason(database.db, id, UNDONE);
    expect(await schedule('one')).toMatchObject({ scheduled: 0, kept: [{ fileId: 'one', reason: { code: 'Undone' } }] });
    expect(await open()).toEqual([]);
  });

  it('are forgotten at once where nothing was made of them, and go alone where there are only bytes', async () => {
    const nothing = await file('nothing', [], { item: false, key: false });
    const bytes = await file('bytes', [], { item: false });
    expect(await schedule('nothing', 'bytes', 'unknown')).toEqual({ scheduled: 1, kept: [] });
    expect(await findDriveFile(database.db, nothing)).toMatchObject({ state: 'trashed' });
    expect(await open()).toMatchObject([{ driveFileId: bytes, itemId: null, s3Key: 'courses/bytes.pdf' }]);
  });
});
