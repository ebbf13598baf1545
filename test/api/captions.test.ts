import { v7 as uuidv7 } from 'uuid';
import { beforeAll, expect, test } from 'vitest';
import { findCaptionOrder, openCaptionOrder } from '#db/queries/captionOrders.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { noteVideoWaits } from '#db/queries/videos.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { captionVideoContract } from '#temporal/contracts/captionVideo.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeDriveVideo } from '#test/factories/video.ts';
import { findSite } from '#db/queries/sites.ts';
import { makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, codeOf, useApi } from './support/testApi.ts';

const KEY = 'a long random key';
const temporal = useTemporal();
const api = useApi({ env: () => ({ ...temporal.env, THREEPLAY_CALLBACK_KEY: KEY }) });
let siteId: string;
let ada: Caller;
let emil: Caller;
beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra');
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
  emil = await api.person('emil@example.edu', [{ role: 'editor', siteId }]);
});

async function order(priceCents: number | null = 12_000): Promise<{ id: string; videoId: string }> {
  const videoId = uuidv7();
  const item = await api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: uuidv7(), filename: videoId, type: 'resource', title: 'Lecture' }), by: null, reason: 'created' }));
  await api.db('videos').insert({ id: videoId, site_id: siteId, item_id: item.id, source: 'youtube', youtube_id: videoId, phase: 'captions' });
  const { id } = await openCaptionOrder(api.db, { videoId, siteId, youtubeId: videoId, attempt: 1, mediaFileId: '1', turnaroundLevelId: 5, priceCents, state: 'waiting', reason: { code: 'Expensive', message: 'It costs much.' } });
  return { id, videoId };
}

/** Names of signals a workflow got that nobody works on. */
async function signalsOf(workflowId: string): Promise<(string | null | undefined)[]> {
  const client = createTemporalClient(api.config);
  try {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => (signal == null ? [] : [signal.signalName]));
  } finally {
    await client.connection.close();
  }
}

/** Begins the captions of a video, which nobody works on. */
async function begin(videoId: string): Promise<string> {
  const client = createTemporalClient(api.config);
  try {
    const workflowId = captionVideoContract.workflowId(videoId);
    await client.workflow.start(captionVideoContract.workflowType, { workflowId, taskQueue: taskQueueName(captionVideoContract.taskQueue, api.config.temporalTaskQueuePrefix), args: [{ videoId, siteId, runId: uuidv7() }] });
    return workflowId;
  } finally {
    await client.connection.close();
  }
}

test('an order that waits is approved by who may spend, once, and its workflow is told', async () => {
  const { id, videoId } = await order();
  const workflowId = await begin(videoId);
  const listed = await api.call('GET /api/v1/sites/:site/caption-orders', emil, { params: { site: 'algebra' }, query: { state: 'waiting' } });
  expect(listed.json).toMatchObject({ total: 1, publishesCaptions: false, orders: [{ id, item: { title: 'Lecture' }, priceCents: 12_000, reason: { code: 'Expensive', until: null }, can: { decide: false } }] });
  expect(codeOf(await api.call('POST /api/v1/caption-orders/:order/approve', emil, { params: { order: id } }))).toBe('forbidden');
  const answer = await api.call('POST /api/v1/caption-orders/:order/approve', ada, { params: { order: id } });
  expect(answer.json).toMatchObject({ state: 'intended', reason: null, approvedBy: { id: ada.userId }, can: { decide: false } });
  expect(codeOf(await api.call('POST /api/v1/caption-orders/:order/refuse', ada, { params: { order: id } }))).toBe('wrongState');
  expect(await signalsOf(workflowId)).toEqual(['captionOrderChanged']);
  const all = await api.call('GET /api/v1/caption-orders', ada);
  expect(all.json).toMatchObject({ spentTodayCents: 12_000, limits: { dayCents: 50_000 } });
});

test('an order is refused without a workflow that would hear of it', async () => {
  const { id } = await order();
  expect((await api.call('POST /api/v1/caption-orders/:order/refuse', ada, { params: { order: id } })).json).toMatchObject({ state: 'refused', reason: { code: 'Refused' }, orderedAt: null });
  expect(await findCaptionOrder(api.db, id)).toMatchObject({ approvedBy: ada.userId });
});

test('who answers for a site says that its captions are published by themselves', async () => {
  const olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  expect((await api.call('PUT /api/v1/sites/:site/caption-settings', olga, { params: { site: 'algebra' }, body: { publishesCaptions: true } })).json).toEqual({ publishesCaptions: true });
  expect((await api.call('GET /api/v1/sites/:site/caption-orders', emil, { params: { site: 'algebra' } })).json).toMatchObject({ publishesCaptions: true });
});

test('a callback of 3Play is told to the workflow of its video, news once and never without the key', async () => {
  const { videoId } = await order();
  const workflowId = await begin(videoId);
  const call = (key: string, body: unknown) => api.send('POST', '/api/transcription-jobs/', { query: { video_id: videoId, callback_key: key }, body });
  for (const key of ['another', KEY, KEY]) expect(await call(key, { id: '7', status: 'complete' })).toMatchObject({ status: 200, json: {} });
  expect(await signalsOf(workflowId)).toEqual(['captionOrderChanged']);
});

test('a video that waits goes on when somebody says so, also after its workflow ended', async () => {
  const site = await findSite(api.db, siteId);
  if (site === undefined) throw new Error('The site vanished');
  const { video } = await makeDriveVideo(api.db, { site });
  expect((await api.call('POST /api/v1/videos/:video/retry', emil, { params: { video: video.id } })).json).toEqual({ video: video.id });
  expect(await signalsOf(`ingest-video/${video.id}`)).toEqual(['stepRetryRequested']);
  expect(codeOf(await api.call('POST /api/v1/videos/:video/retry', emil, { params: { video: uuidv7() } }))).toBe('notFound');
});

test('a video that an author named is looked at once more when somebody says so, and only when there is something to mend', async () => {
  const { videoId } = await order();
  const retry = () => api.call('POST /api/v1/videos/:video/retry', emil, { params: { video: videoId } });
  expect(codeOf(await retry())).toBe('wrongState');
  await noteVideoWaits(api.db, videoId, { code: 'VideoNotShown', message: 'It is private.', until: null });
  expect((await retry()).json).toEqual({ video: videoId });
  const client = createTemporalClient(api.config);
  try {
    expect(await client.workflow.getHandle(adoptYouTubeVideoContract.workflowId(videoId)).describe()).toMatchObject({ type: adoptYouTubeVideoContract.workflowType });
  } finally {
    await client.connection.close();
  }
});
