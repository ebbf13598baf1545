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
      -- When the capture begins: later than it was submitted where the archive said so.
      archive_starts_at timestamptz,
      -- When it was last submitted, asked about or looked for.
      archive_step_at timestamptz,
      -- It was submitted once more because nothing was ever heard of the first capture.
      archive_resubmitted boolean not null default false,
      -- The archive's word for why it failed.
      archive_reason text,
      -- Failures in a row that count.
      archive_failures integer not null default 0,
      -- The run a person asked for that waits for this link.
      archive_run_id uuid references runs (id) on delete set null,
      archive_url text,
      archived_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index external_links_site_id on external_links (site_id, status);
    create index external_links_checked_at on external_links (checked_at nulls first, item_id);
    create index external_links_archive_due on external_links (archive_due_at, item_id) where archive_state in ('queued', 'submitted', 'unknown');
    create index external_links_archive_run_id on external_links (archive_run_id);

    -- One row: what the archive said last of what the account may do.
    create table archive_accounts (
      is_only boolean primary key default true check (is_only),
      available integer not null,
      processing integer not null,
      -- Null where it does not say.
      daily_captures integer,
      daily_limit integer,
      asked_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table archive_accounts; drop table external_links');
}
