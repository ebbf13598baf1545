import type { Knex } from 'knex';

/** Previews that are open while people write: which worker shows a site, and who may look at what address. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- At most one per site. Nothing of it is worth keeping: it is made again when somebody opens a preview.
    create table preview_servers (
      site_id uuid primary key references sites (id) on delete cascade,
      -- waiting: nobody has taken it yet; starting: a worker gets it ready; ready: its pages can be seen.
      state text not null check (state in ('waiting', 'starting', 'ready', 'ended', 'failed')),
      -- What is going on, or why it ended, as people read it.
      doing text not null,
      -- Files written so far, while it starts.
      files integer not null default 0,
      -- Who shows it. Another one knows nothing of texts that the one before was sent.
      instance uuid,
      -- Where its worker answers, and what must be said there.
      address text,
      access_key text,
      -- Since when it is asked to make room for another site.
      leave_asked_at timestamptz,
      used_at timestamptz not null default now(),
      -- When its worker was last heard of.
      beat_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    -- Who may look, until when. The host of their preview is made from the id and the installation's secret.
    create table preview_viewers (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      user_id uuid not null references users (id) on delete cascade,
      expires_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (site_id, user_id)
    );
    create index preview_viewers_user_id on preview_viewers (user_id);
    create index preview_viewers_expires_at on preview_viewers (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table preview_viewers;
    drop table preview_servers;
  `);
}
