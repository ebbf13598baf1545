import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { createDriveResourcesActivities } from '#activities/driveResources.ts';
import { createDriveStreamsActivities } from '#activities/driveStreams.ts';
import { createDrive } from '#clients/drive.ts';
import type { S3 } from '#clients/s3.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { listTargets } from '#db/queries/contentReferences.ts';
import { findDriveFile, moveDriveFile, recordFoundFiles } from '#db/queries/driveFiles.ts';
import { listDriveRunFiles } from '#db/queries/driveRunFiles.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { endTranscodeJob, notePlacedDownload, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { listVideoTracks } from '#db/queries/videoTracks.ts';
import { keepDriveVideo, moveVideo } from '#db/queries/videos.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makePdf } from '../factories/pdf.ts';
import { makeRequest, makeRun, makeSite, makeStarter, makeUser } from '../factories/rows.ts';
import { makeSiteConfig } from '../factories/siteConfig.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { useDrive } from '../support/useDrive.ts';
import { runStep } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const world = useDrive();
let site: SiteRow;
let runId: string;
let userId: string;
let hints: string[];

const config = () => makeConfig({ STUDIO_INSTALLATION: 'test', ...world.env, ...buckets.env });
/** Resources with what courses ask for of files and videos. */
const starter = makeSiteConfig((text) =>
  text.replace(
    '  - {name: file, label: File, widget: file}',
    `  - {name: resourcetype, label: Kind, widget: string}
  - {name: language, label: Language, widget: string}
  - {name: license, label: License, widget: string, default: CC}
  - {name: file, label: File, widget: file}
  - name: video_files
    label: Files of the video
    widget: object
    fields:
    - {name: video_captions_resources, label: Captions, widget: relation, collection: resource, display_field: title, multiple: true}
    - {name: video_transcript_resources, label: Transcripts, widget: relation, collection: resource, display_field: title, multiple: true}`,
  ),
);

beforeEach(async () => {
  await database.clear();
  hints = [];
  site = await makeSite(database.db, { starterId: await makeStarter(database.db, 'with-files', starter) });
  userId = (await makeUser(database.db)).id;
  runId = await newRun();
});

async function newRun(): Promise<string> {
  const id = await makeRun(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null });
  const request = await makeRequest(database.db, { process: 'sync-drive-folder', siteId: site.id, version: null, requestedBy: userId });
  await database.db('run_requests').where({ id: request.id }).update({ run_id: id });
  return id;
}

type Wish = Record<string, unknown>;
type Place = { readonly folder?: 'files_final' | 'videos_final'; readonly path?: string };

/** Notes a file of Drive as a listing does. @returns the row's id. */
async function list(fileId: string, { folder = 'files_final', path = '' }: Place = {}): Promise<string> {
  const file = await createDrive(config()).get(fileId);
  const ids = await recordFoundFiles(database.db, site.id, runId, [{ fileId, folder, path, name: file.name, mimeType: file.mimeType, md5: file.md5, size: file.sizeBytes, modifiedAt: file.modifiedTime, state: 'found', reason: null }]);
  return ids.get(fileId) ?? '';
}

/** A person puts a file into Drive, and a listing finds it. */
async function found(name: string, wish: Wish = { text: name }, place: Place = {}): Promise<string> {
  const path = place.path === undefined ? '' : `${place.path}/`;
  const [put] = await world.person.act({ do: 'put', path: `/${place.folder ?? 'files_final'}/${path}${name}`, ...wish });
  return list(put?.id ?? '', place);
}

/** A person changes a file in Drive, and a listing finds it. */
async function changed(id: string, wish: Wish & { readonly do: string }): Promise<void> {
  const fileId = (await findDriveFile(database.db, id))?.fileId ?? '';
  await world.person.act({ id: fileId, ...wish });
  expect(await list(fileId)).toBe(id);
}

const activities = (s3 = buckets.s3) => {
  const temporal = { workflow: { signalWithStart: (type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void hints.push(`${type} ${workflowId}`)) } } as unknown as Client;
  const deps = { config: config(), db: database.db, s3, drive: createDrive(config()), temporal };
  return { ...createDriveResourcesActivities(deps), ...createDriveStreamsActivities(deps) };
};

