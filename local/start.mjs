// @ts-check
// `npm start`: sets the machine up, starts the local stack, and on the very first start publishes the sample sites.
// `npm start -- --parts postgres,temporal,s3` starts only those, for somebody who runs the API and a worker in an editor.
// What it imports may import nothing but Node before set-up has run.
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT, setup } from './setup.mjs';
import { SAMPLE_SITE, doMainJob } from './stack/mainJob.mjs';
import { PART_NAMES, startStack } from './stack/startStack.mjs';
import { SetupError } from './tools/SetupError.mjs';
import { endRunning } from './tools/run.mjs';
import { ensureWebBuild } from './tools/webBuild.mjs';

const log = (/** @type {string} */ line) => void process.stdout.write(`${line}\n`);
// A reader that went away (`npm start | head`) must not take the stack down in disorder.
process.stdout.on('error', () => undefined);

const parts = readParts(process.argv.slice(2));
const home = resolve(ROOT, process.env['STUDIO_HOME'] || '.studio');
const stopping = new AbortController();
/** @type {Map<string, number>} when each part was last started again, in milliseconds */
const lastRestart = new Map();
/** @typedef {import('./stack/startStack.mjs').RunningStack} RunningStack */
let running = /** @type {RunningStack | null} */ (null);

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return; // npm passes a Ctrl-C on to a process that got it from the terminal already
    log(`\nStopping (${signal}) …`);
    stopping.abort(new SetupError('Stopped.'));
    endRunning();
  });
}
watchParent();

try {
  await main();
} catch (error) {
  if (!stopping.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(error instanceof SetupError ? `\n${error.message}\n` : `\n${error instanceof Error ? error.stack : String(error)}\n`);
  }
} finally {
  await stopStack();
}
process.exit(); // a timer of a dependency must not keep an ended studio alive

/**
 * @param {readonly string[]} args
 * @returns {Partial<Record<import('./stack/startStack.mjs').PartName, boolean>>}
 */
function readParts(args) {
  if (args.length === 0) return {};
  const names = args[0] === '--parts' && args.length === 2 ? (args[1] ?? '').split(',') : [];
  if (names.length === 0 || !names.every((name) => PART_NAMES.some((known) => known === name))) {
    process.stderr.write(`npm start takes no arguments but --parts with some of ${PART_NAMES.join(',')}.\n`);
    process.exit(2);
  }
  return Object.fromEntries(PART_NAMES.map((name) => [name, names.includes(name)]));
}

async function stopStack() {
  if (running === null) return;
  await running.stop();
  log('All parts have ended.');
}

async function main() {
  const startedAt = Date.now();
  const tools = await setup({ log });
  stopping.signal.throwIfAborted();
  if (parts.api !== false) await ensureWebBuild({ root: ROOT, env: process.env, log });
  stopping.signal.throwIfAborted();
  log(`Starting the studio in ${home} …`);
  running = await startStack({ home, env: process.env, parts, tools, log, signal: stopping.signal, onUnexpectedEnd });
  log(`The studio is ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
  let sampleFault = '';
  try {
    if (parts.api !== false && parts.worker !== false) await doMainJob({ root: ROOT, home, env: running.env, log, driveUrl: running.stack.standIns['drive'] });
  } catch (error) {
    stopping.signal.throwIfAborted();
    if (!(error instanceof SetupError)) throw error;
    sampleFault = error.message;
  }
  stopping.signal.throwIfAborted();
  printTable(running, sampleFault);
  await new Promise((resolveStop) => stopping.signal.addEventListener('abort', resolveStop, { once: true }));
}

/**
 * @param {RunningStack} stack
 * @param {string} sampleFault
 */
function printTable({ stack }, sampleFault) {
  const rows = [
    ['Studio', stack.studioUrl],
    ['Sign in as', stack.people.map(({ name, roles }) => `${name} (${roles.join(', ') || 'no rights'})`).join(', ')],
    ['Live course', `${stack.liveSiteUrl}/courses/${SAMPLE_SITE}/`],
    ['Draft course', `${stack.draftSiteUrl}/courses/${SAMPLE_SITE}/`],
    ...(stack.mailboxUrl === null ? [] : [['Mailbox', stack.mailboxUrl]]),
    ...(stack.standIns['drive'] === undefined ? [] : [['Google Drive', `${stack.standIns['drive']} (a stand-in: put files into ${SAMPLE_SITE}/files_final or videos_final, then sync the site)`]]),
    ...(stack.standIns['youtube'] === undefined ? [] : [['YouTube', `${stack.standIns['youtube']} (a stand-in: the videos it has, and what is used of the quota)`]]),
    ...(stack.standIns['mediaConvert'] === undefined ? [] : [['MediaConvert', `${stack.standIns['mediaConvert']}/_state`]]),
    ...(stack.standIns['sentry'] === undefined ? [] : [['Sentry', `${stack.standIns['sentry']} (a stand-in: faults it was told of)`]]),
    ...(stack.standIns['posthog'] === undefined ? [] : [['PostHog', `${stack.standIns['posthog']} (a stand-in: events, and flags one can set)`]]),
    ...(stack.standIns['threePlay'] === undefined ? [] : [['3Play Media', `${stack.standIns['threePlay']} (a stand-in: orders and what they cost)`]]),
    ['Temporal', stack.temporalUiUrl ?? stack.temporalAddress],
    ['Try', `open ${SAMPLE_SITE} in the studio, publish it and watch the steps`],
    ['', `npm run studio -- status ${SAMPLE_SITE}`],
    ['', 'npm run studio -- import <folder of a course> --starter ocw-course-v2'],
    ['State and logs', home],
    ['Stop', 'Ctrl-C'],
  ];
  log('');
  for (const [name, value] of rows) log(`  ${(name ?? '').padEnd(15)} ${value}`);
  log('');
  if (sampleFault !== '') log(`The sample sites are not complete. ${sampleFault}\nThe studio runs; the next start tries again.\n`);
}

/**
 * A part that dies by itself is started again, at most once in ten seconds, so that a crash costs seconds and not the evening.
 * @param {string} part
 * @param {string} how
 */
function onUnexpectedEnd(part, how) {
  if (stopping.signal.aborted || running === null) return;
  log(`${part} ended ${how}; its log is ${home}/logs/${part}.log. It is started again.`);
  void restart(part);
}

/** @param {string} part */
async function restart(part) {
  for (;;) {
    const since = Date.now() - (lastRestart.get(part) ?? 0);
    if (since < 10_000) await delay(10_000 - since, undefined, { signal: stopping.signal }).catch(() => undefined /* stopping: said below */);
    if (stopping.signal.aborted || running === null) return;
    lastRestart.set(part, Date.now());
    try {
      await running.restart(part);
      log(`${part} runs again.`);
      return;
    } catch (error) {
      if (stopping.signal.aborted) return;
      log(`${part} did not start again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** npm killed with -9 passes nothing on: when our parent is gone, so is the terminal this was started from. */
function watchParent() {
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] === undefined || parent <= 1) return;
  setInterval(() => {
    if (process.ppid !== parent && !stopping.signal.aborted) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}
