import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hugoShortcodes, preflightFindings, shortcodeName, singletonFiles, themesOfHugoConfig, type TreeFile } from '#domain/preflight.ts';
import { contentDirOf, parseSiteConfig, type SiteConfig } from '#domain/siteConfig.ts';
import { ROOT } from '#local/setup.mjs';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { corpusOrSkip, filesBelow } from '#test/support/corpus.ts';

const HERE = '11111111-1111-4111-8111-111111111111';
const GONE = '99999999-9999-4999-8999-999999999999';
const PAGE = '22222222-2222-4222-8222-222222222222';
const config = makeSiteConfig((text) => text.replace('- {name: body, label: Body, widget: markdown}', '- {name: body, label: Body, widget: markdown}\n  - {name: picture, label: Picture, widget: relation, collection: resource, display_field: title}').replace('- {name: course_title, label: Title, widget: string}', '- {name: course_title, label: Title, widget: string}\n    - {name: course_description, label: Description, widget: markdown}'));
const course = { path: 'data/course.json', text: JSON.stringify({ course_title: 'Bridges', course_description: 'How they stand.', site_uid: 'u' }) };
const page = (uid: string, body: string, more = '', path = `content/pages/${uid.slice(0, 4)}.md`): TreeFile => ({ path, text: `---\nuid: ${uid}\ntitle: Page\ncontent_type: page\n${more}---\n${body}\n` });
const menu = (entries: string): TreeFile => ({ path: 'config/_default/menus.yaml', text: `leftnav:\n${entries}` });
const known = new Set([...hugoShortcodes, 'resource', 'resource_link']);
const check = (files: readonly TreeFile[], more: { shortcodes?: ReadonlySet<string> | null; buildDrafts?: boolean; config?: SiteConfig } = {}) => preflightFindings({ site: { name: 'bridges', urlPath: 'courses/bridges' }, config, shortcodes: known, buildDrafts: false, ...more, files });
const messages = (...given: Parameters<typeof check>) => check(...given).map(({ problem }) => problem.message);

describe('metadata', () => {
  it('that is whole is no finding', () => {
    expect(check([course])).toEqual([]);
    expect(check([{ ...course, text: course.text.replace('site_uid', 'legacy_uid') }])).toEqual([]);
  });

  it.each([
    ['an empty field', { course_title: ' ', course_description: 'x', site_uid: 'u' }, ['‘Title’ is empty']],
    ['missing fields', { site_uid: 'u' }, ['‘Title’ is empty', '‘Description’ is empty']],
    ['no id', { course_title: 'x', course_description: 'x', site_uid: '' }, ['no site_uid']],
  ])('with %s is named with its item', (_, data, expected) => {
    const found = check([{ ...course, text: JSON.stringify(data) }]);
    expect(found.map(({ problem }) => problem.message)).toEqual(expected.map((text) => expect.stringContaining(text) as string));
    for (const { problem } of found) expect(problem).toMatchObject({ file: 'data/course.json', item: { site: 'bridges', textId: 'sitemetadata' } });
  });

  it('that was never saved is named, unless the starter has none', () => {
    expect(messages([])).toEqual([expect.stringContaining('‘Course’ was never saved')]);
    expect(check([], { config: makeSiteConfig((text) => text.replace('name: sitemetadata', 'name: settings')) })).toEqual([]);
  });
});

describe('references', () => {
  it('to what is there are no finding, whatever the case, and of another site are not looked for', () => {
    const files = [course, page(HERE, `{{< resource_link ${PAGE.toUpperCase()} >}}`), page(PAGE, 'x', `picture: {content: ${GONE}, website: other-site}\n`)];
    expect(check(files)).toEqual([]);
  });

  it.each([
    ['the text', page(HERE, `One\n\n{{< resource "${GONE}" >}}`), 8, 'The text names the item'],
    ['a field', page(HERE, 'x', `picture: {content: ${GONE}, website: bridges}\n`), 5, '‘Picture’ names the item'],
    ['a field, by the site’s address', page(HERE, 'x', `picture: {content: ${GONE}, website: courses/bridges}\n`), 5, '‘Picture’ names the item'],
  ])('of %s to what is gone are named with item and line', (_, file, line, text) => {
    expect(check([course, file])).toEqual([{ target: GONE, problem: { message: expect.stringContaining(text) as string, file: file.path, line, item: { site: 'bridges', textId: HERE, title: 'Page' } } }]);
  });

  it('in fields the starter does not know, in comments and in pages that are not built are no finding', () => {
    expect(check([course, page(HERE, `{{</* resource "${GONE}" */>}}`, `old_text: '{{< resource "${GONE}" >}}'\n`)])).toEqual([]);
    const draft = page(HERE, `{{< resource "${GONE}" >}} {{< nosuch >}}`, 'draft: true\n');
    expect(check([course, draft])).toEqual([]);
    expect(check([course, draft], { buildDrafts: true })).toHaveLength(2);
  });

  it('of a menu are held against its own address where it has one', () => {
    const files = (entry: string) => [course, page(HERE, 'x', '', 'content/pages/a/b.md'), menu(entry)];
    for (const good of [`- {identifier: ${HERE}, name: A}`, `- {identifier: ${GONE}, name: A, pageRef: /pages/a/b}`, `- {identifier: ${GONE}, name: A, url: '/pages/A/b/#top'}`, `- {identifier: ${GONE}, name: A, url: 'https://example.edu'}`, '- {identifier: external-1, name: A, url: /x}']) expect(check(files(good))).toEqual([]);
    expect(check(files(`- {identifier: ${GONE}, name: A, pageRef: /pages/c}`))).toMatchObject([{ target: GONE, problem: { message: expect.stringContaining('‘A’ leads to an item') as string, line: 2, item: { textId: 'navmenu' } } }]);
    expect(check(files(`- {identifier: ${GONE}, name: ''}`))).toMatchObject([{ problem: { message: expect.stringContaining('without a name') as string } }]);
  });
});

