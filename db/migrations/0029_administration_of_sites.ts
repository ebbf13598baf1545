import type { Knex } from 'knex';

/** Sites that are put away, and what came of each reading of a starter’s configuration. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sites
      -- Since when it is put away. It is cleared when its repository can be written again, not when somebody asks for that.
      add column archived_at timestamptz,
      add column archived_by uuid references users (id) on delete set null,
      add column archive_reason text;
    create index sites_archived_by on sites (archived_by);
    create index sites_archived_at on sites (archived_at) where archived_at is not null;

    -- Since when GitHub refuses writes to it for us.
    alter table repositories add column archived_at timestamptz;

    -- The one place that says what cannot happen to an archived site, whoever asks: no request but those that put it away and
    -- bring it back, no run but those of its repository, and no change of what its items say. Who is refused sees SQLSTATE OS001
    -- with the site's title as the detail; domain/archivedSites.ts has the sentence.
    create function refuse_archived_site() returns trigger language plpgsql as $$
    declare
      site_title text;
    begin
      if new.site_id is null then return new; end if;
      if tg_table_name = 'run_requests' then
        if new.process = 'site-repo' and new.input ->> 'action' in ('archive', 'reopen') then return new; end if;
      elsif tg_table_name = 'runs' then
        if new.process = 'site-repo' then return new; end if;
      end if;
      select title into site_title from sites where id = new.site_id and archived_at is not null;
      if found then raise exception 'the site is archived' using errcode = 'OS001', detail = site_title; end if;
      return new;
    end $$;
    create trigger run_requests_not_archived before insert on run_requests for each row execute function refuse_archived_site();
    create trigger runs_not_archived before insert on runs for each row execute function refuse_archived_site();
    create trigger content_items_not_archived before insert or update of type, title, dirpath, filename, metadata, markdown, file, deleted_at, revision
      on content_items for each row execute function refuse_archived_site();

    alter table starters
      -- The file as it was read with the configuration in use: what an edit begins with. Null until it is read again.
      add column source_text text,
      -- Where that file is in the projects repository.
      add column source_file text,
      -- An edit that is tried out here and committed to the repository by hand; it is never in use.
      add column draft_text text,
      add column draft_by uuid references users (id) on delete set null,
      add column draft_at timestamptz;
    create index starters_draft_by on starters (draft_by);

    -- What each reading that changed something brought, the newest first read.
    create table starter_changes (
      id uuid primary key,
      starter_id uuid not null references starters (id) on delete cascade,
      commit text not null,
      -- Sentences; empty where only comments or their order changed.
      changes jsonb not null,
      -- How many sites got another configuration by it.
      sites integer not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index starter_changes_starter_id on starter_changes (starter_id, created_at desc, id desc);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table starter_changes;
    alter table starters drop column source_text, drop column source_file, drop column draft_text, drop column draft_by, drop column draft_at;
    drop trigger content_items_not_archived on content_items;
    drop trigger runs_not_archived on runs;
    drop trigger run_requests_not_archived on run_requests;
    drop function refuse_archived_site();
    alter table repositories drop column archived_at;
    alter table sites drop column archived_at, drop column archived_by, drop column archive_reason;
  `);
}
