import { v7 as uuidv7 } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError } from '#api/apiError.ts';
import type { CaptionOrder } from '#api/contracts/captions.ts';
import type { Video } from '#api/contracts/videos.ts';
import { site } from './support/answers.ts';
import { failure, runStudio } from './support/runStudio.ts';
import { type StartedApi, startApi } from './support/startApi.ts';

const AT = '2026-03-01T14:05:00.000Z';
const ORDER = uuidv7();
const video = (given: Partial<Video> = {}): Video => ({
  id: uuidv7(),
  source: 'drive',
  site: { name: 'algebra', title: 'Algebra' },
  item: { textId: uuidv7(), title: 'Lecture 1' },
  fileName: 'lecture-1.mp4',
  phase: 'done',
  state: 'done',
  youtubeId: 'yt-1',
  youtubeUrl: 'https://www.youtube.com/watch?v=yt-1',
  youtubeStatus: 'processed',
  privacy: 'public',
  durationMs: 60_000,
  tracks: [],
  order: null,
  costCents: null,
  waits: null,
  download: null,
  runId: null,
  updatedAt: AT,
  can: { retry: false, decideOrder: false },
  ...given,
});
const track = (kind: 'captions' | 'transcript', language: string): Video['tracks'][number] => ({ id: uuidv7(), kind, language, source: 'drive', item: null, url: '/x' });

let api: StartedApi;
afterEach(() => api.stop());

describe('studio videos', () => {
  const list = async (videos: readonly Video[]): Promise<void> => {
    // One a page, so that the next has to be asked for.
    const page = (chosen: readonly Video[], offset: number) => ({ total: chosen.length, videos: chosen.slice(offset, offset + 1) });
    api = await startApi({
      'GET /api/v1/sites/:site/videos': async ({ query }) => ({
        ...page(videos.filter(({ state }) => query.state === undefined || state === query.state), query.offset),
        counts: { working: 0, waiting: 0, done: 0, ended: 0 },
        publishesCaptions: false,
        can: { publishCaptions: true },
      }),
      'GET /api/v1/videos': async ({ query }) => page(videos.filter(({ state }) => state === 'waiting'), query.offset),
    });
  };
  const done = video({ tracks: [track('captions', 'de'), track('captions', 'en'), track('transcript', 'fr')], costCents: 12_050 });
  const working = video({ fileName: null, phase: 'upload', state: 'working', youtubeId: null, youtubeUrl: null, privacy: null, waits: { code: 'QuotaSpent', message: 'Today’s videos are spent.', until: AT } });
  const waiting = video({ fileName: null, item: null, phase: 'captions', state: 'waiting', privacy: null, waits: { code: 'Expensive', message: 'It costs much.', until: null }, order: { id: ORDER, attempt: 1, state: 'waiting', priceCents: 90_000, reason: null, orderedAt: null } });
  const ended = video({ phase: 'transcode', state: 'ended', youtubeId: null, waits: { code: 'Superseded', message: 'The file was changed.', until: null } });

  it('lists each video of a site with its step, id, captions, cost and what it waits for', async () => {
    await list([done, working, waiting, ended]);
    expect(await runStudio(api.url, ['videos', 'algebra'])).toEqual({
      code: 0,
      err: '',
      out: [
        `${done.id}  lecture-1.mp4  done  YouTube yt-1 (public)  captions de, en  $120.50`,
        `${working.id}  Lecture 1  Upload to YouTube  not on YouTube  no captions`,
        '    Today’s videos are spent. It goes on by itself 2026-03-01 14:05 UTC.',
        `${waiting.id}  without a name  Captions: waits for a person  YouTube yt-1  no captions`,
        '    It costs much.',
        `    Order ${ORDER}, $900.00: \`npm run studio -- captions approve ${ORDER}\`, or refuse.`,
        `${ended.id}  lecture-1.mp4  Transcode: ended  not on YouTube  no captions`,
        '    The file was changed.',
        '4 videos of ‘algebra’.',
        '',
      ].join('\n'),
    });
    expect(JSON.parse((await runStudio(api.url, ['videos', 'algebra', '--json'])).out)).toEqual({ videos: [done, working, waiting, ended] });
  });

  it('lists those that wait for a person, of one site or of all', async () => {
    await list([done, waiting]);
    expect((await runStudio(api.url, ['videos', 'algebra', '--waiting'])).out).toMatch(new RegExp(`^${waiting.id}  without a name .*\n.*\n.*\n1 video of ‘algebra’ waits for a person\\.\n$`));
    expect((await runStudio(api.url, ['videos', '--waiting'])).out).toMatch(new RegExp(`^${waiting.id}  algebra  without a name .*\n.*\n.*\n1 video waits for a person\\.\n$`));
    expect(JSON.parse((await runStudio(api.url, ['videos', '--waiting', '--json'])).out)).toEqual({ videos: [waiting] });
    expect(await runStudio(api.url, ['videos'])).toEqual(failure('Name a site, or ask with --waiting for those of all sites that wait for a person.'));
  });

  it('knows which site was meant', async () => {
    api = await startApi({
      'GET /api/v1/sites/:site/videos': async () => {
        throw new ApiError('notFound', 'There is no site named ‘x’.');
      },
      'GET /api/v1/sites': async () => ({ total: 1, sites: [site({ name: 'xy' })] }),
    });
    expect(await runStudio(api.url, ['videos', 'x'])).toEqual(failure('There is no site named ‘x’. Did you mean ‘xy’?'));
  });

  it('retry lets a video go on', async () => {
    api = await startApi({ 'POST /api/v1/videos/:video/retry': async ({ params }) => ({ video: params.video }) });
    const id = uuidv7();
    expect(await runStudio(api.url, ['videos', 'retry', id])).toMatchObject({ code: 0, out: expect.stringContaining('Asked for it.') as string });
    expect(JSON.parse((await runStudio(api.url, ['videos', 'retry', id, '--json'])).out)).toEqual({ video: id });
  });
});

describe('studio captions', () => {
  const order = (given: Partial<CaptionOrder>): CaptionOrder => ({ id: ORDER, video: uuidv7(), site: { name: 'algebra', title: 'Algebra' }, item: { textId: uuidv7(), title: 'Lecture 1' }, youtubeId: 'yt-1', attempt: 1, state: 'intended', priceCents: 90_000, reason: null, approvedBy: null, orderedAt: AT, createdAt: AT, can: { decide: false }, ...given });

  it('approves an order and refuses one', async () => {
    api = await startApi({
      'POST /api/v1/caption-orders/:order/approve': async ({ params }) => order({ id: params.order }),
      'POST /api/v1/caption-orders/:order/refuse': async ({ params }) => order({ id: params.order, state: 'refused', item: null, priceCents: null }),
    });
    expect(await runStudio(api.url, ['captions', 'approve', ORDER])).toEqual({ code: 0, err: '', out: 'It is placed within a minute: captions of ‘Lecture 1’ (algebra), $900.00.\n' });
    expect(await runStudio(api.url, ['captions', 'refuse', ORDER])).toEqual({ code: 0, err: '', out: 'It is not placed: captions of ‘yt-1’ (algebra), its price is not known.\n' });
    expect(JSON.parse((await runStudio(api.url, ['captions', 'refuse', ORDER, '--json'])).out)).toMatchObject({ id: ORDER, state: 'refused' });
  });
});
