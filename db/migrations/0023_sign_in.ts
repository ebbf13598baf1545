import type { Knex } from 'knex';

/** A person may come by more than one sign-in service, and a session knows by which, so that it can be ended there too. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table user_identities (
      provider text not null check (provider in ('saml', 'oidc')),
      -- What that service calls the person for good.
      subject text not null,
      user_id uuid not null references users (id) on delete cascade,
      last_sign_in_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (provider, subject),
      unique (user_id, provider)
    );
    insert into user_identities (provider, subject, user_id, last_sign_in_at) select 'saml', subject, id, last_sign_in_at from users where subject is not null;
    alter table users drop column subject;

    -- An answer to a request to sign in is none to a request to sign out.
    alter table saml_requests add column kind text not null default 'sign-in' check (kind in ('sign-in', 'sign-out'));
    -- SHA-256 of what a cookie of the browser that asked holds, hex; null where any browser may bring the answer.
    alter table saml_requests add column browser_hash text;

    create table oidc_requests (
      -- SHA-256 of the state, hex.
      state_hash text primary key,
      -- SHA-256 of what a cookie of the browser that asked holds, hex.
      browser_hash text not null,
      code_verifier text not null,
      nonce text not null,
      return_to text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index oidc_requests_created_at on oidc_requests (created_at);

    -- Null: made by hand or by a test; nobody is told when it ends.
    alter table sessions add column provider text check (provider in ('saml', 'oidc'));
    -- What the service wants to be told when the session ends: the parts of a name id, or an id token.
    alter table sessions add column provider_session jsonb not null default '{}';
    update sessions set provider = 'saml' where saml_name_id is not null;
    create index sessions_saml_name_id on sessions (saml_name_id) where saml_name_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index sessions_saml_name_id;
    alter table sessions drop column provider_session, drop column provider;
    drop table oidc_requests;
    delete from saml_requests where kind = 'sign-out';
    alter table saml_requests drop column browser_hash, drop column kind;
    alter table users add column subject text unique;
    update users set subject = user_identities.subject from user_identities where user_identities.user_id = users.id and provider = 'saml';
    drop table user_identities;
  `);
}
