import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBucketsActivities, type DeployManifestInput, type PlanDeployInput, type RecordPublishedInput } from '#activities/buckets.ts';
import { getJson, putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createLearn } from '#clients/learn.ts';
import type { Config } from '#config/load.ts';
import { findDeployment } from '#db/queries/deployments.ts';
import { findRun } from '#db/queries/runs.ts';
import type { SiteRow } from '#db/queries/sites.ts';
import { giveSiteUrl } from '#db/queries/siteUrls.ts';
import type { Manifest } from '#domain/manifest.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity, tryOf } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

describe('deploying to a real S3 server', () => {
  let config: Config;
  let activities: ReturnType<typeof createBucketsActivities>;
  let site: SiteRow;
  beforeAll(() => {
    config = makeConfig({ ...buckets.env, AWS_MAX_CONCURRENT_CONNECTIONS: '2' });
    // What these activities do not reach is not there: touching it would fail the test.
    activities = createBucketsActivities({ config, db: database.db, s3: buckets.s3, learn: createLearn(config), log: keptLog().log } as ActivityDeps);
  });
  beforeEach(async () => {
    await database.clear();
    site = await makeSite(database.db);
    buckets.proxy.journal.length = 0;
  });

  const planDeployment = (input: PlanDeployInput) => activities.planDeployment(input);
  const deployManifest = (input: DeployManifestInput) => activities.deployManifest(input);
  const recordPublished = (input: RecordPublishedInput) => activities.recordPublished(input);
  const path = (key: string): string => `${site.urlPath}/${key}`;
  const written = (): string[] => buckets.proxy.journal.filter((entry) => entry.method === 'PUT' && entry.path.startsWith(`/${config.publishBucket}/`) && entry.status === 200).map((entry) => decodeURIComponent(entry.path.split('?')[0] ?? '').slice(`/${config.publishBucket}/${site.urlPath}/`.length));
  const inBucket = async (): Promise<Record<string, string>> => Object.fromEntries(Object.entries(await readBucket(buckets.s3, buckets.direct, config.publishBucket, `${site.urlPath}/`)).map(([key, object]) => [key.slice(`${site.urlPath}/`.length), object.body]));

  /** A build in the store, as buildSite leaves it, and the run it belongs to. */
  async function build(files: Readonly<Record<string, string>>, as: Partial<Manifest> = {}) {
    const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
    const manifest = makeManifest(Object.fromEntries(Object.entries(files).map(([key, text]) => [key, makeEntry(text, { contentType: key.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/css' })])), { siteId: site.id, siteName: site.name, prefix: site.urlPath ?? '', runId, ...as });
    for (const text of Object.values(files)) await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(createHash('sha256').update(text).digest('hex')), text, { contentType: 'application/octet-stream' });
    const buildKey = storeKeys.build(site.id, 'live', runId);
    await putJson({ s3: buckets.s3, config }, buildKey, manifest);
    return { runId, siteId: site.id, version: as.version ?? 'live', buildKey };
  }
  type Built = Awaited<ReturnType<typeof build>>;
  const plan = (built: Built) => runActivity(planDeployment, { ...built, phase: 'plan' });
  const deployInput = (built: Built, planKey: string) => ({ runId: built.runId, siteId: built.siteId, version: built.version, phase: 'deploy', planKey });
  async function publish(files: Readonly<Record<string, string>>) {
    const built = await build(files);
    const planned = await plan(built);
    buckets.proxy.journal.length = 0;
    const deployed = await runActivity(deployManifest, deployInput(built, planned.planKey));
    await runActivity(recordPublished, { ...deployInput(built, planned.planKey), phase: 'record', commit: 'c'.repeat(40), revision: 3 });
    return { built, planned, deployed };
  }

  it('writes assets before pages and removes last, with type and the site’s name on every object', async () => {
    await publish({ 'gone.html': 'g', 'gone.css': 'g', 'a.css': 'old', 'index.html': 'old' });
    const { planned, deployed, built } = await publish({ 'a.css': 'new', 'b.css': 'b', 'index.html': 'new', 'pages/x/index.html': 'x', 'data.json': 'd' });
    const order = written();
    expect(order.slice(0, 2).sort()).toEqual(['a.css', 'b.css']);
    expect(order.slice(2).sort()).toEqual(['data.json', 'index.html', 'pages/x/index.html']);
    const removal = buckets.proxy.journal.findIndex((entry) => entry.method === 'POST' && entry.path.includes('delete'));
    expect(buckets.proxy.journal.slice(removal).filter((entry) => entry.method === 'PUT' && entry.path.startsWith(`/${config.publishBucket}/`))).toEqual([]);
    expect(removal).toBeGreaterThan(0);
    expect(await inBucket()).toEqual({ 'a.css': 'new', 'b.css': 'b', 'index.html': 'new', 'pages/x/index.html': 'x', 'data.json': 'd' });
    expect((await readBucket(buckets.s3, buckets.direct, config.publishBucket, path('index.html')))[path('index.html')]).toEqual({ body: 'new', contentType: 'text/html; charset=utf-8', metadata: { 'site-id': site.name } });
    expect(planned.summary).toBe('5 of 5 files to write, 9 B, 2 to remove (1 page readers find now)');
    expect(deployed).toEqual({ summary: '5 of 5 files changed, 9 B, 2 removed', counts: { written: 5, bytes: 9, removed: 2, unchanged: 0 } });
    expect(await findRun(database.db, built.runId)).toMatchObject({ state: 'succeeded', result: { changed: 5, removed: 2, removedPages: 1, unchanged: 0, uploadedBytes: 9, revision: 3, url: `http://localhost:8440/${site.urlPath}/` } });
  });

  it('writes nothing but data.json when nothing changed', async () => {
    const files = { 'index.html': 'i', 'a.css': 'a', 'data.json': 'd' };
    await publish(files);
    const { deployed } = await publish(files);
    expect(written()).toEqual(['data.json']);
    expect(deployed.counts).toEqual({ written: 1, bytes: 1, removed: 0, unchanged: 2 });
  });

  it('notes what is on its way before the first object, and that it arrived after the last', async () => {
    const built = await build({ 'index.html': 'i' });
    const { planKey } = await plan(built);
    const key = { siteId: site.id, version: 'live', theme: '' } as const;
    expect(await findDeployment(database.db, key)).toBeUndefined();
    await runActivity(deployManifest, deployInput(built, planKey));
    expect(await findDeployment(database.db, key)).toMatchObject({ manifestKey: null, pendingManifestKey: storeKeys.deployed(site.id, 'live', built.runId) });
    await runActivity(recordPublished, { ...deployInput(built, planKey), phase: 'record', commit: 'c', revision: 1 });
    expect(await findDeployment(database.db, key)).toMatchObject({ manifestKey: storeKeys.deployed(site.id, 'live', built.runId), pendingManifestKey: null });
  });

  describe('broken off', () => {
    const before = { 'index.html': 'old', 'gone.html': 'g', 'a.css': 'a', 'same.css': 's' };
    const next = { 'index.html': 'new', 'a.css': 'A', 'b.css': 'b', 'c.html': 'c', 'same.css': 's' };
    const third = { 'index.html': 'old', 'a.css': 'a', 'c.html': 'C', 'same.css': 's' };
    const clearFaults = () => fetch(`${buckets.env['AWS_ENDPOINT_URL_S3']}/_control`, { method: 'POST', body: '{"clear":true}' });

    /** Deploys `next` over `before` until S3 refuses this object. */
    async function breakOffAt(object: string): Promise<{ built: Built; planKey: string; position: unknown }> {
      await publish(before);
      const built = await build(next);
      const { planKey } = await plan(built);
      buckets.proxy.addFault({ fault: '500', times: 0, match: object === 'removal' ? new RegExp(`^POST /${config.publishBucket}`) : new RegExp(`^PUT /${config.publishBucket}/.*/${object}$`) });
      buckets.proxy.journal.length = 0;
      const environment = tryOf();
      let position: unknown;
      environment.on('heartbeat', (details: unknown) => {
        position = details;
      });
      await expect(environment.run(deployManifest, deployInput(built, planKey))).rejects.toMatchObject({ name: 'S3Error', kind: 'unavailable' });
      await clearFaults();
      return { built, planKey, position };
    }

    it.each([...Object.keys(next).filter((key) => key !== 'same.css'), 'removal'])('at %s and tried again, it ends as if nothing had happened', async (object) => {
      const { built, planKey, position } = await breakOffAt(object);
      await runActivity(deployManifest, deployInput(built, planKey), { attempt: 2, heartbeatDetails: position });
      expect(await inBucket()).toEqual(next);
    });

    it.each(['b.css', 'index.html', 'removal'])('at %s and given up, the next publish leaves exactly its own files', async (object) => {
      await breakOffAt(object);
      await publish(third);
      expect(await inBucket()).toEqual(third);
    });

    it('at an asset, no page was written', async () => {
      await breakOffAt('b.css');
      expect(written().filter((key) => key.endsWith('.html'))).toEqual([]);
      expect((await inBucket())['index.html']).toBe('old');
    });

    it('with a position reported before, it goes on from there', async () => {
      const built = await build(next);
      const { planKey } = await plan(built);
      await runActivity(deployManifest, deployInput(built, planKey));
      buckets.proxy.journal.length = 0;
      await runActivity(deployManifest, deployInput(built, planKey), { attempt: 2, heartbeatDetails: 3 });
      expect(written().sort()).toEqual(['c.html', 'index.html']);
    });
  });

  it('plans once: a repeated plan is the first, even when the deployed site changed meanwhile', async () => {
    const built = await build({ 'index.html': 'i' });
    const first = await plan(built);
    await publish({ 'index.html': 'i' });
    expect(await plan(built)).toEqual(first);
    expect(await getJson({ s3: buckets.s3, config }, first.planKey)).toMatchObject({ write: ['index.html'] });
  });

  it('refuses a page that belongs to another site, before anything is written', async () => {
    const other = await makeSite(database.db, { urlPath: `${site.urlPath}/below` });
    const built = await build({ 'below/index.html': 'x' });
    buckets.proxy.journal.length = 0;
    await expect(plan(built)).rejects.toMatchObject({ name: 'ForeignPathError', owner: other.urlPath });
    expect(written()).toEqual([]);
  });

  it('writes nothing from a database that belongs to another installation', async () => {
    const built = await build({ 'index.html': 'i' });
    const { planKey } = await plan(built);
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    await expect(runActivity(deployManifest, deployInput(built, planKey))).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect([written(), await findDeployment(database.db, { siteId: site.id, version: 'live', theme: '' })]).toEqual([[], undefined]);
  });

  describe('a draft whose site got another URL', () => {
    const drafts = async (prefix: string): Promise<string[]> => Object.keys(await readBucket(buckets.s3, buckets.direct, config.previewBucket, `${prefix}/`)).map((key) => key.slice(prefix.length + 1)).sort();
    async function publishDraft(prefix: string, files: readonly string[]): Promise<void> {
      const built = await build(Object.fromEntries(files.map((file) => [file, file])), { prefix, version: 'draft' });
      const { planKey } = await plan(built);
      await runActivity(deployManifest, deployInput(built, planKey));
      await runActivity(recordPublished, { ...deployInput(built, planKey), phase: 'record', commit: 'c', revision: 1 });
    }
    const old = (): string => site.urlPath ?? '';
    async function changeUrl(urlPath: string): Promise<void> {
      await publishDraft(old(), ['index.html', 'inside/index.html', 'a.css']);
      expect(await giveSiteUrl(database.db, site.id, urlPath)).toEqual({ kind: 'set' });
    }

    it('is not left at the old one', async () => {
      await changeUrl('courses/another');
      expect(await drafts(old())).toEqual(['a.css', 'index.html', 'inside/index.html']);
      await publishDraft('courses/another', ['index.html']);
      expect([await drafts(old()), await drafts('courses/another')]).toEqual([[], ['index.html']]);
    });

    it('is removed around the new one, when that lies inside of the old', async () => {
      await changeUrl(`${old()}/inside`);
      await publishDraft(`${old()}/inside`, ['index.html']);
      expect(await drafts(old())).toEqual(['inside/index.html']);
    });

    it('stays where another site is by now, which may have pages there', async () => {
      await changeUrl('courses/third');
      await makeSite(database.db, { urlPath: old() });
      await publishDraft('courses/third', ['index.html']);
      expect(await drafts(old())).toEqual(['a.css', 'index.html', 'inside/index.html']);
    });

    it('stays while the site moves: whoever stops the move finds it there', async () => {
      await changeUrl('courses/fourth');
      await makeRun(database.db, { siteId: site.id, process: 'change-site-url', version: null });
      await publishDraft('courses/fourth', ['index.html']);
      expect(await drafts(old())).toEqual(['a.css', 'index.html', 'inside/index.html']);
    });

    it('is not left half either, when its publish had broken off', async () => {
      const built = await build({ 'index.html': 'i', 'a.css': 'a' }, { version: 'draft' });
      const { planKey } = await plan(built);
      await runActivity(deployManifest, deployInput(built, planKey));
      await giveSiteUrl(database.db, site.id, 'courses/fifth');
      await publishDraft('courses/fifth', ['index.html']);
      expect(await drafts(old())).toEqual([]);
    });
  });

  it('stops when its try is cancelled', async () => {
    const built = await build({ 'index.html': 'i' });
    const { planKey } = await plan(built);
    const environment = tryOf();
    environment.cancel('CANCELLED');
    await expect(environment.run(deployManifest, deployInput(built, planKey))).rejects.toThrow();
    expect(written()).toEqual([]);
  });
});
