import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/**
 * `waiting` for a person’s word, or for room below a limit; `intended` may be placed, `ordering` is being placed; `approving` waits for a yes
 * at 3Play’s own pages; `ordered` and `adopted` are at work there; `unknown`: nobody knows whether 3Play took it.
 */
export type OrderState = 'waiting' | 'intended' | 'ordering' | 'approving' | 'ordered' | 'adopted' | 'complete' | 'cancelled' | 'refused' | 'unknown';

/** States in which 3Play works on it, or asks its own customer first. */
export const ORDERED_STATES = ['approving', 'ordered', 'adopted'] as const satisfies readonly OrderState[];

/** States in which nothing is paid, whatever was set aside. */
export const UNPAID_STATES: readonly OrderState[] = ['cancelled', 'refused'];

export interface OrderReason {
  readonly code: string;
  readonly message: string;
  /** ISO 8601: when it goes on by itself; absent where a person has to say so. */
  readonly until?: string;
}

/** One wish to have captions made at 3Play. */
export interface CaptionOrderRow {
  readonly id: string;
  readonly videoId: string;
  readonly siteId: string;
  readonly youtubeId: string;
  /** From 1 on. */
  readonly attempt: number;
  readonly mediaFileId: string | null;
  readonly transcriptId: string | null;
  readonly turnaroundLevelId: number | null;
  /** US cents by the account’s prices; null while nobody knows. */
  readonly priceCents: number | null;
  readonly state: OrderState;
  readonly reason: OrderReason | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  /** When the money was set aside. */
  readonly orderedAt: Date | null;
  readonly createdAt: Date;
}

interface DbCaptionOrder {
  id: string;
  video_id: string;
  site_id: string;
  youtube_id: string;
  attempt: number;
  media_file_id: string | null;
  transcript_id: string | null;
  turnaround_level_id: number | null;
  price_cents: number | null;
  state: OrderState;
  reason: OrderReason | null;
  approved_by: string | null;
  approved_at: Date | null;
  ordered_at: Date | null;
  created_at: Date;
}

function fromDb(row: DbCaptionOrder): CaptionOrderRow {
  return {
    id: row.id,
    videoId: row.video_id,
    siteId: row.site_id,
    youtubeId: row.youtube_id,
    attempt: row.attempt,
    mediaFileId: row.media_file_id,
    transcriptId: row.transcript_id,
    turnaroundLevelId: row.turnaround_level_id,
    priceCents: row.price_cents,
    state: row.state,
    reason: row.reason,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    orderedAt: row.ordered_at,
    createdAt: row.created_at,
  };
}

