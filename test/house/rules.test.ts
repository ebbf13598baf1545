import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forbiddenText, longFiles, MAX_LINES, misnamedFiles, undocumentedActivities } from './support/codeRules.ts';
import { missingPieces, strayPieces } from './support/processRules.ts';

// A rule that finds nothing may be blind: each one is shown a house in which something is wrong.
let house = '';
beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'ocw-studio-house-'));
  execFileSync('git', ['init', '-q'], { cwd: house });
});
afterEach(() => {
  rmSync(house, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(house, path)), { recursive: true });
  writeFileSync(join(house, path), text);
}

test('a file that is too long', () => {
  write('domain/long.ts', 'export {};\n'.repeat(MAX_LINES));
  expect(longFiles(house)).toEqual([]);
  write('domain/long.ts', 'export {};\n'.repeat(MAX_LINES + 1));
  expect(longFiles(house)).toEqual([expect.stringContaining('domain/long.ts has 601 lines')]);
});

test('a file whose name says something else', () => {
  write('domain/washDishes.ts', 'export function washDishes() {}\n');
  write('domain/helpers.ts', 'export interface Plate { size: number }\nexport function dryDishes() {}\n');
  expect(misnamedFiles(house)).toEqual([expect.stringContaining('domain/helpers.ts exports dryDishes alone')]);
});

test('an activity without its words, and two of one name', () => {
  const doc = '/**\n * Washes.\n * Idempotent because clean stays clean.\n * Kill points: before the water, after it.\n */\n';
  write('activities/dishes.ts', `export function createDishesActivities() {\n  return {\n    ${doc}    async washDishes() {},\n    /** Dries. */\n    async dryDishes() {},\n  };\n}\n`);
  write('activities/pots.ts', `export function createPansActivities() {\n  return {\n    ${doc}    async washDishes() {},\n    ${doc}    async pots() {},\n  };\n}\n`);
  expect(undocumentedActivities(house)).toEqual([
    expect.stringContaining('dryDishes needs a line in its docblock that begins ‘Idempotent because’'),
    expect.stringContaining('dryDishes needs a line in its docblock that begins ‘Kill points:’'),
    expect.stringContaining('it must be createPotsActivities'),
    expect.stringContaining('washDishes has the name of an activity of activities/dishes.ts'),
    expect.stringContaining('pots must be named verb and noun'),
  ]);
});

test('text that is true on one machine only, notes to oneself, mocks and focused tests', () => {
  write('README.md', `See /${'work'}/main/README.md and /home/${'ada'}/notes.\n`);
  write('package-lock.json', `{"resolved": ${'"https:'}//packages.example.edu/x.tgz"}\n`);
  write('domain/x.ts', `// ${'TO'}DO: wash\n`);
  write('test/domain/x.test.ts', `${'vi'}.mock('node:fs');\n${'test'}.only('x', () => {});\n`);
  expect(forbiddenText(house)).toEqual([
    expect.stringContaining('README.md:1 holds a path of one machine'),
    expect.stringContaining('README.md:1 holds a path of one person’s machine'),
    expect.stringContaining('domain/x.ts holds a note'),
    expect.stringContaining('package-lock.json:1 holds the address of a package registry'),
    expect.stringContaining('mocks a module'),
    expect.stringContaining('focuses one test'),
  ]);
});

test('a process of which only some pieces exist, and pieces of none', () => {
  const process = { id: 'wash-dishes', workflow: 'washDishes', title: 'Wash', summary: 'Washes.', phases: [{ id: 'dry', title: 'Dry off', doing: 'Drying.' }] };
  write('temporal/contracts/washDishes.ts', "export const washDishesContract = { process: 'wash-dishes', workflowType: 'wash' };\n");
  write('workflows/washDishes.ts', '/** Washes. */\nexport async function washDishes() { await continueAsNew(); }\n');
  write('workflows/index.ts', "export { dryDishes } from './dryDishes.ts';\n");
  write('docs/processes/wash-dishes.md', '# Wash\n');
  write('docs/processes/dry-dishes.md', '# Dry\n');
  const missing = missingPieces(process, house).join('\n');
  for (const sentence of [
    "must say workflowType: 'washDishes'",
    'must say its workflowIdReusePolicy',
    'has 1 lines; say in at least 5',
    '‘If it dies’',
    'what cancel does',
    'add it to workflows/index.ts',
    'write its test',
    'test/histories/washDishes/done.json',
    'test/histories/washDishes/looped.json',
    'must name the phase ‘Dry off’',
  ]) {
    expect(missing).toContain(sentence);
  }
  expect(missing).not.toContain('cancelled.json');
  expect(strayPieces([process], house)).toEqual([expect.stringContaining('docs/processes/dry-dishes.md'), expect.stringContaining('offers dryDishes')]);
});
