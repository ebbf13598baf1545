import type { Client } from '@temporalio/client';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDeleteContentActivities } from '#activities/deleteContent.ts';
import { createDrive } from '#clients/drive.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import { type CaptionOrderRow, listCaptionOrders, moveCaptionOrder, openCaptionOrder, type OrderState } from '#db/queries/captionOrders.ts';
import { findContentDeletion, insertContentDeletions, moveContentDeletion } from '#db/queries/contentDeletions.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { adoptTranscodeJob, endTranscodeJob, notePlacedDownload, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { findVideo, moveVideo, noteVideoWaits } from '#db/queries/videos.ts';
import { createThreePlay as createStandIn } from '#local/standins/threePlay/createThreePlay.mjs';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { makeConfig } from '../factories/config.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { runStep } from './support/runActivity.ts';

const MINUTE = 60_000;
const database = useDatabase();
const buckets = useBuckets();
const clock = { now: Date.UTC(2026, 10, 25, 12) };
let standIn: ReturnType<typeof createStandIn>;
let url: string;
/** What workflows were told. */
let told: string[];
/** Workflows of videos that are at work. */
let atWork: Set<string>;
beforeAll(async () => {
  await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: configOf().storageBucket, VersioningConfiguration: { Status: 'Enabled' } }));
});
beforeEach(async () => {
  await database.clear();
  await readInstallation(database.db, 'test');
  standIn = createStandIn({ apiKey: 'secret', projectId: '7', now: () => clock.now });
  url = await standIn.listen();
  told = [];
  atWork = new Set();
});
afterEach(async () => {
  const unexpected = standIn.journal.filter((entry) => entry.unexpected === true);
  await standIn.close();
  expect(unexpected).toEqual([]);
});

function configOf() {
  return makeConfig({ STUDIO_INSTALLATION: 'test', ...buckets.env, THREEPLAY_API_URL: url, THREEPLAY_STATIC_URL: url, THREEPLAY_API_KEY: 'secret', THREEPLAY_PROJECT_ID: '7' });
}
const temporal = {
  workflow: {
    signalWithStart: () => Promise.resolve(),
    start: (type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void told.push(`start ${type} ${workflowId}`)),
    getHandle: (workflowId: string) => ({ signal: ({ name }: { name: string }) => (atWork.has(workflowId) ? Promise.resolve(void told.push(`${name} ${workflowId}`)) : Promise.reject(new WorkflowNotFoundError('It has ended', workflowId, undefined))) }),
  },
} as unknown as Client;

/** A video that was transcoded, on its way out with its file, which is gone from Drive. */
async function doom(given: { md5?: string } = {}) {
  const { db } = database;
  const config = configOf();
  const activities = createDeleteContentActivities({ config, db, drive: createDrive(config), s3: buckets.s3, temporal, threePlay: createThreePlay(config) });
  const { site, file, item, video } = await makeDriveVideo(db, given);
  const { job } = await openTranscodeJob(db, video.id);
  await adoptTranscodeJob(db, job.id, `job-${video.id}`);
  const outputs = { youtube: `transcoded/${video.id}_youtube.mp4`, download: `transcoded/${video.id}_360p_16_9.mp4`, other: `transcoded/${video.id}_360p_4_3.mp4` };
  await endTranscodeJob(db, job.id, { state: 'complete', outputs });
  const placed = `courses/${site.name}/${video.id}.mp4`;
  await notePlacedDownload(db, job.id, placed);
  await db('content_items').where({ id: item.id }).update({ file: placed });
  const keys = [...Object.values(outputs), placed, video.sourceKey ?? ''];
  for (const key of keys) await buckets.s3.put(config.storageBucket, key, key, { contentType: 'video/mp4' });
  const request = await insertRunRequest(db, { process: 'delete-content', siteId: site.id, requestedBy: null });
  await insertContentDeletions(db, [{ requestId: request.id, siteId: site.id, itemId: item.id, driveFileId: file.id, cause: 'missing', s3Key: video.sourceKey, s3VersionId: null, requestedBy: null }], 0);
  const { id } = await db('content_deletions').where({ item_id: item.id }).first<{ id: string }>('id');
  const at = { runId: 'run', phase: 'files', siteId: site.id, siteName: site.name };
  return {
    site,
    video,
    row: () => findContentDeletion(db, id),
    there: async () => (await Promise.all(keys.map((key) => buckets.s3.exists(config.storageBucket, key)))).filter(Boolean).length,
    film: () => findVideo(db, video.id),
    isDeleted: async () => (await findContentItemById(db, item.id))?.deletedAt !== null,
    /** Takes it out of the studio, and its files away. */
    async go() {
      await runStep(activities, 'removeDeletedItems', at);
      return runStep(activities, 'removeDeletedFiles', at);
    },
    async undo() {
      await moveContentDeletion(db, id, { state: 'undoing' });
      return runStep(activities, 'restoreDeleted', at);
    },
    /** An order of its captions that is as far as this. */
    async order(state: OrderState, transcriptId?: string): Promise<CaptionOrderRow> {
      return openCaptionOrder(db, { videoId: video.id, siteId: site.id, youtubeId: `yt-${video.id}`, attempt: 1, mediaFileId: '1', turnaroundLevelId: 5, priceCents: 330, reason: null, state, ...(transcriptId === undefined ? {} : { transcriptId }) });
    },
    orders: async () => (await listCaptionOrders(db, video.id)).map(({ state, reason }) => [state, reason?.code ?? null]),
  };
}

