import { describe, expect, it } from 'vitest';
import { closeBucket, grantWaiting, ledgerAt, nextPacificMidnight, openLedger, pacificDayOf, remaining, reserve, YOUTUBE_COSTS, type YouTubeDemand, type YouTubeLedger, type YouTubeLimits, type YouTubeWaiting } from '#domain/youtubeQuota.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LIMITS: YouTubeLimits = { units: 10_000, inserts: 100, uploads: 50 };
/** Noon in California on an ordinary day. */
const NOON = Date.parse('2026-07-15T19:00:00Z');
const MIDNIGHT = Date.parse('2026-07-16T07:00:00Z');

function taken(ledger: YouTubeLedger, demand: YouTubeDemand, at = NOON, limits = LIMITS): YouTubeLedger {
  const answer = reserve(ledger, demand, at, limits);
  if (!answer.isGranted) throw new Error(`not granted for want of ${answer.bucket}`);
  return answer.ledger;
}

describe('a day of the quota', () => {
  it.each([
    ['2026-07-15T06:59:59Z', '2026-07-14', '2026-07-15T07:00:00Z'],
    ['2026-07-15T07:00:00Z', '2026-07-15', '2026-07-16T07:00:00Z'],
    ['2026-12-31T07:59:59Z', '2026-12-30', '2026-12-31T08:00:00Z'],
    ['2026-12-31T20:00:00Z', '2026-12-31', '2027-01-01T08:00:00Z'],
    ['2028-02-28T20:00:00Z', '2028-02-28', '2028-02-29T08:00:00Z'],
  ])('at %s is %s, and ends at %s', (at, day, end) => {
    expect(pacificDayOf(Date.parse(at))).toBe(day);
    expect(new Date(nextPacificMidnight(Date.parse(at))).toISOString()).toBe(end.replace('Z', '.000Z'));
  });

  it.each([
    // The clocks go forward on March 8 and back on November 1.
    ['2026-03-07T08:00:00Z', 24],
    ['2026-03-08T08:00:00Z', 23],
    ['2026-03-09T07:00:00Z', 24],
    ['2026-10-31T07:00:00Z', 24],
    ['2026-11-01T07:00:00Z', 25],
    ['2026-11-02T08:00:00Z', 24],
  ])('that begins at %s has %i hours', (begin, hours) => {
    const at = Date.parse(begin);
    expect(nextPacificMidnight(at) - at).toBe(hours * HOUR);
    expect(nextPacificMidnight(at - 1)).toBe(at);
    expect(pacificDayOf(nextPacificMidnight(at) - 1)).toBe(pacificDayOf(at));
  });
});

it('an insertion of a video takes no units, and captions take most of them', () => {
  expect(YOUTUBE_COSTS.insertVideo).toEqual({ inserts: 1, uploads: 1 });
  const { listCaptions, insertCaption, updateCaption, deleteCaption, listVideos, updateVideo } = YOUTUBE_COSTS;
  expect([listCaptions, insertCaption, updateCaption, deleteCaption, listVideos, updateVideo].map(({ units }) => units)).toEqual([50, 400, 450, 50, 1, 50]);
});

