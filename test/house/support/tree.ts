import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Every file that is, or is about to be, committed: tracked ones and those that .gitignore does not name. */
export function files(at: string = root): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: at, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(join(at, path))).sort();
}

/** Text of a file of the checkout. */
export function read(path: string, at: string = root): string {
  return readFileSync(join(at, path), 'utf8');
}

export const rooms = ['domain', 'temporal', 'workflows', 'activities', 'clients', 'db', 'config', 'api', 'worker', 'web', 'cli', 'local', 'test'] as const;

/** Source files of the rooms: what the rules about code look at. */
export function sources(at: string = root): string[] {
  return files(at).filter((path) => /\.(?:ts|mjs|cjs|svelte)$/.test(path) && !/^test\/(?:fixtures|histories|golden)\//.test(path) && !path.endsWith('.d.ts'));
}
