import { describe, expect, it } from 'vitest';
import { afterCheck, type LinkAnswer, type LinkState, UNKNOWN_LINK, verdictOf, withArchivedCopy, withLinkState, withoutLinkState } from '#domain/linkCheck.ts';

const answered = (status: number): LinkAnswer => ({ kind: 'answered', status, finalUrl: 'https://example.edu/' });
const broken = verdictOf(answered(404));
const valid = verdictOf(answered(200));
const unchecked = verdictOf(answered(429));
const failed = verdictOf({ kind: 'failed', why: 'timeout', detail: 'it did not answer within 30000 ms' });
/** The state after these looks, from the first on. */
const after = (...verdicts: readonly ReturnType<typeof verdictOf>[]): LinkState => verdicts.reduce(afterCheck, UNKNOWN_LINK);

describe('an answer', () => {
  it.each([
    ...[401, 402, 403, 408, 429, 503].map((code) => [code, 'unchecked'] as const),
    ...[400, 404, 405, 407, 409, 410, 418, 451, 500, 501, 502, 504, 599].map((code) => [code, 'broken'] as const),
    ...[200, 204, 206, 300, 302, 304, 399, 600, 999].map((code) => [code, 'valid'] as const),
  ])('%i means %s', (code, outcome) => {
    expect(verdictOf(answered(code))).toEqual({ outcome, code });
  });

  it('that is none says nothing of the link, and no address is nothing to be wrong', () => {
    expect(failed).toEqual({ outcome: 'check_failed', trouble: 'timeout' });
    expect(verdictOf({ kind: 'refused', why: 'notPublic', at: 'http://10.0.0.1/' })).toEqual({ outcome: 'check_failed', trouble: 'notPublic' });
    expect(verdictOf(null)).toEqual({ outcome: 'valid', code: null });
  });
});

describe('a link', () => {
  it.each<[string, readonly ReturnType<typeof verdictOf>[], LinkState]>([
    ['is valid at once', [valid], { status: 'valid', code: 200, failures: 0, trouble: null }],
    ['is not broken by one bad answer', [valid, broken], { status: 'valid', code: 404, failures: 1, trouble: null }],
    ['is nothing yet after a first bad answer', [broken], { status: null, code: 404, failures: 1, trouble: null }],
    ['is broken by two in a row', [valid, broken, broken], { status: 'broken', code: 404, failures: 2, trouble: null }],
    ['is broken by two kinds of bad answer in a row', [broken, verdictOf(answered(500))], { status: 'broken', code: 500, failures: 2, trouble: null }],
    ['is valid again at once', [broken, broken, valid], { status: 'valid', code: 200, failures: 0, trouble: null }],
    ['begins to count anew after a good answer', [broken, valid, broken], { status: 'valid', code: 404, failures: 1, trouble: null }],
    ['keeps what it was when a look fails', [valid, failed], { status: 'valid', code: 200, failures: 0, trouble: 'timeout' }],
    ['is broken by two bad answers with a failed look between', [broken, failed, broken], { status: 'broken', code: 404, failures: 2, trouble: null }],
    ['is unchecked where robots are turned away', [valid, unchecked], { status: 'unchecked', code: 429, failures: 0, trouble: null }],
    ['stays broken where robots are turned away', [broken, broken, unchecked], { status: 'broken', code: 429, failures: 2, trouble: null }],
    ['is broken by two bad answers with robots turned away between', [broken, unchecked, broken], { status: 'broken', code: 404, failures: 2, trouble: null }],
    ['is nothing while every look fails', [failed, failed, failed], { status: null, code: null, failures: 0, trouble: 'timeout' }],
  ])('%s', (_what, verdicts, expected) => {
    expect(after(...verdicts)).toEqual(expected);
  });
});

describe('an item’s metadata', () => {
  const item = { title: 'A link', external_url: 'https://example.edu/', status: '', wayback_url: '' };
  const copy = 'https://web.archive.org/web/20261125000000/https://example.edu/';

  it.each<[string, Record<string, unknown>, LinkState, Record<string, unknown> | null, boolean]>([
    ['a first good answer', item, after(valid), { status: 'valid', url_status_code: 200 }, false],
    ['another good answer', { ...item, status: 'valid', url_status_code: 200 }, after(valid, valid), null, false],
    ['another code of a good answer', { ...item, status: 'valid', url_status_code: 200 }, after(verdictOf(answered(204))), { url_status_code: 204 }, false],
    ['robots turned away', { ...item, status: 'valid', url_status_code: 200 }, after(valid, unchecked), { status: 'unchecked', url_status_code: 429 }, false],
    ['a first bad answer', { ...item, status: 'valid', url_status_code: 200 }, after(valid, broken), null, false],
    ['a first bad answer of all', item, after(broken), null, false],
    ['a second bad answer', { ...item, status: 'valid', url_status_code: 200 }, after(valid, broken, broken), { status: 'broken', url_status_code: 404 }, true],
    ['another code of a broken link', { ...item, status: 'broken', url_status_code: 404 }, after(broken, verdictOf(answered(410))), { url_status_code: 410 }, false],
    ['a broken link that is well again', { ...item, status: 'broken', url_status_code: 404 }, after(broken, broken, valid), { status: 'valid', url_status_code: 200 }, true],
    ['a look that failed', { ...item, status: 'valid', url_status_code: 200 }, after(valid, failed), null, false],
    ['a look that failed, at an item nothing was written to', item, after(valid, failed), null, false],
    ['a first bad answer between robots turned away', { ...item, status: 'valid', url_status_code: 200 }, after(valid, broken, unchecked), null, false],
    ['no address', { ...item, external_url: '' }, after(verdictOf(null)), { status: 'valid', url_status_code: null }, false],
  ])('%s', (_what, before, state, written, isSeen) => {
    const result = withLinkState(before, state);
    expect(result).toEqual({ metadata: written === null ? before : { ...before, ...written }, isChanged: written !== null, isSeen });
  });

  it('gets its copy, which readers see once the link is broken', () => {
    expect(withArchivedCopy(item, copy)).toEqual({ metadata: { ...item, wayback_url: copy }, isChanged: true, isSeen: false });
    const gone = { ...item, status: 'broken' };
    expect(withArchivedCopy(gone, copy)).toEqual({ metadata: { ...gone, wayback_url: copy }, isChanged: true, isSeen: true });
    expect(withArchivedCopy({ ...gone, wayback_url: copy }, copy)).toMatchObject({ isChanged: false, isSeen: false });
    const { wayback_url: _none, ...without } = gone;
    expect(withArchivedCopy(without, '')).toMatchObject({ isChanged: true, isSeen: false });
  });

  it('loses what was said of another address, which readers see where it was broken', () => {
    const known = { ...item, status: 'valid', url_status_code: 200, wayback_url: copy };
    const bare = { title: item.title, external_url: item.external_url };
    expect(withoutLinkState(known)).toEqual({ metadata: bare, isChanged: true, isSeen: false });
    expect(withoutLinkState({ ...known, status: 'broken' })).toEqual({ metadata: bare, isChanged: true, isSeen: true });
    expect(withoutLinkState(bare)).toEqual({ metadata: bare, isChanged: false, isSeen: false });
  });

  it('keeps what it held, and is itself when nothing changed', () => {
    const before = { ...item, status: 'valid', url_status_code: 200 };
    expect(withLinkState(before, after(valid)).metadata).toBe(before);
    expect(Object.keys(withLinkState(item, after(valid)).metadata)).toEqual(['title', 'external_url', 'status', 'wayback_url', 'url_status_code']);
  });
});
