import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classify } from '#activities/classify.ts';
import { openWorkspace } from '#activities/workspace.ts';

describe('a worker’s folder', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'workspace-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('forgets what a killed worker left half done, and keeps mirrors and whole trees', async () => {
    for (const path of ['builds/old', 'trees/.part-1', 'trees/whole', 'mirrors/m']) mkdirSync(join(root, path), { recursive: true });
    await openWorkspace(root);
    expect([readdirSync(join(root, 'builds')), readdirSync(join(root, 'trees')), readdirSync(join(root, 'mirrors'))]).toEqual([[], ['whole'], ['m']]);
  });

  it('has one mirror for one address', async () => {
    const workspace = await openWorkspace(root);
    expect(workspace.mirrorDir('https://a')).toBe(workspace.mirrorDir('https://a'));
    expect(workspace.mirrorDir('https://a')).not.toBe(workspace.mirrorDir('https://b'));
    expect(workspace.mirrorDir('../../etc')).toMatch(new RegExp(`^${root}/mirrors/[0-9a-f]{24}$`));
  });

  it('fills a shared tree once, also for many who ask at once', async () => {
    const workspace = await openWorkspace(root);
    let filled = 0;
    const fill = async (directory: string): Promise<void> => {
      filled += 1;
      await writeFile(join(directory, 'file'), 'x');
    };
    const directories = await Promise.all(Array.from({ length: 5 }, () => workspace.shared('themes-../abc', fill)));
    expect([new Set(directories).size, filled, existsSync(join(directories[0] ?? '', 'file'))]).toEqual([1, 1, true]);
    expect(directories[0]).toMatch(new RegExp(`^${root}/trees/[^/]+$`));
  });

  it('leaves nothing of a tree that could not be filled, and tries again', async () => {
    const workspace = await openWorkspace(root);
    await expect(workspace.shared('t', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(join(root, 'trees'))).toEqual([]);
    expect(existsSync(await workspace.shared('t', () => Promise.resolve()))).toBe(true);
  });

  it('keeps the trees used last', async () => {
    const workspace = await openWorkspace(root);
    for (let index = 0; index < 8; index += 1) {
      const directory = await workspace.shared(`t${index}`, () => Promise.resolve());
      utimesSync(directory, index, index);
    }
    await workspace.shared('t1', () => Promise.reject(new Error('it is there')));
    await workspace.shared('t8', () => Promise.resolve());
    expect(readdirSync(join(root, 'trees')).sort()).toEqual(['t1', 't3', 't4', 't5', 't6', 't7', 't8']);
  });

  it('lets one at a time at a name, in order, and does not stumble over a failure', async () => {
    const workspace = await openWorkspace(root);
    const order: string[] = [];
    const work = (name: string, fails = false) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
    const ended = await Promise.allSettled([workspace.exclusive('a', work('1', true)), workspace.exclusive('a', work('2')), workspace.exclusive('b', work('3'))]);
    expect(ended.map((end) => end.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(order.filter((line) => !line.startsWith('3'))).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
    expect(order.indexOf('3 begins')).toBeLessThan(order.indexOf('2 begins'));
  });

  it('that is full says so in a sentence a person can act on', async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root], { stdio: 'ignore' });
    } catch {
      context.skip('a small file system can be mounted as root only');
    }
    try {
      const workspace = await openWorkspace(root);
      const build = await workspace.newBuildDir();
      const failure: unknown = await writeFile(join(build, 'big'), Buffer.alloc(256 * 1024)).then(() => undefined, (error: unknown) => error);
      expect(classify(failure, 1)).toMatchObject({ type: 'DiskFull', isFinal: true, message: 'The worker’s disk is full. The published site is untouched. Free some space, then retry.' });
      writeFileSync(join(build, 'big'), '');
      await workspace.remove(build);
      expect(readdirSync(join(root, 'builds'))).toEqual([]);
    } finally {
      execFileSync('umount', ['--lazy', root]);
    }
  });
});
