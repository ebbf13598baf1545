import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCaptionCorrectionsActivities } from '#activities/captionCorrections.ts';
import { createHostTurns } from '#activities/hostTurns.ts';
import { createNamedVideosActivities } from '#activities/namedVideos.ts';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import { createYouTube } from '#clients/youtube.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, findContentItemById, type StoredContentItem } from '#db/queries/contentItems.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { findVideo, keepNamedVideo } from '#db/queries/videos.ts';
import { listVideoTracks } from '#db/queries/videoTracks.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { timesAsked, uploadVideo } from '../clients/support/youtubeClient.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { makeYoutube, type YoutubeWorld } from '../factories/youtube.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { type Captioning, createCaptioning } from './support/captioning.ts';
import { quotaLedger } from './support/quotaLedger.ts';
import { runStep } from './support/runActivity.ts';

const PUBLIC = '93.184.215.14';
const RUN = 'run';

const database = useDatabase();
const buckets = useBuckets();
let youtube: YoutubeWorld;
let threePlay: Captioning;
let archive: Server;
/** Looks at videos before the test. */
let before = 0;
/** What is asked of the archive, and what it does before it answers. */
let asked: string[] = [];
let meanwhile: () => Promise<unknown> = () => Promise.resolve();
beforeAll(async () => {
  youtube = await makeYoutube();
  archive = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const status = Number(/\d{3}/.exec(request.url ?? '')?.[0] ?? 200);
    void meanwhile().then(() => response.writeHead(status, request.url === '/unknown' ? { 'transfer-encoding': 'chunked' } : { 'content-length': '734003200' }).flushHeaders());
  });
  await new Promise<void>((resolve) => archive.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  archive.close();
  await youtube.close();
});
beforeEach(async () => {
  [asked, meanwhile, before] = [[], () => Promise.resolve(), timesAsked(youtube, /GET \/youtube\/v3\/videos/)];
  await database.clear();
  await youtube.reset();
  threePlay = await createCaptioning({ db: database.db, s3: buckets.s3, bucketsEnv: buckets.env });
});
afterEach(async () => {
  const unexpected = [...youtube.unexpected(), ...threePlay.standIn.journal.filter((entry) => entry.unexpected === true)];
  await threePlay.close();
  expect(unexpected).toEqual([]);
});

/** The steps as a worker with this environment has them. */
function stepsOf(env: Readonly<Record<string, string>> = {}) {
  const { db } = database;
  const config = threePlay.configOf({ ...youtube.env, ...env });
  const ledger = quotaLedger();
  const { port } = archive.address() as AddressInfo;
  const publicWeb = createPublicWeb(config, { resolve: () => Promise.resolve([PUBLIC]), reach: () => ({ address: '127.0.0.1', port }), limits: { timeoutMs: 2_000 } });
  const named = createNamedVideosActivities({ config, db, hostTurns: createHostTurns(db, 0), publicWeb, temporal: ledger.temporal, youtube: createYouTube(config) });
  return { ...threePlay.stepsOf(), ...named, ledger };
}

/** A video that is on YouTube. */
const uploaded = (title = 'Lecture on YouTube'): Promise<string> => uploadVideo(createYouTube(threePlay.configOf(youtube.env)), title);
const askedOfYoutube = (): number => timesAsked(youtube, /GET \/youtube\/v3\/videos/) - before;

/** A resource in which an author named a video. */
async function author(youtubeId: string, given: Partial<ContentItem> & { readonly site?: SiteRow } = {}) {
  const { site = threePlay.site, metadata, ...rest } = given;
  const textId = uuidv7();
  const item = makeContentItem({ textId, type: 'resource', title: 'Mine', dirpath: 'content/resources', filename: textId, metadata: { resourcetype: 'Video', license: 'CC BY', video_metadata: { youtube_id: youtubeId }, ...metadata }, ...rest });
  return database.db.transaction(async (trx) => {
    const { id: itemId } = await createContentItem(trx, { siteId: site.id, item, by: null, reason: 'created' });
    const video = await keepNamedVideo(trx, { siteId: site.id, itemId, youtubeId });
    if (video === null) throw new Error('It is one of ours');
    return { videoId: video.id, youtubeId, itemId, textId, site };
  });
}
type Authored = Awaited<ReturnType<typeof author>>;

async function itemOf({ itemId }: Pick<Authored, 'itemId'>): Promise<StoredContentItem> {
  const item = await findContentItemById(database.db, itemId);
  if (item === undefined) throw new Error('The resource vanished');
  return item;
}
const save = (of: Authored, set: Partial<ContentItem>, deleted?: boolean) => database.db.transaction((trx) => changeContentItem(trx, { siteId: of.site.id, textId: of.textId, fromRevision: null, set, ...(deleted === undefined ? {} : { deleted }), by: null, reason: 'edited' }));
const read = (of: Pick<Authored, 'videoId'>, steps = stepsOf()) => runStep(steps, 'readNamedVideo', { runId: RUN, phase: 'look', videoId: of.videoId });
const measure = (of: Authored) => runStep(stepsOf(), 'measureArchive', { runId: RUN, phase: 'measure', videoId: of.videoId });
const waitsOf = async (of: Authored) => (await findVideo(database.db, of.videoId))?.waits ?? null;

