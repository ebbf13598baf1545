import { describe, expect, it } from 'vitest';
import { errorClassOf, isCaptureDue, isUnknown, newestCapture, nextStep, patienceOf, promisedDelayMs, timeOfTimestamp, type WaybackJob, waybackUrlOf } from '#domain/wayback.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('an error of a capture', () => {
  it.each([
    ...['user-session-limit', 'service-unavailable', 'cannot-fetch', 'no-browsers-available', 'celery', 'proxy-error', 'internal-server-error', 'job-failed', 'soft-time-limit-exceeded', 'browsing-timeout', 'read-timeout', 'too-many-requests', 'gateway-timeout'].map((code) => [code, 'transient'] as const),
    ...['too-many-daily-captures', 'max-daily-bandwidth'].map((code) => [code, 'daily'] as const),
    ...['invalid-url-syntax', 'invalid-host-resolution', 'not-found', 'no-access', 'unauthorized', 'blocked', 'blocked-url', 'filesize-limit', 'method-not-allowed', 'too-many-redirects'].map((code) => [code, 'permanent'] as const),
    ...['brand-new', '', 'constructor', 'not-found-either'].map((code) => [code, 'unknown'] as const),
  ])('error:%s is %s', (code, expected) => {
    expect(errorClassOf(`error:${code}`)).toBe(expected);
  });

  it.each<[string, readonly (number | null)[]]>([
    ['error:job-failed', [2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, null, null]],
    ['error:too-many-daily-captures', [DAY, DAY, DAY, null]],
    ['error:not-found', [null]],
    ['error:brand-new', [DAY, null]],
    ['', [DAY, null]],
  ])('%s is answered with this patience', (statusExt, pauses) => {
    expect(pauses.map((_pause, failures) => patienceOf(statusExt, failures))).toEqual(pauses.map((afterMs) => (afterMs === null ? { kind: 'giveUp' } : { kind: 'again', afterMs, isCounted: true })));
  });

  it('that the account is busy is no failure of the capture', () => {
    for (const failures of [0, 5, 500]) expect(patienceOf('error:user-session-limit', failures)).toEqual({ kind: 'again', afterMs: MINUTE, isCounted: false });
  });
});

it.each([
  ['The capture will start in ~10 hours because our service is currently overloaded. You may close your browser window and the page will still be saved.', 10 * HOUR],
  ['The capture will start in ~1 hour, 35 minutes because our service is currently overloaded.', 95 * MINUTE],
  ['The capture will start in ~1 minute, 2 seconds because our service is currently overloaded.', 62_000],
  ['The capture will start in ~2 days, 1 hour because our service is currently overloaded.', 49 * HOUR],
  ['Your capture will begin in 12s.', 12_000],
  ['The same snapshot had been made 2 hours, 5 minutes ago. You can make new capture of this URL after 30 days.', 0],
  ['The capture will start in a moment.', 0],
  ['', 0],
])('“%s” promises a start in %i ms', (message, expected) => {
  expect(promisedDelayMs(message)).toBe(expected);
});

