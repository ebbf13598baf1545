import type { Knex } from 'knex';

/** Addresses a site had before: readers who come there are led on. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table site_redirects (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      -- Both with the root prefix and without slashes at their ends. A row that leads to where the site stands again says
      -- which redirect pages its next publish has to replace.
      from_path text not null,
      to_path text not null,
      -- Theme output -> key of the manifest of the pages that lead on, in the build store.
      manifests jsonb not null default '{}',
      run_id uuid references runs (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index site_redirects_from_path on site_redirects (lower(from_path));
    create index site_redirects_site_id on site_redirects (site_id);
    create index site_redirects_run_id on site_redirects (run_id);

    -- Two addresses that differ by case only would be one to most people who type them.
    create unique index sites_url_path_any_case on sites (lower(url_path));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index sites_url_path_any_case; drop table site_redirects');
}
