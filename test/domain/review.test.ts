import { describe, expect, test } from 'vitest';
import { addressOf, compareBuild, reportCounts, type ReviewReport, reportSummary } from '#domain/reviewReport.ts';
import { isSecondParty, reviewState, scheduleFault } from '#domain/review.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';

describe('what a build would change', () => {
  const current = makeManifest({ 'index.html': 'home', 'pages/a/index.html': 'a', 'old/index.html': 'old', 'a.css': 'css' });
  const next = makeManifest({ 'index.html': 'home', 'pages/a/index.html': 'a new', 'b.pdf': makeEntry('pdf', { contentType: 'application/pdf' }), 'a.css': 'css' });

  test('is every file that comes, goes or differs, with its sizes', () => {
    expect(compareBuild(current, next, [])).toEqual({
      unchanged: 2,
      files: [
        { theme: '', path: 'b.pdf', change: 'added', size: 3, sizeBefore: null },
        { theme: '', path: 'old/index.html', change: 'removed', size: null, sizeBefore: 3 },
        { theme: '', path: 'pages/a/index.html', change: 'changed', size: 5, sizeBefore: 1 },
      ],
    });
  });

  test('is all of it the first time, and at another address', () => {
    expect(compareBuild(null, next, []).files.map((file) => file.change)).toEqual(['added', 'added', 'added', 'added']);
    expect(compareBuild({ ...current, prefix: 'courses/elsewhere' }, next, []).files.map((file) => file.change)).toEqual(['added', 'added', 'added', 'added']);
  });

  test('names what readers will not find any more', () => {
    expect(['index.html', 'pages/a/index.html', '404.html', 'pages/reindex.html'].map(addressOf)).toEqual(['', 'pages/a/', '404.html', 'pages/reindex.html']);
  });

  test('is said in one line', () => {
    const report = (part: Partial<ReviewReport>): ReviewReport => ({ format: 1, files: [], pages: [], dying: [], unchanged: 3, notCompared: 0, ...part });
    expect(reportSummary(report({}))).toBe('Nothing differs from what readers see');
    const files = compareBuild(current, next, []).files;
    const whole = report({ files, dying: ['old/'], pages: [{ theme: '', path: 'pages/a/index.html', change: 'changed', title: 'A', inserted: 1, deleted: 0 }] });
    expect(reportSummary(whole)).toBe('1 page differs; 1 file added, 1 changed, 1 removed, 8 B; 1 address would die');
    expect(reportCounts(whole)).toEqual({ added: 1, changed: 1, removed: 1, unchanged: 3, pages: 1, dying: 1, bytes: 8 });
    expect(reportSummary(report({ files: files.filter((file) => file.change !== 'added') }))).toBe('0 pages differ; 1 file changed, 1 removed, 5 B');
  });
});

describe('where a review stands', () => {
  test.each([
    ['running', null, null, null, 'building'],
    ['running', 'plan', null, null, 'building'],
    ['running', 'decide', null, null, 'waiting'],
    ['running', 'decide', null, new Date(), 'scheduled'],
    ['running', 'merge', null, new Date(), 'publishing'],
    ['running', 'publish', null, null, 'publishing'],
    ['succeeded', 'publish', null, null, 'published'],
    ['failed', 'build', 'HugoFailed', null, 'failed'],
    ['superseded', 'decide', null, null, 'superseded'],
    ['cancelled', 'decide', 'Rejected', null, 'rejected'],
    ['cancelled', 'decide', 'Cancelled', null, 'cancelled'],
    ['terminated', 'decide', 'Expired', null, 'expired'],
    ['terminated', 'build', 'GivenUp', null, 'cancelled'],
  ] as const)('%s in %s for %s: %s', (state, phase, reasonCode, at, expected) => {
    expect(reviewState({ state, phase, reasonCode }, at)).toBe(expected);
  });
});

test('only another one than who asked may approve', () => {
  expect(isSecondParty({ askedBy: 'ada' }, 'bo')).toBe(true);
  expect(isSecondParty({ askedBy: 'ada' }, 'ada')).toBe(false);
  expect(isSecondParty({ askedBy: 'ada', approvalAskedBy: 'bo' }, 'bo')).toBe(false);
  expect(isSecondParty({ askedBy: 'ada' }, null)).toBe(true);
  expect(isSecondParty({ askedBy: null }, null)).toBe(false);
});

test('a publish is scheduled for a moment to come, within a year', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const at = (ms: number): string | undefined => scheduleFault(new Date(now.getTime() + ms), now);
  expect(at(0)).toContain('has passed');
  expect(at(1)).toBeUndefined();
  expect(at(366 * 24 * 60 * 60_000)).toBeUndefined();
  expect(at(366 * 24 * 60 * 60_000 + 1)).toContain('a year ahead');
});
