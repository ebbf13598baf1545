import type { Client } from '@temporalio/client';
import { DeleteObjectCommand, GetObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeleteContentActivities } from '#activities/deleteContent.ts';
import { createDrive, type Drive, DriveError } from '#clients/drive.ts';
import type { S3 } from '#clients/s3.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { type DeletionCause, findContentDeletion, insertContentDeletions, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItem, type StoredContentItem } from '#db/queries/contentItems.ts';
import { findDriveFile, listDriveFiles, moveDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { keepDriveFolderId } from '#db/queries/driveFolders.ts';
import { adoptInstallation } from '#db/queries/installation.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDrive } from '../support/useDrive.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const world = useDrive();
let site: SiteRow;
let hints: string[];
let bucket: string;
beforeAll(async () => {
  bucket = configOf().storageBucket;
  await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
});
beforeEach(async () => {
  await database.clear();
  hints = [];
  site = await makeSite(database.db, { name: `course-${uuidv7()}` });
  const [folder] = await world.person.act({ do: 'folder', path: `/${site.name}/files_final` });
  await keepDriveFolderId(database.db, site.id, 'files_final', folder?.id ?? '');
});

class Killed extends Error {}
const configOf = (installation = 'test') => makeConfig({ STUDIO_INSTALLATION: installation, ...world.env, ...buckets.env });
const temporal = { workflow: { signalWithStart: (type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void hints.push(`${type} ${workflowId}`)) } } as unknown as Client;
const activitiesOf = (given: { drive?: Drive; s3?: S3; installation?: string } = {}) => createDeleteContentActivities({ config: configOf(given.installation), db: database.db, drive: given.drive ?? createDrive(configOf()), s3: given.s3 ?? buckets.s3, temporal, threePlay: createThreePlay(configOf()) });
type Activities = ReturnType<typeof activitiesOf>;
type Step = 'restoreDeleted' | 'checkDeletions' | 'removeDeletedItems' | 'removeDeletedFiles';
const step = (activities: Activities, name: Step, runId = uuidv7()) => runActivity((input: Parameters<Activities[Step]>[0]) => activities[name](input) as Promise<{ summary: string; counts: Record<string, number> }>, { runId, phase: name, siteId: site.id, siteName: site.name });
/** Every step of a pass. */
async function pass(activities = activitiesOf()): Promise<string[]> {
  const summaries: string[] = [];
  for (const name of ['restoreDeleted', 'checkDeletions', 'removeDeletedItems', 'removeDeletedFiles'] as const) summaries.push((await step(activities, name)).summary);
  return summaries;
}

/** A resource with its file in Drive and its bytes in the bucket, on its way out. */
async function doom(name: string, given: { cause?: DeletionCause; graceDays?: number; names?: readonly string[] } = {}) {
  const { db } = database;
  const [put] = await world.person.act({ do: 'put', path: `/${site.name}/files_final/${name}`, text: name });
  const fileId = put?.id ?? '';
  const file = await createDrive(configOf()).get(fileId);
  const key = `courses/${site.name}/${name}`;
  await buckets.s3.put(bucket, key, name, { contentType: 'text/plain' });
  const versionId = (await buckets.s3.head(bucket, key))?.versionId ?? null;
  const item = await addItem(name, given.names ?? [], key);
  const ids = await recordFoundFiles(db, site.id, await makeRun(db, { siteId: site.id }), [{ fileId, folder: 'files_final', path: '', name, mimeType: 'text/plain', md5: file.md5, size: file.sizeBytes, modifiedAt: file.modifiedTime, state: 'found', reason: null }]);
  const driveFileId = ids.get(fileId) ?? '';
  await db('drive_files').where({ id: driveFileId }).update({ s3_key: key });
  await moveDriveFile(db, driveFileId, { state: 'complete', stored: { md5: file.md5 ?? '', versionId }, itemId: item.id });
  const request = await insertRunRequest(db, { process: 'delete-content', siteId: site.id, requestedBy: null });
  await insertContentDeletions(db, [{ requestId: request.id, siteId: site.id, itemId: item.id, driveFileId, cause: given.cause ?? 'person', s3Key: key, s3VersionId: null, requestedBy: null }], given.graceDays ?? 0);
  const { id } = await db('content_deletions').where({ item_id: item.id }).first<{ id: string }>('id');
  return {
    id,
    fileId,
    driveFileId,
    key,
    textId: item.textId,
    row: () => findContentDeletion(db, id),
    /** Where each of the three is: in the studio, in Drive, in the bucket. */
    async where() {
      const drive = await createDrive(configOf()).get(fileId);
      return { item: (await findContentItem(db, site.id, item.textId))?.deletedAt === null, drive: !drive.isTrashed, bytes: await buckets.s3.exists(bucket, key), state: (await findContentDeletion(db, id))?.state, file: (await findDriveFile(db, driveFileId))?.state };
    },
  };
}
async function addItem(name: string, names: readonly string[], file: string | null = null, of: SiteRow = site): Promise<StoredContentItem> {
  const references = names.map((textId) => ({ field: 'body', kind: 'markdown' as const, targetTextId: textId, targetSite: of.id === site.id ? null : site.name }));
  return createContentItem(database.db, { siteId: of.id, item: makeContentItem({ textId: name, title: `Title of ${name}`, type: 'resource', dirpath: 'content/resources', filename: name.replaceAll('.', '_'), file }), by: null, reason: 'created', references });
}
const GONE = { item: false, drive: false, bytes: false, state: 'done', file: 'trashed' };
const THERE = { item: true, drive: true, bytes: true, state: 'undone', file: 'complete' };

describe('a deletion with its file', () => {
  it('leaves everything in its place until it is due, and then takes item, file and bytes away', async () => {
    const waiting = await doom('later.txt', { graceDays: 30 });
    const due = await doom('now.txt');
    expect(await pass()).toEqual(['Nothing to bring back', 'No file to look for', '1 resource out of the studio', '1 file taken away']);
    expect(await database.db('audit_entries').select('action', 'actor_kind', 'actor_name', 'site_name', 'target', 'detail', 'outcome')).toEqual([
      { action: 'item-remove', actor_kind: 'process', actor_name: 'Deletion', site_name: site.name, target: { site: site.name, item: due.textId }, detail: { title: 'Title of now.txt', cause: 'person', request: (await due.row())?.requestId }, outcome: 'done' },
    ]);
    expect(await due.where()).toEqual(GONE);
    expect(await waiting.where()).toEqual({ ...THERE, state: 'pending' });
    expect(hints).toEqual([`syncContent site-repo/${site.name}`]);
    expect(await findContentItem(database.db, site.id, due.textId)).toMatchObject({ reason: 'deleted' });
  });

  it('hides the bytes under a marker and deletes nothing in Drive', async () => {
    const due = await doom('hidden.txt');
    await pass();
    const versionId = (await due.row())?.s3VersionId ?? '';
    const kept = await buckets.direct.send(new GetObjectCommand({ Bucket: bucket, Key: due.key, VersionId: versionId }));
    expect(await kept.Body?.transformToString()).toBe('hidden.txt');
    expect(world.journal.filter((entry) => entry.method === 'DELETE')).toEqual([]);
  });

  it('is undone after it went: file, bytes and item are where they were', async () => {
    const due = await doom('back.txt');
    await pass();
    await moveContentDeletion(database.db, due.id, { state: 'undoing' });
    expect((await pass())[0]).toBe('1 resource brought back');
    expect(await due.where()).toEqual(THERE);
    // By this a sync that still misses the file leaves the resource alone.
    expect((await listDriveFiles(database.db, site.id))[0]).toMatchObject({ reason: { code: 'Undone' } });
  });

  it('leaves in the trash of Drive what a person put there, when it is undone', async () => {
    const due = await doom('theirs.txt');
    await createDrive(configOf()).trash(due.fileId);
    await pass();
    await moveContentDeletion(database.db, due.id, { state: 'undoing' });
    await pass();
    expect(await due.where()).toEqual({ ...THERE, drive: false });
  });

  it('is undone as far as it can be where its name is taken and its bytes are gone for good, and says so', async () => {
    const due = await doom('lost.txt');
    await pass();
    await addItem('other', [], null);
    await database.db('content_items').where({ text_id: 'other' }).update({ filename: 'lost_txt' });
    const { Versions, DeleteMarkers } = await buckets.direct.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: due.key }));
    for (const { VersionId } of [...(Versions ?? []), ...(DeleteMarkers ?? [])]) await buckets.direct.send(new DeleteObjectCommand({ Bucket: bucket, Key: due.key, VersionId }));
    await world.person.act({ do: 'remove', id: due.fileId });
    await moveContentDeletion(database.db, due.id, { state: 'undoing' });
    await pass();
    expect(await findContentItem(database.db, site.id, due.textId)).toMatchObject({ deletedAt: null, filename: 'lost_txt2' });
    expect(await due.row()).toMatchObject({ state: 'undone', reason: { code: 'Incomplete', message: 'The bytes are not in the storage bucket any more; they come again with the next sync. The file is not in the trash of Google Drive any more. Put it into its folder again.' } });
    // One whose bytes are not there is brought over again.
    expect(await findDriveFile(database.db, due.driveFileId)).toMatchObject({ state: 'found' });
  });

  it('ends well where somebody deletes the file for good meanwhile', async () => {
    const due = await doom('vanished.txt');
    const drive = createDrive(configOf());
    const overtaken: Drive = {
      ...drive,
      trash: async (id, signal) => {
        await world.person.act({ do: 'remove', id });
        return drive.trash(id, signal);
      },
    };
    await pass(activitiesOf({ drive: overtaken }));
    expect(await due.row()).toMatchObject({ state: 'done', reason: null });
  });

  it('takes nothing away and brings nothing back from a copy of the database', async () => {
    const [going, back] = [await doom('going.txt'), await doom('back.txt')];
    await moveContentDeletion(database.db, going.id, { state: 'going' });
    await moveContentDeletion(database.db, back.id, { state: 'undoing' });
    await adoptInstallation(database.db, 'test');
    const copy = activitiesOf({ installation: 'copy' });
    for (const name of ['removeDeletedFiles', 'restoreDeleted'] as const) await expect(step(copy, name)).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(await going.where()).toMatchObject({ drive: true, bytes: true, state: 'going' });
    expect(await back.row()).toMatchObject({ state: 'undoing' });
  });

  it.each([
    ['trash', 'before'],
    ['trash', 'after'],
    ['hide', 'before'],
    ['hide', 'after'],
  ] as const)('goes on when a worker dies at %s, %s it was done, and can be undone after that', async (at, when) => {
    const due = await doom('killed.txt');
    const dying = <T extends object>(real: T, method: keyof T): T => ({
      ...real,
      [method]: async (...given: unknown[]): Promise<never> => {
        if (when === 'after') await (real[method] as (...all: unknown[]) => Promise<unknown>)(...given);
        throw new Killed();
      },
    });
    const drive = createDrive(configOf());
    const mortal = activitiesOf(at === 'trash' ? { drive: dying(drive, 'trash') } : { s3: { ...buckets.s3, versions: dying(buckets.s3.versions, 'hide') } });
    await expect(pass(mortal)).rejects.toThrow(Killed);
    expect(await due.where()).toMatchObject({ item: false, state: 'going' });
    await pass();
    expect(await due.where()).toEqual(GONE);
    const markers = await buckets.direct.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: due.key }));
    expect(markers.DeleteMarkers).toHaveLength(1);
    await moveContentDeletion(database.db, due.id, { state: 'undoing' });
    await pass();
    expect(await due.where()).toEqual(THERE);
  });

  it('of what never was in Drive can be undone too, wherever a worker died', async () => {
    const key = `courses/${site.name}/uploaded.txt`;
    await buckets.s3.put(bucket, key, 'uploaded', { contentType: 'text/plain' });
    const item = await addItem('uploaded', [], key);
    const request = await insertRunRequest(database.db, { process: 'delete-content', siteId: site.id, requestedBy: null });
    await insertContentDeletions(database.db, [{ requestId: request.id, siteId: site.id, itemId: item.id, driveFileId: null, cause: 'person', s3Key: key, s3VersionId: null, requestedBy: null }], 0);
    const { id } = await database.db('content_deletions').where({ item_id: item.id }).first<{ id: string }>('id');
    const mortal = activitiesOf({ s3: { ...buckets.s3, versions: { ...buckets.s3.versions, hide: async (...object) => buckets.s3.versions.hide(...object).then(() => Promise.reject(new Killed())) } } });
    await expect(pass(mortal)).rejects.toThrow(Killed);
    expect(await buckets.s3.exists(bucket, key)).toBe(false);
    await moveContentDeletion(database.db, id, { state: 'undoing' });
    await pass();
    expect(await findContentDeletion(database.db, id)).toMatchObject({ state: 'undone', reason: null });
    expect((await findContentItem(database.db, site.id, 'uploaded'))?.deletedAt).toBeNull();
    expect(await buckets.s3.exists(bucket, key)).toBe(true);
  });

  it('is undone half-way, from where a worker died', async () => {
    const due = await doom('half.txt');
    const drive = createDrive(configOf());
    const mortal = activitiesOf({ s3: { ...buckets.s3, versions: { ...buckets.s3.versions, hide: () => Promise.reject(new Killed()) } } });
    await expect(pass(mortal)).rejects.toThrow(Killed);
    expect((await drive.get(due.fileId)).isTrashed).toBe(true);
    await moveContentDeletion(database.db, due.id, { state: 'undoing' });
    await pass();
    expect(await due.where()).toEqual(THERE);
  });

  it('is undone by somebody while its file is being taken away', async () => {
    const due = await doom('meanwhile.txt');
    const overtaken = activitiesOf({
      s3: {
        ...buckets.s3,
        versions: {
          ...buckets.s3.versions,
          hide: async (...object) => {
            await buckets.s3.versions.hide(...object);
            await moveContentDeletion(database.db, due.id, { state: 'undoing' });
          },
        },
      },
    });
    await pass(overtaken);
    expect(await due.where()).toMatchObject({ state: 'undoing' });
    await pass();
    expect(await due.where()).toEqual(THERE);
  });
});

