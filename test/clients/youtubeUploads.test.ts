import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { uploadMarker, type YouTubeSnippet } from '#domain/youtubeVideo.ts';
import { makeYoutube } from '#test/factories/youtube.ts';
import { until } from '#test/support/until.ts';
import { useYoutube } from '#test/support/useYoutube.ts';
import { saying, withServer } from './support/withServer.ts';
import { errorOf, reading, snippetOf, timesAsked, uploadVideo, youtubeClient } from './support/youtubeClient.ts';

const PART = 8 * 1024 * 1024;

const world = useYoutube();
const clientOf = (env?: Readonly<Record<string, string>>, patience?: Parameters<typeof youtubeClient>[2]) => youtubeClient(world, env, patience);
const asked = (pattern: RegExp): number => timesAsked(world, pattern);
const uploaded = (title: string, description?: string): Promise<string> => uploadVideo(clientOf(), title, description);

describe('an upload', () => {
  const SIZE = 20_000_000;
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4) bytes.writeUInt32BE(at, at);
  const md5 = createHash('md5').update(bytes).digest('hex');
  const begin = (title: string, sizeBytes = SIZE) => clientOf().uploads.begin({ snippet: snippetOf(title, uploadMarker(title)), mimeType: 'video/mp4', sizeBytes });

  it('is a session before a byte of it is sent, unlisted and without a word to subscribers', async () => {
    const before = asked(/^PUT /);
    const session = await begin('first');
    expect([asked(/^PUT /) - before, world.titled('first')]).toEqual([0, []]);
    expect(asked(/^POST \/upload.*[?&]notifySubscribers=false/)).toBeGreaterThan(0);
    expect(await clientOf().uploads.ask(session, SIZE)).toEqual({ isWhole: false, offset: 0 });
    const video = await clientOf().uploads.send(session, { sizeBytes: SIZE, open: reading(bytes) });
    expect(video).toEqual({ id: expect.any(String) as string, snippet: snippetOf('first', 'ocw:first'), privacy: 'unlisted', durationMs: null, isEmbeddable: true, uploadStatus: 'processed', reason: null });
    expect(world.titled('first')).toMatchObject([{ id: video.id, md5, size: SIZE, mimeType: 'video/mp4', hasNotified: false, status: { privacyStatus: 'unlisted' } }]);
  });

  it('goes on from where it came to, however often it is broken off, and asks that each time', async () => {
    const session = await begin('broken');
    world.addFault({ fault: '503', match: /^PUT \/upload/ });
    expect(await errorOf(clientOf().uploads.send(session, { sizeBytes: SIZE, open: reading(bytes) }))).toMatchObject({ kind: 'unavailable', status: 503, isUncertain: false });
    const offsets: number[] = [];
    // The first part arrives, and its answer is lost.
    const lost = clientOf().uploads.send(session, {
      sizeBytes: SIZE,
      open: reading(bytes),
      onOffset: (offset) => {
        offsets.push(offset);
        world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/ });
      },
    });
    expect(await errorOf(lost)).toMatchObject({ kind: 'unavailable', status: null, isUncertain: false });
    expect(offsets).toEqual([0]);
    const from: number[] = [];
    const video = await clientOf().uploads.send(session, { sizeBytes: SIZE, open: (start) => (from.push(start), reading(bytes)(start)) });
    expect(from).toEqual([PART]);
    expect(world.titled('broken')).toMatchObject([{ id: video.id, md5 }]);
  });

  it('goes on from what was kept, when that is less than was sent', async () => {
    const session = await begin('kept');
    world.set({ uploadKeepBytes: 5 * 1024 * 1024 });
    const from: number[] = [];
    const before = asked(/^PUT /);
    await clientOf().uploads.send(session, { sizeBytes: SIZE, open: (start) => (from.push(start), reading(bytes)(start)) });
    // The question how far it is, and no part behind one that was not kept whole.
    expect(asked(/^PUT /) - before).toBe(5);
    expect(from).toEqual([0, 5, 10, 15].map((mega) => mega * 1024 * 1024));
    expect(world.titled('kept')).toMatchObject([{ md5 }]);
  });

  it('that is called off ends with the caller’s own reason, and goes on another time', async () => {
    const session = await begin('called off');
    const abort = new AbortController();
    const send = clientOf().uploads.send(session, { sizeBytes: SIZE, open: reading(bytes), onOffset: (offset) => { if (offset > 0) abort.abort(new Error('called off')); } }, abort.signal);
    await expect(send).rejects.toThrow('called off');
    expect(await clientOf().uploads.ask(session, SIZE)).toEqual({ isWhole: false, offset: PART });
    // So it does while a part is on its way.
    const second = new AbortController();
    const onTheWay = clientOf().uploads.send(session, { sizeBytes: SIZE, open: reading(bytes), onOffset: () => world.addFault({ fault: 'timeout', match: /^PUT \/upload/ }) }, second.signal);
    await until('a part is on its way', async () => world.journal.at(-1)?.fault === 'timeout');
    second.abort(new Error('called off again'));
    await expect(onTheWay).rejects.toThrow('called off again');
    await clientOf().uploads.send(session, { sizeBytes: SIZE, open: reading(bytes) });
    expect(world.titled('called off')).toMatchObject([{ md5 }]);
  });

  it('whose last answer was lost says that there may be a video, and is found to be one by its session', async () => {
    const session = await begin('lost', 9);
    world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/, times: 1 });
    const small = { sizeBytes: 9, open: reading(Buffer.from('a lecture')) };
    const ask = await errorOf(clientOf().uploads.send(session, small));
    expect(ask).toMatchObject({ kind: 'unavailable', isUncertain: false });
    const send = clientOf().uploads.send(session, { ...small, onOffset: () => world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/ }) });
    expect(await errorOf(send)).toMatchObject({ kind: 'unavailable', isUncertain: true });
    const state = await clientOf().uploads.ask(session, 9);
    expect(state).toMatchObject({ isWhole: true, made: { snippet: { title: 'lost' } } });
    expect(await clientOf().uploads.send(session, { ...small, open: () => { throw new Error('its bytes are not read again'); } })).toEqual(state.isWhole ? state.made : null);
    expect(world.titled('lost')).toHaveLength(1);
  });

  it('whose session is gone says so; its video is found by its marker, and only then', async () => {
    const since = Date.now();
    const early = await begin('early');
    world.set({ expireUploads: true });
    expect(await errorOf(clientOf().uploads.send(early, { sizeBytes: SIZE, open: reading(bytes) }))).toMatchObject({ kind: 'gone', status: 404, isUncertain: false });
    expect(await clientOf().findUploads('early', since)).toEqual([]);
    const session = await begin('late', 9);
    const send = clientOf().uploads.send(session, { sizeBytes: 9, open: reading(Buffer.from('a lecture')), onOffset: () => world.addFault({ fault: 'drop-after-accept', match: /^PUT \/upload/ }) });
    expect(await errorOf(send)).toMatchObject({ isUncertain: true });
    world.set({ expireUploads: true });
    expect(await errorOf(clientOf().uploads.ask(session, 9))).toMatchObject({ kind: 'gone' });
    expect(await clientOf().findUploads('late', since)).toEqual(world.titled('late').map(({ id }) => id));
  });

  it('that is begun and whose answer is lost is no video', async () => {
    world.addFault({ fault: 'drop-after-accept', match: /^POST \/upload\/youtube\/v3\/videos$/ });
    expect(await errorOf(begin('nothing'))).toMatchObject({ kind: 'unavailable', status: null, isUncertain: false });
    expect(world.titled('nothing')).toEqual([]);
  });

  it('of fewer or more bytes than were announced is no video', async () => {
    for (const [title, sizeBytes, start] of [['fewer', SIZE + 1, 0], ['more', SIZE - 1, 0], ['no byte', 1, SIZE]] as const) {
      const send = clientOf().uploads.send(await begin(title, sizeBytes), { sizeBytes, open: () => reading(bytes)(start) });
      expect(await errorOf(send)).toMatchObject({ kind: 'refused' });
      expect(world.titled(title)).toEqual([]);
    }
  });

  it('of which YouTube takes nothing comes to an end', async () => {
    world.set({ uploadKeepBytes: 0 });
    expect(await errorOf(clientOf().uploads.send(await begin('stuck'), { sizeBytes: SIZE, open: reading(bytes) }))).toMatchObject({ kind: 'unavailable', message: 'YouTube took nothing of the upload behind 0 bytes' });
  });

  it('takes an answer 308 for how far it is, and does not go where it leads', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 308 Resume Incomplete\r\nlocation: http://127.0.0.1:1/elsewhere\r\nrange: bytes=0-41\r\ncontent-length: 0\r\n\r\n'),
      async (url) => {
        expect(await clientOf().uploads.ask(`${url}/session`, 100)).toEqual({ isWhole: false, offset: 42 });
      },
    );
  });

  it('is refused with what YouTube says of its description, and of the day’s insertions and the channel’s uploads', async () => {
    const start = (snippet: YouTubeSnippet) => errorOf(clientOf().uploads.begin({ snippet, mimeType: 'video/mp4', sizeBytes: 1 }));
    expect(await start(snippetOf('a < b'))).toMatchObject({ kind: 'refused', status: 400, reason: 'invalidTitle' });
    world.set({ limits: { channelUploads: 0 } });
    expect(await start(snippetOf('many'))).toMatchObject({ kind: 'uploadLimit', status: 400, reason: 'uploadLimitExceeded' });
    world.set({ limits: { inserts: 0 } });
    expect(await start(snippetOf('many'))).toMatchObject({ kind: 'quota', status: 403, reason: 'quotaExceeded', message: 'The request cannot be completed because you have exceeded your quota. (403 quotaExceeded)' });
    world.set({ quotaWording: 'perDay' });
    expect(await start(snippetOf('many'))).toMatchObject({ kind: 'quota', status: 429, reason: 'rateLimitExceeded' });
  });
});