describe('the look at YouTube', () => {
  it('gives the resource what it lacks, once, for one unit of the quota', async () => {
    const youtubeId = await uploaded();
    const of = await author(youtubeId, { title: ' ' });
    const steps = stepsOf();
    expect(await read(of, steps)).toEqual({ summary: '‘Lecture on YouTube’', counts: { changed: 1 }, problems: [] });
    const item = await itemOf(of);
    expect(item).toMatchObject({ title: 'Lecture on YouTube', revision: 2 });
    expect(item.metadata).toEqual({ resourcetype: 'Video', license: 'CC BY', video_metadata: { youtube_id: youtubeId, source: 'youtube' }, video_files: { video_thumbnail_file: `https://img.youtube.com/vi/${youtubeId}/default.jpg` } });
    expect(await findVideo(database.db, of.videoId)).toMatchObject({ durationMs: 10_000, youtubeStatus: 'processed', youtubePrivacy: 'unlisted', waits: null, phase: 'done' });
    expect([steps.ledger.units(), askedOfYoutube()]).toEqual([1, 1]);
    expect(await read(of)).toMatchObject({ counts: { changed: 0 } });
    expect((await itemOf(of)).revision).toBe(2);
  });

  it('leaves what an author wrote, also between the look and the change', async () => {
    const of = await author(await uploaded());
    await save(of, { title: 'Better', metadata: { ...(await itemOf(of)).metadata, video_files: { video_thumbnail_file: '/courses/x/chosen.jpg', archive_url: 'https://archive.org/1.mp4' } } });
    await read(of);
    expect(await itemOf(of)).toMatchObject({ title: 'Better', metadata: { license: 'CC BY', video_files: { video_thumbnail_file: '/courses/x/chosen.jpg', archive_url: 'https://archive.org/1.mp4' }, video_metadata: { source: 'youtube' } } });
  });

  it('does not say of what came from Drive that it came from YouTube', async () => {
    const youtubeId = await uploaded();
    const { site, item } = await makeDriveVideo(database.db, { metadata: { video_metadata: { youtube_id: youtubeId } } });
    const video = await database.db.transaction((trx) => keepNamedVideo(trx, { siteId: site.id, itemId: item.id, youtubeId }));
    await read({ videoId: video?.id ?? '' });
    expect((await itemOf({ itemId: item.id })).metadata).toMatchObject({ video_metadata: { youtube_id: youtubeId }, video_files: { video_thumbnail_file: expect.stringContaining(youtubeId) as string } });
    expect((await itemOf({ itemId: item.id })).metadata['video_metadata']).not.toHaveProperty('source');
  });

  it('ends with a sentence for an author when readers could not watch it', async () => {
    const refused = async (youtubeId: string): Promise<string> => {
      const of = await author(youtubeId);
      const revision = (await itemOf(of)).revision;
      const error: unknown = await read(of).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ type: 'VideoNotShown' });
      expect((await itemOf(of)).revision).toBe(revision);
      return (error as Error).message;
    };
    expect(await refused('AAAAAAAAAAA')).toMatch(/^YouTube has no video with the id ‘AAAAAAAAAAA’ that others may see: .*Correct the id/);
    const hidden = await uploaded();
    youtube.store.state.videos.find(({ id }) => id === hidden)!.status.privacyStatus = 'private';
    expect(await refused(hidden)).toMatch(/is private on YouTube.*unlisted or public/);
    youtube.set({ outcome: { uploadStatus: 'rejected', reason: 'copyright' } });
    expect(await refused(await uploaded())).toMatch(/^YouTube rejected the video: it infringes a copyright\. Name another video/);
    const looks = askedOfYoutube();
    expect(await refused('https://www.youtube.com/watch?v=AAAAAAAAAAA')).toMatch(/^‘https:\/\/www\.youtube\.com\/watch\?v=AAAAAAAA’ is not the id of a video/);
    expect(askedOfYoutube()).toBe(looks);
  });

  it('says that other pages may not show it', async () => {
    const youtubeId = await uploaded();
    youtube.store.state.videos.find(({ id }) => id === youtubeId)!.status.embeddable = false;
    expect(await read(await author(youtubeId))).toMatchObject({ counts: { changed: 1 }, problems: [{ message: expect.stringContaining('embedding') as string }] });
  });

  it('is for nobody when the resource is gone, or names another video by now', async () => {
    const gone = await author(await uploaded());
    await save(gone, {}, true);
    const other = await author(await uploaded());
    await save(other, { metadata: { resourcetype: 'Video', video_metadata: { youtube_id: 'BBBBBBBBBBB' } } });
    for (const of of [gone, other]) await expect(read(of)).rejects.toMatchObject({ type: 'VideoMissing' });
    expect(askedOfYoutube()).toBe(0);
  });

  it('is left out where YouTube is not set up', async () => {
    const of = await author('AAAAAAAAAAA', { title: '' });
    expect(await read(of, stepsOf({ YT_REFRESH_TOKEN: '' }))).toMatchObject({ summary: 'YouTube is not set up, so it was not asked', counts: { changed: 1 } });
    expect(await itemOf(of)).toMatchObject({ title: '', metadata: { video_metadata: { source: 'youtube' } } });
  });

  it('waits for the quota, and the video says so', async () => {
    const of = await author(await uploaded());
    const steps = stepsOf();
    steps.ledger.empty('units');
    await expect(read(of, steps)).rejects.toMatchObject({ type: 'YoutubeQuotaSpent' });
    expect(await waitsOf(of)).toMatchObject({ code: 'YoutubeQuota' });
    expect(askedOfYoutube()).toBe(0);
  });
});

