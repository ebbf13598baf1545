import { v7 as uuidv7 } from 'uuid';
import type { ContentItem } from '#domain/contentItem.ts';
import type { WrittenForm } from '#domain/writtenForm.ts';
import type { Db } from '../knex.ts';

export interface StoredContentItem extends ContentItem {
  readonly id: string;
  readonly revision: number;
  /** Where main holds it, and the sha256 (hex) of what the serializer made of it then; null when never written. */
  readonly writtenPath: string | null;
  readonly writtenSha256: string | null;
  /** Git's name of the file in main; null when it is not known. */
  readonly writtenBlob: string | null;
  readonly writtenForm: WrittenForm | null;
  readonly createdBy: string | null;
  readonly updatedBy: string | null;
  /** Why this state was saved. */
  readonly reason: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}

export interface DbContentItem {
  id: string;
  text_id: string;
  type: string;
  title: string | null;
  dirpath: string;
  filename: string;
  is_page_content: boolean;
  metadata: Record<string, unknown> | null;
  markdown: string | null;
  file: string | null;
  revision: number;
  /** The revision of the site that the save of this state made. */
  site_revision: number;
  written_path: string | null;
  written_sha256: string | null;
  written_blob: string | null;
  written_form: WrittenForm | null;
  created_by: string | null;
  updated_by: string | null;
  reason: string;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export function contentItemFromDb(row: DbContentItem): StoredContentItem {
  return {
    id: row.id,
    textId: row.text_id,
    type: row.type,
    title: row.title,
    dirpath: row.dirpath,
    filename: row.filename,
    isPageContent: row.is_page_content,
    metadata: row.metadata ?? {},
    markdown: row.markdown,
    file: row.file,
    revision: row.revision,
    writtenPath: row.written_path,
    writtenSha256: row.written_sha256,
    writtenBlob: row.written_blob,
    writtenForm: row.written_form,
    createdBy: row.created_by,
    updatedBy: row.updated_by,
    reason: row.reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
  };
}

export function contentItemToDb(item: ContentItem): Record<string, unknown> {
  return {
    type: item.type,
    title: item.title,
    dirpath: item.dirpath,
    filename: item.filename,
    is_page_content: item.isPageContent,
    metadata: JSON.stringify(item.metadata),
    markdown: item.markdown,
    file: item.file,
  };
}

export interface NewContentItem {
  readonly item: ContentItem;
  readonly writtenPath: string | null;
  readonly writtenSha256: string | null;
  readonly writtenBlob?: string | null;
  readonly writtenForm?: WrittenForm | null;
  readonly updatedBy: string | null;
}

const INSERT_CHUNK = 500;

/** Inserts many items of one site, in chunks of one statement each. */
export async function insertContentItems(trx: Db, siteId: string, items: readonly NewContentItem[]): Promise<void> {
  for (let start = 0; start < items.length; start += INSERT_CHUNK) {
    await trx('content_items').insert(
      items.slice(start, start + INSERT_CHUNK).map(({ item, writtenPath, writtenSha256, writtenBlob, writtenForm, updatedBy }) => ({
        id: uuidv7(),
        site_id: siteId,
        text_id: item.textId,
        ...contentItemToDb(item),
        written_path: writtenPath,
        written_sha256: writtenSha256,
        written_blob: writtenBlob ?? null,
        written_form: writtenForm == null ? null : JSON.stringify(writtenForm),
        created_by: updatedBy,
        updated_by: updatedBy,
      })),
    );
  }
}

/** Every item of a site, deleted ones that main still holds included, ordered by id. */
export async function listContentItems(db: Db, siteId: string): Promise<StoredContentItem[]> {
  const rows: DbContentItem[] = await db('content_items').where({ site_id: siteId }).orderBy('id');
  return rows.map(contentItemFromDb);
}

export async function findContentItem(db: Db, siteId: string, textId: string): Promise<StoredContentItem | undefined> {
  const row = await db('content_items').where({ site_id: siteId, text_id: textId }).first<DbContentItem | undefined>();
  return row === undefined ? undefined : contentItemFromDb(row);
}

export async function findContentItemById(db: Db, id: string): Promise<StoredContentItem | undefined> {
  const row = await db('content_items').where({ id }).first<DbContentItem | undefined>();
  return row === undefined ? undefined : contentItemFromDb(row);
}

/** Items by their ids, in the order of these. */
export async function listContentItemsByIds(db: Db, ids: readonly string[]): Promise<StoredContentItem[]> {
  const rows: DbContentItem[] = await db('content_items').whereIn('id', [...ids]).orderBy('id');
  return rows.map(contentItemFromDb);
}

/**
 * An item, held until the end of the transaction. For a save others may go on naming it; for a deletion they wait, and
 * learn afterwards that it is gone.
 */
export async function lockContentItem(trx: Db, siteId: string, textId: string, purpose: 'save' | 'delete'): Promise<StoredContentItem | undefined> {
  const query = trx('content_items').where({ site_id: siteId, text_id: textId });
  const row = await (purpose === 'delete' ? query.forUpdate() : query.forNoKeyUpdate()).first<DbContentItem | undefined>();
  return row === undefined ? undefined : contentItemFromDb(row);
}

/** Items of a site by their text ids, but those that were deleted. */
export async function listContentItemsByTextIds(db: Db, siteId: string, textIds: readonly string[]): Promise<StoredContentItem[]> {
  const rows: DbContentItem[] = await db('content_items').where({ site_id: siteId }).whereNull('deleted_at').whereRaw('text_id = any(?)', [[...textIds]]);
  return rows.map(contentItemFromDb);
}

/** Items of a site by the paths of their files in its repository, but those that were deleted. */
export async function listItemsByWrittenPaths(db: Db, siteId: string, paths: readonly string[]): Promise<{ path: string; textId: string; title: string | null }[]> {
  if (paths.length === 0) return [];
  const rows: { written_path: string; text_id: string; title: string | null }[] = await db('content_items').where({ site_id: siteId }).whereNull('deleted_at').whereRaw('written_path = any(?)', [[...paths]]).select('written_path', 'text_id', 'title');
  return rows.map((row) => ({ path: row.written_path, textId: row.text_id, title: row.title }));
}

/** The items of a site of these kinds that are there, ordered by id. */
export async function listContentItemsOfTypes(db: Db, siteId: string, types: readonly string[]): Promise<StoredContentItem[]> {
  const rows: DbContentItem[] = await db('content_items').where({ site_id: siteId }).whereNull('deleted_at').whereIn('type', [...types]).orderBy('id');
  return rows.map(contentItemFromDb);
}

/** Which of these text ids the site has and did not delete. */
export async function knownTextIds(db: Db, siteId: string, textIds: readonly string[]): Promise<Set<string>> {
  const rows: { text_id: string }[] = await db('content_items').where({ site_id: siteId }).whereNull('deleted_at').whereIn('text_id', [...textIds]).select('text_id');
  return new Set(rows.map((row) => row.text_id));
}

/** Number of items a site has of each type. */
export async function countItemsByType(db: Db, siteId: string): Promise<Map<string, number>> {
  const rows: { type: string; count: number }[] = await db('content_items').where({ site_id: siteId }).whereNull('deleted_at').groupBy('type').select('type').count({ count: '*' });
  return new Map(rows.map((row) => [row.type, row.count]));
}

export interface WrittenFile {
  readonly id: string;
  readonly path: string | null;
  readonly sha256: string | null;
  /** Git's name of the blob. */
  readonly blob: string | null;
}

/** Notes what main holds now; of items deleted before they were frozen it holds nothing any more, also when they came back since. */
export async function recordWritten(trx: Db, written: readonly WrittenFile[], removed: readonly string[]): Promise<void> {
  for (let start = 0; start < written.length; start += INSERT_CHUNK) {
    const chunk = written.slice(start, start + INSERT_CHUNK);
    await trx.raw(
      `update content_items c set written_path = w.path, written_sha256 = w.sha256, written_blob = w.blob
       from jsonb_to_recordset(?::jsonb) as w(id uuid, path text, sha256 text, blob text) where c.id = w.id`,
      [JSON.stringify(chunk)],
    );
  }
  if (removed.length > 0) await trx('content_items').whereIn('id', [...removed]).update({ written_path: null, written_sha256: null, written_blob: null });
}