describe('what is not taken', () => {
  it('is an item that something names, which says by whom, with its file', async () => {
    const named = await doom('named.txt');
    await addItem('syllabus', [named.textId]);
    const elsewhere = await makeSite(database.db, { name: `other-${uuidv7()}` });
    await addItem('secret', [named.textId], null, elsewhere);
    expect((await pass())[2]).toBe('0 resources out of the studio, 1 kept because something names it');
    expect(await named.where()).toEqual({ ...THERE, state: 'kept' });
    expect(await findDriveFile(database.db, named.driveFileId)).toMatchObject({ reason: { code: 'Referenced' } });
    const message = (await named.row())?.reason?.message ?? '';
    expect(message).toContain('‘Title of syllabus’');
    expect(message).toContain(elsewhere.name);
    expect(message).not.toContain('secret');
  });

  it('is not what only something names that goes as well', async () => {
    const captions = await doom('captions.txt');
    const video = await doom('video.txt', { names: ['captions.txt'] });
    await pass();
    expect([await captions.where(), await video.where()]).toEqual([GONE, GONE]);
  });

  it('are bytes that were written since, bytes another resource needs, and those of a bucket without versions', async () => {
    const newer = await doom('newer.txt');
    await database.db('drive_files').update({ s3_version_id: 'older' });
    const needed = await doom('needed.txt');
    await addItem('copy', [], `/${needed.key}`);
    const unneeded = await doom('unneeded.txt');
    await addItem('deleted-copy', [], unneeded.key);
    await database.db('content_items').where({ text_id: 'deleted-copy' }).update({ deleted_at: new Date() });
    await pass();
    expect(await newer.where()).toEqual({ ...GONE, bytes: true });
    expect((await newer.row())?.reason).toMatchObject({ code: 'NewerBytes' });
    expect(await needed.where()).toEqual({ ...GONE, bytes: true });
    expect(await unneeded.where()).toEqual(GONE);
    expect((await needed.row())?.reason).toMatchObject({ code: 'StillNeeded' });
    const unversioned = await doom('plain.txt');
    const head = async (...given: Parameters<S3['head']>) => {
      const real = await buckets.s3.head(...given);
      return real === null ? null : { ...real, versionId: null };
    };
    await pass(activitiesOf({ s3: { ...buckets.s3, head } }));
    expect(await unversioned.where()).toEqual({ ...GONE, bytes: true });
    expect((await unversioned.row())?.reason).toMatchObject({ code: 'NoVersions' });
  });

  it('is a missing file that is back in its folder; one that lies elsewhere goes, and is left there', async () => {
    const back = await doom('back.txt', { cause: 'missing' });
    const moved = await doom('moved.txt', { cause: 'missing' });
    await world.person.act({ do: 'move', path: `/${site.name}/files_final/moved.txt`, to: `/${site.name}` });
    expect((await pass())[1]).toBe('1 of 2 files back in Google Drive');
    expect(await back.where()).toEqual({ ...THERE, state: 'kept' });
    expect(await moved.where()).toEqual({ ...GONE, drive: true });
  });
});

