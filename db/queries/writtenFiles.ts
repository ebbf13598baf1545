import type { Db } from '../knex.ts';

/** A file that main is said to hold for an item. */
export interface HeldFile {
  readonly itemId: string;
  readonly path: string;
  /** Git's name of it; null when it is not known. */
  readonly blob: string | null;
  /** The item was deleted, the file not yet. */
  readonly isDeleted: boolean;
}

/** Every file of a site that its rows say main holds, without any content. */
export async function listWrittenFiles(db: Db, siteId: string): Promise<HeldFile[]> {
  const rows: { id: string; written_path: string; written_blob: string | null; deleted_at: Date | null }[] = await db('content_items')
    .where({ site_id: siteId })
    .whereNotNull('written_path')
    .select('id', 'written_path', 'written_blob', 'deleted_at');
  return rows.map((row) => ({ itemId: row.id, path: row.written_path, blob: row.written_blob, isDeleted: row.deleted_at !== null }));
}
