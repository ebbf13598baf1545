import { beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '@temporalio/client';
import { createCaptionCorrectionsActivities } from '#activities/captionCorrections.ts';
import { createCaptionsActivities } from '#activities/captions.ts';
import { createThreePlay } from '#clients/threePlay.ts';
import { saveCaptionSetting } from '#db/queries/captionSettings.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem, findContentItemById } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { listRunPhases } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { listVideoTracks, putVideoTrack } from '#db/queries/videoTracks.ts';
import { makeRun, makeUser } from '../factories/rows.ts';
import { useBuckets } from '../support/buckets.ts';
import { useDatabase } from '../support/postgres.ts';
import type { Filmed } from './support/captioning.ts';
import { keptLog, runStep } from './support/runActivity.ts';
import { useCaptioning } from './support/useCaptioning.ts';

const DAY = 24 * 60 * 60_000;

const database = useDatabase();
const buckets = useBuckets();
const { world, film } = useCaptioning(database, buckets);

const take = () => runStep(world.stepsOf(), 'takeSuppliedCaptions', { videoId: film.videoId });
const store = (orderId: string) => runStep(world.stepsOf(), 'storeCaptions', { orderId });
const tracks = async (of: Filmed = film) => (await listVideoTracks(database.db, of.videoId)).map(({ kind, language, source }) => [kind, language, source]);
const textAt = async (key: string): Promise<string | undefined> => (await buckets.s3.get(world.configOf().storageBucket, key))?.toString();

/** Has captions ordered and done. @returns the order. */
async function order(of: Filmed = film): Promise<string> {
  const { orderId } = await runStep(world.stepsOf(), 'planCaptionOrder', { videoId: of.videoId });
  await runStep(world.stepsOf(), 'placeCaptionOrder', { orderId });
  world.clock.now += 10 * DAY;
  await runStep(world.stepsOf(), 'watchCaptionOrder', { orderId });
  return orderId;
}

/** What the video’s resource names. */
async function named(of: Filmed = film): Promise<Record<string, string[]>> {
  const { metadata } = await world.itemOf(of);
  const lists = Object.entries(metadata['video_files'] as Record<string, { content: string[] }>);
  return Object.fromEntries(await Promise.all(lists.map(async ([key, { content }]) => [key, await Promise.all(content.map(async (textId) => (await findContentItem(database.db, world.site.id, textId))?.filename ?? ''))] as const)));
}

describe('captions of the site’s own', () => {
  it('in English mean that nothing is ordered, and a planned order is given up', async () => {
    expect(await take()).toEqual({ isSupplied: false, tracks: 0 });
    const { orderId } = await runStep(world.stepsOf(), 'planCaptionOrder', { videoId: film.videoId });
    await world.supply(film);
    expect(await take()).toEqual({ isSupplied: true, tracks: 1 });
    expect(await tracks()).toEqual([['captions', 'en', 'drive']]);
    expect(await world.orders(film)).toMatchObject([{ id: orderId, state: 'refused', reason: { code: 'Supplied' } }]);
  });

  it('in another language go to YouTube too, and English ones are ordered beside them', async () => {
    await world.supply(film, 'fr');
    expect(await take()).toEqual({ isSupplied: false, tracks: 1 });
    expect(await tracks()).toEqual([['captions', 'fr', 'drive']]);
  });

  it('that are taken away again are no track any more', async () => {
    const captions = await world.supply(film);
    await take();
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: world.site.id, textId: captions.textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    expect(await take()).toEqual({ isSupplied: false, tracks: 0 });
    expect(await tracks()).toEqual([]);
  });
});

describe('what 3Play made', () => {
  it('becomes two resources that the video names, and once only', async () => {
    const orderId = await order();
    expect(await store(orderId)).toMatchObject({ stored: 2, changed: 0 });
    expect(await named()).toEqual({ video_captions_resources: [`${film.youtubeId}_captions_vtt`], video_transcript_resources: [`${film.youtubeId}_transcript_pdf`] });
    expect(await tracks()).toEqual([['captions', 'en', 'threePlay'], ['transcript', 'en', 'threePlay']]);
    const [captions, transcript] = await listVideoTracks(database.db, film.videoId);
    expect(await textAt(captions?.s3Key ?? '')).toMatch(/^WEBVTT/);
    expect(await textAt(transcript?.s3Key ?? '')).toMatch(/^%PDF-/);
    const resource = await findContentItemById(database.db, captions?.itemId ?? '');
    expect(resource).toMatchObject({ title: 'Lecture 1 captions', type: 'resource', file: captions?.s3Key, metadata: { resourcetype: 'Other', language: 'en', file_type: 'text/vtt' } });
    const revision = (await findSite(database.db, world.site.id))?.contentRevision;
    expect(await store(orderId)).toMatchObject({ stored: 2, changed: 0 });
    expect((await findSite(database.db, world.site.id))?.contentRevision).toBe(revision);
    expect(await world.orders(film)).toMatchObject([{ state: 'complete' }]);
    expect(await take()).toEqual({ isSupplied: false, tracks: 0 });
  });

  it('is found in the bucket by the next try when a worker died before the row', async () => {
    const orderId = await order();
    const key = `courses/${world.site.name}/${film.youtubeId}_captions.vtt`;
    await buckets.s3.put(world.configOf().storageBucket, key, 'half', { contentType: 'text/vtt', metadata: { 'video-id': film.videoId } });
    await store(orderId);
    expect((await listVideoTracks(database.db, film.videoId)).map(({ s3Key }) => s3Key)).toContain(key);
    expect(await textAt(key)).toMatch(/^WEBVTT/);
  });

  it('takes no file of somebody else’s', async () => {
    const orderId = await order();
    const key = `courses/${world.site.name}/${film.youtubeId}_captions.vtt`;
    await buckets.s3.put(world.configOf().storageBucket, key, 'theirs', { contentType: 'text/vtt' });
    await store(orderId);
    expect(await textAt(key)).toBe('theirs');
    expect((await listVideoTracks(database.db, film.videoId)).map(({ s3Key }) => s3Key)).toContain(`courses/${world.site.name}/${film.youtubeId}_captions2.vtt`);
  });

  it('leaves captions that people put into the site meanwhile, and brings the transcript', async () => {
    const orderId = await order();
    const supplied = await world.supply(film);
    expect(await store(orderId)).toMatchObject({ stored: 1 });
    expect(await named()).toEqual({ video_captions_resources: [supplied.filename], video_transcript_resources: [`${film.youtubeId}_transcript_pdf`] });
  });

  it('that was corrected takes the place of what was there, also when it is as long', async () => {
    const orderId = await order();
    await store(orderId);
    const [before] = await listVideoTracks(database.db, film.videoId);
    const lines = ['Welcome to Lecture 2.', 'These are the captions of a stand-in.'];
    world.standIn.control({ edit: { referenceId: film.youtubeId, lines } });
    const revision = (await findSite(database.db, world.site.id))?.contentRevision ?? 0;
    expect(await store(orderId)).toMatchObject({ stored: 2, changed: 2 });
    const [after] = await listVideoTracks(database.db, film.videoId);
    expect(after?.s3Key).toBe(before?.s3Key);
    expect(after?.md5).not.toBe(before?.md5);
    expect(await textAt(after?.s3Key ?? '')).toContain('Welcome to Lecture 2.');
    expect((await findSite(database.db, world.site.id))?.contentRevision).toBeGreaterThan(revision);
  });
});

describe('a correction', () => {
  it('of captions that people replaced meanwhile changes nothing of the site', async () => {
    const orderId = await order();
    await store(orderId);
    const [made] = await listVideoTracks(database.db, film.videoId);
    const resource = await findContentItemById(database.db, made?.itemId ?? '');
    await changeContentItem(database.db, { siteId: world.site.id, textId: resource?.textId ?? '', fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' });
    const supplied = await world.supply(film);
    await take();
    world.standIn.control({ edit: { referenceId: film.youtubeId, lines: ['Corrected too late.'] } });
    expect(await store(orderId)).toMatchObject({ changed: 1 });
    expect((await tracks()).filter(([kind]) => kind === 'captions')).toEqual([['captions', 'en', 'drive']]);
    expect(await textAt((await findContentItemById(database.db, supplied.id))?.file ?? '')).toContain('By hand.');
  });

  it('of a video nobody knows is left with its label, and holds up no other', async () => {
    await store(await order());
    const client = createThreePlay(world.configOf());
    await client.createMedia({ sourceUrl: 'https://www.youtube.com/watch?v=other', referenceId: 'other', name: 'Other', folderId: await client.createFolder('other'), marker: 'other' });
    for (const media of world.standIn.files()) media.labels = ['updated'];
    const config = world.configOf();
    const { corrected } = await runStep(createCaptionCorrectionsActivities({ config, db: database.db, threePlay: client }), 'listCorrectedCaptions', {});
    expect(corrected).toMatchObject([{ videoId: film.videoId }]);
  });
});

describe('the same bytes under another id of YouTube’s', () => {
  it('get resources and objects of their own, at no cost', async () => {
    const second = await world.film();
    await database.db('videos').whereIn('id', [film.videoId, second.videoId]).update({ source_md5: 'b'.repeat(32) });
    await store(await order());
    const { orderId } = await runStep(world.stepsOf(), 'planCaptionOrder', { videoId: second.videoId });
    expect(await store(orderId)).toMatchObject({ stored: 2, changed: 0 });
    expect(await named(second)).toEqual({ video_captions_resources: [`${second.youtubeId}_captions_vtt`], video_transcript_resources: [`${second.youtubeId}_transcript_pdf`] });
    const [first] = await listVideoTracks(database.db, film.videoId);
    const [copy] = await listVideoTracks(database.db, second.videoId);
    expect(copy).toMatchObject({ md5: first?.md5, source: 'threePlay' });
    expect(copy?.s3Key).not.toBe(first?.s3Key);
    expect(await textAt(copy?.s3Key ?? '')).toBe(await textAt(first?.s3Key ?? ''));
    expect(world.standIn.ledger().filter(({ kind }) => kind === 'charge')).toHaveLength(1);
    // What is corrected is so for both.
    world.standIn.control({ edit: { referenceId: film.youtubeId, lines: ['Welcome, both.'] } });
    const config = world.configOf();
    const { corrected } = await runStep(createCaptionCorrectionsActivities({ config, db: database.db, threePlay: createThreePlay(config) }), 'listCorrectedCaptions', {});
    expect(corrected.map(({ videoId }) => videoId).sort()).toEqual([film.videoId, second.videoId].sort());
    for (const { orderId: each } of corrected) expect(await store(each)).toMatchObject({ changed: 2 });
    expect(await textAt(copy?.s3Key ?? '')).toContain('Welcome, both.');
  });
});

describe('the end', () => {
  const end = (outcome: 'captioned' | 'parked', reason: { code: string; message: string } | null) => runStep(world.stepsOf(), 'endCaptions', { videoId: film.videoId, runId: world.runId, outcome, reason, summary: 'The end' });
  const phase = async () => (await listRunPhases(database.db, [world.runId])).get(world.runId)?.find(({ phase: id }) => id === 'captions');

  it('is in the run of the video, and told to who answers for the site, once', async () => {
    await runStep(world.stepsOf(), 'noteCaptions', { runId: world.runId, summary: 'At work' });
    expect(await phase()).toMatchObject({ state: 'running', summary: 'At work' });
    await end('captioned', null);
    await end('captioned', null);
    expect(await phase()).toMatchObject({ state: 'done', summary: 'The end' });
    expect(await world.mails()).toMatchObject([{ kind: 'captions-ready', data: { videoTitle: 'Lecture 1', siteName: world.site.name } }]);
  });

  it('that is none says what a person has to do, and a later one takes that away', async () => {
    await end('parked', { code: 'CaptionsCancelled', message: '3Play cancelled it.' });
    expect(await world.waitsOf(film)).toEqual({ code: 'CaptionsCancelled', message: '3Play cancelled it.', until: null });
    expect(await phase()).toMatchObject({ state: 'failed' });
    expect(await world.mails()).toMatchObject([{ kind: 'captions-cancelled', data: { reason: '3Play cancelled it.' } }]);
    await end('captioned', null);
    expect(await world.waitsOf(film)).toBeNull();
  });

  it('of an order nobody heard of for weeks is told as what it is', async () => {
    await end('parked', { code: 'CaptionsOverdue', message: 'Nothing came.' });
    expect(await world.mails()).toMatchObject([{ kind: 'captions-stopped', data: { reason: 'Nothing came.' } }]);
  });

  it('of the last video that lacked captions is told of the whole site, to editors too', async () => {
    const kinds = async () => (await world.mails()).map(({ kind, user_id: user }) => `${kind} ${user === ed.id ? 'ed' : 'owner'}`).sort();
    const ed = await makeUser(database.db, 'ed@example.edu');
    await grantRole(database.db, ed.id, { role: 'editor', siteId: world.site.id });
    const other = await world.film();
    const replaced = await world.film();
    await database.db('videos').where({ id: replaced.videoId }).update({ waits: JSON.stringify({ code: 'Superseded', message: 'Another file.', until: null }) });
    await end('captioned', null);
    expect(await kinds()).toEqual(['captions-ready owner']);
    await runStep(world.stepsOf(), 'endCaptions', { videoId: other.videoId, runId: world.runId, outcome: 'captioned', reason: null, summary: 'The end' });
    // The tracks of the first one are not there in this test; where they are, nothing lacks.
    expect(await kinds()).toEqual(['captions-ready owner', 'captions-ready owner']);
    await putVideoTrack(database.db, { videoId: film.videoId, kind: 'captions', language: 'en', source: 'drive', itemId: null, s3Key: 'a.vtt', md5: 'a' });
    for (let times = 0; times < 2; times += 1) await runStep(world.stepsOf(), 'endCaptions', { videoId: other.videoId, runId: world.runId, outcome: 'captioned', reason: null, summary: 'The end' });
    expect(await kinds()).toEqual(['captions-complete ed', 'captions-complete owner', 'captions-ready owner', 'captions-ready owner']);
  });
});

describe('a publish of nothing but captions', () => {
  const told: string[] = [];
  const publish = () => {
    const config = world.configOf();
    const temporal = { workflow: { signalWithStart: (_type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void told.push(workflowId)) } } as unknown as Client;
    const steps = createCaptionsActivities({ config, db: database.db, s3: buckets.s3, threePlay: createThreePlay(config), temporal, log: keptLog().log });
    return runStep(steps, 'publishCaptions', { siteId: world.site.id });
  };
  const requests = () => database.db('run_requests').where({ site_id: world.site.id, version: 'live' });

  /** Puts the site as it is before readers. */
  async function deploy(): Promise<void> {
    const runId = await makeRun(database.db, { siteId: world.site.id, version: 'live', workflowId: `publish-site/${world.site.name}/live/${Date.now()}` });
    const revision = (await findSite(database.db, world.site.id))?.contentRevision ?? 0;
    const key = { siteId: world.site.id, version: 'live', theme: '' } as const;
    await beginDeployment(database.db, key, `manifest-${runId}`);
    await finishDeployment(database.db, key, { manifestKey: `manifest-${runId}`, runId, commit: 'c'.repeat(40), contentRevision: revision });
  }

  beforeEach(() => {
    told.length = 0;
  });

  it('is asked for once, where the site wants that', async () => {
    await deploy();
    await store(await order());
    expect(await publish()).toEqual({ isAsked: false });
    await saveCaptionSetting(database.db, world.site.id, true);
    expect(await publish()).toEqual({ isAsked: true });
    expect(await publish()).toEqual({ isAsked: true });
    expect(await requests()).toHaveLength(1);
    expect(await database.db('audit_entries').where({ action: 'publish' }).select('actor_kind', 'actor_name', 'site_name', 'detail')).toEqual([{ actor_kind: 'process', actor_name: 'Captions of a video', site_name: world.site.name, detail: { version: 'live', request: ((await requests()) as { id: string }[])[0]?.id } }]);
    expect(told).toEqual([`publish-site/${world.site.name}/live`, `publish-site/${world.site.name}/live`]);
  });

  it('waits for a person when anything else was saved, or nothing was ever published', async () => {
    await saveCaptionSetting(database.db, world.site.id, true);
    await store(await order());
    expect(await publish()).toEqual({ isAsked: false });
    await deploy();
    expect(await publish()).toEqual({ isAsked: false });
    const other = await world.film();
    await store(await order(other));
    expect(await publish()).toEqual({ isAsked: false });
    expect(await requests()).toHaveLength(0);
  });
});
