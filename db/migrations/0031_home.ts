import type { Knex } from 'knex';

/** Which state of an item came with which change of its site, so that what was saved since a publish can be told exactly; and the sites people starred. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The number the site's content_revision got by the save that made this state; 0 is as old as the site.
    alter table content_items add column site_revision bigint not null default 0;
    alter table content_revisions add column site_revision bigint not null default 0;

    -- Of states that were there before: the newest saves are those the newest numbers were given for, and what was saved before a
    -- publish began is part of that publish.
    with states as (
      select i.site_id, i.id as item_id, null::uuid as revision_id, i.revision, i.updated_at as saved_at from content_items i
      union all
      select i.site_id, i.id, r.id, r.revision, r.saved_at from content_revisions r join content_items i on i.id = r.item_id
    ), ranked as (
      select states.*, row_number() over (partition by site_id order by saved_at desc, revision desc) as rank from states
    ), numbered as (
      select ranked.item_id, ranked.revision_id, greatest(0, least(
        sites.content_revision - ranked.rank + 1,
        (select min(d.content_revision) from deployments d join runs on runs.id = d.run_id where d.site_id = ranked.site_id and runs.started_at > ranked.saved_at)
      )) as site_revision
      from ranked join sites on sites.id = ranked.site_id
    ), earlier as (
      update content_revisions r set site_revision = n.site_revision from numbered n where n.revision_id = r.id
    )
    update content_items i set site_revision = n.site_revision from numbered n where n.item_id = i.id and n.revision_id is null;

    create index content_items_by_site_revision on content_items (site_id, site_revision);

    create table favourite_sites (
      id uuid primary key,
      user_id uuid not null references users (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (user_id, site_id)
    );
    create index favourite_sites_site_id on favourite_sites (site_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table favourite_sites;
    drop index content_items_by_site_revision;
    alter table content_revisions drop column site_revision;
    alter table content_items drop column site_revision;
  `);
}
