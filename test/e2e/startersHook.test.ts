import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitHub } from '#local/standins/github/createGitHub.mjs';
import { ROOT } from '#local/setup.mjs';
import { startStudio, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';

const run = promisify(execFile);
const TOKEN = 'a-token-of-the-projects';

describe('the webhook of the projects repository', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-hook-'));
  let url = '';
  // Another host than that of the content, with another token.
  const gitHub = createGitHub({ home: join(folder, 'github'), org: 'mitodl', token: TOKEN, readTokens: ['a-reader'], publicUrl: () => url });
  let studio: Studio;
  beforeAll(async () => {
    url = await gitHub.listen();
    await gitHub.seed('ocw-hugo-projects', join(ROOT, 'local', 'sample', 'projects'));
    studio = await startStudio({
      parts: { samlIdp: false, mailgun: false, fastly: false, learn: false },
      env: { OCW_HUGO_PROJECTS_GIT_URL: `${url}/mitodl/ocw-hugo-projects.git`, OCW_HUGO_PROJECTS_API_URL: url, OCW_HUGO_PROJECTS_GIT_TOKEN: TOKEN, GITHUB_WEBHOOK_KEY: 'the first key' },
    });
  });
  beforeEach(() => {
    gitHub.journal.length = 0;
  });
  afterEach(() => expect(gitHub.journal.filter((entry) => entry.unexpected === true)).toEqual([]));
  afterAll(async () => {
    expect(studio.unexpectedEnds).toEqual([]);
    await studio.stop();
    await gitHub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const hookCalls = (): string[] => gitHub.journal.filter(({ path }) => path.includes('/hooks')).map(({ method }) => method);
  const lastRun = async () => (await studio.query<{ id: string; result: Record<string, unknown>; warnings: { message: string }[]; delivery: string | null; state: string }>(`select r.id, r.result, r.warnings, q.input ->> 'delivery' as delivery, r.state from runs r join run_requests q on q.run_id = r.id where r.process = 'sync-starters' order by r.id desc limit 1`))[0];
  const commitOf = async (slug: string): Promise<string | null | undefined> => (await studio.call('GET /api/v1/starters', {})).starters.find((starter) => starter.slug === slug)?.commit;

  /** Changes a label of the courses' starter and pushes, as an engineer does. @returns the commit. */
  async function push(label: string): Promise<string> {
    const clone = mkdtempSync(join(folder, 'clone-'));
    await run('git', ['clone', '--quiet', url.replace('://', `://x-access-token:${TOKEN}@`) + '/mitodl/ocw-hugo-projects.git', clone]);
    const file = join(clone, 'ocw-course-v2', 'ocw-studio.yaml');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/label: .*/, `label: ${label}`);
    expect(changed).not.toBe(text);
    writeFileSync(file, changed);
    await run('git', ['-C', clone, '-c', 'user.name=An engineer', '-c', 'user.email=engineer@example.edu', 'commit', '--quiet', '--all', '-m', `Call it ${label}`]);
    await run('git', ['-C', clone, 'push', '--quiet', 'origin', 'HEAD']);
    return (await run('git', ['-C', clone, 'rev-parse', 'HEAD'])).stdout.trim();
  }

  /** Pushes, and waits until the studio holds it without anybody asking. */
  async function expectHeard(label: string): Promise<void> {
    const commit = await push(label);
    await until('the studio has read what was pushed', async () => (await commitOf('ocw-course-v2')) === commit, { withinMs: 60_000 });
    const seen = await until('its run ends', async () => {
      const last = await lastRun();
      return last?.state === 'succeeded' ? last : undefined;
    });
    expect(seen).toMatchObject({ delivery: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, result: { hook: 'unchanged' }, warnings: [] });
    expect(await studio.query('select config from starters where slug = $1 and config::text like $2', ['ocw-course-v2', `%${label}%`])).toHaveLength(1);
  }

  it('is made by the first reading of the starters, and then a push is read without anybody asking', async () => {
    const { stdout } = await studio.cli('starters', 'sync', '--wait');
    expect(stdout).toContain('GitHub tells this studio of pushes from now on: its webhook was made.\n');
    expect(hookCalls()).toEqual(['GET', 'POST']);
    await expectHeard('Said by a push');
    expect(hookCalls()).toEqual(['GET', 'POST', 'GET']);
  });

  it('is left alone while it is in order', async () => {
    await studio.cliJson('starters', 'sync', '--wait');
    expect(hookCalls()).toEqual(['GET']);
    expect(await lastRun()).toMatchObject({ result: { hook: 'unchanged' }, warnings: [] });
  });

  it('is given a new key, and pushes are heard with it', async () => {
    const env = { GITHUB_WEBHOOK_KEY: 'the second key' };
    await studio.running.restart('api', { env });
    await studio.restartWorker(env);
    const { stdout } = await studio.cli('starters', 'sync', '--wait');
    expect(stdout).toContain('its webhook was brought in line.\n');
    expect(hookCalls()).toEqual(['GET', 'PATCH']);
    await expectHeard('Signed with another key');
  });

  it('that may not be administered is said, and the starters are read all the same', async () => {
    const commit = await push('Pushed before the token lost its right');
    await studio.restartWorker({ GITHUB_WEBHOOK_KEY: 'the third key', OCW_HUGO_PROJECTS_GIT_TOKEN: 'a-reader' });
    const ended = await studio.cli('starters', 'sync', '--wait');
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('The webhook that tells of pushes is not kept. The token in OCW_HUGO_PROJECTS_GIT_TOKEN may not administer the webhooks of mitodl/ocw-hugo-projects (GitHub answered 404).');
    expect(await commitOf('ocw-course-v2')).toBe(commit);
    expect(await lastRun()).toMatchObject({ state: 'succeeded', result: { hook: 'failed' }, warnings: [{ message: expect.stringContaining('may not administer') as string }] });
    expect(hookCalls().at(-1)).toBe('GET');
  });
});
