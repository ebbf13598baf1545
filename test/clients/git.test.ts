import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createGit, GitError } from '#clients/git.ts';

const folder = mkdtempSync(join(tmpdir(), 'git-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const git = createGit({ searchPath: process.env['PATH'] ?? '' });
const errorOf = async (work: Promise<unknown>): Promise<GitError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof GitError) return error;
  throw error;
};
const author = { authorName: 'Ada', authorEmail: 'ada@example.edu', message: 'Say it\n\nStudio-Run: r\n' };
let count = 0;

describe('a mirror of a real repository', () => {
  let origin: string;
  let mirror: string;
  let first: string;
  beforeEach(async () => {
    count += 1;
    origin = join(folder, `origin-${count}.git`);
    mirror = join(folder, `mirror-${count}`);
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
    await git.updateMirror(origin, mirror);
    first = await git.commitAndPush(origin, mirror, 'main', null, [{ ...author, changes: [{ path: 'a.md', content: 'A' }] }], 'first');
    await git.updateMirror(origin, mirror);
  });
  const inOrigin = (...args: string[]): string => execFileSync('git', args, { cwd: origin, encoding: 'utf8' }).trim();
  const push = (changes: Parameters<typeof git.commitAndPush>[4][number]['changes'], parent: string | null = first) => git.commitAndPush(origin, mirror, 'main', parent, [{ ...author, changes }], 'run');

  it('knows heads, files and texts', async () => {
    expect(await git.headOf(mirror, 'main')).toBe(first);
    expect(await git.headOf(mirror, 'none')).toBeNull();
    expect([await git.remoteHead(origin, 'main'), await git.remoteHead(origin, 'none')]).toEqual([first, null]);
    expect((await errorOf(git.remoteHead(join(folder, 'nowhere.git'), 'main'))).kind).toBe('missing');
    expect(await git.listTree(mirror, first)).toEqual([{ path: 'a.md', blob: '8c7e5a667f1b771847fe88c01c3de34413a1b220', mode: '100644' }]);
    expect(await git.readFile(mirror, first, 'a.md')).toBe('A');
    expect(await git.readFile(mirror, first, 'none.md')).toBeNull();
  });

  it('finds a commit by its name, whole or in part', async () => {
    const found = { commit: first, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/) as string };
    expect(await git.findCommit(mirror, first)).toEqual(found);
    expect(await git.findCommit(mirror, first.slice(0, 8))).toEqual(found);
    expect(await git.findCommit(mirror, '0'.repeat(40))).toBeNull();
    expect(await git.findCommit(mirror, '0123456')).toBeNull();
    // The name of a file's content is no commit.
    expect(await git.findCommit(mirror, '8c7e5a667f1b771847fe88c01c3de34413a1b220')).toBeNull();
  });

  it('tells which commit removed a file last, and nothing of files that were never there', async () => {
    const second = await push([{ path: 'dir/*.md', content: 'star' }, { path: 'ü.md', content: 'B' }, { path: 'dir/x.md', content: 'x' }]);
    const third = await push([{ path: 'a.md', content: null }, { path: 'ü.md', content: null }], second);
    const fourth = await git.commitAndPush(origin, mirror, 'main', third, [{ ...author, message: 'Back', changes: [{ path: 'ü.md', content: 'B' }] }, { ...author, message: 'Gone\n\nOnce more', changes: [{ path: 'ü.md', content: null }, { path: 'dir/*.md', content: null }] }], 'run');
    const found = await git.removalMessages(mirror, fourth, ['a.md', 'ü.md', 'dir/*.md', 'dir/x.md', 'never.md']);
    expect([...found].map(([path, message]) => [path, message.trim()]).sort()).toEqual([['a.md', author.message.trim()], ['dir/*.md', 'Gone\n\nOnce more'], ['ü.md', 'Gone\n\nOnce more']]);
    expect((await git.removalMessages(mirror, fourth, [])).size).toBe(0);
  });

  it('tells what a commit changed, the first one and a merge too', async () => {
    const second = await push([{ path: 'a.md', content: 'B' }, { path: 'dir/*.md', content: 'star' }]);
    const third = await push([{ path: 'a.md', content: null }, { path: 'ü.md', content: 'B' }], second);
    expect(await git.changedPaths(mirror, first)).toEqual(['a.md']);
    expect(await git.changedPaths(mirror, second)).toEqual(['a.md', 'dir/*.md']);
    expect(await git.changedPaths(mirror, third)).toEqual(['a.md', 'ü.md']);
    inOrigin('branch', 'side', first);
    const clone = join(folder, `clone-${count}`);
    execFileSync('git', ['clone', '--quiet', origin, clone]);
    const inClone = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd: clone, encoding: 'utf8' }).trim();
    inClone('checkout', '--quiet', '-b', 'side', 'origin/side');
    writeFileSync(join(clone, 'side.md'), 'side');
    inClone('add', '--all');
    inClone('commit', '--quiet', '-m', 'Side');
    inClone('checkout', '--quiet', 'main');
    inClone('merge', '--quiet', '--no-ff', '-m', 'Merge', 'side');
    inClone('push', '--quiet', 'origin', 'main');
    await git.updateMirror(origin, mirror);
    expect(await git.changedPaths(mirror, inClone('rev-parse', 'main'))).toEqual(['side.md']);
    // Counted are the commits of both sides; a star in a name is a star.
    expect(await git.countCommits(mirror, first, inClone('rev-parse', 'main'), null)).toBe(4);
    expect(await git.countCommits(mirror, first, third, ['dir'])).toBe(1);
    expect(await git.countCommits(mirror, first, third, ['dir/*.md', 'nowhere'])).toBe(1);
    expect(await git.countCommits(mirror, second, third, ['*.md'])).toBe(0);
    expect(await git.countCommits(mirror, first, third, [])).toBe(0);
    expect(await git.countCommits(mirror, third, first, null)).toBe(0);
  });

  it('writes any path and any bytes, and removes', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const paths = ['content/ü "x" \\ y.md', 'with space', 'deep/er/$(x)`y`'];
    const head = await push([{ path: 'a.md', content: null }, ...paths.map((path) => ({ path, content: bytes }))]);
    expect((await git.listTree(mirror, head)).map((entry) => entry.path).sort()).toEqual([...paths].sort());
    await git.exportTree(mirror, head, join(folder, `tree-${count}`));
    for (const path of paths) expect(readFileSync(join(folder, `tree-${count}`, path)).equals(bytes)).toBe(true);
  });

  it('makes one commit per person and pushes them as one', async () => {
    const head = await git.commitAndPush(origin, mirror, 'main', first, [{ ...author, changes: [{ path: 'b', content: 'b' }] }, { ...author, authorName: 'Gus <x>\nevil', authorEmail: 'gus@example.edu', changes: [{ path: 'c', content: 'c' }] }], 'run');
    expect(inOrigin('rev-parse', 'main')).toBe(head);
    expect(inOrigin('log', '--format=%an|%ae|%s|%b', '--reverse', `${first}..main`).split('\n').filter((line) => line !== '')).toEqual(['Ada|ada@example.edu|Say it|Studio-Run: r', 'Gus xevil|gus@example.edu|Say it|Studio-Run: r']);
  });

  it('that somebody overtook is raced, and leaves their commit', async () => {
    const theirs = await push([{ path: 'theirs', content: 'x' }]);
    expect(await errorOf(push([{ path: 'ours', content: 'y' }], first))).toMatchObject({ kind: 'raced' });
    expect(inOrigin('rev-parse', 'main')).toBe(theirs);
  });

  it('follows a history that was rewritten, and forgets branches that are gone', async () => {
    await git.commitAndPush(origin, mirror, 'old', first, [{ ...author, changes: [{ path: 'x', content: 'x' }] }], 'run');
    const other = await push([{ path: 'b', content: 'b' }]);
    await git.updateMirror(origin, mirror);
    inOrigin('update-ref', 'refs/heads/main', first);
    inOrigin('branch', '-D', 'old');
    await git.updateMirror(origin, mirror);
    expect([await git.headOf(mirror, 'main'), await git.headOf(mirror, 'old'), other === first]).toEqual([first, null, false]);
  });

  it('goes on after a worker was killed in the middle: locks are removed, a damaged one is made anew', async () => {
    writeFileSync(join(mirror, 'packed-refs.lock'), '');
    writeFileSync(join(mirror, 'HEAD.lock'), '');
    await git.updateMirror(origin, mirror);
    expect(existsSync(join(mirror, 'HEAD.lock'))).toBe(false);
    rmSync(join(mirror, 'objects'), { recursive: true });
    await git.updateMirror(origin, mirror);
    expect(await git.readFile(mirror, first, 'a.md')).toBe('A');
  });

  it('of a repository that is not there is missing; of a host that is away, unavailable', async () => {
    expect(await errorOf(git.updateMirror(join(folder, 'nowhere.git'), join(folder, `m2-${count}`)))).toMatchObject({ kind: 'missing' });
    expect(await errorOf(git.updateMirror('http://127.0.0.1:9/x.git', join(folder, `m3-${count}`)))).toMatchObject({ kind: 'unavailable' });
  });

  it('runs nothing a URL asks for', async () => {
    await errorOf(git.updateMirror(`ext::sh -c touch% ${folder}/owned`, join(folder, `m4-${count}`)));
    await errorOf(git.cloneFiles('--upload-pack=touch owned', join(folder, `c4-${count}`)));
    expect(existsSync(join(folder, 'owned'))).toBe(false);
  });

  it('is not begun when the caller gave up', async () => {
    await expect(git.updateMirror(origin, mirror, { abortSignal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
  });
});

describe('a credential', () => {
  /** A server that refuses everybody and notes who came. */
  async function startHost(redirectTo?: string): Promise<{ url: string; seen: (string | undefined)[] }> {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (redirectTo !== undefined) response.writeHead(302, { location: `${redirectTo}${request.url ?? ''}` });
      else response.writeHead(404);
      response.end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
  }
  const closing: (() => Promise<unknown>)[] = [];
  afterAll(() => Promise.all(closing.map((close) => close())));
  const basic = (token: string): string => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const ask = (client: typeof git, url: string): Promise<GitError> => errorOf(client.updateMirror(url, join(folder, `asked-${(count += 1)}`)));

  it('goes to the addresses under its scope and to no other', async () => {
    const ours = await startHost();
    const theirs = await startHost();
    const client = createGit({ searchPath: process.env['PATH'] ?? '', credentials: [{ scope: `${ours.url}/org/`, token: 'secret' }, { scope: `${ours.url}/org/inner`, token: 'narrow' }] });
    await ask(client, `${ours.url}/org/a.git`);
    await ask(client, `${ours.url}/org/inner/a.git`);
    await ask(client, `${ours.url}/organization/a.git`);
    await ask(client, `${theirs.url}/org/a.git`);
    expect([ours.seen.slice(0, 3), theirs.seen[0]]).toEqual([[basic('secret'), basic('narrow'), undefined], undefined]);
  });

  it('is asked for anew by each command', async () => {
    const host = await startHost();
    let given = 0;
    const client = createGit({ searchPath: process.env['PATH'] ?? '', credentials: [{ scope: host.url, token: () => Promise.resolve(`token-${(given += 1)}`) }] });
    await ask(client, `${host.url}/a.git`);
    await ask(client, `${host.url}/b.git`);
    expect([host.seen.at(0), host.seen.at(-1)]).toEqual([basic('token-1'), basic('token-2')]);
  });

  it('does not follow where the host sends to another one', async () => {
    const theirs = await startHost();
    const ours = await startHost(theirs.url);
    const client = createGit({ searchPath: process.env['PATH'] ?? '', credentials: [{ scope: ours.url, token: 'secret' }] });
    const error = await ask(client, `${ours.url}/a.git`);
    expect(ours.seen[0]).toBe(basic('secret'));
    expect(theirs.seen.filter((header) => header !== undefined)).toEqual([]);
    expect(error.message).not.toContain('secret');
  });
});
