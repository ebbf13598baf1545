import { execFile } from 'node:child_process';
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHub } from '#local/standins/github/createGitHub.mjs';
import { checkFaults } from './support/checkFaults.ts';
import { watchJournal } from './support/watchJournal.ts';

const ORG = 'ocw-content';
const TOKEN = 'local-git-token';
const run = promisify(execFile);

let scratch: string;
const closing: (() => unknown)[] = [];
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'github-'));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(scratch, { recursive: true, force: true });
});

async function start(name: string, options: Partial<Parameters<typeof createGitHub>[0]> = {}): Promise<string> {
  let url = '';
  const home = join(scratch, name);
  mkdirSync(home);
  const github = createGitHub({ home, org: ORG, token: TOKEN, publicUrl: () => url, ...options });
  url = await github.listen();
  closing.push(() => github.close());
  return url;
}

const client = (baseUrl: string, auth: string | null = TOKEN): Octokit =>
  new Octokit({ baseUrl, ...(auth === null ? {} : { auth }), retry: { enabled: false }, log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } });

/** Git as a person has it, without a person's settings. */
async function git(directory: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: scratch, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  return (await run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.edu', '-c', 'init.defaultBranch=main', ...args], { cwd: directory, env })).stdout.trim();
}

const withToken = (url: string): string => url.replace('://', `://x-access-token:${TOKEN}@`);

describe('GitHub, by @octokit/rest and git', () => {
  let base: string;
  let octokit: Octokit;
  const watch = watchJournal(() => base);
  beforeAll(async () => {
    base = await start('first', { contentLimit: false });
    octokit = client(base);
  });

  const create = async (name: string) => (await octokit.rest.repos.createInOrg({ org: ORG, name, auto_init: true, private: true })).data;
  const shaOf = async (repo: string, branch = 'main') => (await octokit.rest.git.getRef({ owner: ORG, repo, ref: `heads/${branch}` })).data.object.sha;

  /** Clones, changes one file on a branch and pushes. */
  async function push(repo: string, branch: string, file: string, text: string): Promise<void> {
    const work = mkdtempSync(join(scratch, 'work-'));
    await git(work, 'clone', '--quiet', withToken(`${base}/${ORG}/${repo}.git`), '.');
    await git(work, 'checkout', '--quiet', '-B', branch);
    writeFileSync(join(work, file), text);
    await git(work, 'add', '.');
    await git(work, 'commit', '--quiet', '-m', `Write ${file}`);
    await git(work, 'push', '--quiet', 'origin', branch);
  }

  it('makes, shows, changes and removes a repository', async () => {
    const made = await create('one');
    expect(made).toMatchObject({ full_name: `${ORG}/one`, private: true, default_branch: 'main', clone_url: `${base}/${ORG}/one.git` });
    expect((await octokit.rest.repos.get({ owner: ORG, repo: 'one' })).data.id).toBe(made.id);
    await octokit.rest.git.createRef({ owner: ORG, repo: 'one', ref: 'refs/heads/preview', sha: await shaOf('one') });
    expect((await octokit.rest.repos.update({ owner: ORG, repo: 'one', default_branch: 'preview' })).data.default_branch).toBe('preview');
    expect((await octokit.rest.repos.delete({ owner: ORG, repo: 'one' })).status).toBe(204);
    await expect(octokit.rest.repos.get({ owner: ORG, repo: 'one' })).rejects.toMatchObject({ status: 404 });
  });

  it('refuses a second repository of one name with the words GitHub has for it', async () => {
    await create('twice');
    await expect(create('twice')).rejects.toMatchObject({ status: 422, response: { data: { message: 'Repository creation failed.', errors: [{ resource: 'Repository', code: 'custom', field: 'name', message: 'name already exists on this account' }] } } });
  });

  it('keeps references, and moves one only forward unless it is forced', async () => {
    await create('refs');
    const first = await shaOf('refs');
    await push('refs', 'main', 'a.txt', 'a');
    const second = await shaOf('refs');
    const at = { owner: ORG, repo: 'refs' };
    await octokit.rest.git.createRef({ ...at, ref: 'refs/heads/release', sha: second });
    await expect(octokit.rest.git.createRef({ ...at, ref: 'refs/heads/release', sha: second })).rejects.toMatchObject({ status: 422, message: expect.stringContaining('Reference already exists') as string });
    await expect(octokit.rest.git.createRef({ ...at, ref: 'refs/heads/b', sha: 'f'.repeat(40) })).rejects.toMatchObject({ status: 422, message: expect.stringContaining('Object does not exist') as string });
    await expect(octokit.rest.git.updateRef({ ...at, ref: 'heads/release', sha: first })).rejects.toMatchObject({ status: 422, message: expect.stringContaining('not a fast forward') as string });
    expect((await octokit.rest.git.updateRef({ ...at, ref: 'heads/release', sha: first, force: true })).data.object.sha).toBe(first);
    expect((await octokit.rest.git.listMatchingRefs({ ...at, ref: 'heads/' })).data.map((ref) => ref.ref)).toEqual(['refs/heads/main', 'refs/heads/release']);
    expect((await octokit.rest.git.deleteRef({ ...at, ref: 'heads/release' })).status).toBe(204);
    await expect(octokit.rest.git.getRef({ ...at, ref: 'heads/release' })).rejects.toMatchObject({ status: 404 });
    await expect(octokit.rest.git.deleteRef({ ...at, ref: 'heads/main' })).rejects.toMatchObject({ status: 422 });
  });

  it('merges with a commit of its own, has nothing to merge twice, and knows a conflict', async () => {
    await create('merges');
    const at = { owner: ORG, repo: 'merges' };
    await octokit.rest.git.createRef({ ...at, ref: 'refs/heads/preview', sha: await shaOf('merges') });
    await push('merges', 'main', 'a.txt', 'one\n');
    const merge = () => octokit.rest.repos.merge({ ...at, base: 'preview', head: 'main', commit_message: 'Merge main to preview' });
    const merged = await merge();
    expect(merged).toMatchObject({ status: 201, data: { commit: { message: 'Merge main to preview' } } });
    expect(merged.data.parents).toHaveLength(2);
    expect((await merge()).status).toBe(204);
    expect((await octokit.rest.repos.getBranch({ ...at, branch: 'preview' })).data.commit.sha).toBe(merged.data.sha);
    const { data: tree } = await octokit.rest.git.getTree({ ...at, tree_sha: merged.data.sha, recursive: '1' });
    expect(tree.tree.map((entry) => entry.path)).toEqual(['README.md', 'a.txt']);
    await push('merges', 'main', 'a.txt', 'two\n');
    await octokit.rest.git.createRef({ ...at, ref: 'refs/heads/other', sha: merged.data.sha });
    await push('merges', 'base', 'b.txt', '');
    const work = mkdtempSync(join(scratch, 'work-'));
    await git(work, 'clone', '--quiet', '--branch', 'other', withToken(`${base}/${ORG}/merges.git`), '.');
    writeFileSync(join(work, 'a.txt'), 'three\n');
    await git(work, 'commit', '--quiet', '-am', 'Otherwise');
    await git(work, 'push', '--quiet', 'origin', 'other');
    await expect(octokit.rest.repos.merge({ ...at, base: 'other', head: 'main' })).rejects.toMatchObject({ status: 409, message: expect.stringContaining('Merge conflict') as string });
    await expect(octokit.rest.repos.merge({ ...at, base: 'none', head: 'main' })).rejects.toMatchObject({ status: 404, message: expect.stringContaining('Base does not exist') as string });
  });

  it('shows a private repository to nobody without the token, by REST and by git', async () => {
    await create('secret');
    await expect(client(base, null).rest.repos.get({ owner: ORG, repo: 'secret' })).rejects.toMatchObject({ status: 404 });
    await expect(client(base, 'wrong').rest.repos.get({ owner: ORG, repo: 'secret' })).rejects.toMatchObject({ status: 401, message: expect.stringContaining('Bad credentials') as string });
    await expect(git(scratch, 'ls-remote', `${base}/${ORG}/secret.git`)).rejects.toThrow(/could not read Username|Authentication failed/);
    await expect(git(scratch, 'ls-remote', withToken(`${base}/${ORG}/none.git`))).rejects.toThrow('not found');
    expect(await git(scratch, 'ls-remote', withToken(`${base}/${ORG}/secret.git`), 'refs/heads/main')).toMatch(/^[0-9a-f]{40}\trefs\/heads\/main$/);
  });

  it('takes a push and a shallow clone, byte for byte', async () => {
    await create('bytes');
    const text = `${'ä\r\n\0'.repeat(100_000)}end`;
    await push('bytes', 'main', 'file.bin', text);
    const work = mkdtempSync(join(scratch, 'work-'));
    await git(work, '-c', 'core.autocrlf=false', 'clone', '--quiet', '--depth', '1', withToken(`${base}/${ORG}/bytes.git`), '.');
    expect((await run('git', ['hash-object', '--no-filters', 'file.bin'], { cwd: work })).stdout.trim()).toBe((await git(work, 'rev-parse', 'HEAD:file.bin')).trim());
    expect(await git(work, 'rev-list', '--count', 'HEAD')).toBe('1');
  });

  it('tells a webhook of a push, signed', async () => {
    const heard: { event: string; good: boolean[]; delivery: string; ref: string; added: string[] }[] = [];
    const listener = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        const { ref, commits } = JSON.parse(body) as { ref: string; commits: { added: string[] }[] };
        heard.push({ event: String(request.headers['x-github-event']), good: [['x-hub-signature-256', 'sha256'], ['x-hub-signature', 'sha1']].map(([header = '', algorithm = '']) => request.headers[header] === `${algorithm}=${createHmac(algorithm, 'hush').update(body).digest('hex')}`), delivery: String(request.headers['x-github-delivery']), ref, added: commits.flatMap((commit) => commit.added) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
    closing.push(() => listener.close());
    await create('hooked');
    await octokit.rest.repos.createWebhook({ owner: ORG, repo: 'hooked', config: { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`, secret: 'hush', content_type: 'json' }, events: ['push'] });
    const [hook] = (await octokit.rest.repos.listWebhooks({ owner: ORG, repo: 'hooked' })).data;
    expect(hook?.config.secret).toBe('********');
    await push('hooked', 'main', 'new.txt', 'x');
    await expect.poll(() => heard, { timeout: 5_000 }).toEqual([{ event: 'push', good: [true, true], delivery: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, ref: 'refs/heads/main', added: ['new.txt'] }]);
    await expect(octokit.rest.repos.createWebhook({ owner: ORG, repo: 'hooked', config: { url: hook?.config.url ?? '' } })).rejects.toMatchObject({ status: 422, message: expect.stringContaining('already exists') as string });
    expect((await octokit.rest.repos.deleteWebhook({ owner: ORG, repo: 'hooked', hook_id: hook?.id ?? 0 })).status).toBe(204);
    expect((await octokit.rest.repos.listWebhooks({ owner: ORG, repo: 'hooked' })).data).toEqual([]);
  });

  it('changes a webhook: what is given replaces what was there, and one that is off hears nothing', async () => {
    await create('changed');
    const at = { owner: ORG, repo: 'changed' };
    const heard: { path: string; isSigned: boolean }[] = [];
    const listener = createServer((request, response) => {
      heard.push({ path: request.url ?? '', isSigned: request.headers['x-hub-signature-256'] !== undefined });
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
    closing.push(() => listener.close());
    const address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const url = `${address}/changed`;
    const { data: made } = await octokit.rest.repos.createWebhook({ ...at, config: { url, secret: 'hush', content_type: 'json' }, active: false });
    expect(made).toMatchObject({ url: `${base}/repos/${ORG}/changed/hooks/${made.id}`, name: 'web', active: false, events: ['push'] });
    // Told after the other one, so that what it hears the other would have heard.
    await octokit.rest.repos.createWebhook({ ...at, config: { url: `${address}/witness` } });
    const change = (what: Partial<NonNullable<Parameters<typeof octokit.rest.repos.updateWebhook>[0]>>) => octokit.rest.repos.updateWebhook({ ...at, hook_id: made.id, ...what });
    /** What the hook hears of a push: nothing, or whether it is signed. */
    let pushes = 0;
    const heardOf = async (): Promise<boolean[]> => {
      const before = heard.length;
      await push('changed', 'main', 'a.txt', String((pushes += 1)));
      await expect.poll(() => heard.slice(before).map(({ path }) => path), { timeout: 5_000 }).toContain('/witness');
      return heard.slice(before).filter(({ path }) => path === '/changed').map(({ isSigned }) => isSigned);
    };
    expect(await heardOf()).toEqual([]);
    expect((await change({ active: true, events: ['release'] })).data).toMatchObject({ active: true, events: ['release'], config: { secret: '********' } });
    expect(await heardOf()).toEqual([]);
    await change({ events: ['push'] });
    expect(await heardOf()).toEqual([true]);
    expect((await change({ config: { url, content_type: 'json' } })).data.config).toEqual({ url, content_type: 'json' });
    expect(await heardOf()).toEqual([false]);
    await expect(octokit.rest.repos.updateWebhook({ ...at, hook_id: 999 })).rejects.toMatchObject({ status: 404 });
  });

  it('shows webhooks in pages', async () => {
    await create('paged');
    const at = { owner: ORG, repo: 'paged' };
    for (let index = 0; index < 5; index += 1) await octokit.rest.repos.createWebhook({ ...at, config: { url: `http://127.0.0.1:9/${index}` } });
    const first = await octokit.rest.repos.listWebhooks({ ...at, per_page: 2 });
    expect([first.data.length, first.headers.link]).toEqual([2, `<${base}/repos/${ORG}/paged/hooks?per_page=2&page=2>; rel="next"`]);
    expect((await octokit.paginate(octokit.rest.repos.listWebhooks, { ...at, per_page: 2 })).map((hook) => hook.config.url?.at(-1))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('lets a token that may only read do that, and tells it of nothing more in GitHub’s words', async () => {
    const readers = await start('readers', { readTokens: ['classic', 'github_pat_fine'] });
    const { data } = await client(readers).rest.repos.createInOrg({ org: ORG, name: 'shared', auto_init: true, private: true });
    const at = { owner: ORG, repo: 'shared' };
    for (const [token, refusal] of [['classic', { status: 404 }], ['github_pat_fine', { status: 403, message: expect.stringContaining('Resource not accessible by personal access token') as string }]] as const) {
      const reader = client(readers, token);
      expect((await reader.rest.repos.get(at)).data.id).toBe(data.id);
      await expect(reader.rest.repos.listWebhooks(at)).rejects.toMatchObject(refusal);
      await expect(reader.rest.repos.createWebhook({ ...at, config: { url: 'http://127.0.0.1:9/' } })).rejects.toMatchObject(refusal);
      const work = mkdtempSync(join(scratch, 'work-'));
      await git(work, 'clone', '--quiet', `${readers.replace('://', `://x:${token}@`)}/${ORG}/shared.git`, '.');
      await git(work, 'commit', '--quiet', '--allow-empty', '-m', 'Mine');
      await expect(git(work, 'push', '--quiet', 'origin', 'main')).rejects.toThrow(/403|denied/);
    }
  });

  it('counts requests in its rate headers, and knows an answer that did not change', async () => {
    const first = await octokit.rest.users.getAuthenticated();
    const second = await octokit.rest.users.getAuthenticated();
    expect(Number(first.headers['x-ratelimit-remaining']) - Number(second.headers['x-ratelimit-remaining'])).toBe(1);
    await expect(octokit.request('GET /user', { headers: { 'if-none-match': first.headers.etag } })).rejects.toMatchObject({ status: 304, response: { headers: { 'x-ratelimit-remaining': second.headers['x-ratelimit-remaining'] } } });
    const { data } = await octokit.rest.rateLimit.get();
    expect(data.rate.remaining).toBe(Number(second.headers['x-ratelimit-remaining']));
  });

  describe('asked wrongly', () => {
    const auth = { authorization: `token ${TOKEN}` };
    const post = (body: unknown): RequestInit => ({ method: 'POST', headers: auth, body: typeof body === 'string' ? body : JSON.stringify(body) });
    beforeAll(() => create('wrong'));

    it.each<[string, string, RequestInit, { status: number; says: RegExp }]>([
      ['an unknown path', '/repos/ocw-content/wrong/frobnicate', { headers: auth }, { status: 404, says: /"Not Found"/ }],
      ['an unknown method', '/rate_limit', { method: 'DELETE', headers: auth }, { status: 404, says: /"Not Found"/ }],
      ['an address that is not encoded properly', '/repos/%E0%A4%A/x', { headers: auth }, { status: 404, says: /"Not Found"/ }],
      ['an unknown parameter', '/repos/ocw-content/wrong?expand=1', { headers: auth }, { status: 422, says: /\\"expand\\" is not a permitted key/ }],
      ['an unknown field', `/orgs/${ORG}/repos`, post({ name: 'x', gitignore_template: 'Node' }), { status: 422, says: /\\"gitignore_template\\" is not a permitted key/ }],
      ['a wrong type', `/orgs/${ORG}/repos`, post({ name: 'x', private: 'yes' }), { status: 422, says: /For 'properties\/private', \\"yes\\" is not a boolean/ }],
      ['a missing field', '/repos/ocw-content/wrong/merges', post({ commit_message: 'x' }), { status: 422, says: /\\"base\\", \\"head\\" weren't supplied/ }],
      ['one missing field', '/repos/ocw-content/wrong/git/refs', post({ ref: 'refs/heads/x' }), { status: 422, says: /\\"sha\\" wasn't supplied/ }],
      ['a webhook without a configuration', '/repos/ocw-content/wrong/hooks', post({ name: 'web' }), { status: 422, says: /\\"config\\" wasn't supplied/ }],
      ['a webhook’s unknown setting', '/repos/ocw-content/wrong/hooks', post({ config: { url: 'http://127.0.0.1:9/', digest: 'sha1' } }), { status: 422, says: /\\"digest\\" is not a permitted key/ }],
      ['a webhook’s address in the wrong place', '/repos/ocw-content/wrong/hooks', post({ url: 'http://127.0.0.1:9/', config: {} }), { status: 422, says: /\\"url\\" is not a permitted key/ }],
      ['a body that is no JSON', `/orgs/${ORG}/repos`, post('{'), { status: 400, says: /Problems parsing JSON/ }],
      ['a body that is no object', `/orgs/${ORG}/repos`, post([1]), { status: 422, says: /not an object/ }],
      ['an answer in another format', '/user', { headers: { ...auth, accept: 'text/plain' } }, { status: 415, says: /Unsupported 'Accept' header: 'text\/plain'/ }],
    ])('answers %s with GitHub’s own error', async (_, path, init, expected) => {
      await watch.provoke(path, init, expected);
    });

    it('refuses who does not say which program it is', async () => {
      await watch.provokeBy(async () => {
        const status = await new Promise((resolve, reject) => httpRequest(`${base}/user`, { headers: auth }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end());
        expect(status).toBe(403);
      });
    });
  });

  describe('told to fail', () => {
    checkFaults({
      base: () => base,
      request: (signal) => fetch(`${base}/user`, { headers: { authorization: `token ${TOKEN}` }, signal: signal ?? null }),
      match: 'GET /user',
      says: { limited: /rate limit exceeded/, broken: /Server Error/ },
      effect: {
        match: 'POST /orgs/',
        send: () => fetch(`${base}/orgs/${ORG}/repos`, { method: 'POST', headers: { authorization: `token ${TOKEN}` }, body: '{"name":"lost"}' }),
        isThere: () => octokit.rest.repos.get({ owner: ORG, repo: 'lost' }).then(() => true, () => false),
      },
    });

    it('shows the client its wait', async () => {
      await fetch(`${base}/_control`, { method: 'POST', body: JSON.stringify({ fault: '429', retryAfterSeconds: 3, match: 'GET /user' }) });
      await expect(octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 429, response: { headers: { 'retry-after': '3' } } });
    });
  });

  it('met nothing unexpected but what was provoked here', () => watch.expectNoOther());
});

describe('a GitHub App', () => {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = own.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const seconds = Math.floor(Date.now() / 1_000);
  const jwt = (claims: Record<string, unknown> = {}, key: KeyObject = own.privateKey, head: Record<string, unknown> = { alg: 'RS256', typ: 'JWT' }): string => {
    const body = [head, { iat: seconds - 60, exp: seconds + 500, iss: '77', ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${body}.${sign('RSA-SHA256', Buffer.from(body), key).toString('base64url')}`;
  };
  let base: string;
  beforeAll(async () => {
    base = await start('app', { app: { id: '77', publicKey } });
  });

  it('finds its installation and gets a token that opens repositories, by REST and by git', async () => {
    const app = client(base, jwt());
    expect((await app.rest.apps.getAuthenticated()).data?.id).toBe(77);
    const [installation] = (await app.rest.apps.listInstallations()).data;
    expect((await app.rest.apps.getOrgInstallation({ org: ORG })).data).toEqual(installation);
    const made = await app.rest.apps.createInstallationAccessToken({ installation_id: installation?.id ?? 0 });
    expect(made).toMatchObject({ status: 201, data: { token: expect.stringMatching(/^ghs_/) as string } });
    expect(Math.abs(Date.parse(made.data.expires_at) - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const octokit = client(base, made.data.token);
    await octokit.rest.repos.createInOrg({ org: ORG, name: 'by-app', auto_init: true, private: true });
    expect(await git(scratch, 'ls-remote', `${base.replace('://', `://x-access-token:${made.data.token}@`)}/${ORG}/by-app.git`, 'refs/heads/main')).toMatch(/^[0-9a-f]{40}/);
  });

  it('loses a token when it is old', async () => {
    const short = await start('short', { app: { id: '77', publicKey, tokenLifeMs: 0 } });
    const { token } = (await client(short, jwt()).rest.apps.createInstallationAccessToken({ installation_id: 4711 })).data;
    await expect(client(short, token).rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401, message: expect.stringContaining('Bad credentials') as string });
  });

  it.each<[string, () => string | null, number, string]>([
    ['nothing', () => null, 401, 'A JSON web token could not be decoded'],
    ['a token', () => TOKEN, 401, 'A JSON web token could not be decoded'],
    ['a foreign key', () => jwt({}, foreign.privateKey), 401, 'A JSON web token could not be decoded'],
    ['another algorithm', () => jwt({}, own.privateKey, { alg: 'none' }), 401, 'A JSON web token could not be decoded'],
    ['what is no JSON', () => 'a.b.c', 401, 'A JSON web token could not be decoded'],
    ['too long a life', () => jwt({ exp: seconds + 700 }), 401, 'is too far in the future'],
    ['what has expired', () => jwt({ exp: seconds - 10 }), 401, 'must be a numeric value representing the future time'],
    ['no expiry', () => jwt({ exp: undefined }), 401, 'must be a numeric value representing the future time'],
    ['what was issued in the future', () => jwt({ iat: seconds + 100 }), 401, 'must be an Integer representing the time'],
    ['another App', () => jwt({ iss: '78' }), 404, 'Integration not found'],
  ])('signed with %s is refused in GitHub’s words', async (_, given, status, message) => {
    await expect(client(base, given()).rest.apps.listInstallations()).rejects.toMatchObject({ status, message: expect.stringContaining(message) as string });
  });

  it('opens nothing else with its signature, and nothing of another organization', async () => {
    await expect(client(base, jwt()).rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
    await expect(client(base, jwt()).rest.apps.getOrgInstallation({ org: 'elsewhere' })).rejects.toMatchObject({ status: 404 });
    await expect(client(base, jwt()).rest.apps.createInstallationAccessToken({ installation_id: 1 })).rejects.toMatchObject({ status: 404 });
  });
});

describe('GitHub’s limits and editions', () => {
  it('says a secondary limit with a time or without, and an exhausted hour by its reset', async () => {
    const octokit = client(await start('few', { rateLimit: 3 }));
    const limit = async (wish: Record<string, unknown>) => {
      await fetch(`${octokit.request.endpoint.DEFAULTS.baseUrl}/_control`, { method: 'POST', body: JSON.stringify({ fault: '403-secondary', ...wish }) });
      return octokit.rest.users.getAuthenticated().then(() => null, (error: { status: number; response: { headers: Record<string, string> } }) => ({ status: error.status, retryAfter: error.response.headers['retry-after'] ?? null }));
    };
    expect(await limit({ retryAfterSeconds: 9 })).toEqual({ status: 403, retryAfter: '9' });
    expect(await limit({})).toEqual({ status: 403, retryAfter: null });
    for (const left of ['2', '1', '0']) expect((await octokit.rest.users.getAuthenticated()).headers['x-ratelimit-remaining']).toBe(left);
    await expect(octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403, message: expect.stringContaining('API rate limit exceeded') as string, response: { headers: { 'x-ratelimit-remaining': '0' } } });
  });

  it('lets 80 things be made in a minute, and no more', async () => {
    const octokit = client(await start('limited'));
    const repo = (await octokit.rest.repos.createInOrg({ org: ORG, name: 'many', auto_init: true })).data.name;
    const sha = (await octokit.rest.git.getRef({ owner: ORG, repo, ref: 'heads/main' })).data.object.sha;
    const make = (index: number) => octokit.rest.git.createRef({ owner: ORG, repo, ref: `refs/heads/b${index}`, sha });
    for (let index = 1; index < 80; index += 1) await make(index);
    await expect(make(80)).rejects.toMatchObject({ status: 403, message: expect.stringContaining('secondary rate limit') as string, response: { headers: { 'retry-after': '60' } } });
  });

  it('is an Enterprise Server under /api/v3, without rate headers', async () => {
    const base = await start('enterprise', { enterprise: true });
    const { headers, data } = await client(`${base}/api/v3`).rest.repos.createInOrg({ org: ORG, name: 'one', auto_init: true });
    expect(data.url).toBe(`${base}/api/v3/repos/${ORG}/one`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
    await expect(client(base).rest.repos.get({ owner: ORG, repo: 'one' })).rejects.toMatchObject({ status: 404 });
    await expect(client(`${base}/api/v3`).rest.rateLimit.get()).rejects.toMatchObject({ status: 404, message: expect.stringContaining('Rate limiting is not enabled') as string });
  });
});
