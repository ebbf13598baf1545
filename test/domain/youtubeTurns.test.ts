import { describe, expect, it } from 'vitest';
import type { YouTubeLimits } from '#domain/youtubeQuota.ts';
import { changesAt, emptyBucket, forgottenAt, keptTurns, openTurns, REMEMBERED, resumeChannel, spendingOf, stopChannel, takeTurn, type YouTubeAsk, type YouTubeTurn, type YouTubeTurns } from '#domain/youtubeTurns.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMITS: YouTubeLimits = { units: 1_000, inserts: 2, uploads: 50 };
/** Noon in California. */
const NOON = Date.parse('2026-07-15T19:00:00Z');
const MIDNIGHT = Date.parse('2026-07-16T07:00:00Z');

const units = (id: string, amount: number, priority: YouTubeAsk['priority'] = 'publish'): YouTubeAsk => ({ id, demand: { units: amount }, priority });
const video = (id: string): YouTubeAsk => ({ id, demand: { inserts: 1, uploads: 1 }, priority: 'upload' });

/** A ledger that answers one ask after the other. */
function open(limits = LIMITS) {
  let turns: YouTubeTurns = openTurns(NOON);
  return {
    ask(ask: YouTubeAsk, at = NOON): YouTubeTurn {
      const taken = takeTurn(turns, ask, at, limits);
      turns = taken.turns;
      return taken.turn;
    },
    change: (how: (now: YouTubeTurns) => YouTubeTurns) => void (turns = how(turns)),
    get turns() {
      return turns;
    },
    spending: (at = NOON) => spendingOf(turns, at, limits),
  };
}
const granted = (at: number) => ({ grantedAt: at });

describe('a turn', () => {
  it('is given while the day has enough, and after it with the next', () => {
    const ledger = open();
    expect(ledger.ask(units('a', 900))).toEqual(granted(NOON));
    expect(ledger.ask(units('b', 101))).toMatchObject({ until: MIDNIGHT, reason: { code: 'YoutubeQuota' } });
    expect(ledger.ask(units('b', 101), MIDNIGHT - 1)).toMatchObject({ until: MIDNIGHT });
    expect(ledger.ask(units('b', 101), MIDNIGHT)).toEqual(granted(MIDNIGHT));
  });

  it('of a bucket that is empty takes nothing of the other', () => {
    const ledger = open();
    for (const id of ['a', 'b']) ledger.ask(video(id));
    expect(ledger.ask(video('c'))).toMatchObject({ until: MIDNIGHT });
    expect(ledger.spending()).toMatchObject([{ bucket: 'units', spent: 0, waiting: 0, reason: null }, { bucket: 'inserts', spent: 2, waiting: 1, until: MIDNIGHT, reason: { code: 'YoutubeQuota' } }, { bucket: 'uploads', spent: 2, waiting: 1 }]);
  });

  it('is kept at midnight for those that go first, for ten minutes', () => {
    const ledger = open();
    ledger.ask(units('all', 1_000));
    ledger.ask(units('tags', 300, 'tags'));
    ledger.ask(units('publish', 800, 'publish'));
    expect(ledger.ask(units('tags', 300, 'tags'), MIDNIGHT)).toMatchObject({ until: MIDNIGHT + 5 * MINUTE, reason: { code: 'YoutubeTurn' } });
    expect(ledger.ask(units('publish', 800), MIDNIGHT + MINUTE)).toEqual(granted(MIDNIGHT + MINUTE));
    expect(ledger.ask(units('tags', 300, 'tags'), MIDNIGHT + 5 * MINUTE)).toMatchObject({ until: Date.parse('2026-07-17T07:00:00Z') });
  });

  it('is not kept for those who do not come back', () => {
    const ledger = open();
    ledger.ask(units('all', 1_000));
    ledger.ask(units('gone', 800, 'publish'));
    expect(ledger.ask(units('tags', 300, 'tags'), MIDNIGHT + 10 * MINUTE - 1)).toMatchObject({ reason: { code: 'YoutubeTurn' } });
    expect(ledger.ask(units('tags', 300, 'tags'), MIDNIGHT + 10 * MINUTE)).toEqual(granted(MIDNIGHT + 10 * MINUTE));
  });

  it('comes in the order of the asks, whoever comes back first', () => {
    const ledger = open({ ...LIMITS, units: 500 });
    ledger.ask(units('all', 500));
    ledger.ask(units('first', 300), NOON + 1);
    ledger.ask(units('second', 300), NOON + 2);
    expect(ledger.ask(units('second', 300), MIDNIGHT)).toMatchObject({ reason: { code: 'YoutubeTurn' } });
    expect(ledger.ask(units('first', 300), MIDNIGHT)).toEqual(granted(MIDNIGHT));
  });

  it('that no day would have enough for keeps nobody', () => {
    const ledger = open();
    expect(ledger.ask(units('huge', 1_001))).toMatchObject({ until: NOON + 30 * MINUTE, reason: { code: 'YoutubeQuotaTooSmall', message: 'This takes 1,001 units, and the limit is 1,000. Raise it, if YouTube gives more.' } });
    expect(ledger.ask(units('tags', 1_000, 'tags'))).toEqual(granted(NOON));
  });
});

