import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { YOUTUBE_COSTS, type YouTubeDemand } from '#domain/youtubeQuota.ts';
import type { YouTubeSnippet } from '#domain/youtubeVideo.ts';
import { makeYoutube } from '#test/factories/youtube.ts';
import { until } from '#test/support/until.ts';
import { useYoutube } from '#test/support/useYoutube.ts';
import { hostsReached } from './support/hostsReached.ts';
import { saying, withServer } from './support/withServer.ts';
import { errorOf, snippetOf, timesAsked, uploadVideo, youtubeClient } from './support/youtubeClient.ts';

const VTT = 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n';
const PICTURE = { mimeType: 'image/png', bytes: Buffer.from('89504e470d0a1a0a0000', 'hex') };

const world = useYoutube();
const clientOf = (env?: Readonly<Record<string, string>>, patience?: Parameters<typeof youtubeClient>[2]) => youtubeClient(world, env, patience);
const asked = (pattern: RegExp): number => timesAsked(world, pattern);
const uploaded = (title: string, description?: string): Promise<string> => uploadVideo(clientOf(), title, description);

describe('the channel', () => {
  it('is the one the consent was given for', async () => {
    expect(await clientOf().channel()).toEqual({ id: world.env.YT_CHANNEL_ID, title: 'Studio Courses', uploadsPlaylistId: world.env.YT_CHANNEL_ID.replace('UC', 'UU'), takesLongVideos: true });
    world.set({ longUploadsStatus: 'eligible' });
    expect(await clientOf().channel()).toMatchObject({ takesLongVideos: false });
  });

  it('of somebody who chose another one at the consent is refused, unless any is taken', async () => {
    const other = world.channels[1]?.id ?? '';
    const { token } = world.consent.grant(other);
    expect(await errorOf(clientOf({ YT_REFRESH_TOKEN: token }).channel())).toMatchObject({ kind: 'wrongChannel', message: expect.stringMatching(/Somebody’s own.*YT_CHANNEL_ID/) as string });
    expect(await clientOf({ YT_REFRESH_TOKEN: token, YT_CHANNEL_ID: '' }).channel()).toMatchObject({ id: other });
    // Nor is a video looked for there.
    expect(await errorOf(clientOf({ YT_REFRESH_TOKEN: token }).findUploads('x', 0))).toMatchObject({ kind: 'wrongChannel' });
  });

  it('that there is none of is said', async () => {
    await withServer(saying('{"kind":"youtube#channelListResponse"}'), async (url) => {
      expect(await errorOf(clientOf({ YT_API_URL: url }).channel())).toMatchObject({ kind: 'wrongChannel', message: 'The account that consented has no YouTube channel' });
    });
  });
});

describe('videos', () => {
  it.each([
    ['PT10S', 10_000],
    ['PT1H2M3S', 3_723_000],
    ['P1DT2M', 86_520_000],
    // Before YouTube has worked on it, or of what is sent live.
    ['P0D', null],
    ['PT0S', null],
    ['soon', null],
    [undefined, null],
  ])('last as long as %s says: %s ms', async (duration, durationMs) => {
    const video = { id: 'AAAAAAAAAAA', snippet: { title: 'x' }, status: { uploadStatus: 'processed', privacyStatus: 'public' }, contentDetails: { duration } };
    await withServer(saying(JSON.stringify({ items: [video] })), async (url) => {
      expect((await clientOf({ YT_API_URL: url }).videos([video.id])).get(video.id)).toMatchObject({ durationMs });
    });
  });

  it('are told with what became of them; one that is gone is not there', async () => {
    world.set({ processingMs: 60_000 });
    const processing = await uploaded('processing');
    world.set({ processingMs: 0, outcome: { uploadStatus: 'rejected', reason: 'duplicate' } });
    const rejected = await uploaded('rejected');
    world.set({ outcome: { uploadStatus: 'failed', reason: 'codec' } });
    const failed = await uploaded('failed');
    world.set({ isAudited: false });
    const locked = await uploaded('locked');
    const gone = await uploaded('gone');
    world.person({ do: 'delete', id: gone });
    const found = await clientOf().videos([processing, rejected, failed, locked, gone, processing]);
    expect([...found].map(([id, { uploadStatus, reason, privacy }]) => [id, uploadStatus, reason, privacy])).toEqual([
      [processing, 'uploaded', null, 'unlisted'],
      [rejected, 'rejected', 'duplicate', 'unlisted'],
      [failed, 'failed', 'codec', 'unlisted'],
      [locked, 'failed', 'codec', 'private'],
    ]);
  });

  it('are asked for fifty at a time', async () => {
    const before = asked(/^GET \/youtube\/v3\/videos/);
    const id = await uploaded('last');
    expect([...(await clientOf().videos([...Array.from({ length: 100 }, (_, index) => `no-${index}`), id])).keys()]).toEqual([id]);
    expect(asked(/^GET \/youtube\/v3\/videos/) - before).toBe(3);
    expect((await clientOf().videos([])).size).toBe(0);
    expect(asked(/^GET \/youtube\/v3\/videos/) - before).toBe(3);
  });

  it.each([
    ['no list', '{"kind":"youtube#videoListResponse"}'],
    ['no status', '{"items":[{"id":"x","snippet":{"title":"x"}}]}'],
    ['a privacy it does not know', '{"items":[{"id":"x","snippet":{"title":"x"},"status":{"uploadStatus":"processed","privacyStatus":"hidden"}}]}'],
    ['a page of a sign-in', '<html>'],
  ])('whose answer holds %s are an error, not deleted', async (_name, body) => {
    await withServer(saying(body), async (url) => {
      expect(await errorOf(clientOf({ YT_API_URL: url }).videos(['x']))).toMatchObject({ kind: 'unavailable' });
    });
  });
});

