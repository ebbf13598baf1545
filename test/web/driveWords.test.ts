import { describe, expect, it } from 'vitest';
import { askSentence, bytesRead, canRetry, countsSentence, deletionCause, deletionName, deletionWords, egressSentence, fileNote, fileStateWords, groupedDeletions, isKeptByOthers, isUndecided, percentDone, percentOfDay, percentOver, progressSentence, sizeWords, syncStateWords } from '../../web/src/words/driveWords.ts';

const reason = { code: 'X', message: 'It was changed.' };

describe('a file of a sync', () => {
  it.each([
    ['waiting', 'found', 'To come'],
    ['waiting', 'streaming', 'Coming over'],
    ['streamed', 'complete', 'Brought over'],
    ['failed', 'failed', 'Failed'],
    ['failed', 'streaming', 'Coming over'],
    ['failed', 'complete', 'Brought over since'],
    ['unchanged', 'complete', 'Unchanged'],
    ['skipped', 'skipped', 'Skipped'],
    ['removed', 'complete', 'On its way out'],
    ['kept', 'complete', 'Kept without its file'],
    ['skipped', null, 'Skipped'],
  ] as const)('that is %s and now %s is said as people say it', (outcome, state, word) => {
    expect(fileStateWords({ outcome, state, reason }).word).toBe(word);
  });

  it('that failed and came later says nothing of its failure, and is not tried again', () => {
    expect(fileNote({ outcome: 'failed', state: 'failed', reason })).toBe('It was changed.');
    expect(fileNote({ outcome: 'failed', state: 'complete', reason })).toBeUndefined();
    expect(fileNote({ outcome: 'kept', state: 'complete', reason })).toBe('It was changed.');
    expect([canRetry({ id: 'a', outcome: 'failed', state: 'failed' }), canRetry({ id: 'a', outcome: 'failed', state: 'complete' }), canRetry({ id: null, outcome: 'failed', state: 'failed' }), canRetry({ id: 'a', outcome: 'kept', state: 'failed' })]).toEqual([true, false, false, false]);
  });

  it.each([
    [{ outcome: 'waiting', state: 'streaming', bytes: 512, size: 2_048 }, 25, '512 B of 2.0 kB'],
    [{ outcome: 'waiting', state: 'streaming', bytes: 4_096, size: 2_048 }, 100, '4.1 kB of 2.0 kB'],
    [{ outcome: 'waiting', state: 'streaming', bytes: 0, size: 0 }, null, '0 B'],
    [{ outcome: 'waiting', state: 'streaming', bytes: 0, size: null }, null, ''],
    [{ outcome: 'waiting', state: 'found', bytes: 0, size: 2_048 }, null, '2.0 kB'],
    [{ outcome: 'streamed', state: 'complete', bytes: 700, size: null }, null, '700 B'],
  ] as const)('%j shows how much of it is there', (file, percent, words) => {
    expect([percentOver(file), sizeWords(file)]).toEqual([percent, words]);
  });
});

it('a file that is missing waits for a decision only while nobody gave one', () => {
  const missing = { code: 'Missing', message: 'It is not in Google Drive any more.' };
  expect([isUndecided({ outcome: 'kept', reason: missing }), isUndecided({ outcome: 'kept', reason }), isUndecided({ outcome: 'removed', reason: missing }), isUndecided({ outcome: 'kept', reason: null })]).toEqual([true, false, false, false]);
  expect(fileStateWords({ outcome: 'kept', state: 'complete', reason: missing }).word).toBe('Missing in Drive');
});