describe('captions at 3Play', () => {
  const adopt = (of: Authored, isSupplied = false) => runStep(stepsOf(), 'adoptCaptions', { runId: RUN, phase: 'captions', videoId: of.videoId, isSupplied });
  const store = (orderId: string) => runStep(stepsOf(), 'storeCaptions', { orderId });
  const charges = (): number => threePlay.standIn.journal.filter(({ method, path }) => method === 'POST' && path.includes('/order/')).length;

  /** Somebody had captions made of a video before. */
  async function ordered(youtubeId: string): Promise<void> {
    const client = createThreePlay(threePlay.configOf());
    const mediaId = await client.createMedia({ sourceUrl: `https://www.youtube.com/watch?v=${youtubeId}`, referenceId: youtubeId, name: 'Lecture', folderId: await client.createFolder('somebody'), marker: 'theirs' });
    const [level] = await client.turnaroundLevels();
    await client.order({ mediaId, levelId: level?.id ?? '', callbackUrl: null });
  }

  it('that are ready become resources of every site that shows the video, and nothing is ordered', async () => {
    const youtubeId = await uploaded();
    await ordered(youtubeId);
    const here = await author(youtubeId);
    expect(await adopt(here)).toEqual({ summary: '3Play has no captions that are ready', counts: {}, orderId: null });
    threePlay.clock.now += 10 * 24 * 60 * 60_000;
    const there = await author(youtubeId, { site: await makeSite(database.db, { starterId: threePlay.site.starterId ?? '' }) });
    for (const of of [here, there]) {
      const { orderId } = await adopt(of);
      expect(await store(orderId ?? '')).toMatchObject({ stored: 2, counts: { stored: 2, changed: 0 } });
      expect(await adopt(of)).toMatchObject({ orderId });
      const { metadata } = await itemOf(of);
      const names = await Promise.all(['video_captions_resources', 'video_transcript_resources'].map(async (key) => {
        const { content } = (metadata['video_files'] as Record<string, { content: string[] }>)[key] ?? { content: [] };
        return Promise.all(content.map(async (textId) => (await findContentItem(database.db, of.site.id, textId))?.filename));
      }));
      expect(names).toEqual([[`${youtubeId}_captions_vtt`.toLowerCase()], [`${youtubeId}_transcript_pdf`.toLowerCase()]]);
      expect((await listVideoTracks(database.db, of.videoId)).map(({ kind, source }) => [kind, source])).toEqual([['captions', 'threePlay'], ['transcript', 'threePlay']]);
    }
    expect(charges()).toBe(1);
    // What somebody corrects there goes to both, under one label.
    threePlay.standIn.control({ edit: { referenceId: youtubeId, lines: ['Welcome to Lecture 2.'] } });
    const config = threePlay.configOf();
    const { corrected } = await runStep(createCaptionCorrectionsActivities({ config, db: database.db, threePlay: createThreePlay(config) }), 'listCorrectedCaptions', {});
    expect(corrected.map(({ videoId }) => videoId).sort()).toEqual([here.videoId, there.videoId].sort());
    expect(new Set(corrected.map(({ mediaFileId }) => mediaFileId)).size).toBe(1);
  });

  it('are not looked for where the site has its own, or 3Play is not set up', async () => {
    const of = await author(await uploaded());
    const calls = threePlay.standIn.journal.length;
    expect(await adopt(of, true)).toMatchObject({ summary: 'The site has captions of its own', orderId: null });
    const steps = threePlay.stepsOf({ THREEPLAY_API_KEY: '' });
    expect(await runStep(steps, 'adoptCaptions', { runId: RUN, phase: 'captions', videoId: of.videoId, isSupplied: false })).toMatchObject({ summary: '3Play Media is not set up, so it was not asked', orderId: null });
    expect(threePlay.standIn.journal.length).toBe(calls);
  });
});

