// @ts-check
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, as a string that only that process has; null when there is none (a zombie counts as none).
 * A pid alone is not enough: after a crash the kernel may have given it to a stranger.
 * @param {number} pid
 * @returns {string | null}
 */
export function processStartedAt(pid) {
  if (!Number.isInteger(pid) || pid <= 1) return null;
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The command name may hold blanks and brackets, so count from the last bracket: state is field 3, starttime field 22.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return null;
      return `${fields[19]}@${bootId()}`;
    } catch {
      return null; // no such process
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null; // ps ends with 1 when there is no such process
  }
}

/** @type {string | undefined} */
let cachedBootId;
function bootId() {
  if (cachedBootId === undefined) {
    try {
      cachedBootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    } catch {
      cachedBootId = 'boot'; // some containers hide it; the start tick alone must do
    }
  }
  return cachedBootId;
}

/**
 * Whether exactly this process still runs.
 * @param {{pid: number, startedAt: string}} identity
 */
export function isSameProcess(identity) {
  return processStartedAt(identity.pid) === identity.startedAt;
}

/**
 * The identity of a running process; one that is already gone gets a start nothing matches.
 * @param {number} pid
 * @returns {{pid: number, startedAt: string}}
 */
export function processIdentity(pid) {
  return { pid, startedAt: processStartedAt(pid) ?? 'gone' };
}
