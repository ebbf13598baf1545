// @ts-check
import { findOnPath, run } from './run.mjs';

/** @typedef {{python: boolean, go: boolean}} Needs what the missing native tools need; a machine that has them all needs neither. */

/**
 * Compares dotted versions by number.
 * @param {string} actual
 * @param {string} least
 */
export function isAtLeast(actual, least) {
  const a = actual.split('.').map(Number);
  const b = least.split('.').map(Number);
  for (let i = 0; i < b.length; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * Every missing prerequisite as one clear sentence; empty when all is there.
 * @param {NodeJS.ProcessEnv} env
 * @param {Needs} needs
 * @param {string} [nodeVersion]
 * @returns {Promise<string[]>}
 */
export async function missingPrerequisites(env, needs, nodeVersion = process.versions.node) {
  const faults = [];
  if (!isAtLeast(nodeVersion, '20.19')) {
    faults.push(`Node.js 20.19 or newer is needed, this is ${nodeVersion}: install it from https://nodejs.org or with your version manager.`);
  }
  const [git, npm, python, go] = await Promise.all([gitFault(env), npmFault(env), needs.python ? pythonFault(env) : null, needs.go ? goFault(env) : null]);
  for (const fault of [git, npm, python, go]) if (fault !== null) faults.push(fault);
  return faults;
}

/** @param {NodeJS.ProcessEnv} env */
async function gitFault(env) {
  const found = await versionOf(env, 'git', ['--version'], /git version (\d+\.\d+(\.\d+)?)/);
  if (found === null) return 'git 2.38 or newer is needed and was not found: install it with your package manager (Debian: apt-get install git).';
  return isAtLeast(found, '2.38') ? null : `git 2.38 or newer is needed, this is ${found}: update it with your package manager.`;
}

/** @param {NodeJS.ProcessEnv} env */
async function npmFault(env) {
  if (env['npm_execpath'] !== undefined || findOnPath('npm', env) !== null) return null;
  return 'npm is needed and was not found: it comes with Node.js from https://nodejs.org.';
}

/** @param {NodeJS.ProcessEnv} env */
async function pythonFault(env) {
  const python = pythonOn(env);
  const found = python === null ? null : await versionOf(env, python, ['--version'], /Python (\d+\.\d+(\.\d+)?)/);
  if (found === null) return 'Python 3.9 or newer with pip is needed and was not found: install it with your package manager (Debian: apt-get install python3 python3-pip).';
  if (!isAtLeast(found, '3.9')) return `Python 3.9 or newer is needed, this is ${found}: update it with your package manager.`;
  const pip = await run(/** @type {string} */ (python), ['-m', 'pip', '--version'], { env, timeoutMs: 30_000 });
  return pip.code === 0 ? null : `Python ${found} is here, but its pip is missing: install it with your package manager (Debian: apt-get install python3-pip).`;
}

/** @param {NodeJS.ProcessEnv} env */
async function goFault(env) {
  const found = await versionOf(env, 'go', ['version'], /go version go(\d+\.\d+(\.\d+)?)/);
  if (found === null) return 'Go 1.25 or newer is needed (it builds the local S3 server) and was not found: install it from https://go.dev/dl/.';
  return isAtLeast(found, '1.25') ? null : `Go 1.25 or newer is needed, this is ${found}: install it from https://go.dev/dl/.`;
}

/**
 * The Python command of this machine.
 * @param {NodeJS.ProcessEnv} env
 */
export function pythonOn(env) {
  return findOnPath('python3', env) ?? findOnPath('python', env);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RegExp} pattern
 * @returns {Promise<string | null>}
 */
async function versionOf(env, command, args, pattern) {
  const path = command.includes('/') ? command : findOnPath(command, env);
  if (path === null) return null;
  const { output } = await run(path, args, { env, timeoutMs: 30_000 });
  return pattern.exec(output)?.[1] ?? null;
}
