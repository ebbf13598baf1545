import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGit } from '#clients/git.ts';
import { createGitHub, GitHubError } from '#clients/github.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { makeConfig } from '#test/factories/config.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
const other = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: Partial<Parameters<typeof createStandIn>[0]> = {}, env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'github-app-'));
  let url = '';
  const standIn = createStandIn({ home, org: 'ocw-content', token: 'a-token', publicUrl: () => url, app: { id: '77', publicKey }, contentLimit: false, ...options });
  url = await standIn.listen();
  closing.push(() => rmSync(home, { recursive: true, force: true }), () => standIn.close());
  const config = makeConfig({ GIT_API_URL: url, GIT_CLONE_BASE_URL: url, GITHUB_APP_ID: '77', GITHUB_APP_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'), ...env });
  return { standIn, url, home, client: createGitHub(config) };
}

const asked = (standIn: { journal: { method: string; path: string }[] }, pattern: RegExp): number => standIn.journal.filter((entry) => pattern.test(`${entry.method} ${entry.path}`)).length;
const MAKES_TOKEN = /^POST \/app\/installations\/\d+\/access_tokens/;
const errorOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => new Error('it worked'), (error: unknown) => error);

describe('a GitHub App', () => {
  it('signs in with a token of its installation, made once for everybody who comes', async () => {
    const { standIn, client } = await start();
    const repositories = ['one', 'two', 'three'];
    await Promise.all(repositories.map((name) => client.ensureRepository(name)));
    expect(await client.branchHead('two', 'release')).toMatch(/^[0-9a-f]{40}$/);
    expect(asked(standIn, /^GET \/orgs\/ocw-content\/installation/)).toBe(1);
    expect(asked(standIn, MAKES_TOKEN)).toBe(1);
    expect(standIn.journal.filter((entry) => entry.unexpected === true)).toEqual([]);
  });

  it('takes a new token before the old one dies: one that could end in a long push is not given out', async () => {
    const { standIn, client } = await start({ app: { id: '77', publicKey, tokenLifeMs: 19 * 60_000 } });
    const first = await client.gitToken();
    expect(await client.gitToken()).not.toBe(first);
    expect(asked(standIn, MAKES_TOKEN)).toBe(2);
  });

  it('keeps a token that lives long enough', async () => {
    const { client } = await start({ app: { id: '77', publicKey, tokenLifeMs: 25 * 60_000 } });
    expect(await client.gitToken()).toBe(await client.gitToken());
  });

  it('gets another token when the one it has is revoked', async () => {
    const { standIn, client } = await start();
    await client.ensureRepository('one');
    standIn.revokeTokens();
    expect(await client.branchHead('one', 'main')).not.toBeNull();
    expect(asked(standIn, MAKES_TOKEN)).toBe(2);
  });

  it.each([-15 * 60_000, 15 * 60_000])('signs in although GitHub’s clock differs by %d ms', async (clockAheadMs) => {
    const { client } = await start({ clockAheadMs });
    expect(await client.ensureRepository('one')).toMatchObject({ created: true });
    const token = await client.gitToken();
    expect(await client.gitToken()).toBe(token);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['with another key', { GITHUB_APP_PRIVATE_KEY: other.privateKey }, /JSON web token could not be decoded/],
    ['with another id', { GITHUB_APP_ID: '78' }, /not installed in the organization ‘ocw-content’/],
    ['in another organization', { GIT_ORGANIZATION: 'elsewhere' }, /The GitHub App 77 is not installed in the organization ‘elsewhere’/],
  ])('%s is refused in a sentence, and is no repository that is missing', async (_, env, sentence) => {
    const { standIn, client } = await start({}, env);
    const error = await errorOf(client.ensureRepository('one'));
    expect(error).toBeInstanceOf(GitHubError);
    expect(error).toMatchObject({ kind: 'refused', message: expect.stringMatching(sentence) as string });
    expect(asked(standIn, /^POST \/orgs/)).toBe(0);
  });

  it('lets git push, and shows its token nowhere', async () => {
    const { client, url, home } = await start();
    await client.ensureRepository('pushed');
    const git = createGit({ searchPath: process.env['PATH'] ?? '', credentials: [{ scope: url, token: client.gitToken }] });
    const remote = `${url}/ocw-content/pushed.git`;
    const mirror = join(home, 'mirror');
    await git.updateMirror(remote, mirror);
    const commit = { authorName: 'Ada', authorEmail: 'ada@example.edu', message: 'Say it', changes: [{ path: 'a.md', content: 'A' }] };
    const head = await git.commitAndPush(remote, mirror, 'main', await git.headOf(mirror, 'main'), [commit], 'run');
    expect(await client.branchHead('pushed', 'main')).toBe(head);
  });
});
