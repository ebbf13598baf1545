import { describe, expect, it } from 'vitest';
import { goals, measureNames } from './goals.ts';
import { median, type Round, verdictOf } from './measured.ts';

const rounds = (...pairs: readonly [number, number][]): Round[] => pairs.map(([ours, theirs]) => ({ ours, theirs }));

describe('the verdict on a measure', () => {
  it('takes the ratio of each round by itself, and judges by the one in the middle', () => {
    const verdict = verdictOf({ name: 'deploy', rounds: rounds([1, 2], [6, 4], [10, 8]) });
    expect(verdict).toMatchObject({ ours: 6, theirs: 4, ratio: { min: 0.5, median: 1.25, max: 1.5 }, goal: 1.25, holds: true, unit: 's', peer: 'rclone sync' });
  });

  it('says so when the goal is missed by a little', () => {
    expect(verdictOf({ name: 'deploy', rounds: rounds([1, 2], [5.01, 4], [10, 7]) }).holds).toBe(false);
  });

  it('does not hold when a condition does not, however fast it was', () => {
    const conditions = [{ what: 'draft writes nothing', holds: true }, { what: 'live writes only data.json', holds: false }];
    const verdict = verdictOf({ name: 'unchanged', rounds: rounds([1, 10]), conditions, note: '3 files' });
    expect(verdict.holds).toBe(false);
    expect(verdict.note).toBe('draft writes nothing: yes; live writes only data.json: NO; 3 files');
    expect(verdictOf({ name: 'unchanged', rounds: rounds([1, 10]), conditions: conditions.slice(0, 1) }).holds).toBe(true);
  });

  it('has nothing to hold where a row only informs', () => {
    const row = { what: 'items: first page', peer: 'two statements' };
    expect(verdictOf({ name: 'items', row, rounds: rounds([9, 1]) })).toMatchObject({ ...row, holds: null, goal: null, ratio: { median: 9 } });
  });

  it('refuses rounds that say nothing', () => {
    expect(() => verdictOf({ name: 'edit', rounds: [] })).toThrow('edit has no round');
    expect(() => verdictOf({ name: 'edit', rounds: rounds([1, 2], [-0.1, 2]) })).toThrow('ours came to -0.100 s');
    expect(() => verdictOf({ name: 'edit', rounds: rounds([1, 0]) })).toThrow('the peer to 0.000 s');
    expect(() => verdictOf({ name: 'mass-memory', rounds: rounds([Number.NaN, 1]) })).toThrow('mass-memory says nothing');
  });

  it('knows the middle of odd and even numbers of rounds', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 10])).toBe(3);
    expect(median([])).toBeNaN();
  });
});

describe('the goals', () => {
  it('are those that were set before any run', () => {
    expect(Object.fromEntries(measureNames.filter((name) => goals[name].most !== null).map((name) => [name, goals[name].most]))).toEqual({ edit: 0.3, first: 1, deploy: 1.25, 'store-deploy': 0.75, unchanged: 1.2, mass: 1, 'mass-rclone': 2, 'mass-memory': 1.15, links: 1.5, 'drive-copy': 1.15, 'drive-memory': 1, preview: 1.5, 'preview-busy': 1 });
  });
});
