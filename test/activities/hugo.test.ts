import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { type BuildSiteInput, createHugoActivities } from '#activities/hugo.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit } from '#clients/git.ts';
import { createHugo } from '#clients/hugo.ts';
import { putContentItem } from '#db/queries/contentChanges.ts';
import { insertContentItems } from '#db/queries/contentItems.ts';
import { amendRun, findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import type { Manifest } from '#domain/manifest.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite, makeStarter } from '#test/factories/rows.ts';
import { makeSiteConfig } from '#test/factories/siteConfig.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'build-'));
const extra = { OCW_EXTRA_COURSE_THEMES: 'ocw-course-v3', OCW_EXTRA_THEMES_BASE_URLS: "{'ocw-course-v3': '/courses/o'}", OCW_EXTRA_THEMES_GTM_IDS: '{"ocw-course-v3": "GTM-V3"}' };
const TARGET = '11111111-1111-4111-8111-111111111111';
const GONE = '99999999-9999-4999-8999-999999999999';
const course = (more: object = {}) => JSON.stringify({ course_title: 'Bridges', site_uid: 'u', ...more });
const page = (uid: string, body: string, more = '') => `---\nuid: ${uid}\ntitle: Page\ncontent_type: page\n${more}---\n${body}\n`;
const good: Readonly<Record<string, string>> = { 'data/course.json': course(), 'content/pages/a.md': page(TARGET, 'Text {{< known >}}') };

/** What a template of the fixture's themes says of how Hugo was called. */
const said = ['baseURL {{ site.BaseURL }}', ...['NOINDEX', 'GTM_ACCOUNT_ID', 'OCW_STUDIO_BASE_URL', 'STATIC_API_BASE_URL', 'RESOURCE_BASE_URL', 'SITEMAP_DOMAIN', 'API_BEARER_TOKEN'].map((name) => `${name} {{ getenv "${name}" }}`), 'asset {{ with site.Data.webpack }}{{ index . "main.js" }}{{ end }}', 'theme {{ site.Title }}'].join('\n');
const projectConfig = (title: string, themes = '[own, base-theme]') => `title: ${title}\ntheme: ${themes}\ndisableKinds: [taxonomy, term, RSS, sitemap]\noutputFormats: {coursedata: {mediaType: application/json, baseName: data, isPlainText: true}}\noutputs: {home: [HTML], section: [HTML], page: [HTML, coursedata]}\nsecurity: {funcs: {getenv: [".*"]}}\n`;

describe('building a site', () => {
  let site: SiteRow;
  let http: Server;
  let httpUrl: string;
  const asked: string[] = [];
  /** Path -> JSON, of what themes read over HTTP. */
  const answers = new Map<string, unknown>();
  const themes = join(folder, 'themes');
  const projects = join(folder, 'projects');

  beforeAll(async () => {
    http = createServer((request, response) => {
      asked.push(`${request.url ?? ''}${request.headers.authorization === undefined ? '' : ' with a token'}`);
      const answer = answers.get(request.url ?? '');
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    httpUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    await buckets.direct.send(new PutBucketVersioningCommand({ Bucket: buckets.env['AWS_ARTIFACTS_BUCKET_NAME'], VersioningConfiguration: { Status: 'Enabled' } }));
  });
  afterAll(() => {
    http.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await database.clear();
    answers.clear();
    rmSync(folder, { recursive: true, force: true });
    commit(themes, {
      'studio-theme.yaml': 'missingInstructors: warn\nvolatilePatterns: ["random-[0-9]+"]\n',
      'own/layouts/index.html': said,
      'own/layouts/_default/single.html': '{{ .Content }}',
      'own/layouts/_default/list.html': 'list',
      'own/layouts/_default/single.coursedata.json': '{{ .Params | jsonify }}',
      'base-theme/layouts/shortcodes/known.html': 'known',
    });
    commit(projects, { 'ocw-course-v2/config.yaml': projectConfig('v2'), 'ocw-course-v3/config.yaml': projectConfig('v3'), 'ocw-www/config.yaml': projectConfig('www') });
    await buckets.s3.put(artifacts(), 'ocw-hugo-themes/main/webpack.json', '{"main.js": "/static_shared/js/main.1.js"}', { contentType: 'application/json' });
    site = await makeSite(database.db, { name: 'bridges', urlPath: 'courses/bridges-2026' });
  });

  const artifacts = () => buckets.env['AWS_ARTIFACTS_BUCKET_NAME'] ?? '';
  const storage = () => buckets.env['AWS_STORAGE_BUCKET_NAME'] ?? '';
  const git = (cwd: string, ...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd, encoding: 'utf8' }).trim();

  /** Puts files into a repository, which is made when it is not there. @returns the commit. */
  function commit(directory: string, files: Readonly<Record<string, string>>): string {
    mkdirSync(directory, { recursive: true });
    if (!existsSync(join(directory, '.git'))) git(directory, 'init', '--quiet', '--initial-branch=main');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    git(directory, 'add', '--all');
    git(directory, 'commit', '--quiet', '--allow-empty', '--message', 'Change');
    return git(directory, 'rev-parse', 'HEAD');
  }

  async function depsWith(env: Readonly<Record<string, string>> = {}): Promise<ActivityDeps> {
    const config = makeConfig({ ...buckets.env, GIT_CLONE_BASE_URL: `file://${folder}`, OCW_HUGO_THEMES_GIT_URL: themes, OCW_HUGO_PROJECTS_GIT_URL: projects, HUGO_BIN: process.env['HUGO_BIN'] ?? '', OCW_STUDIO_LIVE_URL: httpUrl, OCW_STUDIO_DRAFT_URL: `${httpUrl}/draft`, OCW_STUDIO_TEST_URL: `${httpUrl}/test`, STUDIO_BASE_URL: httpUrl, ENV_NAME: 'production', OCW_GTM_ACCOUNT_ID: 'GTM-OWN', API_BEARER_TOKEN: 'secret-token', ...env });
    return { config, db: database.db, s3: buckets.s3, git: createGit({ searchPath: config.searchPath }), hugo: createHugo(config), workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
  }

  async function frozen(files: Readonly<Record<string, string>>, version: 'draft' | 'live', of = site): Promise<BuildSiteInput> {
    const head = commit(join(folder, 'ocw-content', `${of.shortId}.git`), files);
    return { siteId: of.id, runId: await makeRun(database.db, { siteId: of.id, version, frozen: { urlPath: of.urlPath } }), version, phase: 'build', commit: head };
  }
  const build = (deps: ActivityDeps, input: BuildSiteInput) => runActivity((given: BuildSiteInput) => createHugoActivities(deps).buildSite(given), input);

  async function manifestOf(deps: ActivityDeps, input: BuildSiteInput, theme = ''): Promise<Manifest> {
    const manifest = await getJson<Manifest>(deps, storeKeys.build(input.siteId, input.version, input.runId, theme));
    if (manifest === null) throw new Error(`There is no manifest of ‘${theme}’`);
    return manifest;
  }
  async function textOf(manifest: Manifest, path: string): Promise<string> {
    return (await buckets.s3.get(buckets.env['BUILD_STORE_BUCKET_NAME'] ?? '', storeKeys.blob(manifest.files[path]?.sha256 ?? '')))?.toString() ?? '(nothing)';
  }
  const failureOf = (work: Promise<unknown>) => work.then(() => ({ type: 'none', message: '', problems: [] }), (error: { type: string; message: string; problems: unknown[] }) => error);

  it('puts out one manifest per theme, the list of themes last, each with its own address and settings', async () => {
    const deps = await depsWith(extra);
    await buckets.s3.put(storage(), 'courses/bridges/notes.pdf', 'pdf', { contentType: 'application/pdf' });
    // Hugo's own page goes before a file of that name, and another site's files are another's.
    await buckets.s3.put(storage(), 'courses/bridges/index.html', 'uploaded', { contentType: 'text/html' });
    await buckets.s3.put(storage(), 'courses/bridges-2/other.pdf', 'pdf', { contentType: 'application/pdf' });
    const input = await frozen(good, 'live');
    const built = await build(deps, input);
    expect(built).toMatchObject({ buildKey: storeKeys.build(site.id, 'live', input.runId), counts: { themes: 2 } });
    expect(await getJson(deps, storeKeys.outputs(site.id, 'live', input.runId))).toEqual({ themes: ['', 'ocw-course-v3'] });
    const own = await manifestOf(deps, input);
    const v3 = await manifestOf(deps, input, 'ocw-course-v3');
    expect(own).toMatchObject({ theme: '', prefix: 'courses/bridges-2026', version: 'live', siteName: 'bridges', commit: input.commit });
    expect(v3).toMatchObject({ theme: 'ocw-course-v3', prefix: 'ocw-course-v3/courses/bridges-2026', themesCommit: own.themesCommit, webpackVersion: own.webpackVersion });
    for (const manifest of [own, v3]) expect(Object.entries(manifest.files).flatMap(([path, { storageKey }]) => (storageKey === undefined ? [] : [path]))).toEqual(['notes.pdf']);
    for (const manifest of [own, v3]) expect(manifest.files['notes.pdf']).toMatchObject({ storageKey: 'courses/bridges/notes.pdf', contentType: 'application/pdf', size: 3 });
    expect(await textOf(own, 'index.html')).toBe(`baseURL /courses/bridges-2026/\nNOINDEX false\nGTM_ACCOUNT_ID GTM-OWN\nOCW_STUDIO_BASE_URL ${httpUrl}\nSTATIC_API_BASE_URL ${httpUrl}\nRESOURCE_BASE_URL \nSITEMAP_DOMAIN ocw.mit.edu\nAPI_BEARER_TOKEN \nasset /static_shared/js/main.1.js\ntheme v2`);
    expect(await textOf(v3, 'index.html')).toMatch(/^baseURL \/courses\/o\/bridges-2026\/\nNOINDEX true\nGTM_ACCOUNT_ID GTM-V3\n[^]*theme v3$/);
    expect(readdirSync(join(folder, 'work', 'builds'))).toEqual([]);
  });

  it('goes on after the theme that was done, with the themes, configurations and assets it was made of', async () => {
    commit(projects, { 'ocw-course-v3/config.yaml': 'title: [broken' });
    const input = await frozen(good, 'draft');
    const deps = await depsWith(extra);
    expect(await failureOf(build(deps, input))).toMatchObject({ type: 'HugoFailed', message: expect.stringContaining('with the theme ‘ocw-course-v3’') as string });
    const own = await manifestOf(deps, input);
    expect(await getJson(deps, storeKeys.outputs(site.id, 'draft', input.runId))).toBeNull();

    // Meanwhile somebody deploys assets and pushes to both repositories; the pinned configuration was broken, so it is mended by hand where it was exported.
    await buckets.s3.put(artifacts(), 'ocw-hugo-themes/main/webpack.json', '{"main.js": "/static_shared/js/main.2.js"}', { contentType: 'application/json' });
    commit(themes, { 'own/layouts/index.html': 'another theme' });
    commit(projects, { 'ocw-course-v3/config.yaml': projectConfig('newer') });
    writeFileSync(join(folder, 'work', 'trees', `projects-${own.projectsCommit}`, 'ocw-course-v3', 'config.yaml'), projectConfig('v3'));
    buckets.proxy.journal.length = 0;
    // The workspace is opened anew, as a new worker does: what was in the middle is gone, exported trees are not.
    await build(await depsWith(extra), input);
    const v3 = await manifestOf(deps, input, 'ocw-course-v3');
    expect(v3).toMatchObject({ themesCommit: own.themesCommit, projectsCommit: own.projectsCommit, webpackVersion: own.webpackVersion });
    expect(await textOf(v3, 'index.html')).toContain('asset /static_shared/js/main.1.js\ntheme v3');
    expect(buckets.proxy.journal.filter((entry) => entry.method === 'PUT' && entry.path.includes(`${input.runId}/build.json.gz`))).toEqual([]);
    expect(await getJson(deps, storeKeys.outputs(site.id, 'draft', input.runId))).toEqual({ themes: ['', 'ocw-course-v3'] });

    // The next build takes the newest of everything; a finished one is not touched again.
    const next = await frozen(good, 'draft');
    await build(deps, next);
    expect((await manifestOf(deps, next)).webpackVersion).not.toBe(own.webpackVersion);
    buckets.proxy.journal.length = 0;
    await build(deps, input);
    expect(buckets.proxy.journal.filter((entry) => entry.method !== 'GET')).toEqual([]);
  });

  it('of a run that is bound to a state of themes, projects and assets is made of that, whatever is newest', async () => {
    const deps = await depsWith();
    const first = await frozen(good, 'live');
    await build(deps, first);
    const { themesCommit, projectsCommit, webpackVersion } = await manifestOf(deps, first);
    await buckets.s3.put(artifacts(), 'ocw-hugo-themes/main/webpack.json', '{"main.js": "/static_shared/js/main.2.js"}', { contentType: 'application/json' });
    commit(themes, { 'own/layouts/index.html': 'another theme' });
    commit(projects, { 'ocw-course-v2/config.yaml': projectConfig('newer') });
    const bound = await frozen(good, 'live');
    await amendRun(database.db, bound.runId, { frozen: { themesCommit, projectsCommit, webpackVersion } });
    await build(deps, bound);
    const manifest = await manifestOf(deps, bound);
    expect(manifest).toMatchObject({ themesCommit, projectsCommit, webpackVersion });
    expect(await textOf(manifest, 'index.html')).toContain('asset /static_shared/js/main.1.js\ntheme v2');
  });

  it('of the root site stands at the top, with its uploads in a folder, and alone sees the token', async () => {
    const root = await makeSite(database.db, { name: 'ocw-www', urlPath: null, starterId: await makeStarter(database.db, 'ocw-www', makeSiteConfig((text) => text.replace(/- name: metadata[^]*?(?=- name: menus)/, ''))) });
    answers.set('/api/websites/?limit=12&type=ocw-course-v2', { results: [{ url_path: 'courses/bridges-2026' }] });
    answers.set('/api/publish/?version=live', { sites: [{ base_url: 'courses/bridges-2026' }] });
    answers.set('/api/news/', { items: [{ title: 'News' }] });
    answers.set('/courses/bridges-2026/data.json', { course_title: 'Bridges' });
    answers.set('/courses/bridges-2026/content_map.json', { uid: '/courses/bridges-2026/resources/x/data.json' });
    answers.set('/courses/bridges-2026/resources/x/data.json', { title: 'X' });
    commit(themes, {
      'own/layouts/index.html': `${said}
{{- $studio := getenv "OCW_STUDIO_BASE_URL" }}{{ $api := getenv "STATIC_API_BASE_URL" }}
{{ range (resources.GetRemote (printf "%s/api/websites/?limit=12&type=%s" $studio (getenv "OCW_COURSE_STARTER_SLUG")) | transform.Unmarshal).results }}
{{- with resources.GetRemote (printf "%s/%s/data.json" $api .url_path) }}new {{ (. | transform.Unmarshal).course_title }}{{ end }}
{{- $map := resources.GetRemote (printf "%s/%s/content_map.json" $api .url_path) | transform.Unmarshal }}
resource {{ (resources.GetRemote (printf "%s%s" $api $map.uid) | transform.Unmarshal).title }}{{ end }}
published {{ len (resources.GetRemote (printf "%s/api/publish/?version=live" $studio) (dict "headers" (dict "Authorization" (printf "Bearer %s" (getenv "API_BEARER_TOKEN")))) | transform.Unmarshal).sites }}
news {{ (index (resources.GetRemote (printf "%s/api/news/" $studio) | transform.Unmarshal).items 0).title }}`,
    });
    await buckets.s3.put(storage(), 'courses/ocw-www/logo.svg', 'svg', { contentType: 'image/svg+xml' });
    const deps = await depsWith(extra);
    const input = await frozen({ 'content/pages/about.md': page(TARGET, 'About') }, 'live', root);
    asked.length = 0;
    await build(deps, input);
    const manifest = await manifestOf(deps, input);
    expect(manifest).toMatchObject({ prefix: '', theme: '' });
    expect(await getJson(deps, storeKeys.outputs(root.id, 'live', input.runId))).toEqual({ themes: [''] });
    expect(manifest.files['ocw-www/logo.svg']).toMatchObject({ storageKey: 'courses/ocw-www/logo.svg', contentType: 'image/svg+xml; charset=utf-8' });
    const text = await textOf(manifest, 'index.html');
    expect(text).toMatch(/^baseURL \/\nNOINDEX false\n[^]*API_BEARER_TOKEN secret-token\n/);
    expect(text).toContain('new Bridges\nresource X\npublished 1\nnews News');
    expect(asked).toContain('/api/publish/?version=live with a token');
    expect(asked.filter((line) => line.endsWith('with a token'))).toHaveLength(1);
  });

  it('that only tests publish reads and shows the places of tests', async () => {
    const deps = await depsWith({ OCW_TEST_SITE_SLUGS: "['bridges']" });
    const input = await frozen(good, 'live');
    await build(deps, input);
    expect(await textOf(await manifestOf(deps, input), 'index.html')).toMatch(new RegExp(`NOINDEX true\n.*\nOCW_STUDIO_BASE_URL \nSTATIC_API_BASE_URL ${httpUrl}/test\nRESOURCE_BASE_URL ${httpUrl}/test\nSITEMAP_DOMAIN ${new URL(httpUrl).host}\n`));
  });

  it('gives a video the transcript that Learn reads, in its data and nowhere else', async () => {
    const deps = await depsWith();
    const video = 'video_files:\n  video_transcript_resources:\n  - {file: /courses/bridges-2026/es.vtt, language: es}\n  - {file: /courses/bridges-2026/en.vtt, language: en}\n';
    const input = await frozen({ ...good, 'content/resources/v.md': page('22222222-2222-4222-8222-222222222222', 'Film', video).replace('content_type: page', 'content_type: resource'), 'content/pages/b.md': page('33333333-3333-4333-8333-333333333333', 'Plain') }, 'live');
    await build(deps, input);
    const manifest = await manifestOf(deps, input);
    expect(JSON.parse(await textOf(manifest, 'resources/v/data.json'))).toMatchObject({ video_files: { video_transcript_file: '/courses/bridges-2026/en.vtt', video_transcript_resources: [{ language: 'es' }, { language: 'en' }] } });
    expect(await textOf(manifest, 'pages/b/data.json')).not.toContain('video_transcript_file');
  });

  it('stores each new content once and knows volatile pages by their fingerprint', async () => {
    const deps = await depsWith();
    const first = await frozen({ ...good, 'content/pages/b.md': page(GONE, 'player random-123') }, 'live');
    buckets.proxy.journal.length = 0;
    await build(deps, first);
    const stored = buckets.proxy.journal.filter((entry) => entry.method === 'PUT' && entry.path.includes('/blobs/'));
    expect(new Set(stored.map((entry) => entry.path.split('?')[0])).size).toBe(stored.length);
    const second = await frozen({ 'content/pages/b.md': page(GONE, 'player random-456') }, 'live');
    await build(deps, second);
    const of = async (input: BuildSiteInput) => (await manifestOf(deps, input)).files['pages/b/index.html'];
    expect((await of(first))?.sha256).not.toBe((await of(second))?.sha256);
    expect((await of(first))?.fingerprint).toBe((await of(second))?.fingerprint);
  });

  describe('by another version of Hugo', () => {
    it('takes the binary of that version, and records it', async () => {
      const real = process.env['HUGO_BIN'] ?? '';
      const older = join(folder, 'hugo-older');
      mkdirSync(folder, { recursive: true });
      writeFileSync(older, `#!/bin/sh\nif [ "$1" = version ]; then echo "hugo v0.142.0"; else exec '${real}' "$@"; fi\n`);
      chmodSync(older, 0o755);
      const deps = await depsWith({ HUGO_VERSION: '{"ocw-course-v2": "0.142.0"}', HUGO_BINS: JSON.stringify({ '0.142.0': older }) });
      const input = await frozen(good, 'draft');
      await build(deps, input);
      expect(await manifestOf(deps, input)).toMatchObject({ hugoVersion: '0.142.0' });
    });

    it('that is not there fails for good and says what to do; the starter’s own word goes first', async () => {
      const deps = await depsWith({ HUGO_VERSION: '{"pinned": "0.142.0"}' });
      const pinned = await makeSite(database.db, { name: 'pinned', starterId: await makeStarter(database.db, 'ocw-course-v2', makeSiteConfig((text) => `hugo-version: 0.99.9\n${text}`)) });
      expect(await failureOf(build(deps, await frozen(good, 'draft', pinned)))).toMatchObject({ type: 'HugoMissing', message: expect.stringMatching(/^‘ocw-course-v2’ is to be built by Hugo 0\.99\.9, which the worker does not have: .*HUGO_BINS/) as string });
    });
  });

  describe('with faults in the content', () => {
    const files = { ...good, 'data/course.json': '{"course_title": "", "site_uid": "u"}', 'content/pages/b.md': page('33333333-3333-4333-8333-333333333333', `One\n\n{{< resource_file ${GONE} >}} {{< nosuch >}}`) };

    it('stops a live publish before Hugo runs and names each with its item; a draft is told of them', async () => {
      commit(themes, { 'own/layouts/shortcodes/resource_file.html': 'file' });
      const deps = await depsWith();
      const live = await frozen(files, 'live');
      const failure = await failureOf(build(deps, live));
      expect(failure).toMatchObject({
        type: 'PreflightFailed',
        problems: [
          { message: expect.stringContaining('‘Title’ is empty') as string, file: 'data/course.json', item: { site: 'bridges', textId: 'sitemetadata', title: 'Course' } },
          { message: expect.stringContaining('There is no shortcode ‘nosuch’') as string, file: 'content/pages/b.md', line: 8, item: { site: 'bridges', textId: '33333333-3333-4333-8333-333333333333', title: 'Page' } },
          { message: expect.stringContaining(GONE) as string, file: 'content/pages/b.md', line: 8, item: { textId: '33333333-3333-4333-8333-333333333333' } },
        ],
      });
      expect(await getJson(deps, storeKeys.build(site.id, 'live', live.runId))).toBeNull();
      commit(themes, { 'own/layouts/shortcodes/nosuch.html': 'now there' });
      const draft = await frozen({}, 'draft');
      await build(deps, draft);
      expect((await findRun(database.db, draft.runId))?.warnings.map((warning) => [warning.file, warning.item?.textId])).toEqual([['data/course.json', 'sitemetadata'], ['content/pages/b.md', '33333333-3333-4333-8333-333333333333']]);
    });

    it('does not stop for what came with an import, unless its target was deleted since or the page was touched', async () => {
      commit(themes, { 'own/layouts/shortcodes/resource_file.html': 'file' });
      const deps = await depsWith();
      const textId = '33333333-3333-4333-8333-333333333333';
      const old = { ...good, 'content/pages/b.md': page(textId, `{{< resource_file ${GONE} >}}`) };
      await insertContentItems(database.db, site.id, [{ item: makeContentItem({ textId, filename: 'b' }), writtenPath: null, writtenSha256: null, writtenBlob: null, writtenForm: null, updatedBy: null }]);
      const imported = await frozen(old, 'live');
      await build(deps, imported);
      expect((await findRun(database.db, imported.runId))?.warnings).toMatchObject([{ message: expect.stringContaining(GONE) as string, item: { textId } }]);
      await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId, filename: 'b', markdown: 'Touched' }), by: null, reason: 'edited' });
      expect(await failureOf(build(deps, await frozen({}, 'live')))).toMatchObject({ type: 'PreflightFailed' });
    });
  });

  it('that Hugo refuses is told with the item whose file it stopped at', async () => {
    const deps = await depsWith();
    const textId = '44444444-4444-4444-8444-444444444444';
    await insertContentItems(database.db, site.id, [{ item: makeContentItem({ textId, title: 'Loads', filename: 'c' }), writtenPath: 'content/pages/c.md', writtenSha256: null, writtenBlob: null, writtenForm: null, updatedBy: null }]);
    const failure = await failureOf(build(deps, await frozen({ ...good, 'content/pages/c.md': page(textId, 'One\n\n{{< never closed') }, 'draft')));
    expect(failure).toMatchObject({ type: 'HugoFailed', problems: [{ file: 'content/pages/c.md', item: { site: 'bridges', textId, title: 'Loads' } }] });
    // A file that no item wrote is named alone.
    const other = await failureOf(build(deps, await frozen({ 'content/pages/c.md': page(textId, 'Mended'), 'content/pages/d.md': page('55555555-5555-4555-8555-555555555555', '{{< never closed') }, 'draft')));
    expect(other.problems).toMatchObject([{ file: 'content/pages/d.md' }]);
    expect(other.problems[0]).not.toHaveProperty('item');
  });

  it('keeps nothing of a build that failed but its log', async () => {
    commit(themes, { 'own/layouts/_default/single.html': '{{ errorf "it broke" }}' });
    const deps = await depsWith();
    const input = await frozen(good, 'live');
    expect(await failureOf(build(deps, input))).toMatchObject({ type: 'HugoFailed' });
    expect((await buckets.s3.get(deps.config.buildStoreBucket, storeKeys.log(input.runId)))?.toString()).toContain('it broke');
    expect(readdirSync(join(folder, 'work', 'builds'))).toEqual([]);
  });
});
