import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** `intended` has no bytes at YouTube yet; `failed` is one that YouTube took and could not use. */
export type YouTubeUploadState = 'intended' | 'uploading' | 'done' | 'failed';

export interface UploadReason {
  readonly code: string;
  readonly message: string;
}

/** One upload to YouTube; its id is the marker by which it is found there. */
export interface YouTubeUploadRow {
  readonly id: string;
  readonly videoId: string;
  /** Of the bytes, in the bucket of the transcoded videos. */
  readonly s3Key: string;
  /** Bytes. */
  readonly size: number;
  /** Where the bytes go; null before it is begun and after it is lost. */
  readonly sessionUrl: string | null;
  /** ISO 8601; of the first session: its video may come to light after another one was begun. */
  readonly sessionBegunAt: string | null;
  /** How many sessions were begun, lost ones among them. */
  readonly sessions: number;
  readonly sentBytes: number;
  readonly state: YouTubeUploadState;
  readonly reason: UploadReason | null;
  /** ISO 8601. */
  readonly updatedAt: string;
}

interface DbUpload {
  id: string;
  video_id: string;
  s3_key: string;
  size: string;
  session_url: string | null;
  session_begun_at: Date | null;
  sessions: number;
  sent_bytes: string;
  state: YouTubeUploadState;
  reason: UploadReason | null;
  updated_at: Date;
}

function fromDb(row: DbUpload): YouTubeUploadRow {
  return {
    id: row.id,
    videoId: row.video_id,
    s3Key: row.s3_key,
    size: Number(row.size),
    sessionUrl: row.session_url,
    sessionBegunAt: row.session_begun_at?.toISOString() ?? null,
    sessions: row.sessions,
    sentBytes: Number(row.sent_bytes),
    state: row.state,
    reason: row.reason,
    updatedAt: row.updated_at.toISOString(),
  };
}

export async function findUpload(db: Db, videoId: string): Promise<YouTubeUploadRow | undefined> {
  const row = await db('youtube_uploads').where({ video_id: videoId }).first<DbUpload | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/**
 * Keeps that a video is to be uploaded, before YouTube is asked. What is under way or done stays; in the place of one that YouTube could not use
 * stands a new one, with another marker.
 */
export async function keepUpload(trx: Db, upload: { readonly videoId: string; readonly s3Key: string; readonly size: number }): Promise<YouTubeUploadRow> {
  await trx('youtube_uploads').where({ video_id: upload.videoId, state: 'failed' }).delete();
  await trx('youtube_uploads').insert({ id: uuidv7(), video_id: upload.videoId, s3_key: upload.s3Key, size: upload.size, state: 'intended' }).onConflict('video_id').ignore();
  const kept = await findUpload(trx, upload.videoId);
  if (kept === undefined) throw new Error(`Upload of video ${upload.videoId} is not there after it was kept`);
  return kept;
}

/** Keeps where the bytes go, before the first of them. @returns the session there is: the one that was kept first. */
export async function keepSession(db: Db, id: string, sessionUrl: string): Promise<string | null> {
  await db('youtube_uploads').where({ id }).whereNull('session_url').whereNot({ state: 'done' }).update({ session_url: sessionUrl, session_begun_at: db.raw('coalesce(session_begun_at, now())'), sessions: db.raw('sessions + 1'), sent_bytes: 0, state: 'uploading', reason: null, updated_at: db.fn.now() });
  const row = await db('youtube_uploads').where({ id }).first<DbUpload | undefined>();
  return row?.session_url ?? null;
}

/** Forgets a session that YouTube no longer has; when it was begun stays known. */
export async function loseSession(db: Db, id: string, sessionUrl: string): Promise<void> {
  await db('youtube_uploads').where({ id, session_url: sessionUrl }).update({ session_url: null, updated_at: db.fn.now() });
}

/** Notes how far the bytes are. */
export async function noteSentBytes(db: Db, id: string, sentBytes: number): Promise<void> {
  await db('youtube_uploads').where({ id, state: 'uploading' }).update({ sent_bytes: sentBytes, updated_at: db.fn.now() });
}

/** Says that an upload is whole at YouTube, or that YouTube could not use it and why. */
export async function endUpload(db: Db, id: string, end: { readonly state: 'done' } | { readonly state: 'failed'; readonly reason: UploadReason }): Promise<void> {
  await db('youtube_uploads')
    .where({ id })
    .update({ state: end.state, session_url: null, reason: end.state === 'failed' ? JSON.stringify(end.reason) : null, ...(end.state === 'done' ? { sent_bytes: db.ref('size') } : {}), updated_at: db.fn.now() });
}
