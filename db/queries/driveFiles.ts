import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

export type DriveSyncFolder = 'files_final' | 'videos_final';
/** `found` waits for its bytes, `stored` has them, `complete` has its resource too. */
export type DriveFileState = 'found' | 'streaming' | 'stored' | 'complete' | 'failed' | 'skipped' | 'trashed';

export interface DriveReason {
  readonly code: string;
  readonly message: string;
}

/** A file in Google Drive as the studio knows it. */
export interface DriveFileRow {
  readonly id: string;
  /** Drive's. */
  readonly fileId: string;
  readonly siteId: string;
  readonly folder: DriveSyncFolder;
  /** Names of the folders below that, with slashes between; empty at its top. */
  readonly path: string;
  readonly name: string;
  readonly mimeType: string;
  /** Hex; null for Google's own documents. */
  readonly md5: string | null;
  /** Bytes; null for Google's own documents. */
  readonly size: number | null;
  /** ISO 8601. */
  readonly modifiedAt: string | null;
  readonly s3Key: string | null;
  readonly s3VersionId: string | null;
  /** Of the bytes in the bucket; another one than `md5` means that Drive has a newer state. */
  readonly storedMd5: string | null;
  readonly state: DriveFileState;
  /** Why it failed, was skipped or kept. */
  readonly reason: DriveReason | null;
  readonly itemId: string | null;
  readonly lastRunId: string | null;
}

interface DbDriveFile {
  id: string;
  file_id: string;
  site_id: string;
  folder: DriveSyncFolder;
  path: string;
  name: string;
  mime_type: string;
  md5: string | null;
  size: string | null;
  drive_modified_at: Date | null;
  s3_key: string | null;
  s3_version_id: string | null;
  stored_md5: string | null;
  state: DriveFileState;
  reason: DriveReason | null;
  item_id: string | null;
  last_run_id: string | null;
}

/** What a listing says of a file, and what is made of that. */
export interface FoundDriveFile {
  readonly fileId: string;
  readonly folder: DriveSyncFolder;
  readonly path: string;
  /** Drive’s ids of those folders. */
  readonly folderIds?: readonly string[];
  readonly name: string;
  readonly mimeType: string;
  readonly md5: string | null;
  readonly size: number | null;
  /** ISO 8601. */
  readonly modifiedAt: string | null;
  readonly state: DriveFileState;
  readonly reason: DriveReason | null;
}

const ROWS_AT_ONCE = 500;

function fromDb(row: DbDriveFile): DriveFileRow {
  return {
    id: row.id,
    fileId: row.file_id,
    siteId: row.site_id,
    folder: row.folder,
    path: row.path,
    name: row.name,
    mimeType: row.mime_type,
    md5: row.md5,
    size: row.size === null ? null : Number(row.size),
    modifiedAt: row.drive_modified_at?.toISOString() ?? null,
    s3Key: row.s3_key,
    s3VersionId: row.s3_version_id,
    storedMd5: row.stored_md5,
    state: row.state,
    reason: row.reason,
    itemId: row.item_id,
    lastRunId: row.last_run_id,
  };
}

