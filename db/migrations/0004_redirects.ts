import type { Knex } from 'knex';

/** Addresses a site had before: readers who come there are led on. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table site_redirects (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      -- Both with the root prefix and without slashes at their ends.
      from_path text not null unique,
      to_path text not null,
      run_id uuid references runs (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index site_redirects_site_id on site_redirects (site_id);
    create index site_redirects_run_id on site_redirects (run_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table site_redirects');
}
