import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '#clients/runCommand.ts';
import { isAlive } from '#test/support/isAlive.ts';
import { pidIn } from '#test/support/pidIn.ts';
import { until } from '#test/support/until.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const folder = mkdtempSync(join(tmpdir(), 'command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const shell = (script: string, options: Partial<Parameters<typeof runCommand>[2]> = {}) => runCommand('sh', ['-c', script], { env, timeoutMs: 20_000, cwd: folder, ...options });

/** A command whose own child outlives it unless the whole group is ended; its pid stands in this file. */
const parent = (name: string): string => `sleep 300 & echo $! > ${name}.part && mv ${name}.part ${name}; wait`;

describe('a command', () => {
  it('that ends has its code and both outputs', async () => {
    expect(await shell('echo out; echo err >&2; exit 3')).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n', timedOut: false });
  });

  it('inherits nothing', async () => {
    expect((await runCommand('env', [], { env: { ONLY: 'this', PATH: env.PATH }, timeoutMs: 5_000 })).stdout.split('\n').filter((line) => line !== '').sort()).toEqual([`ONLY=this`, `PATH=${env.PATH}`].sort());
  });

  it('reads its input, as text, bytes or a stream, however slowly it takes it', async () => {
    const text = 'é'.repeat(500_000);
    const chunks = async function* () {
      for (let start = 0; start < text.length; start += 10_000) yield text.slice(start, start + 10_000);
    };
    for (const input of [text, Buffer.from(text), chunks()]) expect((await shell('sleep 0.1; wc -c', { input })).stdout.trim()).toBe(String(Buffer.byteLength(text)));
  });

  it('that ends without reading its input is no error of ours', async () => {
    const endless = async function* () {
      for (;;) yield 'x'.repeat(100_000);
    };
    expect((await shell('exit 7', { input: endless() })).code).toBe(7);
  });

  it('keeps the end of a long output, not all of it', async () => {
    const { stdout } = await shell('head -c 3000000 /dev/zero | tr "\\0" x; echo END', { maxOutputBytes: 100_000 });
    expect(stdout.endsWith('xEND\n')).toBe(true);
    expect(stdout.length).toBeLessThan(300_000);
  });

  it('that lasts too long is ended with its children', async () => {
    const result = await shell(parent('late'), { timeoutMs: 700 });
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    const child = await pidIn(join(folder, 'late'));
    await until('the child is gone', async () => !isAlive(child));
  });

  it('that is cancelled is ended with its children, and throws the reason', async () => {
    const controller = new AbortController();
    const running = shell(parent('cancelled'), { abortSignal: controller.signal });
    const child = await pidIn(join(folder, 'cancelled'));
    controller.abort(new Error('a person cancelled'));
    await expect(running).rejects.toThrow('a person cancelled');
    await until('the child is gone', async () => !isAlive(child));
  });

  it('is not begun when it is cancelled already', async () => {
    await expect(shell('echo x > begun', { abortSignal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(existsSync(join(folder, 'begun'))).toBe(false);
  });

  it('that does not exist throws what the system says', async () => {
    await expect(runCommand(join(folder, 'nothing'), [], { env, timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('whose input fails is ended, and throws that', async () => {
    const failing = async function* () {
      yield 'x';
      throw new Error('the source failed');
    };
    await expect(shell('cat > /dev/null; sleep 300', { input: failing() })).rejects.toThrow('the source failed');
  });
});
