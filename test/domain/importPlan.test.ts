import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planImport } from '#domain/importPlan.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';

const uid = (digit: number): string => `${String(digit).repeat(8)}-2222-4333-8444-555555555555`;
const page = (id: string): string => `---\ncontent_type: page\ntitle: T\nuid: ${id}\n---\nBody\n`;
const plan = (files: Record<string, string | Uint8Array>, options: { name?: string; folderName?: string; config?: ReturnType<typeof makeSiteConfig> } = {}) =>
  planImport({
    siteId: 'site-1',
    files: Object.entries(files).map(([path, body]) => ({ path, bytes: typeof body === 'string' ? Buffer.from(body) : body })),
    config: options.config ?? makeSiteConfig(),
    folderName: options.folderName ?? '6.042J-spring',
    ...(options.name === undefined ? {} : { name: options.name }),
  });

describe('the plan of an import', () => {
  it('takes items and keeps everything else, whatever left it there', () => {
    const sorted = plan({
      'content/pages/a.md': page(uid(1)),
      'data/course.json': '{"course_title": "C"}',
      'README.md': '# Read me',
      'layouts/index.html': '<html>',
      'static/a.png': new Uint8Array([0x89, 0x50, 0xff, 0xfe]),
      'content/pages/none.md': 'no front matter',
      'content/resources/x.pdf': new Uint8Array([0xff]),
      '.hugo_build.lock': '',
      'static/.DS_Store': new Uint8Array([0]),
      '.github/workflows/ci.yml': 'on: push',
    });
    expect(sorted.items.map((item) => item.path)).toEqual(['content/pages/a.md', 'data/course.json']);
    expect(sorted.kept).toEqual([
      '.github/workflows/ci.yml',
      '.hugo_build.lock',
      'README.md',
      'content/pages/none.md',
      'content/resources/x.pdf',
      'layouts/index.html',
      'static/.DS_Store',
      'static/a.png',
    ]);
  });

  it('makes the relations of lists of captions again, where each file is that of one resource and listed as it would be', () => {
    const resource = (id: string, file: string, more = ''): string => `---\ncontent_type: resource\nfile: ${file}\n${more}title: T\nuid: ${id}\n---\n`;
    const video = (id: string, list: string): string => `---\ncontent_type: resource\nfile: null\ntitle: V\nuid: ${id}\nvideo_files:\n  video_captions_resources:${list}\n---\n`;
    const files = {
      'data/course.json': '{"site_url_path": "courses/c", "course_title": "C"}',
      'content/resources/a.md': resource(uid(1), '/courses/c/a.vtt', 'language: fr\n'),
      'content/resources/b.md': resource(uid(2), '/courses/c/b.vtt'),
      'content/resources/b2.md': resource(uid(3), '/courses/c/b.vtt'),
      'content/resources/v1.md': video(uid(4), '\n    - {language: fr, file: /courses/c/a.vtt}'),
      'content/resources/v2.md': video(uid(5), '\n  - file: /courses/c/a.vtt\n    language: en'),
      'content/resources/v3.md': video(uid(6), '\n  - file: /courses/c/b.vtt\n    language: en'),
      'content/resources/v4.md': video(uid(7), ' []'),
      'content/resources/v5.md': video(uid(8), '\n  - file: /courses/c/a.vtt\n    label: L\n    language: fr'),
    };
    const captionsOf = Object.fromEntries(plan(files).items.filter(({ path }) => path.includes('/v')).map(({ item, path }) => [path.slice(-5, -3), (item.metadata['video_files'] as Record<string, unknown>)['video_captions_resources']]));
    expect(captionsOf).toEqual({
      v1: { content: [uid(1)], website: 'c' },
      v2: [{ file: '/courses/c/a.vtt', language: 'en' }],
      v3: [{ file: '/courses/c/b.vtt', language: 'en' }],
      v4: [],
      v5: [{ file: '/courses/c/a.vtt', label: 'L', language: 'fr' }],
    });
  });

  it('remembers the form and git’s name of each file', () => {
    const text = page(uid(1)).replace('title: T', 'title: "T"');
    const { items } = planImport({ siteId: 'site-1', files: [{ path: 'content/pages/a.md', bytes: Buffer.from(text), blob: 'b1' }, { path: 'content/pages/b.md', bytes: Buffer.from(page(uid(2))) }], config: makeSiteConfig(), folderName: 'c' });
    expect(items).toMatchObject([{ blob: 'b1', form: { fields: { fields: [{ key: 'title', written: 'title: "T"\n', instead: 'title: T\n' }] } } }, { blob: null, form: null }]);
  });

  it('keeps a Markdown file whose bytes are no text, instead of changing them', () => {
    expect(plan({ 'content/pages/a.md': Buffer.concat([Buffer.from(page(uid(1))), Buffer.from([0xe9])]) }).kept).toEqual(['content/pages/a.md']);
  });

  it('takes the first of two files with one uid, by path, and keeps the other', () => {
    const sorted = plan({ 'content/pages/b.md': page(uid(1)), 'content/pages/a.md': page(uid(1)) });
    expect([sorted.items.map((item) => item.path), sorted.kept]).toEqual([['content/pages/a.md'], ['content/pages/b.md']]);
  });

  it('names the site by its title, its short id by the course and its address by the course', () => {
    const course = { course_title: 'Matrix Methods!', site_short_id: '18.065', site_url_path: '/courses/18-065/' };
    expect(plan({ 'data/course.json': JSON.stringify(course) }).site).toEqual({ name: 'matrix-methods', shortId: '18.065', title: 'Matrix Methods!', urlPath: 'courses/18-065' });
    expect(plan({ 'data/course.json': JSON.stringify(course) }, { name: 'mine' }).site).toMatchObject({ name: 'mine', title: 'Matrix Methods!' });
  });

  it('goes by the folder’s name when the course says nothing, and by its suggestion for the address', () => {
    expect(plan({}).site).toEqual({ name: '6-042j-spring', shortId: '6.042J-spring', title: '6.042J-spring', urlPath: 'courses/6-042j-spring' });
    expect(plan({ 'data/course.json': '{"primary_course_number":"6.042J","course_title":"Mathematics","term":"Spring"}' }).site.urlPath).toBe('courses/6-042j-mathematics-spring');
    expect(plan({ 'data/course.json': '{"course_title":"Mathematics"}' }).site.urlPath).toBe('courses/mathematics');
  });

  it('gives a site at the root no address', () => {
    expect(plan({}, { config: makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path: ""')) }).site.urlPath).toBeNull();
  });

  it.each(['{', '[]', '"text"', '7', '{"course_title": 7, "site_short_id": "  "}'])('gets on with a course.json of %j', (text) => {
    expect(plan({ 'data/course.json': text }).site).toMatchObject({ name: '6-042j-spring', shortId: '6.042J-spring' });
  });

  it('names the instructors of the course, each once', () => {
    expect(plan({ 'data/course.json': JSON.stringify({ instructors: { content: [uid(1), uid(2), uid(1)], website: 'ocw-www' } }) }).instructors).toEqual([uid(1), uid(2)]);
  });

  it('does not depend on the order of the files', () => {
    const files = { 'content/pages/b.md': page(uid(2)), 'content/pages/a.md': page(uid(1)), 'README.md': 'x', 'data/course.json': '{}' };
    expect(plan(Object.fromEntries(Object.entries(files).reverse()))).toEqual(plan(files));
  });

  it('of real courses takes every content file', (context) => {
    const corpus = corpusOrSkip(context);
    const config = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects', 'ocw-course-v2', 'ocw-studio.yaml'), 'utf8'));
    const sorted = Object.fromEntries(
      coursesOf(corpus).map((course) => {
        const { items, kept, site, instructors } = planImport({ siteId: 'site-1', files: filesBelow(join(corpus, 'courses', course)), config, folderName: course });
        return [course, { items: items.length, kept, urlPath: site.urlPath, instructors: instructors.length }];
      }),
    );
    expect(sorted).toEqual({
      '18.05-spring-2014': { items: 288, kept: ['.hugo_build.lock', 'README.md'], urlPath: 'courses/18-05-introduction-to-probability-and-statistics-spring-2014', instructors: 2 },
      '18.065-spring-2018': { items: 169, kept: ['.hugo_build.lock', 'README.md'], urlPath: 'courses/18-065-matrix-methods-in-data-analysis-signal-processing-and-machine-learning-spring-2018', instructors: 1 },
      '6.042j-spring-2015': { items: 963, kept: ['.hugo_build.lock', 'README.md'], urlPath: 'courses/6-042j-mathematics-for-computer-science-spring-2015', instructors: 2 },
      'ocw-ci-test-course': { items: 58, kept: ['README.md', 'layouts/shortcodes/readable_id_case.html'], urlPath: 'courses/ocw-ci-test-course', instructors: 3 },
    });
  });
});
