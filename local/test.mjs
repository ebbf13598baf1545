// @ts-check
// `npm test`: the same set-up as `npm start`, then everything that must hold. A failed step does not keep the later ones from running.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ROOT, setup } from './setup.mjs';
import { PORTS } from './stack/ports.mjs';
import { SetupError } from './tools/SetupError.mjs';
import { endRunning } from './tools/run.mjs';
import { slowestFiles, verdict } from './tools/verdict.mjs';
import { ensureWebBuild } from './tools/webBuild.mjs';

const log = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);
const bin = (/** @type {string} */ path) => join(ROOT, 'node_modules', path);

/** @type {import('node:child_process').ChildProcess | null} */
let step = null;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    endRunning();
    step?.kill(signal);
    process.exitCode = 1;
    interrupted = true;
  });
}
let interrupted = false;

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}

async function main() {
  const tools = await setup({ forTests: true, log });
  const env = testEnvironment(tools);
  const extra = process.argv.slice(2);
  const scratch = mkdtempSync(join(tmpdir(), 'ocw-studio-results-'));
  try {
    const checks = [];
    // With arguments (`npm test -- test/domain`) only those tests run.
    for (const check of extra.length > 0 ? [] : checkSteps()) {
      if (interrupted) return false;
      checks.push({ name: check.name, passed: await check.work(env) });
    }
    const resultsFile = join(scratch, 'results.json');
    const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'local', 'tools', 'vitestReporter.mjs')}`];
    const testsExited = interrupted ? null : await runStep('tests', process.execPath, [bin('vitest/vitest.mjs'), 'run', ...reporters, ...extra], { ...env, OCW_TEST_RESULTS: resultsFile });
    const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : null;
    const { lines, passed, failed, skipped } = verdict({ checks, results, testsExited, corpus: env['OCW_CORPUS'] !== undefined });
    log('\nThe slowest files:');
    for (const line of slowestFiles(results)) log(line);
    log('');
    for (const line of lines) log(line);
    log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    return failed === 0 && !interrupted;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns {{name: string, work: (env: NodeJS.ProcessEnv) => Promise<boolean>}[]} */
function checkSteps() {
  const node = async (/** @type {string} */ name, /** @type {string[]} */ args, /** @type {NodeJS.ProcessEnv} */ env) => (await runStep(name, process.execPath, args, env)) === 0;
  return [
    { name: 'lint', work: (env) => node('lint', [bin('eslint/bin/eslint.js'), '.'], env) },
    { name: 'nothing unused', work: (env) => node('nothing unused', [bin('knip/bin/knip.js'), '--no-progress'], env) },
    { name: 'types', work: (env) => node('types', [bin('typescript/bin/tsc'), '--noEmit'], env) },
    { name: 'types of the web app', work: (env) => node('types of the web app', [bin('svelte-check/bin/svelte-check'), '--workspace', 'web', '--tsconfig', join(ROOT, 'web', 'tsconfig.json')], env) },
    { name: 'build of the web app', work: buildWeb },
  ];
}

/** @param {NodeJS.ProcessEnv} env */
async function buildWeb(env) {
  try {
    await ensureWebBuild({ root: ROOT, env, log });
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    log(error.message);
    return false;
  }
}

/**
 * The tests' environment: the tools found by set-up, the corpus by its absolute path, and none of a person's own deployment.
 * @param {import('./setup.mjs').Tools} tools
 * @returns {NodeJS.ProcessEnv}
 */
function testEnvironment(tools) {
  const corpus = process.env['OCW_CORPUS'];
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, HUGO_BIN: tools.hugoBin, TEMPORAL_CLI: tools.temporalCli, TEMPORAL_TEST_SERVER: tools.temporalTestServer, VERSITYGW_BIN: tools.versitygwBin };
  if (tools.chromiumBin !== undefined) env['CHROMIUM_BIN'] = tools.chromiumBin;
  if (tools.pyYamlDir !== undefined) env['PYYAML_DIR'] = tools.pyYamlDir;
  if (corpus === undefined || corpus === '') delete env['OCW_CORPUS'];
  else env['OCW_CORPUS'] = resolve(corpus);
  const replacements = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'AWS_ENDPOINT_URL_S3', 'GIT_API_URL', 'SAML_IDP_METADATA', 'OCW_STUDIO_DRAFT_URL', 'OCW_STUDIO_LIVE_URL', 'OCW_STUDIO_TEST_URL', 'FASTLY_API_URL', 'OPEN_CATALOG_URLS', 'CONCOURSE_URL', 'API_BEARER_TOKEN', 'MAILGUN_API_URL', 'MAILGUN_KEY', 'MAIL_SMTP_URL', 'STUDIO_PREVIEW_URL_TEMPLATE'];
  for (const name of ['STUDIO_HOME', 'STUDIO_BASE_URL', ...replacements, ...Object.values(PORTS).map((port) => port.variable)]) delete env[name];
  return env;
}

/**
 * Runs one step with its output shown.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | null>}
 */
async function runStep(name, command, args, env) {
  log(`\n== ${name}`);
  const startedAt = Date.now();
  const code = await new Promise((resolveCode) => {
    step = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] });
    step.once('error', () => resolveCode(null));
    step.once('close', resolveCode);
  });
  step = null;
  log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  return code;
}
