import type { Knex } from 'knex';

/** Taking sites offline: who did it, and which item of the root site lists which site. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sites add column unpublished_by uuid references users (id) on delete set null;
    create index sites_unpublished_by on sites (unpublished_by);
    create table root_listings (
      id uuid primary key,
      site_id uuid not null unique references sites (id) on delete cascade,
      item_id uuid not null unique references content_items (id) on delete cascade,
      -- The revision of the item that each branch of the root site's repository was given; null when none was.
      preview_revision integer,
      release_revision integer,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table root_listings;
    alter table sites drop column unpublished_by;
  `);
}
