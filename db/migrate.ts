import { createDb, migrate } from './knex.ts';

const databaseUrl = process.env['DATABASE_URL'];
if (databaseUrl === undefined || databaseUrl === '') {
  process.stderr.write('DATABASE_URL must be set to migrate.\n');
  process.exit(1);
}
const db = createDb(databaseUrl, { poolMax: 2, applicationName: 'ocw-studio-migrate' });
try {
  const applied = await migrate(db);
  process.stdout.write(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
} finally {
  await db.destroy();
}
