import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentTypeOf } from '#domain/contentType.ts';
import { ROOT } from '#local/setup.mjs';
import { brokenLinks } from '#test/support/brokenLinks.ts';
import { importSample, savePage, type SampleSite } from '#test/support/sampleCourse.ts';
import { startStudio, type Run, type StoredObject, type Studio } from '#test/support/studio.ts';
import { until } from '#test/support/until.ts';
import { browserPath, noBrowser, openBrowser } from '../theme/support/openBrowser.ts';

const execute = promisify(execFile);
const media = join(ROOT, 'local', 'sample', 'media', 'sample-course');
const hasUnzip = await execute('unzip', ['-v']).then(() => true, () => false);

describe('a published course that is read without a network', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocw-offline-'));
  let studio: Studio;
  let site: SampleSite;
  beforeAll(async () => {
    studio = await startStudio({ proxyS3: true });
    await studio.cliJson('starters', 'sync', '--wait');
    site = await importSample(studio, 'bridges');
    for (const name of readdirSync(media)) await store(`courses/bridges/${name}`, readFileSync(join(media, name)));
    // What Hugo would take for a page, and what only has a strange name.
    await store('courses/bridges/model.html', Buffer.from('<!DOCTYPE html><title>A model</title><p>It stands.'));
    await store('courses/bridges/Notes with ünïcode (1).txt', Buffer.from('Every beam bends.'));
    expect(await studio.untilRun((await studio.publish('bridges', 'live')).id)).toMatchObject({ state: 'succeeded' });
  });
  afterAll(async () => {
    await studio.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function store(key: string, body: Buffer): Promise<void> {
    await studio.s3.send(new PutObjectCommand({ Bucket: studio.stack.buckets.storage, Key: key, Body: body, ContentType: contentTypeOf(key) }));
  }

  /** Builds the downloads; a run that failed says why. */
  async function build(): Promise<Run> {
    const request = await studio.call('POST /api/v1/sites/:site/offline-builds', { params: { site: 'bridges' }, body: { version: 'live' } });
    const run = await studio.untilRun((await studio.runOf(request.id)).id);
    expect(run.reason).toBeNull();
    return run;
  }
  const offlineOf = async () => (await studio.call('GET /api/v1/sites/:site', { params: { site: 'bridges' } })).offline.live;
  const tree = () => studio.objects(studio.stack.buckets.offlinePublish, 'courses/bridges/');
  const zips = async (): Promise<Map<string, StoredObject>> => new Map([...(await studio.objects(studio.stack.buckets.publish, 'courses/bridges/bridges'))].filter(([key]) => key.endsWith('.zip')));

  /** Writes both zips to disk and unpacks them with Debian's unzip, or Python where there is none. */
  async function unpack(): Promise<Record<'plain' | 'video', string>> {
    const folders = { plain: join(folder, 'plain'), video: join(folder, 'video') };
    for (const [name, variant] of [['bridges.zip', 'plain'], ['bridges-video.zip', 'video']] as const) {
      const file = join(folder, name);
      writeFileSync(file, (await zips()).get(`courses/bridges/${name}`)?.body ?? '');
      rmSync(folders[variant], { recursive: true, force: true });
      await mkdir(folders[variant]);
      const python = await execute('python3', ['-c', 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print("\\n".join(z.namelist()))', file]);
      if (hasUnzip) await execute('unzip', ['-q', file, '-d', folders[variant]]);
      else await execute('python3', ['-m', 'zipfile', '-e', file, folders[variant]]);
      expect(python.stdout.trim().split('\n').sort()).toEqual(filesOf(folders[variant]));
    }
    return folders;
  }

  function filesOf(directory: string): string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
      .sort();
  }

  it('has two zips and a tree, with every byte of its files', async () => {
    const run = await build();
    expect(run).toMatchObject({ state: 'succeeded', result: { outcome: 'built' } });
    const { plain, video } = await unpack();
    const uploaded = [...readdirSync(media), 'model.html', 'Notes with ünïcode (1).txt'];
    for (const name of uploaded) {
      const original = (await studio.objects(studio.stack.buckets.storage, `courses/bridges/${name}`)).get(`courses/bridges/${name}`)?.body;
      expect(readFileSync(join(video, 'static_resources', name)).equals(original ?? Buffer.alloc(0)), name).toBe(true);
      expect(filesOf(plain).includes(`static_resources/${name}`), name).toBe(!name.endsWith('.mp4'));
    }
    const objects = await tree();
    expect([...objects.keys()].map((key) => key.slice('courses/bridges/'.length)).sort()).toEqual(filesOf(video));
    for (const [key, object] of objects) {
      expect(object.metadata['site-id']).toBe('bridges');
      expect(object.body.equals(readFileSync(join(video, key.slice('courses/bridges/'.length)))), key).toBe(true);
    }
    expect([...(await zips()).values()].map((zip) => [zip.contentType, zip.metadata['site-id']])).toEqual([['application/zip', 'bridges'], ['application/zip', 'bridges']]);
    const offline = await offlineOf();
    expect(offline).toMatchObject({ state: 'built', isOlder: false, tree: { bucket: studio.stack.buckets.offlinePublish, prefix: 'courses/bridges' } });
    expect(offline.zips.map((zip) => zip.bytes)).toEqual([(await zips()).get('courses/bridges/bridges.zip')?.body.length, (await zips()).get('courses/bridges/bridges-video.zip')?.body.length]);
    for (const zip of offline.zips) expect((await fetch(zip.url)).status).toBe(200);
  });

  it('has no broken link from a folder, and the course page leads to the zips', async () => {
    const { plain, video } = await unpack();
    for (const directory of [plain, video]) {
      const { links, broken } = await brokenLinks(directory);
      expect(broken).toEqual([]);
      expect(links).toBeGreaterThan(1_000);
    }
    const page = readFileSync(join(video, 'resources', 'weight-crosses-a-beam', 'index.html'), 'utf8');
    expect(page).toContain('src="../../static_resources/weight-crosses-a-beam.mp4"');
    expect(readFileSync(join(plain, 'resources', 'weight-crosses-a-beam', 'index.html'), 'utf8')).toContain('This copy does not hold the video.');
    const online = await (await fetch(`${studio.stack.liveSiteUrl ?? ''}/courses/bridges/`)).text();
    for (const name of ['bridges.zip', 'bridges-video.zip']) expect(online).toContain(`${studio.stack.liveSiteUrl ?? ''}/courses/bridges/${name}`);
    expect(readFileSync(join(video, 'index.html'), 'utf8')).not.toContain('.zip"');
  });

  it('opens in a browser from the folder, page by page', async ({ skip }) => {
    if (browserPath === undefined) return skip(noBrowser);
    const browser = await openBrowser(browserPath);
    try {
      const { video } = await unpack();
      const page = await browser.newPage();
      await page.route(/^https?:/, (route) => route.abort());
      const failed: string[] = [];
      page.on('requestfailed', (request) => void (request.url().startsWith('file:') && failed.push(`${request.url()} ${request.failure()?.errorText ?? ''}`)));
      const todo = [pathToFileURL(join(video, 'index.html')).href];
      const seen = new Set(todo);
      for (let address = todo.shift(); address !== undefined; address = todo.shift()) {
        await page.goto(address, { waitUntil: 'load' });
        const isStyled = await page.evaluate(() => [...document.styleSheets].length > 0);
        expect(isStyled, address).toBe(true);
        for (const href of await page.evaluate(() => [...document.querySelectorAll('a')].map((link) => link.href))) {
          const next = href.replace(/#.*$/, '');
          if (!next.startsWith('file:') || !next.endsWith('.html') || seen.has(next)) continue;
          seen.add(next);
          todo.push(next);
        }
      }
      expect(failed.filter((line) => !line.includes('ERR_ABORTED'))).toEqual([]);
      expect(seen.size).toBeGreaterThan(40);
      await page.goto(pathToFileURL(join(video, 'resources', 'weight-crosses-a-beam', 'index.html')).href);
      expect(await page.evaluate(() => new Promise<number>((resolve, reject) => {
        const player = document.querySelector('video');
        if (player === null) return reject(new Error('There is no player'));
        if (player.readyState > 0) return resolve(player.duration);
        player.addEventListener('loadedmetadata', () => resolve(player.duration));
        player.addEventListener('error', () => reject(new Error('The video cannot be played')));
        return player.load();
      }))).toBeGreaterThan(0);
    } finally {
      await browser.close();
    }
  });

  it('is left alone by an unchanged build and by a publish, and follows a change', async () => {
    const before = await studio.writeTimes(studio.stack.buckets.publish, 'courses/bridges/bridges');
    const treeBefore = await studio.writeTimes(studio.stack.buckets.offlinePublish, 'courses/bridges/');
    expect(await build()).toMatchObject({ state: 'succeeded' });
    expect(await studio.writeTimes(studio.stack.buckets.publish, 'courses/bridges/bridges')).toEqual(before);
    expect(await studio.writeTimes(studio.stack.buckets.offlinePublish, 'courses/bridges/')).toEqual(treeBefore);

    await savePage(studio, site, 'Written after the first zip.');
    expect(await studio.untilRun((await studio.publish('bridges', 'live')).id)).toMatchObject({ state: 'succeeded' });
    expect([...(await zips()).keys()]).toEqual(['courses/bridges/bridges-video.zip', 'courses/bridges/bridges.zip']);
    expect(await build()).toMatchObject({ state: 'succeeded' });
    expect((await offlineOf()).isOlder).toBe(false);
    const { plain, video } = await unpack();
    for (const directory of [plain, video]) expect(filesOf(directory).some((file) => file.endsWith('.html') && readFileSync(join(directory, file), 'utf8').includes('Written after the first zip.'))).toBe(true);
    const treeAfter = await studio.writeTimes(studio.stack.buckets.offlinePublish, 'courses/bridges/');
    const written = [...treeAfter].filter(([key, at]) => treeBefore.get(key) !== at);
    expect(written.length).toBeLessThan(10);
    expect(written.length).toBeGreaterThan(0);
  });

  it('ends once, with the same zip, when the worker is killed in the middle of an upload', async () => {
    // Large enough for several parts, and no two of them alike.
    await store('courses/bridges/long.mp4', Buffer.alloc(40_000_000, 'a film of a bridge, 3.14159 '));
    await savePage(studio, site, 'Written before the kill.');
    expect(await studio.untilRun((await studio.publish('bridges', 'live')).id)).toMatchObject({ state: 'succeeded' });
    await studio.fault('s3Proxy', { fault: 'slow', times: 0, delayMs: 15_000, match: `^PUT /${studio.stack.buckets.publish}/courses/bridges/bridges-video.zip` });
    const request = await studio.call('POST /api/v1/sites/:site/offline-builds', { params: { site: 'bridges' }, body: { version: 'live' } });
    const run = await studio.runOf(request.id);
    await until('parts are on their way', async () => ((await studio.journal('s3Proxy')).some((entry) => entry.fault === 'slow') ? true : undefined), { withinMs: 120_000 });
    await studio.killWorker();
    await studio.fault('s3Proxy', { clear: true });
    expect(await studio.untilRun(run.id)).toMatchObject({ state: 'succeeded' });
    const { Uploads: left } = await studio.s3.send(new ListMultipartUploadsCommand({ Bucket: studio.stack.buckets.publish }));
    expect(left ?? []).toEqual([]);
    const { video } = await unpack();
    expect(readFileSync(join(video, 'static_resources', 'long.mp4')).equals(Buffer.alloc(40_000_000, 'a film of a bridge, 3.14159 '))).toBe(true);
    expect([...(await tree()).keys()].map((key) => key.slice('courses/bridges/'.length)).sort()).toEqual(filesOf(video));
  });

  it('is taken away when the course hides its download, and comes back when it does not', async () => {
    const say = (isHidden: boolean) => studio.query(`update content_items set metadata = jsonb_set(metadata::jsonb, '{hide_download}', to_jsonb($2::boolean))::json, revision = revision + 1 where site_id = $1 and type = 'sitemetadata'`, [site.id, isHidden]);
    await say(true);
    // What an earlier builder left there goes too.
    await studio.s3.send(new PutObjectCommand({ Bucket: studio.stack.buckets.offlinePublish, Key: 'courses/bridges/left-behind.html', Body: 'old' }));
    expect(await build()).toMatchObject({ state: 'succeeded', result: { outcome: 'hidden' } });
    expect([...(await zips()).keys()]).toEqual([]);
    expect([...(await tree()).keys()]).toEqual([]);
    expect(await offlineOf()).toMatchObject({ state: 'hidden', zips: [], tree: null });
    expect((await fetch(`${studio.stack.liveSiteUrl ?? ''}/courses/bridges/`)).status).toBe(200);
    await say(false);
    expect(await build()).toMatchObject({ state: 'succeeded', result: { outcome: 'built' } });
    expect([...(await zips()).keys()]).toEqual(['courses/bridges/bridges-video.zip', 'courses/bridges/bridges.zip']);
    expect(await offlineOf()).toMatchObject({ state: 'built' });
  });
});
