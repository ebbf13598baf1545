import type { Knex } from 'knex';

/** The outbox: a mail is a row before anything is sent, written in the transaction of what it tells of. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table mails (
      id uuid primary key,
      -- Which template, such as publish-succeeded.
      kind text not null,
      -- One mail per key, ever: what happened and to whom it is told.
      dedupe_key text not null unique,
      -- The person; null for a mail to an address of the configuration.
      user_id uuid references users (id) on delete set null,
      to_address text,
      -- What the template is filled with.
      data jsonb not null default '{}',
      state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'refused', 'dropped')),
      -- Why it was refused or dropped, as a sentence.
      reason text,
      -- The id under which the mail service knows it.
      provider_id text,
      attempts integer not null default 0,
      sent_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index mails_user_id on mails (user_id);
    create index mails_open on mails (created_at) where state in ('queued', 'sending');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table mails');
}
