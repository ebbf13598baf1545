import type { Knex } from 'knex';

/** Files that authors send to the storage bucket, and what was asked too often. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table uploads (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      -- Null for a machine, and for a person who is gone.
      user_id uuid references users (id) on delete set null,
      name text not null,
      content_type text not null,
      size bigint not null check (size > 0),
      -- Hex, as the sender says it.
      sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
      -- Where it is sent, and where it lies once it was looked at.
      quarantine_key text not null,
      key text not null,
      state text not null check (state in ('begun', 'done', 'refused', 'expired')),
      -- Why it was refused, as a sentence.
      reason text,
      -- Nothing can be sent after this.
      expires_at timestamptz not null,
      -- When nothing was left of it in quarantine, after the end of its address.
      swept_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index uploads_site_id on uploads (site_id);
    create index uploads_user_id on uploads (user_id);
    create index uploads_unswept on uploads (expires_at) where swept_at is null;

    -- Counts of a few minutes: a crash may lose them, and writing them to the log would cost more than they are worth.
    create unlogged table rate_limits (
      key text primary key,
      points integer not null default 0,
      -- Milliseconds since 1970: the form of the library that counts here.
      expire bigint
    );
    create index rate_limits_expire on rate_limits (expire);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table rate_limits; drop table uploads');
}
