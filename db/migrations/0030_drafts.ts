import type { Knex } from 'knex';

/** What people have typed and not saved, and who has an item open. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table item_drafts (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      -- Null for one that is not there yet.
      item_id uuid references content_items (id) on delete cascade,
      -- Its kind, as the starter names it.
      type text not null,
      -- The edit in one tab that it is of, and how often that has sent it: what comes late is older.
      edit_id uuid not null,
      counter integer not null check (counter >= 0),
      -- The item's revision that the edit began with; null for one that is not there yet.
      revision integer,
      -- As a save would send them, in its order of keys. Null once it was saved or put away: what is still under way from that edit
      -- must not bring it back.
      fields json,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check (item_id is not null or revision is null)
    );
    -- One of each person for each item, and for each kind of item that is not there yet.
    create unique index item_drafts_of_item on item_drafts (user_id, item_id) where item_id is not null;
    create unique index item_drafts_of_kind on item_drafts (user_id, site_id, type) where item_id is null;
    create index item_drafts_user_id on item_drafts (user_id);
    create index item_drafts_site_id on item_drafts (site_id);
    create index item_drafts_item_id on item_drafts (item_id);
    create index item_drafts_updated_at on item_drafts (updated_at);

    -- A minute of memory: a crash may lose it, and writing it to the log would cost more than it is worth.
    create unlogged table item_presences (
      -- The edit in one tab.
      id uuid primary key,
      item_id uuid not null references content_items (id) on delete cascade,
      user_id uuid not null references users (id) on delete cascade,
      -- The admin who acts in the person's name.
      impersonator_id uuid references users (id) on delete cascade,
      created_at timestamptz not null default now(),
      -- When it was heard of last.
      updated_at timestamptz not null default now()
    );
    create index item_presences_item_id on item_presences (item_id, updated_at);
    create index item_presences_user_id on item_presences (user_id);
    create index item_presences_impersonator_id on item_presences (impersonator_id);
    create index item_presences_updated_at on item_presences (updated_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table item_presences; drop table item_drafts');
}
