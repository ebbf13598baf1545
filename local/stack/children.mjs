// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '../tools/SetupError.mjs';
import { processIdentity } from '../tools/processIdentity.mjs';
import { endingSignal, signalGroup, writePids } from './pids.mjs';

/**
 * @typedef {object} Child
 * @property {string} name
 * @property {number} pid
 * @property {string} startedAt
 * @property {Promise<void>} ended settles when the process is gone
 * @property {() => boolean} isRunning
 * @property {() => string} output what it has written since it started
 */

/**
 * @typedef {object} ChildSpec
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cwd
 * @property {number} [uid]
 * @property {number} [gid]
 */

const LOG_KEPT_BYTES = 20 * 1024 * 1024;

/**
 * The processes of one stack: each in its own process group, logging to its own file, recorded before anything waits for it.
 */
export class Children {
  /** @type {Map<string, Child>} */
  #children = new Map();
  /** @type {import('node:child_process').ChildProcess | null} */
  #watchdog = null;
  /** @type {Set<string>} */
  #expectedEnds = new Set();
  /** @type {Map<string, number>} groups that outlived their leader: while one has a member, its number is nobody else's */
  #orphanedGroups = new Map();
  #home;
  #onUnexpectedEnd;

  /**
   * @param {string} home
   * @param {(name: string, how: string) => void} onUnexpectedEnd called when a process ends that nobody told to.
   */
  constructor(home, onUnexpectedEnd) {
    this.#home = home;
    this.#onUnexpectedEnd = onUnexpectedEnd;
    mkdirSync(join(home, 'logs'), { recursive: true });
  }

  /** The file in which the pids are recorded as they come and go. */
  get pidFile() {
    return join(this.#home, 'pids.json');
  }

  /** @returns {import('./pids.mjs').Pids} */
  pids() {
    return Object.fromEntries([...this.#children.values()].map(({ name, pid, startedAt }) => [name, { pid, startedAt }]));
  }

  /** @param {string} name */
  get(name) {
    return this.#children.get(name);
  }

  /**
   * Starts a process.
   * @param {ChildSpec} spec
   * @returns {Child}
   * @throws {SetupError} when the program cannot be started.
   */
  spawn(spec) {
    if (this.#children.has(spec.name)) throw new Error(`${spec.name} runs already.`);
    this.#startWatchdog();
    this.#endOrphans(spec.name);
    const logFile = join(this.#home, 'logs', `${spec.name}.log`);
    turnOver(logFile);
    const log = openSync(logFile, 'a', 0o600);
    const from = statSync(logFile).size;
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      // Files, not pipes: a process whose reader was killed would die at its next line.
      stdio: ['ignore', log, log],
      ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid ?? spec.uid }),
    });
    closeSync(log);
    /** @type {() => void} */
    let settle = () => undefined;
    /** @type {Promise<void>} */
    const ended = new Promise((resolve) => {
      settle = resolve;
    });
    let running = true;
    /** @type {Child | null} */
    let record = null;
    const finish = (/** @type {string} */ how) => {
      if (!running) return;
      running = false;
      if (child.pid !== undefined && signalGroup(child.pid, 0)) this.#orphanedGroups.set(spec.name, child.pid);
      settle();
      if (record !== null && this.#children.get(spec.name) === record) {
        this.#children.delete(spec.name);
        this.#record();
      }
      if (!this.#expectedEnds.delete(spec.name)) this.#onUnexpectedEnd(spec.name, how);
    };
    child.once('exit', (code, signal) => finish(signal === null ? `with code ${code}` : `by ${signal}`));
    child.once('error', (error) => finish(`before it began (${error.message})`));
    if (child.pid === undefined) throw new SetupError(`${spec.name} could not be started: ${spec.command} cannot be run.`);
    const output = () => readFileSync(logFile).subarray(from).toString('utf8');
    record = { name: spec.name, ...processIdentity(child.pid), ended, isRunning: () => running, output };
    this.#children.set(spec.name, record);
    this.#record();
    return record;
  }

  /**
   * Ends one part: politely, after graceMs by force, and whatever it left in its group.
   * @param {string} name
   * @param {{graceMs?: number}} [options]
   */
  async stop(name, { graceMs = 10_000 } = {}) {
    const child = this.#children.get(name);
    if (child === undefined) return;
    this.#expectedEnds.add(name);
    this.#send(child, endingSignal(name), name !== 'postgres');
    const timer = new AbortController();
    await Promise.race([child.ended, delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined /* aborted: it ended in time */)]);
    timer.abort();
    if (child.isRunning()) signalGroup(child.pid, 'SIGKILL');
    await child.ended;
    this.#endOrphans(name);
  }

  /**
   * Sends a signal to one part as it is, and waits for its end when the signal is KILL. Programs that a killed part had started run on, as
   * they would on a real machine, until the part is started again.
   * @param {string} name
   * @param {NodeJS.Signals} signal
   */
  async kill(name, signal) {
    const child = this.#children.get(name);
    if (child === undefined) throw new Error(`${name} does not run.`);
    if (signal === 'SIGKILL') this.#expectedEnds.add(name);
    this.#send(child, signal, false);
    if (signal === 'SIGKILL') await child.ended;
  }

  /** Tells the watchdog that all is in order; after this the stack holds no process. */
  async end() {
    for (const name of [...this.#orphanedGroups.keys()]) this.#endOrphans(name);
    const watchdog = this.#watchdog;
    this.#watchdog = null;
    if (watchdog === null) return;
    watchdog.ref(); // the last thing this process may be waiting for
    await new Promise((resolve) => {
      watchdog.once('exit', resolve);
      if (watchdog.exitCode !== null || watchdog.signalCode !== null) resolve(undefined);
      watchdog.stdin?.end('done\n');
    });
  }

  /**
   * @param {Child} child
   * @param {NodeJS.Signals} signal
   * @param {boolean} group
   */
  #send(child, signal, group) {
    if (!child.isRunning()) return;
    if (group) signalGroup(child.pid, signal);
    else process.kill(child.pid, signal);
  }

  /** @param {string} name */
  #endOrphans(name) {
    const group = this.#orphanedGroups.get(name);
    if (group !== undefined) signalGroup(group, 'SIGKILL');
    this.#orphanedGroups.delete(name);
  }

  #record() {
    const pids = this.pids();
    writePids(this.pidFile, pids);
    this.#watchdog?.stdin?.write(`${JSON.stringify(pids)}\n`);
  }

