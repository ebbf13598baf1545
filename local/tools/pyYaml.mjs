// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './SetupError.mjs';
import { withLock } from './lock.mjs';
import { toolsFolder } from './nativeTools.mjs';
import { pythonOn } from './prerequisites.mjs';
import { run, runWithProgress } from './run.mjs';

const SAYS_VERSION = ['-c', 'import yaml; print(yaml.__version__)'];

/**
 * Python's own YAML, with which tests compare ours: the machine's, or the pinned wheel in the cache of tools.
 * @param {{root: string, env: NodeJS.ProcessEnv, log: (line: string) => void}} options
 * @returns {Promise<string | undefined>} what PYTHONPATH needs, empty when nothing; undefined when there is none, and the reason was logged.
 */
export async function ensurePyYaml({ root, env, log }) {
  const python = pythonOn(env);
  if (python === null) {
    log('No Python was found, so the tests that compare our YAML with Python’s are skipped: install python3 and its pip.');
    return undefined;
  }
  const own = await run(python, SAYS_VERSION, { env, timeoutMs: 30_000 });
  if (own.code === 0 && /^6\./m.test(own.output)) return '';
  const requirements = join(root, 'local', 'requirements-tests.txt');
  const version = await run(python, ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'], { env, timeoutMs: 30_000 });
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  // A wheel is for one Python: another one on the same machine gets its own.
  const folder = join(toolsFolder(env), `pyyaml-${process.platform}-${process.arch}-${version.output.trim()}-${pins}`);
  try {
    await withLock(`${folder}.lock`, { waitMs: 5 * 60_000, onWait: (holder) => log(`Waiting for another set-up (process ${holder.pid}) that fetches PyYAML …`) }, async () => {
      if (existsSync(folder)) return; // the one we waited for did it
      const draft = `${folder}.part`;
      rmSync(draft, { recursive: true, force: true }); // what a killed set-up left; the lock says nobody is at it
      mkdirSync(draft, { recursive: true });
      await runWithProgress({
        label: 'Fetching PyYAML for the tests',
        command: python,
        args: ['-m', 'pip', 'install', '--target', draft, '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-compile', '--progress-bar', 'off', '-r', requirements],
        // A person's pip settings may say --user, which pip refuses together with --target.
        env: { ...env, PIP_USER: 'false', PIP_REQUIRE_VIRTUALENV: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
        log,
      });
      renameSync(draft, folder);
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    log(`${error.message}\nThe tests that compare our YAML with Python’s are skipped.`);
    return undefined;
  }
  return folder;
}
