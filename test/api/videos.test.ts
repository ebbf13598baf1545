import { v7 as uuidv7 } from 'uuid';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Video } from '#api/contracts/videos.ts';
import { moveCaptionOrder, openCaptionOrder } from '#db/queries/captionOrders.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findSite } from '#db/queries/sites.ts';
import { endTranscodeJob, notePlacedDownload, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { listVideoTracks, putVideoTrack } from '#db/queries/videoTracks.ts';
import { keepYoutubeId, moveVideo, noteVideoFacts, noteVideoWaits } from '#db/queries/videos.ts';
import { makeDriveVideo } from '#test/factories/video.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { type Answer, type Caller, codeOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const api = useApi({ env: () => buckets.env });
let siteId: string;
let ada: Caller;
let emil: Caller;
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra', { title: 'Algebra' });
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  emil = await api.person('emil@example.edu', [{ role: 'editor', siteId }]);
});
beforeEach(() => api.db('videos').delete());

const lists = (answer: Answer) => answer.json as { total: number; videos: Video[] };
const ofSite = async (query = {}, who = emil) => lists(await api.call('GET /api/v1/sites/:site/videos', who, { params: { site: 'algebra' }, query }));

async function make(name: string, waits: { code: string; until: string | null } | null = null, of = siteId) {
  const site = await findSite(api.db, of);
  if (site === undefined) throw new Error('The site vanished');
  const made = await makeDriveVideo(api.db, { site, name });
  if (waits !== null) await noteVideoWaits(api.db, made.video.id, { ...waits, message: `It waits (${waits.code}).` });
  return made;
}

/** Lets the small form of a video stand at a key. */
async function place(made: Awaited<ReturnType<typeof make>>, key: string): Promise<void> {
  const { job } = await openTranscodeJob(api.db, made.video.id);
  await endTranscodeJob(api.db, job.id, { state: 'complete', outputs: { download: `out/${key}` } });
  await notePlacedDownload(api.db, job.id, key);
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: made.item.textId, fromRevision: null, set: { file: key, metadata: { ...made.item.metadata, file_size: 10 } }, by: null, reason: 'a test' }));
}