describe('a ledger', () => {
  it('counts what is taken, in each bucket by itself', () => {
    let ledger = openLedger(NOON);
    expect(remaining(ledger, NOON, LIMITS)).toEqual({ units: 10_000, inserts: 100, uploads: 50 });
    ledger = taken(ledger, { units: 450 });
    ledger = taken(ledger, YOUTUBE_COSTS.insertVideo);
    expect(remaining(ledger, NOON, LIMITS)).toEqual({ units: 9_550, inserts: 99, uploads: 49 });
  });

  it('gives all of a demand or nothing of it', () => {
    const ledger = taken(openLedger(NOON), { inserts: 100 });
    const answer = reserve(ledger, { units: 50, inserts: 1, uploads: 1 }, NOON, LIMITS);
    expect(answer).toEqual({ isGranted: false, bucket: 'inserts', until: MIDNIGHT });
    expect(remaining(ledger, NOON, LIMITS)).toEqual({ units: 10_000, inserts: 0, uploads: 50 });
  });

  it('gives exactly what there is, and not one more', () => {
    const ledger = taken(openLedger(NOON), { units: 9_999 });
    expect(reserve(ledger, { units: 1 }, NOON, LIMITS).isGranted).toBe(true);
    expect(reserve(ledger, { units: 2 }, NOON, LIMITS).isGranted).toBe(false);
  });

  it('is full again at midnight in California, but for the channel’s uploads, which come back one by one after 24 hours', () => {
    const limits = { ...LIMITS, uploads: 2 };
    let ledger = taken(openLedger(NOON), { units: 10_000, inserts: 100, uploads: 1 }, NOON, limits);
    ledger = taken(ledger, { uploads: 1 }, NOON + HOUR, limits);
    expect(reserve(ledger, { units: 1 }, MIDNIGHT - 1, limits).isGranted).toBe(false);
    expect(remaining(ledger, MIDNIGHT, limits)).toEqual({ units: 10_000, inserts: 100, uploads: 0 });
    expect(reserve(ledger, { inserts: 1, uploads: 1 }, MIDNIGHT, limits)).toEqual({ isGranted: false, bucket: 'uploads', until: NOON + DAY });
    expect(reserve(ledger, { uploads: 2 }, MIDNIGHT, limits)).toEqual({ isGranted: false, bucket: 'uploads', until: NOON + HOUR + DAY });
    expect(reserve(ledger, { uploads: 1 }, NOON + DAY - 1, limits).isGranted).toBe(false);
    expect(reserve(ledger, { uploads: 1 }, NOON + DAY, limits).isGranted).toBe(true);
    expect(reserve(ledger, { uploads: 2 }, NOON + DAY, limits).isGranted).toBe(false);
  });

  it('names the bucket that keeps somebody waiting longest, and never promises what does not fit', () => {
    const limits = { units: 100, inserts: 1, uploads: 1 };
    const ledger = taken(openLedger(NOON), { units: 100, uploads: 1 }, NOON, limits);
    expect(reserve(ledger, { units: 1, uploads: 1 }, NOON, limits)).toEqual({ isGranted: false, bucket: 'uploads', until: NOON + DAY });
    expect(reserve(ledger, { units: 101, uploads: 1 }, NOON, limits)).toEqual({ isGranted: false, bucket: 'units', until: null });
  });

  it('believes YouTube that a bucket is empty, until it fills', () => {
    let ledger = closeBucket(openLedger(NOON), 'units', NOON);
    ledger = closeBucket(ledger, 'uploads', NOON);
    expect(remaining(ledger, NOON, LIMITS)).toEqual({ units: 0, inserts: 100, uploads: 0 });
    expect(reserve(ledger, { units: 1 }, NOON, LIMITS)).toEqual({ isGranted: false, bucket: 'units', until: MIDNIGHT });
    expect(reserve(ledger, { uploads: 1 }, NOON + HOUR, LIMITS)).toEqual({ isGranted: false, bucket: 'uploads', until: NOON + DAY });
    expect(remaining(ledger, MIDNIGHT, LIMITS)).toEqual({ units: 10_000, inserts: 100, uploads: 0 });
    expect(remaining(ledger, NOON + DAY, LIMITS).uploads).toBe(50);
    expect(ledgerAt(ledger, NOON + DAY).closedUntil).toEqual({});
  });

});

describe('those who wait', () => {
  const waiting = (id: string, demand: YouTubeDemand, priority: YouTubeWaiting['priority'] = 'upload', askedAt = 0): YouTubeWaiting => ({ id, demand, priority, askedAt });

  it('get their shares by priority, and then as they came', () => {
    const queue = [waiting('tags', { units: 50 }, 'tags', 1), waiting('later', { units: 50 }, 'upload', 3), waiting('sooner', { units: 50 }, 'upload', 2), waiting('publish', { units: 50 }, 'publish', 4)];
    const answer = grantWaiting(openLedger(NOON), queue, NOON, { ...LIMITS, units: 160 });
    expect(answer.granted).toEqual(['publish', 'sooner', 'later']);
    expect(answer.nextAt).toBe(MIDNIGHT);
    expect(remaining(answer.ledger, NOON, LIMITS).units).toBe(9_850);
    // The order of who asked is not that of the list.
    expect(queue.map(({ id }) => id)).toEqual(['tags', 'later', 'sooner', 'publish']);
  });

  it('hold the bucket they lack, and no other', () => {
    const answer = grantWaiting(openLedger(NOON), [waiting('much', { units: 450 }), waiting('little', { units: 1 }, 'upload', 1), waiting('insert', { inserts: 1 }, 'upload', 2)], NOON, { ...LIMITS, units: 400 + 49 });
    // 450 of 449 never fit: that holds nobody.
    expect(answer).toMatchObject({ granted: ['little', 'insert'], nextAt: null });
    const used = taken(openLedger(NOON), { units: 9_600 });
    expect(grantWaiting(used, [waiting('much', { units: 450 }), waiting('little', { units: 1 }, 'upload', 1), waiting('insert', { inserts: 1 }, 'upload', 2)], NOON, LIMITS)).toMatchObject({ granted: ['insert'], nextAt: MIDNIGHT });
  });

  it('are told the soonest time at which there is more for one of them', () => {
    const limits = { units: 10, inserts: 10, uploads: 1 };
    const used = taken(openLedger(NOON), { units: 10, uploads: 1 }, NOON - 20 * HOUR, limits);
    const evening = NOON;
    expect(grantWaiting(taken(ledgerAt(used, evening), { units: 10 }, evening, limits), [waiting('units', { units: 1 }), waiting('upload', { uploads: 1 }, 'upload', 1)], evening, limits)).toMatchObject({ granted: [], nextAt: NOON + 4 * HOUR });
    expect(grantWaiting(openLedger(NOON), [], NOON, limits)).toMatchObject({ granted: [], nextAt: null });
  });
});
