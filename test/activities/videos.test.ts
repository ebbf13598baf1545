import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { createVideosActivities } from '#activities/videos.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { moveDriveFile } from '#db/queries/driveFiles.ts';
import { findRun, listRunPhases } from '#db/queries/runs.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { findTranscodeJob, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { findVideo, keepYoutubeId, listVideosOfSite, moveVideo, noteVideoWaits } from '#db/queries/videos.ts';
import { makeConfig } from '../factories/config.ts';
import { makeUser } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useDatabase } from '../support/postgres.ts';
import { keptLog } from './support/runActivity.ts';

const database = useDatabase();
beforeEach(() => database.clear());

const activitiesOf = (env: Record<string, string> = { AWS_ACCOUNT_ID: '123456789012', AWS_ROLE_NAME: 'transcoder' }) => createVideosActivities({ config: makeConfig(env), db: database.db, temporal: {} as Client, log: keptLog().log });

/** A video with its run. */
async function begin() {
  const made = await makeDriveVideo(database.db);
  const activities = activitiesOf();
  const input = { siteId: made.site.id, videoId: made.video.id, workflowId: `ingest-video/${made.video.id}`, workflowRunId: 'execution-1' };
  const { runId } = await activities.openVideoRun(input);
  if (runId === null) throw new Error('No run was opened');
  const videoId = made.video.id;
  return { ...made, activities, input, runId, videoId, row: () => findVideo(database.db, videoId), run: () => findRun(database.db, runId) };
}
const reason = { code: 'TranscodeFailed', message: 'It cannot be read.' };

describe('a file from Drive', () => {
  it('of the folder for videos is one video for each state of it', async () => {
    const { db } = database;
    const { file, video, site, wish } = await makeDriveVideo(db);
    const activities = activitiesOf();
    expect(await activities.keepVideo({ driveFileId: file.id })).toEqual({ videoId: video.id });
    await moveDriveFile(db, file.id, { state: 'complete', stored: { md5: 'b'.repeat(32), versionId: null } });
    const { videoId } = await activities.keepVideo({ driveFileId: file.id });
    expect(videoId).not.toBe(video.id);
    expect(await findVideo(db, videoId ?? '')).toMatchObject({ ...wish, sourceMd5: 'b'.repeat(32), phase: 'transcode' });
    expect(await listVideosOfSite(db, site.id)).toHaveLength(2);
  });

  it('that is changed back is begun anew once, and keeps its id on YouTube', async () => {
    const { db } = database;
    const { file, video } = await makeDriveVideo(db);
    const activities = activitiesOf();
    await openTranscodeJob(db, video.id);
    await keepYoutubeId(db, video.id, 'abcdefghijk');
    await moveVideo(db, video.id, { phase: 'done' });
    await moveDriveFile(db, file.id, { state: 'complete', stored: { md5: 'b'.repeat(32), versionId: null } });
    const { videoId: between } = await activities.keepVideo({ driveFileId: file.id });
    await moveVideo(db, between ?? '', { phase: 'done' });
    expect(await activities.keepVideo({ driveFileId: file.id })).toEqual({ videoId: null });
    await moveDriveFile(db, file.id, { state: 'complete', stored: { md5: video.sourceMd5 ?? '', versionId: null } });
    expect(await activities.keepVideo({ driveFileId: file.id })).toEqual({ videoId: video.id });
    expect(await findVideo(db, video.id)).toMatchObject({ phase: 'transcode', youtubeId: 'abcdefghijk' });
    expect(await findTranscodeJob(db, video.id)).toBeUndefined();
    await moveVideo(db, video.id, { phase: 'done' });
    expect(await activities.keepVideo({ driveFileId: file.id })).toEqual({ videoId: null });
  });

  it('that is a video and done is not begun again', async () => {
    const { file, video } = await makeDriveVideo(database.db);
    await moveVideo(database.db, video.id, { phase: 'done' });
    expect(await activitiesOf().keepVideo({ driveFileId: file.id })).toEqual({ videoId: null });
  });

  it('that has another resource now has its video follow', async () => {
    const [first, second] = [await makeDriveVideo(database.db), await makeDriveVideo(database.db)];
    await moveDriveFile(database.db, first.file.id, { state: 'complete', itemId: second.item.id });
    await activitiesOf().keepVideo({ driveFileId: first.file.id });
    expect(await findVideo(database.db, first.video.id)).toMatchObject({ itemId: second.item.id });
  });

  it.each<[string, Record<string, string>, Record<string, unknown>]>([
    ['is no video', {}, { mime_type: 'application/pdf' }],
    ['lies in the other folder', {}, { folder: 'files_final' }],
    ['is not whole', {}, { state: 'failed' }],
    ['has no resource', {}, { item_id: null }],
    ['is in a studio that has no account', { AWS_ROLE_NAME: 'transcoder' }, {}],
    ['is in a studio that has no role', { AWS_ACCOUNT_ID: '123456789012' }, {}],
  ])('that %s is none', async (_what, env, changes) => {
    const { file } = await makeDriveVideo(database.db);
    if (Object.keys(changes).length > 0) await database.db('drive_files').where({ id: file.id }).update(changes);
    const activities = Object.keys(env).length > 0 ? activitiesOf(env) : activitiesOf();
    expect(await activities.keepVideo({ driveFileId: file.id })).toEqual({ videoId: null });
  });
});