describe('the videos of a site', () => {
  test('say of each how far it is, what it has, what it costs and what may be done', async () => {
    const made = await make('lecture-1.mp4', { code: 'Expensive', until: null });
    const { video, item } = made;
    const runId = await makeRun(api.db, { siteId, version: null, process: 'ingest-video', workflowId: `ingest-video/${video.id}`, state: 'failed' });
    await place(made, 'courses/algebra/lecture-1.mp4');
    await api.db('videos').where({ id: video.id }).update({ phase: 'captions' });
    await keepYoutubeId(api.db, video.id, 'yt-1');
    await noteVideoFacts(api.db, video.id, { durationMs: 61_000, youtubeStatus: 'processed', youtubePrivacy: 'unlisted' });
    for (const kind of ['transcript', 'captions'] as const) await putVideoTrack(api.db, { videoId: video.id, kind, language: 'de', source: 'drive', itemId: kind === 'captions' ? item.id : null, s3Key: `t/${kind}`, md5: 'x' });
    const [captions, transcript] = await listVideoTracks(api.db, video.id);
    const order = { videoId: video.id, siteId, youtubeId: 'yt-1', mediaFileId: null, turnaroundLevelId: null, reason: null };
    // Paid, cancelled, and one that waits: only the first cost anything.
    for (const [attempt, state] of [[1, 'complete'], [2, 'cancelled']] as const) {
      const { id } = await openCaptionOrder(api.db, { ...order, attempt, priceCents: 2_000, state: 'waiting' });
      await moveCaptionOrder(api.db, id, { from: ['waiting'], state, reservedAt: new Date() });
    }
    const newest = await openCaptionOrder(api.db, { ...order, attempt: 3, priceCents: 90_000, state: 'waiting', reason: { code: 'ThirdOrder', message: 'A third.' } });

    const { videos, ...rest } = await ofSite({}, ada);
    expect(rest).toEqual({ total: 1, counts: { working: 0, waiting: 1, done: 0, ended: 0 }, publishesCaptions: false, can: { publishCaptions: true } });
    expect(videos).toEqual([
      {
        id: video.id,
        source: 'drive',
        site: { name: 'algebra', title: 'Algebra' },
        item: { textId: item.textId, title: 'lecture-1.mp4' },
        fileName: 'lecture-1.mp4',
        phase: 'captions',
        state: 'waiting',
        youtubeId: 'yt-1',
        youtubeUrl: 'https://www.youtube.com/watch?v=yt-1',
        youtubeStatus: 'processed',
        privacy: 'unlisted',
        durationMs: 61_000,
        tracks: [
          { id: captions?.id, kind: 'captions', language: 'de', source: 'drive', item: item.textId, url: `/api/v1/videos/${video.id}/tracks/${captions?.id}` },
          { id: transcript?.id, kind: 'transcript', language: 'de', source: 'drive', item: null, url: `/api/v1/videos/${video.id}/tracks/${transcript?.id}` },
        ],
        order: { id: newest.id, attempt: 3, state: 'waiting', priceCents: 90_000, reason: { code: 'ThirdOrder', message: 'A third.', until: null }, orderedAt: null },
        costCents: 2_000,
        waits: { code: 'Expensive', message: 'It waits (Expensive).', until: null },
        download: { url: `/api/v1/videos/${video.id}/download`, size: 10 },
        runId,
        updatedAt: expect.any(String) as string,
        can: { retry: true, decideOrder: true },
      },
    ]);
    const seen = await api.call('GET /api/v1/sites/:site/videos', emil, { params: { site: 'algebra' } });
    expect(seen.json).toMatchObject({ can: { publishCaptions: false }, videos: [{ can: { retry: true, decideOrder: false } }] });
  });

  test('that authors named by their id have the run that looked at them, and are looked at again while something is to be mended', async () => {
    const id = uuidv7();
    await api.db('videos').insert({ id, site_id: siteId, source: 'youtube', youtube_id: 'yt-2', phase: 'done' });
    await noteVideoWaits(api.db, id, { code: 'VideoNotShown', message: 'YouTube has no such video.', until: null });
    const runId = await makeRun(api.db, { siteId, version: null, process: 'adopt-youtube-video', workflowId: `adopt-youtube-video/${id}`, state: 'failed' });
    expect((await ofSite()).videos).toMatchObject([{ source: 'youtube', fileName: null, state: 'waiting', runId, can: { retry: true } }]);
    await noteVideoWaits(api.db, id, null);
    expect((await ofSite()).videos).toMatchObject([{ state: 'done', runId, can: { retry: false } }]);
  });

  test('name no resource that was deleted', async () => {
    const { item } = await make('lecture-1.mp4', { code: 'VideoMissing', until: null });
    await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: item.textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'a test' }));
    expect((await ofSite()).videos).toMatchObject([{ item: null, fileName: 'lecture-1.mp4', state: 'ended' }]);
  });

  test('are retried only while nobody is at work on them, and not when they are whole or nobody wants them', async () => {
    const states = { running: await make('running.mp4', { code: 'Expensive', until: null }), begun: await make('begun.mp4'), done: await make('done.mp4'), ended: await make('ended.mp4', { code: 'Superseded', until: null }) };
    await makeRun(api.db, { siteId, version: null, process: 'ingest-video', workflowId: `ingest-video/${states.running.video.id}` });
    await moveVideo(api.db, states.done.video.id, { phase: 'done' });
    const can = new Map((await ofSite()).videos.map(({ fileName, can: { retry } }) => [fileName, retry]));
    expect(Object.fromEntries(can)).toEqual({ 'running.mp4': false, 'begun.mp4': true, 'done.mp4': false, 'ended.mp4': false });
    expect(codeOf(await api.call('POST /api/v1/videos/:video/retry', emil, { params: { video: states.done.video.id } }))).toBe('wrongState');
  });

  test('come newest first, by pages and by how they stand, and no other site’s', async () => {
    const other = await makeSite(api.db, 'topology');
    await make('other.mp4', null, other);
    for (const [name, waits] of [['1.mp4', null], ['2.mp4', { code: 'NoPrice', until: null }], ['3.mp4', { code: 'QuotaSpent', until: '2026-03-01T08:00:00.000Z' }], ['4.mp4', { code: 'Superseded', until: null }]] as const) await make(name, waits);
    const named = async (query: Record<string, string | number>) => {
      const { total, videos } = await ofSite(query);
      return [total, videos.map(({ fileName }) => fileName)];
    };
    expect(await named({})).toEqual([4, ['4.mp4', '3.mp4', '2.mp4', '1.mp4']]);
    expect(await named({ limit: 2, offset: 1 })).toEqual([4, ['3.mp4', '2.mp4']]);
    expect(await named({ state: 'working' })).toEqual([2, ['3.mp4', '1.mp4']]);
    expect(await named({ state: 'working', limit: 1, offset: 1 })).toEqual([2, ['1.mp4']]);
    expect(await named({ state: 'waiting' })).toEqual([1, ['2.mp4']]);
    expect(await named({ state: 'ended' })).toEqual([1, ['4.mp4']]);
    expect(await ofSite()).toMatchObject({ counts: { working: 2, waiting: 1, done: 0, ended: 1 } });
  });

  test('are read with as many questions to the database for many as for one', async () => {
    let asked = 0;
    const count = (): void => void (asked += 1);
    const questions = async (): Promise<number> => {
      asked = 0;
      api.db.on('query', count);
      await ofSite({ limit: 100 });
      api.db.removeListener('query', count);
      return asked;
    };
    await make('1.mp4');
    const forOne = await questions();
    for (let index = 2; index <= 5; index += 1) await place(await make(`${index}.mp4`), `courses/algebra/${index}.mp4`);
    expect(forOne).toBeGreaterThan(5);
    expect(await questions()).toBe(forOne);
  });
});