it('a missing file whose deletion is undone while Drive is asked for it stays undone', async () => {
  const back = await doom('back.txt', { cause: 'missing' });
  const drive = createDrive(configOf());
  const overtaken: Drive = {
    ...drive,
    get: async (...given) => {
      await moveContentDeletion(database.db, back.id, { state: 'undone' });
      return drive.get(...given);
    },
  };
  expect((await step(activitiesOf({ drive: overtaken }), 'checkDeletions')).counts).toEqual({ kept: 0 });
  expect(await back.row()).toMatchObject({ state: 'undone' });
});

it('what fails for good while somebody undoes it is undone', async () => {
  const due = await doom('undone.txt');
  const drive = createDrive(configOf());
  const refusing: Drive = { ...drive, trash: () => moveContentDeletion(database.db, due.id, { state: 'undoing' }).then(() => Promise.reject(new DriveError('refused', 'no', 403))) };
  await pass(activitiesOf({ drive: refusing }));
  expect(await due.row()).toMatchObject({ state: 'undoing', reason: null });
});

it('what fails for a while is tried again and holds nothing', async () => {
  const due = await doom('later.txt');
  const drive = createDrive(configOf());
  await expect(pass(activitiesOf({ drive: { ...drive, trash: () => Promise.reject(new DriveError('unavailable', 'away', 503)) } }))).rejects.toMatchObject({ kind: 'unavailable' });
  expect(await due.row()).toMatchObject({ state: 'going', reason: null });
});

