import { v7 as uuidv7 } from 'uuid';
import type { SuppressionCause } from '#domain/mailEvents.ts';
import type { Db } from '../knex.ts';

/** An address that gets no mails until somebody lifts it. */
export interface MailSuppression {
  readonly id: string;
  /** In lower case. */
  readonly address: string;
  readonly cause: SuppressionCause;
  readonly detail: string | null;
  readonly createdAt: Date;
}

interface DbSuppression {
  id: string;
  address: string;
  cause: SuppressionCause;
  detail: string | null;
  created_at: Date;
}

function fromDb(row: DbSuppression): MailSuppression {
  return { id: row.id, address: row.address, cause: row.cause, detail: row.detail, createdAt: row.created_at };
}

/** Keeps an address from getting mails; one that is kept from it already stays as it is. */
export async function suppressAddress(trx: Db, suppressed: { readonly address: string; readonly cause: SuppressionCause; readonly detail: string | null; readonly mailId: string }): Promise<void> {
  await trx.raw(
    `insert into mail_suppressions (id, address, cause, detail, mail_id) values (?, lower(?), ?, ?, ?) on conflict (address) where lifted_at is null do nothing`,
    [uuidv7(), suppressed.address, suppressed.cause, suppressed.detail, suppressed.mailId],
  );
}

export async function findSuppression(db: Db, address: string): Promise<MailSuppression | undefined> {
  const row = await db('mail_suppressions').whereNull('lifted_at').whereRaw('address = lower(?)', [address]).first<DbSuppression | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Addresses that get no mails now, the newest first, with the number of all. */
export async function pageOfSuppressions(db: Db, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; suppressions: MailSuppression[] }> {
  const counted = await db('mail_suppressions').whereNull('lifted_at').count<{ count: number }[]>({ count: '*' }).first();
  const rows: DbSuppression[] = await db('mail_suppressions').whereNull('lifted_at').orderBy('id', 'desc').limit(page.limit).offset(page.offset);
  return { total: Number(counted?.count ?? 0), suppressions: rows.map(fromDb) };
}

/** Lets an address get mails again. @returns the address; undefined when there is none to lift. */
export async function liftSuppression(db: Db, id: string, by: string | null): Promise<string | undefined> {
  const rows = await db('mail_suppressions').where({ id }).whereNull('lifted_at').update({ lifted_at: db.fn.now(), lifted_by: by, updated_at: db.fn.now() }).returning<{ address: string }[]>('address');
  return rows[0]?.address;
}