/** Brings a file over as the workflow does. */
async function ingest(driveFileId: string): Promise<StoredContentItem> {
  const steps = activities();
  const { isStored } = await runStep(steps, 'claimDrivePlace', { driveFileId, runId });
  const { bytes } = await runStep(steps, 'streamDriveFile', { driveFileId });
  await runStep(steps, 'saveDriveResource', { driveFileId, runId, bytes, isStored });
  return resourceOf(driveFileId);
}

async function resourceOf(driveFileId: string): Promise<StoredContentItem> {
  const item = await findContentItemById(database.db, (await findDriveFile(database.db, driveFileId))?.itemId ?? '');
  if (item === undefined) throw new Error('The file has no resource');
  return item;
}

const report = async () => (await listDriveRunFiles(database.db, runId, { limit: 50, offset: 0 })).map(({ name, outcome, bytes, reason }) => [name, outcome, bytes, reason?.code ?? null]);
const tracks = (item: StoredContentItem) => item.metadata['video_files'] as Record<string, unknown>;

describe('a file from Drive', () => {
  it('becomes a resource of the person who asked, and the site has something to commit', async () => {
    const id = await found('Word File.DOCX', { text: 'words' });
    const item = await ingest(id);
    expect(item).toMatchObject({
      type: 'resource',
      title: 'Word File.DOCX',
      dirpath: 'content/resources',
      filename: 'word-file_docx',
      isPageContent: true,
      file: `courses/${site.name}/word-file.docx`,
      createdBy: userId,
      deletedAt: null,
      metadata: { resourcetype: 'Document', license: 'CC', language: '', file_size: 5 },
    });
    expect((await findSite(database.db, site.id))?.contentRevision).toBe(site.contentRevision + 1);
    expect((await buckets.s3.get(config().storageBucket, item.file ?? ''))?.toString()).toBe('words');
    expect(await report()).toEqual([['Word File.DOCX', 'streamed', 5, null]]);
    expect(await findDriveFile(database.db, id)).toMatchObject({ state: 'complete', itemId: item.id, reason: null });
  });

  it('keeps out of the way of what is there: keys, names and old addresses', async () => {
    await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'a', type: 'resource', dirpath: 'content/resources', filename: 'notes_txt', file: `/courses/${site.name}/notes.txt` }), by: null, reason: 'created' }));
    await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'b', type: 'resource', dirpath: 'content/resources', filename: 'moved', metadata: { aliases: ['/resources/notes_txt2/'] } }), by: null, reason: 'created' }));
    const item = await ingest(await found('notes.txt'));
    expect([item.filename, item.file]).toEqual(['notes_txt3', `courses/${site.name}/notes2.txt`]);
    const twin = await ingest(await found('notes.txt', { text: 'twin' }, { path: 'week 1' }));
    expect([twin.filename, twin.file]).toEqual(['notes_txt4', `courses/${site.name}/notes3.txt`]);
  });

  it('that is a video has its own place, and a document of Google’s own is a PDF', async () => {
    const id = await found('Lecture.mp4', { bytes: 1_000 }, { folder: 'videos_final' });
    const video = await ingest(id);
    expect(video).toMatchObject({ metadata: { resourcetype: 'Video' }, file: `gdrive_uploads/${site.name}/${(await findDriveFile(database.db, id))?.fileId ?? ''}/lecture.mp4` });
    const [native] = await world.person.act({ do: 'native', path: '/files_final/Syllabus', text: 'Syllabus' });
    const syllabus = await ingest(await list(native?.id ?? ''));
    expect(syllabus).toMatchObject({ filename: 'syllabus_pdf', file: `courses/${site.name}/syllabus.pdf`, metadata: { resourcetype: 'Document', file_type: 'application/pdf' } });
    expect(syllabus.metadata['file_size']).toBe((await buckets.s3.head(config().storageBucket, syllabus.file ?? ''))?.size);
  });

  it('that changes keeps its address and what people wrote to it', async () => {
    const id = await found('notes.txt', { text: 'old' });
    const before = await ingest(id);
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: before.textId, fromRevision: null, set: { title: 'Lecture notes', metadata: { ...before.metadata, license: 'mine' } }, by: userId, reason: 'edited' }));
    await changed(id, { do: 'replace', text: 'newer' });
    await changed(id, { do: 'rename', name: 'Renamed notes.txt' });
    const after = await ingest(id);
    expect(after).toMatchObject({ id: before.id, title: 'Lecture notes', filename: before.filename, file: before.file, metadata: { license: 'mine', file_size: 5 } });
    expect((await buckets.s3.get(config().storageBucket, after.file ?? ''))?.toString()).toBe('newer');
  });

  it('that is only called otherwise is not read again', async () => {
    const id = await found('notes.txt', { text: 'same' });
    const before = await ingest(id);
    runId = await newRun();
    await changed(id, { do: 'rename', name: 'renamed.txt' });
    world.journal.length = 0;
    const after = await ingest(id);
    expect(world.journal.filter((entry) => entry.path.includes('alt=media'))).toEqual([]);
    expect(after).toMatchObject({ id: before.id, file: before.file, revision: before.revision });
    expect(await report()).toEqual([['renamed.txt', 'unchanged', 0, null]]);
  });

  it('that comes twice from a worker that died is one resource', async () => {
    const id = await found('notes.txt');
    const first = await ingest(id);
    const second = await ingest(id);
    expect(second).toEqual(first);
    expect(await database.db('content_items').where({ site_id: site.id, type: 'resource' })).toHaveLength(1);
  });

  it('is one resource also when two tries of a step are at it at once', async () => {
    const id = await found('notes.txt');
    const steps = activities();
    const { isStored } = await runStep(steps, 'claimDrivePlace', { driveFileId: id, runId });
    const { bytes } = await runStep(steps, 'streamDriveFile', { driveFileId: id });
    await Promise.all([1, 2].map(() => runStep(steps, 'saveDriveResource', { driveFileId: id, runId, bytes, isStored })));
    expect(await database.db('content_items').where({ site_id: site.id, type: 'resource' })).toHaveLength(1);
    expect(await resourceOf(id)).toMatchObject({ filename: 'notes_txt' });
  });

  it('whose row goes, or is no file of the site any more, has no place and no resource', async () => {
    const id = await found('notes.txt');
    await runStep(activities(), 'claimDrivePlace', { driveFileId: id, runId });
    await moveDriveFile(database.db, id, { state: 'trashed' });
    const at = { driveFileId: id, runId };
    for (const step of ['claimDrivePlace', 'streamDriveFile', 'saveDriveResource'] as const) await expect(runStep(activities(), step, { ...at, bytes: 1, isStored: false })).rejects.toMatchObject({ type: 'DriveMissing' });
    await runStep(activities(), 'recordDriveFileFailed', { driveFileId: id, runId, reason: { code: 'DriveMissing', message: 'Gone.' } });
    expect(await findDriveFile(database.db, id)).toMatchObject({ state: 'trashed', itemId: null });
    expect(await report()).toEqual([['notes.txt', 'failed', 0, 'DriveMissing']]);
    const other = await found('other.txt');
    await database.db('drive_files').where({ id: other }).delete();
    await expect(runStep(activities(), 'claimDrivePlace', { driveFileId: other, runId })).rejects.toMatchObject({ type: 'DriveMissing' });
  });

  it('whose place was given away while its title was read has no resource', async () => {
    const id = await found('notes.txt');
    const { isStored } = await runStep(activities(), 'claimDrivePlace', { driveFileId: id, runId });
    const { bytes } = await runStep(activities(), 'streamDriveFile', { driveFileId: id });
    const s3: S3 = {
      ...buckets.s3,
      head: async (...given) => {
        const head = await buckets.s3.head(...given);
        await database.db('drive_files').where({ id }).update({ s3_key: null });
        return head;
      },
    };
    await expect(runStep(activities(s3), 'saveDriveResource', { driveFileId: id, runId, bytes, isStored })).rejects.toMatchObject({ type: 'DriveMissing' });
    expect(await database.db('content_items').where({ site_id: site.id, type: 'resource' })).toEqual([]);
  });

  it('has the site’s repository told of it', async () => {
    await runStep(activities(), 'tellDriveContent', { siteId: site.id });
    expect(hints).toEqual([`syncContent site-repo/${site.name}`]);
    await runStep(activities(), 'tellDriveContent', { siteId: uuidv7() });
    expect(hints).toHaveLength(1);
  });

  it('brings a deleted resource back when it changes, under a free name', async () => {
    const id = await found('notes.txt', { text: 'old' });
    const before = await ingest(id);
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: before.textId, fromRevision: null, set: {}, deleted: true, by: userId, reason: 'deleted' }));
    await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'other', type: 'resource', dirpath: before.dirpath, filename: before.filename }), by: null, reason: 'created' }));
    await changed(id, { do: 'replace', text: 'newer' });
    expect(await ingest(id)).toMatchObject({ id: before.id, deletedAt: null, filename: 'notes_txt2' });
  });
});

