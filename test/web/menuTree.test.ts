import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { menuMoves } from '../../web/src/features/content/widgets/menuMoves.ts';
import { addItem, dropItem, menuRows, moveItem, removeItem, renameItem, restoreItem, stepItem } from '../../web/src/features/content/widgets/menuTree.ts';
import { corpusOrSkip, coursesOf } from '../support/corpus.ts';

const idA = 'ac53cbde-5f80-dfed-cf91-80c97c88acee';

/** Two levels: A, B with B1 and B2, an outside address of old, C. */
const menu = () => [
  { identifier: 'a', name: 'A', weight: 10, params: { icon: 'star' } },
  { identifier: 'b', name: 'B', weight: 20 },
  { identifier: 'b1', name: 'B1', weight: 10, parent: 'b' },
  { identifier: 'b2', name: 'B2', weight: 20, parent: 'b' },
  { identifier: 'external-1', name: 'Wiki', weight: 30, url: 'https://example.org/' },
  { identifier: 'c', name: 'C', weight: 40 },
];
const shape = (value: unknown): string => menuRows(value).map((row) => `${'.'.repeat(row.level)}${row.name}:${String(row.entry['weight'])}`).join(' ');
/** Names of the entries that are not the same object as before. */
const touched = (before: readonly unknown[], after: readonly unknown[]): string[] => (after as { name: string }[]).filter((entry) => !before.includes(entry)).map(({ name }) => name);

describe('a menu as rows', () => {
  test('has children after their parent, siblings by weight', () => expect(shape([...menu()].reverse())).toBe('A:10 B:20 .B1:10 .B2:20 Wiki:30 C:40'));
  test('shows at the top what lies under nothing, and what lies in a circle', () => {
    expect(shape([{ identifier: 'x', name: 'X', weight: 10, parent: 'gone' }])).toBe('X:10');
    expect(menuRows([{ identifier: 'x', name: 'X', weight: 10, parent: 'y' }, { identifier: 'y', name: 'Y', weight: 10, parent: 'x' }, { identifier: 'z', name: 'Z', weight: 5, parent: 'z' }]).map(({ name }) => name).sort()).toEqual(['X', 'Y', 'Z']);
  });
  test('tells two of one identifier apart, and leaves out what is no item', () => {
    const rows = menuRows([null, 'text', { identifier: 'x', name: '1', weight: 1 }, { identifier: 'x', name: '2', weight: 2 }, { name: '3' }]);
    expect(rows.map(({ name }) => name)).toEqual(['1', '2', '3']);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(3);
  });
  test.each([null, undefined, '', 'x', {}])('of %j is empty', (value) => expect(menuRows(value)).toEqual([]));
});

