import type { Knex } from 'knex';

/** Google Drive: each site's folders, the files found in them, what a sync did with each, and how far the changes of the drive were read. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Ids are Drive's. An id is kept before its folder is made, so that whoever makes it a second time finds it: until made_at is
    -- set a folder may not be there yet.
    create table drive_folders (
      site_id uuid primary key references sites (id) on delete cascade,
      folder_id text unique,
      files_id text unique,
      files_final_id text unique,
      videos_final_id text unique,
      made_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    create table drive_files (
      id uuid primary key,
      -- Drive's; one row per file, whatever becomes of it.
      file_id text not null unique,
      site_id uuid not null references sites (id) on delete cascade,
      folder text not null check (folder in ('files_final', 'videos_final')),
      -- Names of the folders below that, with slashes between; empty at its top.
      path text not null default '',
      -- Drive's ids of those folders: of one that is moved or deleted Drive says nothing about what is in it.
      folder_ids text[] not null default '{}',
      name text not null,
      mime_type text not null,
      -- Of the file in Drive, hex; null for Google's own documents, which have no bytes there.
      md5 text,
      size bigint,
      drive_modified_at timestamptz,
      -- Where its bytes are in the storage bucket, once a place was chosen; nobody else's then.
      s3_key text unique,
      s3_version_id text,
      -- Of the bytes that are there; another one than md5 means that Drive has a newer state.
      stored_md5 text,
      state text not null check (state in ('found', 'streaming', 'stored', 'complete', 'failed', 'skipped', 'trashed')),
      -- Why it failed, was skipped or kept: {code, message}.
      reason jsonb,
      item_id uuid references content_items (id) on delete set null,
      last_run_id uuid references runs (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index drive_files_site_id on drive_files (site_id, folder, path, name, id);
    create index drive_files_folder_ids on drive_files using gin (folder_ids);
    create index drive_files_item_id on drive_files (item_id);
    create index drive_files_last_run_id on drive_files (last_run_id);

    -- What one sync did with each file: the report people read.
    create table drive_run_files (
      id uuid primary key,
      run_id uuid not null references runs (id) on delete cascade,
      file_id text not null,
      folder text not null,
      path text not null,
      name text not null,
      outcome text not null check (outcome in ('waiting', 'streamed', 'unchanged', 'skipped', 'failed', 'removed', 'kept')),
      reason jsonb,
      bytes bigint not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (run_id, file_id)
    );
    create index drive_run_files_outcome on drive_run_files (run_id, outcome, path, name);

    -- How far the changes of a shared drive were read. What was missed before whole_since only a listing of each site tells.
    create table drive_changes (
      drive_id text primary key,
      page_token text not null,
      whole_since timestamptz not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    -- Bytes read from Drive, by day of UTC: what is paid for beyond a limit is counted before it is read.
    create table drive_egress (
      day date primary key,
      bytes bigint not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    -- Items on their way out with their files, and files whose item is; undone until they are due, and after that brought back.
    create table content_deletions (
      id uuid primary key,
      -- What was asked for at once goes at one time, and can be undone at once.
      request_id uuid not null references run_requests (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      -- Null for a file that has no resource.
      item_id uuid references content_items (id) on delete cascade,
      drive_file_id uuid references drive_files (id) on delete set null,
      -- By a person, whose file goes to Drive's trash with it, or of a file that is not in its folder any more.
      cause text not null check (cause in ('person', 'missing')),
      s3_key text,
      -- Of the bytes that go: newer ones at the same key stay.
      s3_version_id text,
      -- Whether it was we who moved the file to Drive's trash; written before it is done.
      is_trashed boolean not null default false,
      due_at timestamptz not null,
      -- Of one that goes the item is removed already and its file is not; of one that is undone after that it is the other way round.
      state text not null default 'pending' check (state in ('pending', 'going', 'done', 'kept', 'undoing', 'undone')),
      -- Why it was kept, or could not go on: {code, message}.
      reason jsonb,
      requested_by uuid references users (id) on delete set null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create index content_deletions_site_id on content_deletions (site_id, state, due_at);
    create index content_deletions_request_id on content_deletions (request_id);
    create unique index content_deletions_open_item on content_deletions (item_id) where state in ('pending', 'going', 'undoing');
    create unique index content_deletions_open_file on content_deletions (drive_file_id) where state in ('pending', 'going', 'undoing');
    create index content_deletions_item_id on content_deletions (item_id);
    create index content_deletions_drive_file_id on content_deletions (drive_file_id);
    create index content_deletions_requested_by on content_deletions (requested_by);
    -- Who else has its bytes at a key.
    create index content_items_file on content_items (file) where file is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index content_items_file; drop table content_deletions; drop table drive_egress; drop table drive_changes; drop table drive_run_files; drop table drive_files; drop table drive_folders');
}
