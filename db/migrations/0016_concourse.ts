import type { Knex } from 'knex';

/** Who builds a site, and the builds that were started elsewhere. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Null is whatever the installation builds with.
    alter table sites add column builder text check (builder in ('temporal', 'concourse'));

    create table builder_builds (
      id uuid primary key,
      run_id uuid not null references runs (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      version text not null check (version in ('draft', 'live')),
      -- Empty for the site's own theme.
      theme text not null default '',
      -- One try of the run to have it built: a retry starts a build of its own.
      attempt text not null,
      -- The newest build the job had when this one was wanted: what is newer is this one.
      newest_before integer not null,
      -- Null from the wish to the builder's answer.
      build_id integer,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (run_id, attempt, theme)
    );
    create index builder_builds_site_id on builder_builds (site_id, version, created_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table builder_builds; alter table sites drop column builder');
}
