// @ts-check
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess, processIdentity } from './processIdentity.mjs';

/** @typedef {{pid: number, startedAt: string}} Holder */

/**
 * Takes a lock file, or says who holds it. A lock whose holder is gone (killed) is taken over.
 * @param {string} path
 * @returns {{release: () => void} | {holder: Holder}}
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = processIdentity(process.pid);
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        linkSync(draft, path); // with its content, or not at all
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder !== null && isSameProcess(holder)) return { holder };
      const aside = `${draft}.stale`;
      try {
        renameSync(path, aside); // only one of two waiting processes gets to move it
        rmSync(aside, { force: true });
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
      }
    }
    throw new Error(`Could not take the lock ${path}: others keep taking it.`);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {Holder | null}
 */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null; // gone meanwhile, or torn: to be taken over
  }
}

/**
 * Runs something while holding a lock file; waits for another holder, and says so once.
 * @template T
 * @param {string} path
 * @param {{waitMs: number, onWait: (holder: Holder) => void}} options
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {Error} when the other holder has not ended within waitMs.
 */
export async function withLock(path, options, work) {
  const deadline = Date.now() + options.waitMs;
  let said = false;
  for (;;) {
    const taken = tryLock(path);
    if ('release' in taken) {
      try {
        return await work();
      } finally {
        taken.release();
      }
    }
    if (!said) options.onWait(taken.holder);
    said = true;
    if (Date.now() > deadline) throw new Error(`Process ${taken.holder.pid} has held ${path} for too long.`);
    await delay(250);
  }
}
