import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, test } from 'vitest';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { noteVideoWaits } from '#db/queries/videos.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { until } from '#test/support/until.ts';
import { itemsOf, makeContentSite } from './support/content.ts';
import { makeRun } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, useApi } from './support/testApi.ts';

const FIRST = 'AAAAAAAAAAA';
const SECOND = 'BBBBBBBBBBB';

const temporal = useTemporal();
const api = useApi({ env: () => ({ ...temporal.env }) });
let count = 0;
let name: string;
let siteId: string;
let ed: Caller;
let items: ReturnType<typeof itemsOf>;
beforeEach(async () => {
  name = `videos.${(count += 1)}`;
  siteId = await makeContentSite(api.db, name);
  ed = await api.person(`ed-${name}@example.edu`, [{ role: 'editor', siteId }]);
  items = itemsOf(api, name, ed);
});

const named = (youtubeId: string, archiveUrl?: string) => ({ resourcetype: 'Video', video_metadata: { youtube_id: youtubeId }, ...(archiveUrl === undefined ? {} : { video_files: { archive_url: archiveUrl } }) });
/** Saves what the item is to be, from its newest state. */
const save = async (textId: string, body: { readonly title?: string; readonly metadata?: Record<string, unknown> }) => items.saved(textId, { revision: (await items.now(textId)).revision, ...body });
const made = (metadata: Record<string, unknown> = named(FIRST)) => items.made({ type: 'resource', title: 'Lecture', metadata });

interface Asked {
  readonly id: string;
  readonly videoId: string;
  readonly youtubeId: string;
  readonly requestedBy: string | null;
  readonly isTold: boolean;
}

/** What is asked for of the site's named videos, oldest first. */
async function asked(): Promise<Asked[]> {
  const rows = await api.db('run_requests').where({ process: 'adopt-youtube-video', 'run_requests.site_id': siteId }).join('videos', api.db.raw(`videos.id::text = run_requests.input ->> 'videoId'`)).orderBy('run_requests.id').select<{ id: string; video: string; youtube_id: string; requested_by: string | null; delivered_at: Date | null }[]>('run_requests.id', 'videos.id as video', 'youtube_id', 'requested_by', 'delivered_at');
  return rows.map((row) => ({ id: row.id, videoId: row.video, youtubeId: row.youtube_id, requestedBy: row.requested_by, isTold: row.delivered_at !== null }));
}
const idsAsked = async (): Promise<string[]> => (await asked()).map(({ youtubeId }) => youtubeId);