describe('what a video shows', () => {
  it('is read, changed and written whole, and not written when it is the same', async () => {
    const id = await uploaded('shown', 'ocw:shown');
    const writes = () => asked(/^PUT \/youtube\/v3\/videos/);
    const before = writes();
    const change = (shown: YouTubeSnippet): YouTubeSnippet => ({ ...shown, title: 'Better', defaultAudioLanguage: 'fr' });
    expect(await clientOf().updateSnippet(id, change)).toEqual({ isChanged: true, snippet: { ...snippetOf('Better', 'ocw:shown'), defaultAudioLanguage: 'fr' } });
    expect(world.store.videoOf(id)?.snippet).toEqual({ ...snippetOf('Better', 'ocw:shown'), defaultAudioLanguage: 'fr' });
    expect(await clientOf().updateSnippet(id, change)).toMatchObject({ isChanged: false, snippet: { title: 'Better' } });
    expect(await clientOf().updateSnippet(id, (shown) => ({ ...shown, tags: [...shown.tags].reverse() }))).toMatchObject({ isChanged: false });
    expect(writes() - before).toBe(1);
    await clientOf().updateSnippet(id, (shown) => ({ ...shown, tags: [], defaultLanguage: null, defaultAudioLanguage: null }));
    expect(world.store.videoOf(id)?.snippet).toMatchObject({ tags: [], defaultLanguage: null, description: 'ocw:shown' });
  });

  it('may have been changed when the answer is lost, and was not when it could not be sent', async () => {
    const id = await uploaded('maybe');
    const change = (shown: YouTubeSnippet): YouTubeSnippet => ({ ...shown, title: 'Maybe not' });
    world.addFault({ fault: 'drop-after-accept', match: /^PUT \/youtube/ });
    expect(await errorOf(clientOf().updateSnippet(id, change))).toMatchObject({ kind: 'unavailable', isUncertain: true });
    // So it is looked at first.
    expect(await clientOf().updateSnippet(id, change)).toMatchObject({ isChanged: false });
    world.addFault({ fault: '500', match: /^GET \/youtube/ });
    expect(await errorOf(clientOf().updateSnippet(id, change))).toMatchObject({ kind: 'unavailable', status: 500, isUncertain: false });
    world.addFault({ fault: '502', match: /^PUT \/youtube/ });
    expect(await errorOf(clientOf().updateSnippet(id, (shown) => ({ ...shown, title: 'x' })))).toMatchObject({ isUncertain: true });
    expect(await errorOf(clientOf().updateSnippet('never', change))).toMatchObject({ kind: 'missing' });
  });
});

