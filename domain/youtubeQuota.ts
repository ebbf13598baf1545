/**
 * What YouTube lets a project and a channel do in a day, and who gets what is left of it. Three buckets: units for most calls,
 * insertions of videos, both until midnight in California; and the channel’s uploads in any 24 hours.
 */
export type YouTubeBucket = 'units' | 'inserts' | 'uploads';

/** What a piece of work takes of the buckets; what it does not name it takes nothing of. */
export type YouTubeDemand = Readonly<Partial<Record<YouTubeBucket, number>>>;

/** What each bucket holds. */
export type YouTubeLimits = Readonly<Record<YouTubeBucket, number>>;

/** What each call takes, whatever comes of it; a listing takes it for each page. */
export const YOUTUBE_COSTS = {
  insertVideo: { inserts: 1, uploads: 1 },
  listVideos: { units: 1 },
  updateVideo: { units: 50 },
  listCaptions: { units: 50 },
  insertCaption: { units: 400 },
  updateCaption: { units: 450 },
  deleteCaption: { units: 50 },
  setThumbnail: { units: 50 },
  listPlaylistItems: { units: 1 },
  listChannels: { units: 1 },
  listCategories: { units: 1 },
} as const satisfies Readonly<Record<string, YouTubeDemand>>;

/** What is used of the buckets. */
export interface YouTubeLedger {
  /** Date in California, `2026-11-01`. */
  readonly day: string;
  readonly unitsUsed: number;
  readonly insertsUsed: number;
  /** When the channel’s uploads were granted, epoch milliseconds, oldest first; those of 24 hours. */
  readonly uploadedAt: readonly number[];
  /** Until when YouTube said that a bucket is empty, whatever we counted; epoch milliseconds. */
  readonly closedUntil: Readonly<Partial<Record<YouTubeBucket, number>>>;
}

/** Who goes first: what readers wait for, then new videos, then tags, which can wait. */
export const YOUTUBE_PRIORITIES = ['publish', 'upload', 'tags'] as const;
export type YouTubePriority = (typeof YOUTUBE_PRIORITIES)[number];

/** Somebody who waits for a share. */
export interface YouTubeWaiting {
  readonly id: string;
  readonly demand: YouTubeDemand;
  readonly priority: YouTubePriority;
  /** Epoch milliseconds. */
  readonly askedAt: number;
}

export type YouTubeReservation =
  | { readonly isGranted: true; readonly ledger: YouTubeLedger }
  /** `until`: when there is more of the bucket, epoch milliseconds; null when its whole would not be enough. */
  | { readonly isGranted: false; readonly bucket: YouTubeBucket; readonly until: number | null };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BUCKETS: readonly YouTubeBucket[] = ['units', 'inserts', 'uploads'];

const CALIFORNIA = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', year: 'numeric', month: '2-digit', day: '2-digit' });

