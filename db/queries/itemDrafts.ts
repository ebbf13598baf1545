import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../knex.ts';

/** Whose draft it is and of what: an item that is there, or one of this kind that is not there yet. */
export interface DraftPlace {
  readonly userId: string;
  readonly siteId: string;
  readonly itemId: string | null;
  /** The kind, as the starter names it. */
  readonly type: string;
}

export interface DraftRow {
  /** The edit in one tab that it is of. */
  readonly edit: string;
  /** How often that edit has sent it. */
  readonly counter: number;
  /** The revision the edit began with; null for an item that is not there yet. */
  readonly revision: number | null;
  /** As a save would send them; null once it was saved or put away. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly keptAt: Date;
}

interface DbDraft {
  id: string;
  edit_id: string;
  counter: number;
  revision: number | null;
  fields: Record<string, unknown> | null;
  updated_at: Date;
}

const fromDb = (row: DbDraft): DraftRow => ({ edit: row.edit_id, counter: row.counter, revision: row.revision, fields: row.fields, keptAt: row.updated_at });

/** A condition on the one draft of a place. */
const at = ({ userId, siteId, itemId, type }: DraftPlace): Record<string, string | null> => (itemId === null ? { user_id: userId, site_id: siteId, type, item_id: null } : { user_id: userId, item_id: itemId });

/** The draft a person has there, or undefined; what was saved or put away is none. */
export async function findDraft(db: Db, place: DraftPlace): Promise<DraftRow | undefined> {
  const row = await db('item_drafts').where(at(place)).whereNotNull('fields').first<DbDraft | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** What an edit in one tab sends. */
export interface SentDraft {
  readonly edit: string;
  readonly counter: number;
  readonly revision: number | null;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The draft of another edit that this one goes on with; null for none. */
  readonly over: { readonly edit: string; readonly counter: number } | null;
}

export type KeptDraft =
  /** The draft is what was sent, or something newer of the same edit. */
  | { readonly kind: 'kept'; readonly draft: DraftRow }
  /** Another edit of the same person has one, which this one does not know. */
  | { readonly kind: 'elsewhere'; readonly draft: DraftRow }
  /** The edit has ended: it was saved or put away. */
  | { readonly kind: 'ended' };

/** Keeps what an edit sent, unless something newer is there. Call inside a transaction; senders for one place take turns. */
export async function keepDraft(trx: Db, place: DraftPlace, sent: SentDraft): Promise<KeptDraft> {
  const row = await lockDraft(trx, place);
  const known = row === undefined ? undefined : fromDb(row);
  if (known?.edit === sent.edit) {
    if (known.fields === null) return { kind: 'ended' };
    if (known.counter >= sent.counter) return { kind: 'kept', draft: known };
  } else if (known !== undefined && known.fields !== null && !(sent.over?.edit === known.edit && sent.over.counter === known.counter)) return { kind: 'elsewhere', draft: known };
  const set = { edit_id: sent.edit, counter: sent.counter, revision: sent.revision, fields: JSON.stringify(sent.fields), updated_at: trx.raw('clock_timestamp()') };
  const rows = row === undefined
    ? await trx('item_drafts').insert({ id: uuidv7(), user_id: place.userId, site_id: place.siteId, item_id: place.itemId, type: place.type, ...set }).returning<DbDraft[]>('*')
    : await trx('item_drafts').where({ id: row.id }).update(set).returning<DbDraft[]>('*');
  const [kept] = rows;
  if (kept === undefined) throw new Error(`The draft ${row?.id ?? ''} vanished while it was held`);
  return { kind: 'kept', draft: fromDb(kept) };
}

/**
 * Ends an edit, because it was saved or put away: its draft is gone, and what is still under way of it is refused. Without an
 * edit whatever draft the person has there ends. Call inside a transaction.
 * @returns whether there was one.
 */
export async function endDraft(trx: Db, place: DraftPlace, edit: string | null): Promise<boolean> {
  const row = await lockDraft(trx, place);
  if (row === undefined) {
    // It may be under way for the first time.
    if (edit !== null) await trx('item_drafts').insert({ id: uuidv7(), user_id: place.userId, site_id: place.siteId, item_id: place.itemId, type: place.type, edit_id: edit, counter: 0, revision: null, fields: null });
    return false;
  }
  const isThere = row.fields !== null;
  // Another edit’s draft is not this one’s to end.
  if (isThere && edit !== null && row.edit_id !== edit) return false;
  await trx('item_drafts').where({ id: row.id }).update({ ...(edit === null ? {} : { edit_id: edit }), fields: null, updated_at: trx.raw('clock_timestamp()') });
  return isThere;
}

/** The row of a place, held; whoever else comes to it meanwhile waits, also while there is none yet. */
async function lockDraft(trx: Db, place: DraftPlace): Promise<DbDraft | undefined> {
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`draft ${place.userId} ${place.itemId ?? `${place.siteId} ${place.type}`}`]);
  return trx('item_drafts').where(at(place)).forUpdate().first<DbDraft | undefined>();
}

/** Drafts of closed accounts, those nobody came back to in 90 days, and what is left of those that were saved or put away. @returns how many went. */
export async function deleteOldDrafts(db: Db): Promise<number> {
  return db('item_drafts')
    .whereRaw("updated_at < now() - interval '90 days'")
    .orWhere((ended) => ended.whereNull('fields').whereRaw("updated_at < now() - interval '1 day'"))
    .orWhereIn('user_id', db('users').where({ is_active: false }).select('id'))
    .delete();
}