describe('shortcodes', () => {
  it('that no theme has are named once a page, also in pages the studio does not know', () => {
    const strange: TreeFile = { path: 'content/pages/_index.md', text: '---\ntitle: T\n---\n{{% other %}}' };
    expect(check([course, page(HERE, 'x {{< nosuch >}}\n{{< nosuch >}} {{< /nosuch >}}'), strange])).toEqual([
      { target: null, problem: { message: expect.stringContaining('no shortcode ‘nosuch’') as string, file: 'content/pages/1111.md', line: 6, item: { site: 'bridges', textId: HERE, title: 'Page' } } },
      { target: null, problem: { message: expect.stringContaining('‘other’') as string, file: 'content/pages/_index.md', line: 4 } },
    ]);
  });

  it('of Hugo, of the page itself, or where nobody can tell are no finding', () => {
    expect(check([course, page(HERE, '{{< figure src="x" >}} {{< Resource x >}} {{< now.inline >}}{{ now }}{{< /now.inline >}}')])).toEqual([]);
    expect(check([course, page(HERE, '{{< nosuch >}}')], { shortcodes: null })).toEqual([]);
  });

  it.each([
    ['a.html', 'a'],
    ['sub/Image-Gallery.en.html', 'sub/image-gallery'],
    ['v1.2/a.html', 'v1.2/a'],
    ['plain', 'plain'],
  ])('in the file %s are called %s', (path, name) => {
    expect(shortcodeName(path)).toBe(name);
  });

  it.each([
    [{ theme: ['a', 'b'] }, ['a', 'b']],
    [{ Theme: 'a' }, ['a']],
    [{ theme: 'a', module: { imports: [] } }, null],
    [{ theme: 'a', layoutDir: 'x' }, null],
    [{}, null],
    ['text', null],
  ])('are looked for, by the configuration %j, in %j', (value, expected) => {
    expect(themesOfHugoConfig(value)).toEqual(expected);
  });
});

it('keeps titles short: problems travel through a history', () => {
  const [found] = check([course, { path: 'content/pages/x.md', text: `---\nuid: ${HERE}\ntitle: ${'é'.repeat(500)}\ncontent_type: page\n---\n{{< nosuch >}}` }]);
  expect(found?.problem.item?.title).toHaveLength(80);
});

describe('real courses', () => {
  const sampleThemes = () => new Set([...hugoShortcodes, ...['base-theme', 'course-v2'].flatMap((theme) => filesBelow(join(ROOT, 'local/sample/themes', theme)).flatMap(({ path }) => (path.startsWith('layouts/shortcodes/') ? [shortcodeName(path.slice('layouts/shortcodes/'.length))] : [])))]);
  it('have what is really missing and nothing else', (context) => {
    const corpus = corpusOrSkip(context);
    const starter = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
    const singletons = new Set(singletonFiles(starter));
    const found = (name: string) => {
      const all = filesBelow(join(corpus, 'courses', name)).filter(({ path }) => !path.startsWith('.git/'));
      const own = all.flatMap(({ path }) => (path.startsWith('layouts/shortcodes/') ? [shortcodeName(path.slice('layouts/shortcodes/'.length))] : []));
      const files = all.filter(({ path }) => singletons.has(path) || (path.startsWith(`${contentDirOf(starter)}/`) && path.endsWith('.md'))).map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') }));
      return preflightFindings({ site: { name, urlPath: `courses/${name}` }, config: starter, files, shortcodes: new Set([...sampleThemes(), ...own]), buildDrafts: false }).map(({ problem, target }) => [problem.file, problem.line, target]);
    };
    // Each finding was looked up by hand: the item is named, and no file of the course has that uid.
    expect(found('18.05-spring-2014')).toEqual([['content/pages/instructor-insights/course-history.md', 10, '3befc92b-56ff-e742-ed3b-2371af3df269'], ['content/pages/instructor-insights/revamping-the-course.md', 56, '3befc92b-56ff-e742-ed3b-2371af3df269']]);
    expect(found('18.065-spring-2018')).toEqual([]);
    expect(found('6.042j-spring-2015')).toEqual([]);
    expect(found('ocw-ci-test-course')).toEqual([['config/_default/menus.yaml', 58, '3ee0856f-f641-4d3f-9cdc-79714fff907d'], ['content/pages/external-resources-page.md', 8, '3ee0856f-f641-4d3f-9cdc-79714fff907d']]);
  });
});
