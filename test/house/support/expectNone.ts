import { expect } from 'vitest';

/** Fails with every complaint on a line of its own, none cut short. */
export function expectNone(complaints: readonly string[]): void {
  expect(complaints.length, `\n${complaints.map((complaint) => `  - ${complaint}`).join('\n')}\n`).toBe(0);
}
