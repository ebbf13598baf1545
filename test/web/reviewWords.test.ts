import { afterAll, beforeAll, expect, test } from 'vitest';
import { approvalSentence, countsSentence, localValue, momentOf, wordsSentence } from '../../web/src/words/reviewWords.ts';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'America/New_York';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test('what would change is one sentence', () => {
  const none = { added: 0, changed: 0, removed: 0, unchanged: 3, pages: 0, dying: 0, bytes: 0 };
  expect(countsSentence(none)).toBe('Nothing differs from what readers see.');
  expect(countsSentence({ ...none, added: 1, changed: 1_200, removed: 2, pages: 1, bytes: 4_100, unchanged: 1 })).toBe('1 new file, 1,200 changed files and 2 removed files, 4.1 kB to write. 1 page differs, 1 file stays as it is.');
  expect(countsSentence({ ...none, changed: 1, bytes: 5 })).toBe('1 changed file, 5 B to write. 0 pages differ, 3 files stay as they are.');
});

test('how much of a page differs', () => {
  expect(wordsSentence({ inserted: null, deleted: null })).toBe('Text not compared');
  expect(wordsSentence({ inserted: 0, deleted: 0 })).toBe('Same text, other markup');
  expect(wordsSentence({ inserted: 1, deleted: 0 })).toBe('1 word added');
  expect(wordsSentence({ inserted: 2, deleted: 1_000 })).toBe('2 words added, 1,000 words removed');
});

test('who approved, and what is missing', () => {
  const at = '2026-03-01T14:05:00.000Z';
  const person = { id: 'ada', name: 'Ada Lin' };
  const can = { approve: false };
  expect(approvalSentence({ needsApproval: false, approved: null, approvalAsked: null, can })).toBeUndefined();
  expect(approvalSentence({ needsApproval: true, approved: null, approvalAsked: null, can })).toContain('a second person');
  expect(approvalSentence({ needsApproval: true, approved: null, approvalAsked: { person, at }, can: { approve: true } })).toBe('Ada Lin asked for approval. You may give it.');
  expect(approvalSentence({ needsApproval: true, approved: null, approvalAsked: { person, at }, can })).toBe('Ada Lin asked for approval. Another person who may publish this site has to give it.');
  expect(approvalSentence({ needsApproval: true, approved: { person: null, at }, approvalAsked: null, can })).toBe('The command line approved this.');
});

test('a moment is typed and read in the person’s zone', () => {
  expect(localValue(new Date('2026-03-01T13:05:00Z'))).toBe('2026-03-01T08:05');
  expect(momentOf('2026-03-01T08:05')).toBe('2026-03-01T13:05:00.000Z');
  expect([momentOf(''), momentOf('soon')]).toEqual([undefined, undefined]);
});
