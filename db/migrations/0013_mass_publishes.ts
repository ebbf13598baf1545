import type { Knex } from 'knex';

/** Mass publishes with their list of sites, which is too long for a workflow's history. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table mass_publishes (
      -- One id for the request, the run and the end of the workflow id.
      id uuid primary key references runs (id) on delete cascade,
      version text not null check (version in ('draft', 'live')),
      kind text not null check (kind in ('publish', 'undo')),
      -- The mass publish that an undo takes back.
      undoes_id uuid references mass_publishes (id) on delete cascade,
      -- Sites that are published at once.
      window_size integer not null check (window_size > 0),
      is_paused boolean not null default false,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check ((kind = 'undo') = (undoes_id is not null))
    );
    create index mass_publishes_undoes_id on mass_publishes (undoes_id);
    create index mass_publishes_version on mass_publishes (version, created_at);

    create table mass_publish_sites (
      id uuid primary key,
      mass_publish_id uuid not null references mass_publishes (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      position integer not null,
      -- asked: its publish is asked for and has not ended. undone: an undo brought back what stood there before.
      state text not null default 'waiting' check (state in ('waiting', 'asked', 'succeeded', 'failed', 'skipped', 'cancelled', 'undone')),
      attempt integer not null default 1,
      request_id uuid references run_requests (id) on delete set null,
      publish_run_id uuid references runs (id) on delete set null,
      -- The run that readers saw before this mass publish, and the one it made them see.
      before_run_id uuid references runs (id) on delete set null,
      after_run_id uuid references runs (id) on delete set null,
      -- Why it failed, was left out or stopped, as a sentence.
      reason text,
      -- With which notice the catalogues were told; null until then.
      notice_batch integer,
      asked_at timestamptz,
      ended_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (mass_publish_id, site_id)
    );
    create index mass_publish_sites_state on mass_publish_sites (mass_publish_id, state, position);
    create index mass_publish_sites_site_id on mass_publish_sites (site_id);
    create index mass_publish_sites_request_id on mass_publish_sites (request_id);
    create index mass_publish_sites_publish_run_id on mass_publish_sites (publish_run_id);
    create index mass_publish_sites_before_run_id on mass_publish_sites (before_run_id);
    create index mass_publish_sites_after_run_id on mass_publish_sites (after_run_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table mass_publish_sites; drop table mass_publishes');
}
