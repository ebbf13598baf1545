// @ts-check
import { existsSync } from 'node:fs';
import { SetupError } from './SetupError.mjs';
import { findOnPath, isExecutable, runWithProgress } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * A browser for the tests: the named one, an installed one, or Debian's where we may install it.
 * @param {{env: NodeJS.ProcessEnv, log: (line: string) => void}} options
 * @returns {Promise<string | undefined>} undefined when there is none; the reason was logged.
 * @throws {SetupError} when CHROMIUM_BIN names no program.
 */
export async function ensureChromium({ env, log }) {
  const named = env['CHROMIUM_BIN'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new SetupError(`CHROMIUM_BIN is ${named}, which is no program that can be run.`);
  }
  const installed = installedChromium(env);
  if (installed !== undefined) return installed;
  const apt = findOnPath('apt-get', env);
  if (apt === null || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    log('No Chromium was found, so the browser tests are skipped: install Chromium or Chrome, or name one with CHROMIUM_BIN.');
    return undefined;
  }
  const options = { command: apt, env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, log };
  try {
    await runWithProgress({ ...options, label: 'Reading the package lists (for Chromium)', args: ['update'] });
    await runWithProgress({
      ...options,
      label: 'Installing Chromium for the browser tests',
      args: ['install', '-y', '--no-install-recommends', 'chromium', 'unzip'],
      progressOf: (line) => /^(Get:\d+|Unpacking|Setting up) .{0,60}/.exec(line)?.[0],
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    log(`${error.message}\nThe browser tests are skipped: install Chromium, or name one with CHROMIUM_BIN.`);
    return undefined;
  }
  return installedChromium(env);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function installedChromium(env) {
  for (const name of NAMES) {
    const path = findOnPath(name, env);
    if (path !== null) return path;
  }
  return process.platform === 'darwin' && isExecutable(MAC) ? MAC : undefined;
}
