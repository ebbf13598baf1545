import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type TrackKind = 'captions' | 'transcript';
/** Who made it: somebody who put it into Google Drive, or 3Play Media. */
export type TrackSource = 'drive' | 'threePlay';

/** Captions or a transcript of a video, in one language. */
export interface VideoTrackRow {
  readonly id: string;
  readonly videoId: string;
  readonly kind: TrackKind;
  /** `en`, `pt-BR`. */
  readonly language: string;
  readonly source: TrackSource;
  /** The resource it is in the site; null while it is none. */
  readonly itemId: string | null;
  /** In the storage bucket. */
  readonly s3Key: string;
  /** Hex, of those bytes. */
  readonly md5: string;
}

interface DbVideoTrack {
  id: string;
  video_id: string;
  kind: TrackKind;
  language: string;
  source: TrackSource;
  item_id: string | null;
  s3_key: string;
  md5: string;
}

function fromDb(row: DbVideoTrack): VideoTrackRow {
  return { id: row.id, videoId: row.video_id, kind: row.kind, language: row.language, source: row.source, itemId: row.item_id, s3Key: row.s3_key, md5: row.md5 };
}

/** The tracks of a video, captions first, by language. */
export async function listVideoTracks(db: Db, videoId: string): Promise<VideoTrackRow[]> {
  return listTracksOfVideos(db, [videoId]);
}

/** The tracks of these videos, captions first, by language. */
export async function listTracksOfVideos(db: Db, videoIds: readonly string[]): Promise<VideoTrackRow[]> {
  const rows: DbVideoTrack[] = await db('video_tracks').whereIn('video_id', [...videoIds]).orderBy(['kind', 'language']);
  return rows.map(fromDb);
}

/** Says what the track of a video in a language is now; one of its kind and language is replaced. */
export async function putVideoTrack(db: Db, track: Omit<VideoTrackRow, 'id'>): Promise<void> {
  await db('video_tracks')
    .insert({ id: uuidv7(), video_id: track.videoId, kind: track.kind, language: track.language, source: track.source, item_id: track.itemId, s3_key: track.s3Key, md5: track.md5, updated_at: db.fn.now() })
    .onConflict(['video_id', 'kind', 'language'])
    .merge(['source', 'item_id', 's3_key', 'md5', 'updated_at']);
}

/** Forgets the tracks of a video that came from Google Drive, but for these. */
export async function keepDriveTracks(db: Db, videoId: string, kept: readonly Pick<VideoTrackRow, 'kind' | 'language'>[]): Promise<void> {
  await db('video_tracks')
    .where({ video_id: videoId, source: 'drive' })
    .modify((query) => {
      for (const { kind, language } of kept) query.whereNot({ kind, language });
    })
    .delete();
}

/** The tracks that these resources are, of whichever video. */
export async function findTracksOfItems(db: Db, itemIds: readonly string[]): Promise<VideoTrackRow[]> {
  const rows: DbVideoTrack[] = await db('video_tracks').whereIn('item_id', [...itemIds]).orderBy('id');
  return rows.map(fromDb);
}
