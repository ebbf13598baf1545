import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configItem, configItemByFile, configItems, contentDirOf, fileFieldOf, menuFieldsOf, parseSiteConfig, type SiteConfig, SiteConfigError } from '#domain/siteConfig.ts';
import { loadPyYaml } from '#domain/pyYaml.ts';
import { makeSiteConfig, siteConfigText } from '#test/factories/siteConfig.ts';
import { corpusOrSkip } from '#test/support/corpus.ts';

/** Every fault of a text as `path: reason`. */
function faultsOf(text: string): string[] {
  try {
    parseSiteConfig(text);
  } catch (error) {
    if (error instanceof SiteConfigError) return error.issues.map(({ path, reason }) => `${path}: ${reason}`);
    throw error;
  }
  return [];
}
const changed = (from: string | RegExp, to: string): string => {
  const text = siteConfigText.replace(from, to);
  if (text === siteConfigText) throw new Error(`Nothing to replace: ${String(from)}`);
  return text;
};
/** A configuration with one kind that has this field, written as a flow map. */
const withField = (field: string): string => `root-url-path: ''\ncollections:\n- {name: page, label: Pages, category: Content, folder: content/pages, fields: [${field}]}\n`;

describe('a starter configuration', () => {
  it('is a list of kinds: repeatable ones with a folder, singletons with a file', () => {
    const config = makeSiteConfig();
    expect(configItems(config).map(({ name, folder, file }) => [name, folder ?? file])).toEqual([
      ['page', 'content/pages'],
      ['resource', 'content/resources'],
      ['external-resource', 'content/external-resources'],
      ['sitemetadata', 'data/course.json'],
      ['navmenu', 'config/_default/menus.yaml'],
    ]);
    const menu = configItemByFile(config, 'config/_default/menus.yaml');
    expect(menu?.name).toBe('navmenu');
    expect(menu === undefined ? [] : menuFieldsOf(menu)).toEqual(['leftnav']);
    expect(configItems(config).map(fileFieldOf)).toEqual([undefined, 'file', undefined, undefined, undefined]);
    expect(configItemByFile(config, 'data/other.json')).toBeUndefined();
  });

  it('says what one of a kind is called and what names its files', () => {
    const config = makeSiteConfig((text) => text.replace('label: Pages', 'label: Pages\n  label_singular: Page\n  slug: text_id'));
    expect(configItem(config, 'page')).toMatchObject({ label: 'Pages', labelSingular: 'Page', slug: 'text_id' });
    expect(configItem(config, 'resource')).toMatchObject({ labelSingular: null, slug: null });
    expect(configItem(config, 'navmenu')).toMatchObject({ label: 'Menu', category: 'Settings', labelSingular: null, slug: null });
    expect(configItem(config, 'menus')).toBeUndefined();
  });

  it('loses the slashes round its paths', () => {
    const config = makeSiteConfig((text) => text.replace('root-url-path: courses', 'root-url-path: /a/b/\ncontent-dir: content/').replace('content/pages', 'content/pages/'));
    expect([config['root-url-path'], contentDirOf(config), configItem(config, 'page')?.folder]).toEqual(['a/b', 'content', 'content/pages']);
  });

  it('keeps content in the folder it names', () => {
    const config = makeSiteConfig((text) => `content-dir: site\n${text.replaceAll('folder: content/', 'folder: site/')}`);
    expect(contentDirOf(config)).toBe('site');
    expect(contentDirOf(makeSiteConfig())).toBe('content');
  });

  it('may keep a kind in the content’s folder itself', () => {
    expect(faultsOf(changed('folder: content/pages', 'folder: content'))).toEqual([]);
  });

  it('is unfolded: anchors, aliases and merge keys are gone when it is read', () => {
    const config = parseSiteConfig(`root-url-path: ''
collections:
- name: page
  label: Pages
  category: Content
  folder: content/pages
  fields:
  - &choice {name: level, label: Level, widget: select, options: &levels [Low, {label: High, value: high}], min: 1}
  - {<<: *choice, name: other, label: Other}
  - {name: third, label: Third, widget: select, options: *levels}
`);
    expect(configItem(config, 'page')?.fields).toEqual([
      { name: 'level', label: 'Level', widget: 'select', options: ['Low', { label: 'High', value: 'high' }], min: 1 },
      { name: 'other', label: 'Other', widget: 'select', options: ['Low', { label: 'High', value: 'high' }], min: 1 },
      { name: 'third', label: 'Third', widget: 'select', options: ['Low', { label: 'High', value: 'high' }] },
    ]);
  });
});

