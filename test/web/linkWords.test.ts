import { describe, expect, it } from 'vitest';
import { accountSentence, archiveNote, linkNote, linkStateWords } from '../../web/src/words/linkWords.ts';

const link = { url: 'https://example.edu/', status: null, code: null, failures: 0, trouble: null, checkedAt: null };

describe('a link', () => {
  it.each([
    [{ url: '' }, 'No address', 'The item has no address. Give it one.'],
    [{}, 'Not checked yet', undefined],
    [{ checkedAt: 'x', trouble: 'tls' }, 'Not known', 'The last check found nothing out. Its server does not prove who it is.'],
    [{ checkedAt: 'x', trouble: 'notPublic' }, 'Not known', 'The last check found nothing out. The address, or one it leads to, is none of the public web, so it is not asked for.'],
    [{ status: 'valid', code: 200 }, 'Works', undefined],
    [{ status: 'valid', code: 500, failures: 1 }, 'Works', 'The page answered 500 once. It counts as broken when the next check finds the same.'],
    [{ status: 'broken', code: 404, failures: 2 }, 'Broken', 'The page answered 404 twice in a row. Readers are offered its archived copy, if there is one. Give it a new address, or take it out.'],
    [{ status: 'unchecked', code: 403 }, 'Turns checks away', 'The page answered 403, which says more of who asks than of the page. Open it to see for yourself.'],
  ] as const)('%j is said as people say it', (change, word, note) => {
    expect([linkStateWords({ ...link, ...change }).word, linkNote({ ...link, ...change })]).toEqual([word, note]);
  });
});

it.each([
  [{ state: 'none' }, 'It was not archived yet.'],
  [{ state: 'none', url: 'x' }, 'It has a copy.'],
  [{ state: 'archived', url: 'x' }, 'It has a copy.'],
  [{ state: 'queued' }, 'It waits to be archived.'],
  [{ state: 'queued', reason: 'error:too-many-daily-captures' }, 'The archive could not capture it (too many daily captures). It is tried again.'],
  [{ state: 'submitted' }, 'The archive is capturing it.'],
  [{ state: 'unknown' }, 'The archive has not said what became of its capture. It is looked for later.'],
  [{ state: 'failed', reason: 'error:no-access' }, 'The archive could not capture it (no access).'],
] as const)('%j of an archived copy is said as people say it', (change, words) => {
  expect(archiveNote({ reason: null, url: null, ...change })).toBe(words);
});

it('the account is told as far as the archive says', () => {
  const account = { available: 5, processing: 0, dailyCaptures: null, dailyLimit: null, askedAt: 'x' };
  expect(accountSentence(account)).toBe('The archive does not say how many captures were made today; none is at work.');
  expect(accountSentence({ ...account, dailyCaptures: 1, processing: 7 })).toBe('1 capture today; 7 at work.');
  expect(accountSentence({ ...account, dailyCaptures: 4_210, dailyLimit: 30_000 })).toBe('4,210 captures today of 30,000; none is at work.');
});
