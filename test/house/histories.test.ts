import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectNone } from './support/expectNone.ts';
import { hashFile, historyFaults, rewrittenLists } from './support/historyRules.ts';

test('stored histories are those of the list', () => {
  expectNone(historyFaults());
});

test('the list of histories only ever grew', () => {
  expectNone(rewrittenLists());
});

test('a changed, a lost, an unlisted history and a rewritten list are told', () => {
  const at = mkdtempSync(join(tmpdir(), 'ocw-studio-histories-'));
  try {
    const git = (...args: string[]): void => void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.edu', ...args], { cwd: at, stdio: 'ignore' });
    const line = (path: string, text: string): string => `${createHash('sha256').update(text).digest('hex')}  ${path}\n`;
    mkdirSync(join(at, 'test/histories/washDishes'), { recursive: true });
    git('init');
    writeFileSync(join(at, 'test/histories/washDishes/done.json'), '{}');
    writeFileSync(join(at, hashFile), line('washDishes/done.json', '{}'));
    git('add', '.');
    git('commit', '-m', 'first');
    expect(historyFaults(at)).toEqual([]);
    expect(rewrittenLists(at)).toEqual([]);

    // Two branches that each add one: none of them rewrote the list.
    const add = (name: string): void => {
      writeFileSync(join(at, `test/histories/washDishes/${name}.json`), '{}');
      writeFileSync(join(at, hashFile), readFileSync(join(at, hashFile), 'utf8') + line(`washDishes/${name}.json`, '{}'));
    };
    git('branch', '-M', 'main');
    git('checkout', '-b', 'other');
    add('cancelled');
    git('add', '.');
    git('commit', '-m', 'other');
    git('checkout', 'main');
    add('looped');
    git('add', '.');
    git('commit', '-m', 'ours');
    git('merge', '--no-commit', '-s', 'ours', 'other');
    add('cancelled');
    git('add', '.');
    git('commit', '-m', 'merged');
    expect(historyFaults(at)).toEqual([]);
    expect(rewrittenLists(at)).toEqual([]);

    writeFileSync(join(at, 'test/histories/washDishes/failed.json'), '{}');
    expect(historyFaults(at)).toEqual([expect.stringContaining('failed.json is not in')]);
    writeFileSync(join(at, 'test/histories/washDishes/done.json'), '{"new":true}');
    writeFileSync(join(at, hashFile), line('washDishes/failed.json', '{}') + line('washDishes/done.json', '{}') + line('washDishes/looped.json', '{}'));
    expect(historyFaults(at)).toEqual([expect.stringContaining('done.json was changed'), expect.stringContaining('cancelled.json is not in')]);
    // Each version of the main line, and the one of the branch whose line was lost.
    expect(rewrittenLists(at)).toEqual(Array.from({ length: 4 }, () => expect.stringContaining('no longer begins') as string));
    rmSync(join(at, 'test/histories/washDishes/done.json'));
    expect(historyFaults(at)).toEqual([expect.stringContaining('done.json is gone'), expect.stringContaining('cancelled.json is not in')]);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
});
