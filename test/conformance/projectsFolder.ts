import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from '#local/setup.mjs';

/** The folder of starters: the one that was named, or the first that is there of those beside the corpus, below `OCW_CORPUS` and of the samples. */
export function projectsFolder(corpus: string, given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const named = process.env['OCW_CORPUS'] ?? '';
  const folders = [join(corpus, '..', 'ocw-hugo-projects'), ...(named === '' ? [] : [join(resolve(named), 'ocw-hugo-projects')]), join(ROOT, 'local', 'sample', 'projects')];
  return folders.find((folder) => existsSync(folder)) ?? '';
}
