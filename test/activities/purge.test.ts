import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPurgeActivities } from '#activities/purge.ts';
import { storePlans } from '#activities/storedPlans.ts';
import { createFastly } from '#clients/fastly.ts';
import { planDeploy } from '#domain/manifest.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

/** What readers get by path, and what Fastly was asked to purge. */
let pages = new Map<string, { status: number; body: string }>();
let asked: string[] = [];
let purges: string[] = [];
let onPurge: () => void = () => undefined;
/** How long readers’ address takes to answer, milliseconds. */
let delayMs = 0;
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method === 'POST') {
      purges.push(path);
      onPurge();
      response.writeHead(200).end('{"status":"ok"}');
      return;
    }
    asked.push(path);
    const page = pages.get(path);
    setTimeout(() => response.writeHead(page?.status ?? 404).end(page?.body ?? 'nothing'), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('after a deploy', () => {
  let site: SiteRow;
  beforeEach(async () => {
    await database.clear();
    pages = new Map();
    asked = [];
    purges = [];
    onPurge = () => undefined;
    delayMs = 0;
    site = await makeSite(database.db);
  });

  const credentials = { FASTLY_LIVE_SERVICE_ID: 'live-service', FASTLY_LIVE_API_TOKEN: 'token' };
  const activitiesWith = (env: Readonly<Record<string, string>> = {}) => {
    const config = makeConfig({ ...buckets.env, FASTLY_API_URL: base, OCW_STUDIO_LIVE_URL: base, PUBLISH_VERIFY_SECONDS: '2', ...env });
    const activities = createPurgeActivities({ config, db: database.db, s3: buckets.s3, fastly: createFastly(config), log: keptLog().log });
    return { config, activities };
  };
  /** A run whose plan leads from `before` to `after`. */
  async function deployed(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
    const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
    const manifestOf = (files: Readonly<Record<string, string>>) => makeManifest(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, makeEntry(text, { sha256: createHash('sha256').update(text).digest('hex') })])), { siteId: site.id, siteName: site.name, version: 'live', prefix: site.urlPath ?? '', runId });
    const plan = planDeploy({ current: manifestOf(before), interrupted: null, next: manifestOf(after), always: [], otherPrefixes: [] });
    await storePlans({ s3: buckets.s3, config: makeConfig(buckets.env) }, { siteId: site.id, version: 'live', runId }, [{ theme: '', plan, isDropped: false }]);
    return { runId, siteId: site.id, version: 'live' as const, phase: 'verify' };
  }
  const verify = (input: Awaited<ReturnType<typeof deployed>>, env: Readonly<Record<string, string>> = credentials) => runActivity((each: typeof input) => activitiesWith(env).activities.verifyDeployed(each), input);
  const purge = (input: Awaited<ReturnType<typeof deployed>>, env: Readonly<Record<string, string>> = credentials) => runActivity((each: typeof input) => activitiesWith(env).activities.purgeCache(each), { ...input, phase: 'purge' });
  const serve = (path: string, body: string, status = 200) => pages.set(`/${site.urlPath}/${path}`, { status, body });

  it('every cache drops the site by its name; without credentials the phase says so', async () => {
    const input = await deployed({}, { 'index.html': 'i' });
    expect(await purge(input)).toEqual({ summary: 'Purged live', counts: { purged: 1, skipped: 0 } });
    expect(purges).toEqual([`/service/live-service/purge/${site.name}`]);
    expect(await purge(input, {})).toEqual({ summary: 'Nothing purged; no credentials are set for live', counts: { purged: 0, skipped: 1 } });
  });

  it('the first page, two more and a removed one are looked at as readers do', async () => {
    const files = ['a', 'b', 'c', 'd'].map((name) => [`pages/${name}/index.html`, name] as const);
    const input = await deployed({ 'gone/index.html': 'g', 'kept.html': 'k' }, { 'index.html': 'i', 'kept.html': 'k', 'x.css': 'x', '404.html': 'not found', ...Object.fromEntries(files) });
    serve('', 'i');
    for (const [path, body] of files) serve(path.replace('index.html', ''), body);
    expect(await verify(input)).toEqual({ summary: '4 addresses checked: readers get the new pages', counts: { checked: 4 } });
    expect(asked.sort()).toEqual(['', 'gone/', 'pages/a/', 'pages/b/'].map((path) => `/${site.urlPath}/${path}`));
  });

  it('an old page is waited for, with one more purge that brings the new one', async () => {
    const input = await deployed({ 'index.html': 'old', 'gone.html': 'g' }, { 'index.html': 'new' });
    serve('', 'old');
    serve('gone.html', 'g');
    onPurge = () => {
      serve('', 'new');
      serve('gone.html', 'denied', 403);
    };
    expect(await verify(input)).toMatchObject({ counts: { checked: 2 } });
    expect(purges).toHaveLength(1);
  });

  it('answers that take longer than the whole time are no reason to leave the second purge out', async () => {
    const input = await deployed({ 'index.html': 'old' }, { 'index.html': 'new' });
    serve('', 'old');
    delayMs = 1_500;
    onPurge = () => serve('', 'new');
    expect(await verify(input, { ...credentials, PUBLISH_VERIFY_SECONDS: '1' })).toMatchObject({ counts: { checked: 1 } });
    expect(purges).toHaveLength(1);
  });

  it('an old page that stays is a final failure that names it', async () => {
    const input = await deployed({ 'index.html': 'old' }, { 'index.html': 'new' });
    serve('', 'old');
    await expect(verify(input)).rejects.toMatchObject({ type: 'OldPageServed', message: expect.stringContaining(`Deployed, but the CDN still serves the old page: ${base}/${site.urlPath}/ is not what was deployed, 2 s after`) as string });
    expect(purges).toHaveLength(1);
  });

  it('a removed page that is still served is a final failure too', async () => {
    const input = await deployed({ 'gone.html': 'g' }, {});
    serve('gone.html', 'g');
    await expect(verify(input)).rejects.toMatchObject({ type: 'OldPageServed', message: expect.stringContaining('although the page was removed') as string });
  });

  it('an address nobody answers at says that nobody knows', async () => {
    await expect(verify(await deployed({}, { 'index.html': 'i' }), { OCW_STUDIO_LIVE_URL: 'http://127.0.0.1:9', PUBLISH_VERIFY_SECONDS: '1' })).rejects.toMatchObject({ type: 'SiteUnreachable' });
  });

  it('nothing is asked where nothing changed, where workers cannot reach readers’ address, and of sites only tests read', async () => {
    expect(await verify(await deployed({ 'index.html': 'i' }, { 'index.html': 'i' }))).toMatchObject({ summary: 'No page changed' });
    const input = await deployed({}, { 'index.html': 'i' });
    expect(await verify(input, { PUBLISH_VERIFY_SECONDS: '0' })).toMatchObject({ summary: 'Not looked at: this installation’s workers do not reach readers’ address' });
    expect(await verify(input, { OCW_TEST_SITE_SLUGS: site.name })).toMatchObject({ summary: 'Not looked at: only tests read this site' });
    expect(asked).toEqual([]);
  });
});
