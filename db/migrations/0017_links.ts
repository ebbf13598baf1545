import type { Knex } from 'knex';

/** What is known of the external links of all sites, and of their archived copies. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table external_links (
      item_id uuid primary key references content_items (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      -- The address the rest is about; a changed one begins anew.
      url text not null,
      -- Null until a look found out.
      status text check (status in ('valid', 'broken', 'unchecked')),
      code integer,
      -- Answers in a row that say that it is broken.
      failures integer not null default 0,
      -- Why the last look found nothing out.
      trouble text,
      checked_at timestamptz,
      archive_state text not null default 'none' check (archive_state in ('none', 'queued', 'submitted', 'archived', 'failed', 'unknown')),
      -- When it is that link's turn again: to be submitted, or asked about.
      archive_due_at timestamptz,
      archive_job_id text,
      archive_submitted_at timestamptz,
      -- When the archive said that the capture would begin.
      archive_promised_at timestamptz,
      -- The archive's word for why it failed.
      archive_reason text,
      archive_attempts integer not null default 0,
      archive_url text,
      archived_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index external_links_site_id on external_links (site_id, status);
    create index external_links_checked_at on external_links (checked_at nulls first, item_id);
    create index external_links_archive_due on external_links (archive_due_at, item_id) where archive_state in ('queued', 'submitted', 'unknown');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table external_links');
}
