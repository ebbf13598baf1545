/**
 * Writes db/schema.snapshot.json: what the migrations make of an empty database. Run it by hand after a new migration
 * (`node --import tsx test/db/writeSchemaSnapshot.ts`) and read the difference; no test ever writes the file.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDb } from '#db/knex.ts';
import { removeHome } from '#local/stack/postgres.mjs';
import { startStack } from '#local/stack/startStack.mjs';
import { onlyParts } from '#test/support/onlyParts.ts';
import { readSchema } from './support/readSchema.ts';

const home = mkdtempSync(join(tmpdir(), 'ocw-schema-'));
const env = { ...process.env };
delete env['DATABASE_URL'];
const stack = await startStack({
  home,
  env,
  parts: onlyParts('postgres'),
  ephemeralPorts: true,
});
try {
  const db = createDb(stack.stack.databaseUrl, { poolMax: 1 });
  writeFileSync(fileURLToPath(new URL('../../db/schema.snapshot.json', import.meta.url)), `${JSON.stringify(await readSchema(db), null, 2)}\n`);
  await db.destroy();
} finally {
  await stack.stop();
  removeHome(home);
}
