// @ts-check
/** Real bare git repositories under one folder, worked on with the machine's git. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ENV = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.example',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.example',
};

/** @param {string} home */
export function createRepositories(home) {
  /** @param {string} owner @param {string} name */
  const directoryOf = (owner, name) => {
    if (!/^[\w.-]+$/.test(owner) || !/^[\w.-]+$/.test(name) || name === '.' || name === '..') throw new Error('no such name');
    return join(home, owner, `${name}.git`);
  };

  /** @param {string} directory @param {string[]} args @param {Record<string, string>} [env] */
  const git = async (directory, args, env = {}) => (await run('git', ['-c', 'gc.auto=0', '-c', 'safe.directory=*', ...args], { cwd: directory, env: { ...ENV, ...env }, maxBuffer: 256 * 1024 * 1024 })).stdout;

  /** @param {string} directory @param {string[]} args */
  const tryGit = async (directory, args) => {
    try {
      return (await git(directory, args)).trim();
    } catch {
      return null;
    }
  };

  return {
    directoryOf,
    git,
    tryGit,
    /** @param {string} owner @param {string} name */
    exists: (owner, name) => existsSync(join(directoryOf(owner, name), 'HEAD')),
    /** @param {string} owner */
    async list(owner) {
      const entries = await readdir(join(home, owner)).catch(() => /** @type {string[]} */ ([]));
      return entries.filter((entry) => entry.endsWith('.git')).map((entry) => entry.slice(0, -4));
    },
    /** @param {string} owner @param {string} name @param {{ autoInit: boolean, isPrivate: boolean, defaultBranch?: string }} options */
    async create(owner, name, options) {
      const directory = directoryOf(owner, name);
      const branch = options.defaultBranch ?? 'main';
      await mkdir(join(home, owner), { recursive: true });
      await run('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, directory], { env: ENV });
      await git(directory, ['config', 'http.receivepack', 'true']);
      await git(directory, ['config', 'studio.private', String(options.isPrivate)]);
      if (options.autoInit) {
        const blob = await writeBlob(directory, `# ${name}\n`);
        const tree = await writeTree(directory, `100644 blob ${blob}\tREADME.md\n`);
        const commit = (await git(directory, ['commit-tree', tree, '-m', 'Initial commit'])).trim();
        await git(directory, ['update-ref', `refs/heads/${branch}`, commit]);
      }
    },
    /** @param {string} owner @param {string} name */
    remove: (owner, name) => rm(directoryOf(owner, name), { recursive: true, force: true }),
    /** @param {string} owner @param {string} name */
    isPrivate: async (owner, name) => (await tryGit(directoryOf(owner, name), ['config', 'studio.private'])) !== 'false',
    /** @param {string} owner @param {string} name */
    isArchived: async (owner, name) => (await tryGit(directoryOf(owner, name), ['config', 'studio.archived'])) === 'true',
    /** @param {string} owner @param {string} name @param {boolean} archived */
    setArchived: (owner, name, archived) => git(directoryOf(owner, name), ['config', 'studio.archived', String(archived)]),
    /** @param {string} owner @param {string} name */
    async defaultBranch(owner, name) {
      return (await git(directoryOf(owner, name), ['symbolic-ref', '--short', 'HEAD'])).trim();
    },
    /** @param {string} owner @param {string} name @param {string} ref full name or anything git understands */
    resolve: (owner, name, ref) => tryGit(directoryOf(owner, name), ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]),

    /**
     * Merges `head` into branch `base` as GitHub does: always with a merge commit, unless there is nothing to merge.
     * @param {string} owner @param {string} name @param {string} base @param {string} head @param {string} message
     * @returns {Promise<{ status: 201, sha: string } | { status: 204 } | { status: 404, what: string } | { status: 409 }>}
     */
    async merge(owner, name, base, head, message) {
      const directory = directoryOf(owner, name);
      const baseSha = await tryGit(directory, ['rev-parse', '--verify', '--quiet', `refs/heads/${base}^{commit}`]);
      if (baseSha === null) return { status: 404, what: 'Base does not exist' };
      const headSha = (await tryGit(directory, ['rev-parse', '--verify', '--quiet', `refs/heads/${head}^{commit}`])) ?? (await tryGit(directory, ['rev-parse', '--verify', '--quiet', `${head}^{commit}`]));
      if (headSha === null) return { status: 404, what: 'Head does not exist' };
      if ((await tryGit(directory, ['merge-base', '--is-ancestor', headSha, baseSha])) !== null) return { status: 204 };
      const merged = await tryGit(directory, ['merge-tree', '--write-tree', baseSha, headSha]);
      if (merged === null) return { status: 409 };
      const tree = merged.split('\n')[0] ?? '';
      const sha = (await git(directory, ['commit-tree', tree, '-p', baseSha, '-p', headSha, '-m', message])).trim();
      await git(directory, ['update-ref', `refs/heads/${base}`, sha, baseSha]);
      return { status: 201, sha };
    },

    /**
     * Makes the default branch hold exactly the files of a folder; the same files make no commit.
     * @param {string} owner @param {string} name @param {string} folder
     * @returns {Promise<boolean>} whether a commit was made
     */
    async seed(owner, name, folder) {
      const directory = directoryOf(owner, name);
      const branch = (await git(directory, ['symbolic-ref', '--short', 'HEAD'])).trim();
      const index = join(directory, `seed-index-${process.pid}`);
      const env = { GIT_DIR: directory, GIT_WORK_TREE: resolve(folder), GIT_INDEX_FILE: index };
      try {
        await git(resolve(folder), ['add', '--all', '--force', '.'], env);
        const tree = (await git(resolve(folder), ['write-tree'], env)).trim();
        const head = await tryGit(directory, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
        if (head !== null && (await git(directory, ['rev-parse', `${head}^{tree}`])).trim() === tree) return false;
        const commit = (await git(directory, ['commit-tree', tree, ...(head === null ? [] : ['-p', head]), '-m', 'Sample content'])).trim();
        await git(directory, ['update-ref', `refs/heads/${branch}`, commit]);
        return true;
      } finally {
        await rm(index, { force: true });
      }
    },
  };

  /** @param {string} directory @param {string} text */
  async function writeBlob(directory, text) {
    return writeWith(directory, ['hash-object', '-w', '--stdin'], text);
  }
  /** @param {string} directory @param {string} text */
  async function writeTree(directory, text) {
    return writeWith(directory, ['mktree'], text);
  }
  /** @param {string} directory @param {string[]} args @param {string} text @returns {Promise<string>} */
  function writeWith(directory, args, text) {
    return new Promise((resolvePromise, reject) => {
      const child = execFile('git', args, { cwd: directory, env: ENV }, (error, stdout) => (error === null ? resolvePromise(stdout.trim()) : reject(error)));
      child.stdin?.end(text);
    });
  }
}
