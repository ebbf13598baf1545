import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type UploadState = 'begun' | 'done' | 'refused' | 'expired';

/** A file that somebody sends, or sent, to the storage bucket. */
export interface UploadRow {
  readonly id: string;
  readonly siteId: string;
  readonly userId: string | null;
  readonly name: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly quarantineKey: string;
  readonly key: string;
  readonly state: UploadState;
  readonly reason: string | null;
  readonly expiresAt: Date;
}

interface Stored {
  id: string;
  site_id: string;
  user_id: string | null;
  name: string;
  content_type: string;
  size: string;
  sha256: string;
  quarantine_key: string;
  key: string;
  state: UploadState;
  reason: string | null;
  expires_at: Date;
}

const toRow = (row: Stored): UploadRow => ({
  id: row.id,
  siteId: row.site_id,
  userId: row.user_id,
  name: row.name,
  contentType: row.content_type,
  size: Number(row.size),
  sha256: row.sha256,
  quarantineKey: row.quarantine_key,
  key: row.key,
  state: row.state,
  reason: row.reason,
  expiresAt: row.expires_at,
});

/** Writes down that a file is to be sent; `keysOf` makes its keys from its id. */
export async function insertUpload(db: Db, upload: Pick<UploadRow, 'siteId' | 'userId' | 'name' | 'contentType' | 'size' | 'sha256'>, options: { readonly lifeMs: number; readonly keysOf: (id: string) => Pick<UploadRow, 'quarantineKey' | 'key'> }): Promise<UploadRow> {
  const id = uuidv7();
  const { quarantineKey, key } = options.keysOf(id);
  const [row] = await db('uploads')
    .insert({
      id,
      site_id: upload.siteId,
      user_id: upload.userId,
      name: upload.name,
      content_type: upload.contentType,
      size: upload.size,
      sha256: upload.sha256,
      quarantine_key: quarantineKey,
      key,
      state: 'begun',
      expires_at: db.raw(`now() + ? * interval '1 millisecond'`, [options.lifeMs]),
    })
    .returning<Stored[]>('*');
  if (row === undefined) throw new Error('An insert returned no row');
  return toRow(row);
}

/** An upload to this site; held until the end of the transaction when `isHeld`. */
export async function findUpload(db: Db, siteId: string, id: string, isHeld = false): Promise<UploadRow | undefined> {
  const query = db('uploads').where({ id, site_id: siteId });
  const row = await (isHeld ? query.forUpdate() : query).first<Stored | undefined>();
  return row === undefined ? undefined : toRow(row);
}

/** The upload whose file lies at this key of the storage bucket, if one does. */
export async function findUploadByKey(db: Db, siteId: string, key: string): Promise<UploadRow | undefined> {
  const row = await db('uploads').where({ site_id: siteId, key }).first<Stored | undefined>();
  return row === undefined ? undefined : toRow(row);
}

/** Says what became of an upload. */
export async function endUpload(db: Db, id: string, end: { readonly state: 'done' | 'refused'; readonly reason?: string }): Promise<void> {
  await db('uploads').where({ id }).update({ state: end.state, reason: end.reason ?? null, updated_at: db.fn.now() });
}

/** Bytes that are on their way to a site: begun, and neither ended nor expired. */
export async function countOpenUploads(db: Db, siteId: string): Promise<number> {
  const [row] = await db('uploads').where({ site_id: siteId, state: 'begun' }).where('expires_at', '>', db.fn.now()).count<{ count: string }[]>();
  return Number(row?.count ?? 0);
}

/** Uploads whose address ended `afterMs` ago and whose place in quarantine was not emptied since then. */
export async function listUnsweptUploads(db: Db, options: { readonly afterMs: number; readonly limit: number }): Promise<UploadRow[]> {
  const rows = await db('uploads').whereNull('swept_at').whereRaw(`expires_at < now() - ? * interval '1 millisecond'`, [options.afterMs]).orderBy('expires_at').limit(options.limit).select<Stored[]>('*');
  return rows.map(toRow);
}

/** Notes that nothing is left of these in quarantine; those that never ended have expired. */
export async function noteUploadsSwept(db: Db, ids: readonly string[]): Promise<void> {
  await db('uploads')
    .whereIn('id', [...ids])
    .update({ swept_at: db.fn.now(), updated_at: db.fn.now(), state: db.raw(`case state when 'begun' then 'expired' else state end`) });
}
