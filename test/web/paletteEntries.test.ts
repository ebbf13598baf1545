import { describe, expect, test } from 'vitest';
import { fitOf, type PaletteEntry, shownEntries } from '../../web/src/features/palette/paletteEntries.ts';

const entry = (id: string, group: PaletteEntry['group'], title: string, words = ''): PaletteEntry => ({ id, group, title, words, note: '', href: `/${id}` });

describe('what is typed', () => {
  test('fits in any order and case, the beginning of a word best', () => {
    expect(fitOf('MAIL', 'Mail')).toBe(0);
    expect(fitOf('publish mass', 'Mass publish')).not.toBeNull();
    expect(fitOf('xyz', 'Mass publish')).toBeNull();
    expect(fitOf('pub', 'Mass publish') ?? 0).toBeLessThan(fitOf('ub', 'Mass publish') ?? 0);
    expect(fitOf('', 'anything')).toBe(0);
    expect(fitOf('18.06', '18.065-spring-2018')).toBe(0);
  });

  test('shows groups in their order, and what the server found without sorting it out again', () => {
    const known = [entry('runs', 'studio', 'Runs'), entry('videos', 'site', 'Videos'), entry('site:a', 'sites', 'Running water')];
    const found = [entry('site:b', 'sites', 'Nothing alike'), entry('site:a', 'sites', 'Running water')];
    expect(shownEntries('run', known, found, []).map(({ group, entries }) => [group, entries.map(({ id }) => id)])).toEqual([
      ['sites', ['site:b', 'site:a']],
      ['studio', ['runs']],
    ]);
    expect(shownEntries('nothing here fits', known, [], [])).toEqual([]);
  });

  test('has what was used last first, and in a group of its own before anything is typed', () => {
    const known = [entry('a', 'studio', 'Mail'), entry('b', 'studio', 'Mass publish'), entry('c', 'studio', 'Main')];
    expect(shownEntries('ma', known, [], ['c', 'gone']).flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual(['c', 'a', 'b']);
    expect(shownEntries('  ', known, [], ['gone', 'b']).map(({ group, entries }) => [group, entries.map(({ id }) => id)])).toEqual([
      ['recent', ['b']],
      ['studio', ['a', 'c']],
    ]);
  });
});
