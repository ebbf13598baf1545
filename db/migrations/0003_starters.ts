import type { Knex } from 'knex';

/** Where a starter comes from, and the inbox of what other services tell us. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table starters
      add column source text not null default 'github' check (source in ('github', 'local')),
      -- Since when the projects repository has no such configuration; its sites go on with the one in use.
      add column removed_at timestamptz;
    -- A starter is known by where its configuration lies; its slug is only its short name.
    create unique index starters_source_path on starters (source, path);

    -- What a webhook brought, once per event: a repeated delivery finds its row.
    create table webhook_events (
      id uuid primary key,
      source text not null,
      event_id text not null,
      payload jsonb not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (source, event_id)
    );
    create index webhook_events_created_at on webhook_events (created_at);

    alter table sites
      add column unpublish_status text check (unpublish_status in ('not-started', 'pending', 'started', 'succeeded', 'errored', 'aborted')),
      add column unpublish_status_at timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sites drop column unpublish_status, drop column unpublish_status_at;
    drop table webhook_events;
    alter table starters drop column source, drop column removed_at;
  `);
}
