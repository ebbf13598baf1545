// @ts-check
// The bootstrap: it runs on a bare clone, so it may import nothing but Node and its own folder.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './tools/SetupError.mjs';
import { ensureChromium } from './tools/chromium.mjs';
import { ensureNativeTools, findNativeTools } from './tools/nativeTools.mjs';
import { ensureNodeModules } from './tools/nodeModules.mjs';
import { missingPrerequisites } from './tools/prerequisites.mjs';
import { ensurePyYaml } from './tools/pyYaml.mjs';
import { ensureUnzip } from './tools/unzip.mjs';

/** The checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Tools
 * @property {string} hugoBin
 * @property {string} temporalCli
 * @property {string} temporalTestServer
 * @property {string} versitygwBin
 * @property {string} [chromiumBin] only when asked for tests, and only where there is one
 * @property {string} [pyYamlDir] only when asked for tests: what PYTHONPATH needs for Python's own YAML, empty when nothing
 */

/**
 * Makes this machine ready: prerequisites, npm packages, native tools, and for tests a browser, unzip and Python's YAML. Quick when all is there.
 * @param {{forTests?: boolean, env?: NodeJS.ProcessEnv, log?: (line: string) => void}} [options]
 * @returns {Promise<Tools>}
 * @throws {SetupError} whose message says what a person must mend.
 */
export async function setup({ forTests = false, env = process.env, log = (line) => void process.stdout.write(`${line}\n`) } = {}) {
  const found = await findNativeTools({ root: ROOT, env });
  const needs = {
    python: found.temporalCli === null || found.temporalTestServer === null || found.hugoBin === null,
    go: found.versitygwBin === null,
  };
  const missing = await missingPrerequisites(env, needs);
  if (missing.length > 0) throw new SetupError(missing.join('\n'));
  await ensureNodeModules({ root: ROOT, env, log });
  const tools = await ensureNativeTools({ root: ROOT, env, found, log });
  if (!forTests) return tools;
  const chromiumBin = await ensureChromium({ env, log });
  await ensureUnzip({ env, log });
  const pyYamlDir = await ensurePyYaml({ root: ROOT, env, log });
  return { ...tools, ...(chromiumBin === undefined ? {} : { chromiumBin }), ...(pyYamlDir === undefined ? {} : { pyYamlDir }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const tools = await setup({ forTests: process.argv.includes('--for-tests') });
    process.stdout.write(`${JSON.stringify(tools, null, 2)}\n`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
