import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLauncher } from '#clients/launcher.ts';
import { ROOT } from '#local/setup.mjs';
import { isAlive } from '#test/support/isAlive.ts';
import { pidIn } from '#test/support/pidIn.ts';
import { until } from '#test/support/until.ts';

const env = { PATH: process.env['PATH'] ?? '' };
const folder = mkdtempSync(join(tmpdir(), 'launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command that lasts until it is killed; its pid stands in this file. */
const lasting = (name: string): string => `echo $$ > ${name}.part && mv ${name}.part ${name}; exec sleep 300`;

/** Another process with a launcher of its own. */
function asker(work: string): ChildProcess {
  const source = `import { createLauncher } from '#clients/launcher.ts';
const launcher = createLauncher();
const shell = (script) => launcher.run({ file: 'sh', args: ['-c', script], cwd: ${JSON.stringify(folder)}, env: ${JSON.stringify(env)}, timeoutMs: 60_000 });
${work}`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], { cwd: ROOT, stdio: 'inherit', env });
}

describe('the launcher of commands', () => {
  it('ends with its asker, also one that is killed, and takes the command with it', async () => {
    const killed = asker(`shell(${JSON.stringify(lasting('orphan'))}); setInterval(() => undefined, 1_000);`);
    const command = await pidIn(join(folder, 'orphan'));
    killed.kill('SIGKILL');
    await until('the command is gone', async () => !isAlive(command));
  });

  it('keeps no process that has nothing more to do', async () => {
    const ended = asker(`if ((await shell('echo done')).stdout !== 'done\\n') process.exitCode = 1;`);
    expect(await new Promise((resolve) => ended.once('close', resolve))).toBe(0);
  });

  it('that is lost loses its commands, which say so, and the next one starts another', async () => {
    const launcher = createLauncher();
    const running = launcher.run({ file: 'sh', args: ['-c', lasting('lost')], cwd: folder, env, timeoutMs: 60_000 });
    const command = await pidIn(join(folder, 'lost'));
    const pid = launcher.pid();
    expect(pid).toBeTypeOf('number');
    process.kill(pid ?? 0, 'SIGKILL');
    await expect(running).rejects.toThrow('The process that starts commands ended');
    await until('the command is gone', async () => !isAlive(command));
    expect((await launcher.run({ file: 'sh', args: ['-c', 'echo again'], env, timeoutMs: 60_000 })).stdout).toBe('again\n');
    expect(launcher.pid()).not.toBe(pid);
  });

  it('goes on when the whole service is told to end, until its asker does', async () => {
    const launcher = createLauncher();
    const running = launcher.run({ file: 'sh', args: ['-c', 'echo begun > service; read line; echo "$line"'], cwd: folder, env, timeoutMs: 60_000, input: 'to its end\n' });
    await until('the command began', async () => existsSync(join(folder, 'service')));
    process.kill(launcher.pid() ?? 0, 'SIGTERM');
    expect((await running).stdout).toBe('to its end\n');
    expect((await launcher.run({ file: 'sh', args: ['-c', 'echo again'], env, timeoutMs: 60_000 })).stdout).toBe('again\n');
  });
});
