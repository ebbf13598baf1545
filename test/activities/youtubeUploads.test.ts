import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { createYoutubeQuotaActivities } from '#activities/youtubeQuota.ts';
import { createYoutubeUploadsActivities, type YoutubeUploadsOptions } from '#activities/youtubeUploads.ts';
import { createYouTube } from '#clients/youtube.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { adoptTranscodeJob, endTranscodeJob, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { findVideo } from '#db/queries/videos.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { findUpload } from '#db/queries/youtubeUploads.ts';
import { makeConfig } from '../factories/config.ts';
import { makeSite, makeUser } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { useYoutube } from '../support/useYoutube.ts';
import { quotaLedger } from './support/quotaLedger.ts';
import { keptLog, runStep } from './support/runActivity.ts';

const PART = 8 * 1024 ** 2;
const SIZE = 2 * PART + 1_000;
const BYTES = Buffer.alloc(SIZE, 'a video');
const MD5 = createHash('md5').update(BYTES).digest('hex');
const database = useDatabase();
const buckets = useBuckets();
const world = useYoutube();
let files = 0;
beforeEach(() => database.clear());

/** A video that was transcoded for YouTube, with the activities that bring it there. */
async function prepare(given: { readonly env?: Readonly<Record<string, string>>; readonly options?: YoutubeUploadsOptions; readonly metadata?: Readonly<Record<string, unknown>>; readonly isTranscoded?: boolean } = {}) {
  const name = `lecture-${(files += 1)}.mp4`;
  const config = makeConfig({ STUDIO_INSTALLATION: 'test', ...buckets.env, ...world.env, ...given.env });
  await readInstallation(database.db, config.studioInstallation);
  const site = await makeSite(database.db, { urlPath: `courses/${files}/18-01-fall-2026` });
  const { video, item, file } = await makeDriveVideo(database.db, { site, name, sourceKey: `gdrive_uploads/${site.name}/${name}`, ...(given.metadata === undefined ? {} : { metadata: given.metadata }) });
  const key = `aws_mediaconvert_transcodes/${site.name}/lecture-${files}_youtube.mp4`;
  if (given.isTranscoded !== false) {
    const { job } = await openTranscodeJob(database.db, video.id);
    await adoptTranscodeJob(database.db, job.id, `job-${files}`);
    await endTranscodeJob(database.db, job.id, { state: 'complete', outputs: { youtube: key } });
    await buckets.s3.put(config.storageBucket, key, BYTES, { contentType: 'video/mp4' });
  }
  const ledger = quotaLedger();
  const deps = { config, db: database.db, s3: buckets.s3, youtube: createYouTube(config), temporal: ledger.temporal, log: keptLog().log };
  const activities = { ...createYoutubeUploadsActivities(deps, { looksMs: [1], lostMs: 20, ...given.options }), ...createYoutubeQuotaActivities(deps) };
  const at = { videoId: video.id, runId: 'run', phase: 'upload' };
  return {
    name,
    site,
    item,
    ledger,
    config,
    key,
    videoId: video.id,
    fileId: file.id,
    open: (mayBegin = true) => runStep(activities, 'openYoutubeUpload', { videoId: video.id, mayBegin }),
    begin: (info = {}) => runStep(activities, 'beginYoutubeUpload', { videoId: video.id }, info),
    /** @param sessions how many there were; without it none is begun */
    send: (sessions?: number) => runStep(activities, 'sendYoutubeUpload', { ...at, ...(sessions === undefined ? {} : { sessions }) }),
    look: (info = {}) => runStep(activities, 'findLostUpload', { videoId: video.id }, info),
    wait: (info = {}) => runStep(activities, 'awaitYoutubeVideo', at, info),
    save: () => runStep(activities, 'saveYoutubeVideo', at),
    reserve: () => runStep(activities, 'reserveYoutubeQuota', { bucket: 'inserts', amount: 1, priority: 'upload', videoId: video.id }),
    /** To the last byte. */
    async bring() {
      return this.send((await this.open()).sessions);
    },
    video: () => findVideo(database.db, video.id),
    upload: () => findUpload(database.db, video.id),
    /** What YouTube has of it. */
    made: () => world.titled(name),
  };
}
const sends = () => world.journal.filter((entry) => entry.method === 'PUT' && entry.path.startsWith('/upload/')).length;
const begins = () => world.journal.filter((entry) => entry.method === 'POST' && entry.path.startsWith('/upload/')).length;

