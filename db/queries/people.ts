import type { Db } from '../knex.ts';

export interface PersonRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Name and address of these people, keyed by id. */
export async function findPeople(db: Db, ids: readonly string[]): Promise<Map<string, PersonRow>> {
  const rows: PersonRow[] = await db('users').whereIn('id', [...new Set(ids)]).select('id', 'name', 'email');
  return new Map(rows.map((row) => [row.id, row]));
}
