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

/** Writes mails into the outbox, in the transaction of what they tell of; one that is there already stays as it is. */
export async function queueMails(trx: Db, mails: readonly NewMail[]): Promise<void> {
  if (mails.length === 0) return;
  await trx('mails')
    .insert(mails.map((mail) => ({ id: uuidv7(), kind: mail.kind, dedupe_key: mail.dedupeKey, user_id: mail.userId, data: JSON.stringify(mail.data) })))
    .onConflict('dedupe_key')
    .ignore();
}
