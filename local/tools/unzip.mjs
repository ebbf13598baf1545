// @ts-check
import { existsSync } from 'node:fs';
import { SetupError } from './SetupError.mjs';
import { findOnPath, runWithProgress } from './run.mjs';

/**
 * Debian's unzip, by which tests open zips as readers do: an installed one, or Debian's where we may install it.
 * @param {{env: NodeJS.ProcessEnv, log: (line: string) => void}} options
 */
export async function ensureUnzip({ env, log }) {
  if (findOnPath('unzip', env) !== null) return;
  const apt = findOnPath('apt-get', env);
  if (apt === null || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    log('No unzip was found, so zips are opened by Python alone: install unzip to have them opened by it too.');
    return;
  }
  const options = { command: apt, env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, log };
  try {
    await runWithProgress({ ...options, label: 'Reading the package lists (for unzip)', args: ['update'] });
    await runWithProgress({ ...options, label: 'Installing unzip for the tests', args: ['install', '-y', '--no-install-recommends', 'unzip'] });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    log(`${error.message}\nZips are opened by Python alone.`);
  }
}
