// @ts-check
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../tools/run.mjs';
import { answers, untilReady } from './children.mjs';

/** How long the dev server keeps closed runs; its own default is a day. */
const RETENTION = '3d';

/**
 * Starts Temporal's dev server with its Web UI on a database file.
 * @param {{home: string, cli: string, port: number, uiPort: number, namespace: string, env: NodeJS.ProcessEnv,
 *   children: import('./children.mjs').Children, signal: AbortSignal, log: (line: string) => void}} options
 * @throws {import('../tools/SetupError.mjs').SetupError} when it does not come up.
 */
export async function startTemporal({ home, cli, port, uiPort, namespace, env, children, signal, log }) {
  const folder = join(home, 'temporal');
  mkdirSync(folder, { recursive: true });
  const database = join(folder, 'temporal.db');
  await setAsideOtherVersion(cli, folder, database, env, log);
  const child = children.spawn({
    name: 'temporal',
    command: cli,
    args: [
      'server', 'start-dev',
      '--db-filename', database,
      '--namespace', namespace,
      '--ip', '127.0.0.1',
      '--port', String(port),
      '--ui-port', String(uiPort),
      '--ui-disable-news-fetch',
      '--headless=false',
      '--log-level', 'warn',
      // A killed server finds every commit again; only a power cut could cost the last ones.
      '--sqlite-pragma', 'journal_mode=WAL',
      '--sqlite-pragma', 'synchronous=NORMAL',
      '--search-attribute', 'SiteName=Keyword',
      '--search-attribute', 'Process=Keyword',
      '--search-attribute', 'PublishVersion=Keyword',
      '--search-attribute', 'RequestedBy=Keyword',
    ],
    env: temporalEnvironment(env),
    cwd: folder,
  });
  const probe = async () => {
    if (!(await answers(`http://127.0.0.1:${uiPort}/`))) return false;
    const args = ['operator', 'namespace', 'update', '--namespace', namespace, '--retention', RETENTION, '--address', `127.0.0.1:${port}`];
    return (await run(cli, args, { env: temporalEnvironment(env), timeoutMs: 10_000 })).code === 0;
  };
  await untilReady({ child, probe, seconds: 60, signal, everyMs: 100 });
}

/**
 * The CLI obeys TEMPORAL_… variables, which here mean the product's connection, or a person's own cluster.
 * @param {NodeJS.ProcessEnv} env
 */
function temporalEnvironment(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/**
 * A database file that another version wrote may not open: it is kept beside, and the server begins a new one.
 * @param {string} cli
 * @param {string} folder
 * @param {string} database
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
async function setAsideOtherVersion(cli, folder, database, env, log) {
  const { output } = await run(cli, ['--version'], { env: temporalEnvironment(env), timeoutMs: 30_000 });
  const version = /temporal version (\S+)/.exec(output)?.[1] ?? 'unknown';
  const stamp = join(folder, 'version');
  const wrote = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : version;
  if (wrote !== version && existsSync(database)) {
    const aside = join(folder, `temporal-${wrote}-${Date.now()}.db`);
    for (const suffix of ['', '-wal', '-shm']) if (existsSync(`${database}${suffix}`)) renameSync(`${database}${suffix}`, `${aside}${suffix}`);
    log(`Temporal ${version} may not read what ${wrote} wrote: the old database is kept as ${aside}, runs that were open are closed by the studio.`);
  }
  writeFileSync(stamp, version);
}