/** The date in California at a moment (epoch milliseconds), `2026-11-01`: the day whose quota is used. */
export function pacificDayOf(at: number): string {
  const parts = new Map(CALIFORNIA.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${parts.get('year') ?? ''}-${parts.get('month') ?? ''}-${parts.get('day') ?? ''}`;
}

/** The next midnight in California after a moment; both epoch milliseconds. A day there has 23, 24 or 25 hours. */
export function nextPacificMidnight(at: number): number {
  const today = pacificDayOf(at);
  const [year = 0, month = 0, day = 0] = today.split('-').map(Number);
  // Midnight comes before the clocks are changed, at 7:00 or 8:00 UTC.
  const early = Date.UTC(year, month - 1, day + 1, 7);
  return pacificDayOf(early) === today ? early + HOUR_MS : early;
}

/** A ledger in which nothing is used yet. */
export function openLedger(at: number): YouTubeLedger {
  return { day: pacificDayOf(at), unitsUsed: 0, insertsUsed: 0, uploadedAt: [], closedUntil: {} };
}

/** The ledger as it stands at a moment: a new day begins with full buckets, and uploads are forgotten after 24 hours. */
export function ledgerAt(ledger: YouTubeLedger, at: number): YouTubeLedger {
  const day = pacificDayOf(at);
  const isNewDay = day !== ledger.day;
  return {
    day,
    unitsUsed: isNewDay ? 0 : ledger.unitsUsed,
    insertsUsed: isNewDay ? 0 : ledger.insertsUsed,
    uploadedAt: ledger.uploadedAt.filter((uploadedAt) => uploadedAt > at - DAY_MS),
    closedUntil: Object.fromEntries(Object.entries(ledger.closedUntil).filter(([, until]) => until > at)),
  };
}

/** What is left of each bucket at a moment. */
export function remaining(ledger: YouTubeLedger, at: number, limits: YouTubeLimits): Record<YouTubeBucket, number> {
  const now = ledgerAt(ledger, at);
  const used: Record<YouTubeBucket, number> = { units: now.unitsUsed, inserts: now.insertsUsed, uploads: now.uploadedAt.length };
  return { units: left('units'), inserts: left('inserts'), uploads: left('uploads') };

  function left(bucket: YouTubeBucket): number {
    return now.closedUntil[bucket] === undefined ? Math.max(0, limits[bucket] - used[bucket]) : 0;
  }
}

/** Takes a share of every bucket that is asked for, or of none. */
export function reserve(ledger: YouTubeLedger, demand: YouTubeDemand, at: number, limits: YouTubeLimits): YouTubeReservation {
  const now = ledgerAt(ledger, at);
  const free = remaining(now, at, limits);
  const lacking = BUCKETS.filter((bucket) => (demand[bucket] ?? 0) > free[bucket]).map((bucket) => ({ bucket, until: (demand[bucket] ?? 0) > limits[bucket] ? null : moreAt(now, bucket, demand[bucket] ?? 0, at, limits) }));
  const [worst] = lacking.sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity));
  if (worst !== undefined) return { isGranted: false, ...worst };
  return {
    isGranted: true,
    ledger: { ...now, unitsUsed: now.unitsUsed + (demand.units ?? 0), insertsUsed: now.insertsUsed + (demand.inserts ?? 0), uploadedAt: [...now.uploadedAt, ...Array.from({ length: demand.uploads ?? 0 }, () => at)] },
  };
}

function moreAt(ledger: YouTubeLedger, bucket: YouTubeBucket, wanted: number, at: number, limits: YouTubeLimits): number {
  const closed = ledger.closedUntil[bucket] ?? 0;
  if (bucket !== 'uploads') return Math.max(closed, nextPacificMidnight(at));
  // So many of the oldest have to be a day ago.
  const tooMany = ledger.uploadedAt.length + wanted - limits.uploads;
  const last = ledger.uploadedAt[tooMany - 1];
  return Math.max(closed, last === undefined ? 0 : last + DAY_MS);
}

/** YouTube said that a bucket is empty: it is believed until the bucket fills again, of the channel’s uploads for 24 hours. */
export function closeBucket(ledger: YouTubeLedger, bucket: YouTubeBucket, at: number): YouTubeLedger {
  const now = ledgerAt(ledger, at);
  return { ...now, closedUntil: { ...now.closedUntil, [bucket]: bucket === 'uploads' ? at + DAY_MS : nextPacificMidnight(at) } };
}

/**
 * Gives those who wait their shares, by priority and then in the order they came. Who cannot have theirs yet holds the bucket they lack for
 * those behind, so that much is not kept waiting for ever by little; who could never have theirs holds nobody.
 * @returns the ids that may begin, and when there is more for those who wait; null when nobody waits for a time.
 */
export function grantWaiting(ledger: YouTubeLedger, waiting: readonly YouTubeWaiting[], at: number, limits: YouTubeLimits): { readonly ledger: YouTubeLedger; readonly granted: readonly string[]; readonly nextAt: number | null } {
  const queue = [...waiting].sort((a, b) => YOUTUBE_PRIORITIES.indexOf(a.priority) - YOUTUBE_PRIORITIES.indexOf(b.priority) || a.askedAt - b.askedAt);
  const held = new Set<YouTubeBucket>();
  const granted: string[] = [];
  const times: number[] = [];
  let now = ledgerAt(ledger, at);
  for (const { id, demand } of queue) {
    if (BUCKETS.some((bucket) => held.has(bucket) && (demand[bucket] ?? 0) > 0)) continue;
    const answer = reserve(now, demand, at, limits);
    if (answer.isGranted) {
      now = answer.ledger;
      granted.push(id);
    } else if (answer.until !== null) {
      held.add(answer.bucket);
      times.push(answer.until);
    }
  }
  return { ledger: now, granted, nextAt: times.length === 0 ? null : Math.min(...times) };
}
