import type { YouTubeBucket } from '#domain/youtubeQuota.ts';
import type { YouTubeReason } from '#domain/youtubeTurns.ts';
import type { Db } from '../knex.ts';

/** What is spent of one of YouTube’s limits, as people read it. */
export interface YouTubeSpendingRow {
  /** Of Pacific time, `2026-11-01`. */
  readonly day: string;
  readonly bucket: YouTubeBucket;
  readonly spent: number;
  readonly limit: number;
  /** How many wait for a share. */
  readonly waiting: number;
  /** ISO 8601; when there is more, null while there is some, or while a person has to act. */
  readonly until: string | null;
  readonly reason: YouTubeReason | null;
}

interface DbSpending {
  day: string;
  bucket: YouTubeBucket;
  spent: number;
  limit: number;
  waiting: number;
  until: Date | null;
  reason: YouTubeReason | null;
}

/** Shows how the ledger stands; what a day spent stays to be read after it. */
export async function saveSpending(db: Db, rows: readonly YouTubeSpendingRow[]): Promise<void> {
  await db('youtube_quotas')
    .insert(rows.map(({ reason, ...row }) => ({ ...row, reason: reason === null ? null : JSON.stringify(reason), updated_at: db.fn.now() })))
    .onConflict(['day', 'bucket'])
    .merge(['spent', 'limit', 'waiting', 'until', 'reason', 'updated_at']);
}

/** How the buckets stood when the ledger was shown last: of its newest day. Empty before the first. */
export async function latestSpending(db: Db): Promise<YouTubeSpendingRow[]> {
  const rows: DbSpending[] = await db('youtube_quotas')
    .where('day', db('youtube_quotas').max('day'))
    .orderBy('bucket')
    .select(db.raw('day::text as day'), 'bucket', 'spent', 'limit', 'waiting', 'until', 'reason');
  return rows.map(({ until, ...row }) => ({ ...row, until: until?.toISOString() ?? null }));
}
