import type { Client } from '@temporalio/client';
import { createHash } from 'node:crypto';
import { beforeEach, beforeAll, describe, expect, it } from 'vitest';
import { getJson, putJson, storeKeys } from '#activities/buildStore.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createRepositoryActivities } from '#activities/repository.ts';
import { createReviewsActivities } from '#activities/reviews.ts';
import type { Config } from '#config/load.ts';
import { beginDeployment, finishDeployment } from '#db/queries/deployments.ts';
import { findReview, listSchedules } from '#db/queries/reviews.ts';
import { bindRequest, listWaitingRequests } from '#db/queries/runRequests.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { amendRun, findRun, listRunPhases, moveRun } from '#db/queries/runs.ts';
import { setBuilder, type SiteRow } from '#db/queries/sites.ts';
import type { Manifest } from '#domain/manifest.ts';
import { pageKey, type ReviewDiffs, type ReviewReport } from '#domain/reviewReport.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeEntry, makeManifest } from '#test/factories/manifest.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';
import { keptLog, runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();

describe('a review, step by step', () => {
  let config: Config;
  let activities: ReturnType<typeof createReviewsActivities>;
  let site: SiteRow;
  let of: { runId: string; siteId: string; version: 'live' };
  let asker: string;
  /** Workflows that were started. */
  const started: string[] = [];
  /** What workflows were told. */
  let told: string[];
  beforeAll(() => {
    config = makeConfig(buckets.env);
    // What these steps do not reach is not there: touching it would fail the test.
    const temporal = {
      workflow: {
        start: (_type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void started.push(workflowId)),
        getHandle: (workflowId: string) => ({ signal: (signal: { name: string }, said: { runId: string }) => Promise.resolve(void told.push(`${signal.name} ${said.runId} of ${workflowId.replace(/[^/]*$/, '')}`)) }),
        signalWithStart: (_type: string, { workflowId }: { workflowId: string }) => Promise.resolve(void told.push(workflowId)),
      },
    } as unknown as Client;
    activities = createReviewsActivities({ config, db: database.db, s3: buckets.s3, log: keptLog().log, temporal } as ActivityDeps);
  });
  beforeEach(async () => {
    await database.clear();
    told = [];
    site = await makeSite(database.db, { name: 'course', urlPath: 'courses/course' });
    asker = (await makeUser(database.db)).id;
    of = await open();
    started.length = 0;
  });
  const queued = async (): Promise<string[]> => (await database.db('mails').where({ state: 'queued' }).orderBy('created_at').orderBy('id').select<{ id: string }[]>('id')).map(({ id }) => `send-mail/${id}`);

  async function open(): Promise<typeof of> {
    const request = await makeRequest(database.db, { siteId: site.id, process: 'review-publish', version: 'live', requestedBy: asker });
    const input = { requestId: request.id, siteId: site.id, siteName: site.name, version: 'live', workflowId: `review-publish/course/live/${request.id}`, workflowRunId: request.id } as const;
    const opened = await activities.openReview(input);
    // Told twice, it is the same one.
    expect(await activities.openReview(input)).toEqual(opened);
    expect(opened.askedBy).toBe(asker);
    return { runId: opened.runId, siteId: site.id, version: 'live' };
  }

  /** A manifest of these files, with their blobs in the build store. */
  async function store(key: string, files: Readonly<Record<string, string>>, as: Partial<Manifest> = {}): Promise<void> {
    const entries = Object.entries(files).map(([path, text]) => [path, makeEntry(text, { contentType: path.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/pdf' })] as const);
    for (const text of Object.values(files)) await buckets.s3.put(config.buildStoreBucket, storeKeys.blob(createHash('sha256').update(text).digest('hex')), text, { contentType: 'application/octet-stream' });
    await putJson({ s3: buckets.s3, config }, key, makeManifest(Object.fromEntries(entries), { siteId: site.id, siteName: site.name, prefix: 'courses/course', ...as }));
  }

  /** Puts a manifest in front of readers. @returns the run that did. */
  async function deploy(files: Readonly<Record<string, string>>, contentRevision: number, theme = ''): Promise<string> {
    const runId = await makeRun(database.db, { siteId: site.id, version: 'live' });
    const key = storeKeys.deployed(site.id, 'live', runId, theme);
    await store(key, files, { theme });
    await beginDeployment(database.db, { siteId: site.id, version: 'live', theme }, key);
    await finishDeployment(database.db, { siteId: site.id, version: 'live', theme }, { manifestKey: key, runId, commit: 'c'.repeat(40), contentRevision });
    await moveRun(database.db, { runId, state: 'succeeded' });
    return runId;
  }

  const page = (text: string): string => `<html><head><title>T</title></head><body><p>${text}</p></body></html>`;
  const report = () => runActivity((input: Parameters<typeof activities.reportReview>[0]) => activities.reportReview(input), { ...of, phase: 'plan' });
  const stored = <T>(key: string): Promise<T | null> => getJson<T>({ s3: buckets.s3, config }, key);

  it('reports files, texts and dying addresses of every theme output, and keeps what it found', async () => {
    await deploy({ 'index.html': page('The exam is on Monday.'), 'old/index.html': page('gone'), 'a.pdf': 'pdf' }, 1);
    await deploy({ 'index.html': page('same') }, 1, 'v3');
    await putJson({ s3: buckets.s3, config }, storeKeys.outputs(site.id, 'live', of.runId), { themes: ['', 'v3'] });
    await store(storeKeys.build(site.id, 'live', of.runId), { 'index.html': page('The exam is on Friday.'), 'new/index.html': page('two words'), 'a.pdf': 'pdf' });
    await store(storeKeys.build(site.id, 'live', of.runId, 'v3'), { 'index.html': page('same'), 'more/index.html': page('more') }, { theme: 'v3' });

    expect(await report()).toEqual({ summary: expect.stringMatching(/^4 pages differ; 2 files added, 1 changed, 1 removed, .*; 1 address would die$/) as string, counts: expect.objectContaining({ added: 2, changed: 1, removed: 1, unchanged: 2, pages: 4, dying: 1 }) as unknown });
    const found = await stored<ReviewReport>(storeKeys.reviewReport(of.runId));
    expect(found).toMatchObject({ dying: ['old/'], notCompared: 0, unchanged: 2 });
    expect(found?.pages).toEqual([
      { theme: '', path: 'old/index.html', change: 'removed', title: 'T', inserted: 0, deleted: 1 },
      { theme: '', path: 'index.html', change: 'changed', title: 'T', inserted: 1, deleted: 1 },
      { theme: '', path: 'new/index.html', change: 'added', title: 'T', inserted: 2, deleted: 0 },
      { theme: 'v3', path: 'more/index.html', change: 'added', title: 'T', inserted: 1, deleted: 0 },
    ]);
    const diffs = await stored<ReviewDiffs>(storeKeys.reviewDiffs(of.runId));
    expect(diffs?.[pageKey({ theme: '', path: 'index.html' })]?.lines).toEqual([{ kind: 'line', parts: [{ kind: 'same', text: 'The exam is on ' }, { kind: 'deleted', text: 'Monday' }, { kind: 'inserted', text: 'Friday' }, { kind: 'same', text: '.' }] }]);
    expect((await findRun(database.db, of.runId))?.frozen).toMatchObject({ reportKey: storeKeys.reviewReport(of.runId), diffsKey: storeKeys.reviewDiffs(of.runId) });

    // What is out by now changes nothing of what was found.
    await deploy({ 'index.html': page('Something else.') }, 2);
    await report();
    expect(await stored(storeKeys.reviewReport(of.runId))).toEqual(found);
  });

  it('says of a page that is not kept any more that it was not compared', async () => {
    await deploy({ 'index.html': page('before') }, 1);
    await store(storeKeys.build(site.id, 'live', of.runId), { 'index.html': page('after') });
    await buckets.s3.remove(config.buildStoreBucket, [storeKeys.blob(createHash('sha256').update(page('before')).digest('hex'))]);
    await report();
    expect(await stored(storeKeys.reviewReport(of.runId))).toMatchObject({ notCompared: 1, pages: [{ path: 'index.html', inserted: null, deleted: null }] });
  });

  it('is outdated by what was saved and published later, not by what is older or was rolled back', async () => {
    await amendRun(database.db, of.runId, { frozen: { revision: 5 } });
    const isOutdated = async (): Promise<boolean> => (await activities.checkReviewed(of)).isOutdated;
    expect(await isOutdated()).toBe(false);
    await deploy({}, 4);
    expect(await isOutdated()).toBe(false);
    const again = await deploy({}, 5);
    expect(await isOutdated()).toBe(true);
    await amendRun(database.db, again, { frozen: { from: { kind: 'rollback', runId: again } } });
    expect(await isOutdated()).toBe(false);
    await deploy({}, 6);
    expect(await isOutdated()).toBe(true);
  });

  it('is outdated by an unpublish that came after it, and by none before', async () => {
    await amendRun(database.db, of.runId, { frozen: { revision: 5 } });
    const unpublished = (at: Date) => database.db('sites').where({ id: site.id }).update({ unpublish_status: 'succeeded', unpublish_status_at: at });
    await unpublished(new Date(Date.now() - 3_600_000));
    expect(await activities.checkReviewed(of)).toEqual({ isOutdated: false });
    await unpublished(new Date(Date.now() + 3_600_000));
    expect(await activities.checkReviewed(of)).toEqual({ isOutdated: true, why: 'The site was unpublished after this one was reviewed, so it stays offline. To bring it back, publish it, or review it again.' });
    expect(await activities.checkReviewed({ ...of, version: 'draft' })).toEqual({ isOutdated: false });
  });

  it('notes decisions where lists read them', async () => {
    const by = (await makeUser(database.db)).id;
    const at = new Date(Date.now() + 86_400_000);
    await activities.noteReview({ runId: of.runId, note: { kind: 'ready' } });
    await activities.noteReview({ runId: of.runId, note: { kind: 'scheduled', at: at.toISOString(), by } });
    const phases = async (): Promise<unknown> => (await listRunPhases(database.db, [of.runId])).get(of.runId)?.map(({ phase, state, summary }) => [phase, state, summary]);
    expect(await phases()).toEqual([['decide', 'running', 'Waits for the time that was set']]);
    expect((await listSchedules(database.db, undefined, { limit: 9, offset: 0 })).reviews.map((review) => [review.runId, review.scheduledAt, review.scheduledBy])).toEqual([[of.runId, at, by]]);
    await activities.noteReview({ runId: of.runId, note: { kind: 'letThrough', by } });
    expect(await phases()).toEqual([['decide', 'done', 'Let through']]);
    expect((await listSchedules(database.db, undefined, { limit: 9, offset: 0 })).total).toBe(0);
    expect(await findReview(database.db, of.runId)).toMatchObject({ letThroughBy: by, letThroughAt: expect.any(Date) as Date });
  });

  it('merges nothing where the site got another builder since', async () => {
    // No engine and no repository: what would be merged would be merged by them.
    const repository = createRepositoryActivities({ config, db: database.db, log: keptLog().log } as ActivityDeps);
    await setBuilder(database.db, site.id, 'concourse');
    await expect(runActivity(() => repository.mergeReviewed({ ...of, phase: 'merge', siteName: site.name, commit: 'c'.repeat(40) }), undefined)).rejects.toMatchObject({ type: 'ReviewRefused', message: expect.stringMatching(/^Concourse builds this site/) as string });
  });

  it('tells the reviews that began before it and have not ended, and none that came later', async () => {
    const ended = await open();
    await moveRun(database.db, { runId: ended.runId, state: 'cancelled' });
    const second = await open();
    await open();
    await activities.supersedeReviews(second);
    expect(told).toEqual([`reviewSuperseded ${of.runId} of review-publish/course/live/`]);
  });

  it('asks for its publish once per attempt, and for none when an earlier one is out', async () => {
    const requests = (): Promise<{ id: string; input: unknown; requested_by: string | null }[]> => database.db('run_requests').where({ process: 'publish-site' }).orderBy('created_at').select('id', 'input', 'requested_by');
    const by = (await makeUser(database.db)).id;
    await activities.noteReview({ runId: of.runId, note: { kind: 'letThrough', by } });
    const publish = (attempt: number) => runActivity((input: Parameters<typeof activities.publishReviewed>[0]) => activities.publishReviewed(input), { ...of, siteName: site.name, phase: 'publish', attempt });
    /** Takes the newest request as a pass does, that ends so. */
    async function pass(state: 'failed' | 'succeeded'): Promise<string> {
      const waiting = await until('the publish is asked for', async () => (await listWaitingRequests(database.db, [site.id])).find((request) => request.process === 'publish-site'));
      const runId = await makeRun(database.db, { siteId: site.id, version: 'live', workflowId: 'publish-site/course/live' });
      await moveRun(database.db, { runId, state, ...(state === 'failed' ? { reason: { code: 'x', message: 'S3 is away.' } } : {}) });
      await bindRequest(database.db, waiting.id, runId);
      return runId;
    }
    const [failed, first] = await Promise.all([publish(1).catch((error: unknown) => error), pass('failed')]);
    expect(failed).toMatchObject({ type: 'PublishFailed', message: expect.stringContaining('S3 is away.') as string });
    // The same attempt again, as after a killed worker.
    await expect(publish(1)).rejects.toMatchObject({ type: 'PublishFailed' });
    expect(await requests()).toMatchObject([{ input: { from: { kind: 'reviewed', runId: of.runId } }, requested_by: by }]);
    const [result, second] = await Promise.all([publish(2), pass('succeeded')]);
    expect(result).toMatchObject({ publishRunId: second });
    expect(await publish(3)).toMatchObject({ publishRunId: second });
    expect(await requests()).toHaveLength(2);
    expect(first).not.toBe(second);
    expect(new Set(told)).toEqual(new Set(['publish-site/course/live']));
  });

  it('asks everybody who may approve, once, and nobody who asked', async () => {
    const [owner, admin, editor] = [await makeUser(database.db), await makeUser(database.db), await makeUser(database.db)];
    await grantRole(database.db, asker, { role: 'owner', siteId: site.id });
    await grantRole(database.db, owner.id, { role: 'owner', siteId: site.id });
    await grantRole(database.db, admin.id, { role: 'admin', siteId: site.id });
    await grantRole(database.db, editor.id, { role: 'editor', siteId: site.id });
    await activities.noteReview({ runId: of.runId, note: { kind: 'ready' } });
    expect(started).toEqual([]);
    await activities.noteReview({ runId: of.runId, note: { kind: 'approvalAsked', by: asker } });
    expect(started).toEqual(await queued());
    await activities.noteReview({ runId: of.runId, note: { kind: 'approvalAsked', by: asker } });
    const mails = await database.db('mails').select('kind', 'user_id').orderBy('user_id');
    expect(mails).toEqual([owner.id, admin.id].sort().map((id) => ({ kind: 'approval-asked', user_id: id })));
  });

  it('tells who scheduled a publish that it did not go out, once', async () => {
    await activities.tellScheduleFailed({ runId: of.runId, reason: 'x' });
    expect(await database.db('mails').select('id')).toEqual([]);
    await activities.noteReview({ runId: of.runId, note: { kind: 'scheduled', at: '2030-01-01T00:00:00.000Z', by: asker } });
    expect(started).toEqual([]);
    await activities.tellScheduleFailed({ runId: of.runId, reason: 'Hugo is away.' });
    expect(started).toEqual(await queued());
    await activities.tellScheduleFailed({ runId: of.runId, reason: 'Hugo is away.' });
    expect(await database.db('mails').select('kind', 'user_id', 'data')).toEqual([
      { kind: 'publish-scheduled-failed', user_id: asker, data: { runId: of.runId, siteName: 'course', siteTitle: site.title, version: 'live', url: `${config.studioBaseUrl}/sites/course/reviews/${of.runId}`, scheduledAt: '2030-01-01T00:00:00.000Z', reason: 'Hugo is away.' } },
    ]);
  });
});