describe('who may see a video', () => {
  it('is set with all else of its status kept, once', async () => {
    const id = await uploaded('private');
    Object.assign(world.store.videoOf(id)?.status ?? {}, { license: 'creativeCommon', publicStatsViewable: false, selfDeclaredMadeForKids: true, embeddable: false });
    const writes = () => asked(/^PUT \/youtube\/v3\/videos/);
    const before = writes();
    expect(await clientOf().setPrivacy(id, 'public')).toBe('public');
    expect(await clientOf().setPrivacy(id, 'public')).toBe('public');
    expect(writes() - before).toBe(1);
    expect(world.store.videoOf(id)?.status).toEqual({ privacyStatus: 'public', license: 'creativeCommon', publicStatsViewable: false, selfDeclaredMadeForKids: true, embeddable: true });
    // Nor is what it shows.
    expect(world.store.videoOf(id)?.snippet.tags).toEqual(['a', 'b c']);
  });

  it('is written when only the embedding is not as it should be', async () => {
    const id = await uploaded('embedded');
    Object.assign(world.store.videoOf(id)?.status ?? {}, { embeddable: false });
    expect(await clientOf().setPrivacy(id, 'unlisted')).toBe('unlisted');
    expect(world.store.videoOf(id)?.status.embeddable).toBe(true);
  });

  it('is what YouTube says, not what was asked', async () => {
    const id = await uploaded('audited');
    world.set({ isAudited: false });
    expect(await clientOf().setPrivacy(id, 'public')).toBe('private');
    expect(await errorOf(clientOf().setPrivacy('never', 'public'))).toMatchObject({ kind: 'missing' });
  });
});

describe('captions', () => {
  const own = (videoId: string) => world.store.state.captions.filter((caption) => caption.videoId === videoId && caption.trackKind === 'standard');

  it('of a language are one track, however often they are put there', async () => {
    const videoId = await uploaded('captions');
    world.person({ do: 'caption', id: videoId, language: 'en', name: 'For children', text: 'WEBVTT\n\nkept' });
    const first = await clientOf().captions.put(videoId, 'en', VTT);
    expect(first).toEqual({ trackId: expect.any(String) as string, isNew: true });
    expect(await clientOf().captions.put(videoId, 'en', `${VTT}\n00:02.000 --> 00:03.000\né and more\n`)).toEqual({ trackId: first.trackId, isNew: false });
    await clientOf().captions.put(videoId, 'pt-BR', VTT);
    expect(own(videoId).map(({ language, name, text }) => [language, name, text])).toEqual([
      ['en', 'For children', 'WEBVTT\n\nkept'],
      ['en', 'CC (English)', `${VTT}\n00:02.000 --> 00:03.000\né and more\n`],
      ['pt-BR', 'CC (Portuguese (Brazil))', VTT],
    ]);
    expect((await clientOf().captions.list(videoId)).map(({ language, name, kind }) => [language, name, kind])).toEqual([['en', '', 'asr'], ['en', 'For children', 'standard'], ['en', 'CC (English)', 'standard'], ['pt-BR', 'CC (Portuguese (Brazil))', 'standard']]);
  });

  it('go into the track of an older name', async () => {
    const videoId = await uploaded('old captions');
    const { id } = world.person({ do: 'caption', id: videoId, language: 'en', name: 'ocw_captions_upload' }) as { id: string };
    expect(await clientOf().captions.put(videoId, 'en', VTT)).toEqual({ trackId: id, isNew: false });
    expect(own(videoId)).toMatchObject([{ id, text: VTT }]);
  });

  it('are one track after a lost answer', async () => {
    const videoId = await uploaded('lost captions');
    world.addFault({ fault: 'drop-after-accept', match: /^POST \/upload\/youtube\/v3\/captions/ });
    expect(await errorOf(clientOf().captions.put(videoId, 'en', VTT))).toMatchObject({ kind: 'unavailable', isUncertain: true });
    expect(await clientOf().captions.put(videoId, 'en', VTT)).toMatchObject({ isNew: false });
    expect(own(videoId)).toHaveLength(1);
  });

  it('are one track when two put them there at once', async () => {
    const videoId = await uploaded('two at once');
    const inserts = () => asked(/^POST \/upload\/youtube\/v3\/captions/);
    const before = inserts();
    world.addFault({ fault: 'slow', delayMs: 1_000, match: /^POST \/upload\/youtube\/v3\/captions/ });
    const slow = clientOf().captions.put(videoId, 'en', `${VTT}\nslow`);
    await until('the slow one is on its way', async () => inserts() > before);
    const quick = await clientOf().captions.put(videoId, 'en', VTT);
    expect(quick.isNew).toBe(true);
    expect(await slow).toEqual({ trackId: quick.trackId, isNew: false });
    expect(own(videoId)).toMatchObject([{ id: quick.trackId, text: `${VTT}\nslow` }]);
  });

  it('that YouTube cannot read are refused, and mended in their track', async () => {
    const videoId = await uploaded('unreadable');
    expect(await errorOf(clientOf().captions.put(videoId, 'en', 'no captions'))).toMatchObject({ kind: 'refused', message: 'YouTube cannot read the captions: unsupportedFormat' });
    expect(await errorOf(clientOf().captions.put(videoId, 'en', ' '))).toMatchObject({ kind: 'refused', reason: 'contentRequired' });
    expect(await clientOf().captions.put(videoId, 'en', VTT)).toMatchObject({ isNew: false });
    expect(own(videoId)).toMatchObject([{ status: 'serving' }]);
    expect(await errorOf(clientOf().captions.put('never', 'en', VTT))).toMatchObject({ kind: 'missing', reason: 'videoNotFound' });
  });

  it('are removed, also when they are away', async () => {
    const videoId = await uploaded('removed');
    const { trackId } = await clientOf().captions.put(videoId, 'en', VTT);
    await clientOf().captions.remove(trackId);
    await clientOf().captions.remove(trackId);
    expect(own(videoId)).toEqual([]);
    world.addFault({ fault: '403', match: /^DELETE/ });
    expect(await errorOf(clientOf().captions.remove(trackId))).toMatchObject({ kind: 'forbidden' });
  });

  it('whose list is none are not put there a second time', async () => {
    await withServer(saying('{}'), async (url) => {
      expect(await errorOf(clientOf({ YT_API_URL: url }).captions.put('x', 'en', VTT))).toMatchObject({ kind: 'unavailable', message: 'YouTube’s answer holds no list of captions' });
    });
  });
});

