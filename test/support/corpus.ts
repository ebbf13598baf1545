import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';

/** Whether tests run at the full size or at a tenth of it. */
export const isFullSize = process.env['OCW_TEST_SIZE'] === 'full';

/** Why a test that needs the corpus does not run. */
export const noCorpus = 'there are no real courses here: set OCW_CORPUS to their folder';

/** The folder of real courses and configurations, named by OCW_CORPUS or beside the checkout as `shared/data`; null where there is none. */
export function corpusFolder(): string | null {
  const named = process.env['OCW_CORPUS'];
  const folder = named === undefined || named === '' ? fileURLToPath(new URL('../../../shared/data', import.meta.url)) : resolve(named);
  return existsSync(join(folder, 'courses')) ? folder : null;
}

/** The folder of the corpus, or the test is skipped with the reason. */
export function corpusOrSkip(context: TestContext): string {
  return corpusFolder() ?? context.skip(noCorpus);
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
