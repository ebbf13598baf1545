import { describe, expect, it } from 'vitest';
import { DESCRIPTION_BYTES, faultOfNamedVideo, faultOfYoutubeId, hasMarker, isLockedPrivate, isSameSnippet, judgeUpload, languageTag, lengthOfTags, publishedSnippet, tagsIn, TAGS_CHARACTERS, thumbnailUrl, TITLE_CHARACTERS, uploadMarker, uploadSnippet, wantedPrivacy, watchUrl, youtubeDescription, youtubeTags, youtubeTitle, type VideoResource, type YouTubeSnippet } from '#domain/youtubeVideo.ts';

const COURSE = { slug: '18.06-linear-algebra', categoryId: '27' };
const RESOURCE: VideoResource = { title: 'Lecture 1', youtubeDescription: 'On matrices.', speakers: 'G. Strang', tags: 'matrix, linear algebra', language: 'en', locale: null };
const NOTHING = { defaultLanguage: null, defaultAudioLanguage: null };
const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

describe('a title', () => {
  it('has no brackets and at most a hundred characters, cut behind a word', () => {
    expect(youtubeTitle('  <b>Lecture</b> 1  ')).toBe('bLecture/b 1');
    expect(youtubeTitle('x'.repeat(100))).toBe('x'.repeat(100));
    expect(youtubeTitle(`${'word '.repeat(25)}end`)).toBe(`${'word '.repeat(19).trimEnd()}...`);
    expect(youtubeTitle('x'.repeat(101))).toBe(`${'x'.repeat(97)}...`);
  });

  it('is cut between words when the cut lies there, and never within a character', () => {
    expect(youtubeTitle(`On ${'x'.repeat(94)} and more`)).toBe(`On ${'x'.repeat(94)}...`);
    const faces = youtubeTitle('😀'.repeat(101));
    expect(faces).toBe(`${'😀'.repeat(97)}...`);
    expect([...youtubeTitle('ß'.repeat(150))]).toHaveLength(TITLE_CHARACTERS);
  });
});

describe('a description', () => {
  const of = (about: string | null, speakers: string | null) => youtubeDescription({ youtubeDescription: about, speakers });

  it('says who speaks below what the video is about', () => {
    expect(of(' On <i>matrices</i>. ', ' G. Strang ')).toBe('On imatrices/i.\n\nSpeakers: G. Strang');
    expect([of('Only this.', null), of('Only this.', ' '), of(null, 'G. Strang'), of('', 'G. Strang'), of(null, null)]).toEqual(['Only this.', 'Only this.', 'Speakers: G. Strang', 'Speakers: G. Strang', '']);
  });

  it('has at most five thousand bytes, which are fewer characters of most languages', () => {
    expect(of('é'.repeat(2_500), null)).toBe('é'.repeat(2_500));
    const cut = of(`${'é '.repeat(2_000)}`, null);
    expect(bytesOf(cut)).toBeLessThanOrEqual(DESCRIPTION_BYTES);
    expect(bytesOf(cut)).toBeGreaterThan(DESCRIPTION_BYTES - 8);
    expect(cut.endsWith('é...')).toBe(true);
    expect(bytesOf(of('日'.repeat(5_000), null))).toBe(3 * 1_665 + 3);
  });
});

describe('tags', () => {
  it('are single ones, whatever older uploads made of them', () => {
    expect(tagsIn('Matrix, linear  Algebra,,matrix, "vector" <space>')).toEqual(['matrix', 'linear algebra', 'vector space']);
    expect(tagsIn(['matrix,vector', 'Matrix'])).toEqual(['matrix', 'vector']);
    expect(tagsIn(null)).toEqual([]);
  });

  it('are the resource’s and the course’s, sorted', () => {
    expect(youtubeTags('matrix, algebra', '18.06')).toEqual(['18.06', 'algebra', 'matrix']);
    expect(youtubeTags('18.06', '18.06')).toEqual(['18.06']);
  });

  it('take five hundred characters together, with commas between and quotes around those with a space', () => {
    expect(lengthOfTags([])).toBe(0);
    expect(lengthOfTags(['ab', 'c d'])).toBe(2 + 1 + 5);
    const many = Array.from({ length: 200 }, (_, index) => `tag ${String(index).padStart(3, '0')}`);
    const kept = youtubeTags(many.join(','), 'zzz');
    expect(kept).toContain('zzz');
    expect(lengthOfTags(kept)).toBeLessThanOrEqual(TAGS_CHARACTERS);
    expect(lengthOfTags([...kept, 'tag 199'])).toBeGreaterThan(TAGS_CHARACTERS);
    // One that is too long keeps no other out.
    expect(youtubeTags(`${'a'.repeat(600)}, b`, 'c')).toEqual(['b', 'c']);
  });
});

