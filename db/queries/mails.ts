import { v7 as uuidv7 } from 'uuid';
import type { MailKind } from '#domain/mails.ts';
import type { Db } from '../knex.ts';

export interface NewMail {
  readonly kind: MailKind;
  /** One mail per key, ever; says what happened and to whom it is told. */
  readonly dedupeKey: string;
  readonly userId: string;
  /** What the template is filled with. */
  readonly data: Readonly<Record<string, unknown>>;
}

export type MailState = 'queued' | 'sending' | 'sent' | 'refused' | 'dropped';

export interface MailRow {
  readonly id: string;
  readonly kind: MailKind;
  readonly userId: string | null;
  readonly toAddress: string | null;
  readonly data: Record<string, unknown>;
  readonly state: MailState;
  readonly reason: string | null;
  readonly providerId: string | null;
  readonly attempts: number;
}

interface DbMail {
  id: string;
  kind: MailKind;
  user_id: string | null;
  to_address: string | null;
  data: Record<string, unknown>;
  state: MailState;
  reason: string | null;
  provider_id: string | null;
  attempts: number;
}

function fromDb(row: DbMail): MailRow {
  return { id: row.id, kind: row.kind, userId: row.user_id, toAddress: row.to_address, data: row.data, state: row.state, reason: row.reason, providerId: row.provider_id, attempts: row.attempts };
}

/** Writes mails into the outbox, in the transaction of what they tell of; one that is there already stays as it is. */
export async function queueMails(trx: Db, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  await trx('mails')
    .insert(mails.map((mail) => ({ id: uuidv7(), kind: mail.kind, dedupe_key: mail.dedupeKey, user_id: mail.userId, data: JSON.stringify(mail.data) })))
    .onConflict('dedupe_key')
    .ignore();
}

/** Those of these people who were told within the last `withinMs` milliseconds of what keys with this beginning tell of. */
export async function listToldSince(db: Db, userIds: readonly string[], keyStart: string, withinMs: number): Promise<ReadonlySet<string>> {
  const rows = await db('mails')
    .whereIn('user_id', [...userIds])
    .whereRaw('starts_with(dedupe_key, ?)', [keyStart])
    .whereRaw(`created_at > now() - ? * interval '1 millisecond'`, [withinMs])
    .select<{ user_id: string }[]>('user_id');
  return new Set(rows.map((row) => row.user_id));
}

export async function findMail(db: Db, id: string): Promise<MailRow | undefined> {
  const row = await db('mails').where({ id }).first<DbMail | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Mails nobody has begun to send, oldest first. */
export async function listQueuedMails(db: Db, limit: number): Promise<MailRow[]> {
  const rows: DbMail[] = await db('mails').where({ state: 'queued' }).orderBy('created_at').limit(limit);
  return rows.map(fromDb);
}

/**
 * Moves a mail to another state if it is in one of `from`; `sending` counts a call to the mail service.
 * @returns whether it was.
 */
export async function moveMail(db: Db, id: string, move: { from: readonly MailState[]; state: MailState; reason?: string; providerId?: string }): Promise<boolean> {
  const changed = await db('mails')
    .where({ id })
    .whereIn('state', [...move.from])
    .update({
      state: move.state,
      ...(move.reason === undefined ? {} : { reason: move.reason }),
      ...(move.providerId === undefined ? {} : { provider_id: move.providerId }),
      ...(move.state === 'sending' ? { attempts: db.raw('attempts + 1') } : {}),
      ...(move.state === 'sent' ? { sent_at: db.fn.now() } : {}),
      updated_at: db.fn.now(),
    });
  return changed > 0;
}
