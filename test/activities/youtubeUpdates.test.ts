import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { createYoutubeUpdatesActivities } from '#activities/youtubeUpdates.ts';
import { createYouTube } from '#clients/youtube.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import { findRun } from '#db/queries/runs.ts';
import { findVideo, keepYoutubeId, noteVideoFacts } from '#db/queries/videos.ts';
import { putVideoTrack } from '#db/queries/videoTracks.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeRun, makeSite } from '../factories/rows.ts';
import { makeDriveVideo } from '../factories/video.ts';
import { timesAsked, uploadVideo } from '../clients/support/youtubeClient.ts';
import { useBuckets } from '../support/buckets.ts';
import { isFullSize } from '../support/corpus.ts';
import { useDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { useYoutube } from '../support/useYoutube.ts';
import { quotaLedger } from './support/quotaLedger.ts';
import { runStep } from './support/runActivity.ts';

/** 300 in a full test. */
const MANY = isFullSize ? 300 : 30;
const database = useDatabase();
const buckets = useBuckets();
const world = useYoutube();
let sites = 0;
beforeEach(() => database.clear());

/** Another millisecond: what is saved and what is published are told apart by the database’s clock, of which we read no more. */
async function later(): Promise<void> {
  const clock = async (): Promise<string | undefined> => (await database.db.raw<{ rows: { at: string }[] }>(`select date_trunc('milliseconds', clock_timestamp())::text as at`)).rows[0]?.at;
  const began = await clock();
  await until('the next millisecond', async () => (await clock()) !== began, { everyMs: 1 });
}

/** A site with videos that YouTube has worked on, and the activities that tell YouTube of them. */
async function prepare(videos = 1, env: Readonly<Record<string, string>> = {}) {
  const { db } = database;
  const config = makeConfig({ STUDIO_INSTALLATION: 'test', ...buckets.env, ...world.env, ...env });
  await readInstallation(db, config.studioInstallation);
  const site = await makeSite(db, { urlPath: `courses/${(sites += 1)}/18-01` });
  const youtube = createYouTube(config);
  const made = [];
  for (let index = 0; index < videos; index += 1) {
    const name = `site-${sites}-${index}.mp4`;
    const youtubeId = await uploadVideo(youtube, name);
    const { video, item } = await makeDriveVideo(db, { site, name, metadata: { language: 'en', video_metadata: { youtube_id: youtubeId, youtube_description: 'About it', video_speakers: 'Ann', video_tags: 'calculus' } } });
    await keepYoutubeId(db, video.id, youtubeId);
    await noteVideoFacts(db, video.id, { youtubeStatus: 'processed', youtubePrivacy: 'unlisted' });
    made.push({ videoId: video.id, youtubeId, textId: item.textId, metadata: item.metadata });
  }
  const [first] = made;
  if (first === undefined) throw new Error('no video');
  const ledger = quotaLedger();
  const activities = createYoutubeUpdatesActivities({ config, db, s3: buckets.s3, youtube, temporal: ledger.temporal });
  return {
    ...first,
    made,
    site,
    ledger,
    config,
    /** Publishes what is saved, or takes it away again. */
    async publish(version: PublishVersion, given: { readonly isOut?: boolean; readonly from?: string } = {}): Promise<string> {
      await later();
      const runId = await makeRun(db, { siteId: site.id, version, ...(given.from === undefined ? {} : { frozen: { from: { runId: given.from } } }) });
      await later();
      await db('deployments').where({ site_id: site.id, version }).delete();
      if (given.isOut !== false) await db('deployments').insert({ id: runId, site_id: site.id, version, theme: '', manifest_key: `manifests/${runId}`, run_id: runId, deployed_at: db.fn.now(), first_deployed_at: db.fn.now() });
      return runId;
    },
    /** An author saves. */
    save: (change: { readonly title?: string; readonly draft?: boolean; readonly deleted?: boolean }, of = first) =>
      db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: of.textId, fromRevision: null, set: { ...(change.title === undefined ? {} : { title: change.title }), ...(change.draft === undefined ? {} : { metadata: { ...of.metadata, draft: change.draft } }) }, ...(change.deleted === undefined ? {} : { deleted: change.deleted }), by: null, reason: 'edited' })),
    /** The resource names another video from now on. */
    show: (youtubeId: string) =>
      db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: first.textId, fromRevision: null, set: { metadata: { ...first.metadata, video_metadata: { youtube_id: youtubeId } } }, by: null, reason: 'from YouTube' })),
    async captions(language: string, text: string): Promise<void> {
      const s3Key = `captions/${first.videoId}-${language}.vtt`;
      await buckets.s3.put(config.storageBucket, s3Key, text, { contentType: 'text/vtt' });
      const head = await buckets.s3.get(config.storageBucket, s3Key);
      await putVideoTrack(db, { videoId: first.videoId, kind: 'captions', language, source: 'drive', itemId: null, s3Key, md5: createHash('md5').update(head ?? '').digest('hex') });
    },
    tell: (version: PublishVersion) => runStep(activities, 'updateYoutubeVideos', { siteId: site.id, version, runId: 'run', phase: 'videos' }),
    ask: (version: PublishVersion, ofRunId: string) => runStep(activities, 'requestYoutubeUpdate', { siteId: site.id, siteName: site.name, version, ofRunId }),
    open: (pass: number) => runStep(activities, 'openYoutubeUpdate', { siteId: site.id, version: 'live', workflowId: `update-youtube/${site.id}/live`, workflowRunId: '01990000-0000-7000-8000-000000000001', pass }),
    send: () => runStep(activities, 'sendCaptions', { videoId: first.videoId }),
    shown: (of = first) => {
      const video = world.store.videoOf(of.youtubeId);
      return { title: video?.snippet.title, description: video?.snippet.description, tags: video?.snippet.tags, language: video?.snippet.defaultLanguage, privacy: video?.status.privacyStatus };
    },
    tracks: () => world.store.state.captions.filter(({ videoId, trackKind }) => videoId === first.youtubeId && trackKind === 'standard').map(({ language, name, text }) => ({ language, name, text })),
    waiting: async () => (await listWaitingRequests(db, [site.id])).map(({ process, version }) => `${process} ${version ?? ''}`),
  };
}
const asked = () => timesAsked(world, /\/youtube\/v3\//);

describe('a live publish', () => {
  it('gives videos their titles and all that, and makes them public', async () => {
    const site = await prepare();
    await site.publish('live');
    expect(await site.tell('live')).toEqual({ summary: '1 title and description, 0 caption tracks, who may see 1 video', counts: { snippets: 1, privacies: 1, captions: 0, problems: 0 }, problems: [] });
    expect(site.shown()).toEqual({ title: expect.stringMatching(/^site-/) as string, description: 'About it\n\nSpeakers: Ann', tags: ['18-01', 'calculus'], language: 'en', privacy: 'public' });
    expect(await findVideo(database.db, site.videoId)).toMatchObject({ youtubePrivacy: 'public' });
  });

  it(`of ${MANY} videos that are as they were asks YouTube for nothing`, async () => {
    // What it costs the first time takes more than a day’s units, which is not what this is about.
    const site = await prepare(MANY, { YT_QUOTA_UNITS: '1000000' });
    await site.publish('live');
    await site.tell('live');
    const again = await site.publish('live');
    const [calls, units] = [asked(), site.ledger.units()];
    expect(await site.tell('live')).toMatchObject({ summary: 'YouTube shows everything already', counts: { snippets: 0, privacies: 0 } });
    await site.ask('live', again);
    expect([asked() - calls, site.ledger.units() - units, await site.waiting(), site.ledger.signals]).toEqual([0, 0, [], []]);
  }, isFullSize ? 600_000 : 60_000);

  it('tells of what changed, and of nothing else', async () => {
    const site = await prepare(3);
    await site.publish('live');
    await site.tell('live');
    await site.save({ title: 'A better title' });
    const run = await site.publish('live');
    await site.ask('live', run);
    await site.ask('live', run);
    expect(site.ledger.signals).toMatchObject([{ workflow: 'updateYouTube', signal: 'youtubeUpdateRequested' }, { workflow: 'updateYouTube' }]);
    expect(await site.waiting()).toEqual(['update-youtube live']);
    const units = site.ledger.units();
    expect(await site.tell('live')).toMatchObject({ counts: { snippets: 1, privacies: 0 } });
    expect(site.ledger.units() - units).toBe(51);
    expect(site.shown().title).toBe('A better title');
  });

  it('does not tell of what was saved after it', async () => {
    const site = await prepare();
    await site.publish('live');
    await later();
    await site.save({ title: 'Not out yet', draft: true });
    await site.tell('live');
    expect(site.shown()).toMatchObject({ title: expect.stringMatching(/^site-/) as string, privacy: 'public' });
  });

  it('of an earlier state tells what that was', async () => {
    const site = await prepare();
    const first = await site.publish('live');
    await later();
    await site.save({ title: 'A newer title' });
    await site.publish('live');
    await site.tell('live');
    expect(site.shown().title).toBe('A newer title');
    await site.publish('live', { from: first });
    await site.tell('live');
    expect(site.shown().title).toMatch(/^site-/);
  });

  it('leaves alone what it does not have, or has no longer', async () => {
    const site = await prepare(2);
    const second = site.made[1];
    if (second === undefined) throw new Error('no second video');
    await site.save({ deleted: true }, second);
    await site.publish('live');
    const other = await prepare();
    await other.publish('live', { isOut: false });
    expect(await site.tell('live')).toMatchObject({ counts: { snippets: 1, privacies: 1 } });
    expect(site.shown(second)).toMatchObject({ description: '', privacy: 'unlisted' });
    expect(await other.tell('live')).toMatchObject({ counts: { snippets: 0, privacies: 0 } });
  });

  it('shows nobody a video whose file was replaced, nor one that came after what is published', async () => {
    const site = await prepare();
    // What the file is now: on YouTube already, and named by the resource.
    const youtube = createYouTube(site.config);
    const later = await uploadVideo(youtube, 'the new one');
    const { item } = await makeDriveVideo(database.db, { site: site.site, name: 'another.mp4', md5: 'b'.repeat(32) });
    await database.db('videos').where({ item_id: item.id }).update({ item_id: (await findVideo(database.db, site.videoId))?.itemId, youtube_id: later, youtube_status: 'processed', youtube_privacy: 'unlisted' });
    await site.publish('live');
    await site.tell('live');
    expect(site.shown().privacy).toBe('public');
    expect(world.store.videoOf(later)).toMatchObject({ status: { privacyStatus: 'unlisted' } });
    await site.show(later);
    await site.publish('live');
    expect(await site.tell('live')).toMatchObject({ counts: { snippets: 1, privacies: 1 } });
    expect(world.store.videoOf(later)).toMatchObject({ status: { privacyStatus: 'public' } });
  });

  it('keeps a draft’s video unlisted, and takes one back that became a draft', async () => {
    const site = await prepare();
    await site.publish('live');
    await site.tell('live');
    await later();
    await site.save({ draft: true });
    await site.publish('draft');
    await site.tell('draft');
    expect(site.shown().privacy).toBe('unlisted');
  });
});

describe('a request', () => {
  it('is taken by one pass, which is found again', async () => {
    const site = await prepare();
    await site.ask('live', await site.publish('live'));
    const first = await site.open(1);
    expect(first.runId).not.toBeNull();
    expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ process: 'update-youtube', version: 'live', state: 'running' });
    expect([await site.open(1), await site.open(2), await site.waiting()]).toEqual([first, { runId: null }, []]);
  });

  it('is none where YouTube is not set up', async () => {
    const site = await prepare();
    const run = await site.publish('live');
    const without = createYoutubeUpdatesActivities({ config: site.config, db: database.db, s3: buckets.s3, youtube: createYouTube(makeConfig({ ...world.env, YT_REFRESH_TOKEN: '' })), temporal: site.ledger.temporal });
    await runStep(without, 'requestYoutubeUpdate', { siteId: site.site.id, siteName: site.site.name, version: 'live', ofRunId: run });
    expect([await site.waiting(), site.ledger.signals]).toEqual([[], []]);
  });
});

