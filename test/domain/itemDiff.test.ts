import { describe, expect, it } from 'vitest';
import { fieldDifferences, isSameValue } from '#domain/itemDiff.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';

describe('the difference between two states of an item', () => {
  const item = makeContentItem({ metadata: { draft: false, image_metadata: { caption: 'a', credit: 'b' }, level: ['A'] } });

  it('is nothing where nothing differs, whatever the order of keys', () => {
    expect(fieldDifferences(item, { ...item, metadata: { level: ['A'], image_metadata: { credit: 'b', caption: 'a' }, draft: false } })).toEqual([]);
  });

  it('names each column and each value of the metadata', () => {
    const after = { ...item, title: 'New', markdown: null, metadata: { draft: true, image_metadata: { caption: 'c', credit: 'b' }, level: ['A', 'B'] } };
    expect(fieldDifferences(item, after)).toEqual([
      { field: 'title', before: item.title, after: 'New' },
      { field: 'markdown', before: item.markdown, after: null },
      { field: 'metadata.draft', before: false, after: true },
      { field: 'metadata.image_metadata.caption', before: 'a', after: 'c' },
      { field: 'metadata.level', before: ['A'], after: ['A', 'B'] },
    ]);
  });

  it('tells what came and what went', () => {
    expect(fieldDifferences({ metadata: { a: 1, o: { x: 1, y: {} } } }, { metadata: { b: '', o: 'text' } })).toEqual([
      { field: 'metadata.a', before: 1, after: null },
      { field: 'metadata.b', before: null, after: '' },
      { field: 'metadata.o', before: { x: 1, y: {} }, after: 'text' },
    ]);
    expect(fieldDifferences({ metadata: {} }, { metadata: { o: { x: 1, y: {} } } })).toEqual([
      { field: 'metadata.o.x', before: null, after: 1 },
      { field: 'metadata.o.y', before: null, after: {} },
    ]);
    expect(fieldDifferences({ metadata: { o: 'text' } }, { metadata: { o: { x: 1 } } })).toEqual([{ field: 'metadata.o', before: 'text', after: { x: 1 } }]);
    expect(fieldDifferences({ metadata: { o: { x: 1 } } }, { metadata: {} })).toEqual([{ field: 'metadata.o.x', before: 1, after: null }]);
  });

  it('tells null from nothing, and names it', () => {
    expect(fieldDifferences({ metadata: { a: null } }, { metadata: {} })).toEqual([{ field: 'metadata.a', before: null, after: null }]);
  });
});

describe('two values', () => {
  it.each([
    [1, 1, true],
    [1, '1', false],
    [[], {}, false],
    [[1, 2], [2, 1], false],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [{ a: [{ b: null }] }, { a: [{ b: null }] }, true],
    [null, undefined, false],
    [{ toString: 1 }, {}, false],
  ])('%j and %j: %j', (a, b, isSame) => {
    expect(isSameValue(a, b)).toBe(isSame);
    expect(isSameValue(b, a)).toBe(isSame);
  });
});
