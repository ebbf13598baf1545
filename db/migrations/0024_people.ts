import type { Knex } from 'knex';

/** Sessions one can tell apart, tokens that may less than everything, and people who ask for a site. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- From where a session began and where it was used last, so that people recognise their own.
    alter table sessions
      add column user_agent text,
      add column ip text,
      add column last_user_agent text,
      add column last_ip text,
      -- The admin who acts in the person's name, and the admin's own session, with which this one ends.
      add column impersonator_id uuid references users (id) on delete cascade,
      add column parent_id uuid references sessions (id) on delete cascade,
      add constraint sessions_impersonated check ((impersonator_id is null) = (parent_id is null));
    create index sessions_impersonator_id on sessions (impersonator_id);
    create index sessions_parent_id on sessions (parent_id);

    alter table api_tokens
      -- How the token begins, for who looks at a list and a configuration.
      add column prefix text,
      -- Null for the token of the installation's own configuration: that may what its roles may.
      add column scopes text[],
      -- Whether the scopes hold for every site; else for those of api_token_sites, and for none when these are gone.
      add column for_all_sites boolean not null default true,
      add column made_by uuid references users (id) on delete set null;
    create index api_tokens_made_by on api_tokens (made_by);

    create table api_token_sites (
      id uuid primary key,
      token_id uuid not null references api_tokens (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (token_id, site_id)
    );
    create index api_token_sites_site_id on api_token_sites (site_id);

    create table access_requests (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      -- Null when no site had the name that was asked for: who asks is told the same.
      site_id uuid references sites (id) on delete cascade,
      site_name text not null,
      message text not null,
      state text not null default 'open' check (state in ('open', 'approved', 'refused')),
      -- What whoever decided says to who asked.
      answer text,
      decided_by uuid references users (id) on delete set null,
      decided_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index access_requests_open on access_requests (user_id, site_name) where state = 'open';
    create index access_requests_user_id on access_requests (user_id, created_at desc);
    create index access_requests_site_id on access_requests (site_id, created_at);
    create index access_requests_decided_by on access_requests (decided_by);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table access_requests;
    drop table api_token_sites;
    alter table api_tokens drop column made_by, drop column for_all_sites, drop column scopes, drop column prefix;
    delete from sessions where parent_id is not null;
    alter table sessions drop constraint sessions_impersonated, drop column parent_id, drop column impersonator_id, drop column last_ip, drop column last_user_agent, drop column ip, drop column user_agent;
  `);
}
