import type { Knex } from 'knex';

/** What an item remembers of the file it came from, its history, and what it refers to. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create extension if not exists pg_trgm;
    create extension if not exists btree_gin;

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
      -- What lists are narrowed by: everything that is neither image, video nor document is Other.
      add column resource_group text generated always as (case when metadata ->> 'resourcetype' in ('Image', 'Video', 'Document') then metadata ->> 'resourcetype' else 'Other' end) stored,
      add column is_draft boolean generated always as (coalesce(metadata -> 'draft' = 'true'::jsonb, false)) stored,
      add column title_order text generated always as (left(lower(coalesce(title, '')), 200)) stored,
      -- Title, file name and last part of the uploaded file's key, between marks that nobody types.
      add column search_text text generated always as (lower(coalesce(title, '') || E'\\x01' || filename || E'\\x01' || regexp_replace(coalesce(file, ''), '^.*/', ''))) stored;
    create index content_items_created_by on content_items (created_by);

    -- One order for every list that is offered, each ending in the id so that pages never overlap: two sorts for all
    -- items of a site and for each filter. By kind and update, the index of the first migration serves.
    create index content_items_by_update on content_items (site_id, updated_at desc, id) where deleted_at is null;
    create index content_items_by_title on content_items (site_id, title_order, id) where deleted_at is null;
    create index content_items_type_by_title on content_items (site_id, type, title_order, id) where deleted_at is null;
    create index content_items_group_by_update on content_items (site_id, resource_group, updated_at desc, id) where deleted_at is null;
    create index content_items_group_by_title on content_items (site_id, resource_group, title_order, id) where deleted_at is null;
    create index content_items_drafts_by_update on content_items (site_id, updated_at desc, id) where is_draft and deleted_at is null;
    create index content_items_drafts_by_title on content_items (site_id, title_order, id) where is_draft and deleted_at is null;
    create index content_items_deleted_by_update on content_items (site_id, updated_at desc, id) where deleted_at is not null;
    create index content_items_deleted_by_title on content_items (site_id, title_order, id) where deleted_at is not null;
    -- The site stands in it too: a word that every course uses must not be read in all of them.
    create index content_items_search on content_items using gin (site_id, search_text gin_trgm_ops);
    -- Pages that were renamed: their old addresses are not free.
    create index content_items_with_aliases on content_items (site_id) where metadata -> 'aliases' is not null and deleted_at is null;
    -- A link somebody pastes is looked up first; hashed, for an address may be longer than a tree's key.
    create index content_items_external_url on content_items using hash ((metadata ->> 'external_url')) where type = 'external-resource' and deleted_at is null;

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
    alter table content_items drop column written_form, drop column written_blob, drop column created_by, drop column reason, drop column resourcetype, drop column resource_group, drop column is_draft, drop column title_order, drop column search_text;
    alter table sites drop column site_type, drop column source;
  `);
}
