import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, inject } from 'vitest';
import { createDb, type Db } from '#db/knex.ts';
import type { Service } from './services.ts';

export interface TestDatabase {
  readonly url: string;
  readonly db: Db;
  /** Empties every table, for tests of one file that must not see each other's rows. */
  clear(): Promise<void>;
}

async function withAdmin<T>(url: string, work: (admin: Db) => Promise<T>): Promise<T> {
  const admin = createDb(url, { poolMax: 1, applicationName: 'test-admin' });
  try {
    return await work(admin);
  } finally {
    await admin.destroy();
  }
}

/** Address of another database of the same server. */
function named(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

/**
 * A fresh database on the run's Postgres: a copy of the migrated one, or with `migrated: false` an empty one.
 * The caller ends it with `drop()`.
 * @throws {Error} when Postgres does not come up.
 */
export async function createDatabase(options: { migrated?: boolean } = {}): Promise<TestDatabase & { drop(): Promise<void> }> {
  const answer = await fetch(`${inject('services')}/postgres`);
  if (!answer.ok) throw new Error(await answer.text());
  const { databaseUrl: template } = (await answer.json()) as Service;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Connected to another database than the template: Postgres copies none that somebody uses.
  const maintenance = named(template, 'postgres');
  await withAdmin(maintenance, (admin) => admin.raw('create database ?? template ??', [name, options.migrated === false ? 'template1' : new URL(template).pathname.slice(1)]));
  const url = named(template, name);
  const db = createDb(url, { poolMax: 10, applicationName: 'test' });
  return {
    url,
    db,
    async clear() {
      const { rows } = await db.raw<{ rows: { tablename: string }[] }>(`select tablename from pg_tables where schemaname = 'public' and tablename not like 'knex_%'`);
      await db.raw(`truncate ${rows.map(() => '??').join(', ')} cascade`, rows.map((row) => row.tablename));
    },
    async drop() {
      await db.destroy();
      await withAdmin(maintenance, (admin) => admin.raw('drop database if exists ?? with (force)', [name]));
    },
  };
}

/**
 * Gives the tests of a file (or of the `describe` it stands in) a migrated database of their own.
 * What it returns can be read from the first `beforeAll` after it.
 */
export function useDatabase(): TestDatabase {
  let database: Awaited<ReturnType<typeof createDatabase>> | undefined;
  const opened = (): TestDatabase => {
    if (database === undefined) throw new Error('The database is there from beforeAll on; read it inside a test or a hook');
    return database;
  };
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    await database?.drop();
  });
  return {
    get url() {
      return opened().url;
    },
    get db() {
      return opened().db;
    },
    clear: () => opened().clear(),
  };
}
