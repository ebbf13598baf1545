import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createMovesActivities } from '#activities/moves.ts';
import type { Config } from '#config/load.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findRun, moveRun } from '#db/queries/runs.ts';
import { listSiteRedirects } from '#db/queries/siteRedirects.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { parseSiteConfig } from '#domain/siteConfig.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRequest, makeRun, makeSite, makeStarter } from '#test/factories/rows.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

const listing = parseSiteConfig(`root-url-path: ''
collections:
- name: list
  label: Lists
  category: Content
  folder: content/lists
  fields:
  - {name: courses, label: Courses, widget: website-collection}
  - {name: text, label: Text, widget: markdown}
`);

describe('a move, step by step', () => {
  let config: Config;
  let activities: ReturnType<typeof createMovesActivities>;
  let site: SiteRow;
  beforeAll(() => {
    config = makeConfig(buckets.env);
    // What these steps do not reach is not there: touching it would fail the test.
    activities = createMovesActivities({ config, db: database.db, s3: buckets.s3, log: keptLog().log } as ActivityDeps);
  });
  beforeEach(async () => {
    await database.clear();
    for (const bucket of [config.publishBucket, config.previewBucket]) {
      const keys: string[] = [];
      for await (const { key } of buckets.s3.list(bucket, '')) keys.push(key);
      await buckets.s3.remove(bucket, keys);
    }
    site = await makeSite(database.db, { name: 'course', urlPath: 'courses/old' });
    await stand('live', 'courses/old', { 'index.html': 'home', 'pages/x/index.html': 'x', 'a.css': 'css' });
  });

  /** Puts files into a bucket, with the manifest and the rows of the publish that did it. */
  async function stand(version: 'draft' | 'live', prefix: string, files: Readonly<Record<string, string>>): Promise<string> {
    const runId = await makeRun(database.db, { siteId: site.id, version });
    const manifest = makeManifest(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, makeEntry(text, { contentType: path.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/css' })])), { siteId: site.id, siteName: site.name, version, prefix, runId });
    for (const [path, text] of Object.entries(files)) {
      await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(createHash('sha256').update(text).digest('hex')), text, { contentType: 'application/octet-stream' });
      await buckets.s3.put(version === 'live' ? config.publishBucket : config.previewBucket, `${prefix}/${path}`, text, { contentType: 'text/html' });
    }
    const manifestKey = storeKeys.deployed(site.id, version, runId);
    await putJson({ s3: buckets.s3, config }, manifestKey, manifest);
    const key = { siteId: site.id, version, theme: '' } as const;
    await beginDeployment(database.db, key, manifestKey);
    await finishDeployment(database.db, key, { manifestKey, runId, commit: 'c'.repeat(40), contentRevision: 1 });
    await moveRun(database.db, { runId, state: 'succeeded' });
    return manifestKey;
  }

  async function openMove(urlPath: string, workflowRunId = urlPath): Promise<{ runId: string; siteId: string; siteName: string; requestId: string }> {
    await makeRequest(database.db, { siteId: site.id, process: 'change-site-url', version: null, input: { urlPath } });
    const opened = await activities.openMove({ siteId: site.id, workflowId: 'change-site-url/course', workflowRunId, pass: 1 });
    if (opened.runId === null) throw new Error('No move was asked for');
    return { ...opened, siteId: site.id, siteName: site.name };
  }
  type Move = Awaited<ReturnType<typeof openMove>>;
  const check = (move: Move) => runActivity(() => activities.checkMove({ ...move, phase: 'check' }), undefined);
  const switchUrl = (move: Move) => runActivity(() => activities.switchSiteUrl({ ...move, phase: 'switch' }), undefined);
  const lead = (move: Move) => runActivity(() => activities.leadReadersOn({ ...move, phase: 'redirect' }), undefined);
  const standsAt = async (prefix: string) => Object.fromEntries(Object.entries(await readBucket(buckets.s3, buckets.direct, config.publishBucket, `${prefix}/`)).map(([key, object]) => [key.slice(prefix.length + 1), object.body]));
  const leadsTo = (path: string): string => expect.stringContaining(`url=${path}"`) as string;

  describe('the switch', () => {
    let list: SiteRow;
    let move: Move;
    beforeEach(async () => {
      list = await makeSite(database.db, { name: 'www', starterId: await makeStarter(database.db, 'www', listing) });
      for (const [textId, metadata, markdown] of [
        ['picked', { courses: [{ id: 'courses/old', title: 'Old' }, { id: 'courses/older', title: 'Another' }] }, ''],
        ['told', { courses: [], text: 'See courses/old' }, '[Old](/courses/old/)'],
      ] as const) await createContentItem(database.db, { siteId: list.id, item: makeContentItem({ textId, type: 'list', dirpath: 'content/lists', filename: textId, metadata, markdown }), by: null, reason: 'test', references: textId === 'picked' ? [{ kind: 'website', field: 'metadata.courses', targetSite: 'courses/old', targetTextId: null }] : [] });
      move = await openMove('new');
      await check(move);
    });

    const item = (textId: string) => findContentItem(database.db, list.id, textId);
    const targets = () => database.db('content_references').distinct().pluck<string[]>('target_site');

    it('changes the address where items of other sites name the site by it, and nothing else of them', async () => {
      const told = await item('told');
      await expect(switchUrl(move)).resolves.toEqual({ summary: 'The site’s URL is ‘courses/new’, 1 field that named the old one changed', counts: { repointed: 1 } });
      expect(await item('picked')).toMatchObject({ metadata: { courses: [{ id: 'courses/new', title: 'Old' }, { id: 'courses/older', title: 'Another' }] }, revision: 2, reason: 'moved' });
      expect(await item('told')).toEqual(told);
      expect(await targets()).toEqual(['courses/new']);
      expect(await findSite(database.db, site.id)).toMatchObject({ urlPath: 'courses/new' });
      expect(await listSiteRedirects(database.db, site.id)).toMatchObject([{ fromPath: 'courses/old', toPath: 'courses/new' }]);
    });

    it('made twice is made once, and undone it is as if it had not been made', async () => {
      const first = await switchUrl(move);
      expect(await switchUrl(move)).toEqual(first);
      expect(await item('picked')).toMatchObject({ revision: 2 });
      await runActivity(() => activities.withdrawMove(move), undefined);
      expect(await item('picked')).toMatchObject({ metadata: { courses: [{ id: 'courses/old', title: 'Old' }, { id: 'courses/older', title: 'Another' }] }, reason: 'moved back' });
      expect(await targets()).toEqual(['courses/old']);
      expect(await findSite(database.db, site.id)).toMatchObject({ urlPath: 'courses/old' });
      expect(await listSiteRedirects(database.db, site.id)).toEqual([]);
    });

    it('notes what stands where as publishes left it that ran while the move was checked', async () => {
      const since = await stand('live', 'courses/old', { 'index.html': 'home', 'pages/since/index.html': 'since' });
      await switchUrl(move);
      expect((await findRun(database.db, move.runId))?.frozen).toMatchObject({ before: [{ version: 'live', manifestKey: since }] });
      await stand('live', 'courses/new', { 'index.html': 'home', 'pages/since/index.html': 'since' });
      await lead(move);
      expect(await standsAt('courses/old')).toMatchObject({ 'pages/since/index.html': leadsTo('/courses/new/pages/since/') });
    });

    it('waits for a publish that somebody retried meanwhile', async () => {
      const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
      await expect(switchUrl(move)).rejects.toMatchObject({ type: 'PublishRunning' });
      await moveRun(database.db, { runId, state: 'failed' });
      await expect(switchUrl(move)).resolves.toMatchObject({ counts: { repointed: 1 } });
    });

    it('after a move that ended half-way changes what that one had changed', async () => {
      await switchUrl(move);
      await moveRun(database.db, { runId: move.runId, state: 'terminated' });
      const back = await openMove('old');
      expect(await check(back)).toMatchObject({ from: 'courses/old', to: 'courses/old' });
      await expect(switchUrl(back)).resolves.toMatchObject({ counts: { repointed: 1 } });
      expect(await item('picked')).toMatchObject({ metadata: { courses: [{ id: 'courses/old' }, { id: 'courses/older' }] } });
      expect(await targets()).toEqual(['courses/old']);
      await lead(back);
      await runActivity(() => activities.recordMoved({ ...back, phase: 'record', byHand: [] }), undefined);
      // Led from the place to itself readers would go round in a circle.
      expect((await findRun(database.db, back.runId))?.result).toMatchObject({ redirectLine: null, byHand: [] });
    });
  });

  it('that ended before readers were led on is finished by a move to the same place', async () => {
    const move = await openMove('new');
    await check(move);
    await switchUrl(move);
    await stand('live', 'courses/new', { 'index.html': 'home', 'pages/x/index.html': 'x', 'a.css': 'css' });
    await moveRun(database.db, { runId: move.runId, state: 'terminated' });
    const again = await openMove('new', 'again');
    expect(await check(again)).toMatchObject({ from: 'courses/new', to: 'courses/new', versions: ['live'] });
    await switchUrl(again);
    await expect(lead(again)).resolves.toEqual({ summary: '2 pages lead on, 1 other files removed', counts: { pages: 2, removed: 1 } });
    expect(await standsAt('courses/old')).toEqual({ 'index.html': leadsTo('/courses/new/'), 'pages/x/index.html': leadsTo('/courses/new/pages/x/') });
    expect(await standsAt('courses/new')).toEqual({ 'index.html': 'home', 'pages/x/index.html': 'x', 'a.css': 'css' });
    await runActivity(() => activities.recordMoved({ ...again, phase: 'record', byHand: [] }), undefined);
    expect((await findRun(database.db, again.runId))?.result).toMatchObject({ redirectLine: '/courses/old/* → /courses/new/:splat 301', redirectPages: 2 });
    // Then there is nothing left to do.
    await expect(check(await openMove('new', 'once more'))).rejects.toMatchObject({ type: 'MoveRefused', message: 'The site is at ‘courses/new’ already.' });
  });

  it('takes away what a move that was ended had begun to put at a third place', async () => {
    const move = await openMove('new');
    await check(move);
    await switchUrl(move);
    const standing = (await findRun(database.db, move.runId))?.frozen['before'] as { manifestKey: string }[];
    const broken = await stand('live', 'courses/new', { 'index.html': 'home' });
    // As if it had not come to its end.
    await database.db('deployments').where({ site_id: site.id, version: 'live' }).update({ manifest_key: standing[0]?.manifestKey, pending_manifest_key: broken });
    await moveRun(database.db, { runId: move.runId, state: 'terminated' });
    const on = await openMove('newer', 'on');
    await check(on);
    await switchUrl(on);
    await stand('live', 'courses/newer', { 'index.html': 'home', 'a.css': 'css' });
    await lead(on);
    expect(await standsAt('courses/new')).toEqual({});
    expect(await standsAt('courses/old')).toEqual({ 'index.html': leadsTo('/courses/newer/'), 'pages/x/index.html': leadsTo('/courses/newer/') });
  });
});
