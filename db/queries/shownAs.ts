import type { Knex } from 'knex';
import type { Db } from '../knex.ts';

/** What an item is called where a starter says by which field of its metadata: its text, or the title where the item has no text there. Undefined where it is the title, for which there are indexes. */
export function shownAs(db: Db, field: string | undefined, table = 'content_items'): Knex.Raw | undefined {
  if (field === undefined || field === 'title') return undefined;
  return db.raw(`coalesce(nullif(case when jsonb_typeof(??.metadata -> ?) = 'string' then ??.metadata ->> ? end, ''), ??.title)`, [table, field, table, field, table]);
}