export async function findDriveFile(db: Db, id: string): Promise<DriveFileRow | undefined> {
  const row = await db('drive_files').where({ id }).first<DbDriveFile | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The file a resource was made from, if it came from Drive. */
export async function findDriveFileOfItem(db: Db, itemId: string): Promise<DriveFileRow | undefined> {
  const row = await db('drive_files').where({ item_id: itemId }).whereNot({ state: 'trashed' }).orderBy('id', 'desc').first<DbDriveFile | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Files of a site by Drive's ids of them. */
export async function findDriveFilesByFileIds(db: Db, siteId: string, fileIds: readonly string[]): Promise<DriveFileRow[]> {
  const rows: DbDriveFile[] = await db('drive_files').where({ site_id: siteId }).whereIn('file_id', [...fileIds]).orderBy('id');
  return rows.map(fromDb);
}

/** Names of files in Drive, by our ids of them. */
export async function driveFileNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: Pick<DbDriveFile, 'id' | 'name'>[] = await db('drive_files').whereIn('id', [...ids]).select('id', 'name');
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Every file of a site, also those that were skipped or moved to the trash, in the order of their folders and names. */
export async function listDriveFiles(db: Db, siteId: string): Promise<DriveFileRow[]> {
  const rows: DbDriveFile[] = await db('drive_files').where({ site_id: siteId }).orderBy(['folder', 'path', 'name', 'id']);
  return rows.map(fromDb);
}

/** Files of a site in the order of their folders and names, `limit` from `offset`, of one name or state or of all. */
export async function pageOfDriveFiles(db: Db, siteId: string, page: { readonly limit: number; readonly offset: number; readonly name?: string | undefined; readonly state?: DriveFileState | undefined }): Promise<{ total: number; files: DriveFileRow[] }> {
  const { limit, offset, name, state } = page;
  const chosen = { site_id: siteId, ...(name === undefined ? {} : { name }), ...(state === undefined ? {} : { state }) };
  const counted = await db('drive_files').where(chosen).count<{ count: number }[]>({ count: '*' }).first();
  const rows: DbDriveFile[] = await db('drive_files').where(chosen).orderBy(['folder', 'path', 'name', 'id']).limit(limit).offset(offset);
  return { total: counted?.count ?? 0, files: rows.map(fromDb) };
}

/** Sites other than this one that these files belong to, by Drive's id of the file. */
export async function ownersOfDriveFiles(db: Db, siteId: string, fileIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map<string, string>();
  for (let start = 0; start < fileIds.length; start += ROWS_AT_ONCE) {
    const rows = await db('drive_files').join('sites', 'sites.id', 'drive_files.site_id').whereNot('drive_files.site_id', siteId).whereIn('file_id', fileIds.slice(start, start + ROWS_AT_ONCE)).select<{ file_id: string; name: string }[]>('file_id', 'sites.name');
    for (const row of rows) owners.set(row.file_id, row.name);
  }
  return owners;
}

/**
 * Writes down what a listing says of files of a site; where their bytes and their resources are stays, and a file of another site is left alone.
 * @returns the rows' ids by Drive's id.
 */
export async function recordFoundFiles(db: Db, siteId: string, runId: string, files: readonly FoundDriveFile[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (let start = 0; start < files.length; start += ROWS_AT_ONCE) {
    const rows = await db('drive_files')
      .insert(
        files.slice(start, start + ROWS_AT_ONCE).map((file) => ({
          id: uuidv7(),
          file_id: file.fileId,
          site_id: siteId,
          folder: file.folder,
          path: file.path,
          folder_ids: file.folderIds ?? [],
          name: file.name,
          mime_type: file.mimeType,
          md5: file.md5,
          size: file.size,
          drive_modified_at: file.modifiedAt,
          state: file.state,
          reason: file.reason === null ? null : JSON.stringify(file.reason),
          last_run_id: runId,
          updated_at: db.fn.now(),
        })),
      )
      .onConflict('file_id')
      .merge(['folder', 'path', 'folder_ids', 'name', 'mime_type', 'md5', 'size', 'drive_modified_at', 'state', 'reason', 'last_run_id', 'updated_at'])
      .where('drive_files.site_id', siteId)
      .returning<{ id: string; file_id: string }[]>(['id', 'file_id']);
    for (const row of rows) ids.set(row.file_id, row.id);
  }
  return ids;
}

/** Lets a file take the resource of one that is gone, and with `withKey` its place in the bucket; the old one is no file of the site any more. Call inside a transaction. */
export async function replaceDriveFile(trx: Db, oldFileId: string, id: string, withKey: boolean): Promise<void> {
  const old = await trx('drive_files').where({ file_id: oldFileId }).forUpdate().first<Pick<DbDriveFile, 'id' | 'item_id' | 's3_key'> | undefined>('id', 'item_id', 's3_key');
  if (old === undefined) return;
  const reason: DriveReason = { code: 'Replaced', message: 'A file of the same name took its place.' };
  await trx('drive_files').where({ id: old.id }).update({ state: 'trashed', item_id: null, reason: JSON.stringify(reason), ...(withKey ? { s3_key: null } : {}), updated_at: trx.fn.now() });
  await trx('drive_files').where({ id }).update({ item_id: old.item_id, ...(withKey ? { s3_key: old.s3_key } : {}), updated_at: trx.fn.now() });
}

/** Takes a place in the bucket for a file's bytes, unless it has one. @returns its place, or null when that key is another file's. */
export async function claimDriveKey(db: Db, id: string, s3Key: string): Promise<string | null> {
  return db.transaction(async (trx) => {
    // Two files that want one key at the same moment come one after the other.
    await trx.raw(`select pg_advisory_xact_lock(hashtext('drive-keys'))`);
    await trx('drive_files').where({ id }).whereNull('s3_key').whereNotExists(trx('drive_files as other').where('other.s3_key', s3Key)).update({ s3_key: s3Key, updated_at: trx.fn.now() });
    return (await findDriveFile(trx, id))?.s3Key ?? null;
  });
}

/** Keys below a prefix that are some file's, or that of an item of the site that came from elsewhere. */
export async function takenDriveKeys(db: Db, siteId: string, prefix: string): Promise<ReadonlySet<string>> {
  const rows = await db('drive_files').whereRaw('starts_with(s3_key, ?)', [prefix]).select<{ s3_key: string }[]>('s3_key');
  const items = await db('content_items').where({ site_id: siteId }).whereRaw(`starts_with(ltrim(file, '/'), ?)`, [prefix]).select<{ file: string }[]>(db.raw(`ltrim(file, '/') as file`));
  return new Set([...rows.map((row) => row.s3_key), ...items.map((item) => item.file)]);
}

/** Notes why a file stays as it is, until it is found again or moves on. */
export async function noteDriveFileReason(db: Db, id: string, reason: DriveReason): Promise<void> {
  await db('drive_files').where({ id }).update({ reason: JSON.stringify(reason), updated_at: db.fn.now() });
}

/** Says how far a file is; a later success takes an earlier reason away. */
export async function moveDriveFile(
  db: Db,
  id: string,
  to: { readonly state: DriveFileState; readonly reason?: DriveReason | null; readonly stored?: { readonly md5: string; readonly versionId: string | null }; readonly itemId?: string },
): Promise<void> {
  await db('drive_files')
    .where({ id })
    .update({
      state: to.state,
      reason: to.reason == null ? null : JSON.stringify(to.reason),
      ...(to.stored === undefined ? {} : { stored_md5: to.stored.md5, s3_version_id: to.stored.versionId }),
      ...(to.itemId === undefined ? {} : { item_id: to.itemId }),
      updated_at: db.fn.now(),
    });
}
