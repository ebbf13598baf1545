import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProcessDefinition } from '#domain/processes.ts';
import { longFiles, misnamedFiles } from './support/codeRules.ts';
import { expectNone } from './support/expectNone.ts';
import { missingPieces, strayPieces } from './support/processRules.ts';
import { files, root } from './support/tree.ts';

// A copy of the checkout, in which the command writes as it would for a person.
const copy = realpathSync(mkdtempSync(join(tmpdir(), 'ocw-studio-scaffold-')));
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8', timeout: 120_000 });
const scaffold = (...words: string[]) => run('local/scaffold/main.mjs', ...words);

const pieces = ['temporal/contracts/washDishes.ts', 'workflows/washDishes.ts', 'test/workflows/washDishes.test.ts'];

beforeAll(() => {
  for (const path of files().filter((file) => !/^(?:local\/(?:theme|content)|test\/(?:fixtures|golden))\//.test(file))) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    copyFileSync(join(root, path), join(copy, path));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  spawnSync('git', ['init', '-q'], { cwd: copy });
  const result = scaffold('process', 'washDishes');
  if (result.status !== 0) throw new Error(`The scaffold failed: ${result.stderr}`);
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

test('a new process misses only its history', async () => {
  const { processes } = (await import(pathToFileURL(join(copy, 'domain/processes.ts')).href)) as { processes: readonly ProcessDefinition[] };
  const added = processes.find((process) => process.id === 'wash-dishes');
  expect(added).toMatchObject({ workflow: 'washDishes', title: 'Wash dishes' });
  if (added === undefined) return;
  const missing = missingPieces(added, copy);
  expect(missing.length).toBeGreaterThan(0);
  expectNone(missing.filter((sentence) => !sentence.includes('record a history')));
  expectNone(strayPieces(processes, copy));
  expectNone([...misnamedFiles(copy), ...longFiles(copy)].filter((sentence) => /washDishes/.test(sentence)));
});

test('a new process compiles', { timeout: 120_000 }, () => {
  writeFileSync(join(copy, 'tsconfig.scaffold.json'), JSON.stringify({ extends: './tsconfig.json', include: [], files: [...pieces, 'workflows/index.ts', 'domain/processes.ts'] }));
  const compiled = run('node_modules/typescript/bin/tsc', '--noEmit', '--project', 'tsconfig.scaffold.json');
  // What another file of the checkout has wrong is told by its own check.
  expectNone(compiled.stdout.split('\n').filter((line) => line.includes('washDishes') || /^(?:workflows\/index|domain\/processes)\.ts/.test(line)));
});

test('a new process passes the linter', { timeout: 120_000 }, () => {
  const linted = run('node_modules/eslint/bin/eslint.js', ...pieces, 'workflows/index.ts', 'domain/processes.ts');
  expect(linted.status, linted.stdout + linted.stderr).toBe(0);
});

test('nothing is written over', () => {
  const before = pieces.map((path) => readFileSync(join(copy, path), 'utf8'));
  const again = scaffold('process', 'washDishes');
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('is there already; nothing was written.');
  expect(pieces.map((path) => readFileSync(join(copy, path), 'utf8'))).toEqual(before);
});

test.each([['process', 'wash'], ['process', 'Wash_Dishes'], ['process', '../x'], ['process'], ['wash'], []])('%s %s is refused with a sentence', (...words) => {
  const refused = scaffold(...words.filter((word) => word !== undefined));
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(/^(?:Use: |‘)/);
  expect(refused.stderr).not.toContain(' at ');
});

test('a stored history is listed once', () => {
  mkdirSync(join(copy, 'test/histories/washDishes'), { recursive: true });
  writeFileSync(join(copy, 'test/histories/washDishes/done.json'), '{}\n');
  expect(scaffold('history').stdout).toContain('listed washDishes/done.json');
  expect(scaffold('history').stdout).toContain('listed already');
  expect(readFileSync(join(copy, 'test/histories/HASHES'), 'utf8')).toMatch(/^[0-9a-f]{64} {2}washDishes\/done\.json$/m);
});
