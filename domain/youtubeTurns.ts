import { counted } from './counted.ts';
import { closeBucket, grantWaiting, ledgerAt, openLedger, pacificDayOf, remaining, reserve, type YouTubeBucket, type YouTubeDemand, type YouTubeLedger, type YouTubeLimits, type YouTubePriority, type YouTubeWaiting } from './youtubeQuota.ts';

/** Who asks YouTube next: the ledger with those who were sent away, and what stopped the channel. All times are epoch milliseconds. */
export interface YouTubeTurns {
  readonly ledger: YouTubeLedger;
  readonly waiting: readonly YouTubeAbsent[];
  /** Nothing at all is asked of YouTube while this lasts. */
  readonly stop: YouTubeStop | null;
  /** No video is uploaded while this lasts. */
  readonly uploadStop: YouTubeStop | null;
}

/** Somebody who was sent away and is expected back. */
export interface YouTubeAbsent extends YouTubeWaiting {
  /** When they were told to come back. */
  readonly until: number;
}

export interface YouTubeStop {
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
  /** When it is tried again; null once a person says so. */
  readonly until: number | null;
}

export interface YouTubeReason {
  readonly code: string;
  readonly message: string;
}

export type YouTubeTurn = { readonly grantedAt: number } | { readonly until: number; readonly reason: YouTubeReason };

export interface YouTubeAsk {
  /** Tells who asks, so that one who comes again is one and keeps the place. */
  readonly id: string;
  readonly demand: YouTubeDemand;
  readonly priority: YouTubePriority;
}

/** What people read of a bucket. */
export interface YouTubeSpending {
  readonly day: string;
  readonly bucket: YouTubeBucket;
  readonly spent: number;
  readonly limit: number;
  readonly waiting: number;
  readonly until: number | null;
  readonly reason: YouTubeReason | null;
}

const MINUTE_MS = 60_000;
/** After the time they were told, those who were sent away keep their place for this long. */
const GRACE_MS = 10 * MINUTE_MS;
/** Who lacks nothing but that others go first asks again after this. */
const NEXT_TURN_MS = 5 * MINUTE_MS;
/** While a person has to do something first, it is asked again so often. */
const STOPPED_MS = 30 * MINUTE_MS;
/** So many of those who wait are remembered; the others ask again in any case, and only lose their place. */
export const REMEMBERED = 40;

const NAMES: Readonly<Record<YouTubeBucket, string>> = { units: 'unit', inserts: 'new video', uploads: 'upload' };

/** Nothing is used, and nobody waits. */
export function openTurns(at: number): YouTubeTurns {
  return { ledger: openLedger(at), waiting: [], stop: null, uploadStop: null };
}

/** Gives somebody their share, or says when to ask again. Those who were sent away and come first have theirs kept. */
export function takeTurn(turns: YouTubeTurns, ask: YouTubeAsk, at: number, limits: YouTubeLimits): { readonly turns: YouTubeTurns; readonly turn: YouTubeTurn } {
  const now = turnsAt(turns, at);
  const others = now.waiting.filter(({ id }) => id !== ask.id);
  const askedAt = now.waiting.find(({ id }) => id === ask.id)?.askedAt ?? at;
  const stop = now.stop ?? (isUpload(ask.demand) ? now.uploadStop : null);
  if (stop !== null) return sentAway(stop.until ?? at + STOPPED_MS, { code: stop.code, message: stop.message });
  const own = reserve(now.ledger, ask.demand, at, limits);
  if (own.isGranted) {
    const { granted } = grantWaiting(now.ledger, [...others.filter(({ demand }) => now.uploadStop === null || !isUpload(demand)), { ...ask, askedAt }], at, limits);
    if (granted.includes(ask.id)) return { turns: { ...now, ledger: own.ledger, waiting: others }, turn: { grantedAt: at } };
    return sentAway(at + NEXT_TURN_MS, { code: 'YoutubeTurn', message: 'Others go first with what is left of YouTube’s quota.' });
  }
  // Who could never have it waits for another limit, and keeps nobody.
  if (own.until === null) return { turns: { ...now, waiting: others }, turn: { until: at + STOPPED_MS, reason: { code: 'YoutubeQuotaTooSmall', message: `This takes ${counted(ask.demand[own.bucket] ?? 0, NAMES[own.bucket])}, and the limit is ${limits[own.bucket].toLocaleString('en-US')}. Raise it, if YouTube gives more.` } } };
  return sentAway(own.until, reasonOfBucket(own.bucket, limits));

  function sentAway(until: number, reason: YouTubeReason): { turns: YouTubeTurns; turn: YouTubeTurn } {
    return { turns: { ...now, waiting: [...others, { ...ask, askedAt, until }] }, turn: { until, reason } };
  }
}

