import { v7 as uuidv7 } from 'uuid';
import type { VideoPhase } from '#domain/videoPhases.ts';
import type { Db } from '../knex.ts';

export type VideoSource = 'drive' | 'youtube';
export type YouTubePrivacy = 'private' | 'unlisted' | 'public';

/** What a video waits for and until when, or why it stopped. */
export interface VideoWaits {
  readonly code: string;
  readonly message: string;
  /** ISO 8601; null when nobody can say, or a person must act. */
  readonly until: string | null;
}

/** A video on its way from a file to YouTube, or one that was there before. */
export interface VideoRow {
  readonly id: string;
  readonly siteId: string;
  readonly itemId: string | null;
  /** Our id of the file in Drive; null for one that was on YouTube before, or whose file is gone. */
  readonly driveFileId: string | null;
  readonly source: VideoSource;
  /** Of the bytes in the storage bucket. */
  readonly sourceKey: string | null;
  readonly sourceMd5: string | null;
  /** Milliseconds; null before it is transcoded. */
  readonly durationMs: number | null;
  readonly youtubeId: string | null;
  /** YouTube’s word. */
  readonly youtubeStatus: string | null;
  readonly youtubePrivacy: YouTubePrivacy | null;
  /** Sums of what YouTube was sent last, by what it was. */
  readonly sent: Readonly<Record<string, string>>;
  readonly phase: VideoPhase;
  readonly waits: VideoWaits | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface DbVideo {
  id: string;
  site_id: string;
  item_id: string | null;
  drive_file_id: string | null;
  source: VideoSource;
  source_key: string | null;
  source_md5: string | null;
  duration_ms: string | null;
  youtube_id: string | null;
  youtube_status: string | null;
  youtube_privacy: YouTubePrivacy | null;
  sent: Record<string, string>;
  phase: VideoPhase;
  waits: VideoWaits | null;
  created_at: Date;
  updated_at: Date;
}

function fromDb(row: DbVideo): VideoRow {
  return {
    id: row.id,
    siteId: row.site_id,
    itemId: row.item_id,
    driveFileId: row.drive_file_id,
    source: row.source,
    sourceKey: row.source_key,
    sourceMd5: row.source_md5,
    durationMs: row.duration_ms === null ? null : Number(row.duration_ms),
    youtubeId: row.youtube_id,
    youtubeStatus: row.youtube_status,
    youtubePrivacy: row.youtube_privacy,
    sent: row.sent,
    phase: row.phase,
    waits: row.waits,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export async function findVideo(db: Db, id: string): Promise<VideoRow | undefined> {
  const row = await db('videos').where({ id }).first<DbVideo | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The newest video of a resource: bytes that change are another one. */
export async function findVideoOfItem(db: Db, itemId: string): Promise<VideoRow | undefined> {
  const row = await db('videos').where({ item_id: itemId }).orderBy('id', 'desc').first<DbVideo | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The videos of these ids. */
export async function listVideosByIds(db: Db, ids: readonly string[]): Promise<Map<string, VideoRow>> {
  const rows: DbVideo[] = await db('videos').whereIn('id', [...ids]);
  return new Map(rows.map((row) => [row.id, fromDb(row)]));
}

/** Every video of a resource, the oldest first. */
export async function listVideosOfItem(db: Db, itemId: string): Promise<VideoRow[]> {
  const rows: DbVideo[] = await db('videos').where({ item_id: itemId }).orderBy('id');
  return rows.map(fromDb);
}

/** Every video of a site, the oldest first. */
export async function listVideosOfSite(db: Db, siteId: string): Promise<VideoRow[]> {
  const rows: DbVideo[] = await db('videos').where({ site_id: siteId }).orderBy(['created_at', 'id']);
  return rows.map(fromDb);
}

/** Videos of all sites that wait without a time, but for these codes; the longest wait first, `limit` from `offset`, with the number of all. */
export async function pageOfWaitingVideos(db: Db, butCodes: readonly string[], page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; videos: VideoRow[] }> {
  const chosen = () => db('videos').whereNotNull('waits').whereRaw(`waits ->> 'until' is null and not waits ->> 'code' = any (?)`, [[...butCodes]]);
  const counted = await chosen().count<{ count: number }[]>({ count: '*' }).first();
  const rows: DbVideo[] = await chosen().orderBy(['updated_at', 'id']).limit(page.limit).offset(page.offset);
  return { total: counted?.count ?? 0, videos: rows.map(fromDb) };
}

/**
 * How many other videos a site has, and how many of them are on their way and have no captions yet. What was replaced or lost its resource
 * counts neither here nor there.
 */
export async function countOtherVideos(db: Db, video: Pick<VideoRow, 'id' | 'siteId'>): Promise<{ readonly others: number; readonly uncaptioned: number }> {
  const { rows } = await db.raw<{ rows: [{ others: number; uncaptioned: number }] }>(
    `select count(*)::integer as others,
       count(*) filter (where v.phase <> 'done' and not exists (select 1 from video_tracks t where t.video_id = v.id and t.kind = 'captions'))::integer as uncaptioned
     from videos v join content_items i on i.id = v.item_id
     where v.site_id = ? and v.id <> ? and i.deleted_at is null and coalesce(v.waits ->> 'code', '') not in ('Superseded', 'VideoMissing')`,
    [video.siteId, video.id],
  );
  return rows[0];
}

/** The row of the present state of a file in Drive, made if there is none yet. @returns whether it was made now. */
export async function keepDriveVideo(db: Db, video: { readonly siteId: string; readonly itemId: string; readonly driveFileId: string; readonly sourceKey: string; readonly sourceMd5: string }): Promise<{ video: VideoRow; isNew: boolean }> {
  const { siteId, itemId, driveFileId, sourceKey, sourceMd5 } = video;
  const made = await db('videos')
    .insert({ id: uuidv7(), site_id: siteId, item_id: itemId, drive_file_id: driveFileId, source: 'drive', source_key: sourceKey, source_md5: sourceMd5, phase: 'transcode' })
    .onConflict(['drive_file_id', 'source_md5'])
    .ignore()
    .returning<DbVideo[]>('*');
  const [row] = made;
  if (row !== undefined) return { video: fromDb(row), isNew: true };
  const known = await db('videos').where({ drive_file_id: driveFileId, source_md5: sourceMd5 }).first<DbVideo | undefined>();
  if (known === undefined) throw new Error(`Video of file ${driveFileId} is not there after it was made`);
  return { video: fromDb(known), isNew: false };
}

/**
 * The row of a video that a resource names by its id on YouTube, made if there is none yet; null for one that we brought to YouTube for this
 * very resource. What another video was said to wait for that the resource named before is over.
 */
export async function keepNamedVideo(trx: Db, named: { readonly siteId: string; readonly itemId: string; readonly youtubeId: string }): Promise<VideoRow | null> {
  const { siteId, itemId, youtubeId } = named;
  await leaveNamedVideos(trx, itemId, youtubeId);
  const ours = await trx('videos').where({ item_id: itemId, source: 'drive', youtube_id: youtubeId }).first<DbVideo | undefined>('id');
  if (ours !== undefined) return null;
  await trx('videos')
    .insert({ id: uuidv7(), site_id: siteId, item_id: itemId, source: 'youtube', youtube_id: youtubeId, phase: 'done' })
    .onConflict(trx.raw(`(item_id, youtube_id) where source = 'youtube'`))
    .ignore();
  const row = await trx('videos').where({ item_id: itemId, source: 'youtube', youtube_id: youtubeId }).first<DbVideo | undefined>();
  if (row === undefined) throw new Error(`Video ${youtubeId} of item ${itemId} vanished between insert and read`);
  return fromDb(row);
}

/** Notes that a resource no longer names videos on YouTube, but for this one: nobody has to mend anything for the others. */
export async function leaveNamedVideos(trx: Db, itemId: string, butYoutubeId: string | null): Promise<void> {
  await trx('videos')
    .where({ item_id: itemId, source: 'youtube' })
    .whereNotNull('waits')
    .whereRaw('youtube_id is distinct from ?', [butYoutubeId])
    .update({ waits: null, updated_at: trx.fn.now() });
}

/**
 * Begins a video anew whose file was something else meanwhile: what was made of that lies in its places. Its id on YouTube is still its own.
 * @returns whether that was so.
 */
export async function reopenReturnedVideo(db: Db, id: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const video = await trx('videos').where({ id }).forUpdate().first<{ drive_file_id: string | null } | undefined>('drive_file_id');
    if (video?.drive_file_id == null) return false;
    const between = await trx('videos').where({ drive_file_id: video.drive_file_id }).whereRaw('current_since > (select current_since from videos where id = ?)', [id]).first<{ id: string } | undefined>('id');
    if (between === undefined) return false;
    await trx('transcode_jobs').where({ video_id: id }).delete();
    await trx('videos').where({ id }).update({ phase: 'transcode', waits: null, current_since: trx.raw('clock_timestamp()'), updated_at: trx.fn.now() });
    return true;
  });
}

/** Facts about a video that are found on the way; those not named stay. */
export interface VideoFacts {
  readonly itemId?: string;
  readonly durationMs?: number;
  readonly youtubeStatus?: string;
  readonly youtubePrivacy?: YouTubePrivacy;
}

/** Says how far a video is. What it waited for is over with that. */
export async function moveVideo(db: Db, id: string, to: { readonly phase: VideoPhase }): Promise<void> {
  await db('videos').where({ id }).update({ phase: to.phase, waits: null, updated_at: db.fn.now() });
}

/** Notes facts without a word about how far the video is. */
export async function noteVideoFacts(db: Db, id: string, facts: VideoFacts): Promise<void> {
  await db('videos')
    .where({ id })
    .update({
      ...(facts.itemId === undefined ? {} : { item_id: facts.itemId }),
      ...(facts.durationMs === undefined ? {} : { duration_ms: facts.durationMs }),
      ...(facts.youtubeStatus === undefined ? {} : { youtube_status: facts.youtubeStatus }),
      ...(facts.youtubePrivacy === undefined ? {} : { youtube_privacy: facts.youtubePrivacy }),
      updated_at: db.fn.now(),
    });
}

/** Gives a video its id on YouTube, which it keeps. @returns the one it has. */
export async function keepYoutubeId(db: Db, id: string, youtubeId: string): Promise<string | null> {
  await db('videos').where({ id }).whereNull('youtube_id').update({ youtube_id: youtubeId, updated_at: db.fn.now() });
  return (await findVideo(db, id))?.youtubeId ?? null;
}

/** Notes sums of what YouTube was sent, beside those of other things. */
export async function noteVideoSent(db: Db, id: string, sums: Readonly<Record<string, string>>): Promise<void> {
  await db('videos').where({ id }).update({ sent: db.raw('sent || ?::jsonb', [JSON.stringify(sums)]), updated_at: db.fn.now() });
}

/** Forgets that YouTube was sent something, for it is there no more. */
export async function forgetVideoSent(db: Db, id: string, name: string): Promise<void> {
  await db('videos').where({ id }).update({ sent: db.raw('sent - ?::text', [name]), updated_at: db.fn.now() });
}

/** Says what a video waits for, or that it waits for nothing. */
export async function noteVideoWaits(db: Db, id: string, waits: VideoWaits | null): Promise<void> {
  await db('videos').where({ id }).update({ waits: waits === null ? null : JSON.stringify(waits), updated_at: db.fn.now() });
}