const widgets: readonly (readonly [string, string])[] = [
  ['string', '{name: a, label: A, widget: string, readOnly: true, required: true, help: h, default: x, condition: {field: b, equals: c}}'],
  ['text', '{name: a, label: A, widget: text, help: null, default: null}'],
  ['markdown', '{name: body, label: B, widget: markdown, minimal: with-math, link: [resource, page], embed: [resource], allowed_html: [sub, sup]}'],
  ['boolean', '{name: a, label: A, widget: boolean, default: false}'],
  ['select', '{name: a, label: A, widget: select, options: [x, {label: Y, value: y}], multiple: true, min: 0, max: 2, default: [x]}'],
  ['hidden', '{name: _build, label: B, widget: hidden, default: {render: never, list: always}}'],
  ['file', '{name: file, label: F, widget: file, required: false}'],
  ['object', '{name: a, label: A, widget: object, condition: {field: t, equals: Image}, fields: [{name: b, label: B, widget: string}, {name: c, label: C, widget: relation, collection: resource, display_field: title}]}'],
  ['relation', '{name: a, label: A, widget: relation, collection: resource, display_field: title, multiple: true, sortable: true, min: 1, max: 1, filter: {field: resourcetype, filter_type: equals, value: Image}, website: ocw-www, cross_site: true}'],
  ['menu', '{name: a, label: A, widget: menu, collections: [page]}'],
  ['hierarchical-select', '{name: a, label: A, widget: hierarchical-select, levels: [{name: t, label: T}, {name: s, label: S}], options_map: {X: {Y: [z], W: []}, V: [u]}, min: 0, max: 2}'],
  ['website-collection', '{name: a, label: A, widget: website-collection}'],
];