describe('what YouTube says', () => {
  it('of an empty bucket counts above what was counted', () => {
    const ledger = open();
    ledger.change((turns) => emptyBucket(turns, 'uploads', NOON));
    expect(ledger.ask(video('a'))).toMatchObject({ until: NOON + 24 * HOUR });
    expect(ledger.ask(units('b', 1))).toEqual(granted(NOON));
    expect(ledger.spending()).toMatchObject([{ until: null }, {}, { bucket: 'uploads', until: NOON + 24 * HOUR }]);
  });

  it('of the consent stops everything, and is tried again after half an hour', () => {
    const ledger = open();
    ledger.change((turns) => stopChannel(turns, { of: 'everything', code: 'YoutubeConsentLost', message: 'Taken back.' }, NOON));
    for (const ask of [units('a', 1), video('b')]) expect(ledger.ask(ask)).toEqual({ until: NOON + 30 * MINUTE, reason: { code: 'YoutubeConsentLost', message: 'Taken back.' } });
    expect(ledger.spending().map(({ reason }) => reason?.message)).toEqual(['Taken back.', 'Taken back.', 'Taken back.']);
    expect(ledger.ask(units('a', 1), NOON + 30 * MINUTE)).toEqual(granted(NOON + 30 * MINUTE));
  });

  it('of videos that come back private stops uploads until a person says so', () => {
    const ledger = open();
    ledger.change((turns) => stopChannel(turns, { of: 'uploads', code: 'YoutubeLockedPrivate', message: 'Private.' }, NOON));
    expect(ledger.ask(units('a', 1))).toEqual(granted(NOON));
    expect(ledger.ask(video('b'), NOON + 48 * HOUR)).toMatchObject({ until: NOON + 48 * HOUR + 30 * MINUTE, reason: { code: 'YoutubeLockedPrivate' } });
    expect(ledger.spending(NOON + 48 * HOUR)).toMatchObject([{ reason: null }, { reason: { code: 'YoutubeLockedPrivate' }, until: null }, { until: null }]);
    expect(forgottenAt(ledger.turns, NOON + 96 * HOUR, MIDNIGHT)).toBeNull();
    ledger.change(resumeChannel);
    expect(ledger.ask(video('b'), NOON + 48 * HOUR)).toEqual(granted(NOON + 48 * HOUR));
  });
});

describe('a ledger', () => {
  it('changes by itself when somebody is to come back, and when they did not', () => {
    const ledger = open();
    expect(changesAt(ledger.turns, NOON, MIDNIGHT)).toBe(MIDNIGHT);
    ledger.ask(units('all', 1_000));
    ledger.ask(units('a', 1));
    expect(changesAt(ledger.turns, NOON, MIDNIGHT)).toBe(MIDNIGHT);
    expect(changesAt(ledger.turns, MIDNIGHT, MIDNIGHT + 24 * HOUR)).toBe(MIDNIGHT + 10 * MINUTE);
    ledger.change((turns) => stopChannel(turns, { of: 'everything', code: 'X', message: 'Y.' }, NOON));
    expect(changesAt(ledger.turns, NOON, MIDNIGHT)).toBe(NOON + 30 * MINUTE);
  });

  it('is forgotten when nothing of it counts any more', () => {
    const ledger = open();
    expect(forgottenAt(ledger.turns, NOON, MIDNIGHT)).toBe(NOON);
    ledger.ask(units('a', 1));
    expect(forgottenAt(ledger.turns, NOON, MIDNIGHT)).toBe(MIDNIGHT);
    ledger.ask(video('b'));
    expect(forgottenAt(ledger.turns, NOON, MIDNIGHT)).toBe(NOON + 24 * HOUR);
    ledger.ask(units('c', 1_000));
    ledger.change((turns) => ({ ...turns, ledger: { ...turns.ledger, uploadedAt: [] } }));
    expect(forgottenAt(ledger.turns, NOON, MIDNIGHT)).toBe(MIDNIGHT + 10 * MINUTE);
  });

  it('that goes on keeps the places of those who asked first, and fits through a history', () => {
    const ledger = open({ units: 1_000, inserts: 100, uploads: 100 });
    for (let index = 0; index < 100; index += 1) ledger.ask(video(`upload-to-youtube/01990000-0000-7000-8000-000000000000#inserts ${index}`), NOON + index);
    for (let index = 0; index < 2 * REMEMBERED; index += 1) ledger.ask({ ...video(`upload-to-youtube/01990000-0000-7000-8000-000000000000#inserts ${index}`) }, NOON + 1_000 + index);
    const kept = keptTurns(ledger.turns);
    expect(kept.waiting.map(({ askedAt }) => askedAt)).toEqual(Array.from({ length: REMEMBERED }, (_, index) => NOON + 1_000 + index));
    expect(kept.ledger.insertsUsed).toBe(100);
    expect(JSON.stringify(kept).length).toBeLessThan(15_000);
  });
});
