import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '#activities/classify.ts';
import { StepError } from '#activities/stepError.ts';
import { createTranscodeActivities, type SubmitTranscodeInput } from '#activities/transcode.ts';
import { createMediaConvert, type MediaConvert } from '#clients/mediaConvert.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { moveDriveFile } from '#db/queries/driveFiles.ts';
import { listRunPhases, recordPhase } from '#db/queries/runs.ts';
import { adoptTranscodeJob, doubtTranscodeJob, findPlacedDownload, findTranscodeJob, openTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { findVideo, keepDriveVideo } from '#db/queries/videos.ts';
import { keepWebhookEvent } from '#db/queries/webhookEvents.ts';
import { createMediaConvert as createStandIn } from '#local/standins/mediaConvert/createMediaConvert.mjs';
import { topicKeys } from '#local/standins/mediaConvert/topic.mjs';
import { outputsOf } from '#local/standins/mediaConvert/transcode.mjs';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { runActivity, runStep } from './support/runActivity.ts';

const ACCOUNT = '123456789012';
const MINUTE = 60_000;
const CREATE = /^POST .*\/jobs$/;
const database = useDatabase();
const buckets = useBuckets();
let standIn: ReturnType<typeof createStandIn>;
let env: Record<string, string>;
let mediaConvert: MediaConvert;
/** Outputs that a job says it made and did not. */
let withheld = /nothing/;

const configOf = (given: Record<string, string> = {}) => makeConfig({ STUDIO_INSTALLATION: 'test', ...env, ...given });

beforeAll(async () => {
  const keys = await topicKeys();
  const accessKey = buckets.env['AWS_ACCESS_KEY_ID'] ?? '';
  const transcoder: Parameters<typeof createStandIn>[0]['transcoder'] = {
    transcode: async (settings) => {
      const files = outputsOf(settings);
      for (const { bucket, key } of files) if (!withheld.test(key)) await buckets.s3.put(bucket, key, Buffer.from(`film ${key}`), { contentType: 'video/mp4' });
      return files.map(({ bucket, key, width = 1920, height = 1080 }) => ({ bucket, key, durationInMs: 125_000, widthInPx: width, heightInPx: height }));
    },
    close: () => undefined,
  };
  standIn = createStandIn({ account: ACCOUNT, accessKey, topicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:transcodes`, keys, transcoder });
  const url = await standIn.listen();
  env = { ...buckets.env, VIDEO_S3_TRANSCODE_ENDPOINT: url, AWS_ACCOUNT_ID: ACCOUNT, AWS_ROLE_NAME: 'transcoder' };
  mediaConvert = createMediaConvert(configOf());
});
afterAll(async () => {
  mediaConvert.close();
  await standIn.close();
});
beforeEach(async () => {
  await database.clear();
  withheld = /nothing/;
  standIn.journal.length = 0;
  standIn.control({ settings: { queueMs: 0, workMs: 0, searchLagMs: 0, denied: [] } });
});
afterEach(() => {
  expect(standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  expect(standIn.troubles).toEqual([]);
});

const activitiesOf = (options: { readonly searchLagMs?: number; readonly firstLookMs?: number } = {}, given: { readonly env?: Record<string, string>; readonly mediaConvert?: MediaConvert } = {}) =>
  createTranscodeActivities({ config: configOf(given.env), db: database.db, mediaConvert: given.mediaConvert ?? mediaConvert, s3: buckets.s3 }, { searchLagMs: 0, firstLookMs: 5, ...options });

/** Waits for a job, as one that is asked for now. */
const follow = (activities: ReturnType<typeof activitiesOf>, at: { videoId: string; runId: string }, scheduledTimestampMs = Date.now()) =>
  runActivity((input: Parameters<typeof activities.followTranscode>[0]) => activities.followTranscode(input), { ...at, phase: 'transcode' }, { scheduledTimestampMs });

/** A video with its run, and the steps of it. */
async function prepare(given: Parameters<typeof makeDriveVideo>[1] & { readonly videoId?: string } = {}, activities = activitiesOf()) {
  const made = await makeDriveVideo(database.db, given);
  const videoId = given.videoId ?? made.video.id;
  const runId = await makeRun(database.db, { process: 'ingest-video', siteId: made.site.id, version: null });
  const at = { videoId, runId };
  return {
    ...made,
    runId,
    videoId,
    submit: (how: Partial<SubmitTranscodeInput> = {}) => runStep(activities, 'submitTranscode', { ...at, phase: 'transcode', jobIds: [], isApproved: false, ...how }),
    follow: () => follow(activities, at),
    place: () => runStep(activities, 'placeDownload', { ...at, phase: 'download' }),
    cancel: () => runStep(activities, 'cancelTranscode', { videoId }),
    row: () => findTranscodeJob(database.db, videoId),
    video: () => findVideo(database.db, videoId),
    resource: () => findContentItemById(database.db, made.item.id),
    jobs: () => standIn.jobs().filter((job) => job.userMetadata['videoId'] === videoId),
  };
}
type Prepared = Awaited<ReturnType<typeof prepare>>;

/** What an activity failed of, as the workflow hears it. */
async function failureOf(work: Promise<unknown>) {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  return classify(error, 1);
}
async function transcoded(given: Parameters<typeof prepare>[0] = {}): Promise<Prepared> {
  const film = await prepare(given);
  await film.submit();
  await film.follow();
  return film;
}

describe('a video that goes to MediaConvert', () => {
  it('becomes one job with our ids, however often it is submitted', async () => {
    const film = await prepare();
    expect(await film.submit()).toEqual({ state: 'submitted' });
    expect(await film.submit()).toEqual({ state: 'submitted' });
    const [job] = film.jobs();
    expect(film.jobs()).toHaveLength(1);
    const row = await film.row();
    expect(row).toMatchObject({ attempt: 1, jobId: job?.id, state: 'submitted' });
    expect(job?.userMetadata).toEqual({ filter: 'Default', videoId: film.videoId, orderId: row?.id });
    expect(standIn.journal.some((entry) => entry.path.includes('/search'))).toBe(false);
  });

  it('is found again when the answer was lost, also after the minute in which a request is known', async () => {
    const film = await prepare();
    standIn.addFault({ fault: 'drop-after-accept', match: CREATE });
    expect(await failureOf(film.submit())).toMatchObject({ type: 'TranscodeUncertain', isFinal: false });
    expect(await film.row()).toMatchObject({ state: 'intended', jobId: null });
    standIn.control({ advanceMs: 2 * MINUTE });
    expect(await film.submit()).toEqual({ state: 'submitted' });
    expect(film.jobs().map(({ id }) => id)).toEqual([(await film.row())?.jobId]);
  });

  it('waits until a job would be shown before another is made', async () => {
    const film = await prepare({}, activitiesOf({ searchLagMs: MINUTE }));
    await openTranscodeJob(database.db, film.videoId);
    const failure = await failureOf(film.submit());
    expect(failure).toMatchObject({ type: 'TranscodeUncertain', isFinal: false });
    expect(failure.delayMs).toBeGreaterThan(30_000);
    expect(film.jobs()).toEqual([]);
    await database.db('transcode_jobs').update({ updated_at: new Date(Date.now() - 2 * MINUTE) });
    expect(await film.submit()).toEqual({ state: 'submitted' });
    expect(film.jobs()).toHaveLength(1);
  });

  it('waits again when that answer is lost too', async () => {
    const film = await prepare({}, activitiesOf({ searchLagMs: MINUTE }));
    await openTranscodeJob(database.db, film.videoId);
    await database.db('transcode_jobs').update({ updated_at: new Date(Date.now() - 2 * MINUTE) });
    standIn.addFault({ fault: 'drop-after-accept', match: CREATE });
    standIn.control({ settings: { searchLagMs: 30_000 } });
    await failureOf(film.submit());
    expect((await failureOf(film.submit())).delayMs).toBeGreaterThan(30_000);
    expect(film.jobs()).toHaveLength(1);
  });

  it('is forgotten where MediaConvert surely did not take it', async () => {
    const film = await prepare();
    standIn.addFault({ fault: '429', match: CREATE, retryAfterSeconds: 7 });
    expect(await failureOf(film.submit())).toMatchObject({ type: 'MediaConvertUnavailable', isFinal: false, delayMs: 7_000 });
    expect(await film.row()).toBeUndefined();
    standIn.control({ settings: { denied: ['SearchJobs'] } });
    expect(await film.submit()).toEqual({ state: 'submitted' });
  });

  it('that it will not take says why, for good', async () => {
    const film = await prepare();
    standIn.addFault({ fault: '400', match: CREATE });
    expect(await failureOf(film.submit())).toMatchObject({ type: 'MediaConvertRefused', isFinal: true, message: expect.stringContaining('The request is wrong') as string });
  });

  it('gets another job when the first has failed', async () => {
    const film = await prepare();
    standIn.control({ plan: { errorCode: 1030, errorMessage: 'No video' } });
    await film.submit();
    expect(await failureOf(film.follow())).toMatchObject({ type: 'TranscodeFailed', isFinal: true, message: expect.stringContaining('(error 1030): No video') as string });
    expect(await film.row()).toMatchObject({ attempt: 1, state: 'error', errorCode: '1030', errorMessage: 'No video' });
    await film.submit();
    expect(await film.row()).toMatchObject({ attempt: 2, state: 'submitted' });
    expect(film.jobs()).toHaveLength(2);
    await film.follow();
  });

  it('goes nowhere from a copy of the database, nor where nothing is set up', async () => {
    const film = await prepare({}, activitiesOf({}, { env: { STUDIO_INSTALLATION: 'copy' } }));
    await runStep(activitiesOf(), 'submitTranscode', { videoId: film.videoId, runId: film.runId, phase: 'transcode', jobIds: [], isApproved: false });
    expect(await failureOf(film.submit())).toMatchObject({ type: 'OutwardEffectsOff' });
    const bare = createMediaConvert(makeConfig());
    try {
      expect(await failureOf((await prepare({}, activitiesOf({}, { mediaConvert: bare }))).submit())).toMatchObject({ type: 'MediaConvertRefused', message: expect.stringContaining('not set up') as string });
    } finally {
      bare.close();
    }
    expect(await database.db('transcode_jobs').count({ count: '*' })).toEqual([{ count: 1 }]);
  });
});

describe('where this account may not search', () => {
  /** A video whose job’s answer was lost. */
  async function doubted(): Promise<Prepared> {
    const film = await prepare();
    standIn.addFault({ fault: 'drop-after-accept', match: CREATE });
    await failureOf(film.submit());
    standIn.control({ advanceMs: 2 * MINUTE });
    standIn.control({ settings: { denied: ['SearchJobs'] } });
    return film;
  }

  it('nobody knows whether there is a job, and none is made', async () => {
    const film = await doubted();
    expect(await film.submit()).toEqual({ state: 'doubtful' });
    expect(film.jobs()).toHaveLength(1);
  });

  it('a job that an event told of is taken over if it is this video’s', async () => {
    const film = await doubted();
    const other = await prepare();
    await other.submit();
    const strange = other.jobs()[0]?.id ?? '';
    expect(await film.submit({ jobIds: [strange, 'no-such-job'] })).toEqual({ state: 'doubtful' });
    const own = film.jobs()[0]?.id ?? '';
    expect(await film.submit({ jobIds: [strange, own] })).toEqual({ state: 'submitted' });
    expect(await film.row()).toMatchObject({ jobId: own });
    expect(film.jobs()).toHaveLength(1);
  });

  it('a person may have another one made', async () => {
    const film = await doubted();
    expect(await film.submit()).toEqual({ state: 'doubtful' });
    expect(await film.row()).toMatchObject({ state: 'unknown', jobId: null });
    standIn.addFault({ fault: '429', match: CREATE, retryAfterSeconds: 7 });
    expect(await failureOf(film.submit({ isApproved: true }))).toMatchObject({ type: 'MediaConvertUnavailable', delayMs: 7_000 });
    expect(await film.submit({ isApproved: true })).toEqual({ state: 'submitted' });
    expect(film.jobs()).toHaveLength(2);
    expect(film.jobs()[1]?.id).toBe((await film.row())?.jobId);
    expect(await film.row()).toMatchObject({ state: 'submitted' });
  });

  it('a person’s word is good for one more job, also when that answer is lost', async () => {
    const film = await doubted();
    await film.submit();
    standIn.addFault({ fault: 'drop-after-accept', match: CREATE });
    expect(await failureOf(film.submit({ isApproved: true }))).toMatchObject({ type: 'TranscodeUncertain' });
    standIn.control({ advanceMs: 2 * MINUTE });
    // The next try of the same activity, then the one that waits for an event.
    expect(await film.submit({ isApproved: true })).toEqual({ state: 'doubtful' });
    expect(await film.submit()).toEqual({ state: 'doubtful' });
    expect(film.jobs()).toHaveLength(2);
    expect(await film.submit({ isApproved: true })).toEqual({ state: 'submitted' });
  });

  it('an event that came while nobody listened tells of its job all the same', async () => {
    const film = await doubted();
    await film.submit();
    const own = film.jobs()[0]?.id ?? '';
    const tell = (jobId: string | undefined, of: string, verified = false) => keepWebhookEvent(database.db, { source: 'mediaconvert', eventId: `${jobId ?? 'none'} ${of} ${String(verified)}`, payload: { verified, event: { detail: { jobId, userMetadata: { videoId: of } } } } });
    await tell(own, film.site.id);
    await tell(undefined, film.videoId);
    expect(await film.submit()).toEqual({ state: 'doubtful' });
    await tell(own, film.videoId, true);
    // Anybody may send what nobody signed, and as much as they like.
    for (let count = 0; count < 30; count += 1) await tell(`noise-${count}`, film.videoId);
    expect(await film.submit()).toEqual({ state: 'submitted' });
    expect(await film.row()).toMatchObject({ jobId: own, state: 'submitted' });
    expect(film.jobs()).toHaveLength(1);
  });

  it('a search that is allowed after all says whether there is a job', async () => {
    const film = await doubted();
    await film.submit();
    standIn.control({ settings: { denied: [] } });
    expect(await film.submit()).toEqual({ state: 'submitted' });
    expect(film.jobs()).toHaveLength(1);
    const other = await prepare();
    const { job } = await openTranscodeJob(database.db, other.videoId);
    await doubtTranscodeJob(database.db, job.id);
    expect(await other.submit()).toEqual({ state: 'submitted' });
    expect(await other.row()).toMatchObject({ state: 'submitted', jobId: other.jobs()[0]?.id });
  });
});

describe('a file that was changed while it was transcoded', () => {
  /** A video at MediaConvert, and the one of what its file is now. */
  async function changed() {
    standIn.control({ settings: { queueMs: 10 * MINUTE } });
    const film = await prepare();
    await film.submit();
    const wish = { ...film.wish, sourceMd5: 'b'.repeat(32) };
    await moveDriveFile(database.db, film.file.id, { state: 'complete', stored: { md5: wish.sourceMd5, versionId: null } });
    const { video } = await keepDriveVideo(database.db, wish);
    const submit = () => runStep(activitiesOf(), 'submitTranscode', { videoId: video.id, runId: film.runId, phase: 'transcode', jobIds: [], isApproved: false });
    const jobs = () => standIn.jobs().filter((job) => job.userMetadata['videoId'] === video.id);
    return { film, submit, jobs, made: () => jobs().length };
  }

  it('has the job of what it was ended first: both would write to the same places', async () => {
    const { film, submit, jobs } = await changed();
    const other = await prepare();
    await other.submit();
    expect(await submit()).toEqual({ state: 'submitted' });
    // Its own job is no outdated one.
    expect(await submit()).toEqual({ state: 'submitted' });
    expect(film.jobs()).toMatchObject([{ status: 'CANCELED' }]);
    expect(jobs().map(({ status }) => status === 'CANCELED')).toEqual([false]);
    expect(await film.row()).toMatchObject({ state: 'canceled' });
    expect(other.jobs()[0]?.status).not.toBe('CANCELED');
    expect(await other.row()).toMatchObject({ state: 'submitted' });
  });

  it('waits for none that MediaConvert has forgotten', async () => {
    const { film, submit, made } = await changed();
    await database.db('transcode_jobs').update({ job_id: 'long-ago' });
    expect(await submit()).toEqual({ state: 'submitted' });
    expect(made()).toBe(1);
    expect(await film.row()).toMatchObject({ state: 'canceled' });
  });

  it('waits for that job where the account may not cancel', async () => {
    const { film, submit, made } = await changed();
    standIn.control({ settings: { denied: ['CancelJob'] } });
    expect(await failureOf(submit())).toMatchObject({ type: 'MediaConvertUnavailable', isFinal: false, delayMs: MINUTE });
    expect(made()).toBe(0);
    standIn.control({ advanceMs: 20 * MINUTE });
    standIn.control({ settings: { queueMs: 0 } });
    await until('that job has ended', () => Promise.resolve(film.jobs()[0]?.status === 'COMPLETE'));
    expect(await submit()).toEqual({ state: 'submitted' });
    expect([film.jobs()[0]?.status, made()]).toEqual(['COMPLETE', 1]);
  });
});

describe('a job', () => {
  it('is looked at until it is done, and what it made is noted', async () => {
    standIn.control({ settings: { workMs: 10 * MINUTE } });
    const film = await prepare();
    await film.submit();
    await recordPhase(database.db, { runId: film.runId, phase: 'transcode', state: 'running' });
    const following = film.follow();
    const shown = async () => (await listRunPhases(database.db, [film.runId])).get(film.runId)?.[0]?.summary;
    await until('people see how far it is', async () => (await shown()) != null);
    standIn.control({ advanceMs: 20 * MINUTE });
    expect(await following).toEqual({ summary: '2 min 5 s transcoded', counts: { seconds: 125 } });
    const base = film.wish.sourceKey.replace('gdrive_uploads', 'aws_mediaconvert_transcodes').replace('.mp4', '');
    expect(await film.row()).toMatchObject({ state: 'complete', outputs: { youtube: `${base}_youtube.mp4`, download: `${base}_360p_16_9.mp4`, narrow: `${base}_360p_4_3.mp4` } });
    expect(await film.video()).toMatchObject({ durationMs: 125_000 });
    expect(await shown()).toBe('50 % transcoded');
  });

  it('that is done is not looked at again, so that what came of it stays', async () => {
    const film = await transcoded();
    await database.db('transcode_jobs').update({ outputs: JSON.stringify({ youtube: 'kept' }) });
    standIn.journal.length = 0;
    expect(await film.follow()).toMatchObject({ summary: '2 min 5 s transcoded' });
    expect(standIn.journal).toEqual([]);
    expect((await film.row())?.outputs).toEqual({ youtube: 'kept' });
  });

  it('that says it is done and made less than it was asked for has failed', async () => {
    withheld = /360p_4_3/;
    const film = await prepare();
    await film.submit();
    expect(await failureOf(film.follow())).toMatchObject({ type: 'TranscodeFailed', message: expect.stringContaining('360p_4_3.mp4 is not there') as string });
    expect(await film.row()).toMatchObject({ state: 'error', errorCode: 'NoOutput' });
  });

  it('that somebody cancelled waits for a person', async () => {
    standIn.control({ settings: { queueMs: 10 * MINUTE } });
    const film = await prepare();
    await film.submit();
    await mediaConvert.cancelJob((await film.row())?.jobId ?? '');
    expect(await failureOf(film.follow())).toMatchObject({ type: 'TranscodeCancelled', isFinal: true });
    expect(await film.row()).toMatchObject({ state: 'canceled' });
  });

  it('that MediaConvert has forgotten is made again when a person says so', async () => {
    const film = await prepare();
    const { job } = await openTranscodeJob(database.db, film.videoId);
    await adoptTranscodeJob(database.db, job.id, 'long-ago');
    expect(await failureOf(film.follow())).toMatchObject({ type: 'TranscodeFailed', isFinal: true });
    await film.submit();
    expect(await film.row()).toMatchObject({ attempt: 2, state: 'submitted' });
  });

  it('that takes a day has a person look at it, and goes on', async () => {
    standIn.control({ settings: { queueMs: 10 * MINUTE } });
    const film = await prepare();
    await film.submit();
    const late = follow(activitiesOf(), film, Date.now() - 25 * 60 * MINUTE);
    expect(await failureOf(late)).toMatchObject({ type: 'TranscodeOverdue', isFinal: true });
    expect(await film.row()).toMatchObject({ state: 'submitted' });
  });

  it('is asked for again while MediaConvert is away', async () => {
    const film = await prepare();
    await film.submit();
    standIn.addFault({ fault: '503', match: /^GET / });
    expect(await failureOf(film.follow())).toMatchObject({ type: 'MediaConvertUnavailable', isFinal: false });
    await film.follow();
  });

  it('that nobody waits for any more is ended', async () => {
    standIn.control({ settings: { queueMs: 10 * MINUTE } });
    const film = await prepare();
    await film.cancel();
    await film.submit();
    await film.cancel();
    expect(film.jobs()[0]?.status).toBe('CANCELED');
    expect(await film.row()).toMatchObject({ state: 'canceled' });
  });

  it('that is done stays so', async () => {
    const film = await transcoded();
    standIn.journal.length = 0;
    await film.cancel();
    expect(standIn.journal).toEqual([]);
    expect(film.jobs()[0]?.status).toBe('COMPLETE');
    expect(await film.row()).toMatchObject({ state: 'complete' });
  });
});

describe('the small form of a video', () => {
  it('lies beside the files of its site and is what its resource names', async () => {
    const film = await transcoded({ metadata: { license: 'CC', file_size: 1 } });
    const key = `courses/${film.site.name}/lecture-1_360p_16_9.mp4`;
    expect(await film.place()).toMatchObject({ summary: expect.stringContaining('to download') as string });
    const head = await buckets.direct.send(new HeadObjectCommand({ Bucket: configOf().storageBucket, Key: key }));
    expect(head).toMatchObject({ ContentType: 'video/mp4', ContentDisposition: 'attachment' });
    expect(await film.resource()).toMatchObject({ file: key, metadata: { license: 'CC', resourcetype: 'Video', file_type: 'video/mp4', file_size: head.ContentLength } });
    expect(await film.video()).toMatchObject({ phase: 'upload' });
    expect(await findPlacedDownload(database.db, film.file.id, film.wish.sourceMd5)).toBe(key);
  });

  it('has a place of its own where another video has its name', async () => {
    const first = await transcoded();
    const second = await transcoded({ site: first.site });
    await first.place();
    await second.place();
    await second.place();
    expect([(await first.resource())?.file, (await second.resource())?.file]).toEqual([`courses/${first.site.name}/lecture-1_360p_16_9.mp4`, `courses/${first.site.name}/lecture-1_360p_16_92.mp4`]);
  });

  it('does not take the place of what people put into the site', async () => {
    const film = await transcoded();
    const key = `courses/${film.site.name}/lecture-1_360p_16_9.mp4`;
    await createContentItem(database.db, { siteId: film.site.id, item: makeContentItem({ textId: 'by-hand', filename: 'by-hand', type: 'resource', file: key }), by: null, reason: 'a test', references: [] });
    await film.place();
    expect((await film.resource())?.file).toBe(key.replace('.mp4', '2.mp4'));
  });

  it('that is made once more takes the place it had', async () => {
    const film = await transcoded();
    await film.place();
    const key = (await film.resource())?.file;
    await database.db('transcode_jobs').update({ state: 'error', outputs: '{}' });
    await film.submit();
    await film.follow();
    await film.place();
    expect((await film.resource())?.file).toBe(key);
  });

  it('of a changed file takes the place of the one before', async () => {
    const { db } = database;
    const film = await transcoded();
    await film.place();
    const key = (await film.resource())?.file;
    const changed = { ...film.wish, sourceMd5: 'b'.repeat(32) };
    await moveDriveFile(db, film.file.id, { state: 'complete', stored: { md5: changed.sourceMd5, versionId: null } });
    const { video } = await keepDriveVideo(db, changed);
    await changeContentItem(db, { siteId: film.site.id, textId: film.item.textId, fromRevision: null, set: { file: film.wish.sourceKey }, by: null, reason: 'a test', references: [] });
    const activities = activitiesOf();
    const at = { videoId: video.id, runId: film.runId };
    await runStep(activities, 'submitTranscode', { ...at, phase: 'transcode', jobIds: [], isApproved: false });
    await follow(activities, at);
    await runStep(activities, 'placeDownload', { ...at, phase: 'download' });
    expect((await film.resource())?.file).toBe(key);
  });

  it('of a file that was changed meanwhile is nobody’s', async () => {
    const film = await transcoded();
    await moveDriveFile(database.db, film.file.id, { state: 'complete', stored: { md5: 'b'.repeat(32), versionId: null } });
    expect(await failureOf(film.place())).toMatchObject({ type: 'VideoMissing', message: expect.stringContaining('changed in Google Drive') as string });
    expect(await film.resource()).toMatchObject({ file: film.wish.sourceKey });
    expect(await findPlacedDownload(database.db, film.file.id, film.wish.sourceMd5)).toBeNull();
  });

  it('that is gone from the bucket says so', async () => {
    const film = await transcoded();
    await buckets.s3.remove(configOf().storageBucket, [(await film.row())?.outputs['download'] ?? '']);
    const failure = film.place();
    await expect(failure).rejects.toBeInstanceOf(StepError);
    await expect(failure).rejects.toMatchObject({ type: 'TranscodeFailed' });
  });
});
