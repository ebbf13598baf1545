import type { Db } from '../knex.ts';
import { announce } from '../changes.ts';

/** Who is not heard of for so long has gone, seconds. */
const GONE_SECONDS = 60;

export interface Presence {
  /** The edit in one tab. */
  readonly edit: string;
  readonly itemId: string;
  readonly userId: string;
  /** The admin who acts in the person's name, or null. */
  readonly impersonatorId: string | null;
}

/** Somebody who has the item open, once for all their tabs. */
export interface PresentRow {
  readonly userId: string;
  readonly impersonatorId: string | null;
  /** Since when. */
  readonly since: Date;
}

/** Notes that somebody edits an item, and announces it when they have just come. Call inside a transaction. */
export async function notePresence(trx: Db, presence: Presence, site: string): Promise<void> {
  const { rows } = await trx.raw<{ rows: { is_new: boolean }[] }>(
    `with known as (select updated_at > now() - ? * interval '1 second' as is_there from item_presences where id = ?),
     noted as (
       insert into item_presences (id, item_id, user_id, impersonator_id) values (?, ?, ?, ?)
       on conflict (id) do update set updated_at = now(),
         created_at = case when item_presences.updated_at > now() - ? * interval '1 second' then item_presences.created_at else now() end
       where item_presences.user_id = excluded.user_id and item_presences.item_id = excluded.item_id
       returning 1)
     select not coalesce((select is_there from known), false) as is_new from noted`,
    [GONE_SECONDS, presence.edit, presence.edit, presence.itemId, presence.userId, presence.impersonatorId, GONE_SECONDS],
  );
  if (rows[0]?.is_new === true) await announce(trx, { kind: 'presence', site, runId: null });
}

/** Notes that an edit is over, and announces it. Call inside a transaction. */
export async function endPresence(trx: Db, presence: Pick<Presence, 'edit' | 'userId'>, site: string): Promise<void> {
  const gone = await trx('item_presences').where({ id: presence.edit, user_id: presence.userId }).delete();
  if (gone > 0) await announce(trx, { kind: 'presence', site, runId: null });
}

/** Who edits an item now, whoever came first first; `butUserId` in their own name is left out. */
export async function listPresent(db: Db, itemId: string, butUserId: string, butImpersonatorId: string | null): Promise<PresentRow[]> {
  const rows: { user_id: string; impersonator_id: string | null; since: Date }[] = await db('item_presences')
    .where({ item_id: itemId })
    .whereRaw(`updated_at > now() - ? * interval '1 second'`, [GONE_SECONDS])
    .whereRaw('(user_id, impersonator_id) is distinct from (?::uuid, ?::uuid)', [butUserId, butImpersonatorId])
    .groupBy('user_id', 'impersonator_id')
    .orderBy('since')
    .select('user_id', 'impersonator_id')
    .min({ since: 'created_at' });
  return rows.map((row) => ({ userId: row.user_id, impersonatorId: row.impersonator_id, since: row.since }));
}

/** Who has gone without a word. */
export async function deleteOldPresences(db: Db): Promise<void> {
  await db('item_presences').whereRaw(`updated_at < now() - ? * interval '1 second'`, [GONE_SECONDS]).delete();
}
