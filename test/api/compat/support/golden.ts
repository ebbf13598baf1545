import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Compares an answer with its golden file under test/golden/compat; ACCEPT_GOLDEN=1 writes the file anew. */
export function expectGolden(name: string, answer: unknown): void {
  const file = fileURLToPath(new URL(`../../../golden/compat/${name}.json`, import.meta.url));
  const text = `${JSON.stringify(answer, null, 2)}\n`;
  if (process.env['ACCEPT_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text, `${name}.json; ACCEPT_GOLDEN=1 accepts a change`).toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'there is no such file');
}
