import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { createVideoStartsActivities } from '#activities/videoStarts.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { insertContentDeletions } from '#db/queries/contentDeletions.ts';
import { moveDriveFile } from '#db/queries/driveFiles.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { findVideo, keepYoutubeId, listVideosOfSite, moveVideo, noteVideoWaits } from '#db/queries/videos.ts';
import { makeConfig } from '../factories/config.ts';
import { makeSite } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useDatabase } from '../support/postgres.ts';
import { runStep } from './support/runActivity.ts';

const database = useDatabase();
let site: SiteRow;
let started: string[];
let isAway: boolean;
beforeEach(async () => {
  await database.clear();
  site = await makeSite(database.db);
  started = [];
  isAway = false;
});

const temporal = {
  workflow: {
    start: (type: string, { workflowId }: { workflowId: string }) => {
      if (isAway) return Promise.reject(new Error('away'));
      if (started.includes(workflowId)) return Promise.reject(new WorkflowExecutionAlreadyStartedError('It is at work', workflowId, type));
      return Promise.resolve(void started.push(workflowId));
    },
  },
} as unknown as Client;
const SET_UP = { AWS_ACCOUNT_ID: '123456789012', AWS_ROLE_NAME: 'transcoder' };
const start = (env: Record<string, string> = SET_UP) => runStep(createVideoStartsActivities({ config: makeConfig(env), db: database.db, temporal }), 'startSiteVideos', { siteId: site.id });
type Film = Awaited<ReturnType<typeof makeDriveVideo>>;

/** A file that is here since before anything was made of it. */
async function early(metadata: Record<string, unknown> = {}): Promise<Film> {
  const film = await makeDriveVideo(database.db, { site, metadata });
  await database.db('videos').where({ id: film.video.id }).delete();
  return film;
}

describe('videos that nobody began', () => {
  it('are begun once MediaConvert is set up, and never twice', async () => {
    const film = await early();
    expect(await start({})).toEqual({ started: 0 });
    isAway = true;
    await expect(start()).rejects.toMatchObject({ type: 'EngineUnavailable' });
    isAway = false;
    expect(await start()).toEqual({ started: 1 });
    expect(await start()).toEqual({ started: 0 });
    const [video, ...others] = await listVideosOfSite(database.db, site.id);
    expect(video).toMatchObject({ ...film.wish, phase: 'transcode' });
    expect(others).toEqual([]);
    expect(started).toEqual([`ingest-video/${video?.id ?? ''}`]);
  });

  it('and have a row go on where they are', async () => {
    const { video } = await makeDriveVideo(database.db, { site });
    await moveVideo(database.db, video.id, { phase: 'upload' });
    expect(await start()).toEqual({ started: 1 });
    expect(started).toEqual([`ingest-video/${video.id}`]);
  });

  it('are not those on YouTube since before the studio, as in courses that were imported', async () => {
    await early({ video_metadata: { youtube_id: 'legacy-1' } });
    expect(await start()).toEqual({ started: 0 });
    expect(await listVideosOfSite(database.db, site.id)).toEqual([]);
  });

  it('are those whose resource shows an earlier state of theirs', async () => {
    const film = await makeDriveVideo(database.db, { site, metadata: { video_metadata: { youtube_id: 'ours-1' } } });
    await keepYoutubeId(database.db, film.video.id, 'ours-1');
    await moveVideo(database.db, film.video.id, { phase: 'done' });
    expect(await start()).toEqual({ started: 0 });
    await moveDriveFile(database.db, film.file.id, { state: 'complete', stored: { md5: 'b'.repeat(32), versionId: null } });
    expect(await start()).toEqual({ started: 1 });
  });

  it.each<[string, (film: Film) => Promise<unknown>]>([
    ['is done', ({ video }) => moveVideo(database.db, video.id, { phase: 'done' })],
    ['a person stopped', ({ video }) => noteVideoWaits(database.db, video.id, { code: 'Cancelled', message: 'A person stopped this.', until: null })],
    ['is gone from Drive', ({ file }) => moveDriveFile(database.db, file.id, { state: 'trashed' })],
    ['has a resource that was deleted', ({ item }) => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: item.textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }))],
    ['is on its way out', async ({ file, item }) => {
      const request = await insertRunRequest(database.db, { process: 'delete-content', siteId: site.id, requestedBy: null });
      return insertContentDeletions(database.db, [{ requestId: request.id, siteId: site.id, itemId: item.id, driveFileId: file.id, cause: 'missing', s3Key: null, s3VersionId: null, requestedBy: null }], 30);
    }],
  ])('are none that %s', async (_what, happens) => {
    await happens(await makeDriveVideo(database.db, { site }));
    expect(await start()).toEqual({ started: 0 });
  });

  it('are those again whose resource came back', async () => {
    const { video } = await makeDriveVideo(database.db, { site });
    await noteVideoWaits(database.db, video.id, { code: 'VideoMissing', message: 'The video’s resource was deleted.', until: null });
    expect(await start()).toEqual({ started: 1 });
    expect(await findVideo(database.db, video.id)).toMatchObject({ waits: null });
  });
});
