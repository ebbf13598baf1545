import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists } from './fileExists.ts';
import { runCommand, type CommandResult } from './runCommand.ts';

export type GitErrorKind = 'unavailable' | 'refused' | 'missing' | 'raced' | 'diskFull' | 'broken';

/** A git command that failed, with the kind its output tells. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly kind: GitErrorKind;
  readonly stderr: string;
  constructor(kind: GitErrorKind, command: string, stderr: string) {
    super(`git ${command} failed (${kind}): ${stderr.trim().split('\n').slice(-4).join(' ')}`);
    this.kind = kind;
    this.stderr = stderr;
  }
}

const KINDS: readonly (readonly [RegExp, GitErrorKind])[] = [
  // checkout-index names the file it could not write, but not why; its files lie in a folder of our own.
  [/no space left on device|disk quota exceeded|^error: unable to write file /im, 'diskFull'],
  [/\[rejected\]|non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref|incorrect old value/i, 'raced'],
  [/authentication failed|could not read username|returned error: 40[13]|permission denied|access denied|terminal prompts disabled/i, 'refused'],
  [/repository .* not found|returned error: 404|does not appear to be a git repository|couldn't find remote ref|not a valid object name|unknown revision|bad revision|no such remote|does not exist/i, 'missing'],
  [/could not resolve host|failed to connect|couldn't connect|connection (refused|reset|timed out)|timed out|early eof|rpc failed|unexpected disconnect|hung up|returned error: (429|5\d\d)|ssl|gnutls|http\/2 stream|empty reply/i, 'unavailable'],
];

function kindOf(result: CommandResult): GitErrorKind {
  if (result.timedOut) return 'unavailable';
  return KINDS.find(([pattern]) => pattern.test(result.stderr))?.[1] ?? 'broken';
}

export interface GitConfig {
  /** Folders in which git is looked for, joined by colons. */
  readonly searchPath: string;
  /** Who signs in where; a host that none of them names gets no credential. */
  readonly credentials?: readonly GitCredential[];
}

export interface GitCredential {
  /** Address, such as `https://github.com/ocw-content`: URLs under it get the token, and no others. */
  readonly scope: string;
  /** Sent as the password of HTTP basic authentication, never shown in arguments. A function is asked for each command anew; undefined signs in as nobody. */
  readonly token: string | undefined | (() => Promise<string | undefined>);
}

export interface TreeEntry {
  readonly path: string;
  /** SHA-1 of the blob, hex. */
  readonly blob: string;
  readonly mode: string;
}

export interface CommitInfo {
  /** SHA-1 of the commit, hex, in full. */
  readonly commit: string;
  /** When it was committed, ISO 8601. */
  readonly at: string;
}

export interface FileChange {
  readonly path: string;
  /** Null removes the file. */
  readonly content: string | Buffer | null;
}

export interface CommitSpec {
  readonly authorName: string;
  readonly authorEmail: string;
  readonly message: string;
  readonly changes: readonly FileChange[];
}

