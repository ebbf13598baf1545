import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readContentFile } from '#domain/contentFile.ts';
import type { ContentItem } from '#domain/contentItem.ts';
import { fieldDifferences } from '#domain/itemDiff.ts';
import { configItem, parseSiteConfig } from '#domain/siteConfig.ts';
import { fieldPathsOf } from '#domain/fieldPaths.ts';
import { referencesOf } from '#domain/references.ts';
import { maxTitleCharacters, validateItem } from '#domain/validateItem.ts';
import { kindOf, makeAllWidgets } from '#test/factories/allWidgets.ts';
import { corpusOrSkip, coursesOf, filesBelow } from '#test/support/corpus.ts';
import { seeded } from '#test/support/seeded.ts';

const config = makeAllWidgets();

type Given = Partial<Pick<ContentItem, 'title' | 'metadata' | 'markdown' | 'file' | 'dirpath' | 'filename'>>;

/** An item of a kind without a fault. */
const faultless: Readonly<Record<string, Given>> = {
  page: { metadata: { draft: false, summary: 'About it' }, markdown: '' },
  untitled: {},
  resource: { file: 'courses/x/a.jpg', metadata: { resourcetype: 'Other', level: ['Graduate'] } },
  lists: { metadata: { cover: { content: 'c', website: 'x' }, topics: [['Engineering']] } },
  navmenu: { dirpath: 'config/_default', filename: 'menus', title: null, metadata: { mainmenu: [{ identifier: 'a', name: 'A', weight: 10 }] } },
  sitemetadata: { dirpath: 'data', filename: 'course', title: null, metadata: { course_title: 'C' } },
};

/** What is wrong with an item of a kind that differs from a faultless one, as `path: message`. */
function faultsOf(name: string, given: Given = {}, changed?: readonly string[]): string[] {
  const kind = kindOf(name, config);
  const base = { title: 'A title', metadata: {}, markdown: null, file: null, dirpath: kind.folder ?? '', filename: 'a-title', ...faultless[name] };
  const item = { ...base, ...given, metadata: { ...base.metadata, ...given.metadata } };
  return validateItem({ kind, config, item, ...(changed === undefined ? {} : { changed: new Set(changed) }) }).map(({ path, message }) => `${path}: ${message}`);
}

const long = (count: number, character = 'x'): string => character.repeat(count);

describe('an item', () => {
  it.each(Object.keys(faultless))('of the kind %s that fits has no fault', (name) => {
    expect(faultsOf(name)).toEqual([]);
  });

  it('may have fields that the starter does not know', () => {
    expect(faultsOf('page', { metadata: { parent_uid: 7, layout: ['x'], draft_of: { deep: [null] } } })).toEqual([]);
  });
});

describe('a title', () => {
  it.each([null, '', '   '])('is required, also where the starter has no field for it: %j', (title) => {
    expect(faultsOf('page', { title })).toEqual(['title: ‘Title’ is required.']);
    expect(faultsOf('untitled', { title })).toEqual(['title: ‘Title’ is required.']);
    expect(faultsOf('sitemetadata', { title })).toEqual([]);
  });

  it.each(['C++', '(', '“quotes” ‘and’ \'such\' "too"', '😀', 'שלום עולם', 'مرحبا', '数学入門', 'a\\b', '{{< x >}}', '---', long(maxTitleCharacters), long(maxTitleCharacters, '😀'), long(maxTitleCharacters, '日')])('may be %j', (title) => {
    expect(faultsOf('page', { title })).toEqual([]);
  });

  it('may have at most 125 characters unless it is an old one', () => {
    const title = long(126, '😀');
    expect(faultsOf('page', { title })).toEqual(['title: A title may have at most 125 characters; this one has 126.']);
    expect(faultsOf('page', { title }, ['markdown'])).toEqual([]);
    expect(faultsOf('page', { title }, ['title'])).toHaveLength(1);
  });
});