describe('an upload', () => {
  it('is kept before YouTube is asked, its session before the first byte, and its video after the last', async () => {
    const film = await prepare({ metadata: { video_metadata: { video_tags: 'Calculus' } } });
    const before = [begins(), sends()];
    expect(await film.open()).toEqual({ youtubeId: null, hasSession: false, wasLost: false, sessions: 0 });
    expect(await film.upload()).toMatchObject({ state: 'intended', s3Key: film.key, size: SIZE, sessionUrl: null });
    expect([begins(), sends()]).toEqual(before);
    await film.begin();
    expect(await film.upload()).toMatchObject({ state: 'uploading', sessionUrl: expect.stringContaining('upload_id=') as string });
    expect(sends()).toBe(before[1]);
    const { youtubeId, summary } = await film.send();
    expect(summary).toBe('16.8 MB at YouTube');
    const upload = await film.upload();
    expect(film.made()).toMatchObject([{ id: youtubeId, md5: MD5, size: SIZE, hasNotified: false, status: { privacyStatus: 'unlisted' }, snippet: { description: `ocw:${upload?.id ?? ''}`, tags: ['18-01-fall-2026', 'calculus'], categoryId: '27' } }]);
    expect(upload).toMatchObject({ state: 'done', sentBytes: SIZE, sessionUrl: null });
    expect(await film.video()).toMatchObject({ youtubeId, youtubeStatus: 'processed', youtubePrivacy: 'unlisted' });
    expect(await film.open()).toEqual({ youtubeId, hasSession: false, wasLost: false, sessions: 0 });
  });

  it('is begun in the slot that sends it, and kept before its first byte', async () => {
    const film = await prepare();
    const { sessions } = await film.open();
    world.addFault({ fault: '503', match: /^PUT \/upload/, every: 1, times: 1 });
    const before = begins();
    await expect(film.send(sessions)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await film.upload()).toMatchObject({ state: 'uploading', sessions: 1, sessionUrl: expect.stringContaining('upload_id=') as string });
    await film.send(sessions);
    expect(begins() - before).toBe(1);
    expect(film.made()).toMatchObject([{ md5: MD5 }]);
  });

  it('is begun once, whoever tries again', async () => {
    const film = await prepare();
    await film.open();
    await film.begin();
    const [session, before] = [(await film.upload())?.sessionUrl, begins()];
    await film.begin();
    expect(await film.open()).toMatchObject({ hasSession: true });
    expect([(await film.upload())?.sessionUrl, begins()]).toEqual([session, before]);
  });

  it('goes on from what YouTube has when it was broken off', async () => {
    const film = await prepare();
    await film.open();
    await film.begin();
    // Of the question and three parts, the first part.
    world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/, every: 2, times: 1 });
    await expect(film.send()).rejects.toMatchObject({ name: 'YouTubeError', kind: 'unavailable' });
    const before = buckets.proxy.journal.length;
    await film.send();
    expect(film.made()).toMatchObject([{ md5: MD5 }]);
    const ranges = buckets.proxy.journal.slice(before).map((entry) => JSON.stringify(entry)).filter((entry) => entry.includes(film.key));
    expect(ranges).toHaveLength(1);
  });

  it('whose last answer was lost has its video already', async () => {
    const film = await prepare();
    await film.open();
    await film.begin();
    world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/, every: 4, times: 1 });
    await expect(film.send()).rejects.toMatchObject({ kind: 'unavailable', isUncertain: true });
    expect(await film.video()).toMatchObject({ youtubeId: null });
    const before = sends();
    await film.send();
    expect(sends() - before).toBe(1);
    await film.send();
    expect(sends() - before).toBe(1);
    expect(film.made()).toHaveLength(1);
    expect(await film.video()).toMatchObject({ youtubeId: film.made()[0]?.id });
  });

  it('is refused while outward effects are off, or while YouTube is not set up', async () => {
    const film = await prepare({ env: { YT_REFRESH_TOKEN: '' } });
    await expect(film.open()).rejects.toMatchObject({ type: 'YoutubeRefused', message: expect.stringContaining('YT_REFRESH_TOKEN') as string });
    const copy = await prepare();
    await copy.open();
    const elsewhere = await prepare({ env: { STUDIO_INSTALLATION: 'elsewhere' } });
    await expect(elsewhere.begin()).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
  });

  it.each([[false, 'was not transcoded'], [true, 'not in the file store as it was']] as const)('needs the transcoded video (%s)', async (isTranscoded, why) => {
    const film = await prepare({ isTranscoded });
    const opened = film.open();
    if (!isTranscoded) return expect(opened).rejects.toMatchObject({ type: 'VideoNotReady', message: expect.stringContaining(why) as string });
    await opened;
    await buckets.s3.put(film.config.storageBucket, film.key, 'another video', { contentType: 'video/mp4' });
    await expect(film.begin()).rejects.toMatchObject({ type: 'VideoNotReady' });
    await buckets.s3.remove(film.config.storageBucket, [film.key]);
    return expect(film.begin()).rejects.toMatchObject({ type: 'VideoNotReady', message: expect.stringContaining(why) as string });
  });
});

