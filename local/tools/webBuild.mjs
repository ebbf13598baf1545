// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { runWithProgress } from './run.mjs';

/** What the built web app is made from; the web imports types and pure code of these rooms. */
const SOURCES = ['web', 'domain', 'api/contracts', 'package-lock.json'];

/**
 * Builds the web app when its sources have changed since the last build.
 * @param {{root: string, env: NodeJS.ProcessEnv, log: (line: string) => void}} options
 * @throws {import('./SetupError.mjs').SetupError} when the build fails.
 */
export async function ensureWebBuild({ root, env, log }) {
  const cache = join(root, 'node_modules', '.cache', 'ocw-studio');
  const stamp = join(cache, 'web-build');
  const onWait = (/** @type {{pid: number}} */ holder) => log(`Waiting for another build of the web app (process ${holder.pid}) …`);
  await withLock(`${stamp}.lock`, { waitMs: 10 * 60_000, onWait }, async () => {
    const hash = hashOfSources(root);
    const built = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
    if (built === hash && existsSync(join(root, 'web', 'dist', 'index.html'))) return;
    await runWithProgress({
      label: 'Building the web app',
      command: process.execPath,
      args: [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'web'],
      cwd: root,
      env,
      log,
      progressOf: (line) => /\d+ modules transformed/.exec(line)?.[0],
    });
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, hash);
  });
}

/** @param {string} root */
export function hashOfSources(root) {
  const hash = createHash('sha256');
  const visit = (/** @type {string} */ path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const entries = readEntries(full);
    if (entries === null) {
      hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
      return;
    }
    for (const name of entries.sort()) {
      if (name !== 'node_modules' && name !== 'dist' && !name.startsWith('.')) visit(`${path}/${name}`);
    }
  };
  for (const source of SOURCES) visit(source);
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[] | null} null for a file.
 */
function readEntries(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOTDIR') return null;
    throw error;
  }
}