describe('a save that names a video on YouTube', () => {
  test('asks for what is known of it, and the engine is told beside the save', async () => {
    await made();
    const [one, ...others] = await asked();
    expect([one?.youtubeId, one?.requestedBy, others]).toEqual([FIRST, ed.userId, []]);
    await until('the engine is told', async () => (await asked())[0]?.isTold === true);
    const client = createTemporalClient(api.config);
    try {
      const handle = client.workflow.getHandle(adoptYouTubeVideoContract.workflowId(one?.videoId ?? ''));
      expect(await handle.describe()).toMatchObject({ type: 'adoptYouTubeVideo', status: { name: 'RUNNING' } });
    } finally {
      await client.connection.close();
    }
  });

  test('asks anew when it names another one, or another download, and else not', async () => {
    const { textId } = await made();
    await save(textId, { metadata: named(FIRST), title: 'Another title' });
    expect(await idsAsked()).toEqual([FIRST]);
    for (const metadata of [named(SECOND), named(SECOND, 'https://archive.org/a.mp4'), { license: 'Other' }, named(FIRST, 'https://archive.org/a.mp4')]) await save(textId, { metadata });
    expect(await idsAsked()).toEqual([FIRST, SECOND, SECOND, FIRST]);
    const videos = new Set((await asked()).map(({ videoId }) => videoId));
    expect(videos.size).toBe(2);
  });

  test('says that nothing is to be mended of the one it named before', async () => {
    const { textId } = await made();
    const [first] = await asked();
    await noteVideoWaits(api.db, first?.videoId ?? '', { code: 'VideoNotShown', message: 'There is none.', until: null });
    const waits = async () => (await api.db('videos').where({ id: first?.videoId ?? '' }).first<{ waits: unknown }>('waits')).waits;
    await save(textId, { title: 'Another title' });
    expect(await waits()).not.toBeNull();
    await save(textId, { metadata: { ...named(FIRST), resourcetype: 'Document' } });
    expect(await waits()).toBeNull();
    expect(await idsAsked()).toEqual([FIRST]);
  });

  test('asks once more when what was deleted is brought back', async () => {
    const { textId, revision } = await made();
    expect((await items.delete(textId, revision)).status).toBe(200);
    expect(await idsAsked()).toEqual([FIRST]);
    expect((await items.undelete(textId)).status).toBe(200);
    expect(await idsAsked()).toEqual([FIRST, FIRST]);
  });

  test.each([{ resourcetype: 'Document', video_metadata: { youtube_id: FIRST } }, { resourcetype: 'Video' }])('asks for nothing where there is none: %j', async (metadata) => {
    await made(metadata);
    expect(await idsAsked()).toEqual([]);
  });

  test('asks for nothing when it names the one that we made of the resource’s own file', async () => {
    const { textId } = await made({ resourcetype: 'Video' });
    const item = await findContentItem(api.db, siteId, textId);
    await api.db('videos').insert({ id: uuidv7(), site_id: siteId, item_id: item?.id ?? '', source: 'drive', youtube_id: FIRST, phase: 'done' });
    await save(textId, { metadata: named(FIRST) });
    expect(await idsAsked()).toEqual([]);
    await save(textId, { metadata: named(SECOND) });
    expect(await idsAsked()).toEqual([SECOND]);
  });

  test('that is refused asks for nothing', async () => {
    const { textId } = await made({ resourcetype: 'Video' });
    expect((await items.save(textId, { revision: 99, metadata: named(FIRST) })).status).toBe(409);
    expect(await idsAsked()).toEqual([]);
  });
});

test('imports, syncs and all that writes content beside people’s saves ask for nothing', async () => {
  const item = makeContentItem({ textId: uuidv7(), type: 'resource', filename: 'imported', metadata: named(FIRST) });
  await api.db.transaction(async (trx) => {
    await createContentItem(trx, { siteId, item, by: null, reason: 'imported' });
    await changeContentItem(trx, { siteId, textId: item.textId, fromRevision: null, set: { metadata: named(SECOND) }, by: null, reason: 'pulled' });
  });
  expect(await idsAsked()).toEqual([]);
  expect(await api.db('videos').where({ site_id: siteId })).toEqual([]);
});

test('who writes in a site sees the run of its video, and may stop it', async () => {
  const runId = await makeRun(api.db, { siteId, version: null, process: 'adopt-youtube-video', workflowId: `adopt-youtube-video/${uuidv7()}` });
  expect((await api.call('GET /api/v1/runs/:run', ed, { params: { run: runId } })).json).toMatchObject({ title: 'A video from YouTube', phases: [{ id: 'look' }, { id: 'captions' }, { id: 'measure' }], can: { cancel: true, retry: false } });
});

test('a save neither waits for the engine nor fails without it, and what was asked for is not lost', async () => {
  await temporal.kill();
  const { textId } = await made();
  expect(await findContentItem(api.db, siteId, textId)).toMatchObject({ revision: 1 });
  await until('the engine was given up', () => Promise.resolve(api.logged.some(({ msg }) => msg === 'The engine could not be told of a request; the relay will')));
  const [one] = await asked();
  expect(one).toMatchObject({ youtubeId: FIRST, isTold: false });
  await temporal.start();
  await until('the engine is told', async () => (await api.deps.engine.deliver(one?.id ?? '')) === 'told');
  expect(await asked()).toMatchObject([{ isTold: true }]);
});