describe('a text', () => {
  it.each([undefined, null, '', ' '])('that is required may not be %j', (summary) => {
    expect(faultsOf('page', { metadata: { summary } })).toEqual(['metadata.summary: ‘Summary’ is required.']);
  });

  it.each([7, true, ['x'], [], { x: 1 }])('may not be %j', (summary) => {
    expect(faultsOf('page', { metadata: { summary } })).toEqual(['metadata.summary: ‘Summary’ must be a text.']);
    expect(faultsOf('untitled', { metadata: { first_name: summary } })).toEqual(['metadata.first_name: ‘First name’ must be a text.']);
  });

  it('may hold anything that is text', () => {
    expect(faultsOf('page', { markdown: 'a\r\n---\n😀 \\\\(x\\\\)', metadata: { summary: '\u202Eabc' } })).toEqual([]);
  });

  it('may not hold half of a character, wherever it stands', () => {
    const half = 'It holds half of a character, which cannot be stored; type or paste the text again.';
    expect(faultsOf('page', { title: 'a\uD83D', markdown: '\uDE00', metadata: { summary: '\uDE00\uD83D', unknown: [{ '\uD83D': 1 }] } })).toEqual([`title: ${half}`, `markdown: ${half}`, `metadata.summary: ${half}`, `metadata.unknown: ${half}`]);
    expect(faultsOf('page', { title: 'a\uD83D' }, ['markdown'])).toEqual([]);
  });

  it('may not hold a number that would be stored as another, unless it is an old one', () => {
    const rounded = 'It holds a number of more digits than are kept; write it as a text.';
    const metadata = JSON.parse('{"isbn": 12345678901234567890, "deep": [{"a": 1e400}], "fine": [9007199254740991, -0.1, 1e15]}') as Record<string, unknown>;
    expect(faultsOf('page', { metadata })).toEqual([`metadata.isbn: ${rounded}`, `metadata.deep: ${rounded}`]);
    expect(faultsOf('page', { metadata }, ['metadata.fine'])).toEqual([]);
  });
});

describe('a boolean', () => {
  it.each([true, false, '', null, undefined])('may be %j', (draft) => {
    expect(faultsOf('page', { metadata: { draft } })).toEqual([]);
  });

  it.each(['true', 'no', ' ', 0, 1, [], {}])('may not be %j', (draft) => {
    expect(faultsOf('page', { metadata: { draft } })).toEqual(['metadata.draft: ‘Draft’ must be true or false.']);
  });
});

describe('a choice', () => {
  it('is one of its options', () => {
    for (const resourcetype of ['Other', 'Video']) expect(faultsOf('resource', { metadata: { resourcetype } })).toEqual([]);
    for (const resourcetype of ['other', ' ', 7, ['Other'], true]) expect(faultsOf('resource', { metadata: { resourcetype } })).toEqual(['metadata.resourcetype: ‘Type’ must be one of: Image, Video, Other.']);
    for (const resourcetype of ['', null, undefined, []]) expect(faultsOf('resource', { metadata: { resourcetype } })).toEqual(['metadata.resourcetype: ‘Type’ is required.']);
  });

  it('of several is a list of options, by their values', () => {
    expect(faultsOf('resource', { metadata: { level: ['Graduate', 'none'] } })).toEqual([]);
    expect(faultsOf('resource', { metadata: { level: ['Not for credit', 7] } })).toEqual([
      'metadata.level: ‘Level’ has no option ‘Not for credit’; it may have: Undergraduate, Graduate, Not for credit.',
      'metadata.level: ‘Level’ has no option ‘7’; it may have: Undergraduate, Graduate, Not for credit.',
    ]);
    expect(faultsOf('resource', { metadata: { level: 'Graduate' } })).toEqual(['metadata.level: ‘Level’ must be a list.']);
  });

  it('of several has its bounds', () => {
    for (const level of [[], '', null, undefined]) expect(faultsOf('resource', { metadata: { level } })).toEqual(['metadata.level: ‘Level’ must have at least 1 entry.']);
    expect(faultsOf('resource', { metadata: { level: ['Graduate', 'none', 'Undergraduate'] } })).toEqual(['metadata.level: ‘Level’ must have at most 2 entries.']);
  });

  /** What is wrong with one choice that the starter declares so. */
  const choiceFaults = (declared: string, value: unknown): string[] => {
    const small = parseSiteConfig(`root-url-path: ''\ncollections:\n- name: page\n  label: P\n  category: C\n  folder: content\n  fields:\n  - {name: n, label: N, widget: select, ${declared}}\n`);
    const item = { title: 'T', metadata: { n: value }, markdown: null, file: null, dirpath: 'content', filename: 'x' };
    return validateItem({ kind: kindOf('page', small), config: small, item }).map(({ message }) => message);
  };

  it.each([
    [10, '0, 1, 2, 3, 4, 5, 6, 7, 8, 9.'],
    [12, '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …'],
  ])('among %i names the first ten', (count, named) => {
    expect(choiceFaults(`options: [${Array.from({ length: count }, (_, index) => `"${index}"`).join(', ')}]`, 'x')).toEqual([`‘N’ must be one of: ${named}`]);
  });

  it('of several that is required has one at least', () => {
    expect(choiceFaults('options: [a, b], multiple: true, required: true', [])).toEqual(['‘N’ is required.']);
    expect(choiceFaults('options: [a, b], multiple: true, required: true, min: 2', [])).toEqual(['‘N’ is required.']);
    expect(choiceFaults('options: [a, b], multiple: true, required: true, min: 2', ['a'])).toEqual(['‘N’ must have at least 2 entries.']);
    expect(choiceFaults('options: [a, b], multiple: true', [])).toEqual([]);
  });
});