/** YouTube said that a bucket is empty, whatever we counted. */
export function emptyBucket(turns: YouTubeTurns, bucket: YouTubeBucket, at: number): YouTubeTurns {
  return { ...turns, ledger: closeBucket(turns.ledger, bucket, at) };
}

/** Stops everything, or only uploads, for a reason people can read. What is tried again by itself is tried every half hour. */
export function stopChannel(turns: YouTubeTurns, stop: YouTubeReason & { readonly of: 'everything' | 'uploads' }, at: number): YouTubeTurns {
  const { code, message } = stop;
  return stop.of === 'uploads' ? { ...turns, uploadStop: { code, message, until: null } } : { ...turns, stop: { code, message, until: at + STOPPED_MS } };
}

/** A person says that what stopped the channel is mended. */
export function resumeChannel(turns: YouTubeTurns): YouTubeTurns {
  return { ...turns, stop: null, uploadStop: null };
}

/** The turns as they stand at a moment: who did not come back in time has lost their place. */
export function turnsAt(turns: YouTubeTurns, at: number): YouTubeTurns {
  return {
    ledger: ledgerAt(turns.ledger, at),
    waiting: turns.waiting.filter(({ until }) => until + GRACE_MS > at),
    stop: turns.stop !== null && turns.stop.until !== null && turns.stop.until <= at ? null : turns.stop,
    uploadStop: turns.uploadStop,
  };
}

/** What goes through history when the ledger begins anew: those who wait are cut to the first. */
export function keptTurns(turns: YouTubeTurns): YouTubeTurns {
  return { ...turns, waiting: [...turns.waiting].sort((a, b) => a.askedAt - b.askedAt).slice(0, REMEMBERED) };
}

/** When nothing of a ledger counts any more unless somebody asks meanwhile; null while a person has to say so. */
export function forgottenAt(turns: YouTubeTurns, at: number, midnight: number): number | null {
  const { ledger, waiting, stop, uploadStop } = turnsAt(turns, at);
  if (uploadStop !== null) return null;
  const day = ledger.unitsUsed > 0 || ledger.insertsUsed > 0 ? [midnight] : [];
  return Math.max(at, ...day, ...ledger.uploadedAt.map((time) => time + 24 * 60 * MINUTE_MS), ...Object.values(ledger.closedUntil), ...waiting.map(({ until }) => until + GRACE_MS), ...(stop?.until == null ? [] : [stop.until]));
}

/** When what people read of a ledger changes next without anybody asking: a day begins, somebody is to come back, or did not. */
export function changesAt(turns: YouTubeTurns, at: number, midnight: number): number {
  const times = [...turns.waiting.flatMap(({ until }) => [until, until + GRACE_MS]), ...Object.values(turns.ledger.closedUntil), ...(turns.stop?.until == null ? [] : [turns.stop.until])];
  return Math.min(midnight, ...times.filter((time) => time > at));
}

/** What people read of each bucket. */
export function spendingOf(turns: YouTubeTurns, at: number, limits: YouTubeLimits): YouTubeSpending[] {
  const now = turnsAt(turns, at);
  const free = remaining(now.ledger, at, limits);
  const used: Record<YouTubeBucket, number> = { units: now.ledger.unitsUsed, inserts: now.ledger.insertsUsed, uploads: now.ledger.uploadedAt.length };
  return (['units', 'inserts', 'uploads'] as const).map((bucket) => {
    const held = now.waiting.filter(({ demand }) => (demand[bucket] ?? 0) > 0);
    const stop = now.stop ?? (bucket === 'units' ? null : now.uploadStop);
    const isEmpty = free[bucket] === 0 || held.length > 0;
    const reason = stop !== null ? { code: stop.code, message: stop.message } : isEmpty ? reasonOfBucket(bucket, limits) : null;
    const until = stop !== null ? stop.until : held.length > 0 ? Math.min(...held.map((absent) => absent.until)) : free[bucket] === 0 ? (now.ledger.closedUntil[bucket] ?? null) : null;
    return { day: pacificDayOf(at), bucket, spent: used[bucket], limit: limits[bucket], waiting: held.length, until, reason };
  });
}

const isUpload = (demand: YouTubeDemand): boolean => (demand.inserts ?? 0) + (demand.uploads ?? 0) > 0;

function reasonOfBucket(bucket: YouTubeBucket, limits: YouTubeLimits): YouTubeReason {
  const many = limits[bucket].toLocaleString('en-US');
  if (bucket === 'units') return { code: 'YoutubeQuota', message: `YouTube’s ${many} units of today are used or promised. There are more after midnight in California.` };
  if (bucket === 'inserts') return { code: 'YoutubeQuota', message: `YouTube’s ${many} new videos of today are used. There are more after midnight in California.` };
  return { code: 'YoutubeQuota', message: `The channel had its ${many} uploads of 24 hours. There is room for another when the oldest of them is a day ago.` };
}
