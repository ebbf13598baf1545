import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readContentFile, type SiteContext, writeContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { planImport } from '#domain/importPlan.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { rememberForm } from '#domain/writtenForm.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';

const config = makeSiteConfig();
const uid = '11111111-2222-4333-8444-555555555555';
const siteOf = (items: readonly ContentItem[] = []): SiteContext => ({ siteId: 'site-1', name: 'my-course', shortId: 'my.1', urlPath: 'courses/my-1', itemOf: (id) => items.find((item) => item.textId === id) });

function read(path: string, text: string): ContentItem {
  const result = readContentFile({ path, text, config, site: siteOf() });
  if (result.kind === 'kept') throw new Error(`kept: ${result.reason}`);
  return result.item;
}
function reasonOf(path: string, text: string): string {
  const result = readContentFile({ path, text, config, site: siteOf() });
  if (result.kind === 'item') throw new Error('it is an item');
  return result.reason;
}

const text = `---\ncontent_type: page\nextra:\n  deep: [1]\ntitle: Syllabus\nuid: ${uid}\n---\nBody.\n---\nMore.\n`;

describe('a Markdown file', () => {
  it('is an item with its fields, unknown ones included', () => {
    expect(read('content/pages/syllabus.md', text)).toEqual(makeContentItem({ metadata: { extra: { deep: [1] } }, markdown: 'Body.\n---\nMore.\n' }));
  });

  it('is written as PyYAML would, sorted, with the body as it is', () => {
    const item = makeContentItem({ title: 'É', metadata: { z: 1, a: '7' }, markdown: 'No line end' });
    expect(writeContentFile(item, config, siteOf())).toEqual({ path: 'content/pages/syllabus.md', text: `---\na: '7'\ncontent_type: page\ntitle: "\\xC9"\nuid: ${uid}\nz: 1\n---\nNo line end` });
  });

  it('may lie in a folder below its kind’s, and at the top of the content', () => {
    expect(read('content/pages/a/b/_index.md', text)).toMatchObject({ dirpath: 'content/pages/a/b', filename: '_index' });
    expect(read('content/_index.md', text)).toMatchObject({ dirpath: 'content', filename: '_index' });
    expect(writeContentFile(makeContentItem({ dirpath: 'content', filename: '_index' }), config, siteOf()).path).toBe('content/_index.md');
  });

  it('takes the older name of a kind, and the older key for it', () => {
    expect(read('content/pages/a.md', text.replace('content_type: page', 'type: pages')).type).toBe('page');
  });

  it('has a title even where YAML reads a number or a truth value', () => {
    expect(read('content/pages/a.md', text.replace('title: Syllabus', 'title: 2018')).title).toBe('2018');
    expect(read('content/pages/a.md', text.replace('title: Syllabus', 'title: Yes')).title).toBe('true');
    expect(read('content/pages/a.md', text.replace('title: Syllabus\n', '')).title).toBeNull();
  });

  it.each([
    ['content/pages/a.md', 'no front matter', 'it has no front matter'],
    ['content/pages/a.md', '---\na: [\n---\n', /^its front matter is not YAML: Flow sequence/],
    ['content/pages/a.md', '---\n- a\n---\n', 'its front matter is no list of keys'],
    ['content/pages/a.md', '---\n---\n', 'its front matter is no list of keys'],
    ['content/pages/a.md', '---\nuid: x\n---\n', 'it names no content_type'],
    ['content/pages/a.md', '---\nuid: x\ncontent_type: 7\n---\n', 'it names no content_type'],
    ['content/pages/a.md', '---\nuid: x\ncontent_type: video\n---\n', 'the starter has no content type ‘video’'],
    ['content/pages/a.md', '---\nuid: x\ncontent_type: sitemetadata\n---\n', 'the starter has no content type ‘sitemetadata’'],
    ['content/pages/a.md', '---\ncontent_type: page\n---\n', 'it has no uid'],
    ['content/pages/a.md', "---\ncontent_type: page\nuid: ''\n---\n", 'it has no uid'],
    ['content/pages/a.html', text, 'outside of the content model'],
    ['contents/pages/a.md', text, 'outside of the content model'],
    ['README.md', text, 'outside of the content model'],
    ['layouts/a.md', text, 'outside of the content model'],
  ])('%s with %j stays as it is and says why', (path, content, reason) => {
    expect(reasonOf(path, content)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });
});

describe('keys of front matter', () => {
  it('that only name the kind do not enter the metadata, and all others do', () => {
    const text = `---\n_build:\n  render: never\ncontent_type: page\nlayout: x\ntitle: T\ntype: other\nuid: ${uid}\n---\n`;
    const item = read('content/pages/a.md', text);
    expect(item).toMatchObject({ type: 'page', metadata: { _build: { render: 'never' }, layout: 'x', type: 'other' } });
    expect(item.metadata).not.toHaveProperty('content_type');
    expect(writeContentFile(item, config, siteOf()).text).toBe(text);
  });

  it('of a link to elsewhere lose what the studio writes into each of them', () => {
    const item = makeContentItem({ type: 'external-resource', dirpath: 'content/external-resources', metadata: { external_url: 'https://example.edu' } });
    const { path, text } = writeContentFile(item, config, siteOf());
    expect(read(path, text)).toEqual(item);
  });

  it.each(['title: "a\\0b"', 'deep: [{a: "\\uD800"}]', '"k\\0": 1'])('with %s stay in the repository, for the database cannot hold them', (line) => {
    expect(reasonOf('content/pages/a.md', `---\ncontent_type: page\n${line}\nuid: ${uid}\n---\n`)).toMatch(/^it holds a character that the database cannot/);
    expect(reasonOf('data/course.json', '{"a": ["\\u0000"]}')).toMatch(/^it holds a character that the database cannot/);
  });
});

describe('whatever an author writes', () => {
  const titles = ['C++', '(', 'a [b', "it's", '"quoted"', '\\', '#1', '- a', '? a', 'a: b', '*', '&x', '!', '%', '@', '`', '{', 'yes', 'null', '7', '1:30', '2020-01-01', '', ' ', ' edge ', '😀', 'שלום עולם', 'مرحبا', '日本語の題名', '线性代数', 'é\u0301', 'a\u2028b', 'two\nlines', 'tab\t', 'x'.repeat(126), `${'word '.repeat(40)}end`, '漢'.repeat(130)];
  const bodies = ['', '---', '---\n', 'a\n---\nb\n---\n', '\n---\n', 'a\r\nb\r\n', '\r\n', '\n\n', '  indented', '\uFEFFmark', 'no end', '{{< resource_link "x" "y" >}}', '😀 שלום 日本'];

  it.each(titles)('as a title is read back from its file: %j', (title) => {
    for (const markdown of bodies) {
      const item = makeContentItem({ title, markdown, metadata: { [title]: title, list: [title, { deep: title }] } });
      const { path, text } = writeContentFile(item, config, siteOf());
      expect(read(path, text)).toEqual(item);
      expect(rememberForm({ path, text, item, config, site: siteOf() })).toBeNull();
    }
  });

  it.each(titles)('is read back from JSON and YAML data: %j', (title) => {
    const metadata = { [`k${title}`]: title, list: [[title], { [`k${title}`]: title }] };
    for (const [type, dirpath, filename] of [['sitemetadata', 'data', 'course'], ['navmenu', 'config/_default', 'menus']] as const) {
      const item = makeContentItem({ textId: type, type, title, dirpath, filename, isPageContent: false, markdown: null, metadata: type === 'navmenu' ? { ...metadata, leftnav: [{ identifier: title, name: title, url: title }] } : metadata });
      const { path, text } = writeContentFile(item, config, siteOf());
      expect(read(path, text)).toEqual(item);
    }
  });

  it('may lie in a file whose name has a dot, and in a content folder of another name', () => {
    expect(read('content/pages/a.b.md', text)).toMatchObject({ filename: 'a.b' });
    const elsewhere = makeSiteConfig((given) => `content-dir: texts\n${given.replaceAll('folder: content/', 'folder: texts/')}`);
    const site = siteOf([makeContentItem({ dirpath: 'texts/pages', filename: 'a.b' })]);
    const page = readContentFile({ path: 'texts/pages/a.b.md', text, config: elsewhere, site });
    expect(page).toMatchObject({ kind: 'item', item: { dirpath: 'texts/pages', filename: 'a.b' } });
    const menu = makeContentItem({ textId: 'navmenu', type: 'navmenu', title: null, isPageContent: false, markdown: null, metadata: { leftnav: [{ identifier: uid, name: 'A' }] } });
    expect(writeContentFile(menu, elsewhere, site).text).toContain('  pageRef: /pages/a.b\n');
  });
});

describe('an item with a file', () => {
  const withFile = (file: string): ContentItem => read('content/resources/a.md', `---\ncontent_type: resource\nfile: ${file}\nuid: ${uid}\n---\n`);
  const resource = (file: string | null): ContentItem => makeContentItem({ type: 'resource', dirpath: 'content/resources', filename: 'a', file });

  it('names the published address in its file, and the place in the storage here', () => {
    expect(withFile('/courses/my-1/a.pdf').file).toBe('courses/my-course/a.pdf');
    expect(writeContentFile(resource('courses/my-course/a.pdf'), config, siteOf()).text).toContain('\nfile: /courses/my-1/a.pdf\n');
  });

  it('takes the bucket’s own address, which older files carry', () => {
    expect(withFile('https://open-learning-course-data.s3.example/courses/older-name/a%20b.pdf').file).toBe('courses/my-course/a b.pdf');
  });

  it('encodes what a URL cannot hold, and reads a stray percent sign as itself', () => {
    expect(writeContentFile(resource('courses/my-course/a b#1.pdf'), config, siteOf()).text).toContain('\nfile: /courses/my-1/a%20b%231.pdf\n');
    expect(withFile('/courses/my-1/100%.pdf').file).toBe('courses/my-course/100%.pdf');
  });

  it('keeps a file of another place, and writes null for none', () => {
    expect(withFile('/elsewhere/a.pdf').file).toBe('elsewhere/a.pdf');
    expect(writeContentFile(resource('elsewhere/a.pdf'), config, siteOf()).text).toContain('\nfile: /elsewhere/a.pdf\n');
    expect(withFile("''").file).toBeNull();
    expect(writeContentFile(resource(null), config, siteOf()).text).toContain('\nfile: null\n');
  });

  it('does not keep its address among its other fields', () => {
    expect(withFile('/courses/my-1/a.pdf').metadata).toEqual({});
  });

  it('writes relations to captions as the list of their files, and leaves a list that is one', () => {
    const captions = makeContentItem({ textId: 'c1', type: 'resource', file: 'courses/my-course/c.vtt', metadata: { language: 'fr', locale: 'fr-CA' } });
    const plain = makeContentItem({ textId: 'c2', type: 'resource', file: 'courses/my-course/d.vtt' });
    const video = makeContentItem({
      type: 'resource',
      metadata: { video_files: { video_captions_resources: { content: ['c1', 'c2', 'gone'], website: 'x' }, video_transcript_resources: [{ file: '/t.pdf' }], other: 1 } },
    });
    expect(writeContentFile(video, config, siteOf([captions, plain])).text).toContain(
      'video_files:\n  other: 1\n  video_captions_resources:\n  - file: /courses/my-1/c.vtt\n    language: fr\n    locale: fr-CA\n  - file: /courses/my-1/d.vtt\n    language: en\n  video_transcript_resources:\n  - file: /t.pdf\n',
    );
  });
});

it('an external resource is listed by Hugo and gets no page of its own', () => {
  const item = makeContentItem({ type: 'external-resource', dirpath: 'content/external-resources', metadata: { external_url: 'https://example.edu' } });
  expect(writeContentFile(item, config, siteOf()).text).toContain('_build:\n  list: true\n  render: false\n');
});

describe('a data file', () => {
  const metadata = { course_title: 'É', b: [{ zz: 1, a: 2 }] };
  const course = makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', title: 'T', dirpath: 'data', filename: 'course', isPageContent: false, metadata, markdown: null });

  it('in JSON is written in the order of the stored keys, in ASCII, with the site’s names behind them', () => {
    expect(writeContentFile(course, config, siteOf())).toEqual({
      path: 'data/course.json',
      text: '{\n  "b": [\n    {\n      "a": 2,\n      "zz": 1\n    }\n  ],\n  "course_title": "\\u00c9",\n  "site_uid": "site-1",\n  "site_short_id": "my.1",\n  "site_url_path": "courses/my-1",\n  "title": "T"\n}',
    });
  });

  it('in JSON is read without what the site adds', () => {
    expect(read('data/course.json', writeContentFile(course, config, siteOf()).text)).toEqual(course);
  });

  it('in YAML carries a menu, with the addresses of now', () => {
    const page = makeContentItem({ filename: 'moved' });
    const menu = makeContentItem({ textId: 'navmenu', type: 'navmenu', title: null, dirpath: 'config/_default', filename: 'menus', isPageContent: false, markdown: null, metadata: { leftnav: [{ identifier: uid, name: 'A', weight: 10 }] } });
    const written = writeContentFile(menu, config, siteOf([page]));
    expect(written).toEqual({ path: 'config/_default/menus.yaml', text: `leftnav:\n- identifier: ${uid}\n  name: A\n  pageRef: /pages/moved\n  weight: 10\n` });
    expect(read(written.path, written.text)).toEqual(menu);
  });

  it.each([
    ['data/course.json', '{"a":', /^it cannot be read: /],
    ['data/course.json', '[1]', 'it is no list of keys'],
    ['config/_default/menus.yaml', 'leftnav: [', /^it cannot be read: .+ line 1/],
    ['config/_default/menus.yaml', '', 'it is no list of keys'],
  ])('%s with %j stays as it is and says why', (path, text, reason) => {
    expect(reasonOf(path, text)).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  });

  it('keeps a title that is a number as a text, and keys of the site where they are its own', () => {
    const item = read('config/_default/menus.yaml', 'title: 7\nsite_uid: mine\nleftnav: []\n');
    expect(item).toMatchObject({ title: '7', metadata: { site_uid: 'mine' } });
  });

  it('of a kind the starter lost has no place', () => {
    expect(() => writeContentFile({ ...course, textId: 'old', type: 'old' }, config, siteOf())).toThrow('The starter has no place for the item ‘old’ of type ‘old’');
  });
});

describe('real courses', () => {
  it('are written where they were read, and come out the same however often they are read and written', (context) => {
    const corpus = corpusOrSkip(context);
    const real = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects', 'ocw-course-v2', 'ocw-studio.yaml'), 'utf8'));
    let count = 0;
    for (const course of coursesOf(corpus)) {
      const { items, site } = planImport({ siteId: 'site-1', files: filesBelow(join(corpus, 'courses', course)), config: real, folderName: course });
      const contextOf = (all: readonly ContentItem[]): SiteContext => {
        const byId = new Map(all.map((item) => [item.textId, item]));
        return { siteId: 'site-1', ...site, itemOf: (id) => byId.get(id) };
      };
      const first = contextOf(items.map(({ item }) => item));
      const written = items.map(({ item, path }) => {
        const file = writeContentFile(item, real, first);
        expect(file.path).toBe(path);
        return file;
      });
      const again = written.map((file) => {
        const result = readContentFile({ ...file, config: real, site: first });
        if (result.kind === 'kept') throw new Error(`${file.path}: ${result.reason}`);
        return result.item;
      });
      const second = contextOf(again);
      again.forEach((item, index) => expect(writeContentFile(item, real, second)).toEqual(written[index]));
      count += items.length;
    }
    expect(count).toBe(1478);
  });
});
