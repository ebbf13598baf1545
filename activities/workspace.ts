import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists } from '#clients/fileExists.ts';

/**
 * A worker's folder: mirrors of repositories, exported trees, builds. Only one process uses it, everything in it can be
 * made again, and what a killed worker left half done is thrown away at start.
 */
export interface Workspace {
  readonly root: string;
  /** What Hugo compiles for itself, whatever it builds. */
  readonly hugoCompiledDir: string;
  /** Where the mirror of a repository lies. */
  mirrorDir(url: string): string;
  /** A new folder for one build, removed by `remove`. */
  newBuildDir(): Promise<string>;
  /** A tree that is exported once per key and shared by builds, which only read it. */
  shared(key: string, fill: (directory: string) => Promise<void>): Promise<string>;
  remove(directory: string): Promise<void>;
  /** Runs `work` while nobody else in this process holds `name`. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
}

const SHARED_TREES_KEPT = 6;

/** Opens the workspace and clears what an earlier process left in the middle. */
export async function openWorkspace(root: string): Promise<Workspace> {
  const builds = join(root, 'builds');
  const trees = join(root, 'trees');
  await rm(builds, { recursive: true, force: true });
  for (const folder of [builds, trees, join(root, 'mirrors')]) await mkdir(folder, { recursive: true });
  for (const entry of await readdir(trees)) if (entry.startsWith('.part-')) await rm(join(trees, entry), { recursive: true, force: true });

  const tails = new Map<string, Promise<unknown>>();
  const exclusive = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.catch(() => undefined);
    tails.set(name, settled);
    try {
      return await turn;
    } finally {
      if (tails.get(name) === settled) tails.delete(name);
    }
  };

  const forgetOldTrees = async (): Promise<void> => {
    // What begins with a dot is being made, and nobody's yet.
    const names = (await readdir(trees)).filter((name) => !name.startsWith('.'));
    const entries = await Promise.all(names.map(async (name) => ({ name, usedAt: (await stat(join(trees, name))).mtimeMs })));
    entries.sort((a, b) => b.usedAt - a.usedAt);
    for (const old of entries.slice(SHARED_TREES_KEPT)) await rm(join(trees, old.name), { recursive: true, force: true });
  };

  return {
    root,
    hugoCompiledDir: join(root, 'hugo-compiled'),
    mirrorDir: (url) => join(root, 'mirrors', createHash('sha256').update(url).digest('hex').slice(0, 24)),
    async newBuildDir() {
      const directory = join(builds, randomUUID());
      await mkdir(directory, { recursive: true });
      return directory;
    },
    shared: (key, fill) =>
      exclusive(`tree/${key}`, async () => {
        const directory = join(trees, key.replace(/[^\w.-]/g, '_'));
        const isThere = await fileExists(directory);
        if (isThere) {
          const now = new Date();
          await utimes(directory, now, now);
          return directory;
        }
        await exclusive('trees', forgetOldTrees);
        const part = join(trees, `.part-${randomUUID()}`);
        try {
          await mkdir(part, { recursive: true });
          await fill(part);
          await rename(part, directory);
        } catch (error) {
          await rm(part, { recursive: true, force: true });
          throw error;
        }
        return directory;
      }),
    remove: (directory) => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
    exclusive,
  };
}
