import { describe, expect, test } from 'vitest';
import { allPaths, type HierarchyField, optionsAt, readHierarchy, writeHierarchy } from '../../web/src/features/content/widgets/hierarchyValue.ts';
import { moved } from '../../web/src/features/content/widgets/moved.ts';
import { addressFault } from '../../web/src/features/content/widgets/outsideAddress.ts';
import { boundsInWords, chosenEntry, readRelation, type RelationField, siteOf, writeRelation } from '../../web/src/features/content/widgets/relationValue.ts';
import { chosenWebsite, readWebsites, siteLabel } from '../../web/src/features/content/widgets/websiteValue.ts';
import { valueFaults } from '../../domain/valueFaults.ts';

const relation = (more: Partial<RelationField> = {}): RelationField => ({ widget: 'relation', name: 'r', label: 'R', display_field: 'title', ...more });
const read = (value: unknown): unknown => readRelation(value).map(({ textId, site }) => [textId, site]);

describe('the value of a relation', () => {
  test.each([
    [undefined, []],
    [null, []],
    ['', []],
    [[], []],
    ['a', [['a', null]]],
    [['a', 'b'], [['a', null], ['b', null]]],
    [{ content: '', website: 'x' }, []],
    [{ content: null }, []],
    [{ content: 'a', website: 'x' }, [['a', null]]],
    [{ content: ['a', 'b'], website: 'x' }, [['a', null], ['b', null]]],
    [{ content: [['a', 'courses/x'], ['b', null], ['c', ''], 'd'], website: 'x' }, [['a', 'courses/x'], ['b', null], ['c', null], ['d', null]]],
    [[{ file: '/courses/x/a.vtt', language: 'en' }], [[null, null]]],
  ])('%j is read', (value, expected) => expect(read(value)).toEqual(expected));

  test('two entries that are the same are told apart', () => expect(new Set(readRelation(['a', 'a', 'a']).map(({ key }) => key)).size).toBe(3));

  const own = 'algebra';
  test.each([
    ['one entry', relation(), [chosenEntry('a', null)], undefined, { content: 'a', website: own }],
    ['none of one', relation(), [], { content: 'a', website: own }, { content: '', website: own }],
    ['several', relation({ multiple: true }), [chosenEntry('a', null)], { content: '', website: own }, { content: ['a'], website: own }],
    ['none of several', relation({ sortable: true }), [], null, { content: [], website: own }],
    ['a pinned site', relation({ website: 'ocw-www', multiple: true }), [chosenEntry('a', null)], null, { content: ['a'], website: 'ocw-www' }],
    ['the site that was stored', relation(), [chosenEntry('a', null)], { content: 'b', website: 'other' }, { content: 'a', website: 'other' }],
    ['keys nobody knows', relation(), [chosenEntry('a', null)], { content: 'b', website: own, extra: 1 }, { content: 'a', website: own, extra: 1 }],
    ['pairs', relation({ cross_site: true }), [...readRelation(['old', ['b', null]]), chosenEntry('a', 'courses/x')], null, { content: [['old', null], ['b', null], ['a', 'courses/x']], website: own }],
  ])('%s: what is written is canonical, and fits the starter', (_what, field, entries, before, expected) => {
    expect(writeRelation(field, entries, before, own)).toEqual(expected);
    expect(valueFaults(field, expected, false)).toEqual([]);
  });

  test('files of captions stay in their list, whatever is chosen beside them', () => {
    const files = [{ file: '/courses/x/a.vtt', language: 'en' }];
    const written = writeRelation(relation({ multiple: true }), [...readRelation(files), chosenEntry('a', null)], files, own);
    expect(written).toEqual([...files, 'a']);
    expect(valueFaults(relation({ multiple: true }), written, false)).toEqual([]);
  });

  test('an entry that fits no form is kept', () => expect(writeRelation(relation({ multiple: true }), readRelation({ content: ['a', 7, ['b', 'courses/x']] }), null, own)).toEqual({ content: ['a', 7, ['b', 'courses/x']], website: own }));
  test('its site', () => expect([siteOf(relation({ website: 'ocw-www' }), { website: 'x' }, own), siteOf(relation(), { website: 'x' }, own), siteOf(relation(), { website: '' }, own), siteOf(relation(), 'a', own)]).toEqual(['ocw-www', 'x', own, own]));

  test.each([
    [undefined, undefined, 3, undefined],
    [0, undefined, 3, undefined],
    [1, 1, 0, 'Choose exactly 1 entry. None is chosen yet.'],
    [2, 5, 1, 'Choose 2 to 5 entries. 1 is chosen.'],
    [2, undefined, 1_200, 'Choose at least 2 entries. 1,200 are chosen.'],
    [0, 2, 2, 'Choose at most 2 entries. 2 are chosen.'],
  ])('min %s and max %s with %i chosen, in words', (min, max, count, words) => expect(boundsInWords(min, max, count)).toBe(words));
});

