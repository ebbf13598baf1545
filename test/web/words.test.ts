import { counted } from '#domain/counted.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { factsOf, leftToDo } from '../../web/src/features/runs/facts.ts';
import { nextKey } from '../../web/src/lib/keySequence.ts';
import { duration, exactTime, ordinal, relativeTime, timeUntil } from '../../web/src/lib/time.ts';
import { builderSentence } from '../../web/src/words/builderWords.ts';
import { waitingWords } from '../../web/src/words/publishWords.ts';
import { askedBy } from '../../web/src/words/runWords.ts';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'America/New_York';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test('a moment is said as people say it', () => {
  const now = new Date('2026-03-12T14:00:00-04:00');
  const said = (at: string): string => relativeTime(new Date(at), now);
  expect(said('2026-03-12T13:59:40-04:00')).toBe('just now');
  expect(said('2026-03-12T13:59:00-04:00')).toBe('1 minute ago');
  expect(said('2026-03-12T13:20:00-04:00')).toBe('40 minutes ago');
  expect(said('2026-03-12T13:00:00-04:00')).toBe('1 hour ago');
  expect(said('2026-03-12T02:00:00-04:00')).toBe('12 hours ago');
  expect(said('2026-03-11T23:00:00-04:00')).toBe('yesterday');
  expect(said('2026-03-08T12:00:00-04:00')).toBe('4 days ago');
  expect(said('2026-02-03T12:00:00-05:00')).toBe('February 3');
  expect(said('2025-02-03T12:00:00-05:00')).toBe('February 3, 2025');
});

test('shortly after midnight an hour ago is an hour ago, not yesterday', () => {
  expect(relativeTime(new Date('2026-03-11T23:30:00-04:00'), new Date('2026-03-12T00:30:00-04:00'))).toBe('1 hour ago');
});

test('a moment ahead of this clock is just now or exact, never negative', () => {
  const now = new Date('2026-03-12T14:00:00-04:00');
  expect(relativeTime(new Date('2026-03-12T14:00:20-04:00'), now)).toBe('just now');
  expect(relativeTime(new Date('2026-03-12T15:00:00-04:00'), now)).toContain('3:00:00');
});

test('a moment to come is said as people say it', () => {
  const now = new Date('2026-03-12T14:00:00-04:00');
  const said = (at: string): string => timeUntil(new Date(at), now);
  expect(['2026-03-12T13:00:00-04:00', '2026-03-12T14:00:50-04:00', '2026-03-12T14:01:30-04:00', '2026-03-12T14:59:59-04:00', '2026-03-12T15:30:00-04:00', '2026-03-12T23:00:00-04:00'].map(said)).toEqual(['within a minute', 'within a minute', 'in 1 minute', 'in 59 minutes', 'in 1 hour', 'in 9 hours']);
  expect(['2026-03-13T01:00:00-04:00', '2026-03-14T01:00:00-04:00', '2026-04-11T14:00:00-04:00'].map(said)).toEqual(['tomorrow', 'in 2 days', 'in 30 days']);
  expect(timeUntil(new Date('2026-03-13T01:00:00-04:00'), new Date('2026-03-12T23:00:00-04:00'))).toBe('in 2 hours');
});

test('the exact time names the zone', () => {
  expect(exactTime(new Date('2026-03-12T18:05:09Z')).replace(/\u202f/g, ' ')).toBe('Thu, March 12, 2026 at 2:05:09 PM EDT');
});

test('lengths of time, places in a row and counts', () => {
  expect([0, 420, 9_949, 9_950, 59_400, 59_600, 65_000, 120_000, 3_600_000, 7_380_000, -5].map(duration)).toEqual(['0.0 s', '0.4 s', '9.9 s', '10 s', '59 s', '1 min', '1 min 5 s', '2 min', '1 h', '2 h 3 min', '0.0 s']);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd', '111th']);
  expect([counted(1, 'site'), counted(2_700, 'site'), counted(2, 'try', 'tries')]).toEqual(['1 site', '2,700 sites', '2 tries']);
});

test('who asked is named once', () => {
  const by = (...names: (string | null)[]): string => askedBy(names.map((name) => ({ person: name === null ? null : { id: name, name }, at: '2026-01-01T00:00:00.000Z' })));
  expect(by()).toBe('the studio');
  expect(by('Ada Lin', 'Ada Lin')).toBe('Ada Lin');
  expect(by('Ada Lin', null)).toBe('Ada Lin and the studio');
  expect(by('Ada Lin', 'Bo Oz', 'Cy Pi')).toBe('Ada Lin and 2 others');
});