describe('what fails for good', () => {
  it('waits with its reason while the others go on, and is tried again when asked for', async () => {
    const refused = await doom('refused.txt');
    const fine = await doom('fine.txt');
    const drive = createDrive(configOf());
    const refusing: Drive = { ...drive, trash: (id, signal) => (id === refused.fileId ? Promise.reject(new DriveError('refused', 'no', 403)) : drive.trash(id, signal)) };
    const runId = await makeRun(database.db, { process: 'delete-content', siteId: site.id, version: null });
    const activities = activitiesOf({ drive: refusing });
    expect((await pass(activities))[3]).toBe('1 file taken away, 1 not');
    await activities.recordDeletions({ runId, siteId: site.id, restored: 0, kept: 0, deleted: 1, failed: 1 });
    expect(await fine.where()).toEqual(GONE);
    expect(await refused.row()).toMatchObject({ state: 'going', reason: { code: 'DriveRefused' } });
    expect(await findRun(database.db, runId)).toMatchObject({ state: 'failed', reasonCode: 'DeletionIncomplete', result: { deleted: 1, failed: 1 } });
    expect((await pass())[3]).toBe('No file to take away');
    await moveContentDeletion(database.db, refused.id, { state: 'going' });
    await pass();
    expect(await refused.where()).toEqual(GONE);
  });

  it('is told in the run once a step failed whole, and nothing of it is tried until a person says so', async () => {
    await doom('one.txt');
    const activities = activitiesOf();
    await activities.holdDeletions({ siteId: site.id, reason: { code: 'OutwardEffectsOff', message: 'Not from here.' } });
    const first = await activities.openDeletion({ siteId: site.id, workflowId: 'w', workflowRunId: 'r', pass: 1 });
    expect(first).toEqual({ runId: expect.any(String) as string, isDue: false, nextDueAt: null });
    expect(await activities.openDeletion({ siteId: site.id, workflowId: 'w', workflowRunId: 'r', pass: 2 })).toEqual({ runId: null, isDue: false, nextDueAt: null });
  });
});

