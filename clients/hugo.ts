import { mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Told } from './launcher.ts';
import { runCommand } from './runCommand.ts';

/** Longer than whoever watches may last, milliseconds; a timer of Node holds no more than 24 days. */
const LONGEST_WATCH_MS = 7 * 24 * 60 * 60_000;

/** Hugo ended with another code than 0, or not in time. */
export class HugoError extends Error {
  override readonly name = 'HugoError';
  readonly kind: 'failed' | 'timedOut' | 'missing' | 'diskFull';
  readonly output: string;
  constructor(kind: HugoError['kind'], output: string) {
    super(`Hugo ${kind === 'failed' ? 'reported errors' : kind}`);
    this.kind = kind;
    this.output = output;
  }
}

export interface HugoConfig {
  readonly hugoBin: string;
  /** Further binaries by their version. */
  readonly hugoBins?: Readonly<Record<string, string>>;
  readonly hugoTimeoutSeconds: number;
}

/** A binary and the version it says it has, such as 0.147.9. */
export interface HugoBinary {
  readonly path: string;
  readonly version: string;
}

export interface HugoBuild {
  /** What `binaryOf` found; the installation's own where it is absent. */
  readonly binary?: HugoBinary;
  /** The checkout of the site. */
  readonly workDir: string;
  readonly themesDir: string;
  readonly configFile: string;
  readonly baseUrl: string;
  readonly destination: string;
  /** A folder of its own for every build: Hugo's cache of remote data never expires by itself. */
  readonly cacheDir: string;
  /** Machine code of the WebAssembly that Hugo brings along, such as its KaTeX. It depends on the binary alone, so all builds share the folder: compiling takes longer than a small site. */
  readonly compiledDir: string;
  readonly buildDrafts: boolean;
  /** What the themes may read; nothing else of the environment reaches Hugo. */
  readonly env: Readonly<Record<string, string>>;
  readonly abortSignal?: AbortSignal | undefined;
}

export type Hugo = ReturnType<typeof createHugo>;

/** The Hugo binaries, run with an environment of their own. */
export function createHugo(config: HugoConfig) {
  const run = async (binary: string, args: readonly string[], env: Readonly<Record<string, string>>, timeoutMs: number, options: { cwd?: string; abortSignal?: AbortSignal | undefined } & Told = {}) => {
    try {
      return await runCommand(binary, args, { env, timeoutMs, ...options, maxOutputBytes: 4 * 1024 * 1024 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) throw new HugoError('missing', `${binary}: ${error.message}`);
      throw error;
    }
  };

  /** What each binary said, until its file is another one. */
  const said = new Map<string, { readonly stamp: string; readonly version: string }>();
  const versionOf = async (path: string): Promise<string> => {
    // A name that is looked for in PATH has no file to tell by.
    const stamp = await stat(path).then((file) => `${file.mtimeMs}/${file.size}/${file.ino}`, () => null);
    const known = said.get(path);
    if (known !== undefined && known.stamp === stamp) return known.version;
    const result = await run(path, ['version'], { HOME: '/nonexistent' }, 30_000);
    const version = /v(\d+\.\d+\.\d+)/.exec(result.stdout)?.[1] ?? result.stdout.trim();
    if (stamp !== null) said.set(path, { stamp, version });
    return version;
  };

  return {
    /**
     * The binary of a version, or the installation's own when no version is asked for.
     * @throws {HugoError} kind `missing` when no binary has that version, or the one named for it has another.
     */
    async binaryOf(wanted: string | null): Promise<HugoBinary> {
      const named = wanted === null ? undefined : config.hugoBins?.[wanted];
      const path = named ?? config.hugoBin;
      const version = await versionOf(path);
      if (wanted !== null && version !== wanted) throw new HugoError('missing', named === undefined ? `there is no binary of Hugo ${wanted}: ${path} is ${version}` : `${path} is Hugo ${version}, not ${wanted}`);
      return { path, version };
    },

    /**
     * Builds one site with the command line of the existing builders.
     * @returns what Hugo printed.
     * @throws {HugoError} when it ends with another code than 0, even if files were written.
     */
    async build(build: HugoBuild): Promise<string> {
      await shareCompiled(build);
      const result = await run(build.binary?.path ?? config.hugoBin, [...argsOf(build), '--destination', build.destination], envOf(build), config.hugoTimeoutSeconds * 1_000, { cwd: build.workDir, abortSignal: build.abortSignal });
      const output = `${result.stdout}\n${result.stderr}`;
      if (result.timedOut) throw new HugoError('timedOut', output);
      if (result.code !== 0) throw new HugoError(/no space left on device|disk quota exceeded/i.test(output) ? 'diskFull' : 'failed', output);
      return output;
    },

    /**
     * Serves one site at a port of this machine, in memory, and builds what changes of it again and again, until `abortSignal` ends it. Of what a
     * change concerns it renders what was looked at, and the rest once somebody looks: all of it takes as long as a build. The host in
     * `baseUrl` is nobody's. Its caches take `cacheMb` at most, which is not all the memory it takes.
     * @returns its exit code, when it ended by itself; 127 where there is no such binary.
     * @throws the caller’s reason when `abortSignal` ends it.
     */
    async watch(build: Omit<HugoBuild, 'destination'>, { cacheMb, port, ...told }: Required<Told> & { readonly cacheMb: number; readonly port: number }): Promise<number | null> {
      await shareCompiled(build);
      const env = { ...envOf(build), HUGO_MEMORYLIMIT: (cacheMb / 1_024).toFixed(3) };
      // In one stream an error stands where it was said, before the word that the build is over.
      const { code } = await run('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', build.binary?.path ?? config.hugoBin, 'server', ...argsOf(build), ...SERVED, '--port', String(port)], env, LONGEST_WATCH_MS, { cwd: build.workDir, abortSignal: build.abortSignal, ...told });
      return code;
    },
  };
}

/** As a build of the published site, without what is for somebody at a terminal; after a build that failed the last good pages are served. */
const SERVED = ['--renderToMemory', '--environment', 'production', '--appendPort=false', '--bind', '127.0.0.1', '--disableLiveReload', '--disableBrowserError', '--navigateToChanged=false'];

function argsOf(build: Omit<HugoBuild, 'destination'>): string[] {
  const args = ['--themesDir', build.themesDir, '--config', build.configFile, '--baseURL', build.baseUrl, '--noBuildLock'];
  return build.buildDrafts ? [...args, '--buildDrafts'] : args;
}

function envOf(build: Omit<HugoBuild, 'destination'>): Record<string, string> {
  return { HOME: build.cacheDir, TMPDIR: build.cacheDir, HUGO_CACHEDIR: build.cacheDir, TZ: 'UTC', ...build.env };
}

/** Hugo looks for what it compiled inside its cache. Builds write it at the same time: each file appears whole, by a rename. */
async function shareCompiled({ cacheDir, compiledDir }: Pick<HugoBuild, 'cacheDir' | 'compiledDir'>): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  await mkdir(compiledDir, { recursive: true });
  await symlink(compiledDir, join(cacheDir, '_warpc')).catch((error: NodeJS.ErrnoException) => {
    // A second output of the same build.
    if (error.code !== 'EEXIST') throw error;
  });
}
