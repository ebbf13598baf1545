import { describe, expect, test } from 'vitest';
import { countsWords, diffLines, itemPath, listed, newestByGroup, sectionGroups, unpublishedSentence, valueWords } from '../../web/src/words/homeWords.ts';
import { ago, createWorld, runOf } from './support/world.ts';

const counts = { new: 0, changed: 0, renamed: 0, deleted: 0 };
const out = { at: ago(60), revision: 3 };

describe('what is unpublished is said', () => {
  test.each([
    [{ version: 'draft', published: out, total: 0, counts, otherChanges: false }, 'Staging shows everything that is saved.'],
    [{ version: 'live', published: out, total: 0, counts, otherChanges: true }, 'No item differs from what is out on Production, but the starter or the site’s settings changed: a publish builds the site anew.'],
    [{ version: 'live', published: out, total: 1, counts: { ...counts, renamed: 1 }, otherChanges: false }, '1 item differs from what is out on Production: 1 moved.'],
    [{ version: 'draft', published: out, total: 1_205, counts: { new: 1_200, changed: 2, renamed: 0, deleted: 3 }, otherChanges: true }, '1,205 items differ from what is out on Staging: 1,200 new, 2 changed and 3 deleted. Beside them, the starter or the site’s settings changed.'],
    [{ version: 'draft', published: null, total: 4, counts: { ...counts, new: 4 }, otherChanges: false }, 'Nothing is out on Staging yet. The first publish brings 4 items.'],
    [{ version: 'draft', published: null, total: 0, counts, otherChanges: false }, 'There is nothing to publish yet.'],
  ] as const)('%#', (given, sentence) => {
    expect(unpublishedSentence(given)).toBe(sentence);
  });

  test('in lists as people make them', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a and b', 'a, b and c']);
    expect(countsWords({ new: 1, changed: 0, renamed: 0, deleted: 1 })).toBe('1 new and 1 deleted');
  });
});

test('the newest run of each group is shown, one that runs or failed before a newer one', () => {
  const [site] = createWorld().sites;
  if (site === undefined) throw new Error('There is no site');
  const older = runOf(site, 'draft', { process: 'ingest-video', version: null, state: 'running', startedAt: ago(900) });
  const newer = runOf(site, 'draft', { process: 'ingest-video', version: null, state: 'succeeded', startedAt: ago(10) });
  const draft = runOf(site, 'draft', { state: 'succeeded', startedAt: ago(50) });
  const live = runOf(site, 'live', { state: 'failed', startedAt: ago(500) });
  expect(newestByGroup([newer, older, live, draft]).map(({ group, run }) => [group.name, run.id])).toEqual([
    ['Publish to Staging', draft.id],
    ['Publish to Production', live.id],
    ['Videos', older.id],
  ]);
});

test('sections stand under the starter’s own headings, in its order', () => {
  const section = (category: string, name: string) => ({ category, name, label: name, count: 1 });
  expect(sectionGroups([section('Content', 'a'), section('settings', 'b'), section('Content', 'c')]).map(({ category, sections }) => [category, sections.map(({ name }) => name)])).toEqual([
    ['Content', ['a', 'c']],
    ['Settings', ['b']],
  ]);
});

test('addresses name the place to mend', () => {
  expect(itemPath('algebra', 'x', { field: 'markdown', line: 3 })).toBe('/sites/algebra/items/x?field=markdown&line=3');
  expect(itemPath('algebra', 'x', { field: null, line: null })).toBe('/sites/algebra/items/x');
});

test('a difference is drawn line by line, and values as people read them', () => {
  expect(diffLines('--- revision 1\n+++ revision 2\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n@@ -9 +9 @@\n--- a rule\n\\ No newline at end of file\n')).toEqual([
    { kind: 'same', text: 'same' },
    { kind: 'removed', text: 'old' },
    { kind: 'added', text: 'new' },
    { kind: 'gap', text: '' },
    { kind: 'removed', text: '-- a rule' },
  ]);
  expect(diffLines('')).toEqual([]);
  expect([valueWords(null), valueWords(true), valueWords(['a', 'b']), valueWords({ a: 1 })]).toEqual(['nothing', 'Yes', 'a, b', '{"a":1}']);
});