describe('moving an item', () => {
  test('one step changes the weights of its siblings alone', () => {
    const before = menu();
    const after = stepItem(before, 'b', 'up');
    expect(shape(after)).toBe('B:10 .B1:10 .B2:20 A:20 Wiki:30 C:40');
    expect(touched(before, after).sort()).toEqual(['A', 'B']);
    expect(after[0]).toEqual({ identifier: 'a', name: 'A', weight: 20, params: { icon: 'star' } });
  });
  test('there and back is the same menu', () => {
    const before = menu();
    for (const [there, back] of [['up', 'down'], ['down', 'up']] as const) expect(stepItem(stepItem(before, 'b', there), 'b', back)).toEqual(before);
  });
  test('in puts it last under the one before, and the others keep their weights', () => {
    const before = menu();
    const after = stepItem(before, 'external-1', 'in');
    expect(shape(after)).toBe('A:10 B:20 .B1:10 .B2:20 .Wiki:30 C:40');
    expect(after[4]).toEqual({ identifier: 'external-1', name: 'Wiki', weight: 30, url: 'https://example.org/', parent: 'b' });
    expect(touched(before, after)).toEqual(['Wiki']);
  });
  test('out puts it behind its parent', () => {
    const after = stepItem(menu(), 'b1', 'out');
    expect(shape(after)).toBe('A:10 B:20 .B2:20 B1:30 Wiki:40 C:50');
    expect(after[2]).toEqual({ identifier: 'b1', name: 'B1', weight: 30 });
  });
  test.each([['a', 'up'], ['c', 'down'], ['a', 'in'], ['a', 'out'], ['b2', 'in'], ['nowhere', 'up'], ['b2', 'down']] as const)('%s %s: there is no way, and it is the same list', (key, step) => {
    const before = menu();
    expect(stepItem(before, key, step)).toBe(before);
  });
  test('what has items under it goes no level in, nor under itself', () => {
    const before = menu();
    expect(moveItem(before, 'b', 'a', 0)).toBe(before);
    expect(moveItem(before, 'b', 'b', 0)).toBe(before);
    expect(moveItem(before, 'c', 'b1', 0)).toBe(before);
  });
  test('an item of a page loses the address it had, others keep theirs', () => {
    const before = [{ identifier: idA, name: 'Page', weight: 10, pageRef: '/pages/page', url: '/pages/page' }, { identifier: 'external-1', name: 'Wiki', weight: 20, url: 'https://example.org/' }];
    expect(stepItem(before, idA, 'down')).toEqual([{ identifier: idA, name: 'Page', weight: 20 }, { identifier: 'external-1', name: 'Wiki', weight: 10, url: 'https://example.org/' }]);
  });
  test('weights of older menus that say the order stay', () => {
    const before = [{ identifier: 'a', name: 'A', weight: 30 }, { identifier: 'b', name: 'B', weight: 40, parent: 'a' }, { identifier: 'c', name: 'C', weight: 60 }];
    expect(shape(stepItem(before, 'c', 'in'))).toBe('A:30 .B:40 .C:50');
  });
});

describe('an item that went a long way', () => {
  test('changes only what the way as one move would', () => {
    const before = menu();
    const after = ['up', 'up', 'up', 'down', 'in'].reduce<unknown>((list, step) => menuMoves.step(list, 'c', step as 'up'), before);
    expect(shape(menuMoves.settle(before, after, 'c'))).toBe('A:10 .C:10 B:20 .B1:10 .B2:20 Wiki:30');
    expect(touched(before, menuMoves.settle(before, after, 'c') as unknown[])).toEqual(['C']);
  });
  test('and came back is the same menu', () => {
    const before = menu();
    const after = ['in', 'out', 'up', 'down'].reduce<unknown>((list, step) => menuMoves.step(list, 'c', step as 'up'), before);
    expect(menuMoves.settle(before, after, 'c')).toBe(before);
  });
  test('is told where it is', () => expect([menuMoves.where(menu(), 'b2'), menuMoves.where(menu(), 'a')]).toEqual(['2 of 2 under ‘B’', '1 of 4 at the top']));
});

describe('dropping an item', () => {
  // Rows without the dragged one: A B B1 B2 Wiki (of C).
  test.each([
    [0, 0, 'C:10 A:20 B:30 .B1:10 .B2:20 Wiki:40'],
    [3, 1, 'A:10 B:20 .B1:10 .C:20 .B2:30 Wiki:30'],
    [3, 0, 'A:10 B:20 .B1:10 .B2:20 C:30 Wiki:40'],
    [4, 1, 'A:10 B:20 .B1:10 .B2:20 .C:30 Wiki:30'],
    [0, 1, 'C:10 A:20 B:30 .B1:10 .B2:20 Wiki:40'],
    [5, 0, 'A:10 B:20 .B1:10 .B2:20 Wiki:30 C:40'],
    [99, 7, 'A:10 B:20 .B1:10 .B2:20 Wiki:30 .C:10'],
  ])('at row %i, %i levels in', (index, level, expected) => expect(shape(dropItem(menu(), 'c', index, level))).toBe(expected));
  test('takes what lies under it along', () => expect(shape(dropItem(menu(), 'b', 0, 0))).toBe('B:10 .B1:10 .B2:20 A:20 Wiki:30 C:40'));
});

