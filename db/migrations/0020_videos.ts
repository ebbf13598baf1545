import type { Knex } from 'knex';

/** Videos on their way from a file to captioned films on YouTube: what was asked of whom, what it answered, and what it costs. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row per state of a file: bytes that change are another video, with an id of its own on YouTube.
    create table videos (
      id uuid primary key,
      site_id uuid not null references sites (id) on delete cascade,
      item_id uuid references content_items (id) on delete set null,
      drive_file_id uuid references drive_files (id) on delete set null,
      -- A file of ours, or a video that was on YouTube before and is named in the editor.
      source text not null check (source in ('drive', 'youtube')),
      -- Of the bytes in the storage bucket; null for one that was on YouTube before.
      source_key text,
      source_md5 text,
      duration_ms bigint,
      youtube_id text,
      -- As YouTube says it: uploaded, processed, failed, rejected, deleted.
      youtube_status text,
      youtube_privacy text check (youtube_privacy in ('private', 'unlisted', 'public')),
      -- Sums of what YouTube was sent last, by what it was: snippet, thumbnail, captions by language. What is the same is not sent again.
      sent jsonb not null default '{}',
      -- How far it is: one of the phases, or done.
      phase text not null,
      -- What it waits for and until when, or why it stopped: {code, message, until}.
      waits jsonb,
      -- Since when its file is as it is here; a file that is changed back is so anew.
      current_since timestamptz not null default clock_timestamp(),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );
    create unique index videos_drive_file_id_source_md5 on videos (drive_file_id, source_md5);
    -- What we upload has an id of its own; what is named in the editor may be shown by any number of sites, and once by each resource.
    create unique index videos_youtube_id on videos (youtube_id) where source = 'drive';
    create unique index videos_item_youtube_id on videos (item_id, youtube_id) where source = 'youtube';
    create index videos_site_id on videos (site_id, created_at);
    create index videos_item_id on videos (item_id);

    -- One wish to have a video transcoded: kept before MediaConvert is asked, so that an answer that is lost can be looked for.
    create table transcode_jobs (
      id uuid primary key,
      video_id uuid not null references videos (id) on delete cascade,
      -- From 1 on: a second one only after the first is known to have failed.
      attempt integer not null,
      job_id text unique,
      state text not null check (state in ('intended', 'submitted', 'complete', 'error', 'canceled', 'unknown')),
      -- Keys of what came out of it, by the modifier of their names.
      outputs jsonb not null default '{}',
      error_code text,
      error_message text,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (video_id, attempt)
    );

    -- One upload to YouTube; its id is the marker by which it is found there.
    create table youtube_uploads (
      id uuid primary key,
      video_id uuid not null unique references videos (id) on delete cascade,
      s3_key text not null,
      size bigint not null,
      -- Where the bytes go, kept before the first of them; null before it is begun and after it is lost.
      session_url text,
      session_begun_at timestamptz,
      sent_bytes bigint not null default 0,
      state text not null check (state in ('intended', 'uploading', 'done', 'failed')),
      reason jsonb,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    );

    -- What was spent of YouTube's limits, as people read it; the workflow of the quota keeps the ledger.
    create table youtube_quotas (
      -- Of Pacific time.
      day date not null,
      bucket text not null check (bucket in ('units', 'inserts', 'uploads')),
      spent integer not null default 0,
      "limit" integer not null,
      waiting integer not null default 0,
      -- Until when nothing is granted; null while something is.
      until timestamptz,
      reason jsonb,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      primary key (day, bucket)
    );

    -- Captions ordered from 3Play: kept before they are ordered, so that money is spent once.
    create table caption_orders (
      id uuid primary key,
      video_id uuid not null references videos (id) on delete cascade,
      site_id uuid not null references sites (id) on delete cascade,
      youtube_id text not null,
      attempt integer not null,
      media_file_id text,
      -- Of one that was ordered once and is shown by several sites, each has a row.
      transcript_id text,
      turnaround_level_id integer,
      -- What the account says it costs, in cents of a US dollar; null while no price is known.
      price_cents integer,
      -- waiting: for a person's word, or for room below a limit. approving: the service asks its own customer first.
      state text not null check (state in ('waiting', 'intended', 'ordering', 'approving', 'ordered', 'adopted', 'complete', 'cancelled', 'refused', 'unknown')),
      reason jsonb,
      approved_by uuid references users (id) on delete set null,
      approved_at timestamptz,
      ordered_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (video_id, attempt),
      unique (video_id, transcript_id)
    );
    create index caption_orders_site_id on caption_orders (site_id, ordered_at);
    create index caption_orders_ordered_at on caption_orders (ordered_at);
    create index caption_orders_approved_by on caption_orders (approved_by);

    -- Captions and transcripts of a video, whoever made them.
    create table video_tracks (
      id uuid primary key,
      video_id uuid not null references videos (id) on delete cascade,
      kind text not null check (kind in ('captions', 'transcript')),
      -- Small letters, with the country's capital ones behind a hyphen where it is told.
      language text not null,
      source text not null check (source in ('drive', 'threePlay')),
      item_id uuid references content_items (id) on delete set null,
      s3_key text not null,
      md5 text not null,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (video_id, kind, language)
    );
    create index video_tracks_item_id on video_tracks (item_id);

    -- Whether captions that are the only change since the last live publish go out by themselves.
    alter table sites add column publishes_captions boolean not null default false;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table sites drop column publishes_captions; drop table video_tracks; drop table caption_orders; drop table youtube_quotas; drop table youtube_uploads; drop table transcode_jobs; drop table videos');
}