test('operators see those of all sites that wait for a person, the longest wait first', async () => {
  const other = await makeSite(api.db, 'geometry');
  const newer = await make('new.mp4', { code: 'YoutubeConsentLost', until: null }, other);
  const older = await make('old.mp4', { code: 'NoPrice', until: null });
  await make('working.mp4');
  for (const waits of [{ code: 'CaptionsOrdered', until: null }, { code: 'VideoMissing', until: null }, { code: 'QuotaSpent', until: '2026-03-01T08:00:00.000Z' }]) await make(`${waits.code}.mp4`, waits);
  await api.db('videos').where({ id: newer.video.id }).update({ updated_at: new Date('2026-01-02T00:00:00Z') });
  await api.db('videos').where({ id: older.video.id }).update({ updated_at: new Date('2026-01-01T00:00:00Z') });
  const seen = lists(await api.call('GET /api/v1/videos', ada));
  expect([seen.total, seen.videos.map(({ site, fileName, state }) => [site.name, fileName, state])]).toEqual([2, [['algebra', 'old.mp4', 'waiting'], ['geometry', 'new.mp4', 'waiting']]]);
  const second = lists(await api.call('GET /api/v1/videos', ada, { query: { limit: 1, offset: 1 } }));
  expect([second.total, second.videos.map(({ fileName }) => fileName)]).toEqual([2, ['new.mp4']]);
});

describe('files of a video', () => {
  const KEY = 'courses/algebra/lecture 1_360p_16_9.mp4';
  const ask = (path: string, headers: Record<string, string> = {}) => api.send('GET', path, { headers: { ...emil.headers, ...headers } });

  test('its small form is played in parts, once it is there', async () => {
    const made = await make('lecture-1.mp4');
    await place(made, KEY);
    const path = `/api/v1/videos/${made.video.id}/download`;
    // Claimed is not copied yet.
    expect(codeOf(await ask(path))).toBe('notFound');
    expect((await ofSite()).videos).toMatchObject([{ download: null }]);
    await moveVideo(api.db, made.video.id, { phase: 'upload' });
    expect(codeOf(await ask(path))).toBe('notFound');
    await buckets.s3.put(api.config.storageBucket, KEY, '0123456789', { contentType: 'text/html' });
    const whole = await ask(path);
    expect([whole.status, whole.text]).toEqual([200, '0123456789']);
    const { 'content-type': type, 'content-disposition': disposition, 'cache-control': cache, 'x-content-type-options': sniffing } = Object.fromEntries(whole.headers);
    expect([type, disposition, cache, sniffing]).toEqual(['video/mp4', 'inline; filename="lecture 1_360p_16_9.mp4"', 'private, no-cache', 'nosniff']);
    const part = await ask(path, { range: 'bytes=2-4' });
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
    const beyond = await ask(path, { range: 'bytes=99-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect((await ask(path, { 'if-none-match': whole.headers.get('etag') ?? '' })).status).toBe(304);
    const stranger = await api.person('stan@example.edu');
    expect(codeOf(await api.call('GET /api/v1/videos/:video/download', stranger, { params: { video: made.video.id } }))).toBe('forbidden');
  });

  test('its captions are read as captions and its transcript is saved, whatever the bucket says that they are', async () => {
    const { video } = await make('lecture-1.mp4');
    const { video: another } = await make('lecture-2.mp4');
    for (const [kind, name] of [['captions', 'lecture.vtt'], ['transcript', 'lecture.pdf']] as const) {
      await buckets.s3.put(api.config.storageBucket, `tracks/${name}`, `<script>${kind}</script>`, { contentType: 'text/html' });
      await putVideoTrack(api.db, { videoId: video.id, kind, language: 'en', source: 'threePlay', itemId: null, s3Key: `tracks/${name}`, md5: 'x' });
    }
    const [captions, transcript] = (await listVideoTracks(api.db, video.id)).map(({ id }) => id);
    const types = async (track: string | undefined) => {
      const answer = await api.call('GET /api/v1/videos/:video/tracks/:track', emil, { params: { video: video.id, track: track ?? '' } });
      return [answer.text, answer.headers.get('content-type'), answer.headers.get('content-disposition')];
    };
    expect(await types(captions)).toEqual(['<script>captions</script>', 'text/vtt; charset=utf-8', 'inline; filename="lecture.vtt"']);
    expect(await types(transcript)).toEqual(['<script>transcript</script>', 'application/pdf', 'attachment; filename="lecture.pdf"']);
    expect(codeOf(await api.call('GET /api/v1/videos/:video/tracks/:track', emil, { params: { video: another.id, track: captions ?? '' } }))).toBe('notFound');
    expect(codeOf(await api.call('GET /api/v1/videos/:video/tracks/:track', emil, { params: { video: uuidv7(), track: captions ?? '' } }))).toBe('notFound');
  });
});
