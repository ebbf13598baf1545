import type { Knex } from 'knex';

/** What people read without a network: per site, version and theme output, the tree in the offline bucket and the zips beside the site. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table offline_deployments (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      version text not null check (version in ('draft', 'live')),
      -- The theme output: empty for the site's own theme.
      theme text not null default '',
      -- What stands in the offline bucket; null when nothing does.
      manifest_key text,
      -- A tree that is on its way: its objects may or may not be there.
      pending_manifest_key text,
      -- Keys in the web bucket at which zips of ours may be; noted before the first is written.
      zip_keys jsonb not null default '[]',
      -- The zips that are whole: variant, key, bytes and a name for what is in them.
      zips jsonb not null default '[]',
      -- Whether the course says that it is not to be downloaded.
      is_hidden boolean not null default false,
      -- The run that built it, and the publish whose input it was built from.
      run_id uuid references runs (id) on delete set null,
      of_run_id uuid references runs (id) on delete set null,
      built_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (site_id, version, theme)
    );
    create index offline_deployments_run_id on offline_deployments (run_id);
    create index offline_deployments_of_run_id on offline_deployments (of_run_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table offline_deployments');
}