describe('a video that was transcoded', () => {
  it('keeps its download until its bytes change', async () => {
    const { db } = database;
    const id = await found('lecture.mp4', { bytes: 100 }, { folder: 'videos_final' });
    const before = await ingest(id);
    const file = await findDriveFile(db, id);
    const bucket = config().storageBucket;
    const { video } = await keepDriveVideo(db, { siteId: site.id, itemId: before.id, driveFileId: id, sourceKey: file?.s3Key ?? '', sourceMd5: file?.md5 ?? '' });
    const { job } = await openTranscodeJob(db, video.id);
    await endTranscodeJob(db, job.id, { state: 'complete', outputs: {} });
    const download = `courses/${site.name}/lecture_360p_16_9.mp4`;
    await buckets.s3.put(bucket, download, Buffer.from('small'), { contentType: 'video/mp4' });
    await notePlacedDownload(db, job.id, download);
    // A place that was claimed is not yet one where anything lies.
    expect(await ingest(id)).toMatchObject({ file: file?.s3Key });
    await moveVideo(db, video.id, { phase: 'done' });
    expect(await ingest(id)).toMatchObject({ file: download, metadata: { file_type: 'video/mp4', file_size: 5 } });
    await changed(id, { do: 'replace', bytes: 101 });
    expect(await ingest(id)).toMatchObject({ file: file?.s3Key, metadata: { file_size: 101 } });
  });
});

