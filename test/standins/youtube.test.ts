import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { youtube_v3 } from 'googleapis/build/src/apis/youtube/index.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createYouTube } from '#clients/youtube.ts';
import { startStack } from '#local/stack/startStack.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeYoutube, type YoutubeWorld } from '#test/factories/youtube.ts';
import { onlyParts } from '#test/support/onlyParts.ts';
import { checkFaults } from './support/checkFaults.ts';
import { refused } from './support/refused.ts';
import { person, tokenOf, vendorsClient } from './support/vendorsYoutube.ts';
import { watchJournal } from './support/watchJournal.ts';

const SCOPE = 'https://www.googleapis.com/auth/youtube';
const UPLOADS = '/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status';
const VTT = 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n';
const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');

let world: YoutubeWorld;
let client: ReturnType<typeof vendorsClient>;
let token = '';
beforeAll(async () => {
  world = await makeYoutube();
  client = vendorsClient(world);
  token = await tokenOf(world);
});
afterAll(() => world.close());
afterEach(() => world.reset());
const watch = watchJournal(() => world.url);

const bearer = () => ({ authorization: `Bearer ${token}` });
const json = (body: unknown): RequestInit => ({ method: 'POST', headers: { ...bearer(), 'content-type': 'application/json' }, body: JSON.stringify(body) });
const part = (session: string, range: string, body?: Buffer) => fetch(session, { method: 'PUT', redirect: 'manual', headers: { ...bearer(), 'content-range': range }, body: body === undefined ? null : new Uint8Array(body) });