it.each([
  ['en', null, 'en'],
  ['EN', '', 'en'],
  ['pt', 'br', 'pt-BR'],
  ['en', 'United States', 'en'],
  ['english', null, null],
  ['', 'BR', null],
  [null, null, null],
])('the language %s of %s is %s to YouTube', (language, locale, expected) => {
  expect(languageTag({ language, locale })).toBe(expected);
});

describe('what a video shows', () => {
  it('once its course is published is what its resource says', () => {
    expect(publishedSnippet(RESOURCE, COURSE, NOTHING)).toEqual({ title: 'Lecture 1', description: 'On matrices.\n\nSpeakers: G. Strang', tags: ['18.06-linear-algebra', 'linear algebra', 'matrix'], categoryId: '27', defaultLanguage: 'en', defaultAudioLanguage: 'en' });
  });

  it('keeps the language it has when its resource names none', () => {
    const shown = { defaultLanguage: 'fr', defaultAudioLanguage: 'de' };
    expect(publishedSnippet({ ...RESOURCE, language: null }, COURSE, shown)).toMatchObject(shown);
    expect(publishedSnippet(RESOURCE, COURSE, shown)).toMatchObject({ defaultLanguage: 'en', defaultAudioLanguage: 'en' });
  });

  it('has a title in any case: YouTube takes none without', () => {
    expect(publishedSnippet({ ...RESOURCE, title: ' <> ' }, COURSE, NOTHING).title).toBe('18.06-linear-algebra');
    expect(uploadSnippet({ fileName: 'videos/', videoFileId: 'v1', tags: null }, COURSE).title).toBe('18.06-linear-algebra');
  });

  it('from its upload on has its file’s name, and a marker it is found by', () => {
    const snippet = uploadSnippet({ fileName: 'courses/x/lec<1>.mp4', videoFileId: '0190-a', tags: 'matrix' }, COURSE);
    expect(snippet).toEqual({ title: 'lec1.mp4', description: 'ocw:0190-a', tags: ['18.06-linear-algebra', 'matrix'], categoryId: '27', ...NOTHING });
    expect(hasMarker(snippet.description, '0190-a')).toBe(true);
  });

  it('is marked by the whole marker only', () => {
    expect(hasMarker(`Before\n${uploadMarker('v1')} after`, 'v1')).toBe(true);
    for (const description of ['', 'ocw:v11', 'xocw:v1', 'v1', 'ocw: v1']) expect(hasMarker(description, 'v1')).toBe(false);
  });

  it('is the same when only the order of its tags differs', () => {
    const snippet: YouTubeSnippet = publishedSnippet(RESOURCE, COURSE, NOTHING);
    expect(isSameSnippet(snippet, { ...snippet, tags: [...snippet.tags].reverse() })).toBe(true);
    for (const change of [{ title: 'x' }, { description: 'x' }, { tags: ['x'] }, { categoryId: '28' }, { defaultLanguage: null }, { defaultAudioLanguage: 'fr' }]) expect(isSameSnippet(snippet, { ...snippet, ...change })).toBe(false);
  });
});

it('is watched, and has its picture, where YouTube keeps them', () => {
  expect(watchUrl('https://www.youtube.com/watch', 'a-b_c')).toBe('https://www.youtube.com/watch?v=a-b_c');
  expect(watchUrl('http://127.0.0.1:8452/watch?hl=en', 'x&y')).toBe('http://127.0.0.1:8452/watch?hl=en&v=x%26y');
  expect(thumbnailUrl('a-b_c')).toBe('https://img.youtube.com/vi/a-b_c/default.jpg');
});

