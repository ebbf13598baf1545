import { describe, expect, it, test } from 'vitest';
import { percentOf } from '../../web/src/lib/numbers.ts';
import { captionsSentence, limitsSentence, priceWords, spentSentence, stepsOf, videoName, videoStateWords } from '../../web/src/words/videoWords.ts';
import { bucketNote, bucketSentence, stopsOf } from '../../web/src/words/youtubeWords.ts';

const quota = { code: 'YoutubeQuota', message: 'Its 100 new videos are used.', until: '2026-11-02T08:00:00.000Z' };
const failed = { code: 'YoutubeFailed', message: 'YouTube could not make anything of it.', until: null };

describe('the steps of a video', () => {
  const drawn = (video: Parameters<typeof stepsOf>[0]): string[] => stepsOf(video).map(({ title, word, isCurrent }) => `${title}: ${word}${isCurrent ? ' (here)' : ''}`);

  it.each([
    [{ phase: 'transcode', state: 'working', waits: null }, ['Transcode: At work (here)', 'Place the download: To come', 'Upload to YouTube: To come', 'Let YouTube process it: To come', 'Captions: To come', 'Finish: To come']],
    [{ phase: 'upload', state: 'working', waits: quota }, ['Transcode: Done', 'Place the download: Done', 'Upload to YouTube: Waits (here)', 'Let YouTube process it: To come', 'Captions: To come', 'Finish: To come']],
    [{ phase: 'process', state: 'waiting', waits: failed }, ['Transcode: Done', 'Place the download: Done', 'Upload to YouTube: Done', 'Let YouTube process it: Waits for a person (here)', 'Captions: To come', 'Finish: To come']],
    [{ phase: 'download', state: 'ended', waits: failed }, ['Transcode: Done', 'Place the download: Ended (here)', 'Upload to YouTube: To come', 'Let YouTube process it: To come', 'Captions: To come', 'Finish: To come']],
    [{ phase: 'done', state: 'done', waits: null }, ['Transcode: Done', 'Place the download: Done', 'Upload to YouTube: Done', 'Let YouTube process it: Done', 'Captions: Done', 'Finish: Done']],
  ] as const)('of %j say how each stands', (video, steps) => {
    expect(drawn({ source: 'drive', ...video })).toEqual(steps);
  });

  it('are none where it was on YouTube before', () => {
    expect(drawn({ source: 'youtube', phase: 'done', state: 'done', waits: null })).toEqual([]);
  });
});

test.each([
  [{ state: 'working', waits: null }, 'running', 'At work'],
  [{ state: 'working', waits: quota }, 'waiting', 'Waits'],
  [{ state: 'waiting', waits: failed }, 'waiting', 'Waits for a person'],
  [{ state: 'done', waits: null }, 'done', 'Done'],
  [{ state: 'ended', waits: failed }, 'neutral', 'Ended'],
] as const)('%j is said and drawn', (video, tone, word) => {
  expect(videoStateWords(video)).toMatchObject({ tone, word });
});

test('a video is called by the best name there is', () => {
  expect(videoName({ item: { textId: 'x', title: 'Lecture 1' }, fileName: 'l1.mp4', youtubeId: 'abc' })).toBe('Lecture 1');
  expect(videoName({ item: { textId: 'x', title: null }, fileName: 'l1.mp4', youtubeId: 'abc' })).toBe('x');
  expect(videoName({ item: null, fileName: 'l1.mp4', youtubeId: 'abc' })).toBe('l1.mp4');
  expect(videoName({ item: null, youtubeId: 'abc' })).toBe('abc');
  expect(videoName({ item: null, fileName: null, youtubeId: null })).toBe('A video without a name');
});