describe('a draft publish', () => {
  it('of a site that is not out gives titles, and nobody finds the videos', async () => {
    const site = await prepare();
    await site.publish('draft');
    await site.tell('draft');
    expect(site.shown()).toMatchObject({ description: 'About it\n\nSpeakers: Ann', privacy: 'unlisted' });
  });

  it('of a site that readers have changes nothing of what they see', async () => {
    const site = await prepare();
    await site.publish('live');
    await site.tell('live');
    await site.save({ title: 'A draft of a title' });
    await site.publish('draft');
    expect(await site.tell('draft')).toMatchObject({ counts: { snippets: 0, privacies: 0 } });
    expect(site.shown()).toMatchObject({ title: expect.stringMatching(/^site-/) as string, privacy: 'public' });
  });
});

describe('what goes wrong with a video', () => {
  it('is a problem of its own when YouTube does not have it', async () => {
    const site = await prepare(2);
    await fetch(`${world.url}/_person`, { method: 'POST', body: JSON.stringify({ do: 'delete', id: site.youtubeId }) });
    await site.publish('live');
    const { counts, problems } = await site.tell('live');
    expect(counts).toMatchObject({ snippets: 1, problems: 1 });
    expect(problems).toMatchObject([{ message: expect.stringContaining(site.youtubeId) as string }]);
  });

  it('stops uploads when YouTube keeps it private', async () => {
    const site = await prepare();
    world.set({ isAudited: false });
    await site.publish('live');
    expect(await site.tell('live')).toMatchObject({ counts: { problems: 1 } });
    expect(site.ledger.signals).toMatchObject([{ signal: 'channelStopped', args: [{ of: 'uploads', code: 'YoutubeLockedPrivate' }] }]);
  });

  it('waits with the others when the day is spent, and goes on where it was', async () => {
    const site = await prepare(2, { YT_QUOTA_UNITS: '110' });
    await site.publish('live');
    await expect(site.tell('live')).rejects.toMatchObject({ name: 'StepError', type: 'YoutubeQuotaSpent' });
    expect(site.ledger.units()).toBe(102);
    expect(site.shown()).toMatchObject({ privacy: 'public' });
    const calls = asked();
    await expect(site.tell('live')).rejects.toMatchObject({ type: 'YoutubeQuotaSpent' });
    expect(asked()).toBe(calls);
  });

  it('is not told by a copy of another installation', async () => {
    const site = await prepare();
    await site.publish('live');
    const copy = createYoutubeUpdatesActivities({ config: makeConfig({ STUDIO_INSTALLATION: 'a copy', ...buckets.env, ...world.env }), db: database.db, s3: buckets.s3, youtube: createYouTube(site.config), temporal: site.ledger.temporal });
    await expect(runStep(copy, 'updateYoutubeVideos', { siteId: site.site.id, version: 'live', runId: 'run', phase: 'videos' })).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
  });
});