describe('an upload', () => {
  it.each([
    ['uploaded', null, 'processing'],
    ['processed', null, 'ready'],
    ['failed', 'codec', 'failed'],
    ['rejected', 'duplicate', 'rejected'],
    ['deleted', null, 'gone'],
    ['something new', null, 'processing'],
  ])('that is %s because of %s is %s', (uploadStatus, reason, kind) => {
    expect(judgeUpload({ uploadStatus, reason }).kind).toBe(kind);
  });

  it('that YouTube does not have, or does not take, is said in a sentence', () => {
    expect(judgeUpload(null)).toMatchObject({ kind: 'gone', sentence: expect.stringContaining('YouTube does not have this video') as string });
    expect(judgeUpload({ uploadStatus: 'failed', reason: 'emptyFile' })).toMatchObject({ sentence: 'YouTube could not take the video: the file is empty.' });
    expect(judgeUpload({ uploadStatus: 'rejected', reason: 'copyright' })).toMatchObject({ sentence: 'YouTube rejected the video: it infringes a copyright.' });
    expect(judgeUpload({ uploadStatus: 'rejected', reason: null })).toMatchObject({ sentence: 'YouTube rejected the video: it does not say why.' });
    for (const reason of ['newReason', 'constructor']) expect(judgeUpload({ uploadStatus: 'failed', reason })).toMatchObject({ sentence: `YouTube could not take the video: ${reason}.` });
  });
});

it.each([
  ['live', false, true, 'public'],
  // Before readers have its page nobody sees it, and a publish that fails leaves it so.
  ['live', false, false, null],
  ['live', true, true, 'unlisted'],
  ['draft', true, true, 'unlisted'],
  ['draft', false, true, null],
  ['draft', false, false, 'unlisted'],
] as const)('after a %s publish (draft resource: %s, live deployed: %s) it is %s', (version, isResourceDraft, isLiveDeployed, expected) => {
  expect(wantedPrivacy({ version, isResourceDraft, isLiveDeployed })).toBe(expected);
});

it('a video that YouTube made private although it was to be seen is one of a project without an audit', () => {
  expect([isLockedPrivate('unlisted', 'private'), isLockedPrivate('public', 'private'), isLockedPrivate('private', 'private'), isLockedPrivate('public', 'public'), isLockedPrivate('public', 'unlisted')]).toEqual([true, true, false, false, false]);
});

describe('a video that an author named', () => {
  it.each(['dQw4w9WgXcQ', '-_-_-_-_-_-'])('by the id %s may be one', (typed) => {
    expect(faultOfYoutubeId(typed)).toBeNull();
  });

  it.each(['', 'dQw4w9WgXc', 'dQw4w9WgXcQQ', 'dQw4w9WgXc ', 'dQw4w9WgXc?', 'https://youtu.be/dQw4w9WgXcQ'])('by %j is none, and what was typed is shown', (typed) => {
    expect(faultOfYoutubeId(typed)).toContain(`‘${typed}’ is not the id`);
  });

  it('of a long text shows its beginning, with no character halved', () => {
    expect(faultOfYoutubeId('𝒳'.repeat(1_000))).toContain(`‘${'𝒳'.repeat(40)}’`);
  });

  it('may be watched unless it is not there, private, or none that YouTube could use', () => {
    const of = (given: object) => faultOfNamedVideo('dQw4w9WgXcQ', { uploadStatus: 'processed', reason: null, privacy: 'public', ...given });
    expect([of({}), of({ privacy: 'unlisted' }), of({ uploadStatus: 'uploaded' })]).toEqual([null, null, null]);
    expect([of({ privacy: 'private' }), of({ uploadStatus: 'failed', reason: 'codec' }), of({ uploadStatus: 'deleted' }), faultOfNamedVideo('dQw4w9WgXcQ', null)]).toEqual([
      expect.stringContaining('is private on YouTube'),
      expect.stringMatching(/^YouTube could not take the video: .* Name another video/),
      expect.stringContaining('YouTube does not have this video'),
      expect.stringContaining('no video with the id ‘dQw4w9WgXcQ’'),
    ]);
  });
});
