import { describe, expect, it } from 'vitest';
import type { SitePreview } from '#api/contracts/sitePreviews.ts';
import { faultSentence, othersSentence, previewWords } from '../../web/src/words/previewWords.ts';

const ready: SitePreview = { state: 'ready', doing: '', files: 0, instance: 'i', builds: 1, revision: 3, fault: null, others: [], url: 'http://v.localhost/', page: null };
const wordOf = (state: SitePreview | undefined, more: Partial<Parameters<typeof previewWords>[0]> = {}) => previewWords({ state, isPaused: false, isUpdating: false, hasProblem: false, ...more }).word;

describe('how a preview stands', () => {
  it('is said in few words, with counts while it starts', () => {
    expect(wordOf(undefined)).toBe('Opening');
    expect(wordOf({ ...ready, state: 'starting', doing: 'Getting the themes' })).toBe('Getting the themes …');
    expect(wordOf({ ...ready, state: 'starting', doing: 'Writing the pages', files: 1_210 })).toBe('Writing the pages, 1,210 files …');
    expect(wordOf(ready)).toBe('Up to date');
    expect(wordOf(ready, { isUpdating: true })).toBe('Updating');
    expect(wordOf({ ...ready, fault: { message: 'bad' } })).toBe('Last change not shown');
    expect(wordOf(ready, { isPaused: true })).toBe('Paused');
    expect(wordOf(ready, { hasProblem: true })).toBe('Not up to date');
    expect(wordOf({ ...ready, state: 'ended', doing: 'x' })).toBe('Ended');
    expect(wordOf({ ...ready, state: 'failed', doing: 'x' })).toBe('Cannot be shown');
  });
});

it('a fault is a sentence with its place', () => {
  expect(faultSentence({ message: 'there is no shortcode “wrong”', file: 'content/pages/a.md', line: 12 })).toBe('There is no shortcode “wrong”. In content/pages/a.md, line 12.');
  expect(faultSentence({ message: 'Nil pointer.', file: 'base-theme/layouts/x.html', inTheme: true })).toBe('Nil pointer. In the theme’s base-theme/layouts/x.html.');
});

describe('what others write and have not saved', () => {
  it('is named, and more so on the very page', () => {
    expect(othersSentence([], 'a')).toBeUndefined();
    expect(othersSentence([{ name: 'Ed', textId: 'b', title: 'Syllabus' }], 'a')).toBe('It also shows what others write and have not saved: Ed in ‘Syllabus’.');
    expect(othersSentence([{ name: 'Ed', textId: 'a', title: 'Syllabus' }, { name: 'Olga', textId: 'b', title: null }], 'a')).toBe('Ed writes on this page, too. It shows who typed last, and none of that is saved.');
    expect(othersSentence(['a', 'b', 'c', 'd'].map((textId) => ({ name: 'Ed', textId, title: null })), 'x')).toContain('and 1 more.');
  });
});
