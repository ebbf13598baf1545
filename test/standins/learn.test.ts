import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLearn } from '#local/standins/learn/createLearn.mjs';
import { readCourse } from '#local/standins/learn/readCourse.mjs';
import { corpusFolder, filesBelow, noCorpus } from '../support/corpus.ts';
import { until } from '../support/until.ts';
import { buildSite } from '../theme/support/buildSite.ts';
import { serveFolder } from '../theme/support/serveFolder.ts';
import { watchJournal } from './support/watchJournal.ts';

type Course = Awaited<ReturnType<typeof readCourse>>;
interface Catalogue {
  readonly waiting: number;
  readonly courses: readonly (Course & { readonly times: number })[];
  readonly skipped: readonly { readonly urlPath: string; readonly reason: string }[];
}

/** A bucket of texts. */
const bucketOf = (objects: Map<string, string | Buffer>) => ({
  get: (key: string) => Promise.resolve(objects.has(key) ? { body: Buffer.from(objects.get(key) ?? ''), lastModified: new Date(0) } : null),
  exists: (key: string) => Promise.resolve(objects.has(key)),
  list: (prefix: string) => Promise.resolve([...objects.keys()].filter((key) => key.startsWith(prefix)).sort()),
});

const course = { primary_course_number: '1.050', course_title: 'Bridges', course_description_html: '<p>x</p>', term: 'Spring Term', year: '2024', site_uid: '2f281ace-ec93-5750-95c8-21ee4842890b', legacy_uid: '', course_image_metadata: {}, hide_download: false, instructors: [{ first_name: 'Ada', middle_initial: '', last_name: 'Lovelace' }] };
const records: Record<string, Record<string, unknown>> = {
  'courses/a/data.json': course,
  'courses/a/pages/one/data.json': { title: 'One' },
  'courses/a/pages/one/two/data.json': { title: 'Two' },
  'courses/a/resources/data.json': { title: 'Resources' },
  'courses/a/resources/notes/data.json': { title: 'Notes', resourcetype: 'Document', file: '/courses/a/notes.pdf' },
  'courses/a/resources/host/data.json': { title: 'Host', resourcetype: 'Image', file: 'https://ocw.example.edu/courses/a/a%20picture.png' },
  'courses/a/resources/old/data.json': { title: 'Old', resource_type: 'Video', transcript_file: '/courses/a/old.pdf' },
  'courses/a/resources/film/data.json': { title: 'Film', resourcetype: 'Video', file: '/courses/a/film.mp4', video_files: { video_transcript_file: '/courses/a/film.pdf' }, video_metadata: { youtube_id: 'abc' } },
};
const objectsOf = (changes: Record<string, unknown> = {}): Map<string, string> =>
  new Map([
    ...Object.entries({ ...records, ...changes }).filter(([, value]) => value !== null).map(([key, value]): [string, string] => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ...['notes.pdf', 'a picture.png', 'old.pdf', 'film.mp4', 'film.pdf'].map((file): [string, string] => [`courses/a/${file}`, 'bytes']),
  ]);
const read = (changes?: Record<string, unknown>) => readCourse(bucketOf(objectsOf(changes)), 'courses/a');

describe('the reading of a course', () => {
  it('finds the course, its pages, its files and its videos', async () => {
    const found = await read();
    expect(found).toMatchObject({ runId: '2f281aceec93575095c821ee4842890b', readableId: '1.050+spring-term_2024', title: 'Bridges', instructors: ['Ada Lovelace'], hasOffline: true, dropped: [] });
    expect(found.pages.map((page) => page.url)).toEqual(['/courses/a/pages/one/', '/courses/a/pages/one/two/']);
    expect(found.files.map(({ fileKey, isText }) => [fileKey, isText])).toEqual([['courses/a/a picture.png', false], ['courses/a/notes.pdf', true]]);
    expect(found.videos.map(({ fileKey, youtubeId }) => [fileKey, youtubeId])).toEqual([['courses/a/film.pdf', 'abc'], ['courses/a/old.pdf', null]]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a video without a transcript file', { title: 'Film', resourcetype: 'Video', file: '/courses/a/film.mp4', video_files: { video_transcript_resources: [{ file: '/courses/a/film.pdf', language: 'en' }] } }, 'the video names no transcript file'],
    ['a video with empty files', { title: 'Film', resourcetype: 'Video', video_files: null }, 'the video names no transcript file'],
    ['a resource without a file', { title: 'Film', resourcetype: 'Document', file: '' }, 'it names no file'],
    ['a file that is not there', { title: 'Film', resourcetype: 'Document', file: '/courses/a/gone.pdf' }, 'its file ‘courses/a/gone.pdf’ is not there'],
    ['a file elsewhere', { title: 'Film', resourcetype: 'Document', file: '/files/film.pdf' }, 'its file ‘/files/film.pdf’ is not below ‘courses’'],
    ['a path with courses twice', { title: 'Film', resourcetype: 'Document', file: '/x/courses/a/courses/film.pdf' }, 'its file ‘courses/a/’ is not there'],
    ['what a captioning service left', { title: '3Play caption file', resourcetype: 'Document', file: '/courses/a/film.pdf' }, '‘3Play caption file’ is left out on purpose'],
  ])('says that it drops %s', async (_what, record, reason) => {
    const found = await read({ 'courses/a/resources/film/data.json': record });
    expect(found.dropped).toEqual([{ key: 'courses/a/resources/film/data.json', reason }]);
    expect(found.videos).toHaveLength(1);
    expect(found.files).toHaveLength(2);
  });

  it('drops what is no JSON and goes on', async () => {
    const found = await read({ 'courses/a/pages/one/data.json': '{' });
    expect(found.dropped).toEqual([{ key: 'courses/a/pages/one/data.json', reason: 'courses/a/pages/one/data.json is no JSON' }]);
    expect(found.pages).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ['is not there', null, 'courses/a/data.json is not there'],
    ['is no JSON', '<html>', 'courses/a/data.json is no JSON'],
    ['is no object', '[]', 'courses/a/data.json holds no object'],
    ['lacks what is required', { ...course, course_title: undefined, primary_course_number: undefined }, 'courses/a/data.json lacks primary_course_number, course_title'],
    ['has no uid', { ...course, site_uid: '' }, 'courses/a/data.json has neither legacy_uid nor site_uid'],
    ['has no object as image', { ...course, course_image_metadata: null }, 'the course_image_metadata of courses/a/data.json is no object'],
  ])('skips a course whose data.json %s', async (_what, data, message) => {
    await expect(read({ 'courses/a/data.json': data })).rejects.toThrow(message);
  });
});

describe('the catalogue', () => {
  const objects = objectsOf();
  const learn = createLearn({ webhookKey: 'good', bucket: bucketOf(objects) });
  const watch = watchJournal(() => base);
  let base = '';
  beforeAll(async () => {
    base = await learn.listen();
  });
  afterAll(() => learn.close());
  beforeEach(() => {
    objects.clear();
    for (const [key, body] of objectsOf()) objects.set(key, body);
  });

  const tell = (notice: Record<string, unknown>) => fetch(`${base}/api/v1/ocw_next_webhook/`, { method: 'POST', body: JSON.stringify({ webhook_key: 'good', version: 'live', ...notice }) });
  const catalogue = (isIt: (found: Catalogue) => boolean): Promise<Catalogue> =>
    until('the catalogue has read', async () => {
      const found = (await (await fetch(`${base}/_courses`)).json()) as Catalogue;
      return found.waiting === 0 && isIt(found) ? found : undefined;
    });

  it('reads what it is told of, skips what cannot be read, and forgets what is unpublished', async () => {
    expect((await tell({ prefixes: 'courses/a/, courses/none/' })).status).toBe(200);
    const found = await catalogue((state) => state.skipped.length > 0);
    expect(found.courses).toMatchObject([{ urlPath: 'courses/a', times: 1 }]);
    expect(found.courses[0]?.pages).toHaveLength(2);
    expect(found.skipped).toMatchObject([{ urlPath: 'courses/none', reason: 'courses/none/data.json is not there' }]);
    const page = await (await fetch(`${base}/_state`)).text();
    expect(page).toContain('<td>2 pages</td><td>2 files</td><td>2 videos</td>');
    expect((await tell({ site_uid: 'another', unpublished: true })).status).toBe(200);
    expect((await tell({ site_uid: '2f281aceec93575095c821ee4842890b', unpublished: true })).status).toBe(200);
    await catalogue((state) => state.courses.length === 0);
  });

  it('keeps what it knew when nothing can be read any more', async () => {
    await tell({ prefix: 'courses/a/' });
    await catalogue((state) => state.courses[0]?.times === 1);
    for (const key of [...objects.keys()]) if (key !== 'courses/a/data.json') objects.delete(key);
    await tell({ prefix: 'courses/a/' });
    const found = await catalogue((state) => state.courses[0]?.times === 2);
    expect(found.courses[0]?.pages).toHaveLength(2);
  });

  it.each<[string, string, RequestInit, { status: number; says: RegExp }]>([
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method): [string, string, RequestInit, { status: number; says: RegExp }] => [method, '/api/v1/ocw_next_webhook/', { method }, { status: 405, says: /not allowed/ }]),
    ['no slash at the end', '/api/v1/ocw_next_webhook', { method: 'POST', body: '{}' }, { status: 404, says: /Not found/ }],
    ['another version', '/api/v2/ocw_next_webhook/', { method: 'POST', body: '{}' }, { status: 404, says: /Not found/ }],
    ['another webhook', '/api/v1/ocw_webhook/', { method: 'POST', body: '{}' }, { status: 404, says: /Not found/ }],
    ['no JSON', '/api/v1/ocw_next_webhook/', { method: 'POST', body: 'prefix=courses/a/' }, { status: 500, says: /server error/ }],
    ['an empty body', '/api/v1/ocw_next_webhook/', { method: 'POST' }, { status: 500, says: /server error/ }],
  ])('refuses %s', async (_what, path, init, expected) => {
    await watch.provoke(path, init, expected);
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});

/** What each real course holds, given every file it names. */
const real: Record<string, { readonly pages: number; readonly files: number; readonly videos: number }> = {
  '18.065-spring-2018': { pages: 8, files: 12, videos: 36 },
};
const corpus = corpusFolder();

describe.skipIf(corpus === null)(`real courses${corpus === null ? ` (skipped: ${noCorpus})` : ''}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-learn-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.entries(real))('%s is found whole, and loses what has no file', async (name, counts) => {
    const server = await serveFolder(corpus ?? '');
    const destination = join(folder, name);
    await buildSite({ content: join(corpus ?? '', 'courses', name), starter: 'ocw-course-v2', baseUrl: `/courses/${name}`, destination, staticApiUrl: server.url, projectsDir: join(corpus ?? '', 'ocw-hugo-projects') });
    await server.close();
    const objects = new Map<string, string | Buffer>(filesBelow(destination).map(({ path, bytes }) => [`courses/${name}/${path}`, bytes]));
    const bare = await readCourse(bucketOf(objects), `courses/${name}`);
    expect(bare.pages).toHaveLength(counts.pages);
    expect(bare.dropped.length).toBeGreaterThan(counts.videos);
    for (const { reason } of bare.dropped) {
      const missing = /^its file ‘(.+)’ is not there$/.exec(reason)?.[1];
      if (missing !== undefined) objects.set(missing, 'stub');
    }
    const whole = await readCourse(bucketOf(objects), `courses/${name}`);
    expect({ pages: whole.pages.length, files: whole.files.length, videos: whole.videos.length }).toEqual(counts);
    // What a captioning service left behind is all that is lost.
    expect(whole.dropped.filter(({ reason }) => !/^‘3play (?:pdf|caption) file’ is left out on purpose$/.test(reason))).toEqual([]);
  });
});
