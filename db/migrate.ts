import { createDb, migrate } from './knex.ts';

// eslint-disable-next-line no-restricted-properties -- migrating needs the one variable, and must not ask for the rest of the configuration
const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  process.stderr.write('DATABASE_URL must be set to migrate.\n');
  process.exit(1);
}
const db = createDb(databaseUrl, { poolMax: 3, applicationName: 'ocw-studio-migrate' });
try {
  const applied = await migrate(db);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
} finally {
  await db.destroy();
}
