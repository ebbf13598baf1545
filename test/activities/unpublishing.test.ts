import type { Client } from '@temporalio/client';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { takeLiveAway } from '#activities/livePlaces.ts';
import { createMovesActivities } from '#activities/moves.ts';
import { planOutputs } from '#activities/planOutputs.ts';
import { createUnpublishingActivities } from '#activities/unpublishing.ts';
import type { Config } from '#config/load.ts';
import { createContentItem } from '#db/queries/contentChanges.ts';
import { beginDeployment, finishDeployment, listSiteDeployments } from '#db/queries/deployments.ts';
import { findMassSite, insertMassSites, markAsked } from '#db/queries/massPublishSites.ts';
import { insertMassPublish } from '#db/queries/massPublishes.ts';
import { listWaitingRequests } from '#db/queries/runRequests.ts';
import { findRun, moveRun } from '#db/queries/runs.ts';
import { leadOn, listSuspendedRedirects, recordRedirectManifests } from '#db/queries/siteRedirects.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { clearUnpublished, clearUnpublishedBefore, setUnpublishStatus } from '#db/queries/unpublishing.ts';
import { planDeploy } from '#domain/manifest.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { readBucket, useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

describe('an unpublish, step by step', () => {
  let config: Config;
  let activities: ReturnType<typeof createUnpublishingActivities>;
  let site: SiteRow;
  let signals: { workflowId: string; signal: string }[];
  /** Workflows that are gone. */
  let gone: Set<string>;
  beforeAll(() => {
    config = makeConfig({ ...buckets.env, OCW_TEST_SITE_SLUGS: 'only-tests', OPEN_CATALOG_URLS: 'https://learn.localhost/', OPEN_CATALOG_WEBHOOK_KEY: 'k' });
    const temporal = {
      workflow: {
        getHandle: (workflowId: string) => ({
          signal: (signal: { name: string }) => {
            if (gone.has(workflowId)) return Promise.reject(new WorkflowNotFoundError('gone', workflowId, undefined));
            signals.push({ workflowId, signal: signal.name });
            return Promise.resolve();
          },
        }),
      },
    } as unknown as Client;
    const fastly = { purgeAll: ({ distribution, key }: { distribution: string; key: string }) => Promise.resolve({ purged: [`${distribution} of ${key}`], skipped: ['learn'] }) };
    activities = createUnpublishingActivities({ config, db: database.db, s3: buckets.s3, log: keptLog().log, temporal, fastly, learn: { receivers: ['https://learn.localhost/'] } } as unknown as ActivityDeps);
  });
  beforeEach(async () => {
    signals = [];
    gone = new Set();
    await database.clear();
    for (const bucket of [config.publishBucket, config.previewBucket, config.offlinePublishBucket]) {
      const keys: string[] = [];
      for await (const { key } of buckets.s3.list(bucket, '')) keys.push(key);
      await buckets.s3.remove(bucket, keys);
    }
    site = await makeSite(database.db, { name: 'course', shortId: 'c.1', urlPath: 'courses/c' });
  });

  const put = (bucket: string, key: string): Promise<void> => buckets.s3.put(bucket, key, key, { contentType: 'text/html' });

  /** Puts files into the bucket with the manifest and rows of the deploy that did it; one that broke off leaves only a note. */
  async function stand(of: SiteRow, prefix: string, files: readonly string[], as: { theme?: string; version?: 'draft' | 'live'; isBroken?: boolean; unsure?: readonly string[] } = {}): Promise<string> {
    const { theme = '', version = 'live' } = as;
    const runId = await makeRun(database.db, { siteId: of.id, version });
    const manifest = makeManifest(Object.fromEntries(files.map((path) => [path, makeEntry(path)])), { siteId: of.id, siteName: of.name, version, theme, prefix, runId, ...(as.unsure === undefined ? {} : { unsure: as.unsure }) });
    for (const path of [...files, ...(as.unsure ?? [])]) await put(version === 'live' ? config.publishBucket : config.previewBucket, `${prefix}/${path}`);
    const key = storeKeys.deployed(of.id, version, runId, theme);
    await putJson({ s3: buckets.s3, config }, key, manifest);
    await beginDeployment(database.db, { siteId: of.id, version, theme }, key);
    if (as.isBroken !== true) await finishDeployment(database.db, { siteId: of.id, version, theme }, { manifestKey: key, runId, commit: 'c'.repeat(40), contentRevision: 1 });
    await moveRun(database.db, { runId, state: as.isBroken === true ? 'terminated' : 'succeeded' });
    return key;
  }

  async function open(by: string | null = null, workflowRunId = 'one') {
    await makeRequest(database.db, { siteId: site.id, process: 'unpublish-site', version: 'live', requestedBy: by });
    const { runId } = await activities.openUnpublish({ siteId: site.id, workflowId: 'unpublish-site/course', workflowRunId, pass: 1 });
    if (runId === null) throw new Error('No unpublish was asked for');
    return { runId, siteId: site.id, siteName: site.name };
  }
  type At = Awaited<ReturnType<typeof open>>;
  const check = (at: At) => runActivity(() => activities.checkUnpublish({ ...at, phase: 'check' }), undefined);
  const remove = (at: At) => runActivity(() => activities.removeLiveSite({ ...at, phase: 'remove' }), undefined);
  const record = (at: At, warnings: readonly string[] = []) => runActivity(() => activities.recordUnpublished({ ...at, phase: 'record', warnings }), undefined);
  const keys = async (bucket: string): Promise<string[]> => Object.keys(await readBucket(buckets.s3, buckets.direct, bucket)).sort();

  it('removes every theme, the leftovers of a broken deploy, redirects, archives and the offline tree, and nothing of anybody else', async () => {
    const other = await makeSite(database.db, { name: 'longer', shortId: 'longer', urlPath: 'courses/c-and-more' });
    const inside = await makeSite(database.db, { name: 'inside', shortId: 'inside', urlPath: 'courses/c/inside' });
    await stand(site, 'courses/c', ['index.html', 'a.css', 'inside/old.html']);
    await stand(site, 'courses/c', ['index.html', 'new/index.html'], { isBroken: true, unsure: ['maybe.pdf'] });
    await stand(site, 'ocw-course-v3/courses/c', ['index.html', 'v3.css'], { theme: 'ocw-course-v3' });
    await stand(site, 'courses/c', ['index.html'], { version: 'draft' });
    await stand(other, 'courses/c-and-more', ['index.html', 'c.1.zip']);
    const redirect = storeKeys.redirects(site.id, 'run', '', 'courses/before');
    await putJson({ s3: buckets.s3, config }, redirect, makeManifest({ 'index.html': 'x', 'pages/x/index.html': 'x' }, { siteId: site.id, prefix: 'courses/before' }));
    const runId = await makeRun(database.db, { siteId: site.id, process: 'change-site-url', version: null, frozen: { redirectPages: 2 } });
    await moveRun(database.db, { runId, state: 'succeeded' });
    await leadOn(database.db, { siteId: site.id, fromPath: 'courses/before', toPath: 'courses/c', runId });
    await recordRedirectManifests(database.db, { siteId: site.id, fromPath: 'courses/before', manifests: { '': redirect }, runId });
    expect(await listSuspendedRedirects(database.db, site.id)).toEqual([]);
    for (const key of ['courses/before/index.html', 'courses/before/pages/x/index.html', 'courses/c/c.1.zip', 'courses/c/c.1-video.zip', 'courses/c/inside/index.html']) await put(config.publishBucket, key);
    for (const key of ['courses/c/index.html', 'courses/c/static_resources/a.mp4', 'courses/c/inside/index.html', 'courses/c-and-more/index.html', 'ocw-course-v3/courses/c/index.html', 'ocw-course-v3/courses/c/inside/a.html']) await put(config.offlinePublishBucket, key);
    const draftBefore = await keys(config.previewBucket);

    const at = await open();
    await expect(check(at)).resolves.toMatchObject({ counts: { outputs: 2 } });
    const result = await remove(at);
    expect(result).toEqual({ summary: '6 files, 2 redirect pages, 3 files of the offline site removed', counts: { files: 6, redirectPages: 2, offlineFiles: 3 } });
    // What lies at another site's address is that site's, whoever put it there.
    expect(await keys(config.publishBucket)).toEqual(['courses/c-and-more/c.1.zip', 'courses/c-and-more/index.html', 'courses/c/inside/index.html', 'courses/c/inside/old.html']);
    expect(await keys(config.offlinePublishBucket)).toEqual(['courses/c-and-more/index.html', 'courses/c/inside/index.html', 'ocw-course-v3/courses/c/inside/a.html']);
    expect(await keys(config.previewBucket)).toEqual(draftBefore);
    // Again, as after a killed worker.
    expect(await remove(at)).toMatchObject({ counts: { files: 6, redirectPages: 2, offlineFiles: 0 } });
    expect(await keys(config.publishBucket)).toHaveLength(4);
    expect((await findSite(database.db, inside.id))?.urlPath).toBe('courses/c/inside');
    // Also of one that goes no further the next live publish knows what it has to write again.
    expect(await listSuspendedRedirects(database.db, site.id)).toMatchObject([{ fromPath: 'courses/before', manifests: { '': redirect } }]);
    await record(at);
    const moves = createMovesActivities({ config, db: database.db, s3: buckets.s3, log: keptLog().log } as ActivityDeps);
    const { id: requestId } = await makeRequest(database.db, { siteId: site.id, process: 'change-site-url', version: null, input: { urlPath: 'elsewhere' } });
    const move = await makeRun(database.db, { siteId: site.id, process: 'change-site-url', version: null });
    await expect(runActivity(() => moves.checkMove({ runId: move, siteId: site.id, siteName: site.name, requestId, phase: 'check' }), undefined)).rejects.toMatchObject({ type: 'MoveRefused', message: expect.stringMatching(/^The site was unpublished, .* brings it back at ‘courses\/c’, then move it\.$/) as string });
  });

  it('removes pages before what they need, everywhere', async () => {
    const files = ['a.css', 'index.html', 'pages/x/index.html', 'z.pdf'];
    await stand(site, 'courses/c', files);
    for (const path of files) await put(config.offlinePublishBucket, `courses/c/${path}`);
    const removed: (readonly string[])[] = [];
    const s3: typeof buckets.s3 = { ...buckets.s3, remove: (bucket, gone, abortSignal) => (removed.push(gone), buckets.s3.remove(bucket, gone, abortSignal)) };
    await takeLiveAway({ config, db: database.db, s3 }, site, new AbortController().signal);
    const pagesFirst = ['index.html', 'pages/x/index.html', 'a.css', 'z.pdf'].map((path) => `courses/c/${path}`);
    expect(removed.filter((gone) => gone.length > 0)).toEqual([[...pagesFirst, 'courses/c/c.1.zip', 'courses/c/c.1-video.zip'], pagesFirst]);
  });

  it('is broken off between two objects and ends the same', async () => {
    await stand(site, 'courses/c', Array.from({ length: 20 }, (_, index) => `p${index}/index.html`));
    const at = await open();
    await check(at);
    // As often as the client tries by itself.
    buckets.proxy.addFault({ fault: '503', times: 3, match: /^POST / });
    await expect(remove(at)).rejects.toMatchObject({ kind: 'unavailable' });
    await remove(at);
    expect(await keys(config.publishBucket)).toEqual([]);
  });

  it.each(['one that is whole', 'one whose last deploy broke off'])('is given up half-way: of %s the next publish writes every file, and takes away what it lacks', async (what) => {
    await stand(site, 'courses/c', ['index.html', 'a.css', 'old.html']);
    await stand(site, 'ocw-course-v3/courses/c', ['index.html'], { theme: 'ocw-course-v3' });
    if (what !== 'one that is whole') await stand(site, 'courses/c', ['index.html', 'half.html'], { isBroken: true, unsure: ['maybe.pdf'] });
    const at = await open();
    await check(at);
    await remove(at);
    await put(config.publishBucket, 'courses/c/old.html');
    await remove(at);
    expect(await keys(config.publishBucket)).toEqual([]);
    await moveRun(database.db, { runId: at.runId, state: 'terminated' });

    const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
    for (const theme of ['', 'ocw-course-v3']) {
      const files = Object.fromEntries((theme === '' ? ['index.html', 'a.css'] : ['index.html']).map((path) => [path, makeEntry(path)]));
      await putJson({ s3: buckets.s3, config }, storeKeys.build(site.id, 'live', runId, theme), makeManifest(files, { siteId: site.id, siteName: site.name, theme, prefix: theme === '' ? 'courses/c' : `${theme}/courses/c`, runId }));
    }
    await putJson({ s3: buckets.s3, config }, storeKeys.outputs(site.id, 'live', runId), { themes: ['', 'ocw-course-v3'] });
    const { outputs } = await planOutputs({ config, db: database.db, s3: buckets.s3 }, { siteId: site.id, version: 'live', runId, buildKey: storeKeys.build(site.id, 'live', runId) });
    const removed = what === 'one that is whole' ? ['old.html'] : ['half.html', 'maybe.pdf', 'old.html'];
    expect(outputs.map(({ plan: { write, unchanged, remove: gone } }) => ({ write, unchanged, gone }))).toEqual([
      { write: ['a.css', 'index.html'], unchanged: 0, gone: removed },
      { write: ['index.html'], unchanged: 0, gone: [] },
    ]);
  });

  it('records who took the site offline, keeps its address, and makes the next publish write everything', async () => {
    const ada = await makeUser(database.db, 'ada@example.edu');
    const key = await stand(site, 'courses/c', ['index.html', 'a.css']);
    const at = await open(ada.id);
    expect(await findSite(database.db, site.id)).toMatchObject({ unpublishStatus: 'started' });
    await check(at);
    await remove(at);
    await record(at, ['Purge it by hand.']);
    await record(at, ['Purge it by hand.']);
    expect(await findSite(database.db, site.id)).toMatchObject({ urlPath: 'courses/c', unpublishStatus: 'succeeded', unpublishedByName: ada.name, unpublishStatusAt: expect.any(Date) as Date });
    expect(await listSiteDeployments(database.db, site.id)).toMatchObject([{ version: 'live', manifestKey: null, pendingManifestKey: null, runId: null, deployedAt: null, firstDeployedAt: expect.any(Date) as Date }]);
    expect(await findRun(database.db, at.runId)).toMatchObject({ state: 'succeeded', result: { urlPath: 'courses/c', removed: { files: 2 }, byHand: ['Purge it by hand.'] }, warnings: [{ message: 'Purge it by hand.' }] });
    const [row] = await listSiteDeployments(database.db, site.id);
    expect(row?.manifestKey).not.toBe(key);
    const plan = planDeploy({ current: null, interrupted: null, next: makeManifest({ 'index.html': 'index.html', 'a.css': 'a.css' }, { prefix: 'courses/c' }), always: [], otherPrefixes: [] });
    expect(plan).toMatchObject({ write: ['a.css', 'index.html'], unchanged: 0, remove: [] });
    await clearUnpublished(database.db, site.id);
    expect(await findSite(database.db, site.id)).toMatchObject({ unpublishStatus: null, unpublishStatusAt: null, unpublishedByName: null });
  });

  it('takes back what mass publishes had asked for of the live site, and nothing a person asked for', async () => {
    await stand(site, 'courses/c', ['index.html']);
    const massRunId = await makeRun(database.db, { process: 'mass-publish', siteId: null, version: 'live', workflowId: 'mass-publish/m' });
    await insertMassPublish(database.db, { id: massRunId, version: 'live', kind: 'publish', undoesId: null, window: 2 });
    await insertMassSites(database.db, massRunId, [{ siteId: site.id, position: 0, state: 'waiting', reason: null }]);
    const line = await findMassSite(database.db, massRunId, site.id);
    const asked = await makeRequest(database.db, { siteId: site.id, version: 'live', input: { massRunId } });
    await markAsked(database.db, line?.id ?? '', { requestId: asked.id, beforeRunId: null });
    const byHand = await makeRequest(database.db, { siteId: site.id, version: 'live' });
    const at = await open();
    await check(at);
    await remove(at);
    await record(at);
    expect(await findMassSite(database.db, massRunId, site.id)).toMatchObject({ state: 'skipped', reason: 'The site was unpublished since.' });
    expect((await listWaitingRequests(database.db, [site.id])).map(({ id }) => id)).toEqual([byHand.id]);
  });

  it('is not forgotten when a publish ends that it waits for, only when one comes after it', async () => {
    await makeRequest(database.db, { siteId: site.id, process: 'unpublish-site', version: 'live' });
    await setUnpublishStatus(database.db, site.id, 'not-started');
    const statusAfterPublish = async (): Promise<string | null | undefined> => {
      await clearUnpublishedBefore(database.db, site.id);
      return (await findSite(database.db, site.id))?.unpublishStatus;
    };
    expect(await statusAfterPublish()).toBe('not-started');
    const { runId } = await activities.openUnpublish({ siteId: site.id, workflowId: 'unpublish-site/course', workflowRunId: 'one', pass: 1 });
    expect(await statusAfterPublish()).toBe('started');
    await moveRun(database.db, { runId: runId ?? '', state: 'failed', reason: { code: 'x', message: 'x' } });
    expect(await statusAfterPublish()).toBe('started');
    await moveRun(database.db, { runId: runId ?? '', state: 'terminated' });
    expect(await statusAfterPublish()).toBeNull();
  });

  it('refuses the root site, a site that is not live, and one that moves', async () => {
    const at = await open();
    await expect(check(at)).rejects.toMatchObject({ type: 'UnpublishRefused', message: 'The site is not live, so there is nothing to take offline.' });
    await stand(site, 'courses/c', ['index.html']);
    const move = await makeRun(database.db, { siteId: site.id, process: 'change-site-url', version: null });
    await expect(check(at)).rejects.toMatchObject({ type: 'UnpublishRefused', message: expect.stringContaining('is moving') as string });
    await moveRun(database.db, { runId: move, state: 'succeeded' });
    await expect(check(at)).resolves.toMatchObject({ counts: { outputs: 1 } });
    const root = await makeSite(database.db, { name: 'ocw-www', urlPath: null });
    await expect(check({ ...at, siteId: root.id })).rejects.toMatchObject({ type: 'UnpublishRefused', message: expect.stringContaining('root site') as string });
  });

  it('waits for a live publish, closes one that failed, and leaves the draft’s alone', async () => {
    await stand(site, 'courses/c', ['index.html']);
    const running = await makeRun(database.db, { siteId: site.id, version: 'live', workflowId: 'publish-site/course/live' });
    await makeRun(database.db, { siteId: site.id, version: 'draft', workflowId: 'publish-site/course/draft' });
    const at = await open();
    await check(at);
    const settle = () => runActivity(() => activities.settleLivePublishes({ siteId: site.id }), undefined);
    expect(await settle()).toEqual({ open: 1 });
    expect(signals).toEqual([]);
    await expect(remove(at)).rejects.toMatchObject({ type: 'PublishRunning' });
    await moveRun(database.db, { runId: running, state: 'failed', reason: { code: 'x', message: 'x' } });
    expect(await settle()).toEqual({ open: 1 });
    expect(signals).toEqual([{ workflowId: 'publish-site/course/live', signal: 'gaveUp' }]);
    gone.add('publish-site/course/live');
    expect(await settle()).toEqual({ open: 1 });
    expect(await settle()).toEqual({ open: 0 });
    expect(await findRun(database.db, running)).toMatchObject({ state: 'terminated' });
  });

  it('tells the catalogues by the uid they know the course by', async () => {
    await stand(site, 'courses/c', ['index.html']);
    await database.db.transaction((trx) => createContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', isPageContent: false, metadata: { legacy_uid: 'aaaa-bbbb-1' } }), by: null, reason: 'test' }));
    const at = await open();
    await check(at);
    const purge = () => runActivity(() => activities.purgeUnpublished({ ...at, phase: 'purge' }), undefined);
    expect(await purge()).toMatchObject({ receivers: ['https://learn.localhost/'], siteUid: 'aaaabbbb1', summary: 'Purged live of course, 1 catalogue to tell', byHand: [expect.stringContaining('The CDN ‘learn’ was not purged') as string] });
    await database.db('content_items').where({ site_id: site.id }).update({ metadata: JSON.stringify({ legacy_uid: '' }) });
    await check(at);
    expect(await purge()).toMatchObject({ siteUid: site.id.replaceAll('-', '') });
    const onlyTests = await makeSite(database.db, { name: 'only-tests' });
    expect(await runActivity(() => activities.purgeUnpublished({ ...at, siteId: onlyTests.id, phase: 'purge' }), undefined)).toMatchObject({ receivers: [] });
  });

  it.each(['check', 'remove', 'purge'] as const)('does not %s from a database that belongs to another installation', async (step) => {
    await stand(site, 'courses/c', ['index.html']);
    const at = await open();
    await check(at);
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    const steps = { check: () => check(at), remove: () => remove(at), purge: () => runActivity(() => activities.purgeUnpublished({ ...at, phase: 'purge' }), undefined) };
    await expect(steps[step]()).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(await keys(config.publishBucket)).toEqual(['courses/c/index.html']);
  });

  it('a pass that is opened again is the same, and one whose execution is gone makes way', async () => {
    const first = await open(null, 'one');
    const again = await activities.openUnpublish({ siteId: site.id, workflowId: 'unpublish-site/course', workflowRunId: 'one', pass: 1 });
    expect(again).toEqual({ runId: first.runId });
    expect(await activities.openUnpublish({ siteId: site.id, workflowId: 'unpublish-site/course', workflowRunId: 'one', pass: 2 })).toEqual({ runId: null });
    const second = await open(null, 'two');
    expect(second.runId).not.toBe(first.runId);
    expect(await findRun(database.db, first.runId)).toMatchObject({ state: 'terminated' });
  });
});