describe('the title of a PDF', () => {
  const pdf = (title?: string): Wish => ({ base64: makePdf(title === undefined ? {} : { title }).toString('base64') });

  it('is its own, but for transcripts, and follows it when it changes', async () => {
    const id = await found('ps1.pdf', pdf('(Problem Set 1)'));
    expect(await ingest(id)).toMatchObject({ title: 'Problem Set 1', filename: 'ps1_pdf' });
    expect(await ingest(await found('plain.pdf', pdf()))).toMatchObject({ title: 'plain.pdf' });
    expect(await ingest(await found('l1_Transcript.pdf', pdf('(3Play)')))).toMatchObject({ title: 'l1_Transcript.pdf' });
    await changed(id, { do: 'replace', ...pdf('(Problem Set One)') });
    expect(await ingest(id)).toMatchObject({ title: 'Problem Set One', filename: 'ps1_pdf' });
    await changed(id, { do: 'replace', ...pdf() });
    expect(await ingest(id)).toMatchObject({ title: 'Problem Set One' });
  });

  it('is no reason to take what is no PDF', async () => {
    const id = await found('broken.pdf', { text: '<html>' });
    await expect(ingest(id)).rejects.toMatchObject({ type: 'DriveFileInvalid' });
    await runStep(activities(), 'recordDriveFileFailed', { driveFileId: id, runId, reason: { code: 'DriveFileInvalid', message: 'No PDF.' } });
    expect(await findDriveFile(database.db, id)).toMatchObject({ state: 'failed', itemId: null, reason: { code: 'DriveFileInvalid' } });
    expect(await report()).toEqual([['broken.pdf', 'failed', 0, 'DriveFileInvalid']]);
    await changed(id, { do: 'replace', ...pdf('(Mended)') });
    expect(await ingest(id)).toMatchObject({ title: 'Mended' });
    expect(await findDriveFile(database.db, id)).toMatchObject({ state: 'complete', reason: null });
    expect(await report()).toMatchObject([['broken.pdf', 'streamed', expect.any(Number), null]]);
  });
});