describe('the value of a hierarchical select', () => {
  const field: HierarchyField = {
    widget: 'hierarchical-select',
    name: 'topics',
    label: 'Topics',
    levels: [{ name: 'topic', label: 'Topic' }, { name: 'subtopic', label: 'Subtopic' }, { name: 'speciality', label: 'Speciality' }],
    options_map: { Engineering: { 'Computer Science': ['Algorithms', 'Graphics'], Mechanics: [] }, Mathematics: ['Algebra'] },
  };
  test('its paths, also those that end above the last level', () => {
    expect(allPaths(field).map((path) => path.join('/'))).toEqual(['Engineering', 'Engineering/Computer Science', 'Engineering/Computer Science/Algorithms', 'Engineering/Computer Science/Graphics', 'Engineering/Mechanics', 'Mathematics', 'Mathematics/Algebra']);
    for (const path of allPaths(field)) expect(valueFaults(field, [path], false)).toEqual([]);
  });
  test('what follows a path', () => {
    expect(optionsAt(field, [])).toEqual(['Engineering', 'Mathematics']);
    expect(optionsAt(field, ['Mathematics'])).toEqual(['Algebra']);
    expect(optionsAt(field, ['constructor'])).toEqual([]);
    expect(optionsAt(field, ['Mathematics', 'Algebra'])).toEqual([]);
  });
  test('what the starter no longer has is told and kept', () => {
    const value = [['Engineering', 'Alchemy'], ['Mathematics'], 'loose', 7, []];
    const entries = readHierarchy(field, value);
    expect(entries.map(({ isKnown }) => isKnown)).toEqual([false, true, false, false, false]);
    expect(writeHierarchy(entries.map(({ stored }) => stored))).toEqual([[], 'loose', 7, ['Engineering', 'Alchemy'], ['Mathematics']]);
  });
  test('it is written once each, sorted by its text, without empty levels', () => expect(writeHierarchy([['Mathematics', ''], ['Engineering', 'Mechanics'], ['Mathematics'], ['Engineering']])).toEqual([['Engineering'], ['Engineering', 'Mechanics'], ['Mathematics']]));
  test.each([undefined, null, '', []])('of %j is empty', (value) => expect(readHierarchy(field, value)).toEqual([]));
});

describe('the value of a website collection', () => {
  test('is read, and what is no site is kept', () => expect(readWebsites([{ id: 'courses/a', title: 'A', extra: 1 }, { title: 'lost' }, 'x'])).toMatchObject([{ urlPath: 'courses/a', title: 'A', stored: { extra: 1 } }, { urlPath: null }, { urlPath: null, stored: 'x' }]));
  test('names a site by its URL path', () => expect(chosenWebsite({ urlPath: 'courses/a', title: 'A' })).toEqual({ id: 'courses/a', title: 'A' }));
  test('shows the short id, for many have one title', () => expect([siteLabel('A', '18.01', 'courses/a'), siteLabel(null, null, 'courses/a'), siteLabel('A', null, 'courses/a')]).toEqual(['A (18.01)', 'courses/a', 'A']));
});

describe('an outside address', () => {
  test.each([['', 'Type the address first'], ['example.org', 'no whole address'], ['javascript:alert(1)', 'begins with https:// or http://'], ['ftp://x.org', 'begins with https:// or http://']])('%j is none', (text, words) => expect(addressFault(text)).toContain(words));
  test.each(['https://example.org/a?b#c', ' http://example.org '])('%j is one', (text) => expect(addressFault(text)).toBeUndefined());
});

test('an entry of a list is moved, and one that stays leaves the list', () => {
  const list = ['a', 'b', 'c'];
  expect([moved(list, 0, 2), moved(list, 2, 0), moved(list, 0, 9), moved(list, 2, -9)]).toEqual([['b', 'c', 'a'], ['c', 'a', 'b'], ['b', 'c', 'a'], ['c', 'a', 'b']]);
  for (const [from, to] of [[1, 1], [0, -1], [2, 3], [7, 0]] as const) expect(moved(list, from, to)).toBe(list);
});
