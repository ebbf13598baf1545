import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { canariesIn, leakyMessage } from '#test/support/canaries.ts';
import { useSentry } from '#test/support/useSentry.ts';

const sentry = useSentry();
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that tells of its crash as ours do, and then crashes. @returns how it ended, what it logged and how long it took from the crash on. */
async function crash(how: string, dsn: string) {
  const script = `
    import { exitOnCrash } from '#clients/exitOnCrash.ts';
    import { openErrorReports } from '#clients/sentry.ts';
    const errors = await openErrorReports({ sentryDsn: process.argv[1] === '' ? undefined : process.argv[1], sentrySampleRate: 1, studioEnvironment: 'rc' }, { part: 'worker', release: '1.2.3', onFault: () => undefined });
    exitOnCrash({ errors, log: { fatal: (fields, message) => process.stdout.write(JSON.stringify({ at: Date.now(), message, name: fields.err?.name }) + '\\n') } });
    setInterval(() => undefined, 1_000);
    const message = process.argv[2];
    ${how}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, dsn, leakyMessage], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, logged, stderr] = await Promise.all([new Promise<number | null>((resolve) => child.on('exit', resolve)), text(child.stdout), text(child.stderr)]);
  const [first = '{}'] = logged.split('\n');
  const line = JSON.parse(first) as { at?: number; message?: string; name?: string };
  return { code, line, tookMs: Date.now() - (line.at ?? 0), stderr };
}

it.each([
  ['an error that nobody caught', 'setTimeout(() => { throw new TypeError(message); }, 1);', 'TypeError'],
  ['a promise that nobody waited for', 'void Promise.reject(new RangeError(message));', 'RangeError'],
])('%s ends the process once the log and Sentry have it', async (_what, how, name) => {
  const { code, line } = await crash(how, sentry.dsn);
  expect({ code, line }).toMatchObject({ code: 1, line: { message: 'Nobody caught this: the process ends', name } });
  expect(sentry.events).toMatchObject([{ level: 'fatal', release: '1.2.3', environment: 'rc', tags: { part: 'worker' }, exception: { values: [{ type: name }] } }]);
  expect(canariesIn(sentry.text)).toEqual([]);
});

it('a Sentry that hangs keeps it no longer than two seconds', async () => {
  sentry.standIn.addFault({ fault: 'timeout', times: 0 });
  const { code, tookMs } = await crash('setTimeout(() => { throw new Error(message); }, 1);', sentry.dsn);
  expect(code).toBe(1);
  expect(tookMs).toBeGreaterThan(1_500);
  expect(tookMs).toBeLessThan(4_500);
});

it('without Sentry it ends at once', async () => {
  const { code, tookMs } = await crash('setTimeout(() => { throw new Error(message); }, 1);', '');
  expect(code).toBe(1);
  expect(tookMs).toBeLessThan(1_500);
});
