import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** Stars a site for a person, or takes the star off. Repeating it changes nothing. */
export async function setFavourite(db: Db, star: { readonly userId: string; readonly siteId: string }, isOn: boolean): Promise<void> {
  const row = { user_id: star.userId, site_id: star.siteId };
  if (isOn) await db('favourite_sites').insert({ id: uuidv7(), ...row }).onConflict(['user_id', 'site_id']).ignore();
  else await db('favourite_sites').where(row).delete();
}
