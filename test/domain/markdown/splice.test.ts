import { describe, expect, it } from 'vitest';
import { applySplices } from '#domain/markdown/splice.ts';

describe('splices', () => {
  it('are all places of the text as it was, in any order', () => {
    const splices = [
      { from: 4, to: 5, insert: 'Y' },
      { from: 0, to: 1, insert: '' },
      { from: 2, to: 2, insert: '12' },
    ];
    expect(applySplices('abcdef', splices)).toBe('b12cdYf');
    expect(splices[0]?.from).toBe(4);
  });

  it('at the same place come in their order, a removal before what is put behind it', () => {
    expect(applySplices('ab', [{ from: 1, to: 1, insert: '1' }, { from: 1, to: 1, insert: '2' }])).toBe('a12b');
    expect(applySplices('abc', [{ from: 2, to: 2, insert: '!' }, { from: 1, to: 2, insert: '' }])).toBe('a!c');
    expect(applySplices('', [])).toBe('');
  });

  it.each([
    [[{ from: 0, to: 2, insert: '' }, { from: 1, to: 3, insert: '' }]],
    [[{ from: 0, to: 4, insert: '' }]],
    [[{ from: -1, to: 0, insert: '' }]],
    [[{ from: 2, to: 1, insert: '' }]],
  ])('that do not fit are refused: %j', (splices) => {
    expect(() => applySplices('abc', splices)).toThrow(RangeError);
  });
});