describe('a widget', () => {
  it.each(widgets)('%s is taken with all its options, as they are written', (widget, field) => {
    const config = parseSiteConfig(withField(field));
    const [read] = configItem(config, 'page')?.fields ?? [];
    expect(read?.widget).toBe(widget);
    expect(read).toEqual(loadPyYaml(field));
  });

  it.each(widgets)('%s with nothing but its bare needs is taken too', (widget) => {
    const needs: Readonly<Record<string, string>> = { select: ', options: []', object: ', fields: []', relation: ', display_field: title', 'hierarchical-select': ', levels: [{name: t, label: T}], options_map: {}' };
    expect(faultsOf(withField(`{name: a, label: A, widget: ${widget}${needs[widget] ?? ''}}`))).toEqual([]);
  });

  it.each(widgets)('%s refuses a key that is not its own', (widget, field) => {
    expect(faultsOf(withField(field.replace(`widget: ${widget}`, `widget: ${widget}, collapsed: true`)))).toEqual([
      expect.stringMatching(new RegExp(`^collections\\.0\\.fields\\.0: the key ‘collapsed’ is not known; a field with the widget ‘${widget}’ has name, label,`)),
    ]);
  });

  it.each([
    ['string', 'readOnly', 'maybe', 'it must be true or false, not the text ‘maybe’'],
    ['string', 'required', '1', 'it must be true or false, not 1'],
    ['string', 'help', '3', 'it must be a text, not 3; put it in quotes to make it a text'],
    ['string', 'label', '[x]', 'it must be a text, not a list'],
    ['string', 'name', "''", 'it is empty'],
    ['markdown', 'minimal', 'with-maths', 'it must be true or false or ‘with-math’, not the text ‘with-maths’'],
    ['markdown', 'link', 'page', 'it must be a list, not the text ‘page’'],
    ['markdown', 'embed', '{a: b}', 'it must be a list, not a map'],
    ['select', 'options', 'x', 'it must be a list, not the text ‘x’'],
    ['select', 'multiple', 'yep', 'it must be true or false, not the text ‘yep’'],
    ['select', 'min', '-1', 'it is -1; it must not be below 0'],
    ['select', 'max', '1.5', 'it must be a whole number, not 1.5'],
    ['object', 'fields', '3', 'it must be a list, not 3'],
    ['relation', 'collection', '3', 'it must be a text or a list, not 3; put it in quotes to make it a text'],
    ['relation', 'display_field', 'null', 'it must be a text, not nothing'],
    ['relation', 'sortable', '0', 'it must be true or false, not 0'],
    ['relation', 'website', 'true', 'it must be a text, not true; put it in quotes to make it a text'],
    ['relation', 'cross_site', 'a', 'it must be true or false, not the text ‘a’'],
    ['relation', 'filter', 'x', 'it must be a map of keys and values, not the text ‘x’'],
    ['menu', 'collections', 'page', 'it must be a list, not the text ‘page’'],
    ['hierarchical-select', 'levels', '[]', 'the list is empty; it needs at least one entry'],
    ['hierarchical-select', 'options_map', '[a]', 'it must be a map of keys and values, not a list'],
  ])('%s refuses ‘%s: %s’ with its place and the reason', (widget, key, value, reason) => {
    const base: Readonly<Record<string, string>> = { select: 'options: [x]', object: 'fields: []', relation: 'display_field: t', 'hierarchical-select': 'levels: [{name: t, label: T}], options_map: {}' };
    const parts = ['name: a', 'label: A', `widget: ${widget}`, ...(base[widget] ?? '').split(/, (?=options_map)/)].filter((part) => part !== '' && !part.startsWith(`${key}:`));
    expect(faultsOf(withField(`{${[...parts, `${key}: ${value}`].join(', ')}}`))).toEqual([`collections.0.fields.0.${key}: ${reason}`]);
  });

  it.each([
    ['an option without a value', '{name: a, label: A, widget: select, options: [{label: X}]}', 'options.0.value: it is missing; it must be a text'],
    ['an option that is a number', '{name: a, label: A, widget: select, options: [x, 2011]}', 'options.1: it must be a text or a map of keys and values, not 2011; put it in quotes to make it a text'],
    ['an option with a wrong key', '{name: a, label: A, widget: select, options: [{label: X, vaule: x, value: x}]}', 'options.0: the key ‘vaule’ is not known; did you mean ‘value’?'],
    ['a condition that asks for a truth value', '{name: a, label: A, widget: string, condition: {field: b, equals: true}}', 'condition.equals: it must be a text, not true; put it in quotes to make it a text'],
    ['a condition with another test', '{name: a, label: A, widget: string, condition: {field: b, equals: c, not: d}}', 'condition: the key ‘not’ is not known; a condition has field, equals'],
    ['a filter of another kind', '{name: a, label: A, widget: relation, display_field: t, filter: {field: f, filter_type: contains, value: v}}', 'filter.filter_type: it must be ‘equals’, not the text ‘contains’'],
    ['a filter with a wrong key', '{name: a, label: A, widget: relation, display_field: t, filter: {field: f, filterType: equals, filter_type: equals, value: v}}', 'filter: the key ‘filterType’ is not known; did you mean ‘filter_type’?'],
    ['a level without a label', '{name: a, label: A, widget: hierarchical-select, levels: [{name: t}], options_map: {}}', 'levels.0.label: it is missing; it must be a text'],
    ['an options map with a lone text', '{name: a, label: A, widget: hierarchical-select, levels: [{name: t, label: T}], options_map: {X: {Y: z}}}', 'options_map.X.Y: it must be a list of texts, or a map of the next level; write [] for none'],
    ['an options map with a number', '{name: a, label: A, widget: hierarchical-select, levels: [{name: t, label: T}], options_map: {X: [1]}}', 'options_map.X.0: it must be a text'],
    ['HTML that no editor writes', '{name: a, label: A, widget: markdown, allowed_html: [sub, div]}', 'allowed_html.1: it must be ‘sub’ or ‘sup’, not the text ‘div’'],
    ['a least above its most', '{name: a, label: A, widget: select, options: [x], min: 3, max: 2}', ': its min (3) is greater than its max (2)'],
    ['another widget’s option', '{name: a, label: A, widget: string, options: [x]}', ': the key ‘options’ is not for a field with the widget ‘string’; it is for select'],
    ['a misspelled option', '{name: a, label: A, widget: string, readonly: true}', ': the key ‘readonly’ is not known; did you mean ‘readOnly’?'],
    ['a widget that is misspelled', '{name: a, label: A, widget: markdwon}', 'widget: the widget ‘markdwon’ is not known; did you mean ‘markdown’? Known are string, text, markdown, boolean, select, hidden, file, relation, menu, hierarchical-select, website-collection, object'],
    ['a widget there is not', '{name: a, label: A, widget: calendar}', 'widget: the widget ‘calendar’ is not known; known are string, text, markdown, boolean, select, hidden, file, relation, menu, hierarchical-select, website-collection, object'],
    ['no widget', '{name: a, label: A}', 'widget: it is missing; known are string, text, markdown, boolean, select, hidden, file, relation, menu, hierarchical-select, website-collection, object'],
    ['an object in an object', '{name: a, label: A, widget: object, fields: [{name: b, label: B, widget: object, fields: []}]}', 'fields.0.widget: an object cannot hold another object'],
    ['an object with a wrong widget inside', '{name: a, label: A, widget: object, fields: [{name: b, label: B, widget: strings}]}', 'fields.0.widget: the widget ‘strings’ is not known; did you mean ‘string’? Known are string, text, markdown, boolean, select, hidden, file, relation, menu, hierarchical-select, website-collection'],
    ['an object whose field has a least above its most', '{name: a, label: A, widget: object, fields: [{name: b, label: B, widget: select, options: [], min: 2, max: 1}]}', 'fields.0: its min (2) is greater than its max (1)'],
    ['a field that is a text', 'title', ': it must be a map of keys and values, not the text ‘title’'],
  ])('refuses %s', (_name, field, fault) => {
    expect(faultsOf(withField(field))).toEqual([`collections.0.fields.0${fault.startsWith(':') ? '' : '.'}${fault}`]);
  });
});