describe('adding, renaming, removing', () => {
  test('a new item stands last and nothing else is touched', () => {
    const before = menu();
    const after = addItem(before, { identifier: 'n', name: 'New' });
    expect(after.at(-1)).toEqual({ identifier: 'n', name: 'New', weight: 50 });
    expect(touched(before, after)).toEqual(['New']);
    expect(addItem(null, { identifier: 'n', name: 'New' })).toEqual([{ identifier: 'n', name: 'New', weight: 10 }]);
  });
  test('a new item behind one without a weight gives all of them one', () => expect(shape(addItem([{ identifier: 'a', name: 'A' }, { identifier: 'b', name: 'B', weight: 0 }], { identifier: 'n', name: 'New' }))).toBe('A:10 B:20 New:30'));
  test('another name changes one item', () => {
    const before = menu();
    const after = renameItem(before, 'a', 'Start');
    expect(after[0]).toEqual({ identifier: 'a', name: 'Start', weight: 10, params: { icon: 'star' } });
    expect(touched(before, after)).toEqual(['Start']);
    expect(renameItem(before, 'a', 'A')).toBe(before);
  });
  test('children go with their parent, and come back with it', () => {
    const before = menu();
    const { menu: after, removed } = removeItem(before, 'b');
    expect(shape(after)).toBe('A:10 Wiki:30 C:40');
    expect(touched(before, after)).toEqual([]);
    expect(removed).toMatchObject({ name: 'B', children: 2 });
    if (removed === undefined) throw new Error('nothing was removed');
    expect(restoreItem(after, removed)).toEqual(before);
    expect(shape(restoreItem(renameItem(after, 'a', 'Start'), removed))).toBe('Start:10 B:20 .B1:10 .B2:20 Wiki:30 C:40');
  });
  test('comes back at the top when its parent is gone', () => {
    const first = removeItem(menu(), 'b1');
    const second = removeItem(first.menu, 'b');
    if (first.removed === undefined) throw new Error('nothing was removed');
    expect(restoreItem(second.menu, first.removed)).toContainEqual({ identifier: 'b1', name: 'B1', weight: 10 });
  });
  test('what is no item stays through every change', () => {
    const before = [null, ...menu(), 'stray'];
    for (const after of [renameItem(before, 'a', 'X'), stepItem(before, 'b', 'up'), addItem(before, { identifier: 'n', name: 'N' }), removeItem(before, 'b').menu]) {
      expect(after).toContain(null);
      expect(after).toContain('stray');
    }
  });
});

describe('the menus of real courses', () => {
  test('are read whole, written as they were, and every operation changes only what it must', (context) => {
    const corpus = corpusOrSkip(context);
    let items = 0;
    for (const course of coursesOf(corpus)) {
      const file = parse(readFileSync(join(corpus, 'courses', course, 'config/_default/menus.yaml'), 'utf8')) as { leftnav: { identifier: string; name: string; parent?: string }[] };
      const before = file.leftnav;
      const untouched = structuredClone(before);
      const rows = menuRows(before);
      items += rows.length;
      expect([...rows].sort((a, b) => a.index - b.index).map(({ entry }) => entry)).toEqual(before);
      for (const row of rows) {
        const siblings = rows.filter((one) => one.parent === row.parent).map(({ index }) => index);
        const changedBy = (after: readonly unknown[]) => before.flatMap((entry, index) => (after[index] === entry ? [] : [index]));
        expect(changedBy(renameItem(before, row.key, `${row.name}!`))).toEqual([row.index]);
        expect(moveItem(before, row.key, row.parent, siblings.indexOf(row.index))).toBe(before);
        for (const step of ['up', 'down'] as const) expect(siblings).toEqual(expect.arrayContaining(changedBy(stepItem(before, row.key, step))));
        const inner = stepItem(before, row.key, 'in');
        expect(changedBy(inner).length).toBeLessThanOrEqual(1);
        const { menu: less, removed } = removeItem(before, row.key);
        expect(less.every((entry) => before.includes(entry as never))).toBe(true);
        if (removed === undefined) throw new Error('nothing was removed');
        expect(restoreItem(less, removed)).toEqual(untouched);
      }
      expect(addItem(before, { identifier: 'new', name: 'New' }).slice(0, -1)).toEqual(untouched);
      expect(before).toEqual(untouched);
    }
    expect(items).toBeGreaterThan(20);
  });
});
