import type { Db } from '../knex.ts';

/** What of a site came by an import and was never touched, and what was there and is no more: text ids in lower case. */
export async function findImportedItems(db: Db, siteId: string): Promise<{ readonly untouched: ReadonlySet<string>; readonly deleted: ReadonlySet<string> }> {
  const rows = await db<{ text_id: string; deleted_at: Date | null; site_id: string; reason: string; revision: number }>('content_items')
    .where({ site_id: siteId })
    .where((either) => void either.whereNotNull('deleted_at').orWhere({ reason: 'imported', revision: 1 }))
    .select('text_id', 'deleted_at');
  const of = (isDeleted: boolean): ReadonlySet<string> => new Set(rows.filter((row) => (row.deleted_at !== null) === isDeleted).map((row) => row.text_id.toLowerCase()));
  return { untouched: of(false), deleted: of(true) };
}
