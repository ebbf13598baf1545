import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createPreviewsActivities } from '#activities/previews.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { builtFile, forgetUnsaved, previewState, type ReadyPreview, readyPreview, showUnsaved } from '#api/preview/previewWorkers.ts';
import { createGit } from '#clients/git.ts';
import { createHugo } from '#clients/hugo.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { beginPreview, findPreviewServer, notePreview, wantPreview } from '#db/queries/previews.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';
import { keptLog, tryOf } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'preview-'));
const themes = join(folder, 'themes');
const projects = join(folder, 'projects');
const ED = randomUUID();
const OLGA = randomUUID();
const PAGE = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';

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

/** One worker’s preview of a site, running. */
interface Showing {
  readonly environment: MockActivityEnvironment;
  readonly ended: Promise<unknown>;
}
const showings: Showing[] = [];

let deps: ActivityDeps;
let site: SiteRow;

async function depsWith(env: Readonly<Record<string, string>> = {}, work = 'work'): Promise<ActivityDeps> {
  const config = makeConfig({ ...buckets.env, GIT_CLONE_BASE_URL: `file://${folder}`, OCW_HUGO_THEMES_GIT_URL: themes, OCW_HUGO_PROJECTS_GIT_URL: projects, HUGO_BIN: process.env['HUGO_BIN'] ?? '', ...env });
  return { config, db: database.db, s3: buckets.s3, git: createGit({ searchPath: config.searchPath }), hugo: createHugo(config), workspace: await openWorkspace(join(folder, work)), log: keptLog().log } as unknown as ActivityDeps;
}

function serve(of: SiteRow = site, by: ActivityDeps = deps): Showing {
  const environment = tryOf();
  const ended = environment.run((input: { siteId: string; siteName: string }) => createPreviewsActivities(by).servePreview(input), { siteId: of.id, siteName: of.name }).catch((error: unknown) => error);
  const showing = { environment, ended };
  showings.push(showing);
  return showing;
}

/** The worker that shows a site, once it does. */
const ready = (showing: Showing, of: SiteRow = site): Promise<ReadyPreview> =>
  Promise.race([until('the preview is ready', async () => (await readyPreview(database.db, of.id)) ?? undefined), showing.ended.then((end) => Promise.reject(new Error('The preview ended', { cause: end })))]);

async function textOf(server: ReadyPreview, key: string, by = ED): Promise<string> {
  const file = await builtFile(server, key, by);
  return file === null ? '(nothing)' : file === undefined || 'fault' in file ? `(${file === undefined ? 'no answer' : (file.fault?.message ?? '')})` : file.bytes.toString();
}
const page = 'pages/a/index.html';
const write = (server: ReadyPreview, markdown: string, more: { textId?: string; userId?: string; name?: string; title?: string } = {}) =>
  showUnsaved(server, more.textId ?? PAGE, { userId: more.userId ?? ED, name: more.name ?? 'Ed', fields: { title: more.title ?? 'Page', markdown, file: null, metadata: {} } });

async function addItem(textId: string, filename: string, markdown: string, of: SiteRow = site): Promise<void> {
  await database.db.transaction((trx) => createContentItem(trx, { siteId: of.id, item: makeContentItem({ textId, title: 'Page', filename, markdown }), by: null, reason: 'created' }));
}

