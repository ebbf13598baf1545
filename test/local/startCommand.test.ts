import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { isPortFree } from '#local/stack/ports.mjs';
import { removeHome } from '#local/stack/postgres.mjs';

const SOME_PARTS = ['--parts', 'postgres,temporal,s3'];
let home = '';
let started: ChildProcess | null = null;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ocw-start-'));
});
afterEach(async () => {
  if (started?.pid !== undefined && started.exitCode === null && started.signalCode === null) process.kill(-started.pid, 'SIGKILL');
  started = null;
  await nothingListens();
});
afterAll(() => removeHome(home));

async function until(condition: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}.`);
    await delay(50);
  }
}

/** Starts the command in a process group of its own, as a shell would, and waits until its stack is ready. */
async function start(command: string, args: readonly string[]): Promise<{ child: ChildProcess; output: () => string }> {
  const ports = Object.fromEntries(['STUDIO', 'TEMPORAL', 'TEMPORAL_UI', 'POSTGRES', 'S3', 'GITHUB', 'SAML_IDP', 'DRAFT_SITE', 'LIVE_SITE', 'WORKER_HEALTH', 'FASTLY', 'TEST_SITE', 'STUDIO_PREVIEW', 'LEARN', 'MAILGUN'].map((name) => [`${name}_PORT`, '0']));
  const env = { ...process.env, ...ports, STUDIO_HOME: home };
  const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  started = child;
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${text}`);
    return text.includes('Stop  ');
  }, 'the table');
  return { child, output: () => text };
}

const startDirectly = () => start(process.execPath, ['local/start.mjs', ...SOME_PARTS]);
const startByNpm = () => start('npm', ['start', '--', ...SOME_PARTS]);

async function nothingListens(): Promise<void> {
  const path = join(home, 'ports.json');
  if (!existsSync(path)) return;
  const ports: number[] = Object.values(JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>);
  await until(async () => (await Promise.all(ports.map(isPortFree))).every(Boolean), 'every port is free', 30);
}

/** Every process whose parent is this one, with its command line. */
function childrenOf(pid: number): { pid: number; command: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => Number(match?.[2]) === pid)
    .map((match) => ({ pid: Number(match?.[1]), command: match?.[3] ?? '' }));
}

describe('the start command', () => {
  it('prints where to go, ends in order on Ctrl-C and says so', async () => {
    const { child, output } = await startDirectly();
    const stack = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as { studioUrl: string; pids: Record<string, unknown> };
    expect(output()).toContain(`Studio          ${stack.studioUrl}`);
    expect(Object.keys(stack.pids).sort()).toEqual(['postgres', 's3', 'temporal']);
    child.kill('SIGINT');
    await until(() => child.exitCode !== null, 'the command ends');
    expect(output()).toContain('All parts have ended.');
    expect(child.exitCode).toBe(0);
    await nothingListens();
  });

  it('starts a part again that died by itself', async () => {
    const { child, output } = await startDirectly();
    const { pids } = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as { pids: Record<string, { pid: number }> };
    process.kill(pids['s3']?.pid ?? 0, 'SIGKILL');
    await until(() => output().includes('s3 runs again.'), 's3 runs again');
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null, 'the command ends');
    await nothingListens();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing listening when %s hits it, its group, or npm', async (signal) => {
    for (const target of ['process', 'group', 'npm'] as const) {
      const { child } = await (target === 'npm' ? startByNpm() : startDirectly());
      const pid = child.pid ?? 0;
      process.kill(target === 'group' ? -pid : pid, signal);
      await until(() => child.exitCode !== null || child.signalCode !== null, `${target} ends after ${signal}`);
      await nothingListens();
    }
  });

  it('ends what a start left running that was killed together with its watchdog', async () => {
    const { child } = await startDirectly();
    const pid = child.pid ?? 0;
    const { pids } = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as { pids: Record<string, { pid: number }> };
    const watchdog = childrenOf(pid).find(({ command }) => command.includes('watchdog.mjs'));
    process.kill(watchdog?.pid ?? 0, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await until(() => child.signalCode !== null, 'the command is gone');
    for (const { pid: part } of Object.values(pids)) expect(() => process.kill(part, 0)).not.toThrow();
    const again = await startDirectly();
    expect(again.output()).toMatch(/Ended what an earlier start left running: .*temporal.*s3.*postgres/);
    again.child.kill('SIGTERM');
    await until(() => again.child.exitCode !== null, 'the command ends');
    await nothingListens();
  });
});