/** An order that 3Play has. @returns its id there. */
async function ordered(referenceId: string): Promise<string> {
  const client = createThreePlay(configOf());
  const folderId = await client.createFolder('folder');
  const mediaId = await client.createMedia({ sourceUrl: 'https://www.youtube.com/watch?v=a', referenceId, name: 'Lecture', folderId, marker: 'm' });
  return (await client.order({ mediaId, levelId: '5', callbackUrl: null })).id;
}
const ledger = () => standIn.ledger().map(({ kind }) => kind);

describe('a video that is deleted with its file', () => {
  it('takes its download and all that was made of it along, and undone it has all of it again', async () => {
    const doomed = await doom();
    await moveVideo(database.db, doomed.video.id, { phase: 'done' });
    expect(await doomed.there()).toBe(5);
    await doomed.go();
    expect(await doomed.row()).toMatchObject({ state: 'done', reason: null });
    expect([await doomed.there(), await doomed.isDeleted()]).toEqual([0, true]);
    await doomed.undo();
    expect(await doomed.row()).toMatchObject({ state: 'undone', reason: null });
    expect([await doomed.there(), await doomed.isDeleted()]).toEqual([5, false]);
    expect(told).toEqual([]);
  });

  it('ends what is at work for it, and goes on with it when it is undone', async () => {
    const [busy, idle] = [await doom(), await doom()];
    atWork.add(`ingest-video/${busy.video.id}`);
    await noteVideoWaits(database.db, busy.video.id, { code: 'VideoMissing', message: 'Gone.', until: null });
    await busy.go();
    await idle.go();
    expect(told).toEqual([`videoRemoved ingest-video/${busy.video.id}`]);
    await busy.undo();
    expect(told.slice(1)).toEqual([`start ingestVideo ingest-video/${busy.video.id}`]);
    expect(await busy.film()).toMatchObject({ phase: 'transcode', waits: null });
  });

  it('leaves the download that another resource has, and says so', async () => {
    const [doomed, other] = [await doom(), await doom()];
    const key = `courses/${doomed.site.name}/${doomed.video.id}.mp4`;
    await database.db('content_items').where({ id: other.video.itemId }).update({ file: `/${key}` });
    await doomed.go();
    expect(await doomed.row()).toMatchObject({ state: 'done', reason: { code: 'StillNeeded' } });
    expect(await doomed.there()).toBe(1);
  });
});

describe('captions that are ordered for a video that is deleted', () => {
  it.each(['waiting', 'intended'] as const)('and are %s are not ordered any more', async (state) => {
    const doomed = await doom();
    await doomed.order(state);
    await doomed.go();
    expect(await doomed.orders()).toEqual([['refused', 'Removed']]);
  });

  it('are cancelled where 3Play lets us, once', async () => {
    const doomed = await doom();
    const order = await doomed.order('ordered', await ordered('a'));
    await doomed.go();
    expect(await doomed.orders()).toEqual([['cancelled', 'Removed']]);
    expect(ledger()).toEqual(['charge', 'refund']);
    // A worker died before its row.
    await moveCaptionOrder(database.db, order.id, { from: ['cancelled'], state: 'ordered' });
    await database.db('content_deletions').update({ state: 'going' });
    await doomed.go();
    expect(await doomed.orders()).toEqual([['cancelled', 'Removed']]);
    expect(await doomed.row()).toMatchObject({ state: 'done', reason: null });
    expect(ledger()).toEqual(['charge', 'refund']);
  });

  it('are left when 3Play does not let us any more, and that is said', async () => {
    const doomed = await doom();
    await doomed.order('ordered', await ordered('a'));
    clock.now += 11 * MINUTE;
    await doomed.go();
    expect(await doomed.orders()).toEqual([['ordered', null]]);
    expect(await doomed.row()).toMatchObject({ state: 'done', reason: { code: 'CaptionsOrdered' } });
    expect(ledger()).toEqual(['charge']);
  });

  it('are left for another video that has them too', async () => {
    const [doomed, other] = [await doom({ md5: 'b'.repeat(32) }), await doom({ md5: 'b'.repeat(32) })];
    const transcriptId = await ordered('a');
    await doomed.order('adopted', transcriptId);
    await other.order('ordered', transcriptId);
    await doomed.go();
    expect(await doomed.orders()).toEqual([['cancelled', 'Removed']]);
    expect(await other.orders()).toEqual([['ordered', null]]);
    expect(ledger()).toEqual(['charge']);
  });

  it('and of which nobody knows whether 3Play has them are named', async () => {
    const doomed = await doom();
    await doomed.order('unknown');
    await doomed.go();
    expect(await doomed.row()).toMatchObject({ state: 'done', reason: { code: 'CaptionsUnknown' } });
  });
});