describe('captions', () => {
  const order = { id: 'o', attempt: 1, state: 'waiting', priceCents: 7_250, reason: null, orderedAt: null } as const;

  it('are named by language and who made them; a transcript is none', () => {
    const track = { id: 't', item: null, url: '/t' } as const;
    const tracks = [{ ...track, kind: 'captions', language: 'en', source: 'threePlay' }, { ...track, kind: 'captions', language: 'pt-BR', source: 'drive' }, { ...track, kind: 'transcript', language: 'fr', source: 'drive' }] as const;
    expect(captionsSentence({ tracks: [...tracks], costCents: 7_250, order: { ...order, state: 'complete' } })).toBe('Captions: English (3Play Media), Portuguese (Brazil) (Google Drive), for $72.50');
  });

  it.each([
    [{ costCents: null, order: null }, 'No captions yet'],
    [{ costCents: 7_250, order: { ...order, state: 'ordered' } }, 'No captions yet, for $72.50'],
    [{ costCents: null, order }, 'No captions yet, about $72.50'],
    [{ costCents: null, order: { ...order, priceCents: null } }, 'No captions yet, price not known'],
    [{ costCents: null, order: { ...order, state: 'refused' } }, 'No captions yet'],
  ] as const)('of %j cost what is set aside, or would', (video, words) => {
    expect(captionsSentence({ tracks: [], ...video })).toBe(words);
  });

  it('are paid within limits that are told', () => {
    const limits = { dayCents: 20_000, siteCents: 10_000, approvalAboveCents: 5_000 };
    expect(priceWords(123_450)).toBe('about $1,234.50');
    expect(spentSentence({ spentTodayCents: 12_050, limits })).toBe('$120.50 of $200.00 (60 %).');
    expect(limitsSentence(limits)).toBe('$200.00 a day for all sites, $100.00 for one. An order above $50.00 waits for a person in any case.');
    expect(limitsSentence({ ...limits, siteCents: 0 })).toBe('Nothing is ordered before a person has approved it.');
  });
});

describe('YouTube’s quota', () => {
  const bucket = { bucket: 'units', day: '2026-11-01', spent: 8_000, limit: 10_000, waiting: 0, until: null, reason: null } as const;
  const lost = { code: 'YoutubeConsentLost', message: 'Google does not take the consent any more.' };

  it.each([
    [{}, '8,000 of 10,000 used (80 %).'],
    [{ waiting: 1 }, '8,000 of 10,000 used (80 %), 1 request waits.'],
    [{ spent: 10_050, waiting: 12 }, '10,050 of 10,000 used (100 %), 12 requests wait.'],
  ])('with %j is told with who waits', (change, sentence) => {
    expect(bucketSentence({ ...bucket, ...change })).toBe(sentence);
  });

  it('says of a bucket only what is its own, and of a stop once what to do', () => {
    expect(bucketNote(bucket)).toBeUndefined();
    expect(bucketNote({ reason: { code: 'YoutubeQuota', message: 'Used.' } })).toBe('Used.');
    expect(bucketNote({ reason: lost })).toBeUndefined();
    expect(stopsOf([bucket, { ...bucket, reason: { code: 'YoutubeQuota', message: 'Used.' } }])).toEqual([]);
    const stops = stopsOf([{ ...bucket, reason: lost, until: '2026-11-01T12:00:00.000Z' }, { ...bucket, bucket: 'inserts', reason: lost, until: '2026-11-01T12:00:00.000Z' }, { ...bucket, bucket: 'uploads', reason: { code: 'YoutubeLockedPrivate', message: 'Locked.' } }]);
    expect(stops.map(({ message }) => message)).toEqual([lost.message, 'Locked.']);
    expect(stops.map(({ until }) => until)).toEqual(['2026-11-01T12:00:00.000Z', null]);
    expect(stops.map(({ mend }) => mend)).toEqual([expect.stringContaining('Give the consent again'), expect.stringContaining('audit the project')]);
  });
});

test.each([
  [0, 0, 0],
  [1, 3, 33],
  [999, 1_000, 99],
  [1_000, 1_000, 100],
  [5, 1, 100],
])('%d of %d is %d %%', (part, whole, percent) => {
  expect(percentOf(part, whole)).toBe(percent);
});
