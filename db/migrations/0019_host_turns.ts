import type { Knex } from 'knex';

/** Whose turn it is at hosts of the public web. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- From when on a host may be asked again: it is left alone between two requests, whichever worker they come from.
    create table host_turns (
      host text primary key,
      free_at timestamptz not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table host_turns');
}