describe('a file that was changed meanwhile', () => {
  const change = (of: { readonly fileId: string }) => database.db('drive_files').where({ id: of.fileId }).update({ stored_md5: 'b'.repeat(32) });

  it('is not begun when its turn comes', async () => {
    const film = await prepare();
    await film.open();
    await change(film);
    const before = begins();
    await expect(film.begin()).rejects.toMatchObject({ type: 'VideoMissing', message: expect.stringContaining('changed in Google Drive') as string });
    expect(begins()).toBe(before);
  });

  it('does not get the id of what it was', async () => {
    const film = await prepare();
    await film.bring();
    await change(film);
    await film.save();
    expect((await findContentItemById(database.db, film.item.id))?.metadata).not.toHaveProperty('video_metadata');
  });
});

describe('a lost session', () => {
  /** All bytes arrive, and nobody hears of it before the session is gone. */
  async function loseLastAnswer(film: Awaited<ReturnType<typeof prepare>>): Promise<void> {
    await film.open();
    await film.begin();
    const session = (await film.upload())?.sessionUrl;
    if (session == null) throw new Error('no session');
    await fetch(session, { method: 'PUT', headers: { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}`, authorization: `Bearer ${await token()}` }, body: BYTES });
    expect(film.made()).toHaveLength(1);
    world.set({ expireUploads: true });
  }
  async function token(): Promise<string> {
    const answer = await fetch(`${world.url}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: world.env.YT_REFRESH_TOKEN, client_id: world.client.clientId, client_secret: world.client.clientSecret }) });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  it('is said to be lost, and its video is found by the marker', async () => {
    const film = await prepare();
    await loseLastAnswer(film);
    expect(await film.send()).toMatchObject({ youtubeId: null });
    expect(await film.open()).toEqual({ youtubeId: null, hasSession: false, wasLost: true, sessions: 1 });
    const { youtubeId } = await film.look();
    expect(film.made()).toMatchObject([{ id: youtubeId }]);
    expect(await film.open()).toMatchObject({ youtubeId });
  });

  it('is looked for until the list of uploads knows of it', async () => {
    const film = await prepare({ options: { lostMs: 60_000 } });
    await loseLastAnswer(film);
    await film.send();
    world.set({ indexLagMs: 3_600_000 });
    const before = world.journal.filter(({ path }) => path.includes('playlistItems')).length;
    const found = film.look();
    await expect.poll(() => world.journal.filter(({ path }) => path.includes('playlistItems')).length - before).toBeGreaterThan(2);
    world.set({ indexLagMs: 0 });
    expect(film.made()).toMatchObject([{ id: (await found).youtubeId }]);
  });

  it('is looked for no longer when a worker was killed meanwhile', async () => {
    const film = await prepare({ options: { lostMs: 60_000 } });
    await film.open();
    await film.begin();
    world.set({ expireUploads: true });
    await film.send();
    expect(await film.look({ scheduledTimestampMs: Date.now() - 60_000 })).toEqual({ youtubeId: null });
  });

  it('is looked for before another is begun, also when its worker was killed with the answer', async () => {
    const film = await prepare();
    const { sessions } = await film.open();
    await film.begin();
    world.set({ expireUploads: true });
    await film.send(sessions);
    const before = begins();
    expect(await film.send(sessions)).toMatchObject({ youtubeId: null });
    expect(begins()).toBe(before);
    // Once it was looked for, another may be begun.
    await film.send((await film.open()).sessions);
    expect(begins()).toBe(before + 1);
    expect(film.made()).toMatchObject([{ md5: MD5 }]);
  });

  it('without a last byte has no video, and another is begun', async () => {
    const film = await prepare();
    await film.open();
    await film.begin();
    world.set({ expireUploads: true });
    expect(await film.send()).toMatchObject({ youtubeId: null });
    expect(await film.look()).toEqual({ youtubeId: null });
    expect(film.ledger.units()).toBeGreaterThan(0);
    const first = (await film.upload())?.sessionBegunAt;
    await film.begin();
    // Videos are looked for from the first session on, should this one be lost as well.
    expect((await film.upload())?.sessionBegunAt).toBe(first);
    await film.send();
    expect(film.made()).toMatchObject([{ md5: MD5 }]);
  });

  it('is not replaced when it may not begin once more', async () => {
    const film = await prepare();
    await expect(film.open(false)).rejects.toMatchObject({ type: 'YoutubeRefused', message: expect.stringContaining('again and again') as string });
  });
});