describe('the run of a video', () => {
  it('is opened once, and has no steps that were done before', async () => {
    const film = await begin();
    expect(await film.activities.openVideoRun(film.input)).toEqual({ runId: film.runId, phase: 'transcode' });
    expect((await film.run())?.frozen).toEqual({ videoId: film.videoId, about: film.video.sourceKey?.split('/').at(-1) });
    await moveVideo(database.db, film.videoId, { phase: 'upload' });
    const later = await film.activities.openVideoRun({ ...film.input, workflowRunId: 'execution-2' });
    expect(later).toMatchObject({ phase: 'upload' });
    const phases = (await listRunPhases(database.db, [later.runId ?? ''])).get(later.runId ?? '');
    expect(phases?.map(({ phase, state }) => [phase, state]).sort()).toEqual([['download', 'skipped'], ['transcode', 'skipped']]);
  });

  it('is none for a video that is done or gone', async () => {
    const film = await begin();
    await moveVideo(database.db, film.videoId, { phase: 'done' });
    expect(await film.activities.openVideoRun({ ...film.input, workflowRunId: 'execution-2' })).toEqual({ runId: null, phase: 'done' });
    expect(await film.activities.openVideoRun({ ...film.input, videoId: film.site.id })).toEqual({ runId: null, phase: 'done' });
  });

  it('fails with its reason, which stands with the video too, until it goes on', async () => {
    const film = await begin();
    expect(await film.activities.parkVideo({ videoId: film.videoId, runId: film.runId, reason, problems: [{ message: 'No picture' }] })).toEqual({ reason, isEnded: false });
    expect(await film.row()).toMatchObject({ phase: 'transcode', waits: { ...reason, until: null } });
    expect(await film.run()).toMatchObject({ state: 'failed', reasonCode: reason.code, reasonMessage: reason.message, problems: [{ message: 'No picture' }] });
    expect(await film.activities.beginVideoPhase({ videoId: film.videoId, phase: 'transcode' })).toEqual({ ended: null });
    expect(await film.row()).toMatchObject({ waits: null });
  });

  it('fails with what the step itself wrote down', async () => {
    const film = await begin();
    await noteVideoWaits(database.db, film.videoId, { code: 'Rejected', message: 'YouTube has it already.', until: '2026-11-02T08:00:00.000Z' });
    expect(await film.activities.parkVideo({ videoId: film.videoId, runId: film.runId, reason: null, problems: [] })).toMatchObject({ reason: { code: 'Rejected', message: 'YouTube has it already.' } });
    expect(await film.row()).toMatchObject({ waits: { code: 'Rejected', until: null } });
    expect(await film.run()).toMatchObject({ state: 'failed', reasonCode: 'Rejected' });
    const other = await begin();
    expect(await other.activities.parkVideo({ videoId: other.videoId, runId: other.runId, reason: null, problems: [] })).toMatchObject({ reason: { code: 'Unexpected' } });
  });

  it('waits for nobody once the file was changed', async () => {
    const film = await begin();
    await database.db('drive_files').update({ stored_md5: 'b'.repeat(32) });
    expect(await film.activities.parkVideo({ videoId: film.videoId, runId: film.runId, reason, problems: [] })).toMatchObject({ reason: { code: 'Superseded' }, isEnded: true });
    expect(await film.row()).toMatchObject({ waits: null });
    expect(await film.run()).toMatchObject({ state: 'running' });
  });

  it('that stops is told to the people of its site, once in 24 hours for each video', async () => {
    const film = await begin();
    const editor = await makeUser(database.db, 'editor@example.edu');
    await grantRole(database.db, editor.id, { role: 'editor', siteId: film.site.id });
    const other = await makeDriveVideo(database.db, { site: film.site, name: 'lecture-2.mp4' });
    const park = (videoId: string) => film.activities.parkVideo({ videoId, runId: film.runId, reason, problems: [] });
    const told = async () => (await database.db('mails').orderBy('created_at').select('kind', 'data')).map(({ kind, data }: { kind: string; data: { videoTitle: string; reason: string } }) => [kind, data.videoTitle, data.reason]);
    await park(film.videoId);
    await park(film.videoId);
    expect(await told()).toEqual([['transcode-failed', 'lecture-1.mp4', reason.message]]);
    await park(other.video.id);
    await database.db('mails').update({ created_at: database.db.raw(`created_at - interval '23 hours'`) });
    await park(film.videoId);
    expect(await told()).toHaveLength(2);
    await database.db('mails').update({ created_at: database.db.raw(`created_at - interval '1 hour'`) });
    await park(film.videoId);
    expect(await told()).toHaveLength(3);
    await moveVideo(database.db, other.video.id, { phase: 'captions' });
    await park(other.video.id);
    expect(await told()).toHaveLength(3);
  });

  it('ends with the video done, and says where it is', async () => {
    const film = await begin();
    await keepYoutubeId(database.db, film.videoId, 'film-1');
    await film.activities.endVideoRun({ videoId: film.videoId, runId: film.runId, state: 'succeeded', reason: null });
    expect(await film.row()).toMatchObject({ phase: 'done', waits: null });
    expect(await film.run()).toMatchObject({ state: 'succeeded', reasonCode: null });
    expect((await listRunPhases(database.db, [film.runId])).get(film.runId)).toMatchObject([{ phase: 'done', state: 'done', summary: 'On YouTube as film-1' }]);
  });

  it.each(['cancelled', 'superseded', 'terminated'] as const)('that is %s leaves the video where it was, with the reason', async (state) => {
    const film = await begin();
    await film.activities.noteVideoWait({ videoId: film.videoId, waits: { code: 'TranscodeDoubtful', message: 'Who knows.', until: null } });
    await film.activities.endVideoRun({ videoId: film.videoId, runId: film.runId, state, reason });
    expect(await film.row()).toMatchObject({ phase: 'transcode', waits: { ...reason, until: null } });
    expect(await film.run()).toMatchObject({ state, reasonCode: reason.code });
  });
});