describe('the size of the download', () => {
  const of = (archiveUrl: string | null, given: Partial<ContentItem> = {}) => author('AAAAAAAAAAA', { metadata: { file_size: 7, video_files: archiveUrl === null ? {} : { archive_url: archiveUrl } }, ...given });
  const sizeOf = async (authored: Authored): Promise<unknown> => (await itemOf(authored)).metadata['file_size'];

  it('is what its server says, asked for without reading it', async () => {
    const video = await of('http://archive.example.org/lecture.mp4');
    expect(await measure(video)).toEqual({ summary: '734.0 MB', counts: { bytes: 734_003_200 }, problems: [] });
    expect(await sizeOf(video)).toBe(734_003_200);
    expect((await itemOf(video)).metadata).toMatchObject({ license: 'CC BY', video_metadata: { youtube_id: 'AAAAAAAAAAA' } });
    expect(asked).toEqual(['HEAD /lecture.mp4']);
  });

  it('is none without a download, and that of a file of the site’s own stays', async () => {
    const without = await of(null);
    expect(await measure(without)).toMatchObject({ summary: 'No download is named', problems: [] });
    expect(await sizeOf(without)).toBeNull();
    const own = await of('http://archive.example.org/lecture.mp4', { file: 'courses/x/own.mp4' });
    expect(await measure(own)).toMatchObject({ summary: 'The resource has a file of its own' });
    expect(await sizeOf(own)).toBe(7);
    expect(asked).toEqual([]);
  });

  it.each([
    ['http://127.0.0.1/secrets', 'it is no address of the public web'],
    ['http://archive.example.org/404', 'its server answers 404'],
    ['http://archive.example.org/unknown', 'its server does not say how large it is'],
  ])('of %s is not known, because %s', async (url, why) => {
    const video = await of(url);
    expect(await measure(video)).toMatchObject({ summary: 'Its size is not known', problems: [{ message: expect.stringContaining(why) as string }] });
    expect(await sizeOf(video)).toBeNull();
    expect(asked.some((line) => line.includes('secrets'))).toBe(false);
  });

  it('is asked for again while the archive is away, and that of another one does not stand there meanwhile', async () => {
    const video = await of('http://archive.example.org/503');
    await expect(measure(video)).rejects.toMatchObject({ type: 'ArchiveUnavailable' });
    expect(await sizeOf(video)).toBeNull();
  });

  it('is not written beside another download that an author named meanwhile', async () => {
    const video = await of('http://archive.example.org/lecture.mp4');
    meanwhile = async () => save(video, { metadata: { ...(await itemOf(video)).metadata, video_files: { archive_url: 'http://archive.example.org/other.mp4' } } });
    await measure(video);
    expect(await sizeOf(video)).toBe(7);
  });
});

describe('the run', () => {
  it('is opened once with its request, and its end says on the video what is to be mended', async () => {
    const { db } = database;
    const of = await author('AAAAAAAAAAA');
    const { id: requestId } = await insertRunRequest(db, { process: 'adopt-youtube-video', siteId: of.site.id, requestedBy: null, input: { videoId: of.videoId } });
    const open = () => runStep(stepsOf(), 'openAdoption', { siteId: of.site.id, videoId: of.videoId, requestId, workflowId: `adopt-youtube-video/${of.videoId}`, workflowRunId: '01990000-0000-7000-8000-000000000001' });
    const { runId } = await open();
    expect(await open()).toEqual({ runId });
    expect(await findRun(db, runId)).toMatchObject({ process: 'adopt-youtube-video', siteId: of.site.id, state: 'running', frozen: { videoId: of.videoId } });
    expect(await db('run_requests').where({ id: requestId }).first('run_id')).toEqual({ run_id: runId });
    const end = (state: 'failed' | 'succeeded') => runStep(stepsOf(), 'endAdoption', { videoId: of.videoId, runId, state, reason: state === 'failed' ? { code: 'VideoNotShown', message: 'It is private.' } : null, warnings: [{ message: 'Beside.' }] });
    await end('failed');
    await end('failed');
    expect(await waitsOf(of)).toEqual({ code: 'VideoNotShown', message: 'It is private.', until: null });
    expect(await findRun(db, runId)).toMatchObject({ state: 'failed', reasonCode: 'VideoNotShown', warnings: [{ message: 'Beside.' }] });
    await end('succeeded');
    expect(await waitsOf(of)).toBeNull();
  });
});