describe('a video at YouTube', () => {
  it('is looked at until YouTube has worked on it', async () => {
    const film = await prepare();
    world.set({ processingMs: 60_000 });
    const { youtubeId } = await film.bring();
    const waited = film.wait();
    await expect.poll(() => world.journal.filter(({ path }) => path.startsWith('/youtube/v3/videos')).length).toBeGreaterThan(1);
    expect(await film.video()).toMatchObject({ youtubeStatus: 'uploaded' });
    await world.advance(61);
    expect(await waited).toMatchObject({ outcome: 'done', summary: 'YouTube has worked on it' });
    expect(await film.video()).toMatchObject({ youtubeId, youtubeStatus: 'processed', waits: null });
    // The channel was looked at once; looks at the video are paid for in tens.
    expect(film.ledger.units() % 10).toBe(1);
    expect(film.ledger.units()).toBeGreaterThan(1);
  });

  it.each([
    [{ uploadStatus: 'failed', reason: 'codec' }, 'YoutubeFailed', 'YouTube could not take the video: it does not know how the video is encoded.'],
    [{ uploadStatus: 'rejected', reason: 'duplicate' }, 'YoutubeRejected', 'YouTube rejected the video: the channel has this video already.'],
  ])('that is %j ends there with the reason', async (outcome, code, message) => {
    const film = await prepare();
    world.set({ outcome });
    await film.bring();
    expect(await film.wait()).toMatchObject({ outcome: 'failed', summary: message });
    expect(await film.video()).toMatchObject({ youtubeStatus: outcome.uploadStatus, waits: { code, message, until: null } });
    expect(await film.upload()).toMatchObject({ state: 'failed', reason: { code, message } });
    // A retry makes another video, with another marker.
    world.set({ outcome: { uploadStatus: 'processed' } });
    const first = await film.upload();
    expect(await film.open()).toEqual({ youtubeId: null, hasSession: false, wasLost: false, sessions: 0 });
    expect((await film.upload())?.id).not.toBe(first?.id);
    expect(await film.video()).toMatchObject({ youtubeId: null, sent: {} });
    await film.begin();
    await film.send();
    expect(await film.wait()).toMatchObject({ outcome: 'done' });
    expect(film.made()).toHaveLength(2);
  });

  it('that somebody deleted there ends, too', async () => {
    const film = await prepare();
    const { youtubeId } = await film.bring();
    await fetch(`${world.url}/_person`, { method: 'POST', body: JSON.stringify({ do: 'delete', id: youtubeId }) });
    expect(await film.wait()).toMatchObject({ outcome: 'failed' });
    expect(await film.video()).toMatchObject({ youtubeStatus: 'deleted', waits: { code: 'YoutubeDeleted' } });
  });

  it('that YouTube made private stops the uploads of all, with the reason', async () => {
    const film = await prepare();
    world.set({ isAudited: false });
    await film.bring();
    expect(await film.wait()).toMatchObject({ outcome: 'parked' });
    expect(await film.video()).toMatchObject({ youtubePrivacy: 'private', waits: { code: 'YoutubeLockedPrivate', until: null } });
    expect(film.ledger.signals).toMatchObject([{ workflow: 'youtubeQuota', signal: 'channelStopped', args: [{ of: 'uploads', code: 'YoutubeLockedPrivate' }] }]);
    expect(await film.reserve()).toMatchObject({ reason: { code: 'YoutubeLockedPrivate' } });
  });

  it('that YouTube does not end within a day waits for a person, however often the looking was begun anew', async () => {
    const film = await prepare();
    world.set({ processingMs: 10 ** 9 });
    await film.bring();
    expect(await film.wait({ scheduledTimestampMs: Date.now() - 24 * 3_600_000 })).toMatchObject({ outcome: 'parked' });
    expect(await film.video()).toMatchObject({ waits: { code: 'YoutubeSlow', until: null } });
  });

  it('is named by its resource, once', async () => {
    const film = await prepare({ metadata: { video_metadata: { video_tags: 'Calculus', youtube_description: 'About' } } });
    const { youtubeId } = await film.bring();
    await film.save();
    const item = await findContentItemById(database.db, film.item.id);
    expect(item?.metadata).toMatchObject({ video_metadata: { youtube_id: youtubeId, video_tags: '18-01-fall-2026, calculus', youtube_description: 'About' }, video_files: { video_thumbnail_file: `https://img.youtube.com/vi/${youtubeId ?? ''}/default.jpg` } });
    await film.save();
    expect((await findContentItemById(database.db, film.item.id))?.revision).toBe(item?.revision);
  });

  it('is told to each of its site’s people by one mail, however often a worker dies', async () => {
    const film = await prepare();
    const both = await makeUser(database.db, 'both@example.edu');
    const editor = await makeUser(database.db, 'editor@example.edu');
    const stranger = await makeUser(database.db, 'stranger@example.edu');
    for (const role of ['owner', 'editor'] as const) await grantRole(database.db, both.id, { role, siteId: film.site.id });
    await grantRole(database.db, editor.id, { role: 'editor', siteId: film.site.id });
    await grantRole(database.db, stranger.id, { role: 'global_admin', siteId: null });
    const { youtubeId } = await film.bring();
    await film.save();
    await film.save();
    const mails = await database.db('mails').select('kind', 'user_id', 'data');
    expect(mails.map(({ user_id: id }: { user_id: string }) => id).sort()).toEqual([both.id, editor.id].sort());
    expect(mails[0]).toMatchObject({ kind: 'video-uploaded', data: { siteName: film.site.name, videoTitle: film.name, url: `https://www.youtube.com/watch?v=${youtubeId ?? ''}` } });
  });
});

