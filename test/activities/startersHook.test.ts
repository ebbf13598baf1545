import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createRunsActivities } from '#activities/runs.ts';
import { createStartersActivities, type StartersHookResult } from '#activities/starters.ts';
import { createGitHubHooks } from '#clients/gitHubHooks.ts';
import { adoptInstallation, readStartersHook } from '#db/queries/installation.ts';
import { findRun } from '#db/queries/runs.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeRun } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'starters-hook-'));
let url = '';
const standIn = createStandIn({ home: folder, org: 'mitodl', token: 'good', readTokens: ['reader'], publicUrl: () => url });
beforeAll(async () => {
  url = await standIn.listen();
});
afterAll(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});

let env: Record<string, string>;
let repo: string;
let count = 0;
beforeEach(async () => {
  await database.clear();
  repo = `projects-${(count += 1)}`;
  await standIn.repositories.create('mitodl', repo, { autoInit: true, isPrivate: false });
  standIn.journal.length = 0;
  env = { STUDIO_BASE_URL: 'https://studio.example.edu/', OCW_HUGO_PROJECTS_GIT_URL: `git@git.example.edu:mitodl/${repo}.git`, OCW_HUGO_PROJECTS_API_URL: url, OCW_HUGO_PROJECTS_GIT_TOKEN: 'good', GITHUB_WEBHOOK_KEY: 'hush' };
});

function ensure(changes: Readonly<Record<string, string>> = {}): Promise<StartersHookResult> {
  const config = makeConfig({ ...env, ...changes });
  const projectsHooks = config.projectsApiUrl === undefined ? null : createGitHubHooks({ ...config, apiUrl: config.projectsApiUrl, token: config.projectsGitToken });
  const deps = { config, db: database.db, projectsHooks } as unknown as ActivityDeps;
  return runActivity((input: { runId: string }) => createStartersActivities(deps).ensureStartersHook(input), { runId: 'run' });
}
const writes = (): string[] => standIn.journal.map(({ method }) => method).filter((method) => method !== 'GET');
const errorOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => new Error('it worked'), (error: unknown) => error);

describe('keeping the webhook of the projects repository', () => {
  it('makes it once, and remembers what it set', async () => {
    expect(await ensure()).toEqual({ state: 'created', summary: 'The webhook that tells of pushes was made.' });
    expect(await ensure()).toEqual({ state: 'unchanged', summary: 'The webhook that tells of pushes is in order.' });
    expect(writes()).toEqual(['POST']);
    expect(await readStartersHook(database.db)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives it another key when the studio has one, once', async () => {
    await ensure();
    expect((await ensure({ GITHUB_WEBHOOK_KEY: 'louder' })).state).toBe('changed');
    expect((await ensure({ GITHUB_WEBHOOK_KEY: 'louder' })).state).toBe('unchanged');
    expect(writes()).toEqual(['POST', 'PATCH']);
  });

  it('gives it the key again after it died before it had noted it', async () => {
    standIn.addFault({ fault: 'drop-after-accept', match: /^POST / });
    expect(await errorOf(ensure())).toMatchObject({ kind: 'unavailable' });
    expect((await ensure()).state).toBe('changed');
    expect((await ensure()).state).toBe('unchanged');
  });

  it.each(['OCW_HUGO_PROJECTS_API_URL', 'OCW_HUGO_PROJECTS_GIT_TOKEN', 'GITHUB_WEBHOOK_KEY'])('is left to people without %s', async (variable) => {
    expect((await ensure({ [variable]: '' })).state).toBe('off');
    expect(standIn.journal).toEqual([]);
  });

  it('asks nothing where this database belongs to another installation', async () => {
    await adoptInstallation(database.db, 'production');
    expect(await errorOf(ensure())).toMatchObject({ type: 'OutwardEffectsOff' });
    expect(standIn.journal).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a token without the right', { OCW_HUGO_PROJECTS_GIT_TOKEN: 'reader' }, 'The token in OCW_HUGO_PROJECTS_GIT_TOKEN may not administer the webhooks of mitodl/REPO (GitHub answered 404). Give it that right, or set the webhook up by hand and unset OCW_HUGO_PROJECTS_API_URL.'],
    ['a token that is gone', { OCW_HUGO_PROJECTS_GIT_TOKEN: 'old' }, 'GitHub does not know the token in OCW_HUGO_PROJECTS_GIT_TOKEN any more. Set another for mitodl/REPO.'],
    ['a repository on no host', { OCW_HUGO_PROJECTS_GIT_URL: '/srv/projects' }, 'OCW_HUGO_PROJECTS_GIT_URL (‘/srv/projects’) names no repository of a GitHub host. Unset OCW_HUGO_PROJECTS_API_URL, or name one.'],
  ])('says of %s what to do', async (_, changes, message) => {
    expect(await errorOf(ensure(changes))).toMatchObject({ type: 'GitHubRefused', message: message.replace('REPO', repo) });
    expect(await readStartersHook(database.db)).toBeNull();
  });
});

it('a run that succeeds may end with warnings, and say so twice', async () => {
  const runId = await makeRun(database.db, { siteId: null, version: null, process: 'sync-starters', workflowId: 'sync-starters' });
  const end = () => createRunsActivities({ db: database.db, config: makeConfig() } as ActivityDeps).recordEnded({ runId, state: 'succeeded', reason: null, result: { hook: 'failed' }, warnings: [{ message: 'It is not kept.' }] });
  await end();
  await end();
  expect(await findRun(database.db, runId)).toMatchObject({ state: 'succeeded', result: { hook: 'failed' }, warnings: [{ message: 'It is not kept.' }] });
});
