import type { Knex } from 'knex';

/** What the webhook of the projects repository was last set to. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table installation
      -- A fingerprint of the hook and its secret, for GitHub shows no secret; null until the studio set it.
      add column starters_hook text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table installation drop column starters_hook');
}
