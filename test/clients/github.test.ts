import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitHub, GitHubError } from '#clients/github.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { until } from '#test/support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'github-'));
let url = '';
const standIn = createStandIn({ home: folder, org: 'ocw-content', token: 'good', publicUrl: () => url, contentLimit: false });
const clientOf = (env: Record<string, string> = {}) => createGitHub(makeConfig({ GIT_API_URL: url, GIT_TOKEN: 'good', ...env }));
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});
const errorOf = async (work: Promise<unknown>): Promise<GitHubError> => {
  const error: unknown = await work.then(() => new Error('it worked'), (reason: unknown) => reason);
  if (error instanceof GitHubError) return error;
  throw error;
};
const directory = (name: string): string => join(folder, 'ocw-content', `${name}.git`);
const git = (name: string, args: string[]): Promise<string> => standIn.repositories.git(directory(name), args);

describe('a repository', () => {
  it('is made with its three branches, and found the second time', async () => {
    expect(await clientOf().ensureRepository('one')).toMatchObject({ created: true, htmlUrl: `${url}/ocw-content/one` });
    expect(await clientOf().ensureRepository('one')).toMatchObject({ created: false });
    const heads = await Promise.all(['main', 'preview', 'release'].map((branch) => clientOf().branchHead('one', branch)));
    expect(new Set(heads).size).toBe(1);
    expect(heads[0]).toMatch(/^[0-9a-f]{40}$/);
    expect(await clientOf().branchHead('one', 'none')).toBeNull();
  });

  it('that is half made is completed', async () => {
    await standIn.repositories.create('ocw-content', 'half', { autoInit: true, isPrivate: true });
    expect(await clientOf().branchHead('half', 'release')).toBeNull();
    expect(await clientOf().ensureRepository('half')).toMatchObject({ created: false });
    expect(await clientOf().branchHead('half', 'release')).toBe(await clientOf().branchHead('half', 'main'));
  });

  it('with another default branch gets ours', async () => {
    await standIn.repositories.create('ocw-content', 'older', { autoInit: true, isPrivate: true, defaultBranch: 'master' });
    await clientOf().ensureRepository('older');
    expect(await clientOf().branchHead('older', 'main')).toBe(await clientOf().branchHead('older', 'master'));
    expect((await git('older', ['symbolic-ref', 'HEAD'])).trim()).toBe('refs/heads/main');
  });

  it('that was made although the answer was lost is found by the next try', async () => {
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST \/orgs/ });
    expect(await errorOf(clientOf().ensureRepository('lost'))).toMatchObject({ kind: 'unavailable' });
    expect(await clientOf().ensureRepository('lost')).toMatchObject({ created: false });
  });

  it('without a commit is refused in a sentence', async () => {
    await standIn.repositories.create('ocw-content', 'empty', { autoInit: false, isPrivate: true });
    expect((await errorOf(clientOf().ensureRepository('empty'))).message).toBe('Repository ocw-content/empty has no commit to begin its main branch from');
  });
});

describe('a merge', () => {
  async function commit(name: string, branch: string, file: string, text: string): Promise<string> {
    const parent = (await git(name, ['rev-parse', `refs/heads/${branch}`])).trim();
    const stream = `blob\nmark :1\ndata ${text.length}\n${text}\ncommit refs/heads/${branch}\ncommitter A <a@example.edu> 1700000000 +0000\ndata 1\nm\nfrom ${parent}\nM 100644 :1 ${file}\n`;
    execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: directory(name), input: stream });
    return (await git(name, ['rev-parse', `refs/heads/${branch}`])).trim();
  }

  it('brings a branch to a commit, and a second time changes nothing', async () => {
    await clientOf().ensureRepository('merged');
    const head = await commit('merged', 'main', 'a.md', 'a');
    const merged = await clientOf().merge('merged', 'preview', head);
    expect((await git('merged', ['show', 'refs/heads/preview:a.md'])).trim()).toBe('a');
    expect(await clientOf().merge('merged', 'preview', head)).toBe(merged);
  });

  it('of branches somebody changed by hand is a conflict', async () => {
    await clientOf().ensureRepository('conflict');
    await commit('conflict', 'preview', 'a.md', 'theirs');
    const head = await commit('conflict', 'main', 'a.md', 'ours');
    expect(await errorOf(clientOf().merge('conflict', 'preview', head))).toMatchObject({ kind: 'conflict', status: 409 });
  });

  it('into a branch or repository that is not there is missing', async () => {
    expect(await errorOf(clientOf().merge('merged', 'none', 'main'))).toMatchObject({ kind: 'missing', status: 404 });
    expect(await errorOf(clientOf().merge('nowhere', 'preview', 'main'))).toMatchObject({ kind: 'missing' });
  });
});

describe('a read', () => {
  it('that finds nothing new costs nothing, and a change is seen at once', async () => {
    const client = clientOf();
    await client.ensureRepository('read');
    const first = await client.branchHead('read', 'main');
    standIn.journal.length = 0;
    expect(await client.branchHead('read', 'main')).toBe(first);
    expect(standIn.journal.map((entry) => entry.status)).toEqual([304]);
    const head = (await git('read', ['commit-tree', '-p', 'refs/heads/main', '-m', 'Changed', 'refs/heads/main^{tree}'])).trim();
    await git('read', ['update-ref', 'refs/heads/main', head]);
    expect(await client.branchHead('read', 'main')).toBe(head);
    expect(standIn.journal.map((entry) => entry.status)).toEqual([304, 200]);
    expect(await client.branchHead('read', 'main')).toBe(head);
    expect(standIn.journal.at(-1)?.status).toBe(304);
  });
});