describe('a capture of which nothing is known yet', () => {
  const startsAt = Date.UTC(2026, 10, 25);
  const job: WaybackJob = { submittedAt: startsAt, startsAt, isResubmitted: false, lastStepAt: startsAt };

  it('is asked for within the hour, looked up after half a day and after a day, and submitted once more', () => {
    const taken: [string, number][] = [];
    let at = job;
    for (;;) {
      const step = nextStep(at, at.lastStepAt);
      taken.push([step.kind, (step.at - startsAt) / MINUTE]);
      if (step.kind === 'resubmit') break;
      at = { ...at, lastStepAt: step.at };
    }
    expect(taken).toEqual([['askStatus', 1.5], ['askStatus', 3], ['askStatus', 5], ['askStatus', 10], ['askStatus', 20], ['askStatus', 40], ['askStatus', 55], ['lookUp', 720], ['lookUp', 1_440], ['resubmit', 1_440]]);
    expect(nextStep({ ...at, isResubmitted: true }, at.lastStepAt)).toEqual({ kind: 'giveUp', at: startsAt + DAY });
  });

  it('counts from the start that was promised, not from when it was submitted', () => {
    const later = { ...job, startsAt: startsAt + 10 * HOUR };
    expect(nextStep(later, startsAt + MINUTE)).toEqual({ kind: 'askStatus', at: startsAt + 10 * HOUR + 90_000 });
    expect(isUnknown(later, startsAt + 10 * HOUR + 59 * MINUTE)).toBe(false);
    expect(isUnknown(later, startsAt + 11 * HOUR)).toBe(true);
  });

  it.each<[string, Partial<WaybackJob>, number, { kind: string; at: number }]>([
    ['missed three looks', { lastStepAt: startsAt + 3 * MINUTE }, 25 * MINUTE, { kind: 'askStatus', at: 20 * MINUTE }],
    ['missed all but the last minute', { lastStepAt: startsAt }, 59 * MINUTE, { kind: 'askStatus', at: 55 * MINUTE }],
    ['missed the hour', { lastStepAt: startsAt + 3 * MINUTE }, 2 * HOUR, { kind: 'lookUp', at: 12 * HOUR }],
    ['missed the hour by nothing', { lastStepAt: startsAt + 3 * MINUTE }, HOUR, { kind: 'lookUp', at: 12 * HOUR }],
    ['missed half a day', { lastStepAt: startsAt }, 13 * HOUR, { kind: 'lookUp', at: 12 * HOUR }],
    ['missed both looks into the index', { lastStepAt: startsAt + HOUR }, 30 * HOUR, { kind: 'lookUp', at: DAY }],
    ['looked late', { lastStepAt: startsAt + 30 * HOUR }, 30 * HOUR, { kind: 'resubmit', at: 30 * HOUR }],
    ['is early', { lastStepAt: startsAt + 4 * MINUTE }, 4 * MINUTE, { kind: 'askStatus', at: 5 * MINUTE }],
  ])('goes on where it %s', (_what, change, sinceStart, expected) => {
    expect(nextStep({ ...job, ...change }, startsAt + sinceStart)).toEqual({ kind: expected.kind, at: startsAt + expected.at });
  });
});

describe('a link', () => {
  const now = Date.UTC(2026, 10, 25);

  it.each([
    [null, true],
    [now - 30 * DAY, true],
    [now - 30 * DAY + 1, false],
    [now, false],
    [now + DAY, false],
  ])('captured at %s is due: %s', (lastCapturedAt, expected) => {
    expect(isCaptureDue(lastCapturedAt, now, 30)).toBe(expected);
  });

  it('is found in the index by its newest capture that shows a page', () => {
    const capture = (timestamp: string, status: number | null) => ({ timestamp, originalUrl: 'https://example.edu/', status });
    const captures = [capture('20261020000000', 200), capture('20261101000000', 200), capture('20261102000000', null), capture('20261103000000', 404), capture('20261104000000', 503), capture('nonsense', 200)];
    const since = Date.UTC(2026, 9, 30);
    expect(newestCapture(captures, since)).toEqual(capture('20261102000000', null));
    expect(newestCapture([...captures].reverse(), since)).toEqual(capture('20261102000000', null));
    expect(newestCapture([capture('20261105000000', 302)], since)).not.toBeNull();
    expect(newestCapture(captures.slice(0, 1), since)).toBeNull();
    expect(newestCapture([capture('20261030000000', 200)], since)).not.toBeNull();
    expect(newestCapture([], since)).toBeNull();
  });

  it('is read at its capture', () => {
    expect(waybackUrlOf({ timestamp: '20261125103000', originalUrl: 'https://example.edu/a?b=c' })).toBe('https://web.archive.org/web/20261125103000/https://example.edu/a?b=c');
    expect(timeOfTimestamp('20261125103059')).toBe(Date.UTC(2026, 10, 25, 10, 30, 59));
    for (const none of ['', '2026', '20261125', '20261325000000', '2026112510305x', '202611251030591']) expect(timeOfTimestamp(none)).toBeNull();
  });
});