beforeEach(async () => {
  await database.clear();
  rmSync(folder, { recursive: true, force: true });
  commit(themes, {
    'own/layouts/index.html': 'home {{ site.BaseURL }} {{ hugo.Environment }} {{ getenv "NOINDEX" }}',
    'own/layouts/_default/single.html': '<html><body>{{ .Title }}|{{ .Content }}</body></html>',
    'own/layouts/_default/list.html': 'list',
    'own/layouts/404.html': 'missing',
    'own/layouts/shortcodes/known.html': 'known',
  });
  commit(projects, { 'ocw-course-v2/config.yaml': 'title: v2\ntheme: [own]\ndisableKinds: [taxonomy, term, RSS, sitemap]\nsecurity: {funcs: {getenv: [".*"]}}\n' });
  site = await makeSite(database.db, { name: 'bridges', urlPath: 'courses/bridges-2026' });
  // What main has: an older text of the page, and a page that is no item of the studio.
  commit(join(folder, 'ocw-content', 'bridges.git'), { 'content/pages/a.md': '---\ntitle: Old\n---\nOld\n', 'content/kept.md': '---\ntitle: Kept\n---\nKept\n' });
  await addItem(PAGE, 'a', 'Saved {{< known >}}');
  await addItem(OTHER, 'b', 'Beside');
  deps = await depsWith();
});
afterEach(async () => {
  for (const { environment, ended } of showings.splice(0)) {
    environment.cancel();
    await ended;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a preview', () => {
  it('shows what is saved over what the repository has, then what is written, and writes neither to the repository nor to the database', async () => {
    const showing = serve();
    const server = await ready(showing);
    expect(await textOf(server, page)).toBe('<html><body>Page|<p>Saved known</p>\n</body></html>');
    expect(await textOf(server, 'kept/index.html')).toContain('Kept');
    expect(await textOf(server, 'index.html')).toBe('home /courses/bridges-2026/ production true');
    expect(await textOf(server, 'none/index.html')).toBe('(nothing)');
    const before = { items: await database.db('content_items').orderBy('id').select('*'), site: await database.db('sites').select('*'), head: git(join(folder, 'ocw-content', 'bridges.git'), 'rev-parse', 'HEAD') };
    const told = await write(server, 'Written', { title: 'New' });
    expect(told).toMatchObject({ fault: null, others: [] });
    expect(await textOf(server, page)).toBe('<html><body>New|<p>Written</p>\n</body></html>');
    expect(await textOf(server, 'pages/b/index.html')).toContain('Beside');
    expect({ items: await database.db('content_items').orderBy('id').select('*'), site: await database.db('sites').select('*'), head: git(join(folder, 'ocw-content', 'bridges.git'), 'rev-parse', 'HEAD') }).toEqual(before);
    await forgetUnsaved(server, PAGE, ED);
    expect(await textOf(server, page)).toContain('Saved known');
  });

  it('says a fault with its place, keeps the last good page, and goes on when it is mended', async () => {
    const server = await ready(serve());
    const { builds } = (await previewState(server, ED)) ?? { builds: 0 };
    const told = await write(server, 'One\n\n{{< wrong >}}');
    expect(told).toMatchObject({ builds, fault: { message: 'there is no shortcode “wrong”', file: 'content/pages/a.md' } });
    expect(told?.fault?.line).toBeGreaterThan(4);
    expect(await textOf(server, page)).toContain('Saved known');
    expect(await write(server, 'Mended')).toMatchObject({ fault: null });
    expect(await textOf(server, page)).toContain('Mended');
  });

  it('of a site whose saved text Hugo cannot build says so, and takes the text that mends it', async () => {
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: PAGE, fromRevision: null, set: { markdown: '{{< wrong >}}' }, by: null, reason: 'edited' }));
    const server = await ready(serve());
    expect(await previewState(server, ED)).toMatchObject({ builds: 0, fault: { message: 'there is no shortcode “wrong”' } });
    expect(await textOf(server, page)).toBe('(there is no shortcode “wrong”)');
    expect(await write(server, 'Mended')).toMatchObject({ builds: 1, fault: null });
    expect(await textOf(server, page)).toContain('Mended');
  });

  it('follows what is saved meanwhile, also what is deleted', async () => {
    const server = await ready(serve());
    const { builds } = (await previewState(server, ED)) ?? { builds: 0 };
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: PAGE, fromRevision: null, set: { markdown: 'Saved by Olga' }, by: null, reason: 'edited' }));
    await until('the save is shown', async () => (await textOf(server, page)).includes('Saved by Olga'));
    await database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId: OTHER, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));
    const now = await until('the deletion is known', async () => {
      const state = await previewState(server, ED);
      return state !== null && state.revision === 2 + 2 && state;
    });
    expect(now.builds).toBeGreaterThan(builds);
  });

  it('shows who typed last, and tells each of the others’ unsaved texts', async () => {
    const server = await ready(serve());
    await write(server, 'By Ed');
    expect(await write(server, 'By Olga', { textId: OTHER, userId: OLGA, name: 'Olga' })).toMatchObject({ others: [{ name: 'Ed', textId: PAGE, title: 'Page' }] });
    expect(await previewState(server, ED)).toMatchObject({ others: [{ name: 'Olga', textId: OTHER }] });
    await write(server, 'Olga’s', { userId: OLGA, name: 'Olga' });
    expect(await textOf(server, page)).toContain('Olga’s');
    // It is not Ed’s text any more, so Ed takes nothing away.
    await forgetUnsaved(server, PAGE, ED);
    expect(await textOf(server, page)).toContain('Olga’s');
    await forgetUnsaved(server, PAGE, OLGA);
    expect(await textOf(server, page)).toContain('Saved known');
  });

  it('is shown to nobody without its key, and shows nothing from outside of the site', async () => {
    const server = await ready(serve());
    for (const headers of [{}, { 'x-studio-preview': 'wrong' }] as Record<string, string>[]) expect((await fetch(`${server.address}/state`, { headers })).status).toBe(404);
    for (const key of ['../site/content/pages/a.md', '../../../../../etc/passwd', '/etc/passwd', 'none']) expect(await textOf(server, key)).toBe('(nothing)');
  });

  it('ends when it is cancelled, with Hugo and its folder', async () => {
    const showing = serve();
    const server = await ready(showing);
    const builds = join(folder, 'work', 'builds');
    expect(readdirSync(builds)).toHaveLength(1);
    showing.environment.cancel();
    await showing.ended;
    expect(readdirSync(builds)).toEqual([]);
    expect(await previewState(server, ED)).toBeNull();
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder);
  });

  it('makes room for one that waits, the one not looked at for longest first', async () => {
    const [second, third] = [await makeSite(database.db, { name: 'second' }), await makeSite(database.db, { name: 'third' })];
    const [first, other] = [serve(), serve(second)];
    await ready(first);
    await ready(other, second);
    await database.db('preview_servers').where({ site_id: site.id }).update({ used_at: new Date(Date.now() - 3_600_000) });
    await database.db('preview_servers').where({ site_id: second.id }).update({ used_at: new Date(Date.now() - 60_000) });
    await wantPreview(database.db, third.id);
    const activities = createPreviewsActivities(deps);
    expect(await activities.makePreviewRoom({ siteId: third.id })).toEqual({ isWaiting: true });
    // One place is enough for one that waits.
    await activities.makePreviewRoom({ siteId: third.id });
    expect(await first.ended).toMatchObject({ why: 'room' });
    expect(await findPreviewServer(database.db, site.id)).toMatchObject({ state: 'ended', doing: 'It made room for the preview of another site.', address: null });
    expect(await findPreviewServer(database.db, second.id)).toMatchObject({ state: 'ready', isAskedToLeave: false });
    await ready(serve(third), third);
    expect(await activities.makePreviewRoom({ siteId: third.id })).toEqual({ isWaiting: false });
  });

  it('gives way to another worker that took the site over', async () => {
    const showing = serve();
    await ready(showing);
    await beginPreview(database.db, site.id, randomUUID());
    expect(await showing.ended).toMatchObject({ why: 'taken' });
    expect(await findPreviewServer(database.db, site.id)).toMatchObject({ state: 'starting' });
  });

  it('starts Hugo anew when it takes too much memory, and gives up when it does again and again', async () => {
    deps = { ...deps, config: { ...deps.config, previewMemoryMb: 1 } };
    const showing = serve();
    await ready(showing);
    expect(await showing.ended).toMatchObject({ type: 'PreviewTooLarge' });
  }, 90_000);

  it('writes through no link of the repository', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    const repository = join(folder, 'ocw-content', 'bridges.git');
    rmSync(join(repository, 'content', 'pages'), { recursive: true });
    symlinkSync(outside, join(repository, 'content', 'pages'));
    commit(repository, {});
    expect(await serve().ended).toMatchObject({ type: 'PathNotOurs' });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('says what it lacks', async () => {
    await database.db('sites').update({ starter_id: null });
    expect(await serve().ended).toMatchObject({ type: 'StarterMissing' });
    await database.clear();
    site = await makeSite(database.db, { name: 'bridges' });
    expect(await serve(site, await depsWith({ HUGO_BIN: '/nowhere/hugo' }, 'other')).ended).toMatchObject({ kind: 'missing' });
    // A worker that has gone notes nothing in a row that is another’s.
    expect(await notePreview(database.db, { siteId: site.id, instance: randomUUID() }, { doing: 'x' })).toBeNull();
  });
});
