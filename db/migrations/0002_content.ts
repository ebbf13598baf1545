import type { Knex } from 'knex';

/** What an item remembers of the file it came from, its history, and what it refers to. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create extension if not exists pg_trgm;

    alter table sites
      add column site_type text not null default 'ocw' check (site_type in ('ocw', 'pk12')),
      add column source text not null default 'studio' check (source in ('studio', 'ocw-import'));

    alter table content_items
      -- How the file it was imported from differs from what the serializer would write; null when it does not.
      add column written_form jsonb,
      -- Git's name of the file in main.
      add column written_blob text,
      add column created_by uuid references users (id) on delete set null,
      -- Why the newest state was saved: edited, renamed, restored, imported, cleanup:<rule> and so on.
      add column reason text not null default 'imported',
      add column resourcetype text generated always as (metadata ->> 'resourcetype') stored,
      add column is_draft boolean generated always as (coalesce(metadata -> 'draft' = 'true'::jsonb, false)) stored;
    create index content_items_created_by on content_items (created_by);

    -- One order for every list that is offered, each ending in the id so that pages never overlap.
    create index content_items_by_update on content_items (site_id, updated_at desc, id) where deleted_at is null;
    create index content_items_by_title on content_items (site_id, left(lower(coalesce(title, '')), 200), id) where deleted_at is null;
    create index content_items_type_by_title on content_items (site_id, type, left(lower(coalesce(title, '')), 200), id) where deleted_at is null;
    create index content_items_resourcetype on content_items (site_id, resourcetype, updated_at desc, id) where deleted_at is null;
    create index content_items_drafts on content_items (site_id, updated_at desc, id) where is_draft and deleted_at is null;
    create index content_items_deleted on content_items (site_id, deleted_at desc, id) where deleted_at is not null;

    -- Every state an item had before its present one. A save moves the present state here in the same transaction.
    create table content_revisions (
      id uuid primary key,
      item_id uuid not null references content_items (id) on delete cascade,
      revision integer not null,
      type text not null,
      title text,
      dirpath text not null,
      filename text not null,
      metadata jsonb,
      markdown text,
      file text,
      is_deleted boolean not null default false,
      reason text not null,
      saved_by uuid references users (id) on delete set null,
      saved_at timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (item_id, revision)
    );
    create index content_revisions_saved_by on content_revisions (saved_by);

    -- What an item names: other items by text id (of its own site unless one is named), or whole sites.
    create table content_references (
      id uuid primary key,
      item_id uuid not null references content_items (id) on delete cascade,
      field text not null,
      kind text not null check (kind in ('relation', 'markdown', 'menu', 'website')),
      target_text_id text,
      -- Name or url_path of a site, as it is written; null means the item's own.
      target_site text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      check (target_text_id is not null or target_site is not null)
    );
    create index content_references_item_id on content_references (item_id);
    create index content_references_target on content_references (target_text_id);
    create index content_references_site on content_references (target_site) where target_site is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table content_references, content_revisions;
    alter table content_items drop column written_form, drop column written_blob, drop column created_by, drop column reason, drop column resourcetype, drop column is_draft;
    alter table sites drop column site_type, drop column source;
  `);
}
