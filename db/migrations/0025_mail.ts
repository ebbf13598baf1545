import type { Knex } from 'knex';

/** What became of mails after they were handed over, who wants which, and to whom none goes any more. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table mails
      -- What a failure is of, such as a site's version: of one subject nobody is told twice within a day.
      add column subject text,
      -- The address it was handed over for.
      add column sent_to text,
      -- When a workflow was last started for it, or found at work: who was not looked at the longest is next.
      add column started_at timestamptz,
      -- The mail this one is sent in the place of.
      add column resent_from uuid references mails (id) on delete set null;
    create index mails_subject on mails (user_id, kind, subject, created_at);
    create index mails_resent_from on mails (resent_from);
    create index mails_created_at on mails (created_at desc, id desc);
    create index mails_queued on mails (started_at nulls first, created_at) where state = 'queued';

    alter table installation
      -- What the addresses that switch a group of mails off are signed with. Replacing it ends every address that was handed out.
      add column mail_secret text not null default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');

    -- A group nobody decided about is on.
    create table mail_preferences (
      user_id uuid not null references users (id) on delete cascade,
      mail_group text not null,
      is_on boolean not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (user_id, mail_group)
    );

    -- What the mail service told of a mail later.
    create table mail_events (
      id uuid primary key,
      mail_id uuid not null references mails (id) on delete cascade,
      -- The service's id of the event: one that comes again changes nothing.
      event_id text not null unique,
      kind text not null check (kind in ('delivered', 'delayed', 'bounced', 'complained', 'unsubscribed')),
      -- In the words of the service or of the server it asked.
      detail text,
      occurred_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index mail_events_mail_id on mail_events (mail_id, occurred_at desc);

    -- Tokens of signatures that were accepted; each counts once.
    create table mail_event_tokens (
      token text primary key,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index mail_event_tokens_created_at on mail_event_tokens (created_at);

    -- Addresses that get no mail any more, until an admin lifts it.
    create table mail_suppressions (
      id uuid primary key,
      -- In lower case.
      address text not null,
      cause text not null check (cause in ('bounced', 'complained')),
      detail text,
      mail_id uuid references mails (id) on delete set null,
      lifted_at timestamptz,
      lifted_by uuid references users (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index mail_suppressions_address on mail_suppressions (address) where lifted_at is null;
    create index mail_suppressions_mail_id on mail_suppressions (mail_id);
    create index mail_suppressions_lifted_by on mail_suppressions (lifted_by);

    alter table external_links
      -- When it turned out to lead nowhere, until it is told of; null for what is told, or leads somewhere.
      add column broken_untold_at timestamptz;
    create index external_links_broken_untold on external_links (site_id) where broken_untold_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table external_links drop column broken_untold_at;
    drop table mail_suppressions;
    drop table mail_event_tokens;
    drop table mail_events;
    drop table mail_preferences;
    alter table installation drop column mail_secret;
    alter table mails drop column resent_from, drop column started_at, drop column sent_to, drop column subject;
  `);
}