describe('a file', () => {
  it.each([null, ''])('that is required may not be %j', (file) => {
    expect(faultsOf('resource', { file })).toEqual(['file: ‘File’ is required.']);
  });

  it('is no part of the metadata', () => {
    expect(faultsOf('resource', { metadata: { file: 'x' } })).toEqual(['metadata.file: An uploaded file is no part of the metadata: it is the item’s ‘file’.']);
    expect(faultsOf('page', { metadata: { file: 'x' } })).toEqual([]);
  });
});

describe('an address', () => {
  const RUNS = 'metadata.external_url: This address would run something where it is opened; write one that begins with https://.';

  it.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'java\tscript:alert(1)', 'data:text/html,<script>1</script>', 'vbscript:x'])('that runs something is refused: %j', (address) => {
    expect(faultsOf('page', { metadata: { external_url: address } })).toEqual([RUNS]);
  });

  it.each(['https://example.edu/?q=javascript:1', 'http://example.edu', 'mailto:a@example.edu', '/courses/x/', 'example.edu', '', null])('that leads somewhere is left alone: %j', (address) => {
    expect(faultsOf('page', { metadata: { external_url: address } })).toEqual([]);
  });

  it('that was there before does not stand in the way of another field', () => {
    expect(faultsOf('page', { metadata: { external_url: 'javascript:1', summary: 'New' } }, ['metadata.summary'])).toEqual([]);
  });
});

describe('a hidden field', () => {
  it.each([null, 7, 'x', { bytes: 1 }, ['x']])('may be %j', (size) => {
    expect(faultsOf('resource', { metadata: { file_size: size } })).toEqual([]);
  });
});

describe('a group of fields', () => {
  it('is checked field by field while its condition holds', () => {
    expect(faultsOf('resource', { metadata: { resourcetype: 'Image', image_metadata: { alt: '', caption: 7, is_wide: 'x' } } })).toEqual([
      'metadata.image_metadata.alt: ‘Alternative text’ is required.',
      'metadata.image_metadata.caption: ‘Caption’ must be a text.',
      'metadata.image_metadata.is_wide: ‘Wide’ must be true or false.',
    ]);
    for (const image_metadata of [undefined, null, '']) expect(faultsOf('resource', { metadata: { resourcetype: 'Image', image_metadata } })).toEqual(['metadata.image_metadata.alt: ‘Alternative text’ is required.']);
  });

  it('may be empty while its condition does not hold, but may not be something else', () => {
    expect(faultsOf('resource', { metadata: { image_metadata: { alt: '', caption: '' } } })).toEqual([]);
    expect(faultsOf('resource', { metadata: { image_metadata: { alt: 7 } } })).toEqual(['metadata.image_metadata.alt: ‘Alternative text’ must be a text.']);
  });

  it('is a map', () => {
    expect(faultsOf('resource', { metadata: { image_metadata: 'x' } })).toEqual(['metadata.image_metadata: ‘Image’ must be a group of fields.']);
    expect(faultsOf('resource', { metadata: { image_metadata: [{ alt: 'x' }] } })).toEqual(['metadata.image_metadata: ‘Image’ must be a group of fields.']);
  });
});