describe('the search for an upload', () => {
  it('finds each video with the marker, newest first, on whatever page, and no other', async () => {
    const since = Date.now();
    const [first, , second] = [await uploaded('one', 'ocw:twice'), await uploaded('two', 'ocw:twice-more'), await uploaded('three', 'By hand. ocw:twice')];
    const gone = await uploaded('four', 'ocw:twice');
    world.person({ do: 'delete', id: gone });
    world.set({ maxPageSize: 1 });
    expect(await clientOf().findUploads('twice', since)).toEqual([second, first]);
    expect(await clientOf().findUploads('never', since)).toEqual([]);
    // It knows of a new one only after a while.
    world.set({ indexLagMs: 3_600_000 });
    expect(await clientOf().findUploads('twice', since)).toEqual([]);
  });

  it('ends where all are older than the upload, but for what clocks may differ', async () => {
    const own = await makeYoutube();
    try {
      for (const title of ['a', 'b', 'c']) await uploadVideo(youtubeClient(own), title, `ocw:${title}`);
      own.set({ maxPageSize: 1 });
      const pages = async (since: number): Promise<number> => {
        const before = timesAsked(own, /playlistItems/);
        await youtubeClient(own).findUploads('never', since);
        return timesAsked(own, /playlistItems/) - before;
      };
      expect(await pages(Date.now() + 3_500_000)).toBe(3);
      expect(await pages(Date.now() + 3_700_000)).toBe(1);
    } finally {
      await own.close();
    }
  });

  it('in a channel without any video finds none', async () => {
    const own = await makeYoutube();
    try {
      expect(await youtubeClient(own).findUploads('x', 0)).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it('that meets an error, or an answer that is none, never says that there is none', async () => {
    world.addFault({ fault: '500', match: /playlistItems/ });
    expect(await errorOf(clientOf().findUploads('x', 0))).toMatchObject({ kind: 'unavailable' });
    world.addFault({ fault: '400', reason: 'invalidPageToken', match: /playlistItems/ });
    expect(await errorOf(clientOf().findUploads('x', 0))).toMatchObject({ kind: 'refused' });
    const channel = JSON.stringify({ items: [{ id: world.env.YT_CHANNEL_ID, contentDetails: { relatedPlaylists: { uploads: 'UU' } } }] });
    for (const [body, says] of [['{}', 'holds no list of uploads'], ['{"items":[],"nextPageToken":"same"}', 'does not come to an end']] as const) {
      await withServer((socket, request) => saying(request.includes('playlistItems') ? body : channel)(socket), async (url) => {
        expect(await errorOf(clientOf({ YT_API_URL: url }).findUploads('x', 0))).toMatchObject({ kind: 'unavailable', message: expect.stringContaining(says) as string });
      });
    }
  });
});