describe('a report', () => {
  it('says first what needs somebody', () => {
    expect(countsSentence({ unchanged: 1_200, failed: 2, skipped: 1, kept: 3, waiting: 0 })).toBe('2 failed, 1 skipped, 3 missing, 1,200 unchanged');
    expect(countsSentence({})).toBe('No files in Google Drive');
  });

  it.each([
    [{}, 0, '0 files, 5 B read from Google Drive'],
    [{ streamed: 1, removed: 4, kept: 2 }, 100, '1 file, 5 B read from Google Drive'],
    [{ waiting: 1_621, streamed: 300, unchanged: 9, skipped: 1, failed: 2, kept: 40 }, 16, '312 of 1,933 files, 5 B read from Google Drive'],
    [{ waiting: 1, unchanged: 999 }, 99, '999 of 1,000 files, 5 B read from Google Drive'],
  ])('of %j counts what was in the folders', (outcomes, percent, words) => {
    expect([percentDone(outcomes), progressSentence(outcomes, 5)]).toEqual([percent, words]);
  });

  it('has its bytes from the run’s end, or else from the step that reads them', () => {
    const files = { id: 'files', title: '', doing: '', state: 'running', startedAt: null, endedAt: null, attempt: 1, nextAttemptAt: null, summary: null, counts: { bytes: 7 }, error: null } as const;
    expect([bytesRead({ phases: [files], result: null }), bytesRead({ phases: [files], result: { bytes: 9 } }), bytesRead({ phases: [], result: {} })]).toEqual([7, 9, 0]);
  });

  it('that asks something waits, whatever its run says', () => {
    expect([syncStateWords({ state: 'running' }, true).word, syncStateWords({ state: 'running' }, false).word, syncStateWords({ state: 'failed' }, false).word]).toEqual(['Waits for an answer', 'Running', 'Failed']);
    expect(askSentence({ missing: 31, known: 1_200 })).toMatch(/^31 of 1,200 files are not in Google Drive any more\./);
    expect(askSentence({ missing: 1, known: 1 })).toMatch(/^1 of 1 file is not /);
  });
});

describe('a deletion', () => {
  const item = { textId: 'b1', title: 'Notes' };

  it('is called by its item, or by its file', () => {
    expect([deletionName({ item, fileName: 'a.pdf' }), deletionName({ item: { ...item, title: null }, fileName: 'a.pdf' }), deletionName({ item: null, fileName: 'a.pdf' }), deletionName({ item: null, fileName: null })]).toEqual(['Notes', 'b1', 'a.pdf', 'A file without a name']);
  });

  it.each([
    ['pending', null, 'Waits'],
    ['pending', reason, 'Could not go'],
    ['going', null, 'Is being taken away'],
    ['going', reason, 'Could not go'],
    ['undoing', null, 'Is being brought back'],
    ['undoing', reason, 'Could not come back'],
    ['done', reason, 'Taken away'],
    ['kept', reason, 'Kept'],
    ['undone', null, 'Undone'],
  ] as const)('that is %s for %j is said as people say it', (state, why, word) => {
    expect(deletionWords({ state, reason: why }).word).toBe(word);
  });

  it('says who or what asked for it', () => {
    expect([deletionCause({ cause: 'missing', requestedBy: null }), deletionCause({ cause: 'person', requestedBy: 'Lee' }), deletionCause({ cause: 'person', requestedBy: null })]).toEqual(['Its file is gone from Google Drive', 'Deleted by Lee', 'Deleted by somebody who is not here any more']);
  });

  it('shows what names it only where that kept an item', () => {
    const named = { code: 'Referenced', message: '' };
    expect([isKeptByOthers({ state: 'kept', reason: named, item }), isKeptByOthers({ state: 'kept', reason, item }), isKeptByOthers({ state: 'done', reason: named, item }), isKeptByOthers({ state: 'kept', reason: named, item: null })]).toEqual([true, false, false, false]);
  });

  it('stands with those that were asked for at once', () => {
    const of = (...requests: string[]): string => groupedDeletions(requests.map((request) => ({ request }))).map(({ request, rows }) => `${request}${rows.length}`).join(' ');
    expect([of(), of('a'), of('a', 'b', 'b', 'a')]).toEqual(['', 'a1', 'a1 b2 a1']);
  });
});

it.each([
  [{ bytes: 5, limitBytes: null }, null, '5 B today, without a bound.'],
  [{ bytes: 0, limitBytes: 1_000 }, 0, '0 B of 1.0 kB today (0 %). A file of more than 1.0 kB waits until after midnight UTC.'],
  [{ bytes: 990, limitBytes: 1_000 }, 99, '990 B of 1.0 kB today (99 %). A file of more than 10 B waits until after midnight UTC.'],
  [{ bytes: 1_000, limitBytes: 1_000 }, 100, '1.0 kB of 1.0 kB today (100 %). Nothing more is read before midnight UTC.'],
  [{ bytes: 2_000, limitBytes: 1_000 }, 100, '2.0 kB of 1.0 kB today (100 %). Nothing more is read before midnight UTC.'],
])('%j of a day’s reading is told with what it means', (egress, percent, words) => {
  expect([percentOfDay(egress), egressSentence(egress)]).toEqual([percent, words]);
});
