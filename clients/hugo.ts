import { runCommand } from './runCommand.ts';

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
  readonly hugoTimeoutSeconds: number;
}

export interface HugoBuild {
  /** The checkout of the site. */
  readonly workDir: string;
  readonly themesDir: string;
  readonly configFile: string;
  readonly baseUrl: string;
  readonly destination: string;
  /** A folder of its own for every build: Hugo's cache of remote data never expires by itself. */
  readonly cacheDir: string;
  readonly buildDrafts: boolean;
  /** What the themes may read; nothing else of the environment reaches Hugo. */
  readonly env: Readonly<Record<string, string>>;
  readonly abortSignal?: AbortSignal | undefined;
}

export type Hugo = ReturnType<typeof createHugo>;

/** The Hugo binary, run with an environment of its own. */
export function createHugo(config: HugoConfig) {
  const run = async (args: readonly string[], env: Readonly<Record<string, string>>, timeoutMs: number, options: { cwd?: string; abortSignal?: AbortSignal | undefined } = {}) => {
    try {
      return await runCommand(config.hugoBin, args, { env, timeoutMs, ...options, maxOutputBytes: 4 * 1024 * 1024 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) throw new HugoError('missing', `${config.hugoBin}: ${error.message}`);
      throw error;
    }
  };
  return {
    /** The version as Hugo prints it, such as 0.147.9. @throws {HugoError} kind `missing`. */
    async version(): Promise<string> {
      const result = await run(['version'], { HOME: '/nonexistent' }, 30_000);
      return /v(\d+\.\d+\.\d+)/.exec(result.stdout)?.[1] ?? result.stdout.trim();
    },

    /**
     * Builds one site with the command line of the existing builders.
     * @returns what Hugo printed.
     * @throws {HugoError} when it ends with another code than 0, even if files were written.
     */
    async build(build: HugoBuild): Promise<string> {
      const args = ['--themesDir', build.themesDir, '--config', build.configFile, '--baseURL', build.baseUrl, '--destination', build.destination, '--noBuildLock'];
      if (build.buildDrafts) args.push('--buildDrafts');
      const result = await run(args, { HOME: build.cacheDir, TMPDIR: build.cacheDir, HUGO_CACHEDIR: build.cacheDir, TZ: 'UTC', ...build.env }, config.hugoTimeoutSeconds * 1_000, { cwd: build.workDir, abortSignal: build.abortSignal });
      const output = `${result.stdout}\n${result.stderr}`;
      if (result.timedOut) throw new HugoError('timedOut', output);
      if (result.code !== 0) throw new HugoError(/no space left on device|disk quota exceeded/i.test(output) ? 'diskFull' : 'failed', output);
      return output;
    },
  };
}