test('requests that wait are told with what becomes of them', () => {
  const request = (delivered: boolean) => ({ id: 'r', person: null, at: '2026-01-01T00:00:00.000Z', delivered });
  expect(waitingWords({ state: 'running', waiting: [] })).toBeUndefined();
  expect(waitingWords({ state: 'running', waiting: [request(true), request(true)] })).toMatchObject({ title: '2 more requests wait', text: 'They go out together in one pass when this one ends.' });
  expect(waitingWords({ state: 'running', waiting: [request(true)] })?.title).toBe('1 more request waits');
  expect(waitingWords({ state: 'waiting', waiting: [request(true)] })?.title).toBe('Asked for');
  expect(waitingWords({ state: 'waiting', waiting: [request(true), request(false)] })?.title).toBe('Waiting for the engine');
});

test('outcomes are read as names and values', () => {
  const result = { changed: 1_933, uploadedBytes: 4_100_000, keptFiles: ['a', 'b'], skipped: [], nothing: null, mergedBranch: 'release', long: 'x'.repeat(200) };
  expect(factsOf({ process: 'publish-site', result })).toEqual([
    { key: 'changed', name: 'Changed files', value: '1,933' },
    { key: 'uploadedBytes', name: 'Uploaded', value: '4.1 MB' },
    { key: 'keptFiles', name: 'Kept files', value: '2' },
    { key: 'mergedBranch', name: 'Merged branch', value: 'release' },
  ]);
  expect(factsOf({ process: 'cleanup-content', result: { changed: 3 } })).toEqual([{ key: 'changed', name: 'Changed', value: '3' }]);
  expect(factsOf({ process: 'publish-site', result: { builder: 'concourse', buildId: 4_711 } })).toEqual([{ key: 'buildId', name: 'Build in Concourse', value: '4711' }]);
  expect(factsOf({ process: 'import-site', result: null })).toEqual([]);
  expect(factsOf({ process: 'sync-drive-folder', result: { bytes: 4_103_220, kept: 2, failed: 0 } }).map(({ name, value }) => `${name}: ${value}`)).toEqual(['Read from Google Drive: 4.1 MB', 'Missing, and kept: 2', 'Failed: 0']);
});

test('a move says how many files went, not how many it lists, and what it leaves to people', () => {
  const result = { url: 'https://live.example/a/', removedFiles: 74, removed: ['a', 'b'], redirectLine: '/a/* → /b/:splat 301', byHand: ['Add this line.', 'Purge it.'] };
  expect(factsOf({ process: 'change-site-url', result })).toEqual([{ key: 'removedFiles', name: 'Removed files', value: '74' }]);
  expect(leftToDo({ result })).toEqual(['Add this line.', 'Purge it.']);
  expect(leftToDo({ result: null })).toEqual([]);
});

test('which builder publishes which sites is one sentence', () => {
  const others = (total: number) => ({ total, first: [] });
  expect(builderSentence({ usual: 'temporal', hasConcourse: true, others: others(0) })).toBe('The studio’s own workers publish every site.');
  expect(builderSentence({ usual: 'temporal', hasConcourse: true, others: others(1_200) })).toBe('The studio’s own workers publish every site but 1,200, which Concourse publishes.');
  expect(builderSentence({ usual: 'concourse', hasConcourse: true, others: others(1) })).toBe('Concourse publishes every site but 1, which the studio’s own workers publish.');
  expect(builderSentence({ usual: 'concourse', hasConcourse: true, others: null })).toBe('Concourse publishes every site that did not choose another builder.');
});

test('keys make a shortcut, and a key that leads nowhere begins anew', () => {
  const known = ['g s', 'g r', '/', 'p'];
  expect(nextKey('', 'g', known)).toEqual({ pending: 'g', hit: undefined });
  expect(nextKey('g', 's', known)).toEqual({ pending: '', hit: 'g s' });
  expect(nextKey('g', '/', known)).toEqual({ pending: '', hit: '/' });
  expect(nextKey('g', 'g', known)).toEqual({ pending: 'g', hit: undefined });
  expect(nextKey('', 'x', known)).toEqual({ pending: '', hit: undefined });
});