it('a video gets a picture of its own, where the channel may have them', async () => {
  const id = await uploaded('picture');
  await clientOf().setThumbnail(id, PICTURE);
  expect(world.store.videoOf(id)?.thumbnail).toBe(createHash('md5').update(PICTURE.bytes).digest('hex'));
  expect(await errorOf(clientOf().setThumbnail(id, { mimeType: 'image/png', bytes: Buffer.from('GIF89a') }))).toMatchObject({ kind: 'refused', reason: 'invalidImage' });
  world.set({ mayHaveThumbnails: false });
  expect(await errorOf(clientOf().setThumbnail(id, PICTURE))).toMatchObject({ kind: 'forbidden' });
});

it('only categories a video may have are told', async () => {
  const categories = await clientOf().categories('US');
  expect([categories.get('27'), categories.has('18')]).toEqual(['Education', false]);
});

it('every call takes of the quota what the rules say it does', async () => {
  const own = await makeYoutube();
  try {
    const client = youtubeClient(own);
    const spent = async (work: () => Promise<unknown>): Promise<unknown> => {
      const before = { ...own.quota.used(), uploads: own.quota.uploads() };
      await work();
      const after = { ...own.quota.used(), uploads: own.quota.uploads() };
      return { units: after.units - before.units, inserts: after.inserts - before.inserts, uploads: after.uploads - before.uploads };
    };
    const cost = (...calls: (keyof typeof YOUTUBE_COSTS)[]) => {
      const demands: YouTubeDemand[] = calls.map((call) => YOUTUBE_COSTS[call]);
      const sum = (bucket: keyof YouTubeDemand): number => demands.reduce((total, demand) => total + (demand[bucket] ?? 0), 0);
      return { units: sum('units'), inserts: sum('inserts'), uploads: sum('uploads') };
    };
    let id = '';
    expect(await spent(async () => (id = await uploadVideo(client, 'cost')))).toEqual(cost('insertVideo'));
    let track = '';
    expect(await spent(async () => (track = (await client.captions.put(id, 'en', VTT)).trackId))).toEqual(cost('listCaptions', 'insertCaption'));
    expect(await spent(() => client.captions.put(id, 'en', VTT))).toEqual(cost('listCaptions', 'updateCaption'));
    expect(await spent(() => client.captions.remove(track))).toEqual(cost('deleteCaption'));
    expect(await spent(() => client.videos([id]))).toEqual(cost('listVideos'));
    expect(await spent(() => client.updateSnippet(id, (shown) => ({ ...shown, title: 'x' })))).toEqual(cost('listVideos', 'updateVideo'));
    expect(await spent(() => client.updateSnippet(id, (shown) => shown))).toEqual(cost('listVideos'));
    expect(await spent(() => client.setPrivacy(id, 'public'))).toEqual(cost('listVideos', 'updateVideo'));
    expect(await spent(() => client.setThumbnail(id, PICTURE))).toEqual(cost('setThumbnail'));
    expect(await spent(() => client.findUploads('x', 0))).toEqual(cost('listChannels', 'listPlaylistItems'));
    expect(await spent(() => client.categories('US'))).toEqual(cost('listCategories'));
  } finally {
    await own.close();
  }
});

