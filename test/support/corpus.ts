import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

/**
 * The folder of real courses and configurations, or the test is skipped with the reason. It is named by OCW_CORPUS, or
 * lies beside the checkout as `shared/data`.
 */
export function corpusOrSkip(context: TestContext): string {
  const named = process.env['OCW_CORPUS'];
  const folder = named === undefined || named === '' ? fileURLToPath(new URL('../../../shared/data', import.meta.url)) : resolve(named);
  if (!existsSync(join(folder, 'courses'))) context.skip('there are no real courses here: set OCW_CORPUS to their folder');
  return folder;
}

/** Every file below a folder, by its path with slashes, in a stable order. */
export function filesBelow(folder: string): { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(folder, file).split(sep).join('/'), bytes: readFileSync(file) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Names of the courses of the corpus. */
export function coursesOf(corpus: string): string[] {
  return readdirSync(join(corpus, 'courses')).sort();
}
