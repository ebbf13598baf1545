import type { MailEventKind } from '#domain/mailEvents.ts';
import type { MailKind } from '#domain/mails.ts';
import type { Db } from '../knex.ts';
import type { MailState } from './mails.ts';

/** A mail of the outbox as lists show it. */
export interface ListedMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly state: MailState;
  readonly reason: string | null;
  readonly attempts: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly person: { readonly id: string; readonly name: string } | null;
  /** Where it went, or would go now. */
  readonly address: string | null;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  /** What the mail service told of it last. */
  readonly event: { readonly kind: MailEventKind; readonly detail: string | null; readonly at: Date } | null;
  /** The mail that was sent in its place. */
  readonly resentAs: string | null;
}

export interface MailFilter {
  readonly state?: MailState | undefined;
  readonly kind?: MailKind | undefined;
  readonly event?: MailEventKind | undefined;
  /** Mails to one person only. */
  readonly userId?: string | undefined;
}

interface DbListed {
  id: string;
  kind: MailKind;
  state: MailState;
  reason: string | null;
  attempts: number;
  data: Record<string, unknown>;
  user_id: string | null;
  user_name: string | null;
  address: string | null;
  created_at: Date;
  sent_at: Date | null;
  event_kind: MailEventKind | null;
  event_detail: string | null;
  event_at: Date | null;
  resent_as: string | null;
}

/** Mails of the outbox, the newest first, `limit` from `offset`, with the number of all the filter lets through. */
export async function pageOfMails(db: Db, filter: MailFilter, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; mails: ListedMail[] }> {
  const from = `from mails m left join users u on u.id = m.user_id
    left join lateral (select e.kind, e.detail, e.occurred_at from mail_events e where e.mail_id = m.id order by e.occurred_at desc, e.id desc limit 1) e on true
    where (:state::text is null or m.state = :state) and (:kind::text is null or m.kind = :kind)
      and (:event::text is null or e.kind = :event) and (:userId::uuid is null or m.user_id = :userId)`;
  const given = { state: filter.state ?? null, kind: filter.kind ?? null, event: filter.event ?? null, userId: filter.userId ?? null, limit: page.limit, offset: page.offset };
  const counted = await db.raw<{ rows: [{ count: number }] }>(`select count(*)::integer as count ${from}`, given);
  const { rows } = await db.raw<{ rows: DbListed[] }>(
    `select m.id, m.kind, m.state, m.reason, m.attempts, m.data, m.user_id, u.name as user_name, coalesce(m.sent_to, u.email, m.to_address) as address, m.created_at, m.sent_at,
       e.kind as event_kind, e.detail as event_detail, e.occurred_at as event_at, (select a.id from mails a where a.resent_from = m.id limit 1) as resent_as
     ${from} order by m.created_at desc, m.id desc limit :limit offset :offset`,
    given,
  );
  return {
    total: counted.rows[0].count,
    mails: rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      state: row.state,
      reason: row.reason,
      attempts: row.attempts,
      data: row.data,
      person: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? '' },
      address: row.address,
      createdAt: row.created_at,
      sentAt: row.sent_at,
      event: row.event_kind === null || row.event_at === null ? null : { kind: row.event_kind, detail: row.event_detail, at: row.event_at },
      resentAs: row.resent_as,
    })),
  };
}