describe('a limit', () => {
  it('is kept by every call of the process until its time, and one call goes ahead of the others', async () => {
    const client = clientOf();
    await client.branchHead('one', 'main');
    standIn.journal.length = 0;
    standIn.addFault({ fault: '403-secondary', retryAfterSeconds: 1 });
    expect(await errorOf(client.branchHead('one', 'main'))).toMatchObject({ kind: 'rateLimited', status: 403, retryAfterMs: 1_000 });
    const refused = await Promise.all(Array.from({ length: 20 }, () => errorOf(client.branchHead('one', 'preview'))));
    for (const error of refused) {
      expect(error).toMatchObject({ kind: 'rateLimited', status: null });
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect(error.retryAfterMs).toBeLessThanOrEqual(1_000);
    }
    expect(standIn.journal).toHaveLength(1);
    // Still limited when the time is over: of all that waited only one finds out.
    standIn.addFault({ fault: '403-secondary', retryAfterSeconds: 1 });
    await until('the limit is asked about again', async () => {
      await Promise.all(Array.from({ length: 20 }, () => client.branchHead('one', 'preview').catch(() => undefined)));
      return standIn.journal.length > 1;
    });
    expect(standIn.journal.map((entry) => entry.fault)).toEqual(['403-secondary', '403-secondary']);
    await until('the limit is over', () => client.branchHead('one', 'preview').then(() => true, () => false));
  });

  it('without a time lasts a minute', async () => {
    standIn.addFault({ fault: '403-secondary' });
    expect(await errorOf(clientOf().branchHead('one', 'main'))).toMatchObject({ kind: 'rateLimited', retryAfterMs: 60_000 });
  });

  it('leaves the last calls of the hour to people', async () => {
    let limitedUrl = '';
    const limited = createStandIn({ home: folder, org: 'ocw-content', token: 'good', publicUrl: () => limitedUrl, contentLimit: false, rateLimit: 40 });
    limitedUrl = await limited.listen();
    try {
      const client = clientOf({ GIT_API_URL: limitedUrl });
      const branches = Array.from({ length: 60 }, (_, index) => `branch-${index}`);
      let sent = 0;
      for (const branch of branches) {
        try {
          await client.branchHead('one', branch);
          sent += 1;
        } catch (error) {
          expect(error).toMatchObject({ kind: 'rateLimited' });
        }
      }
      // A tenth of so small a quota stays.
      expect(sent).toBe(36);
      expect(limited.journal).toHaveLength(36);
    } finally {
      await limited.close();
    }
  });

  it('is unknown to an Enterprise Server, which is asked as often as need be', async () => {
    let enterpriseUrl = '';
    const enterprise = createStandIn({ home: folder, org: 'ocw-content', token: 'good', publicUrl: () => enterpriseUrl, enterprise: true, contentLimit: false, rateLimit: 5 });
    enterpriseUrl = await enterprise.listen();
    try {
      const client = clientOf({ GIT_API_URL: `${enterpriseUrl}/api/v3` });
      expect(await client.ensureRepository('enterprise')).toMatchObject({ created: true });
      for (let count = 0; count < 10; count += 1) expect(await client.branchHead('enterprise', 'release')).not.toBeNull();
      enterprise.addFault({ fault: '429', retryAfterSeconds: 7 });
      expect(await errorOf(client.branchHead('enterprise', 'main'))).toMatchObject({ kind: 'rateLimited', retryAfterMs: 7_000 });
    } finally {
      await enterprise.close();
    }
  });
});

describe('trouble', () => {
  it.each(['500', '503'] as const)('of %s is to be waited for', async (fault) => {
    standIn.addFault({ fault });
    expect(await errorOf(clientOf().branchHead('one', 'main'))).toMatchObject({ kind: 'unavailable', status: Number(fault), retryAfterMs: null });
  });

  it('of 503 with a Retry-After says how long', async () => {
    standIn.addFault({ fault: '503', retryAfterSeconds: 7 });
    expect(await errorOf(clientOf().branchHead('one', 'main'))).toMatchObject({ kind: 'unavailable', retryAfterMs: 7_000 });
  });

  it('of 429 says how long to wait, and is asked once', async () => {
    standIn.journal.length = 0;
    standIn.addFault({ fault: '429', retryAfterSeconds: 90 });
    expect(await errorOf(clientOf().branchHead('one', 'main'))).toMatchObject({ kind: 'rateLimited', status: 429, retryAfterMs: 90_000 });
    expect(standIn.journal).toHaveLength(1);
  });

  it('of a wrong token is for a person', async () => {
    expect(await errorOf(clientOf({ GIT_TOKEN: 'wrong' }).ensureRepository('one'))).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('of no answer ends after the time-out', async () => {
    standIn.addFault({ fault: 'timeout' });
    expect(await errorOf(clientOf({ GITHUB_TIMEOUT: '1' }).branchHead('one', 'main'))).toMatchObject({ kind: 'unavailable', status: null, message: 'GitHub did not answer in time' });
  });

  it('of a host that is not there is to be waited for', async () => {
    expect(await errorOf(clientOf({ GIT_API_URL: 'http://127.0.0.1:9' }).branchHead('one', 'main'))).toMatchObject({ kind: 'unavailable', status: null });
  });

  it('is none of GitHub’s when the caller gave up', async () => {
    standIn.addFault({ fault: 'timeout' });
    const controller = new AbortController();
    standIn.journal.length = 0;
    const asking = clientOf().branchHead('one', 'main', controller.signal);
    await until('the call is there', () => Promise.resolve(standIn.journal.length === 1));
    controller.abort(new Error('cancelled'));
    await expect(asking).rejects.toThrow('cancelled');
  });

  it('shows no token', async () => {
    expect((await errorOf(clientOf({ GIT_TOKEN: 'very-secret-token' }).ensureRepository('one'))).message).not.toContain('very-secret-token');
  });
});
