import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';
import type { DriveReason } from './driveFiles.ts';

/** A resource with bytes in the storage bucket that came from elsewhere than Google Drive, or whose file in it is known. */
export interface BackfillCandidate {
  readonly itemId: string;
  readonly title: string | null;
  /** Without a slash at its beginning. */
  readonly key: string;
  /** Drive’s id of the file it was made from; null when it has none. */
  readonly fileId: string | null;
}

/** Resources of a site that have a file and are no videos, in the order of their files. */
export async function listBackfillCandidates(db: Db, siteId: string): Promise<BackfillCandidate[]> {
  const rows = await db('content_items as item')
    .leftJoin('drive_files as file', (join) => void join.on('file.item_id', 'item.id').andOnVal('file.state', '<>', 'trashed'))
    .where({ 'item.site_id': siteId })
    .whereNull('item.deleted_at')
    .whereNotNull('item.file')
    .whereRaw(`item.resourcetype is distinct from 'Video'`)
    .orderBy(['item.file', 'item.id'])
    .select<{ item_id: string; title: string | null; key: string; file_id: string | null }[]>('item.id as item_id', 'item.title', db.raw(`ltrim(item.file, '/') as key`), 'file.file_id');
  return rows.map((row) => ({ itemId: row.item_id, title: row.title, key: row.key, fileId: row.file_id }));
}

/** Code of a row whose file is being put into Google Drive: no file of the site before it is there. */
const INTENDED = 'Backfill';

/**
 * Keeps the id under which a resource’s file is put into Google Drive, unless one is kept already.
 * @returns Drive’s id that is kept.
 */
export async function keepBackfillId(db: Db, given: { readonly siteId: string; readonly itemId: string; readonly fileId: string; readonly name: string; readonly mimeType: string }): Promise<string> {
  const known = await db('drive_files').where({ site_id: given.siteId, item_id: given.itemId, state: 'trashed' }).whereRaw(`reason ->> 'code' = ?`, [INTENDED]).first<{ file_id: string } | undefined>('file_id');
  if (known !== undefined) return known.file_id;
  const reason: DriveReason = { code: INTENDED, message: 'It is being put into Google Drive.' };
  await db('drive_files').insert({ id: uuidv7(), file_id: given.fileId, site_id: given.siteId, folder: 'files_final', path: '', name: given.name, mime_type: given.mimeType, state: 'trashed', item_id: given.itemId, reason: JSON.stringify(reason) });
  return given.fileId;
}

/** Makes the file that was put into Google Drive the one of its resource, in the place of one that is gone from there. Call inside a transaction. */
export async function adoptBackfilledFile(trx: Db, file: { readonly fileId: string; readonly itemId: string; readonly key: string; readonly versionId: string | null; readonly md5: string; readonly size: number; readonly modifiedAt: string | null }): Promise<void> {
  const reason: DriveReason = { code: 'Replaced', message: 'It was gone from Google Drive, and its resource was put there again.' };
  await trx('drive_files').where({ item_id: file.itemId }).whereNot({ file_id: file.fileId }).update({ state: 'trashed', item_id: null, s3_key: null, reason: JSON.stringify(reason), updated_at: trx.fn.now() });
  await trx('drive_files').where({ file_id: file.fileId }).update({ state: 'complete', reason: null, md5: file.md5, stored_md5: file.md5, size: file.size, drive_modified_at: file.modifiedAt, s3_key: file.key, s3_version_id: file.versionId, updated_at: trx.fn.now() });
}
