// @ts-check
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess } from '../tools/processIdentity.mjs';

/** @typedef {{pid: number, startedAt: string}} ProcessIdentity */
/** @typedef {Record<string, ProcessIdentity>} Pids */

/** Those who use a part end before it: first every name that is not here (API, workers, watchdog), then the stand-ins at once, then services one by one. */
const STAND_INS = ['concourse', 'fastly', 'learn', 'mailgun', 'drive', 'youtube', 'wayback', 'mediaConvert', 'threePlay', 'samlIdp', 'github'];
const SERVICES = ['temporal', 's3', 'postgres'];

/**
 * The names in the order in which their processes must end, as groups that may end together.
 * @param {readonly string[]} names
 * @returns {string[][]}
 */
export function endingOrder(names) {
  const first = names.filter((name) => !STAND_INS.includes(name) && !SERVICES.includes(name));
  const standIns = STAND_INS.filter((name) => names.includes(name));
  const services = SERVICES.filter((name) => names.includes(name)).map((name) => [name]);
  return [first, standIns, ...services].filter((group) => group.length > 0);
}

/**
 * The signal that makes a part end in good order: Postgres takes TERM as "wait for every client to leave".
 * @param {string} name
 * @returns {NodeJS.Signals}
 */
export function endingSignal(name) {
  return name === 'postgres' ? 'SIGINT' : 'SIGTERM';
}

/**
 * Sends a signal to a process group; one that is gone needs none. Signal 0 only asks.
 * @param {number} pid
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether there was a group.
 */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/**
 * Ends those of the recorded processes that still run, in order: politely, then by force. A pid that now belongs to another process is left alone.
 * @param {Pids} pids
 * @param {{graceMs?: number}} [options]
 * @returns {Promise<string[]>} the names that were ended.
 */
export async function endRecorded(pids, { graceMs = 10_000 } = {}) {
  /** @type {string[]} */
  const ended = [];
  for (const group of endingOrder(Object.keys(pids))) {
    await Promise.all(group.map(async (name) => {
      const identity = pids[name];
      if (identity === undefined || !isSameProcess(identity)) return;
      ended.push(name);
      if (name === 'postgres') process.kill(identity.pid, endingSignal(name));
      else signalGroup(identity.pid, endingSignal(name));
      const deadline = Date.now() + graceMs;
      while (isSameProcess(identity) && Date.now() < deadline) await delay(25);
      if (isSameProcess(identity)) signalGroup(identity.pid, 'SIGKILL');
      while (isSameProcess(identity) && Date.now() < deadline + 5_000) await delay(25);
    }));
  }
  return ended;
}

/**
 * @param {string} path
 * @returns {Pids}
 */
export function readPids(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {}; // none were recorded
  }
}

/**
 * @param {string} path
 * @param {Pids} pids
 */
export function writePids(path, pids) {
  if (Object.keys(pids).length === 0) {
    rmSync(path, { force: true });
    return;
  }
  writeFileSync(`${path}.new`, JSON.stringify(pids));
  renameSync(`${path}.new`, path);
}
