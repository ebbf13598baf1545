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

const presentAsRevision = (db: Db, itemId: string) => db('content_items').where({ id: itemId }).select('revision', 'title', db.raw('deleted_at is not null as is_deleted'), 'reason', 'updated_by as saved_by', 'updated_at as saved_at');

/** Revisions of an item, the newest (its present state) first, `limit` from `offset`, with the number of all. */
export async function listRevisions(db: Db, itemId: string, page: { limit: number; offset: number }): Promise<{ total: number; revisions: RevisionSummaryRow[] }> {
  const rows: DbRevisionSummary[] = await db
    .unionAll([presentAsRevision(db, itemId), db('content_revisions').where({ item_id: itemId }).select('revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at')])
    .orderBy('revision', 'desc')
    .limit(page.limit)
    .offset(page.offset);
  const earlier = await db('content_revisions').where({ item_id: itemId }).count<{ count: number }[]>({ count: '*' }).first();
  return { total: (earlier?.count ?? 0) + 1, revisions: rows.map(summaryFromDb) };
}

/** One revision of an item, or undefined when it has none of this number. */
export async function findRevision(db: Db, itemId: string, revision: number): Promise<RevisionRow | undefined> {
  const content = ['type', 'dirpath', 'filename', 'metadata', 'markdown', 'file'];
  const row =
    (await presentAsRevision(db, itemId).select(content).where({ revision }).first<DbRevision | undefined>()) ??
    (await db('content_revisions').where({ item_id: itemId, revision }).select('revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at', ...content).first<DbRevision | undefined>());
  return row === undefined ? undefined : revisionFromDb(row);
}

/** The state an item had at a moment, also when it was deleted in it; undefined when there was no such item yet. */
export async function findRevisionAt(db: Db, itemId: string, at: Date): Promise<RevisionRow | undefined> {
  const content = ['type', 'dirpath', 'filename', 'metadata', 'markdown', 'file'];
  const row =
    (await presentAsRevision(db, itemId).select(content).where('updated_at', '<=', at).first<DbRevision | undefined>()) ??
    (await db('content_revisions').where({ item_id: itemId }).where('saved_at', '<=', at).orderBy('revision', 'desc').select('revision', 'title', 'is_deleted', 'reason', 'saved_by', 'saved_at', ...content).first<DbRevision | undefined>());
  return row === undefined ? undefined : revisionFromDb(row);
}
