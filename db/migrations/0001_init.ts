import type { Knex } from 'knex';

/** Everything part A stores. A migration is never edited after it landed: the next change is a new file. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table installation (
      singleton boolean primary key default true check (singleton),
      installation_id text not null,
      adopted_at timestamptz not null default now()
    );

    create table users (
      id uuid primary key,
      subject text unique,
      email text not null,
      name text not null,
      is_active boolean not null default true,
      last_sign_in_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index users_email_unique on users (lower(email));

    create table starters (
      id uuid primary key,
      slug text not null unique,
      name text not null,
      status text not null default 'active' check (status in ('default', 'active', 'inactive')),
      path text not null,
      commit text,
      config jsonb,
      fault text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table sites (
      id uuid primary key,
      name text not null unique,
      short_id text not null unique,
      title text not null,
      starter_id uuid references starters (id),
      owner_id uuid references users (id) on delete set null,
      url_path text unique,
      -- Counts saved changes; what a version has published is a number of the same count.
      content_revision bigint not null default 0,
      -- The newest revision whose content stands in the repository's main branch.
      committed_revision bigint not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index sites_starter_id on sites (starter_id);
    create index sites_owner_id on sites (owner_id);
    create index sites_updated_at on sites (updated_at desc, id);
    create index sites_title on sites (lower(title), id);

    create table role_grants (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      role text not null check (role in ('global_admin', 'global_author', 'owner', 'admin', 'editor')),
      site_id uuid references sites (id) on delete cascade,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check ((site_id is null) = (role in ('global_admin', 'global_author')))
    );
    create index role_grants_user_id on role_grants (user_id);
    create index role_grants_site_id on role_grants (site_id);
    create unique index role_grants_once on role_grants (user_id, role, coalesce(site_id, '00000000-0000-0000-0000-000000000000'));

    create table sessions (
      id uuid primary key,
      token_hash text not null unique,
      user_id uuid not null references users (id) on delete cascade,
      saml_name_id text,
      saml_session_index text,
      last_seen_at timestamptz not null default now(),
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index sessions_user_id on sessions (user_id);
    create index sessions_expires_at on sessions (expires_at);

    create table api_tokens (
      id uuid primary key,
      name text not null unique,
      token_hash text not null unique,
      roles text[] not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      last_used_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    -- Requests we sent to the identity provider, answered at most once.
    create table saml_requests (
      id text primary key,
      value text not null,
      return_to text,
      consumed_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    -- Assertions already used; a second use is refused.
    create table saml_assertions (
      id text primary key,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table content_items (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      text_id text not null,
      type text not null,
      title text,
      dirpath text not null,
      filename text not null,
      is_page_content boolean not null,
      metadata jsonb,
      markdown text,
      file text,
      revision integer not null default 1,
      -- Where it stands in main and the sha256 of what the serializer made of it then: it is written again only when that changes.
      written_path text,
      written_sha256 text,
      updated_by uuid references users (id) on delete set null,
      deleted_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (site_id, text_id)
    );
    create unique index content_items_path on content_items (site_id, dirpath, filename) where is_page_content and deleted_at is null;
    create index content_items_type on content_items (site_id, type, updated_at desc, id);
    create index content_items_updated_by on content_items (updated_by);

    create table runs (
      id uuid primary key,
      process text not null,
      site_id uuid references sites (id) on delete cascade,
      version text check (version in ('draft', 'live')),
      workflow_id text not null,
      workflow_run_id text not null,
      -- The pass of an entity workflow, from 1, counted over continue-as-new.
      pass integer not null default 1,
      state text not null default 'running' check (state in ('running', 'succeeded', 'failed', 'cancelled', 'superseded', 'terminated')),
      phase text,
      -- Input that never changes after the first activity: revision, snapshot, configuration.
      frozen jsonb not null default '{}',
      commit text,
      result jsonb,
      reason_code text,
      reason_message text,
      problems jsonb not null default '[]',
      warnings jsonb not null default '[]',
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (workflow_id, workflow_run_id, pass)
    );
    create index runs_site_id on runs (site_id, version, started_at desc);
    create index runs_started_at on runs (started_at desc, id);
    create index runs_open on runs (updated_at) where state in ('running', 'failed');

    create table run_phases (
      id uuid primary key,
      run_id uuid not null references runs (id) on delete cascade,
      phase text not null,
      state text not null check (state in ('pending', 'running', 'retrying', 'done', 'failed', 'skipped')),
      attempt integer not null default 1,
      summary text,
      counts jsonb not null default '{}',
      error_code text,
      error_message text,
      next_attempt_at timestamptz,
      started_at timestamptz,
      ended_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (run_id, phase)
    );

    create table run_requests (
      id uuid primary key,
      process text not null,
      site_id uuid references sites (id) on delete cascade,
      version text check (version in ('draft', 'live')),
      requested_by uuid references users (id) on delete set null,
      input jsonb not null default '{}',
      -- Null until the engine was told; a relay tells it later when it was down.
      delivered_at timestamptz,
      -- Null until a pass took it.
      run_id uuid references runs (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index run_requests_site_id on run_requests (site_id);
    create index run_requests_requested_by on run_requests (requested_by);
    create index run_requests_run_id on run_requests (run_id);
    create index run_requests_undelivered on run_requests (created_at) where delivered_at is null;
    create index run_requests_untaken on run_requests (process, site_id, version) where run_id is null;

    create table deployments (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      version text not null check (version in ('draft', 'live')),
      -- The theme output: empty for the site's own theme.
      theme text not null default '',
      -- What readers see, as a manifest in the build store.
      manifest_key text,
      -- Set before the first object is written and cleared after the last: a broken deploy is known by it.
      pending_manifest_key text,
      run_id uuid references runs (id) on delete set null,
      commit text,
      content_revision bigint,
      deployed_at timestamptz,
      first_deployed_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (site_id, version, theme)
    );
    create index deployments_run_id on deployments (run_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`drop table deployments, run_requests, run_phases, runs, content_items, saml_assertions, saml_requests,
    api_tokens, sessions, role_grants, sites, starters, users, installation`);
}