describe('what goes wrong', () => {
  it.each([
    [{ fault: '429', retryAfterSeconds: 7 }, { kind: 'rateLimited', status: 429, reason: 'rateLimitExceeded', retryAfterMs: 7_000 }],
    [{ fault: '403', reason: 'userRateLimitExceeded' }, { kind: 'rateLimited', status: 403, retryAfterMs: null }],
    [{ fault: '403', reason: 'quotaExceeded' }, { kind: 'quota', status: 403 }],
    [{ fault: '403', reason: 'dailyLimitExceeded' }, { kind: 'quota', status: 403 }],
    [{ fault: '403', reason: 'forbidden' }, { kind: 'forbidden', status: 403, reason: 'forbidden' }],
    [{ fault: '400', reason: 'uploadLimitExceeded' }, { kind: 'uploadLimit', status: 400 }],
    [{ fault: '400', reason: 'constructor' }, { kind: 'refused', status: 400 }],
    [{ fault: '500' }, { kind: 'unavailable', status: 500 }],
    [{ fault: '503', retryAfterSeconds: 3 }, { kind: 'unavailable', status: 503, retryAfterMs: 3_000 }],
    [{ fault: 'drop-after-accept' }, { kind: 'unavailable', status: null }],
  ] as const)('%j is %j, and sent once; what was only looked at is never uncertain', async (fault, expected) => {
    const before = asked(/^GET \/youtube\/v3\/channels/);
    world.addFault({ ...fault, match: /\/youtube\/v3/ });
    expect(await errorOf(clientOf().channel())).toMatchObject({ ...expected, isUncertain: false });
    expect(asked(/^GET \/youtube\/v3\/channels/) - before).toBe(1);
  });

  it('after a limit no other call of the same client begins before its time', async () => {
    const youtube = clientOf();
    world.addFault({ fault: '429', match: /\/youtube\/v3/ });
    await errorOf(youtube.channel());
    const before = asked(/\/youtube\/v3/);
    await expect(youtube.channel(AbortSignal.timeout(50))).rejects.toThrow();
    expect(asked(/\/youtube\/v3/)).toBe(before);
  });

  it('no answer in time ends the call, at the API and at the token’s address', async () => {
    const id = await uploaded('late');
    world.addFault({ fault: 'timeout', match: /^PUT \/youtube\/v3/ });
    expect(await errorOf(clientOf({}, { answerMs: 300 }).setPrivacy(id, 'public'))).toMatchObject({ kind: 'unavailable', isUncertain: true, message: 'YouTube did not answer within 300 ms' });
    world.addFault({ fault: 'timeout', match: /\/token/ });
    expect(await errorOf(clientOf({}, { answerMs: 150 }).channel())).toMatchObject({ kind: 'unavailable', status: null });
  });

  it('a call that is called off ends with the caller’s own reason', async () => {
    world.addFault({ fault: 'timeout', match: /\/youtube\/v3/ });
    const abort = new AbortController();
    const call = clientOf().channel(abort.signal);
    await until('it is on its way', async () => world.journal.at(-1)?.fault === 'timeout');
    abort.abort(new Error('called off'));
    await expect(call).rejects.toThrow('called off');
  });

  it('a change that reached nobody is certain not to be', async () => {
    // The token comes from where it did; the API is away.
    const upload = clientOf({ YT_API_URL: 'http://127.0.0.1:9' }).captions.remove('x');
    expect(await errorOf(upload)).toMatchObject({ kind: 'unavailable', status: null, isUncertain: false });
  });

  it('a page of a gateway in between is told by its status', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 12\r\n\r\n<h1>Bad</h1>'),
      async (url) => {
        expect(await errorOf(clientOf({ YT_API_URL: url }).channel())).toMatchObject({ kind: 'unavailable', status: 502, reason: null, message: 'YouTube answers 502' });
      },
    );
  });
});