  #startWatchdog() {
    if (this.#watchdog !== null) return;
    const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.mjs')], { detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] });
    watchdog.stdin?.on('error', () => undefined); // it was killed: the next start ends what a crash leaves
    watchdog.on('error', () => undefined); // the same
    watchdog.unref();
    /** @type {import('node:net').Socket} */ (watchdog.stdin).unref();
    this.#watchdog = watchdog;
  }
}

/** @param {string} logFile */
function turnOver(logFile) {
  try {
    if (statSync(logFile).size < LOG_KEPT_BYTES) return;
  } catch {
    return; // no log yet
  }
  rmSync(`${logFile}.1`, { force: true });
  renameSync(logFile, `${logFile}.1`);
}

/**
 * Waits until a probe of a child says yes.
 * @param {{child: Child, probe: () => Promise<boolean>, seconds: number, signal: AbortSignal, everyMs?: number}} options
 * @throws {SetupError} with the end of the child's log when it ends before, or when the time is over.
 */
export async function untilReady({ child, probe, seconds, signal, everyMs = 50 }) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    if (!child.isRunning()) throw new SetupError(`${child.name} ended while starting. It last said:\n${lastLines(child)}`);
    if (await probe()) return;
    if (Date.now() > deadline) throw new SetupError(`${child.name} was not ready after ${seconds} s. It last said:\n${lastLines(child)}`);
    await delay(everyMs);
  }
}

/** @param {Child} child */
function lastLines(child) {
  return child.output().trim().split('\n').slice(-15).map((line) => `  ${line}`).join('\n');
}

/**
 * Whether a GET is answered with success.
 * @param {string} url
 */
export async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}

/**
 * Whether a stand-in has printed its ready line.
 * @param {Child} child
 */
export async function saysReady(child) {
  return child.output().split('\n').some((line) => line.startsWith('{') && line.includes('"ready":true'));
}