describe('the next step of a video', () => {
  it('is noted, but not set back where YouTube is at work already', async () => {
    const film = await begin();
    await film.activities.beginVideoPhase({ videoId: film.videoId, phase: 'download' });
    expect(await film.row()).toMatchObject({ phase: 'download' });
    await moveVideo(database.db, film.videoId, { phase: 'process' });
    await noteVideoWaits(database.db, film.videoId, { ...reason, until: null });
    await film.activities.beginVideoPhase({ videoId: film.videoId, phase: 'upload' });
    expect(await film.row()).toMatchObject({ phase: 'process', waits: null });
  });

  it.each<[string, string, (film: Awaited<ReturnType<typeof begin>>) => Promise<unknown>]>([
    ['was changed', 'Superseded', ({ file }) => moveDriveFile(database.db, file.id, { state: 'complete', stored: { md5: 'b'.repeat(32), versionId: null } })],
    ['is in the trash', 'VideoMissing', ({ file }) => moveDriveFile(database.db, file.id, { state: 'trashed' })],
    ['is not known any more', 'VideoMissing', ({ file }) => database.db('drive_files').where({ id: file.id }).delete()],
    ['has a resource that was deleted', 'VideoMissing', ({ item, site }) => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: item.textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }))],
  ])('is wanted by nobody when its file %s', async (_what, code, happens) => {
    const film = await begin();
    await happens(film);
    expect(await film.activities.beginVideoPhase({ videoId: film.videoId, phase: 'upload' })).toMatchObject({ ended: { code } });
    expect(await film.row()).toMatchObject({ phase: 'transcode' });
  });

  it('of a video that is gone is none', async () => {
    const film = await begin();
    expect(await film.activities.beginVideoPhase({ videoId: film.site.id, phase: 'upload' })).toMatchObject({ ended: { code: 'VideoMissing' } });
  });
});
