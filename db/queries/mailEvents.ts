import { v7 as uuidv7 } from 'uuid';
import type { MailEventKind } from '#domain/mailEvents.ts';
import type { Db } from '../knex.ts';

/** Takes a token of a signature. @returns whether nobody took it before. */
export async function takeMailEventToken(trx: Db, token: string): Promise<boolean> {
  const rows = await trx('mail_event_tokens').insert({ token }).onConflict('token').ignore().returning<{ token: string }[]>('token');
  return rows.length > 0;
}

/** Forgets tokens of signatures that are too old to be accepted once more. */
export async function forgetMailEventTokens(db: Db, olderThanMs: number): Promise<void> {
  await db('mail_event_tokens').whereRaw(`created_at < clock_timestamp() - ? * interval '1 millisecond'`, [olderThanMs]).delete();
}

/** Keeps what the mail service told of a mail. @returns whether it is new. */
export async function keepMailEvent(trx: Db, event: { readonly mailId: string; readonly eventId: string; readonly kind: MailEventKind; readonly detail: string | null; readonly occurredAt: Date }): Promise<boolean> {
  const rows = await trx('mail_events')
    .insert({ id: uuidv7(), mail_id: event.mailId, event_id: event.eventId, kind: event.kind, detail: event.detail, occurred_at: event.occurredAt })
    .onConflict('event_id')
    .ignore()
    .returning<{ id: string }[]>('id');
  return rows.length > 0;
}