describe('what YouTube lets the studio do', () => {
  it('is asked for first, and what a video waits for stands in its row until it is given', async () => {
    const film = await prepare({ env: { YT_QUOTA_INSERTS: '1' } });
    expect(await film.reserve()).toHaveProperty('grantedAt');
    expect(await film.reserve()).toMatchObject({ reason: { code: 'YoutubeQuota' } });
    const { waits } = (await film.video()) ?? {};
    expect(waits).toMatchObject({ code: 'YoutubeQuota', message: expect.stringContaining('after midnight in California') as string });
    expect(Date.parse(waits?.until ?? '')).toBeGreaterThan(Date.now());
    const roomy = await prepare();
    await database.db('videos').where({ id: roomy.videoId }).update({ waits: JSON.stringify(waits) });
    await roomy.reserve();
    expect(await roomy.video()).toMatchObject({ waits: null });
  });

  it('is waited for by the activity itself where it is about units', async () => {
    const film = await prepare();
    await film.bring();
    film.ledger.empty('units');
    const error: unknown = await film.wait().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'StepError', type: 'YoutubeQuotaSpent' });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
    expect(await film.video()).toMatchObject({ waits: { code: 'YoutubeQuota' } });
  });

  it.each([
    [{ limits: { units: 1_000_000, inserts: 0, channelUploads: 1_000_000 } }, 'inserts'],
    [{ limits: { units: 1_000_000, inserts: 1_000_000, channelUploads: 0 } }, 'uploads'],
  ])('is less than the ledger counted when YouTube says so: %j', async (settings, bucket) => {
    const film = await prepare();
    await film.open();
    world.set(settings);
    await expect(film.begin()).rejects.toMatchObject({ name: 'YouTubeError' });
    expect(film.ledger.signals).toMatchObject([{ signal: 'bucketEmptied', args: [{ bucket }] }]);
    // The next try does not go to YouTube, and people read until when it waits.
    const before = begins();
    await expect(film.begin({ attempt: 2 })).rejects.toMatchObject({ type: 'YoutubeQuotaSpent' });
    expect(begins()).toBe(before);
    expect(await film.video()).toMatchObject({ waits: { code: 'YoutubeQuota', until: expect.any(String) as string } });
    expect(await film.reserve()).toMatchObject({ reason: { code: 'YoutubeQuota' } });
  });

  it('is nothing on somebody else’s channel', async () => {
    const film = await prepare({ env: { YT_CHANNEL_ID: 'UCsomebody00000000000000' } });
    await film.open();
    const before = begins();
    await expect(film.begin()).rejects.toMatchObject({ kind: 'wrongChannel' });
    expect(begins()).toBe(before);
    expect(film.ledger.signals).toMatchObject([{ signal: 'channelStopped', args: [{ of: 'everything', code: 'YoutubeConsentLost' }] }]);
  });

  it('ends for everybody with the consent', async () => {
    const film = await prepare();
    await film.open();
    await fetch(`${world.url}/_person`, { method: 'POST', body: JSON.stringify({ do: 'revoke' }) });
    await expect(film.begin()).rejects.toMatchObject({ name: 'YouTubeError', kind: 'revoked' });
    expect(film.ledger.signals).toMatchObject([{ signal: 'channelStopped', args: [{ of: 'everything', code: 'YoutubeConsentLost', message: expect.stringContaining('must give it again') as string }] }]);
    expect(await film.video()).toMatchObject({ waits: { code: 'YoutubeConsentLost', until: null } });
    expect(await film.reserve()).toMatchObject({ reason: { code: 'YoutubeConsentLost' } });
    expect(await film.video()).toMatchObject({ waits: { code: 'YoutubeConsentLost', until: expect.any(String) as string } });
  });
});