export async function findCaptionOrder(db: Db, id: string): Promise<CaptionOrderRow | undefined> {
  const row = await db('caption_orders').where({ id }).first<DbCaptionOrder | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The orders of a video, oldest first. */
export async function listCaptionOrders(db: Db, videoId: string): Promise<CaptionOrderRow[]> {
  return listOrdersOfVideos(db, [videoId]);
}

/** The orders of these videos, oldest first. */
export async function listOrdersOfVideos(db: Db, videoIds: readonly string[]): Promise<CaptionOrderRow[]> {
  const rows: DbCaptionOrder[] = await db('caption_orders').whereIn('video_id', [...videoIds]).orderBy('attempt');
  return rows.map(fromDb);
}

/** Orders, newest first, `limit` from `offset`, of one site or state or of all, with the number of all that match. */
export async function pageOfCaptionOrders(db: Db, filter: { readonly siteIds?: readonly string[]; readonly state?: OrderState | undefined }, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; orders: CaptionOrderRow[] }> {
  const chosen = () =>
    db('caption_orders').modify((query) => {
      if (filter.siteIds !== undefined) query.whereIn('site_id', [...filter.siteIds]);
      if (filter.state !== undefined) query.where({ state: filter.state });
    });
  const counted = await chosen().count<{ count: number }[]>({ count: '*' }).first();
  const rows: DbCaptionOrder[] = await chosen().orderBy([{ column: 'created_at', order: 'desc' }, { column: 'id', order: 'desc' }]).limit(page.limit).offset(page.offset);
  return { total: counted?.count ?? 0, orders: rows.map(fromDb) };
}

/** Complete orders of videos with these ids at YouTube, newest first. */
export async function listCompleteOrders(db: Db, youtubeIds: readonly string[]): Promise<CaptionOrderRow[]> {
  const rows: DbCaptionOrder[] = await db('caption_orders').where({ state: 'complete' }).whereIn('youtube_id', [...youtubeIds]).orderBy('attempt', 'desc');
  return rows.map(fromDb);
}

/** What 3Play made, or is making, of the very bytes of a video that came here as another one, what is complete first; undefined where there is none. */
export async function findOrderOfSameBytes(db: Db, video: { readonly id: string; readonly sourceMd5: string }): Promise<CaptionOrderRow | undefined> {
  const row = await db('caption_orders as o')
    .join('videos as twin', 'twin.id', 'o.video_id')
    .where('twin.source_md5', video.sourceMd5)
    .whereNot('twin.id', video.id)
    .whereNotNull('o.transcript_id')
    .whereIn('o.state', ['complete', ...ORDERED_STATES])
    .orderByRaw(`o.state = 'complete' desc, o.id desc`)
    .first<DbCaptionOrder | undefined>('o.*');
  return row === undefined ? undefined : fromDb(row);
}

/** Whether captions of the very bytes of a video, which came here as another one too, are being ordered, and nobody knows yet what comes of that. */
export async function isSameFilmAtOrder(db: Db, videoId: string): Promise<boolean> {
  const row = await db('videos as own')
    .join('videos as twin', 'twin.source_md5', 'own.source_md5')
    .join('caption_orders as o', 'o.video_id', 'twin.id')
    .where('own.id', videoId)
    .whereNot('twin.id', videoId)
    .whereIn('o.state', ['intended', 'ordering', 'unknown'])
    .first<{ id: string } | undefined>('o.id');
  return row !== undefined;
}

/** Whether another video has what came, or comes, of this order. */
export async function isTranscriptShared(db: Db, transcriptId: string, butVideoId: string): Promise<boolean> {
  const row = await db('caption_orders').where({ transcript_id: transcriptId }).whereNot({ video_id: butVideoId }).whereIn('state', ['complete', ...ORDERED_STATES]).first<{ id: string } | undefined>('id');
  return row !== undefined;
}

export type NewCaptionOrder = Pick<CaptionOrderRow, 'videoId' | 'siteId' | 'youtubeId' | 'attempt' | 'mediaFileId' | 'turnaroundLevelId' | 'priceCents' | 'state' | 'reason'> & { readonly transcriptId?: string };

/** Writes down an order; one of this attempt that is there already stays as it is. */
export async function openCaptionOrder(trx: Db, order: NewCaptionOrder): Promise<CaptionOrderRow> {
  await trx('caption_orders')
    .insert({
      id: uuidv7(),
      video_id: order.videoId,
      site_id: order.siteId,
      youtube_id: order.youtubeId,
      attempt: order.attempt,
      media_file_id: order.mediaFileId,
      transcript_id: order.transcriptId ?? null,
      turnaround_level_id: order.turnaroundLevelId,
      price_cents: order.priceCents,
      state: order.state,
      reason: order.reason === null ? null : JSON.stringify(order.reason),
    })
    .onConflict(['video_id', 'attempt'])
    .ignore();
  const row = await trx('caption_orders').where({ video_id: order.videoId, attempt: order.attempt }).first<DbCaptionOrder | undefined>();
  if (row === undefined) throw new Error(`Attempt ${order.attempt} of captions for video ${order.videoId} vanished between insert and read`);
  return fromDb(row);
}

/**
 * Moves an order on, if it is in one of `from`; what it waited for is forgotten unless a reason is given.
 * @returns whether it was.
 */
export async function moveCaptionOrder(
  db: Db,
  id: string,
  move: { readonly from: readonly OrderState[]; readonly state: OrderState; readonly reason?: OrderReason; readonly transcriptId?: string; readonly priceCents?: number; readonly approvedBy?: string | null; readonly reservedAt?: Date },
): Promise<boolean> {
  const changed = await db('caption_orders')
    .where({ id })
    .whereIn('state', [...move.from])
    .update({
      state: move.state,
      reason: move.reason === undefined ? null : JSON.stringify(move.reason),
      ...(move.transcriptId === undefined ? {} : { transcript_id: move.transcriptId }),
      ...(move.priceCents === undefined ? {} : { price_cents: move.priceCents }),
      ...(move.approvedBy === undefined ? {} : { approved_by: move.approvedBy, approved_at: db.fn.now() }),
      ...(move.reservedAt === undefined ? {} : { ordered_at: move.reservedAt }),
      updated_at: db.fn.now(),
    });
  return changed > 0;
}

/** Notes what an order that waits costs by the account’s prices of now. */
export async function priceCaptionOrder(db: Db, id: string, priceCents: number | null): Promise<void> {
  await db('caption_orders').where({ id, state: 'waiting' }).update({ price_cents: priceCents, updated_at: db.fn.now() });
}

/** Lets nobody else set money aside until the transaction ends. */
export async function lockCaptionSpending(trx: Db): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('caption-spending'))`);
}

/** US cents set aside for orders on a day of UTC, by all sites and by one; what was cancelled or refused costs nothing. @param day ISO date */
export async function captionSpending(db: Db, day: string, siteId: string): Promise<{ readonly allCents: number; readonly siteCents: number }> {
  const from = new Date(`${day}T00:00:00Z`);
  const row = await db('caption_orders')
    .where('ordered_at', '>=', from)
    .where('ordered_at', '<', new Date(from.getTime() + 24 * 60 * 60_000))
    .whereNotIn('state', UNPAID_STATES)
    .select<{ all: string | null; site: string | null }[]>(db.raw('sum(price_cents) as "all"'), db.raw('sum(price_cents) filter (where site_id = ?) as site', [siteId]))
    .first();
  return { allCents: Number(row?.all ?? 0), siteCents: Number(row?.site ?? 0) };
}