export interface RunOptions {
  readonly abortSignal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

const FETCH_TIMEOUT_MS = 15 * 60_000;
const LOCAL_TIMEOUT_MS = 5 * 60_000;

export type GitClient = ReturnType<typeof createGit>;

/** The machine's git, run with an environment of its own: no user configuration, no prompts, no credential helpers. */
export function createGit(config: GitConfig) {
  const baseEnv: Record<string, string> = {
    PATH: config.searchPath,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_COMMITTER_NAME: 'OCW Studio',
    GIT_COMMITTER_EMAIL: 'studio@localhost',
  };
  const settings: [string, string][] = [
    ['gc.auto', '0'],
    ['core.hooksPath', '/dev/null'],
    ['protocol.ext.allow', 'never'],
    ['safe.directory', '*'],
    ['http.postBuffer', String(64 * 1024 * 1024)],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
  ];
  /** The environment of one command; only one that goes to a remote carries a credential, and only that remote's. */
  async function environmentFor(remote: string | undefined): Promise<Record<string, string>> {
    const credential = remote === undefined ? undefined : credentialFor(remote, config.credentials ?? []);
    const token = typeof credential?.token === 'function' ? await credential.token() : credential?.token;
    const all = [...settings];
    if (credential !== undefined && token !== undefined) {
      all.push([`http.${withSlash(credential.scope)}.extraHeader`, `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`]);
    }
    const env: Record<string, string> = { ...baseEnv, GIT_CONFIG_COUNT: String(all.length) };
    all.forEach(([key, value], index) => {
      env[`GIT_CONFIG_KEY_${index}`] = key;
      env[`GIT_CONFIG_VALUE_${index}`] = value;
    });
    return env;
  }

  async function git(args: readonly string[], options: RunOptions & { cwd?: string; input?: string | AsyncIterable<string | Buffer>; env?: Record<string, string>; /** URL the command speaks to. */ remote?: string } = {}): Promise<string> {
    const result = await runCommand('git', args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...(await environmentFor(options.remote)), ...options.env },
      timeoutMs: options.timeoutMs ?? LOCAL_TIMEOUT_MS,
      abortSignal: options.abortSignal,
      ...(options.input === undefined ? {} : { input: options.input }),
      maxOutputBytes: 64 * 1024 * 1024,
    });
    if (result.code !== 0) throw new GitError(kindOf(result), args.find((arg) => !arg.startsWith('-')) ?? '', result.stderr);
    return result.stdout;
  }

  /** A worker killed in the middle of a git command leaves lock files; nobody else works in this folder. */
  async function removeStaleLocks(directory: string): Promise<void> {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && (entry.name.endsWith('.lock') || entry.name.startsWith('tmp_pack_'))) await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }

  /**
   * Brings the bare mirror in `directory` up to date with `url`; makes it when it is not there, and anew when it is
   * damaged. Nobody else may use the folder meanwhile.
   * @throws {GitError}
   */
  async function updateMirror(url: string, directory: string, options: RunOptions = {}): Promise<void> {
    const fetchArgs = ['fetch', '--quiet', '--prune', '--force', '--no-tags', '--no-write-fetch-head', url, '+refs/heads/*:refs/heads/*'];
    const fresh = async (): Promise<void> => {
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      await git(['init', '--quiet', '--bare', directory], options);
      await git(fetchArgs, { ...options, cwd: directory, remote: url, timeoutMs: options.timeoutMs ?? FETCH_TIMEOUT_MS });
    };
    const exists = await fileExists(join(directory, 'HEAD'));
    if (!exists) return fresh();
    await removeStaleLocks(directory);
    try {
      await git(fetchArgs, { ...options, cwd: directory, remote: url, timeoutMs: options.timeoutMs ?? FETCH_TIMEOUT_MS });
    } catch (error) {
      if (error instanceof GitError && error.kind === 'broken') return fresh();
      throw error;
    }
  }

  /** Whether the mirror, if there is one, has a commit (whole hex name). What a mirror cannot say it has not. */
  async function hasCommit(directory: string, commit: string, options: RunOptions = {}): Promise<boolean> {
    if (!(await fileExists(join(directory, 'HEAD')))) return false;
    try {
      await git(['cat-file', '-e', `${commit}^{commit}`], { ...options, cwd: directory });
      return true;
    } catch (error) {
      if (error instanceof GitError) return false;
      throw error;
    }
  }

  return {
    updateMirror,

    /**
     * Sees that the mirror has a commit (whole hex name), and asks the repository at `url` only where it has not: what has a
     * commit has all of it. Nobody else may use the folder meanwhile.
     * @throws {GitError}
     */
    async ensureCommit(url: string, directory: string, commit: string, options: RunOptions = {}): Promise<void> {
      if (!(await hasCommit(directory, commit, options))) await updateMirror(url, directory, options);
    },

    /**
     * The commit a branch of the repository at `url` points at, or null when there is no such branch. Nothing is fetched.
     * @throws {GitError}
     */
    async remoteHead(url: string, branch: string, options: RunOptions = {}): Promise<string | null> {
      const ref = `refs/heads/${branch}`;
      const lines = (await git(['ls-remote', '--quiet', '--refs', '--', url, ref], { ...options, remote: url })).split('\n').map((line) => line.split('\t'));
      return lines.find(([, name]) => name === ref)?.[0] ?? null;
    },

    /** The commit a branch of the mirror points at, or null when there is no such branch. */
    async headOf(directory: string, branch: string, options: RunOptions = {}): Promise<string | null> {
      try {
        return (await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`], { ...options, cwd: directory })).trim();
      } catch (error) {
        if (error instanceof GitError && error.stderr.trim() === '') return null;
        throw error;
      }
    },

    /** The commit with this name (hex, perhaps shortened), or null when there is none or more than one. */
    async findCommit(directory: string, name: string, options: RunOptions = {}): Promise<CommitInfo | null> {
      try {
        const [commit, at] = (await git(['log', '-1', '--no-show-signature', '--format=%H %cI', '--end-of-options', `${name}^{commit}`, '--'], { ...options, cwd: directory })).trim().split(' ');
        return commit === undefined || at === undefined ? null : { commit, at };
      } catch (error) {
        if (error instanceof GitError && (error.kind === 'missing' || /bad object|ambiguous/.test(error.stderr))) return null;
        throw error;
      }
    },

    /** Paths of the files that a commit added, changed or removed; of a merge, against its first parent. */
    async changedPaths(directory: string, commit: string, options: RunOptions = {}): Promise<string[]> {
      const output = await git(['diff-tree', '--root', '-r', '-z', '--no-renames', '--name-only', '--no-commit-id', '--diff-merges=first-parent', commit], { ...options, cwd: directory });
      return output.split('\0').filter((path) => path !== '');
    },

    /** How many commits `to` has and `from` has not; with paths only those that touch one of them. */
    async countCommits(directory: string, from: string, to: string, paths: readonly string[] | null, options: RunOptions = {}): Promise<number> {
      if (paths?.length === 0) return 0;
      const limit = paths === null ? '' : `--\n${paths.map((path) => `${path}\n`).join('')}`;
      const output = await git(['rev-list', '--count', '--stdin'], { ...options, cwd: directory, input: `${to}\n^${from}\n${limit}`, env: { GIT_LITERAL_PATHSPECS: '1' } });
      return Number(output.trim());
    },

    /** Every file of a commit. */
    async listTree(directory: string, commit: string, options: RunOptions = {}): Promise<TreeEntry[]> {
      const output = await git(['ls-tree', '-r', '-z', '--full-tree', commit], { ...options, cwd: directory });
      return output.split('\0').filter((line) => line !== '').map((line) => {
        const tab = line.indexOf('\t');
        const [mode, , blob] = line.slice(0, tab).split(' ');
        return { path: line.slice(tab + 1), blob: blob ?? '', mode: mode ?? '' };
      });
    },

    /** The text of one file of a commit, or null when it is not there. */
    async readFile(directory: string, commit: string, path: string, options: RunOptions = {}): Promise<string | null> {
      try {
        return await git(['cat-file', 'blob', `${commit}:${path}`], { ...options, cwd: directory });
      } catch (error) {
        if (error instanceof GitError && error.kind === 'missing') return null;
        throw error;
      }
    },

    /** The message of the last commit that touched a path, or null when none did. */
    async lastMessage(directory: string, commit: string, path: string, options: RunOptions = {}): Promise<string | null> {
      const message = await git(['log', '--max-count=1', '--format=%B', commit, '--', `:(literal)${path}`], { ...options, cwd: directory });
      return message === '' ? null : message;
    },

    /** Of these paths those a commit of the history removed, each with the message of the newest one that did. A removal that only a merge made is none. */
    async removalMessages(directory: string, commit: string, paths: readonly string[], options: RunOptions = {}): Promise<Map<string, string>> {
      const found = new Map<string, string>();
      // Standard input takes one path a line; git's output is divided by signs that no message is written with.
      const askable = paths.filter((path) => !path.includes('\n'));
      if (askable.length === 0) return found;
      const output = await git(['log', '--no-show-signature', '--no-renames', '--diff-filter=D', '--name-only', '-z', '--format=%x1e%B%x1f', '--stdin'], { ...options, cwd: directory, input: `${commit}\n--\n${askable.map((path) => `${path}\n`).join('')}`, env: { GIT_LITERAL_PATHSPECS: '1' } });
      for (const removal of output.split('\x1e')) {
        const end = removal.indexOf('\x1f');
        const files = removal.slice(end + 1).replace(/^\0?\n?/, '').split('\0');
        for (const path of files) if (end !== -1 && path !== '' && !found.has(path)) found.set(path, removal.slice(0, end));
      }
      return found;
    },

    /** Writes the files of a commit into `destination`, with the commit's time as their time. */
    async exportTree(directory: string, commit: string, destination: string, options: RunOptions = {}): Promise<void> {
      await mkdir(destination, { recursive: true });
      // An index of its own keeps the mirror untouched; checkout-index writes faster than archive piped into tar.
      const env = { GIT_DIR: directory, GIT_WORK_TREE: destination, GIT_INDEX_FILE: join(destination, '..', `.index-${randomUUID()}`) };
      try {
        await git(['read-tree', commit], { ...options, cwd: destination, env });
        await git(['checkout-index', '--all', '--force'], { ...options, cwd: destination, env });
      } finally {
        await rm(env.GIT_INDEX_FILE, { force: true });
      }
    },

    /**
     * Makes the commits on top of `parent` in the mirror and pushes them to `branch` of `url` as one pack.
     * @returns the new head.
     * @throws {GitError} kind `raced` when the branch moved meanwhile.
     */
    async commitAndPush(url: string, directory: string, branch: string, parent: string | null, commits: readonly CommitSpec[], name: string, options: RunOptions = {}): Promise<string> {
      const ref = `refs/studio/${name}`;
      const now = `${Math.floor(Date.now() / 1000)} +0000`;
      const stream = async function* (): AsyncGenerator<string | Buffer> {
        let from = parent;
        for (const commit of commits) {
          const author = `${cleanIdentity(commit.authorName)} <${cleanIdentity(commit.authorEmail)}>`;
          yield `commit ${ref}\nauthor ${author} ${now}\ncommitter ${author} ${now}\n`;
          yield data(Buffer.from(commit.message));
          if (from !== null) yield `from ${from}\n`;
          from = null;
          for (const change of commit.changes) {
            if (change.content === null) yield `D ${quotePath(change.path)}\n`;
            else {
              yield `M 100644 inline ${quotePath(change.path)}\n`;
              yield data(Buffer.from(change.content));
            }
          }
          yield '\n';
        }
        yield 'done\n';
      };
      await git(['update-ref', '-d', ref], { ...options, cwd: directory });
      await git(['fast-import', '--quiet', '--done', '--force'], { ...options, cwd: directory, input: stream() });
      const head = (await git(['rev-parse', '--verify', ref], { ...options, cwd: directory })).trim();
      await git(['push', '--quiet', url, `${ref}:refs/heads/${branch}`], { ...options, cwd: directory, remote: url, timeoutMs: options.timeoutMs ?? FETCH_TIMEOUT_MS });
      await git(['update-ref', '-d', ref], { ...options, cwd: directory });
      return head;
    },

    /** A checkout with its own history at one commit of a mirror, for programs that ask git where they are. */
    async checkOutClone(mirror: string, commit: string, destination: string, options: RunOptions = {}): Promise<void> {
      await git(['clone', '--quiet', '--shared', '--no-checkout', '--', mirror, destination], { ...options, timeoutMs: options.timeoutMs ?? FETCH_TIMEOUT_MS });
      await git(['checkout', '--quiet', '--detach', commit], { ...options, cwd: destination });
    },

    /** A shallow copy of one branch (or the default one) of any repository, as plain files. */
    async cloneFiles(url: string, destination: string, options: RunOptions = {}): Promise<void> {
      await git(['clone', '--quiet', '--depth', '1', '--', url, destination], { ...options, remote: url, timeoutMs: options.timeoutMs ?? FETCH_TIMEOUT_MS });
    },
  };
}

/** The credential whose scope holds the URL; the narrowest one where scopes lie in each other. */
function credentialFor(url: string, credentials: readonly GitCredential[]): GitCredential | undefined {
  return credentials.filter(({ scope }) => withSlash(url).startsWith(withSlash(scope))).sort((a, b) => b.scope.length - a.scope.length)[0];
}

function withSlash(scope: string): string {
  return `${scope.replace(/\/+$/, '')}/`;
}

/** Git's name of a blob, hex, so that content can be compared with a tree without reading it. */
export function blobId(content: string | Uint8Array): string {
  const body = Buffer.from(content);
  return createHash('sha1').update(`blob ${body.length}\0`).update(body).digest('hex');
}

/** fast-import ends a name at `<`, an address at `>` and both at a line's end. */
function cleanIdentity(text: string): string {
  return text.replace(/[<>\n\r\0]/g, '').trim();
}

function data(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')]);
}

function quotePath(path: string): string {
  return `"${path.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