describe('a configuration', () => {
  it.each([
    ['no YAML', 'a: [', [expect.stringMatching(/^\(file\): it is not YAML: .+ at line 1/)]],
    ['nothing', '', ['(file): it is empty']],
    ['a list', '- a\n', ['(root): it must be a map of keys and values, not a list']],
    ['a misspelled key of its own', changed('root-url-path', 'root_url_path'), ['root-url-path: it is missing; it must be a text', '(root): the key ‘root_url_path’ is not known; did you mean ‘root-url-path’?']],
    ['no root', changed('root-url-path: courses\n', ''), ['root-url-path: it is missing; it must be a text']],
    ['an open root', changed('root-url-path: courses', 'root-url-path:'), ['root-url-path: it must be a text, not nothing']],
    ['no collections', 'root-url-path: a\n', ['collections: it is missing; it must be a list']],
    ['a misspelled key', changed('label: Pages', 'label: Pages\n  lable: Pages'), ['collections.0: the key ‘lable’ is not known; did you mean ‘label’?']],
    ['a key nobody knows', changed('label: Pages', 'label: Pages\n  icon: x'), ['collections.0: the key ‘icon’ is not known; a collection has name, label, category, label_singular, slug, folder, files, fields']],
    ['a misspelled key of a file', changed('label: Course\n', 'label: Course\n    fille: x\n'), ['collections.3.files.0: the key ‘fille’ is not known; did you mean ‘file’?']],
    ['a missing label', changed('  label: Pages\n', ''), ['collections.0.label: it is missing; it must be a text']],
    ['a name that is a number', changed('name: page', 'name: 18'), ['collections.0.name: it must be a text, not 18; put it in quotes to make it a text']],
    ['two kinds of one name', changed('name: resource\n', 'name: page\n'), ['collections.1: the name ‘page’ stands at collections.0 already']],
    ['a singleton with a kind’s name', changed('name: sitemetadata', 'name: page'), ['collections.3.files.0: the name ‘page’ stands at collections.0 already']],
    ['a kind without a place', changed('  folder: content/pages\n', ''), ['collections.0: it has neither folder nor files; it needs one of them']],
    ['a kind with two places', changed('  folder: content/pages\n', '  folder: content/pages\n  files: []\n'), ['collections.0: it has both folder and files; it needs exactly one of them']],
    ['a kind outside of the content', changed('folder: content/pages', 'folder: pages'), ['collections.0.folder: ‘pages’ must be content or a folder under it']],
    ['a folder that only begins like the content’s', changed('folder: content/pages', 'folder: contents/pages'), ['collections.0.folder: ‘contents/pages’ must be content or a folder under it']],
    ['a folder that climbs out', changed('folder: content/pages', 'folder: content/../themes'), ['collections.0.folder: ‘content/../themes’ must not have . or .. or an empty part']],
    ['a file that climbs out', changed('file: data/course.json', 'file: ../course.json'), ['collections.3.files.0.file: ‘../course.json’ must be a path inside the repository, without . or .. or an empty part']],
    ['a title that may be empty', changed('widget: string, required: true', 'widget: string'), ['collections.0.fields.0: a field named title must have the widget string and required: true']],
    ['a title that is no string', changed('widget: string, required: true', 'widget: text, required: true'), ['collections.0.fields.0: a field named title must have the widget string and required: true']],
    ['a menu beside other fields', changed('widget: menu}', 'widget: menu}\n    - {name: x, label: X, widget: text}'), ['collections.4.files.0: an item with a menu may have menus only, and ‘x’ is none']],
  ])('with %s is refused with place and reason', (_name, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('is told all its faults at once, in one message too', () => {
    const text = changed('folder: content/pages', 'folder: pages').replace('name: resource\n', 'name: page\n');
    expect(faultsOf(text)).toHaveLength(2);
    expect(() => parseSiteConfig(text)).toThrow('collections.0.folder: ‘pages’ must be content or a folder under it; collections.1: the name ‘page’ stands at collections.0 already');
    const badForm = changed('label: Pages', 'lable: Pages').replace('widget: menu', 'widget: menus');
    expect(faultsOf(badForm).map((fault) => fault.split(':')[0])).toEqual(['collections.0.label', 'collections.0', 'collections.4.files.0.fields.0.widget']);
  });

  it.each([
    ['doubles at every step', ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 10 }, () => `*a${index}`).join(', ')}]`)].join('\n')],
    ['holds itself', 'root-url-path: a\ncollections: &all [*all]\n'],
    ['is wide and shallow', `big: &big [${'x, '.repeat(3_000)}x]\nall: [${'*big, '.repeat(200)}*big]\n`],
    ['merges itself away', `root-url-path: ''\na0: &a0 {k0: [x, x, x, x, x, x, x, x, x, x]}\n${Array.from({ length: 8 }, (_, index) => `a${index + 1}: &a${index + 1} {k${index + 1}: [${Array.from({ length: 10 }, () => `*a${index}`).join(', ')}], <<: *a${index}}`).join('\n')}`],
  ])('whose aliases would fill the memory is refused: it %s', (_name, text) => {
    expect(faultsOf(text)).toEqual(['(file): its aliases unfold into more than a configuration can hold']);
  });

  it('that is no configuration by its size alone is refused', () => {
    expect(faultsOf(`a: ${'x'.repeat(1024 * 1024)}`)).toEqual(['(file): it is larger than 1 MiB']);
  });

  it('may end lists of any length without stopping the reader', () => {
    expect(faultsOf(`root-url-path: ''\ncollections: [${'a,'.repeat(150_000)}a]`)).toHaveLength(150_001);
  });
});

describe('the configurations in production use', () => {
  const read = (folder: string): (readonly [string, SiteConfig])[] =>
    readdirSync(folder)
      .map((slug) => ({ slug, file: join(folder, slug, 'ocw-studio.yaml') }))
      .filter(({ file }) => existsSync(file))
      .map(({ slug, file }) => [slug, parseSiteConfig(readFileSync(file, 'utf8'))] as const);

  it('are read without fault; the theme ocw-course-v3 has none, for its sites are made from ocw-course-v2', (context) => {
    const folder = join(corpusOrSkip(context), 'ocw-hugo-projects');
    const configs = read(folder);
    expect(configs.map(([slug, config]) => [slug, config['root-url-path'], configItems(config).map((item) => item.name)])).toEqual([
      ['ocw-course-v2', 'courses', ['page', 'resource-list', 'video_gallery', 'resource', 'external-resource', 'sitemetadata', 'navmenu']],
      ['ocw-www', '', ['page', 'resource_collections', 'course-lists', 'course-collection', 'promos', 'notifications', 'stories', 'resource', 'external-resource', 'instructor', 'navmenu', 'homepage_settings']],
    ]);
    expect(readdirSync(join(folder, 'ocw-course-v3')).sort()).toEqual(['config-offline.yaml', 'config.yaml']);
    const www = new Map(configs).get('ocw-www');
    expect(www === undefined ? undefined : configItem(www, 'instructor')?.slug).toBe('text_id');
  });

  it('that come with the studio are read without fault', () => {
    expect(read('local/sample/projects').map(([slug]) => slug)).toEqual(['ocw-course-v2', 'ocw-www']);
  });
});
