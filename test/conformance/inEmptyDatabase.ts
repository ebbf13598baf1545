import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDb } from '#db/knex.ts';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** Does something with a migrated and empty database that is there for it alone. */
export async function inEmptyDatabase<T>(work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'ocw-conformance-'));
  const env = { ...process.env };
  for (const name of ['DATABASE_URL', 'STUDIO_HOME']) delete env[name];
  const stack = await startStack({ home, env, tools: { hugoBin: '', temporalCli: '', temporalTestServer: '', versitygwBin: '' }, parts: onlyParts('postgres'), ephemeralPorts: true });
  const db = createDb(stack.stack.databaseUrl, { poolMax: 10, applicationName: 'conformance' });
  try {
    return await work({ url: stack.stack.databaseUrl, db, clear: async () => undefined });
  } finally {
    await db.destroy();
    await stack.stop();
    removeHome(home);
  }
}
