import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Studio } from '#test/support/studio.ts';

const run = promisify(execFile);

/** Resident memory of the worker's process, MB. */
export async function workerMemory(studio: Studio): Promise<number> {
  // Not the stack as it was at first: the worker may have been started anew since.
  const pid = studio.running.stack.pids['worker']?.pid;
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) / 1_024;
}
