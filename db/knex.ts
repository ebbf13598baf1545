import knexFactory, { type Knex } from 'knex';
import pg from 'pg';
import { fileURLToPath } from 'node:url';

export type Db = Knex;

// bigint columns here are counters far below 2^53; numbers are easier to compare than strings.
pg.types.setTypeParser(pg.types.builtins.INT8, (value) => Number(value));

/** Opens a pool of at most `poolMax` connections; the caller ends it with `db.destroy()`. */
export function createDb(databaseUrl: string, options: { poolMax?: number; applicationName?: string } = {}): Db {
  return knexFactory({
    client: 'pg',
    connection: { connectionString: databaseUrl, application_name: options.applicationName ?? 'ocw-studio' },
    pool: { min: 0, max: options.poolMax ?? 10 },
    acquireConnectionTimeout: 10_000,
    migrations: {
      directory: fileURLToPath(new URL('./migrations', import.meta.url)),
      loadExtensions: ['.ts'],
      extension: 'ts',
    },
  });
}

/** Any number, the same in every process: who holds it may migrate. */
const MIGRATION_LOCK = 7_210_465;

/**
 * Brings the schema to the newest migration; processes that start at once take turns. Needs three connections.
 * @returns the files that were applied.
 */
export async function migrate(db: Db): Promise<string[]> {
  return db.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    // Knex's own lock is a row that a killed process leaves behind for good; ours ends with its connection.
    await db.migrate.forceFreeMigrationsLock();
    const [, applied] = (await db.migrate.latest()) as [number, string[]];
    return applied;
  });
}