describe('the consent', () => {
  it('gives one token for many calls, and another when the first is no longer good', async () => {
    const before = asked(/POST \/token/);
    const youtube = clientOf();
    await Promise.all([youtube.channel(), youtube.channel(), youtube.channel()]);
    expect(asked(/POST \/token/) - before).toBe(1);
    world.set({ expireTokens: true });
    const id = await uploaded('withdrawn');
    world.set({ expireTokens: true });
    expect(await youtube.setPrivacy(id, 'public')).toBe('public');
    expect(asked(/POST \/token/) - before).toBe(3);
  });

  it('that was taken back is an error of its own, which a person can act on', async () => {
    const { token } = world.consent.grant(world.env.YT_CHANNEL_ID);
    const youtube = clientOf({ YT_REFRESH_TOKEN: token });
    await youtube.channel();
    world.person({ do: 'revoke', token });
    expect(await errorOf(youtube.channel())).toMatchObject({ kind: 'revoked', status: 400, reason: 'invalid_grant', isUncertain: false, message: expect.stringContaining('must give it again') as string });
    expect(await errorOf(youtube.captions.remove('x'))).toMatchObject({ kind: 'revoked', isUncertain: false });
  });

  it('of another OAuth client, or a service that is down, is told apart from it', async () => {
    expect(await errorOf(clientOf({ YT_CLIENT_SECRET: 'guessed' }).channel())).toMatchObject({ kind: 'refused', status: 401, reason: 'invalid_client', message: expect.stringContaining('YT_CLIENT_ID') as string });
    const before = asked(/POST \/token/);
    world.addFault({ fault: '500', match: /\/token/ });
    // Nothing was asked of YouTube yet.
    expect(await errorOf(clientOf().captions.remove('x'))).toMatchObject({ kind: 'unavailable', status: 500, isUncertain: false });
    expect(asked(/POST \/token/) - before).toBe(1);
    world.addFault({ fault: 'drop-after-accept', match: /\/token/ });
    expect(await errorOf(clientOf().captions.remove('x'))).toMatchObject({ kind: 'unavailable', status: null, isUncertain: false });
  });

  it('that is not there is said in a sentence, and nothing is sent', async () => {
    const before = world.journal.length;
    for (const name of ['YT_CLIENT_ID', 'YT_CLIENT_SECRET', 'YT_REFRESH_TOKEN']) {
      const youtube = clientOf({ [name]: '' });
      expect(youtube.isConfigured).toBe(false);
      expect(await errorOf(youtube.channel())).toMatchObject({ kind: 'refused', message: expect.stringContaining(name) as string });
    }
    expect(clientOf().isConfigured).toBe(true);
    expect(world.journal).toHaveLength(before);
  });
});

it('reaches no other address than those it is given', async () => {
  // One of its own: connections to the other are open already.
  const own = await makeYoutube();
  try {
    const reached = await hostsReached(async () => {
      const youtube = youtubeClient(own);
      const id = await uploadVideo(youtube, 'all');
      await youtube.findUploads('x', 0);
      await youtube.updateSnippet(id, (shown) => ({ ...shown, title: 'x' }));
      await youtube.setPrivacy(id, 'public');
      const { trackId } = await youtube.captions.put(id, 'en', VTT);
      await youtube.captions.put(id, 'en', VTT);
      await youtube.captions.remove(trackId);
      await youtube.setThumbnail(id, PICTURE);
      await youtube.categories('US');
    });
    expect(reached).toEqual([new URL(own.url).host]);
    // With Google’s own address for tokens the guard of these tests stops it: nothing else would.
    const strayed = youtubeClient(own, { YT_TOKEN_URL: 'https://oauth2.googleapis.com/token' });
    expect(await errorOf(strayed.channel())).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('oauth2.googleapis.com') as string });
    expect(own.unexpected()).toEqual([]);
  } finally {
    await own.close();
  }
});