describe('a pass', () => {
  it('is opened for a request that waits, and says when the next is due', async () => {
    await doom('later.txt', { graceDays: 2 });
    const activities = activitiesOf();
    const at = { siteId: site.id, workflowId: 'delete-content/x', workflowRunId: 'r' };
    const opened = await activities.openDeletion({ ...at, pass: 1 });
    expect(opened).toMatchObject({ isDue: false });
    expect(Date.parse(opened.nextDueAt ?? '') - Date.now()).toBeGreaterThan(86_400_000);
    expect(await findRun(database.db, opened.runId ?? '')).toMatchObject({ state: 'succeeded', result: { deleted: 0 } });
    expect(await activities.openDeletion({ ...at, pass: 1 })).toMatchObject({ runId: opened.runId, isDue: false });
    expect(await activities.openDeletion({ ...at, pass: 2 })).toMatchObject({ runId: null });
    await doom('now.txt');
    const due = await activities.openDeletion({ ...at, pass: 2 });
    expect(due).toMatchObject({ isDue: true });
    expect(await activities.openDeletion({ ...at, pass: 2 })).toMatchObject({ runId: due.runId, isDue: true });
    // Another execution ends what one that was lost left running.
    await activities.openDeletion({ ...at, workflowRunId: 'another', pass: 1 });
    expect(await findRun(database.db, due.runId ?? '')).toMatchObject({ state: 'terminated' });
  });
});
