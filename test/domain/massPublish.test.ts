import { describe, expect, it } from 'vitest';
import { endedOf, estimateEnd, massSummary, noMassCounts, totalOf } from '#domain/massPublish.ts';

it('counts all sites, and those that are done with', () => {
  const counts = { waiting: 1, asked: 2, succeeded: 3, failed: 4, skipped: 5, cancelled: 6, undone: 7 };
  expect([totalOf(counts), endedOf(counts)]).toEqual([28, 25]);
});

it.each([
  ['publish', { ...noMassCounts, succeeded: 1 }, '1 of 1 site published'],
  ['publish', { ...noMassCounts, waiting: 1_000, succeeded: 1_200, failed: 2, skipped: 3, cancelled: 4, undone: 5 }, '1,200 of 2,214 sites published, 2 failed, 3 left out, 4 stopped, 5 undone'],
  ['undo', { ...noMassCounts, succeeded: 2, skipped: 1 }, '2 of 3 sites brought back, 1 left out'],
] as const)('says of a %s how far it is', (kind, counts, summary) => {
  expect(massSummary(kind, counts)).toBe(summary);
});

describe('the estimate', () => {
  const counts = { ...noMassCounts, waiting: 8, asked: 2 };
  it('goes on as the last sites went', () => {
    expect(estimateEnd(counts, [30_000, 10_000, 20_000], 30_000)).toBe(130_000);
  });
  it('moves on when nothing ends', () => {
    expect(estimateEnd(counts, [10_000, 20_000], 60_000)).toBe(60_000 + 10 * 25_000);
  });
  it('is nobody’s guess before two sites have ended, or when none is left', () => {
    expect([estimateEnd(counts, [10_000], 20_000), estimateEnd({ ...noMassCounts, succeeded: 3 }, [1, 2, 3], 4)]).toEqual([null, null]);
  });
});
