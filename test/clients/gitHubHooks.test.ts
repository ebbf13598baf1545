import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Octokit } from '@octokit/rest';
import { createGitHubHooks, type WantedHook } from '#clients/gitHubHooks.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { until } from '#test/support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'github-hooks-'));
let url = '';
const standIn = createStandIn({ home: folder, org: 'mitodl', token: 'good', readTokens: ['classic', 'github_pat_fine'], publicUrl: () => url, contentLimit: false });
let octokit: Octokit;
beforeAll(async () => {
  url = await standIn.listen();
  octokit = new Octokit({ baseUrl: url, auth: 'good' });
});
afterAll(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});

const unexpected: unknown[] = [];
afterEach(() => void unexpected.push(...standIn.journal.filter((entry) => entry.unexpected === true)));
let count = 0;
let at: { owner: string; repo: string };
beforeEach(async () => {
  at = { owner: 'mitodl', repo: `projects-${(count += 1)}` };
  await standIn.repositories.create(at.owner, at.repo, { autoInit: true, isPrivate: false });
  standIn.journal.length = 0;
});

const HERE = 'https://studio.example.edu/api/starters/site_configs/';
const clientOf = (token: string | undefined) => createGitHubHooks({ apiUrl: url, token, githubTimeoutSeconds: 5, githubRateLimitCutoff: 0 });
const wanted = (changes: Partial<WantedHook> = {}): WantedHook => ({ ...at, url: HERE, secret: 'hush', events: ['push'], lastSet: null, ...changes });
const ensure = (changes: Partial<WantedHook> = {}) => clientOf('good').ensureHook(wanted(changes));
const asked = (): string[] => standIn.journal.map(({ method, path }) => `${method} ${path.replace(/\?.*$/, '').replace(`/repos/mitodl/${at.repo}`, '')}`);
const hooks = async () => (await octokit.rest.repos.listWebhooks({ ...at, per_page: 100 })).data.map(({ active, events, config }) => ({ active, events, config }));
const KEPT = { active: true, events: ['push'], config: { url: HERE, content_type: 'json', secret: '********' } };

