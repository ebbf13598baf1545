import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type Koa from 'koa';
import { createLog } from '#clients/createLog.ts';
import { exitOnCrash } from '#clients/exitOnCrash.ts';
import { openAnalytics } from '#clients/posthog.ts';
import { createS3 } from '#clients/s3.ts';
import { openErrorReports } from '#clients/sentry.ts';
import { ConfigError, loadConfig } from '#config/load.ts';
import { secretsOf } from '#config/secretsOf.ts';
import { createDb } from '#db/knex.ts';
import { upsertApiToken } from '#db/queries/apiTokens.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { deleteOldDrafts } from '#db/queries/itemDrafts.ts';
import { deleteOldPresences } from '#db/queries/itemPresences.ts';
import { deleteOldOidcRequests } from '#db/queries/oidcRequests.ts';
import { deleteOldViewers } from '#db/queries/previews.ts';
import { deleteOldSaml } from '#db/queries/samlRequests.ts';
import { deleteExpiredSessions } from '#db/queries/sessions.ts';
import { createRedaction } from '#domain/redaction.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { createApp } from './app.ts';
import { loadSpKeys } from './auth/spKeys.ts';
import { hashToken } from './auth/tokens.ts';
import { createChangeFeed } from './changeFeed.ts';
import { createEngine } from './engine.ts';
import { createPreview } from './preview/createPreview.ts';
import { startRelay } from './relay.ts';
import { sweepUploads } from './sweepUploads.ts';

const CLEANUP_MS = 60 * 60_000;
/** How long what is still to be told may take at the end. */
const LAST_TELLING_MS = 2_000;

function serve(app: Koa): Server {
  const handler = app.callback();
  return createServer((request, response) => void handler(request, response));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

async function main(): Promise<void> {
  const config = loadConfig();
  const secrets = secretsOf(config);
  const log = createLog({ level: config.logLevel, part: 'api', secrets });
  const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
  const errors = await openErrorReports(config, { part: 'api', release: version, onFault: ({ error, ...fault }) => log.warn({ ...fault, err: error }, 'Sentry was not told of a fault') });
  exitOnCrash({ errors, log });
  const analytics = await openAnalytics(config, { onFault: (error) => log.warn({ err: error }, 'PostHog does not take events or tell of flags') });
  const db = createDb(config.databaseUrl, { poolMax: config.databasePoolMax, applicationName: 'ocw-studio-api' });
  const temporal = createTemporalClient(config);
  const s3 = createS3(config);
  const changes = createChangeFeed(config.databaseUrl, log);
  const engine = createEngine({ temporal, db, log, queuePrefix: config.temporalTaskQueuePrefix });
  const spKeys = await loadSpKeys(config.studioHome, config.samlSpEntityId ?? `${config.studioBaseUrl}/saml/metadata`);
  if (config.studioInitialApiToken !== undefined) await upsertApiToken(db, { name: 'command line', tokenHash: hashToken(config.studioInitialApiToken), roles: ['global_admin'] });
  const owner = await readInstallation(db, config.studioInstallation);
  if (owner !== config.studioInstallation) log.warn({ owner, installation: config.studioInstallation }, 'This database belongs to another installation: outward effects are off');

  const app = createApp({ config, db, s3, engine, changes, log, version, errors, analytics }, { spKeys, strictAnswers: false, redact: createRedaction(secrets) });
  changes.start();
  const relay = startRelay({ db, engine, log });
  const cleanup = setInterval(() => {
    Promise.all([deleteExpiredSessions(db), deleteOldSaml(db), deleteOldOidcRequests(db), deleteOldViewers(db)]).catch((error: unknown) => log.warn({ err: error }, 'Old sessions could not be removed'));
    Promise.all([deleteOldDrafts(db), deleteOldPresences(db)]).catch((error: unknown) => log.warn({ err: error }, 'Old drafts could not be removed'));
    sweepUploads({ config, db, s3 }).catch((error: unknown) => log.warn({ err: error }, 'Uploads that were never finished could not be removed'));
  }, CLEANUP_MS);

  const server = serve(app);
  server.requestTimeout = 30 * 60_000; // An import may be large.
  const previews = serve(createPreview({ config, db, s3, log }));
  await Promise.all([listen(server, config.studioPort, config.studioHost), listen(previews, config.studioPreviewPort, config.studioHost)]);
  log.info({ url: config.studioBaseUrl }, 'Listening');

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    clearInterval(cleanup);
    for (const each of [server, previews]) {
      each.close();
      each.closeIdleConnections();
    }
    await relay.stop();
    await changes.stop();
    for (const each of [server, previews]) each.closeAllConnections();
    await Promise.all([errors.close(LAST_TELLING_MS), analytics.close(LAST_TELLING_MS)]);
    await temporal.connection.close();
    s3.close();
    await db.destroy();
    log.info('Stopped');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop().catch((error: unknown) => log.error({ err: error }, 'Stopping failed')));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
