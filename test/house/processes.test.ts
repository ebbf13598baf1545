import { describe, expect, test } from 'vitest';
import { processes } from '#domain/processes.ts';
import { expectNone } from './support/expectNone.ts';
import { missingPieces, strayPieces } from './support/processRules.ts';

describe('every process is whole', () => {
  test.each(processes.map((process) => [process.id, process] as const))('%s', (_id, process) => {
    expectNone(missingPieces(process));
  });
});

test('no piece belongs to no process', () => {
  expectNone(strayPieces(processes));
});

test('ids, names and phases are distinct and well formed', () => {
  expect(new Set(processes.map((process) => process.id)).size).toBe(processes.length);
  expect(new Set(processes.map((process) => process.workflow)).size).toBe(processes.length);
  for (const process of processes) {
    expect(process.id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(process.workflow).toMatch(/^[a-z]+(?:[A-Z][a-z]+)+$/);
    expect(process.summary).toMatch(/\.$/);
    expect(new Set(process.phases.map((phase) => phase.id)).size).toBe(process.phases.length);
  }
});

test('a process with nothing but a name misses every piece', () => {
  const missing = missingPieces({ id: 'wash-dishes', workflow: 'washDishes', title: 'Wash', summary: 'Washes.', phases: [] });
  expect(missing).toEqual([
    expect.stringContaining('temporal/contracts/washDishes.ts'),
    expect.stringContaining('workflows/washDishes.ts'),
    expect.stringContaining('docs/processes/wash-dishes.md'),
  ]);
});
