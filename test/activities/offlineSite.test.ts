import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteObjectCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getManifest, putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createOfflineActivities, type OfflineStepInput } from '#activities/offline.ts';
import { createOfflineHugoActivities } from '#activities/offlineHugo.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createFastly } from '#clients/fastly.ts';
import { createGit } from '#clients/git.ts';
import { createHugo } from '#clients/hugo.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { BUILT_ELSEWHERE, type Manifest } from '#domain/manifest.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'offline-site-'));
const themes = join(folder, 'themes');
const projects = join(folder, 'projects');
const said = 'baseURL {{ site.BaseURL }}\nNOINDEX {{ getenv "NOINDEX" }}\nIS_ROOT_WEBSITE {{ getenv "IS_ROOT_WEBSITE" }}\nasset {{ index site.Data.webpack "main.js" }}';
const config = 'theme: [own, base-theme]\ndisableKinds: [taxonomy, term, RSS, sitemap]\nsecurity: {funcs: {getenv: [".*"]}}\n';

describe('the offline form of a publish', () => {
  let site: SiteRow;
  let deps: ActivityDeps;

  beforeAll(() => buckets.direct.send(new PutBucketVersioningCommand({ Bucket: buckets.env['AWS_ARTIFACTS_BUCKET_NAME'], VersioningConfiguration: { Status: 'Enabled' } })));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    await database.clear();
    rmSync(folder, { recursive: true, force: true });
    site = await makeSite(database.db, { name: 'bridges', urlPath: 'courses/bridges-2026' });
    const settings = makeConfig({ ...buckets.env, GIT_CLONE_BASE_URL: `file://${folder}`, OCW_HUGO_THEMES_GIT_URL: themes, OCW_HUGO_PROJECTS_GIT_URL: projects, HUGO_BIN: process.env['HUGO_BIN'] ?? '', ENV_NAME: 'production' });
    deps = { config: settings, db: database.db, s3: buckets.s3, git: createGit({ searchPath: settings.searchPath }), hugo: createHugo(settings), fastly: createFastly(settings), workspace: await openWorkspace(join(folder, 'work')), log: keptLog().log } as unknown as ActivityDeps;
  });

  /** Puts files into a repository, which is made when it is not there. @returns the commit. */
  function commit(directory: string, files: Readonly<Record<string, string>>): string {
    const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd: directory, encoding: 'utf8' }).trim();
    mkdirSync(directory, { recursive: true });
    if (!existsSync(join(directory, '.git'))) git('init', '--quiet', '--initial-branch=main');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'Change');
    return git('rev-parse', 'HEAD');
  }

  const manifestOfAssets = 'ocw-hugo-themes/main/webpack.json';
  /** Puts the themes' asset manifest. @returns its version. */
  async function putAssets(text: string): Promise<string> {
    await buckets.s3.put(deps.config.artifactsBucket, manifestOfAssets, text, { contentType: 'application/json' });
    return (await buckets.s3.head(deps.config.artifactsBucket, manifestOfAssets))?.versionId ?? '';
  }
  const upload = (name: string, body: string) => buckets.s3.put(deps.config.storageBucket, `courses/bridges/${name}`, body, { contentType: 'application/octet-stream' });
  const uploaded = (name: string, body: string, contentType: string) => makeEntry(`name of ${name}`, { size: body.length, contentType, storageKey: `courses/bridges/${name}` });

  /** A live publish of the course that readers see now. */
  async function published(facts: Partial<Manifest> = {}, key = storeKeys.deployed): Promise<Manifest> {
    const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
    const manifest = makeManifest({}, { siteId: site.id, siteName: site.name, prefix: 'courses/bridges-2026', runId, webpackVersion: null, hugoVersion: (await deps.hugo.binaryOf(null)).version, ...facts });
    const manifestKey = key(site.id, 'live', runId);
    const at = { siteId: site.id, version: 'live', theme: '' } as const;
    await putJson(deps, manifestKey, manifest);
    await beginDeployment(database.db, at, manifestKey);
    await finishDeployment(database.db, at, { manifestKey, runId, commit: manifest.commit, contentRevision: 1 });
    return manifest;
  }

  const opened = async (): Promise<OfflineStepInput> => ({ runId: await makeRun(database.db, { process: 'build-offline', siteId: site.id, version: 'live' }), siteId: site.id, siteName: site.name, version: 'live', phase: 'gate' });
  const gate = (input: OfflineStepInput) => runActivity((given: OfflineStepInput) => createOfflineActivities(deps).gateOffline(given), input);
  const build = (input: OfflineStepInput) => runActivity((given: OfflineStepInput) => createOfflineHugoActivities(deps).buildOfflineSite(given), { ...input, phase: 'build' });
  const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it worked', (error: unknown) => error);

  /** The commits and the assets of a small course. */
  async function source(): Promise<Partial<Manifest>> {
    return {
      commit: commit(join(folder, 'ocw-content', `${site.shortId}.git`), { 'content/pages/a.md': '---\ntitle: A\n---\nA\n', 'content/pages/hidden.md': '---\ntitle: B\ndraft: true\n---\nB\n' }),
      themesCommit: commit(themes, { 'own/layouts/index.html': said, 'own/layouts/_default/single.html': '{{ .Content }}', 'own/layouts/_default/list.html': 'list', 'base-theme/layouts/partials/x.html': '' }),
      projectsCommit: commit(projects, { 'ocw-course-v2/config-offline.yaml': config }),
      webpackVersion: await putAssets('{"main.js": "/static_shared/js/main.1.js?v", "gone.js": "/static_shared/js/gone.1.js"}'),
    };
  }

  it('is made of what the publish was made of, with uploaded files by name and videos in one of the two', async () => {
    await buckets.s3.put(deps.config.publishBucket, 'static_shared/js/main.1.js', 'main', { contentType: 'text/javascript' });
    await upload('notes.txt', 'notes');
    const files = { 'index.html': makeEntry('online'), 'notes.txt': uploaded('notes.txt', 'notes', 'text/plain'), 'book.pdf': uploaded('book.pdf', 'not fetched', 'application/pdf'), 'film.MP4': uploaded('film.MP4', 'not fetched', 'video/mp4'), 'model.html': uploaded('model.html', 'model', 'text/html') };
    await upload('model.html', 'model');
    await published({ ...(await source()), files });
    // What came since is of the next publish.
    await putAssets('{"main.js": "/static_shared/js/main.2.js"}');
    commit(themes, { 'own/layouts/index.html': 'newer' });
    const input = await opened();
    await expect(gate(input)).resolves.toMatchObject({ verdict: 'build', hasZips: true });
    await expect(build(input)).resolves.toMatchObject({ outputs: 1 });
    const manifests = { plain: await getManifest(deps, storeKeys.offline(site.id, 'live', input.runId, '', 'plain')), video: await getManifest(deps, storeKeys.offline(site.id, 'live', input.runId, '', 'video')) };
    const resources = ['book.pdf', 'model.html', 'notes.txt'].map((name) => `static_resources/${name}`);
    const resourcesOf = (manifest: Manifest): string[] => Object.keys(manifest.files).filter((path) => manifest.files[path]?.storageKey !== undefined).sort();
    expect(resourcesOf(manifests.plain)).toEqual(resources);
    expect(resourcesOf(manifests.video)).toEqual([...resources, 'static_resources/film.MP4'].sort());
    expect(manifests.video.files['static_resources/film.MP4']).toMatchObject({ size: 11, contentType: 'video/mp4', storageKey: 'courses/bridges/film.MP4' });
    for (const manifest of [manifests.plain, manifests.video]) {
      expect(Object.keys(manifest.files)).toContain('static_shared/js/main.1.js');
      expect(Object.keys(manifest.files)).toContain('pages/a/index.html');
      expect(Object.keys(manifest.files)).not.toContain('pages/hidden/index.html');
    }
    const index = await buckets.s3.get(deps.config.buildStoreBucket, storeKeys.blob(manifests.plain.files['index.html']?.sha256 ?? ''));
    expect(index?.toString()).toBe('baseURL /\nNOINDEX false\nIS_ROOT_WEBSITE 0\nasset /static_shared/js/main.1.js?v');
    expect((await findRun(database.db, input.runId))?.warnings).toMatchObject([{ message: expect.stringContaining('‘/static_shared/js/gone.1.js’ is not in the web bucket') as string }]);
    expect(readdirSync(join(folder, 'work', 'builds'))).toEqual([]);
  });

  it('leaves out a file whose name leads out of its folder, and says so', async () => {
    await published({ ...(await source()), files: { 'book.pdf': uploaded('book.pdf', 'not fetched', 'application/pdf'), 'escaped.pdf': uploaded('../../../../../escaped.pdf', 'x', 'application/pdf') } });
    const input = await opened();
    await gate(input);
    await build(input);
    const { files } = await getManifest(deps, storeKeys.offline(site.id, 'live', input.runId, '', 'video'));
    expect(Object.values(files).flatMap(({ storageKey }) => storageKey ?? [])).toEqual(['courses/bridges/book.pdf']);
    expect((await findRun(database.db, input.runId))?.warnings).toContainEqual({ message: expect.stringContaining('‘courses/bridges/../../../../../escaped.pdf’ has a name that no folder can hold') as string, phase: 'build' });
    expect(readdirSync(join(folder, 'work')).filter((name) => name.includes('escaped'))).toEqual([]);
  });

  it('is not made without the assets of the publish, once these are not kept any more', async () => {
    const facts = await source();
    await published(facts);
    await putAssets('{"main.js": "/static_shared/js/main.2.js"}');
    await buckets.direct.send(new DeleteObjectCommand({ Bucket: deps.config.artifactsBucket, Key: manifestOfAssets, VersionId: facts.webpackVersion ?? '' }));
    const input = await opened();
    await gate(input);
    expect(await failureOf(build(input))).toMatchObject({ type: 'OutputGone', message: expect.stringContaining('is not in the bucket any more. Publish the site again.') as string });
  });

  it('needs the Hugo of the publish, and names it when the worker does not have it', async () => {
    await published({ ...(await source()), hugoVersion: '0.99.9' });
    const input = await opened();
    await gate(input);
    expect(await failureOf(build(input))).toMatchObject({ type: 'HugoMissing', message: expect.stringMatching(/^What is out was built by Hugo 0\.99\.9, which the worker does not have: .*HUGO_BINS/) as string });
  });

  it('of a site that Concourse built is Concourse’s to make; only to hide it needs no build', async () => {
    await published({ hugoVersion: BUILT_ELSEWHERE, commit: '' }, storeKeys.listed);
    expect(await failureOf(gate(await opened()))).toMatchObject({ type: 'NotPublished', message: expect.stringContaining('Concourse built the live site that is out, and builds its downloads itself') as string });
    await insertContentItems(database.db, site.id, [{ item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', metadata: { hide_download: true } }), writtenPath: null, writtenSha256: null, writtenBlob: null, writtenForm: null, updatedBy: null }]);
    await expect(gate(await opened())).resolves.toMatchObject({ verdict: 'hide' });
  });

  it('of another installation’s database is left alone in every step that reaches out', async () => {
    await published(await source());
    const input = await opened();
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    const activities = createOfflineActivities(deps);
    for (const step of ['gateOffline', 'zipOffline', 'deployOffline', 'withdrawOffline', 'purgeOffline'] as const) expect([step, await failureOf(runActivity((given: OfflineStepInput) => activities[step](given), input))]).toMatchObject([step, { type: 'OutwardEffectsOff' }]);
  });
});
