import type { Knex } from 'knex';

/** What was last seen of each site's repository. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table repositories (
      id uuid primary key,
      site_id uuid not null unique references sites (id) on delete cascade,
      -- Null until GitHub was asked for it.
      html_url text,
      main_head text,
      preview_head text,
      release_head text,
      seen_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index sites_uncommitted on sites (updated_at) where content_revision > committed_revision;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index sites_uncommitted; drop table repositories');
}
