import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { type BuiltThemes, createThemeAssetsActivities } from '#activities/themeAssets.ts';
import { openWorkspace, type Workspace } from '#activities/workspace.ts';
import { createFastly } from '#clients/fastly.ts';
import { createGit } from '#clients/git.ts';
import { bindRequest } from '#db/queries/runRequests.ts';
import { moveRun } from '#db/queries/runs.ts';
import { contentTypeOf } from '#domain/contentType.ts';
import { createFastly as createStandIn } from '#local/standins/fastly/createFastly.mjs';
import { ROOT } from '#local/setup.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeRequest, makeRun } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const cdn = createStandIn({ services: { live: 'live-token', draft: 'draft-token' } });
const folder = mkdtempSync(join(tmpdir(), 'themes-'));
let cdnUrl = '';
let workspace: Workspace;
beforeAll(async () => {
  cdnUrl = await cdn.listen();
  workspace = await openWorkspace(join(folder, 'work'));
});
afterAll(async () => {
  await cdn.close();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
let repository = '';
const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd: repository, encoding: 'utf8' }).trim();
/** Commits these files. @returns the commit. */
function push(files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '-m', 'Change');
  return git('rev-parse', 'HEAD');
}

beforeEach(async () => {
  await database.clear();
  cdn.purges.length = 0;
  repository = join(folder, `themes-${(count += 1)}`);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository]);
  const { previewBucket, publishBucket, testBucket, artifactsBucket } = makeConfig(buckets.env);
  for (const bucket of [previewBucket, publishBucket, testBucket, artifactsBucket]) {
    const keys: string[] = [];
    for await (const { key } of buckets.s3.list(bucket, '')) keys.push(key);
    await buckets.s3.remove(bucket, keys);
  }
});

function stepsOf(env: Readonly<Record<string, string>> = {}) {
  const config = makeConfig({ ...buckets.env, OCW_HUGO_THEMES_GIT_URL: repository, FASTLY_API_URL: cdnUrl, FASTLY_LIVE_SERVICE_ID: 'live', FASTLY_LIVE_API_TOKEN: 'live-token', FASTLY_DRAFT_SERVICE_ID: 'draft', FASTLY_DRAFT_API_TOKEN: 'draft-token', THEME_BUILD_COMMAND: 'node build-assets.mjs', ...env });
  const activities = createThemeAssetsActivities({ config, db: database.db, s3: buckets.s3, git: createGit({ searchPath: config.searchPath }), fastly: createFastly(config), workspace } as unknown as ActivityDeps);
  const at = { runId: '', phase: 'build' };
  return {
    config,
    activities,
    async open(): Promise<string> {
      at.runId = await makeRun(database.db, { process: 'build-theme-assets', siteId: null, version: null });
      return at.runId;
    },
    build: (): Promise<BuiltThemes> => runActivity((input: { runId: string; phase: string }) => activities.buildThemes(input), at),
    upload: (assetsKey: string) => runActivity((input: { runId: string; phase: string; assetsKey: string }) => activities.uploadThemeAssets(input), { ...at, assetsKey }),
    manifest: (assetsKey: string) => runActivity((input: { runId: string; phase: string; assetsKey: string }) => activities.publishThemeManifest(input), { ...at, assetsKey }),
    purge: () => runActivity((input: { runId: string; phase: string }) => activities.purgeThemeAssets(input), at),
  };
}
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it worked', (error: unknown) => error);
const script = (lines: string): Record<string, string> => ({ 'build-assets.mjs': `import { mkdirSync, writeFileSync } from 'node:fs';\nconst put = (path, text) => { mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true }); writeFileSync(path, text); };\n${lines}\n` });

describe('the assets of the sample theme', () => {
  it('are built from a clean checkout, put before readers in every bucket, named by the manifest, and purged', async () => {
    cpSync(join(ROOT, 'local', 'sample', 'themes'), repository, { recursive: true });
    const commit = push({});
    const steps = stepsOf();
    await steps.open();
    const built = await steps.build();
    expect(built).toMatchObject({ commit, files: 3 });
    expect(await steps.build()).toEqual(built);

    expect(await steps.upload(built.assetsKey)).toMatchObject({ written: 9 });
    const key = `ocw-hugo-themes/main/webpack.json`;
    expect(await buckets.s3.get(steps.config.artifactsBucket, key)).toBeNull();
    expect(await steps.manifest(built.assetsKey)).toMatchObject({ isNew: true });
    const manifest = JSON.parse((await buckets.s3.get(steps.config.artifactsBucket, key))?.toString('utf8') ?? '{}') as Record<string, string>;
    expect(Object.keys(manifest)).toEqual(['site.css', 'images/icon.svg']);
    for (const bucket of [steps.config.previewBucket, steps.config.publishBucket, steps.config.testBucket]) {
      for (const path of Object.values(manifest)) expect(await buckets.s3.head(bucket, path.slice(1))).toMatchObject({ contentType: contentTypeOf(path), metadata: { 'site-id': 'ocw-hugo-themes' } });
      expect((await buckets.s3.get(bucket, 'static/hash.txt'))?.toString('utf8').trim()).toBe(commit);
    }
    expect(await steps.purge()).toMatchObject({ warnings: [], asked: [] });
    expect(cdn.purges.map(({ service, key: purged }) => `${service} ${purged}`).sort()).toEqual(['draft ocw-hugo-themes', 'live ocw-hugo-themes']);

    // Once more: nothing is written, and the manifest gets no new version.
    await steps.open();
    const again = await steps.build();
    expect(await steps.upload(again.assetsKey)).toMatchObject({ written: 0 });
    expect(await steps.manifest(again.assetsKey)).toMatchObject({ isNew: false });
  });

  it('of an earlier build stay, for pages that are out name them', async () => {
    const version = (hash: string): Record<string, string> => script(`put('base-theme/dist/static_shared/a.${hash}.js', '${hash}'); put('base-theme/data/webpack.json', JSON.stringify({ 'a.js': '/static_shared/a.${hash}.js' }));`);
    const steps = stepsOf();
    for (const hash of ['1', '2']) {
      push(version(hash));
      await steps.open();
      await steps.upload((await steps.build()).assetsKey);
    }
    for (const hash of ['1', '2']) expect(await buckets.s3.exists(steps.config.publishBucket, `static_shared/a.${hash}.js`)).toBe(true);
  });
});

