// @ts-check
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Appends the stored histories that test/histories/HASHES does not name yet. What it names is left alone, changed or not:
 * a changed history must fail its check, not be forgiven here.
 * @param {string} root
 * @returns {string[]} the paths that were added, under test/histories.
 */
export function listHistories(root) {
  const folder = join(root, 'test', 'histories');
  const list = join(folder, 'HASHES');
  const known = new Set(existsSync(list) ? readFileSync(list, 'utf8').split('\n').map((line) => line.slice(66)) : []);
  /** @type {string[]} */
  const added = [];
  const workflows = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  for (const { name } of workflows.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const file of readdirSync(join(folder, name)).sort()) {
      const path = `${name}/${file}`;
      if (!file.endsWith('.json') || known.has(path)) continue;
      const hash = createHash('sha256').update(readFileSync(join(folder, path))).digest('hex');
      appendFileSync(list, `${hash}  ${path}\n`);
      added.push(path);
    }
  }
  return added;
}