describe('a relation', () => {
  const faults = (field: string, value: unknown): string[] => faultsOf('lists', { metadata: { [field]: value } }).map((fault) => fault.replace('metadata.', ''));

  it.each(['c', ['c'], { content: 'c' }, { content: ['c'], website: 'x' }, { content: 'c', website: null }])('to one item may be %j', (value) => {
    expect(faults('cover', value)).toEqual([]);
  });

  it.each([undefined, null, '', [], { content: '' }, { content: [] }, { content: null }, {}])('that is required may not be %j', (value) => {
    expect(faults('cover', value)).toEqual(['cover: ‘Cover’ is required.']);
    expect(faults('entries', value)).toEqual([]);
  });

  it('to one item names one', () => {
    expect(faults('cover', { content: ['c', 'd'] })).toEqual(['cover: ‘Cover’ takes one entry only.']);
  });

  it('to several has its bounds', () => {
    expect(faults('entries', { content: ['a', 'b', 'c'] })).toEqual([]);
    expect(faults('entries', { content: ['a', 'b', 'c', 'd'] })).toEqual(['entries: ‘Entries’ must have at most 3 entries.']);
  });

  it.each([7, true, { content: 7 }, { content: [7] }, { content: [''] }, { content: [null] }, { content: { id: 'a' } }, { content: ['a'], website: 7 }, { content: [['a', 'x']] }, [{ id: 'a' }]])('may not be %j', (value) => {
    expect(faults('entries', value)).toEqual(['entries: ‘Entries’ must name its entries by their ids.']);
  });

  it('across sites has pairs of an item and its site, which may be missing', () => {
    expect(faults('shared', { content: [['a', 'courses/x'], ['b', null], 'c'] })).toEqual([]);
    for (const pair of [['a'], ['a', 'x', 'y'], ['', 'x'], ['a', 7], [7, 'x']]) expect(faults('shared', { content: [pair] })).toEqual(['shared: ‘Shared’ must name its entries by their ids.']);
  });

  it('to a site that the starter names stays there', () => {
    for (const value of [{ content: ['p'], website: 'ocw-www' }, { content: ['p'] }, ['p'], { content: [], website: 'other' }]) expect(faults('people', value)).toEqual([]);
    expect(faults('people', { content: ['p'], website: 'other' })).toEqual(['people: ‘People’ takes entries of the site ‘ocw-www’ only.']);
  });

  it('may be the list of caption files that older files carry in its place', () => {
    expect(faultsOf('resource', { metadata: { resourcetype: 'Video', video_files: { captions: [{ file: '/x.vtt', language: 'en' }] } } })).toEqual([]);
  });
});

describe('a list of sites', () => {
  it.each([undefined, null, '', [], [{ id: 'courses/x', title: 'X' }], [{ id: 'courses/x' }, { id: 'y', title: null, more: 1 }]])('may be %j', (courses) => {
    expect(faultsOf('lists', { metadata: { courses } })).toEqual([]);
  });

  it.each(['courses/x', ['courses/x'], [{ title: 'X' }], [{ id: '' }], [{ id: 7 }], [{ id: 'x', title: 7 }], { id: 'x' }])('may not be %j', (courses) => {
    expect(faultsOf('lists', { metadata: { courses } })).toEqual(['metadata.courses: ‘Courses’ must be a list of sites.']);
  });
});

