import type { Knex } from 'knex';
import type { Db } from '../knex.ts';

/** What an item is called where a starter says by which field: its text, or the title where the item has no text there. */
export function shownAs(db: Db, field: string | undefined, table = 'content_items'): Knex.Raw {
  if (field === undefined || field === 'title') return db.raw('??.title', [table]);
  return db.raw(`coalesce(nullif(case when jsonb_typeof(??.metadata -> ?) = 'string' then ??.metadata ->> ? end, ''), ??.title)`, [table, field, table, field, table]);
}