async function begin(total: number, { title = 'A lecture', query = '', status = { privacyStatus: 'unlisted' }, of = world, as = token } = {}): Promise<Response> {
  return fetch(`${of.url}${UPLOADS}${query}`, { method: 'POST', headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', 'x-upload-content-type': 'video/mp4', 'x-upload-content-length': String(total) }, body: JSON.stringify({ snippet: { title, categoryId: '27' }, status }) });
}
/** Uploads a video and tells its id. */
async function upload(options: Parameters<typeof begin>[1] = {}, bytes = Buffer.from('a video')): Promise<string> {
  const session = (await begin(bytes.length, options)).headers.get('location') ?? '';
  const answer = await fetch(session, { method: 'PUT', headers: { authorization: `Bearer ${options.as ?? token}`, 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` }, body: new Uint8Array(bytes) });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}
const statusOf = async (id: string): Promise<youtube_v3.Schema$VideoStatus | undefined> => (await client.youtube.videos.list({ part: ['status'], id: [id] })).data.items?.[0]?.status;

describe('a resumable upload', () => {
  it('goes on from what is there, and is one video', async () => {
    const bytes = Buffer.alloc(600_000, 'ab');
    const session = (await begin(bytes.length, { title: 'Resumed' })).headers.get('location') ?? '';
    const ask = () => part(session, `bytes */${bytes.length}`);
    expect([(await ask()).status, (await ask()).headers.get('range')]).toEqual([308, null]);
    expect((await part(session, `bytes 0-262143/${bytes.length}`, bytes.subarray(0, 262_144))).headers.get('range')).toBe('bytes=0-262143');
    // What does not follow is thrown away.
    expect((await part(session, `bytes 524288-599999/${bytes.length}`, bytes.subarray(524_288))).headers.get('range')).toBe('bytes=0-262143');
    const done = await part(session, `bytes 262144-599999/${bytes.length}`, bytes.subarray(262_144));
    const video = (await done.json()) as youtube_v3.Schema$Video;
    expect([done.status, video]).toMatchObject([201, { snippet: { title: 'Resumed' }, status: { privacyStatus: 'unlisted' } }]);
    const again = await ask();
    expect([again.status, await again.json()]).toEqual([201, video]);
    expect(world.titled('Resumed')).toMatchObject([{ id: video.id, size: 600_000, md5: createHash('md5').update(bytes).digest('hex') }]);
  });

  it('is there for a day, and one that is gone is 404', async () => {
    const own = await makeYoutube();
    try {
      const as = await tokenOf(own);
      const session = (await begin(7, { of: own, as })).headers.get('location') ?? '';
      const ask = async () => (await fetch(session, { method: 'PUT', redirect: 'manual', headers: { authorization: `Bearer ${await tokenOf(own)}`, 'content-range': 'bytes */7' } })).status;
      await own.advance(86_399);
      expect(await ask()).toBe(308);
      await own.advance(1);
      expect(await ask()).toBe(404);
      const early = (await begin(7, { of: own, as: await tokenOf(own) })).headers.get('location') ?? '';
      own.set({ expireUploads: true });
      expect((await fetch(early, { method: 'PUT', redirect: 'manual', headers: { authorization: `Bearer ${await tokenOf(own)}`, 'content-range': 'bytes */7' } })).status).toBe(404);
    } finally {
      await own.close();
    }
  });

  it('may be whole although its answer was lost', async () => {
    const session = (await begin(7, { title: 'Lost answer' })).headers.get('location') ?? '';
    await world.control({ fault: 'drop-after-accept', match: '^PUT /upload' });
    await expect(part(session, 'bytes 0-6/7', Buffer.from('a video'))).rejects.toThrow();
    expect(world.titled('Lost answer')).toHaveLength(1);
    expect((await part(session, 'bytes */7')).status).toBe(201);
    expect(world.titled('Lost answer')).toHaveLength(1);
  });

  it('tells subscribers unless it is asked not to', async () => {
    await upload({ title: 'Loud', status: { privacyStatus: 'public' } });
    await upload({ title: 'Quiet', status: { privacyStatus: 'public' }, query: '&notifySubscribers=false' });
    expect([world.titled('Loud'), world.titled('Quiet')].map(([video]) => video?.hasNotified)).toEqual([true, false]);
  });
});

describe('a video', () => {
  it('is uploaded until it is processed', async () => {
    world.set({ processingMs: 90_000 });
    const id = await upload();
    expect(await statusOf(id)).toMatchObject({ uploadStatus: 'uploaded', privacyStatus: 'unlisted' });
    await world.advance(90);
    expect(await statusOf(id)).toMatchObject({ uploadStatus: 'processed' });
  });

  it('may fail, be rejected, or be of nothing, each with its reason', async () => {
    world.set({ outcome: { uploadStatus: 'failed', reason: 'codec' } });
    expect(await statusOf(await upload())).toMatchObject({ uploadStatus: 'failed', failureReason: 'codec' });
    world.set({ outcome: { uploadStatus: 'processed' } });
    const id = await upload();
    await person(world, { do: 'outcome', id, outcome: { uploadStatus: 'rejected', reason: 'copyright' } });
    expect(await statusOf(id)).toMatchObject({ uploadStatus: 'rejected', rejectionReason: 'copyright' });
    const session = (await begin(0)).headers.get('location') ?? '';
    const empty = (await (await part(session, 'bytes */0')).json()) as { id: string };
    expect(await statusOf(empty.id)).toMatchObject({ uploadStatus: 'failed', failureReason: 'emptyFile' });
  });

  it('that was deleted is left out without a word', async () => {
    const [kept, gone] = [await upload(), await upload()];
    await person(world, { do: 'delete', id: gone });
    const { data } = await client.youtube.videos.list({ part: ['id'], id: [gone, kept, 'never'] });
    expect(data.items).toEqual([{ kind: 'youtube#video', etag: 'e', id: kept }]);
    await expect(person(world, { do: 'delete', id: gone })).rejects.toThrow('There is no video');
    await expect(person(world, { do: 'fly', id: kept })).rejects.toThrow('Nobody can fly');
  });

  it('of a project without an audit is private, and stays so', async () => {
    world.set({ isAudited: false });
    const id = await upload();
    expect(await statusOf(id)).toMatchObject({ privacyStatus: 'private' });
    const { data } = await client.youtube.videos.update({ part: ['status'], requestBody: { id, status: { privacyStatus: 'public' } } });
    expect(data.status?.privacyStatus).toBe('private');
  });

  it('loses by an update what of a part is not sent', async () => {
    const id = await upload();
    const update = (snippet: youtube_v3.Schema$VideoSnippet) => client.youtube.videos.update({ part: ['snippet'], requestBody: { id, snippet } });
    await update({ title: 'T', categoryId: '27', description: 'D', tags: ['a'], defaultLanguage: 'en', defaultAudioLanguage: 'en' });
    const { data } = await update({ title: 'T2', categoryId: '28' });
    expect(data.snippet).toMatchObject({ title: 'T2', categoryId: '28', description: '' });
    for (const name of ['tags', 'defaultLanguage', 'defaultAudioLanguage']) expect(data.snippet).not.toHaveProperty(name);
    // The other part is as it was; a status without a word of privacy is public.
    expect(await statusOf(id)).toMatchObject({ privacyStatus: 'unlisted' });
    await client.youtube.videos.update({ part: ['status'], requestBody: { id, status: { embeddable: false } } });
    expect(await statusOf(id)).toMatchObject({ privacyStatus: 'public', embeddable: false });
  });

  it.each<readonly [string, youtube_v3.Schema$VideoSnippet, string]>([
    ['no title', { title: '' }, 'invalidTitle'],
    ['a title of 101 characters', { title: 'é'.repeat(101) }, 'invalidTitle'],
    ['brackets in its title', { title: 'a < b' }, 'invalidTitle'],
    ['a description of 5,001 bytes', { description: `${'é'.repeat(2_500)}x` }, 'invalidDescription'],
    ['brackets in its description', { description: '<b>' }, 'invalidDescription'],
    ['tags of 501 characters with their commas', { tags: ['a'.repeat(250), 'b'.repeat(250)] }, 'invalidTags'],
    ['a tag with a space, whose quotation marks count', { tags: [`${'a'.repeat(498)} `] }, 'invalidTags'],
    ['no category', { categoryId: undefined as unknown as string }, 'invalidCategoryId'],
    ['a category nobody may choose', { categoryId: '18' }, 'invalidCategoryId'],
    ['a language that is none', { defaultLanguage: 'english language' }, 'invalidVideoMetadata'],
  ])('takes no update with %s', async (_name, change, reason) => {
    const id = await upload();
    expect(await refused(client.youtube.videos.update({ part: ['snippet'], requestBody: { id, snippet: { title: 'T', categoryId: '27', ...change } } }))).toEqual({ status: 400, reason });
  });

  it('takes titles, descriptions and tags as long as they may be', async () => {
    const id = await upload();
    const snippet = { title: 'é'.repeat(100), description: 'é'.repeat(2_500), tags: ['a'.repeat(250), 'b'.repeat(249)], categoryId: '27' };
    expect((await client.youtube.videos.update({ part: ['snippet'], requestBody: { id, snippet } })).data.snippet).toMatchObject(snippet);
  });

  it('of another channel is not changed, nor seen when it is private', async () => {
    const { refreshToken } = await person(world, { do: 'consent', channelId: world.channels[1]?.id });
    const id = await upload({ as: await tokenOf(world, String(refreshToken)), status: { privacyStatus: 'private' } });
    expect(await statusOf(id)).toBeUndefined();
    await person(world, { do: 'privacy', id, privacy: 'public' });
    expect(await statusOf(id)).toMatchObject({ privacyStatus: 'public' });
    expect(await refused(client.youtube.videos.update({ part: ['status'], requestBody: { id, status: { privacyStatus: 'public' } } }))).toEqual({ status: 403, reason: 'forbidden' });
    expect(await refused(client.youtube.videos.update({ part: ['status'], requestBody: { id: 'nothing', status: {} } }))).toEqual({ status: 404, reason: 'videoNotFound' });
  });
});

describe('the list of a channel’s uploads', () => {
  it('is newest first, in pages, and knows of a new one only after a while', async () => {
    const own = await makeYoutube();
    try {
      const { youtube } = vendorsClient(own);
      const as = await tokenOf(own);
      const { data } = await youtube.channels.list({ part: ['contentDetails', 'status'], mine: true });
      const playlistId = data.items?.[0]?.contentDetails?.relatedPlaylists?.uploads ?? '';
      expect(data.items?.[0]?.status?.longUploadsStatus).toBe('allowed');
      const list = (pageToken?: string) => youtube.playlistItems.list({ part: ['snippet'], playlistId, maxResults: 2, ...(pageToken === undefined ? {} : { pageToken }) });
      expect(await refused(list())).toEqual({ status: 404, reason: 'playlistNotFound' });
      const ids = [];
      for (let index = 0; index < 3; index += 1) ids.unshift(await upload({ of: own, as, title: `Number ${index}`, status: { privacyStatus: 'private' } }));
      const first = (await list()).data;
      const second = (await list(first.nextPageToken ?? '')).data;
      expect([...(first.items ?? []), ...(second.items ?? [])].map(({ snippet }) => [snippet?.resourceId?.videoId, snippet?.title, snippet?.position])).toEqual(ids.map((id, index) => [id, `Number ${2 - index}`, index]));
      expect(second.nextPageToken).toBeUndefined();
      // Somebody else sees none of what is private.
      const { refreshToken } = await person(own, { do: 'consent', channelId: own.channels[1]?.id });
      const others = await fetch(`${own.url}/youtube/v3/playlistItems?part=snippet&playlistId=${playlistId}`, { headers: { authorization: `Bearer ${await tokenOf(own, String(refreshToken))}` } });
      expect(others.status).toBe(404);
      own.set({ indexLagMs: 60_000 });
      expect(await refused(list())).toEqual({ status: 404, reason: 'playlistNotFound' });
      await own.advance(60);
      expect((await list()).data.pageInfo?.totalResults).toBe(3);
      expect(await refused(list(Buffer.from('nonsense').toString('base64url')))).toEqual({ status: 400, reason: 'invalidPageToken' });
    } finally {
      await own.close();
    }
  });
});

it('categories say which of them a video may have', async () => {
  const { data } = await client.youtube.videoCategories.list({ part: ['snippet'], regionCode: 'US' });
  expect(data.items?.map(({ id, snippet }) => [id, snippet?.assignable])).toEqual(expect.arrayContaining([['27', true], ['18', false]]));
});

describe('captions', () => {
  const tracksOf = async (videoId: string) => (await client.youtube.captions.list({ part: ['snippet'], videoId })).data.items?.map(({ id, snippet }) => ({ id, ...snippet })) ?? [];
  const insert = (videoId: string, { language = 'en', name = 'CC (English)', body = VTT } = {}) => client.youtube.captions.insert({ part: ['snippet'], requestBody: { snippet: { videoId, language, name, isDraft: false } }, media: { mimeType: 'text/vtt', body } }, client.at);

  it('are listed, made, changed and removed', async () => {
    const videoId = await upload();
    expect(await tracksOf(videoId)).toMatchObject([{ trackKind: 'asr', language: 'en', name: '' }]);
    const { id } = (await insert(videoId)).data;
    expect(await refused(insert(videoId))).toEqual({ status: 409, reason: 'captionExists' });
    await insert(videoId, { name: 'For children' });
    await insert(videoId, { language: 'pt-BR', name: 'CC (Portuguese (Brazil))' });
    expect((await tracksOf(videoId)).map(({ name }) => name)).toEqual(['', 'CC (English)', 'For children', 'CC (Portuguese (Brazil))']);
    const changed = await client.youtube.captions.update({ part: ['snippet'], requestBody: { id: id ?? '', snippet: { isDraft: true } }, media: { mimeType: 'text/vtt', body: `${VTT}\nmore` } }, client.at);
    expect(changed.data.snippet).toMatchObject({ isDraft: true, status: 'serving' });
    expect(world.store.state.captions.find((caption) => caption.id === id)?.text).toBe(`${VTT}\nmore`);
    expect((await client.youtube.captions.delete({ id: id ?? '' })).status).toBe(204);
    expect(await refused(client.youtube.captions.delete({ id: id ?? '' }))).toEqual({ status: 404, reason: 'captionNotFound' });
  });

  it('that cannot be read are taken and say so; nothing is nothing', async () => {
    const videoId = await upload();
    expect((await insert(videoId, { body: 'no captions at all' })).data.snippet).toMatchObject({ status: 'failed', failureReason: 'unsupportedFormat' });
    expect((await insert(videoId, { name: 'as SubRip', body: '1\n00:00:00,000 --> 00:00:01,000\nHello\n' })).data.snippet).toMatchObject({ status: 'serving' });
    expect(await refused(insert(videoId, { name: 'empty', body: ' ' }))).toEqual({ status: 400, reason: 'contentRequired' });
    expect(await refused(insert(videoId, { language: 'x y' }))).toEqual({ status: 400, reason: 'invalidMetadata' });
    expect(await refused(insert(videoId, { name: 'x'.repeat(151) }))).toEqual({ status: 400, reason: 'nameTooLong' });
    expect(await refused(insert('nothing'))).toEqual({ status: 404, reason: 'videoNotFound' });
    await watch.provokeBy(async () => expect(await refused(client.youtube.captions.delete({ id: (await tracksOf(videoId))[0]?.id ?? '' }))).toEqual({ status: 403, reason: 'forbidden' }));
  });

  it('are there before ours, when a person made some', async () => {
    const videoId = await upload();
    world.set({ hasAutomaticCaptions: false });
    await person(world, { do: 'caption', id: videoId, language: 'en', name: 'By hand' });
    expect((await tracksOf(videoId)).map(({ name, trackKind }) => [name, trackKind])).toEqual([['', 'asr'], ['By hand', 'standard']]);
    expect(await tracksOf(await upload())).toEqual([]);
  });
});

it('a picture is a JPEG or a PNG of at most two megabytes, on a channel that may have them', async () => {
  const videoId = await upload();
  const set = (body: Buffer, mimeType = 'image/png') => client.youtube.thumbnails.set({ videoId, media: { mimeType, body: Readable.from(body) } }, client.at);
  expect((await set(PNG)).data.items?.[0]).toHaveProperty('default');
  expect(world.store.videoOf(videoId)?.thumbnail).toBe(createHash('md5').update(PNG).digest('hex'));
  expect(await refused(set(Buffer.from('GIF89a')))).toEqual({ status: 400, reason: 'invalidImage' });
  expect(await refused(set(PNG, 'text/plain'))).toEqual({ status: 400, reason: 'invalidImage' });
  expect(await refused(set(Buffer.concat([PNG, Buffer.alloc(2 * 1024 * 1024)])))).toEqual({ status: 400, reason: 'invalidImage' });
  world.set({ mayHaveThumbnails: false });
  expect(await refused(set(PNG))).toEqual({ status: 403, reason: 'forbidden' });
});

describe('the quota', () => {
  /** An own one whose day begins at a moment; its clock stands. */
  async function withClock(at: string, work: (own: YoutubeWorld, vendors: ReturnType<typeof vendorsClient>) => Promise<void>): Promise<void> {
    const own = await makeYoutube({ now: () => Date.parse(at) });
    try {
      await work(own, vendorsClient(own));
    } finally {
      await own.close();
    }
  }

  it('is spent call by call, for wrong ones too, and is full again at midnight in California', async () => {
    // The night in which the clocks go back: this day has 25 hours.
    await withClock('2026-11-01T07:00:00Z', async (own, { youtube, at }) => {
      own.set({ limits: { units: 1_152 } });
      const as = await tokenOf(own);
      const id = await upload({ of: own, as });
      expect(own.quota.used()).toMatchObject({ day: '2026-11-01', units: 0, inserts: 1 });
      await youtube.videos.list({ part: ['id'], id: [id] });
      await youtube.videos.update({ part: ['status'], requestBody: { id, status: {} } });
      await youtube.captions.list({ part: ['id'], videoId: id });
      const made = await youtube.captions.insert({ part: ['id'], requestBody: { snippet: { videoId: id, language: 'en', name: 'a' } }, media: { mimeType: 'text/vtt', body: VTT } }, at);
      await youtube.captions.update({ part: ['id'], requestBody: { id: made.data.id ?? '', snippet: {} }, media: { mimeType: 'text/vtt', body: VTT } }, at);
      await youtube.captions.delete({ id: made.data.id ?? '' });
      expect(own.quota.used().units).toBe(1 + 50 + 50 + 400 + 450 + 50);
      expect(await refused(youtube.videos.update({ part: ['status'], requestBody: { id: 'nothing', status: {} } }))).toEqual({ status: 404, reason: 'videoNotFound' });
      await youtube.thumbnails.set({ videoId: id, media: { mimeType: 'image/png', body: Readable.from(PNG) } }, at);
      await youtube.channels.list({ part: ['id'], mine: true });
      expect(own.quota.used().units).toBe(1_102);
      await youtube.videoCategories.list({ part: ['snippet'], regionCode: 'US' });
      expect(await refused(youtube.captions.list({ part: ['id'], videoId: id }))).toEqual({ status: 403, reason: 'quotaExceeded' });
      // What is refused for want of it takes nothing, and little may still have what much may not.
      await youtube.videos.list({ part: ['id'], id: [id] });
      expect(own.quota.used().units).toBe(1_104);
      await own.advance(25 * 3_600 - 1);
      expect(own.quota.used().units).toBe(1_104);
      await own.advance(1);
      expect(own.quota.used()).toEqual({ day: '2026-11-02', units: 0, inserts: 0 });
      expect((await fetch(`${own.url}/youtube/v3/videos?part=id&id=${id}`, { headers: { authorization: `Bearer ${await tokenOf(own)}` } })).status).toBe(200);
    });
  });

  it('has two ways to say that it is used up', async () => {
    await withClock('2026-07-01T12:00:00Z', async (own, { youtube }) => {
      own.set({ limits: { units: 0 }, quotaWording: 'perDay' });
      const error: unknown = await youtube.videos.list({ part: ['id'], id: ['x'] }).catch((reason: unknown) => reason);
      expect((error as { response: { status: number; data: unknown } }).response).toMatchObject({ status: 429, data: { error: { errors: [{ reason: 'rateLimitExceeded', message: expect.stringContaining('per day') as string }] } } });
      own.set({ quotaWording: 'quotaExceeded' });
      expect(await refused(youtube.videos.list({ part: ['id'], id: ['x'] }))).toEqual({ status: 403, reason: 'quotaExceeded' });
    });
  });

  it('counts insertions by themselves, from the beginning of a session', async () => {
    await withClock('2026-03-08T08:00:00Z', async (own) => {
      own.set({ limits: { inserts: 2, units: 0 } });
      const as = await tokenOf(own);
      for (const expected of [200, 200, 403]) expect((await begin(7, { of: own, as })).status).toBe(expected);
      // The night in which the clocks go forward: 23 hours.
      await own.advance(23 * 3_600 - 1);
      expect((await begin(7, { of: own, as: await tokenOf(own) })).status).toBe(403);
      await own.advance(1);
      expect((await begin(7, { of: own, as: await tokenOf(own) })).status).toBe(200);
    });
  });

  it('of a channel’s uploads is of the last 24 hours, whatever the day', async () => {
    await withClock('2026-07-01T12:00:00Z', async (own) => {
      own.set({ limits: { channelUploads: 2 } });
      await upload({ of: own, as: await tokenOf(own) });
      await own.advance(3_600);
      await upload({ of: own, as: await tokenOf(own) });
      const full = await begin(7, { of: own, as: await tokenOf(own) });
      expect([full.status, await full.text()]).toEqual([400, expect.stringContaining('uploadLimitExceeded') as string]);
      await own.advance(23 * 3_600 - 1);
      expect((await begin(7, { of: own, as: await tokenOf(own) })).status).toBe(400);
      await own.advance(1);
      await upload({ of: own, as: await tokenOf(own) });
      expect((await begin(7, { of: own, as: await tokenOf(own) })).status).toBe(400);
    });
  });
});

describe('what no correct client sends', () => {
  const snippet = { title: 'T', categoryId: '27' };
  const put = (body: unknown): RequestInit => ({ ...json(body), method: 'PUT' });
  it.each<readonly [string, () => string, () => RequestInit, number, string | RegExp]>([
    ['an unknown path', () => '/youtube/v3/search?part=snippet', () => ({ headers: bearer() }), 404, 'Not Found'],
    ['an unknown method', () => '/youtube/v3/videos?id=x', () => ({ method: 'DELETE', headers: bearer() }), 404, 'Not Found'],
    ['an unknown parameter', () => '/youtube/v3/videos?part=id&id=x&onBehalf=y', () => ({ headers: bearer() }), 400, 'onBehalf'],
    ['no part', () => '/youtube/v3/videos?id=x', () => ({ headers: bearer() }), 400, 'part'],
    ['an unknown part', () => '/youtube/v3/videos?part=everything&id=x', () => ({ headers: bearer() }), 400, 'everything'],
    ['videos without their ids', () => '/youtube/v3/videos?part=id', () => ({ headers: bearer() }), 400, 'invalidFilters'],
    ['more videos than fifty', () => `/youtube/v3/videos?part=id&id=${Array.from({ length: 51 }, () => 'x').join(',')}`, () => ({ headers: bearer() }), 400, 'invalidFilters'],
    ['a part nobody can change', () => '/youtube/v3/videos?part=processingDetails', () => put({ id: world.store.state.videos[0]?.id }), 400, 'unexpectedPart'],
    ['a field nobody can write', () => '/youtube/v3/videos?part=snippet', () => put({ id: world.store.state.videos[0]?.id, snippet: { ...snippet, channelTitle: 'x' } }), 400, 'channelTitle'],
    ['tags as a text', () => '/youtube/v3/videos?part=snippet', () => put({ id: world.store.state.videos[0]?.id, snippet: { ...snippet, tags: 'a,b' } }), 400, 'tags'],
    ['no JSON', () => '/youtube/v3/videos?part=snippet', () => ({ ...put({}), body: '{' }), 400, 'Parse Error'],
    ['a text', () => '/youtube/v3/videos?part=snippet', () => ({ method: 'PUT', headers: { ...bearer(), 'content-type': 'text/plain' }, body: '{}' }), 400, 'no JSON'],
    ['an upload in one piece', () => '/upload/youtube/v3/videos?uploadType=multipart&part=snippet', () => json({ snippet }), 400, 'resumable'],
    ['an upload of a document', () => UPLOADS, () => ({ ...json({ snippet }), headers: { ...bearer(), 'content-type': 'application/json', 'x-upload-content-type': 'application/pdf' } }), 400, 'Media type'],
    ['captions in one half', () => '/upload/youtube/v3/captions?part=snippet', () => json({}), 400, 'multipart'],
    ['an empty picture', () => `/upload/youtube/v3/thumbnails/set?videoId=${world.store.state.videos[0]?.id ?? ''}`, () => ({ method: 'POST', headers: { ...bearer(), 'content-type': 'image/png' } }), 400, 'mediaBodyRequired'],
    ['a page of too many', () => `/youtube/v3/playlistItems?part=snippet&playlistId=${world.env.YT_CHANNEL_ID.replace('UC', 'UU')}&maxResults=51`, () => ({ headers: bearer() }), 400, /range: \[0, 50\]/],
    ['channels without saying which', () => '/youtube/v3/channels?part=id', () => ({ headers: bearer() }), 400, 'mine'],
    ['categories of nowhere', () => '/youtube/v3/videoCategories?part=snippet', () => ({ headers: bearer() }), 400, 'regionCode'],
    ['a token by another grant', () => '/token', () => ({ method: 'POST', body: new URLSearchParams({ client_id: world.client.clientId, client_secret: world.client.clientSecret, grant_type: 'password' }) }), 400, 'unsupported_grant_type'],
    ['a token asked for by JSON', () => '/token', () => json({}), 400, 'invalid_request'],
  ])('%s is refused', async (_name, path, init, status, says) => {
    await watch.provoke(path(), init(), { status, says });
  });

  it('a part of an upload that does not say what it is, or is no whole piece', async () => {
    const { pathname, search } = new URL((await begin(600_000)).headers.get('location') ?? '');
    await watch.provoke(pathname + search, { method: 'PUT', headers: { ...bearer(), 'content-range': 'bytes 0-1' } }, { status: 400, says: 'Content-Range' });
    await watch.provoke(pathname + search, { method: 'PUT', headers: { ...bearer(), 'content-range': 'bytes */599999' } }, { status: 400, says: 'Content-Range' });
    await watch.provoke(pathname + search, { method: 'PUT', headers: { ...bearer(), 'content-range': 'bytes 0-999/600000' }, body: new Uint8Array(1_000) }, { status: 400, says: 'multiple of 262144' });
  });

  it('captions that are synchronised, which is no more', async () => {
    const body = ['--b', 'content-type: application/json', '', JSON.stringify({ snippet: { videoId: world.store.state.videos[0]?.id, language: 'en', name: 'x', isAutoSynced: true } }), '--b', 'content-type: text/vtt', '', VTT, '--b--', ''].join('\r\n');
    await watch.provoke('/upload/youtube/v3/captions?part=snippet', { method: 'POST', headers: { ...bearer(), 'content-type': 'multipart/related; boundary=b' }, body }, { status: 400, says: 'isAutoSynced' });
    await watch.provoke('/upload/youtube/v3/captions?part=snippet&sync=true', { method: 'POST', headers: { ...bearer(), 'content-type': 'multipart/related; boundary=b' }, body }, { status: 400, says: 'sync' });
  });

  it('nothing is asked without a token', async () => {
    expect((await fetch(`${world.url}/youtube/v3/channels?part=id&mine=true`)).status).toBe(401);
    expect((await fetch(`${world.url}/youtube/v3/channels?part=id&mine=true`, { headers: { authorization: `Bearer ${token}x` } })).status).toBe(401);
  });
});

describe('its faults', () => {
  checkFaults({
    base: () => world.url,
    request: (signal) => fetch(`${world.url}/youtube/v3/channels?part=id&mine=true`, { headers: bearer(), ...(signal === undefined ? {} : { signal }) }),
    match: '^GET /youtube/v3/channels',
    says: { limited: /"reason":"rateLimitExceeded"/, broken: /"reason":"backendError"/ },
    effect: {
      match: '^PUT /youtube/v3/videos$',
      send: () => fetch(`${world.url}/youtube/v3/videos?part=snippet`, { ...json({ id: world.store.state.videos[0]?.id, snippet: { title: 'An effect', categoryId: '27' } }), method: 'PUT' }),
      isThere: async () => Promise.resolve(world.titled('An effect').length === 1),
    },
  });

  it('says another word where it is told one', async () => {
    await world.control({ fault: '403', reason: 'forbidden', match: '^GET /youtube' });
    expect(await refused(client.youtube.channels.list({ part: ['id'], mine: true }))).toEqual({ status: 403, reason: 'forbidden' });
  });
});

it('a person sees the videos and the quota, in which names do nothing', async () => {
  const id = await upload({ title: '"quoted" & \'such\'' });
  await person(world, { do: 'caption', id, language: 'fr', name: '<img src=x>' });
  const page = await (await fetch(world.url)).text();
  expect(page).toContain(`<td>${id}</td><td>&#34;quoted&#34; &#38; &#39;such&#39;</td>`);
  expect(page).toContain('fr: &#60;img src=x&#62;');
  expect(page).not.toContain('<img');
  expect(page).toMatch(/Pacific day \d{4}-\d\d-\d\d: \d+ of 1000000 units/);
});

it('people who are sent to a video see what it is called, when they may', async () => {
  const watchPage = async (id: string): Promise<string> => (await fetch(`${world.url}/watch?v=${id}`)).text();
  const id = await upload({ title: 'Lecture & 1' });
  await person(world, { do: 'caption', id, language: 'fr', name: 'CC (French)' });
  expect(await watchPage(id)).toMatch(/<h1>Lecture &#38; 1<\/h1>.*Captions: en: automatic, fr: CC \(French\)/s);
  await person(world, { do: 'privacy', id, privacy: 'private' });
  world.set({ processingMs: 60_000 });
  for (const hidden of [id, await upload(), 'never']) expect(await watchPage(hidden)).toContain('<h1>Video unavailable</h1>');
});

it('who sets what there is not is told', async () => {
  const answer = await fetch(`${world.url}/_settings`, { method: 'POST', body: '{"isAudted":false}' });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('There is no setting isAudted') as string]);
});

it('is the same after a restart: videos, captions, quota, consents, its clock and uploads', async () => {
  // The quota begins anew at midnight in California: whatever the hour of the run, an hour later is the same day.
  const own = await makeYoutube({ now: () => Date.parse('2026-11-02T20:00:00Z') });
  try {
    const as = await tokenOf(own);
    const id = await upload({ of: own, as, title: 'Kept' });
    const bytes = Buffer.alloc(300_000, 'k');
    const session = (await begin(bytes.length, { of: own, as, title: 'Half' })).headers.get('location') ?? '';
    await fetch(session, { method: 'PUT', redirect: 'manual', headers: { authorization: `Bearer ${as}`, 'content-range': `bytes 0-262143/${bytes.length}` }, body: new Uint8Array(bytes.subarray(0, 262_144)) });
    await own.advance(3_600);
    await person(own, { do: 'consent', channelId: own.channels[1]?.id });
    await person(own, { do: 'revoke', token: own.env.YT_REFRESH_TOKEN });
    const again = own.reopen();
    const url = await again.listen();
    try {
      const { grants, aheadMs, captions, videos } = again.store.state;
      expect({ aheadMs, grants: grants.map(({ channelId }) => channelId), captions: captions.length, videos: videos.map((video) => video.id), inserts: again.quota.used().inserts }).toEqual({ aheadMs: 3_600_000, grants: [own.channels[1]?.id], captions: 1, videos: [id], inserts: 2 });
      const { refreshToken } = again.person({ do: 'consent' }) as { refreshToken: string };
      const rest = await fetch(session.replace(own.url, url), { method: 'PUT', headers: { authorization: `Bearer ${await tokenOf({ ...own, url }, refreshToken)}`, 'content-range': `bytes 262144-299999/${bytes.length}` }, body: new Uint8Array(bytes.subarray(262_144)) });
      expect(rest.status).toBe(201);
      expect(again.store.state.videos.at(-1)).toMatchObject({ snippet: { title: 'Half' }, md5: createHash('md5').update(bytes).digest('hex') });
    } finally {
      await again.close();
    }
  } finally {
    await own.close();
  }
});

it('is a part of the local stack, with a consent the product’s own client uses and a page on which to give another', async () => {
  const home = mkdtempSync(join(tmpdir(), 'youtube-stack-'));
  const stack = await startStack({ home, ephemeralPorts: true, parts: onlyParts('youtube') });
  try {
    const config = makeConfig(Object.fromEntries(['YT_API_URL', 'YT_TOKEN_URL', 'GOOGLE_AUTH_URL', 'YT_CLIENT_ID', 'YT_CLIENT_SECRET', 'YT_REFRESH_TOKEN', 'YT_CHANNEL_ID'].map((name) => [name, stack.env[name] ?? ''])));
    const youtube = createYouTube(config);
    expect(await youtube.channel()).toMatchObject({ id: config.ytChannelId, title: 'Studio Courses' });
    await stack.restart('youtube');
    expect(await youtube.channel()).toMatchObject({ id: config.ytChannelId });
    expect(stack.stack.standIns['youtube']).toBe(config.ytApiUrl);
    const consent = new URL(config.googleAuthUrl);
    consent.search = new URLSearchParams({ client_id: config.ytClientId ?? '', redirect_uri: `${stack.stack.studioUrl}/api/youtube-tokens/`, response_type: 'code', scope: SCOPE }).toString();
    expect((await fetch(consent)).status).toBe(200);
  } finally {
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  }
});

it('met nothing else it does not know', () => watch.expectNoOther());
