import type { Knex } from 'knex';

/** How often an upload to YouTube was begun. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Whoever begins a session says how many there were when its video was last looked for: one that was lost since then is looked for first.
    alter table youtube_uploads add column sessions smallint not null default 0;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table youtube_uploads drop column sessions');
}
