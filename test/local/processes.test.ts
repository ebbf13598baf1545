import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endRecorded, endingOrder, readPids, writePids } from '#local/stack/pids.mjs';
import { tryLock, withLock } from '#local/tools/lock.mjs';
import { processIdentity, processStartedAt } from '#local/tools/processIdentity.mjs';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocw-processes-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function idle(ignoreTerm = false): { pid: number; child: ChildProcess; ready: Promise<void> } {
  const code = `${ignoreTerm ? "process.on('SIGTERM', () => {});" : ''} setInterval(() => {}, 1000); console.log('on');`;
  const child = spawn(process.execPath, ['-e', code], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return { pid: child.pid ?? 0, child, ready: new Promise((resolve) => child.stdout?.once('data', () => resolve())) };
}

const ended = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve(null) : child.once('exit', resolve)));

describe('recorded processes', () => {
  it('are ended when they still run, by force when they do not listen', async () => {
    const polite = idle();
    const deaf = idle(true);
    await Promise.all([polite.ready, deaf.ready]);
    const names = await endRecorded({ worker: processIdentity(polite.pid), api: processIdentity(deaf.pid) }, { graceMs: 300 });
    expect(names.sort()).toEqual(['api', 'worker']);
    await Promise.all([ended(polite.child), ended(deaf.child)]);
    expect(polite.child.signalCode).toBe('SIGTERM');
    expect(deaf.child.signalCode).toBe('SIGKILL');
  });

  it('leave a process alone that only has the same pid', async () => {
    const stranger = idle();
    await stranger.ready;
    const recorded = { ...processIdentity(stranger.pid), startedAt: '1@00000000' };
    expect(await endRecorded({ worker: recorded, gone: { pid: 999_999_999, startedAt: '1@00000000' } })).toEqual([]);
    expect(processStartedAt(stranger.pid)).not.toBeNull();
  });

  it('end in order: who uses a part before the part', () => {
    expect(endingOrder(['postgres', 's3', 'temporal', 'github', 'fastly', 'worker', 'api', 'worker2'])).toEqual([
      ['worker', 'api', 'worker2'],
      ['fastly', 'github'],
      ['temporal'],
      ['s3'],
      ['postgres'],
    ]);
  });

  it('are recorded whole, and not at all when there are none', () => {
    const path = join(folder, 'pids.json');
    const pids = { api: processIdentity(process.pid) };
    writePids(path, pids);
    expect(readPids(path)).toEqual(pids);
    writePids(path, {});
    expect(existsSync(path)).toBe(false);
    expect(readPids(path)).toEqual({});
  });
});

describe('a lock', () => {
  it('is refused while its holder lives, with the holder’s name', () => {
    const path = join(folder, 'lock');
    const first = tryLock(path);
    expect('release' in first).toBe(true);
    expect(tryLock(path)).toEqual({ holder: processIdentity(process.pid) });
    if ('release' in first) first.release();
    expect('release' in tryLock(path)).toBe(true);
  });

  it('is taken over from a holder that was killed, also when its pid lives on as another process', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: '1@00000000' }));
    const taken = tryLock(path);
    expect('release' in taken).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(processIdentity(process.pid));
  });

  it('lets one at a time in, and says that it waits', async () => {
    const path = join(folder, 'lock');
    const order: string[] = [];
    const options = { waitMs: 10_000, onWait: () => order.push('waits') };
    let leave = (): void => undefined;
    const first = withLock(path, options, () => new Promise<void>((resolve) => (leave = resolve)).then(() => void order.push('first')));
    const second = withLock(path, { ...options, onWait: () => (order.push('waits'), leave()) }, async () => void order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['waits', 'first', 'second']);
  });
});
