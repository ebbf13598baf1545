// @ts-check
// Ends the stack when its start command is killed so hard (kill -9) that it cannot do it itself. It lives in a process group of its own and
// reads a pipe from the start command: a line per change of the recorded pids, `done` after an orderly end, and the end of the pipe at a death.
import { createInterface } from 'node:readline';
import { endRecorded } from './pids.mjs';

/** @type {import('./pids.mjs').Pids} */
let pids = {};
let orderly = false;
// The terminal's signals are for the start command; this one goes when the pipe does.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line === 'done') orderly = true;
  else pids = JSON.parse(line);
});
lines.on('close', () => {
  if (!orderly) void endRecorded(pids, { graceMs: 5_000 });
});
