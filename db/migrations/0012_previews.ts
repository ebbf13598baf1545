import type { Knex } from 'knex';

/** The secret from which the addresses of previews are made, so that none can be guessed. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table installation
      -- Two random uuids: 244 bits. Replacing it ends every address that was handed out.
      add column preview_secret text not null default replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table installation drop column preview_secret');
}