describe('captions', () => {
  it('whose resource was deleted are removed, and nothing else is', async () => {
    const site = await prepare();
    await site.captions('en', 'WEBVTT\n\nen');
    await site.captions('fr', 'WEBVTT\n\nfr');
    await site.send();
    const youtube = createYouTube(site.config);
    // Somebody’s own, whom we did not send.
    await youtube.captions.put(site.youtubeId, 'de', 'WEBVTT\n\nde');
    const textId = uuidv7();
    const french = await createContentItem(database.db, { siteId: site.site.id, item: makeContentItem({ textId, title: 'French', filename: textId }), by: null, reason: 'made', references: [] });
    await database.db('video_tracks').where({ language: 'fr' }).update({ item_id: french.id });
    await site.publish('live');
    await site.tell('live');
    expect(site.tracks().map(({ language }) => language).sort()).toEqual(['de', 'en', 'fr']);
    await changeContentItem(database.db, { siteId: site.site.id, textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' });
    const before = site.ledger.units();
    await site.publish('live');
    expect(await site.tell('live')).toMatchObject({ counts: { captions: 1, snippets: 0, privacies: 0 } });
    expect(site.tracks().map(({ language }) => language).sort()).toEqual(['de', 'en']);
    expect(site.ledger.units() - before).toBe(100);
    expect((await findVideo(database.db, site.videoId))?.sent).not.toHaveProperty('captions:fr');
    expect(await site.send()).toEqual({ sent: 0 });
    // It comes back, and goes there again.
    await changeContentItem(database.db, { siteId: site.site.id, textId, fromRevision: null, set: {}, deleted: false, by: null, reason: 'undeleted' });
    expect(await site.send()).toEqual({ sent: 1 });
    expect(site.tracks().map(({ language }) => language).sort()).toEqual(['de', 'en', 'fr']);
  });

  it('are sent in every language, each into its own track, and once', async () => {
    const site = await prepare();
    await site.captions('en', 'WEBVTT\n\nHello');
    await site.captions('pt-BR', 'WEBVTT\n\nOi');
    expect(await site.send()).toEqual({ sent: 2 });
    expect(site.tracks()).toEqual([{ language: 'en', name: 'CC (English)', text: 'WEBVTT\n\nHello' }, { language: 'pt-BR', name: 'CC (Portuguese (Brazil))', text: 'WEBVTT\n\nOi' }]);
    const calls = asked();
    expect(await site.send()).toEqual({ sent: 0 });
    expect(asked()).toBe(calls);
    expect(site.ledger.units()).toBe(1_000);
  });

  it('that changed are put into the track that is there', async () => {
    const site = await prepare();
    await site.captions('en', 'WEBVTT\n\nHelo');
    await site.send();
    await site.captions('en', 'WEBVTT\n\nHello');
    expect(await site.send()).toEqual({ sent: 1 });
    expect(site.tracks()).toMatchObject([{ text: 'WEBVTT\n\nHello' }]);
  });

  it('whose answer was lost are found before they are sent again', async () => {
    const site = await prepare();
    await site.captions('en', 'WEBVTT\n\nHello');
    world.addFault({ fault: 'drop-after-accept', match: /^POST \/upload\/youtube\/v3\/captions/ });
    await expect(site.send()).rejects.toMatchObject({ kind: 'unavailable', isUncertain: true });
    expect(await site.send()).toEqual({ sent: 1 });
    expect(site.tracks()).toHaveLength(1);
  });

  it('go with a publish, too, and none go while the video is not there', async () => {
    const site = await prepare();
    await site.captions('en', 'WEBVTT\n\nHello');
    await site.publish('live');
    expect(await site.tell('live')).toMatchObject({ counts: { captions: 1 } });
    await site.captions('en', 'WEBVTT\n\nAgain');
    await database.db('videos').where({ id: site.videoId }).update({ youtube_id: null });
    expect(await site.send()).toEqual({ sent: 0 });
  });
});

describe('a video that was on YouTube before', () => {
  it('is left as it is, whatever is published of the resource that names it', async () => {
    const site = await prepare();
    await database.db('videos').where({ id: site.videoId }).update({ source: 'youtube', drive_file_id: null });
    await site.captions('en', 'WEBVTT\n');
    const calls = asked();
    for (const version of ['draft', 'live'] as const) {
      await site.ask(version, await site.publish(version));
      expect(await site.tell(version)).toMatchObject({ summary: 'YouTube shows everything already' });
    }
    expect(await site.send()).toEqual({ sent: 0 });
    expect([await site.waiting(), asked(), site.ledger.units()]).toEqual([[], calls, 0]);
  });
});