describe('a choice by levels', () => {
  const faults = (topics: unknown): string[] => faultsOf('lists', { metadata: { topics } }).map((fault) => fault.replace('metadata.topics: ', ''));

  it.each([[[['Engineering', 'Computing', 'Theory']]], [[['Engineering', 'Oceans'], ['Mathematics']]]])('leads down the levels as far as it likes: %j', (topics) => {
    expect(faults(topics)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [['Engineering', 'Calculus'], 'Engineering - Calculus'],
    [['Engineering', 'Computing', 'theory'], 'Engineering - Computing - theory'],
    [['Engineering', 'Computing', 'Theory', 'More'], 'Engineering - Computing - Theory - More'],
    [['Engineering', 'Oceans', 'x'], 'Engineering - Oceans - x'],
    [['constructor'], 'constructor'],
    [[7], '7'],
    [[], ''],
    ['Engineering', 'Engineering'],
    [null, 'null'],
  ])('does not lead to %j', (path, shown) => {
    expect(faults([['Mathematics'], path])).toEqual([`‘Topics’ has no entry ‘${shown}’.`]);
  });

  it('has its bounds', () => {
    for (const topics of [undefined, '', []]) expect(faults(topics)).toEqual(['‘Topics’ must have at least 1 entry.']);
    expect(faults([['Mathematics'], ['Engineering'], ['Engineering', 'Oceans']])).toEqual(['‘Topics’ must have at most 2 entries.']);
    expect(faults('Engineering')).toEqual(['‘Topics’ must be a list.']);
  });
});

describe('a menu', () => {
  const entry = (identifier: unknown, more: object = {}): object => ({ identifier, name: `N${String(identifier)}`, weight: 10, ...more });
  const faults = (leftnav: unknown): string[] => faultsOf('navmenu', { metadata: { leftnav } }).map((fault) => fault.replace('metadata.leftnav: ', ''));

  it('has entries under entries, as deep as it likes and in any order', () => {
    expect(faults([entry('c', { parent: 'b' }), entry('b', { parent: 'a' }), entry('a'), entry('external-1', { url: 'https://example.edu', parent: '' }), entry('d', { pageRef: '/pages/d', parent: null })])).toEqual([]);
    for (const empty of [undefined, null, '', []]) expect(faults(empty)).toEqual([]);
  });

  it('that is required has entries', () => {
    expect(faultsOf('navmenu', { metadata: { mainmenu: [] } })).toEqual(['metadata.mainmenu: ‘Main’ is required.']);
  });

  it.each<[object, string]>([
    [{ identifier: 'a', weight: 10 }, 'Entry 1 in ‘Left’ needs a name.'],
    [entry('a', { name: ' ' }), 'Entry 1 in ‘Left’ needs a name.'],
    [entry('', { name: 'N' }), '‘N’ in ‘Left’ needs an identifier.'],
    [entry(7, { name: 'N' }), '‘N’ in ‘Left’ needs an identifier.'],
    [entry('a', { weight: 0 }), '‘Na’ in ‘Left’ needs a weight of 1 or more.'],
    [entry('a', { weight: 1.5 }), '‘Na’ in ‘Left’ needs a weight of 1 or more.'],
    [entry('a', { weight: '10' }), '‘Na’ in ‘Left’ needs a weight of 1 or more.'],
    [{ identifier: 'a', name: 'N' }, '‘N’ in ‘Left’ needs a weight of 1 or more.'],
    [entry('a', { url: 7 }), '‘Na’ in ‘Left’ needs a text as its address.'],
    [entry('a', { parent: 'b' }), '‘Na’ in ‘Left’ lies under an entry that is not there: ‘b’.'],
    [entry('a', { parent: 7 }), '‘Na’ in ‘Left’ lies under an entry that is not there: ‘7’.'],
    [entry('a', { parent: 'a' }), '‘Na’ in ‘Left’ lies under itself or in a circle.'],
  ])('may not have the entry %j', (wrong, message) => {
    expect(faults([wrong])).toEqual([message]);
  });

  it('has no entry twice, none in a circle and no stranger', () => {
    expect(faults([entry('a'), entry('a')])).toEqual(['‘Na’ in ‘Left’ is there twice.']);
    expect(faults([entry('a', { parent: 'b' }), entry('b', { parent: 'c' }), entry('c', { parent: 'b' }), entry('d')])).toEqual(['a', 'b', 'c'].map((id) => `‘N${id}’ in ‘Left’ lies under itself or in a circle.`));
    for (const wrong of ['x', { leftnav: [] }, ['a'], [null]]) expect(faults(wrong)).toEqual(['‘Left’ must be a list of menu entries.']);
  });
});

describe('the place of an item', () => {
  it.each(['content/pages', 'content/pages/deep/er', 'content/pages/数学', 'content/pages/v1.2_x-y'])('may be %s', (dirpath) => {
    expect(faultsOf('page', { dirpath })).toEqual([]);
  });

  it.each(['', 'content', 'content/pagesx', 'content/resources', '/content/pages', '../content/pages', 'content/../content/pages', 'Content/pages'])('may not be outside of its folder: %j', (dirpath) => {
    expect(faultsOf('page', { dirpath })).toEqual(['dirpath: The folder must be ‘content/pages’ or one in it.']);
  });

  it.each(['..', '.', '.git', '...', '', 'a b', 'a\\b', 'a\u0000', 'a\n', 'a%2e', 'e\u0301', '\u202Ea', `${'日'.repeat(86)}`])('may not have the folder %j', (segment) => {
    for (const dirpath of [`content/pages/${segment}`, `content/pages/${segment}/x`]) {
      expect(faultsOf('page', { dirpath })).toEqual([`dirpath: ‘${segment}’ cannot be the name of a folder: it may have letters, digits, dots, dashes and underscores, and does not begin with a dot.`]);
    }
  });

  it('may have at most 300 characters', () => {
    expect(faultsOf('page', { dirpath: `content/pages${'/abcdefghi'.repeat(28)}abcdefg` })).toEqual([]);
    expect(faultsOf('page', { dirpath: `content/pages${'/abcdefghi'.repeat(28)}abcdefgh` })).toEqual(['dirpath: The path of the folder may have at most 300 characters.']);
  });

  it.each(['_index', 'a', '-j7mom3p_j8', '日本語', long(125)])('may have the file %j', (filename) => {
    expect(faultsOf('page', { filename })).toEqual([]);
  });

  it.each(['', '.', '..', '.hidden', 'a.b', 'a/b', 'a\\b', 'a b', 'a\n', 'e\u0301'])('may not have the file %j', (filename) => {
    expect(faultsOf('page', { filename })).toEqual([`filename: ‘${filename}’ cannot be the name of a file: it may have letters, digits, dashes and underscores.`]);
  });

  it.each([long(126), long(85, '日')])('may not have the file %s', (filename) => {
    expect(faultsOf('page', { filename })).toEqual(['filename: The name of a file may have at most 125 characters and 252 bytes.']);
  });

  it('of a singleton is that of its file', () => {
    expect(faultsOf('sitemetadata', { dirpath: 'content/pages', filename: 'other' })).toEqual(['dirpath: It must lie in ‘data’.', 'filename: Its file must be ‘data/course.json’.']);
  });
});

describe('a save', () => {
  const broken: Given = { title: long(200), file: null, dirpath: 'elsewhere', filename: 'a.b', metadata: { resourcetype: 'Image', level: 'x', image_metadata: { alt: '', caption: 7 } } };

  it('is not held up by faults in what it leaves alone', () => {
    expect(faultsOf('resource', broken)).toHaveLength(7);
    expect(faultsOf('resource', broken, [])).toEqual([]);
    expect(faultsOf('resource', broken, ['markdown'])).toEqual([]);
    expect(faultsOf('resource', broken, ['metadata.unknown'])).toEqual([]);
  });

  it('is checked in what it changes: a column, a field, a part of one', () => {
    expect(faultsOf('resource', broken, ['title', 'file', 'dirpath', 'filename'])).toHaveLength(4);
    expect(faultsOf('resource', broken, ['metadata.level'])).toEqual(['metadata.level: ‘Level’ must be a list.']);
    expect(faultsOf('resource', broken, ['metadata.image_metadata'])).toHaveLength(2);
    expect(faultsOf('resource', broken, ['metadata.image_metadata.caption'])).toEqual(['metadata.image_metadata.caption: ‘Caption’ must be a text.']);
    expect(faultsOf('lists', { metadata: { cover: { content: ['a', 'b'] } } }, ['metadata.cover.content'])).toHaveLength(1);
    expect(faultsOf('lists', { metadata: { cover: { content: ['a', 'b'] } } }, ['metadata.cov', 'metadata.cover_x'])).toEqual([]);
  });

  it('is checked in what it calls for', () => {
    expect(faultsOf('resource', broken, ['metadata.resourcetype'])).toEqual(['metadata.image_metadata.alt: ‘Alternative text’ is required.', 'metadata.image_metadata.caption: ‘Caption’ must be a text.']);
  });

  it('names what it changes as its differences do', () => {
    const before = { metadata: { resourcetype: 'Image', image_metadata: { alt: 'x', caption: '' } } };
    const after = { metadata: { resourcetype: 'Image', image_metadata: { caption: '' } } };
    expect(faultsOf('resource', { ...broken, metadata: after.metadata }, fieldDifferences(before, after).map(({ field }) => field))).toEqual(['metadata.image_metadata.alt: ‘Alternative text’ is required.']);
  });
});

describe('whatever the values of an item', () => {
  it('each fault has a sentence and stands at a field, and the item is read for what it names', () => {
    const random = seeded(41);
    const leaves = [null, true, 0, -1, 1.5, '', ' ', 'Image', 'Video', 'Graduate', 'a', '11111111-2222-4333-8444-555555555555', '{{< resource "x', '\uD83D'] as const;
    const names = ['content', 'website', 'identifier', 'name', 'weight', 'parent', 'url', 'id', 'title', 'file', 'alt', '__proto__', 'constructor'] as const;
    const value = (depth: number): unknown => {
      const kind = random.below(depth > 0 ? 6 : 4);
      if (kind === 5) return Object.fromEntries(random.some(5, () => [random.pick(names), value(depth - 1)]));
      return kind === 4 ? random.some(4, () => value(depth - 1)) : random.pick(leaves);
    };
    for (let count = 0; count < 1_000; count += 1) {
      const kind = kindOf(random.pick(['page', 'untitled', 'resource', 'lists', 'navmenu', 'sitemetadata']), config);
      const fields = fieldPathsOf(kind).filter(({ keys }) => keys.length === 1);
      const metadata = Object.fromEntries([...fields.map(({ field }) => [field.name, value(4)] as const), ['unknown', value(4)]]);
      const item = { textId: 't', type: kind.name, isPageContent: true, title: random.pick([null, '', 'T']), markdown: null, file: null, dirpath: kind.folder ?? '', filename: 'x', metadata };
      for (const { path, message } of validateItem({ kind, config, item })) {
        expect(path).toMatch(/^(title|markdown|file|dirpath|filename|metadata\.\w+(\.\w+)?)$/);
        expect(message).toMatch(/^(‘|[A-Z]).*[.…]$/s);
      }
      for (const reference of referencesOf(item, config)) expect(reference.targetTextId ?? reference.targetSite).toMatch(/./);
    }
  });
});

describe('real courses', () => {
  /** What today’s starter asks of courses that were written before it did: an author can mend each. */
  const mendable = [/^page metadata\.(description|license): ‘\w+’ is required\.$/, /^resource metadata\.license: ‘License’ is required\.$/, /^sitemetadata metadata\.learning_resource_types: .* has no option ‘(Problem Sets with Solutions|Exams with Solutions|Online Textbook)’/];

  it('have no other faults than what the starter came to ask for since', (context) => {
    const corpus = corpusOrSkip(context);
    const starter = parseSiteConfig(readFileSync(join(corpus, 'ocw-hugo-projects/ocw-course-v2/ocw-studio.yaml'), 'utf8'));
    const others: string[] = [];
    const found = mendable.map(() => 0);
    let count = 0;
    for (const course of coursesOf(corpus)) {
      for (const { path, bytes } of filesBelow(join(corpus, 'courses', course))) {
        const read = readContentFile({ path, text: bytes.toString('utf8'), config: starter, site: { name: course, urlPath: null } });
        if (read.kind !== 'item') continue;
        const kind = configItem(starter, read.item.type);
        if (kind === undefined) throw new Error(`${path} has no kind`);
        count += 1;
        for (const issue of validateItem({ kind, config: starter, item: read.item })) {
          const line = `${kind.name} ${issue.path}: ${issue.message}`;
          const index = mendable.findIndex((pattern) => pattern.test(line));
          if (index === -1) others.push(`${course}/${path} ${line}`);
          else found[index] = (found[index] ?? 0) + 1;
        }
        expect(validateItem({ kind, config: starter, item: read.item, changed: new Set() })).toEqual([]);
      }
    }
    expect(others).toEqual([]);
    expect(count).toBeGreaterThan(1400);
    expect(Math.min(...found)).toBeGreaterThan(0);
  });
});