describe('a hook', () => {
  it('is made once, and the second time only looked at', async () => {
    const made = await ensure();
    expect(made.state).toBe('created');
    expect(await ensure({ lastSet: made.fingerprint })).toEqual({ ...made, state: 'unchanged' });
    expect(asked()).toEqual(['GET /hooks', 'POST /hooks', 'GET /hooks']);
    expect(await hooks()).toEqual([KEPT]);
  });

  it('that was made although the answer was lost is taken by the next try', async () => {
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST / });
    await expect(ensure()).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await ensure()).state).toBe('changed');
    expect(await hooks()).toEqual([KEPT]);
  });

  it('gets another secret, another address gets a hook of its own', async () => {
    const { fingerprint } = await ensure();
    const changed = await ensure({ secret: 'louder', lastSet: fingerprint });
    expect(changed.state).toBe('changed');
    expect(changed.fingerprint).not.toBe(fingerprint);
    expect((await ensure({ secret: 'louder', lastSet: changed.fingerprint })).state).toBe('unchanged');
    expect((await ensure({ url: `${HERE}elsewhere/`, lastSet: changed.fingerprint })).state).toBe('created');
    expect(await hooks()).toHaveLength(2);
  });

  it('that was taken away and made again by hand is given our secret', async () => {
    const { fingerprint } = await ensure();
    const [hook] = (await octokit.rest.repos.listWebhooks(at)).data;
    await octokit.rest.repos.createWebhook({ ...at, config: { url: `${HERE}other/` } });
    await octokit.rest.repos.deleteWebhook({ ...at, hook_id: hook?.id ?? 0 });
    await octokit.rest.repos.createWebhook({ ...at, config: { url: HERE, content_type: 'json', secret: 'theirs' }, events: ['push'] });
    expect((await ensure({ lastSet: fingerprint })).state).toBe('changed');
  });

  it.each<[string, Parameters<Octokit['rest']['repos']['updateWebhook']>[0] extends infer P | undefined ? Partial<P> : never]>([
    ['other events', { events: ['push', 'release'] }],
    ['as many events, but others', { events: ['release'] }],
    ['a form', { config: { url: HERE, content_type: 'form', secret: 'hush' } }],
    ['no secret', { config: { url: HERE, content_type: 'json' } }],
    ['its deliveries switched off', { active: false }],
  ])('with %s is brought in line', async (_, difference) => {
    const { fingerprint } = await ensure();
    const [hook] = (await octokit.rest.repos.listWebhooks(at)).data;
    await octokit.rest.repos.updateWebhook({ ...at, hook_id: hook?.id ?? 0, ...difference });
    expect(await hooks()).not.toEqual([KEPT]);
    expect(await ensure({ lastSet: fingerprint })).toEqual({ state: 'changed', fingerprint });
    expect(await hooks()).toEqual([KEPT]);
  });

  it('is found behind a hundred others, which stay as they are', async () => {
    for (let index = 0; index < 100; index += 1) await octokit.rest.repos.createWebhook({ ...at, config: { url: `https://other.example.edu/${index}` }, events: ['release'] });
    const others = await hooks();
    const { fingerprint } = await ensure();
    expect((await ensure({ lastSet: fingerprint })).state).toBe('unchanged');
    expect(await hooks()).toEqual(others);
    expect((await octokit.paginate(octokit.rest.repos.listWebhooks, at)).map((hook) => hook.config.url).filter((one) => one === HERE)).toHaveLength(1);
  });

  it('shows its secret to nobody by its fingerprint or its errors', async () => {
    expect((await ensure({ secret: 'very-secret-key' })).fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const error: unknown = await ensure({ secret: 'very-secret-key', events: [], url: '' }).catch((reason: unknown) => reason);
    expect(String(error)).not.toContain('very-secret-key');
  });
});

describe('trouble', () => {
  it.each([
    ['a token without the right', 'classic', { kind: 'missing', status: 404 }],
    ['a fine-grained token without the right', 'github_pat_fine', { kind: 'refused', status: 403 }],
    ['no token', undefined, { kind: 'missing', status: 404 }],
    ['a token that is not known', 'wrong', { kind: 'refused', status: 401 }],
  ])('with %s is for a person', async (_, token, expected) => {
    await expect(clientOf(token).ensureHook(wanted())).rejects.toMatchObject({ name: 'GitHubError', ...expected });
    expect(await hooks()).toEqual([]);
  });

  it('of a repository that is not there is the same to us', async () => {
    await expect(ensure({ repo: 'nowhere' })).rejects.toMatchObject({ kind: 'missing', status: 404 });
  });

  it.each(['500', '503'] as const)('of %s is to be waited for', async (fault) => {
    standIn.addFault({ fault });
    await expect(ensure()).rejects.toMatchObject({ kind: 'unavailable', status: Number(fault) });
  });

  it('of a limit is kept by all calls of the client until its time', async () => {
    const client = clientOf('good');
    standIn.addFault({ fault: '403-secondary', retryAfterSeconds: 60 });
    await expect(client.ensureHook(wanted())).rejects.toMatchObject({ kind: 'rateLimited', status: 403, retryAfterMs: 60_000 });
    await expect(client.ensureHook(wanted())).rejects.toMatchObject({ kind: 'rateLimited', status: null });
    expect(asked()).toEqual(['GET /hooks']);
  });

  it('of no answer ends when the caller gives up', async () => {
    standIn.addFault({ fault: 'timeout' });
    const controller = new AbortController();
    const asking = clientOf('good').ensureHook(wanted(), controller.signal);
    await until('the call is there', () => Promise.resolve(standIn.journal.length === 1));
    controller.abort(new Error('cancelled'));
    await expect(asking).rejects.toThrow('cancelled');
  });
});

it('met nothing of GitHub’s that is not there', () => {
  expect(unexpected).toEqual([]);
});