describe('a build that cannot be used', () => {
  it.each([
    ['whose command fails', `console.error('no such module'); process.exit(2);`, 'ended with the code 2'],
    ['without a manifest', `put('base-theme/dist/static_shared/a.js', '');`, 'left no base-theme/data/webpack.json'],
    ['whose manifest is no JSON', `put('base-theme/data/webpack.json', '{');`, 'it is no JSON'],
    ['whose manifest names what was not built', `put('base-theme/data/webpack.json', '{"a.js": "/static_shared/a.js"}');`, 'names files that were not built: a.js'],
    ['that puts something out where courses live', `put('base-theme/dist/courses/x/index.html', ''); put('base-theme/data/webpack.json', '{"a": "/courses/x/index.html"}');`, 'no place of theirs'],
  ])('%s is told, and nothing is kept', async (_name, lines, why) => {
    push(script(lines));
    const steps = stepsOf();
    await steps.open();
    expect(await failureOf(steps.build())).toMatchObject({ type: 'ThemeBuildFailed', message: expect.stringContaining(why) as string });
    for await (const { key } of buckets.s3.list(steps.config.publishBucket, '')) throw new Error(`${key} was written`);
  });

  it('shows the end of what the command said', async () => {
    push(script(`console.error('no such module'); process.exit(2);`));
    const steps = stepsOf();
    await steps.open();
    expect(await failureOf(steps.build())).toMatchObject({ problems: [{ message: 'no such module', inTheme: true }] });
  });

  it('does not end in its time', async () => {
    push(script('setInterval(() => {}, 1000);'));
    const steps = stepsOf({ THEME_BUILD_TIMEOUT_SECONDS: '1' });
    await steps.open();
    expect(await failureOf(steps.build())).toMatchObject({ message: expect.stringContaining('did not end within 1 s') as string });
  });

  it('sees nothing of the studio’s environment but what it is given', async () => {
    push(script(`put('base-theme/dist/static_shared/env.json', JSON.stringify(process.env)); put('base-theme/data/webpack.json', '{"env": "/static_shared/env.json"}');`));
    const steps = stepsOf({ THEME_BUILD_ENV: '{"SEARCH_API_URL": "http://search.localhost"}', AWS_SECRET_ACCESS_KEY: buckets.env['AWS_SECRET_ACCESS_KEY'] ?? '' });
    await steps.open();
    await steps.upload((await steps.build()).assetsKey);
    const seen = JSON.parse((await buckets.s3.get(steps.config.publishBucket, 'static_shared/env.json'))?.toString('utf8') ?? '{}') as Record<string, string>;
    expect(Object.keys(seen).filter((name) => !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual(['CI', 'HOME', 'NODE_ENV', 'PATH', 'SEARCH_API_URL', 'TMPDIR']);
  });
});

describe('the look for a push nobody told of', () => {
  it('asks once per commit, and not again for one that failed', async () => {
    const commit = push(script('process.exit(1);'));
    const steps = stepsOf();
    const look = () => runActivity((input: object) => steps.activities.requestNewThemeBuild(input), {});
    expect(await look()).toMatchObject({ asked: true });
    expect(await look()).toMatchObject({ asked: false });
    const runId = await steps.open();
    const [request] = await database.db<{ id: string }>('run_requests').select('id');
    await bindRequest(database.db, request?.id ?? '', runId);
    await failureOf(steps.build());
    await moveRun(database.db, { runId, state: 'failed' });
    expect(await look()).toEqual({ asked: false, summary: `Nothing new: the themes are at ${commit.slice(0, 8)}` });
    push({ 'a.txt': 'b' });
    expect(await look()).toMatchObject({ asked: true });
  });
});

it('mass publishes that were asked for with a build are asked for once', async () => {
  push(script(''));
  const steps = stepsOf({ FASTLY_LIVE_SERVICE_ID: '' });
  const runId = await steps.open();
  const request = await makeRequest(database.db, { process: 'build-theme-assets', siteId: null, version: null, input: { massPublish: ['live'] } });
  await bindRequest(database.db, request.id, runId);
  expect(await steps.purge()).toMatchObject({ asked: ['live'], warnings: [expect.stringContaining('live was not purged')] });
  await steps.purge();
  expect(await database.db('run_requests').where({ process: 'mass-publish' }).select('version', 'input')).toEqual([{ version: 'live', input: { kind: 'publish', window: 4, ofRunId: runId } }]);
});
