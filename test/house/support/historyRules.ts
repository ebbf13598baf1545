import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, read, root } from './tree.ts';

export const hashFile = 'test/histories/HASHES';

/** Lines of the list: `<sha256>  <path under test/histories>`. */
export function listed(text: string): { hash: string; path: string }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ hash: line.slice(0, 64), path: line.slice(66) }));
}

/** Where the list and the stored histories part, each in a sentence. */
export function historyFaults(at: string = root): string[] {
  const text = existsSync(join(at, hashFile)) ? read(hashFile, at) : '';
  const entries = listed(text);
  const faults: string[] = [];
  for (const { hash, path } of entries) {
    const file = `test/histories/${path}`;
    if (!existsSync(join(at, file))) faults.push(`${file} is gone; a stored history is kept for ever.`);
    else if (createHash('sha256').update(readFileSync(join(at, file))).digest('hex') !== hash) faults.push(`${file} was changed; a history is added under a new name, never recorded anew to make a test pass.`);
  }
  const known = new Set(entries.map((entry) => entry.path));
  if (known.size !== entries.length) faults.push(`${hashFile} names a history twice.`);
  for (const file of files(at)) {
    const path = /^test\/histories\/(.+\.json)$/.exec(file)?.[1];
    if (path !== undefined && !known.has(path)) faults.push(`${file} is not in ${hashFile}: run npm run scaffold -- history.`);
  }
  return faults;
}

/**
 * Earlier versions of the list, as far back as this clone knows, that are not the beginning of today's. Two branches add at
 * the end of what they both had, so of a branch that was merged every line must stand in today's list, wherever.
 */
export function rewrittenLists(at: string = root): string[] {
  if (!existsSync(join(at, '.git')) || !existsSync(join(at, hashFile))) return [];
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: at, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 16 * 1024 * 1024 });
  const today = read(hashFile, at);
  const lines = new Set(today.split('\n'));
  const versionsOf = (...how: string[]): string[] => git('log', ...how, '--format=%H', '--diff-filter=AM', '--', hashFile).split('\n').filter((commit) => commit !== '');
  const mainLine = new Set(versionsOf('--first-parent'));
  return [...new Set([...mainLine, ...versionsOf()])]
    .filter((commit) => {
      const earlier = git('show', `${commit}:${hashFile}`);
      return mainLine.has(commit) ? !today.startsWith(earlier) : earlier.split('\n').some((line) => !lines.has(line));
    })
    .map((commit) => `${hashFile} no longer begins with what it held at ${commit.slice(0, 8)}; lines are added at its end only.`);
}
