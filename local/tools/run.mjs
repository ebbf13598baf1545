// @ts-check
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from './SetupError.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Ends what `run` is running, for a start command that is told to stop during set-up. */
export function endRunning() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Runs a command to its end and keeps its output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number, account?: {uid: number, gid: number}, onLine?: (line: string) => void}} [options]
 *   account: the user it runs as, when that is another one
 * @returns {Promise<{code: number | null, output: string}>} code null when it could not be started or was ended.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], ...options.account });
    running.add(child);
    /** @type {string[]} */
    const lines = [];
    const keep = (/** @type {string} */ line) => {
      lines.push(line);
      if (lines.length > 4000) lines.splice(0, 2000); // a build's output may be long, its end is what matters
      options.onLine?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', keep);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    const finish = (/** @type {number | null} */ code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, output: lines.join('\n') });
    };
    child.on('error', (error) => {
      lines.push(error.message);
      finish(null);
    });
    child.on('close', finish);
  });
}

/**
 * Runs a long command and says every few seconds how far it is.
 * @param {{label: string, command: string, args: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv,
 *   log: (line: string) => void, progressOf?: (line: string) => string | undefined, everyMs?: number}} job
 *   progressOf turns an output line into "how far"; undefined keeps the last one.
 * @throws {SetupError} with the end of the output when the command fails.
 */
export async function runWithProgress(job) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  let far = '';
  job.log(`${job.label} …`);
  const timer = setInterval(() => job.log(`${job.label} … ${seconds()} s${far === '' ? '' : `, ${far}`}`), job.everyMs ?? 5000);
  try {
    const { code, output } = await run(job.command, job.args, {
      cwd: job.cwd ?? process.cwd(),
      env: job.env ?? process.env,
      onLine: (line) => {
        far = job.progressOf?.(line) ?? far;
      },
    });
    if (code !== 0) {
      throw new SetupError(`${job.label} failed (${job.command} ${job.args[0] ?? ''} ended with ${code ?? 'a signal'}):\n${essence(output)}`);
    }
  } finally {
    clearInterval(timer);
  }
  job.log(`${job.label}: done in ${seconds()} s`);
}

/**
 * The first lines that speak of an error (npm hides them above its help) and the last lines.
 * @param {string} output
 */
function essence(output) {
  const lines = output.trim().split('\n');
  const end = Math.max(0, lines.length - 12);
  const errors = lines.slice(0, end).filter((line) => /\berror\b/i.test(line)).slice(0, 10);
  return [...errors, ...lines.slice(end)].join('\n');
}

/**
 * Where a command lies on a PATH.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | null}
 */
export function findOnPath(name, env) {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
