import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '#db/knex.ts';
import { createDatabase, useDatabase } from '#test/support/postgres.ts';
import { readSchema } from './support/readSchema.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const snapshot: unknown = JSON.parse(readFileSync(new URL('../../db/schema.snapshot.json', import.meta.url), 'utf8'));
/** What a migration of an empty database says it applied. */
const everything = `Applied ${readdirSync(new URL('../../db/migrations', import.meta.url)).sort().join(', ')}.\n`;
const run = promisify(execFile);

/** Migrates as an operator does: Knex loads migrations by itself, and only a process with tsx can. */
async function migrate(databaseUrl: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'db/migrate.ts'], { cwd: root, env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl } });
  return stdout;
}

describe('migrating an empty database', () => {
  let empty: Awaited<ReturnType<typeof createDatabase>>;
  beforeAll(async () => {
    empty = await createDatabase({ migrated: false });
  });
  afterAll(() => empty.drop());

  it('makes the schema that is written down, and a second time changes nothing', async () => {
    expect(await readSchema(empty.db)).toEqual({});
    expect(await migrate(empty.url)).toBe(everything);
    const made = await readSchema(empty.db);
    expect(made, 'Run node --import tsx test/db/writeSchemaSnapshot.ts and read the difference').toEqual(snapshot);
    expect(await migrate(empty.url)).toBe('The database is up to date.\n');
    expect(await readSchema(empty.db)).toEqual(made);
  });

  it('can be taken back', async () => {
    for (const file of readdirSync(`${root}/db/migrations`).sort().reverse()) {
      const migration = (await import(`${root}/db/migrations/${file}`)) as { down(db: Db): Promise<void> };
      await migration.down(empty.db);
    }
    expect(await readSchema(empty.db)).toEqual({});
  });

  it('goes on where a killed process left its lock', async () => {
    await empty.db('knex_migrations').delete();
    await empty.db('knex_migrations_lock').update({ is_locked: 1 });
    expect(await migrate(empty.url)).toBe(everything);
    expect(await readSchema(empty.db)).toEqual(snapshot);
  });

  it('says that the address of the database is missing', async () => {
    await expect(run(process.execPath, ['--import', 'tsx', 'db/migrate.ts'], { cwd: root, env: { PATH: process.env['PATH'] } })).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_URL must be set to migrate.') as string });
  });
});

it('two processes that migrate at once make one whole schema', async () => {
  const empty = await createDatabase({ migrated: false });
  try {
    const said = await Promise.all([migrate(empty.url), migrate(empty.url)]);
    expect(said.sort()).toEqual([everything, 'The database is up to date.\n']);
    expect(await readSchema(empty.db)).toEqual(snapshot);
  } finally {
    await empty.drop();
  }
});

describe('the schema', () => {
  const database = useDatabase();

  it('has an index for every foreign key, so that a delete does not read whole tables', async () => {
    const { rows } = await database.db.raw<{ rows: { table: string; column: string }[] }>(`
      select c.relname as table, a.attname as column from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
      where k.contype = 'f' and not exists (select 1 from pg_index x where x.indrelid = c.oid and x.indkey[0] = k.conkey[1] and x.indpred is null)`);
    expect(rows).toEqual([]);
  });

  it('has plural snake_case tables with an id or a key of their own, and times with their zone', async () => {
    const schema = await readSchema(database.db);
    for (const [table, { columns, constraints }] of Object.entries(schema)) {
      expect(table).toMatch(table === 'installation' ? /^installation$/ : /^[a-z]+(_[a-z]+)*s$/);
      expect(Object.values(constraints).some((definition) => definition.startsWith('PRIMARY KEY'))).toBe(true);
      for (const [column, definition] of Object.entries(columns)) expect([table, column, definition]).not.toEqual([table, column, expect.stringMatching(/timestamp without/)]);
    }
  });
});