describe('captions and transcripts', () => {
  it('that come, or change, when their video is on YouTube are to be sent there', async () => {
    const video = await found('lecture-9.mp4', { bytes: 100 }, { folder: 'videos_final' });
    const { id: itemId } = await ingest(video);
    const { video: film } = await keepDriveVideo(database.db, { siteId: site.id, itemId, driveFileId: video, sourceKey: 'lecture-9.mp4', sourceMd5: 'a'.repeat(32) });
    const file = await found('lecture-9_captions-pt.vtt', { text: 'WEBVTT' });
    const captions = await ingest(file);
    const [track] = await listVideoTracks(database.db, film.id);
    expect(track).toMatchObject({ kind: 'captions', language: 'pt', source: 'drive', itemId: captions.id, s3Key: captions.file });
    await changed(file, { do: 'replace', text: 'WEBVTT\n\nmore' });
    await ingest(file);
    const [after] = await listVideoTracks(database.db, film.id);
    expect(after?.md5).not.toBe(track?.md5);
  });

  const orders = [['video', 'captions', 'transcript'], ['captions', 'transcript', 'video'], ['transcript', 'video', 'captions']] as const;
  it.each(orders)('meet their video, come %s, %s, %s', async (...order) => {
    const make = {
      video: () => found('Lecture 1.mp4', { bytes: 100 }, { folder: 'videos_final', path: 'week 1' }),
      captions: () => found('lecture-1_captions-es.vtt', { text: 'WEBVTT' }),
      transcript: () => found('Lecture 1_transcript.pdf', { base64: makePdf().toString('base64') }, { path: 'week 1' }),
    };
    const ids: Record<string, string> = {};
    for (const name of order) {
      ids[name] = await make[name]();
      await ingest(ids[name]);
    }
    const [video, captions, transcript] = [await resourceOf(ids['video'] ?? ''), await resourceOf(ids['captions'] ?? ''), await resourceOf(ids['transcript'] ?? '')];
    expect(tracks(video)).toEqual({ video_captions_resources: { content: [captions.textId], website: site.name }, video_transcript_resources: { content: [transcript.textId], website: site.name } });
    expect(captions.metadata['language']).toBe('es');
    expect((await listTargets(database.db, site, video.id)).map(({ textId }) => textId).sort()).toEqual([captions.textId, transcript.textId].sort());
    const before = video.revision;
    await ingest(ids['captions'] ?? '');
    expect((await resourceOf(ids['video'] ?? '')).revision).toBe(before);
  });

  it('stay behind what an author tied, and are not tied where several videos could be meant', async () => {
    const id = await found('l1.mp4', { bytes: 100 }, { folder: 'videos_final', path: 'a' });
    const video = await ingest(id);
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: video.textId, fromRevision: null, set: { metadata: { ...video.metadata, video_files: { video_captions_resources: { content: ['mine'], website: site.name } } } }, by: userId, reason: 'edited' }));
    const captions = await ingest(await found('l1_captions.vtt', { text: 'WEBVTT' }));
    expect(tracks(await resourceOf(id))['video_captions_resources']).toEqual({ content: ['mine', captions.textId], website: site.name });
    await ingest(await found('l1.mp4', { bytes: 200 }, { folder: 'videos_final', path: 'b' }));
    await ingest(await found('l1_captions-fr.vtt', { text: 'WEBVTT' }));
    expect(tracks(await resourceOf(id))['video_captions_resources']).toMatchObject({ content: ['mine', captions.textId] });
  });

  it('are tied neither to a video that was deleted or is gone from Drive, nor when they were deleted themselves', async () => {
    const remove = (item: StoredContentItem) => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: item.textId, fromRevision: null, set: {}, deleted: true, by: userId, reason: 'deleted' }));
    const tied = async (id: string) => tracks(await resourceOf(id));
    const deletedId = await found('l1.mp4', { bytes: 100 }, { folder: 'videos_final' });
    await remove(await ingest(deletedId));
    await ingest(await found('l1_captions.vtt', { text: 'WEBVTT' }));
    const goneId = await found('l2.mp4', { bytes: 100 }, { folder: 'videos_final' });
    await ingest(goneId);
    await moveDriveFile(database.db, goneId, { state: 'trashed' });
    await ingest(await found('l2_captions.vtt', { text: 'WEBVTT' }));
    await remove(await ingest(await found('l3_captions.vtt', { text: 'WEBVTT' })));
    const lateId = await found('l3.mp4', { bytes: 100 }, { folder: 'videos_final' });
    await ingest(lateId);
    for (const id of [deletedId, goneId, lateId]) expect((await tied(id))['video_captions_resources']).toEqual([]);
  });
});
