import { slugify } from './slug.ts';

const MAX_SLUG_CHARACTERS = 30;

export interface KnownStarter {
  readonly id: string;
  readonly slug: string;
  readonly source: 'github' | 'local';
  readonly path: string;
}

export interface StarterFile {
  /** Path of the configuration in the repository. */
  readonly file: string;
  /** What identifies the starter: the repository’s address and the folder in it. */
  readonly path: string;
  readonly slug: string;
  /** Id of the starter that had another path before, because the repository moved; null when it did not. */
  readonly movedId: string | null;
}

/**
 * Which starter each configuration file is. A starter that is known by its path keeps its slug. One that another address
 * of the repository held, in the same folder, is that starter and moves; any other is new and gets the first folder’s name
 * (at the root the repository’s), with a number behind it when another path has that slug.
 */
export function identifyStarters(repositoryUrl: string, files: readonly string[], known: readonly KnownStarter[]): StarterFile[] {
  const base = repositoryUrl.replace(/\/+$/, '').replace(/\.git$/, '');
  const repositoryName = base.split(/[/:]/).at(-1) ?? '';
  const fromGitHub = known.filter((starter) => starter.source === 'github');
  const taken = new Set(known.map((starter) => starter.slug));
  const found = [...files].sort().map((file) => {
    const folder = file.split('/').slice(0, -1).join('/');
    return { file, folder, path: folder === '' ? base : `${base}/${folder}` };
  });
  const spokenFor = new Set(found.map(({ path }) => path));
  return found.map(({ file, folder, path }) => {
    const same = fromGitHub.find((starter) => starter.path === path);
    if (same !== undefined) return { file, path, slug: same.slug, movedId: null };
    const ending = `/${folder === '' ? repositoryName : folder}`;
    const elsewhere = fromGitHub.filter((starter) => starter.path.endsWith(ending) && !spokenFor.has(starter.path) && starter.path !== base && !starter.path.startsWith(`${base}/`));
    const [moved] = elsewhere;
    if (moved !== undefined && elsewhere.length === 1) {
      spokenFor.add(moved.path);
      return { file, path, slug: moved.slug, movedId: moved.id };
    }
    const slug = freeSlug(folder === '' ? repositoryName : (folder.split('/')[0] ?? ''), taken);
    taken.add(slug);
    return { file, path, slug, movedId: null };
  });
}

function freeSlug(name: string, taken: ReadonlySet<string>): string {
  const cut = (text: string, characters: number): string => text.slice(0, characters).replace(/[-_]+$/, '');
  const slug = cut(slugify(name), MAX_SLUG_CHARACTERS) || 'starter';
  if (!taken.has(slug)) return slug;
  for (let number = 2; ; number += 1) {
    const numbered = `${cut(slug, MAX_SLUG_CHARACTERS - String(number).length)}${number}`;
    if (!taken.has(numbered)) return numbered;
  }
}
