import { v7 as uuidv7 } from 'uuid';
import { type FailureMailKind, failureMailKinds, type MailKind } from '#domain/mails.ts';
import type { Db } from '../knex.ts';

interface MailToQueue {
  /** One mail per key, ever; says what happened and to whom it is told. */
  readonly dedupeKey: string;
  readonly userId: string;
  /** What the template is filled with. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A mail to write into the outbox; one about a failure says what failed, such as a site's version. */
export type NewMail = MailToQueue & ({ readonly kind: FailureMailKind; readonly subject: string } | { readonly kind: Exclude<MailKind, FailureMailKind>; readonly subject?: never });

/** Of one subject nobody is told of a failure twice within this time, in milliseconds. */
const TOLD_MS = 24 * 60 * 60_000;

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
  /** What a failure is of. */
  readonly subject: string | null;
  /** The address it was handed over for. */
  readonly sentTo: string | null;
}

export interface DbMail {
  id: string;
  kind: MailKind;
  user_id: string | null;
  to_address: string | null;
  data: Record<string, unknown>;
  state: MailState;
  reason: string | null;
  provider_id: string | null;
  attempts: number;
  subject: string | null;
  sent_to: string | null;
}

export function mailFromDb(row: DbMail): MailRow {
  return { id: row.id, kind: row.kind, userId: row.user_id, toAddress: row.to_address, data: row.data, state: row.state, reason: row.reason, providerId: row.provider_id, attempts: row.attempts, subject: row.subject, sentTo: row.sent_to };
}

/**
 * Writes mails into the outbox, in the transaction of what they tell of; one that is there already stays as it is. A person who was told
 * within a day that the same subject failed in the same way is not told again.
 */
export async function queueMails(trx: Db, mails: readonly NewMail[]): Promise<void> {
  const told = await toldOfFailures(trx, mails);
  const wanted = mails.filter((mail) => !told.has(toldKey(mail)));
  if (wanted.length === 0) return;
  await trx('mails')
    .insert(wanted.map((mail) => ({ id: uuidv7(), kind: mail.kind, dedupe_key: mail.dedupeKey, user_id: mail.userId, subject: mail.subject ?? null, data: JSON.stringify(mail.data) })))
    .onConflict('dedupe_key')
    .ignore();
}

const toldKey = (mail: Pick<NewMail, 'kind' | 'subject' | 'userId'>): string => JSON.stringify([mail.kind, mail.subject, mail.userId]);

/** Who was told lately of which of these failures. Two who ask at once for one subject come one after the other. */
async function toldOfFailures(trx: Db, mails: readonly NewMail[]): Promise<ReadonlySet<string>> {
  const failures = mails.filter(({ kind }) => (failureMailKinds as readonly MailKind[]).includes(kind));
  const subjects = [...new Set(failures.map(({ kind, subject }) => JSON.stringify([kind, subject])))].sort();
  const told = new Set<string>();
  for (const named of subjects) {
    const [kind, subject] = JSON.parse(named) as [FailureMailKind, string];
    await trx.raw('select pg_advisory_xact_lock(hashtext(?))', [`mails ${named}`]);
    const rows = await trx('mails')
      .where({ kind, subject })
      .whereIn('user_id', failures.filter((mail) => mail.kind === kind && mail.subject === subject).map(({ userId }) => userId))
      .whereRaw(`created_at > clock_timestamp() - ? * interval '1 millisecond'`, [TOLD_MS])
      .select<{ user_id: string }[]>('user_id');
    for (const row of rows) told.add(JSON.stringify([kind, subject, row.user_id]));
  }
  return told;
}

export async function findMail(db: Db, id: string): Promise<MailRow | undefined> {
  const row = await db('mails').where({ id }).first<DbMail | undefined>();
  return row === undefined ? undefined : mailFromDb(row);
}

/** How long a mail that was looked at is left alone, in milliseconds: its workflow is at work, and may be for a day. */
const LOOKED_MS = 10 * 60_000;

/** Mails that wait, first those nobody started, then those that were looked at the longest ago: none keeps others from their turn. */
export async function listQueuedMails(db: Db, limit: number): Promise<MailRow[]> {
  const rows: DbMail[] = await db('mails')
    .where({ state: 'queued' })
    .whereRaw(`(started_at is null or started_at < clock_timestamp() - ? * interval '1 millisecond')`, [LOOKED_MS])
    .orderByRaw('started_at nulls first, created_at, id')
    .limit(limit);
  return rows.map(mailFromDb);
}

/** Notes that a mail has its workflow, or was found to have had it. */
export async function noteMailStarted(db: Db, id: string): Promise<void> {
  await db('mails').where({ id }).update({ started_at: db.fn.now(), updated_at: db.fn.now() });
}

/** Writes a mail anew in the place of one that was not sent. @returns its id; the same one when it was asked for before. */
export async function queueMailAgain(trx: Db, mail: { readonly id: string }): Promise<string> {
  const id = uuidv7();
  await trx.raw(
    `insert into mails (id, kind, dedupe_key, user_id, to_address, subject, data, resent_from)
     select ?, kind, 'again/' || id, user_id, to_address, subject, data, id from mails where id = ? on conflict (dedupe_key) do nothing`,
    [id, mail.id],
  );
  const row = await trx('mails').where({ dedupe_key: `again/${mail.id}` }).first<{ id: string }>('id');
  return row.id;
}

/**
 * Moves a mail to another state if it is in one of `from`; `sending` counts a call to the mail service.
 * @returns whether it was.
 */
export async function moveMail(db: Db, id: string, move: { from: readonly MailState[]; state: MailState; reason?: string | null; providerId?: string; sentTo?: string }): Promise<boolean> {
  const changed = await db('mails')
    .where({ id })
    .whereIn('state', [...move.from])
    .update({
      state: move.state,
      ...(move.reason === undefined ? {} : { reason: move.reason }),
      ...(move.providerId === undefined ? {} : { provider_id: move.providerId }),
      ...(move.sentTo === undefined ? {} : { sent_to: move.sentTo }),
      ...(move.state === 'sending' ? { attempts: db.raw('attempts + 1') } : {}),
      ...(move.state === 'sent' ? { sent_at: db.fn.now() } : {}),
      updated_at: db.fn.now(),
    });
  return changed > 0;
}
