import type { ContentFields } from './contentChanges.ts';
import type { Db } from '../knex.ts';

/** One state of an item, its present one included. */
export interface RevisionRow extends Pick<ContentFields, 'type' | 'title' | 'dirpath' | 'filename' | 'metadata' | 'markdown' | 'file'> {
  readonly revision: number;
  readonly isDeleted: boolean;
  readonly reason: string;
  readonly savedBy: string | null;
  readonly savedAt: Date;
}

export type RevisionSummaryRow = Pick<RevisionRow, 'revision' | 'title' | 'isDeleted' | 'reason' | 'savedBy' | 'savedAt'>;

interface DbRevisionSummary {
  revision: number;
  title: string | null;
  is_deleted: boolean;
  reason: string;
  saved_by: string | null;
  saved_at: Date;
}

interface DbRevision extends DbRevisionSummary {
  type: string;
  dirpath: string;
  filename: string;
  metadata: Record<string, unknown> | null;
  markdown: string | null;
  file: string | null;
}

const summaryFromDb = (row: DbRevisionSummary): RevisionSummaryRow => ({ revision: row.revision, title: row.title, isDeleted: row.is_deleted, reason: row.reason, savedBy: row.saved_by, savedAt: row.saved_at });

const revisionFromDb = (row: DbRevision): RevisionRow => ({ ...summaryFromDb(row), type: row.type, dirpath: row.dirpath, filename: row.filename, metadata: row.metadata ?? {}, markdown: row.markdown, file: row.file });

const CONTENT = ['type', 'dirpath', 'filename', 'metadata', 'markdown', 'file'];

const presentAsRevision = (db: Db, itemIds: readonly string[]) => db('content_items').whereIn('id', [...itemIds]).select('revision', 'title', db.raw('deleted_at is not null as is_deleted'), 'reason', 'updated_by as saved_by', 'updated_at as saved_at');

/** Revisions of an item, the newest (its present state) first, `limit` from `offset`, with the number of all. */
export async function listRevisions(db: Db, itemId: string, page: { limit: number; offset: number }): Promise<{ total: number; revisions: RevisionSummaryRow[] }> {
  const rows: DbRevisionSummary[] = await db
    .unionAll([presentAsRevision(db, [itemId]), db('content_revisions').where({ item_id: itemId }).select('revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at')])
    .orderBy('revision', 'desc')
    .limit(page.limit)
    .offset(page.offset);
  const earlier = await db('content_revisions').where({ item_id: itemId }).count<{ count: number }[]>({ count: '*' }).first();
  return { total: (earlier?.count ?? 0) + 1, revisions: rows.map(summaryFromDb) };
}

/** One revision of an item, or undefined when it has none of this number. */
export async function findRevision(db: Db, itemId: string, revision: number): Promise<RevisionRow | undefined> {
  const row =
    (await presentAsRevision(db, [itemId]).select(CONTENT).where({ revision }).first<DbRevision | undefined>()) ??
    (await db('content_revisions').where({ item_id: itemId, revision }).select('revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at', ...CONTENT).first<DbRevision | undefined>());
  return row === undefined ? undefined : revisionFromDb(row);
}

/** The states items had at a moment, by item, also when they were deleted in it; an item that was not there yet has none. */
export async function listRevisionsAt(db: Db, itemIds: readonly string[], at: Date): Promise<Map<string, RevisionRow>> {
  const present: (DbRevision & { item_id: string })[] = await presentAsRevision(db, itemIds).select('id as item_id', ...CONTENT).where('updated_at', '<=', at);
  const isPresent = new Set(present.map((row) => row.item_id));
  const earlier: (DbRevision & { item_id: string })[] = await db('content_revisions')
    .distinctOn('item_id')
    .whereIn('item_id', itemIds.filter((id) => !isPresent.has(id)))
    .where('saved_at', '<=', at)
    .orderBy([{ column: 'item_id' }, { column: 'revision', order: 'desc' }])
    .select('item_id', 'revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at', ...CONTENT);
  return new Map([...present, ...earlier].map((row) => [row.item_id, revisionFromDb(row)]));
}
