import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Review, ReviewDetail, ReviewedPageDiff } from '#api/contracts/reviews.ts';
import type { RunRequest } from '#api/contracts/runs.ts';
import { siteSchema } from '#api/contracts/sites.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { changeReview, insertReview } from '#db/queries/reviews.ts';
import { amendRun, moveRun, openRun, recordPhase } from '#db/queries/runs.ts';
import { findSite, setBuilder } from '#db/queries/sites.ts';
import { pageDiff } from '#domain/pageDiff.ts';
import { pageKey, type ReviewDiffs, type ReviewReport } from '#domain/reviewReport.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { reviewPublishContract } from '#temporal/contracts/reviewPublish.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { useBuckets } from '../support/buckets.ts';
import { makeContentSite } from './support/content.ts';
import { useTemporal } from './support/temporal.ts';
import { type Answer, type Caller, codeOf, messageOf, useApi } from './support/testApi.ts';

const buckets = useBuckets();
const temporal = useTemporal();
const api = useApi({ env: () => ({ ...buckets.env, ...temporal.env, STUDIO_PUBLISH_APPROVAL: 'live' }) });
let siteId: string;
let olga: Caller;
let sam: Caller;
let ed: Caller;
let ada: Caller;
let workflow: { workflowId: string; workflowRunId: string };
let pass = 0;

beforeAll(async () => {
  siteId = await makeContentSite(api.db, 'algebra');
  olga = await api.person('olga@example.edu', [{ role: 'owner', siteId }]);
  sam = await api.person('sam@example.edu', [{ role: 'admin', siteId }]);
  ed = await api.person('ed@example.edu', [{ role: 'editor', siteId }]);
  ada = await api.person('ada@example.edu', [{ role: 'global_admin' }]);
});
beforeEach(() => api.db('reviews').delete());

const askReview = (who: Caller): Promise<Answer> => api.call('POST /api/v1/sites/:site/reviews', who, { params: { site: 'algebra' }, body: { version: 'live' } });
const publishLive = (who: Caller): Promise<Answer> => api.call('POST /api/v1/sites/:site/publishes', who, { params: { site: 'algebra' }, body: { version: 'live' } });

/** A review of the live site that waits for a decision. */
async function waiting(by: Caller, frozen: Record<string, unknown> = {}): Promise<string> {
  const { runId } = await openRun(api.db, { process: 'review-publish', siteId, version: 'live', ...workflow, pass: (pass += 1) + 1, frozen });
  await recordPhase(api.db, { runId, phase: 'decide', state: 'running' });
  await insertReview(api.db, { runId, siteId, version: 'live', askedBy: by.userId });
  return runId;
}

/** What a signal of this name brought last. */
async function lastSignal(name: string): Promise<unknown> {
  const client = createTemporalClient(api.config);
  try {
    const { events } = await client.workflow.getHandle(workflow.workflowId).fetchHistory();
    const signals = (events ?? []).flatMap((event) => (event.workflowExecutionSignaledEventAttributes?.signalName === name ? [event.workflowExecutionSignaledEventAttributes] : []));
    const data = signals.at(-1)?.input?.payloads?.[0]?.data;
    return data == null ? undefined : JSON.parse(Buffer.from(data).toString('utf8'));
  } finally {
    await client.connection.close();
  }
}

test('a review is written down, handed to the engine as one workflow, and answered with where to look', async () => {
  const answer = await askReview(ed);
  expect(answer.status).toBe(202);
  const request = answer.json as RunRequest;
  expect(request).toMatchObject({ process: 'review-publish', site: 'algebra', version: 'live', state: 'queued', runId: null });
  const client = createTemporalClient(api.config);
  try {
    const described = await client.workflow.getHandle(reviewPublishContract.workflowId('algebra', 'live', request.id)).describe();
    expect(described.type).toBe('reviewPublish');
    expect(described.searchAttributes).toMatchObject({ SiteName: ['algebra'], Process: ['review-publish'], PublishVersion: ['live'] });
    workflow = { workflowId: described.workflowId, workflowRunId: described.runId };
  } finally {
    await client.connection.close();
  }
});

test('a review of a site that Concourse builds is refused: what it shows would not be what goes out', async () => {
  await setBuilder(api.db, siteId, 'concourse');
  const refused = await askReview(ed);
  expect([refused.status, codeOf(refused)]).toEqual([409, 'wrongState']);
  expect(messageOf(refused)).toMatch(/^Concourse builds this site, .* give it another builder first\.$/);
  const mayReview = async (): Promise<boolean> => siteSchema.parse((await api.call('GET /api/v1/sites/:site', ed, { params: { site: 'algebra' } })).json).can.review;
  expect(await mayReview()).toBe(false);
  await setBuilder(api.db, siteId, null);
  expect(await mayReview()).toBe(true);
  expect((await askReview(ed)).status).toBe(202);
});

describe('where live publishes need an approval', () => {
  test('a plain one is refused with what to do, but not to a global admin, nor of the draft', async () => {
    const refused = await publishLive(olga);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'approvalRequired']);
    expect(messageOf(refused)).toContain('Review the changes, ask for approval');
    expect((await publishLive(ada)).status).toBe(202);
    expect((await api.call('POST /api/v1/sites/:site/publishes', olga, { params: { site: 'algebra' }, body: { version: 'draft' } })).status).toBe(202);
  });

  test('a review goes out once a second person approved it', async () => {
    const run = await waiting(olga);
    const publish = (): Promise<Answer> => api.call('POST /api/v1/reviews/:run/publish', olga, { params: { run } });
    expect(codeOf(await publish())).toBe('approvalRequired');
    expect(codeOf(await api.call('POST /api/v1/reviews/:run/schedule', olga, { params: { run }, body: { at: new Date(Date.now() + 60_000).toISOString() } }))).toBe('approvalRequired');
    expect((await api.call('POST /api/v1/reviews/:run/ask-approval', olga, { params: { run } })).status).toBe(202);
    expect(await lastSignal('approvalAsked')).toEqual({ runId: run, by: olga.userId });
    const own = await api.call('POST /api/v1/reviews/:run/approve', olga, { params: { run } });
    expect([own.status, codeOf(own)]).toEqual([403, 'forbidden']);
    const approving = await api.call('POST /api/v1/reviews/:run/approve', sam, { params: { run } });
    expect((approving.json as Review).can).toMatchObject({ approve: true, publish: false });
    expect(await lastSignal('approved')).toEqual({ runId: run, by: sam.userId });
    // As its workflow notes it.
    await changeReview(api.db, run, { approvedBy: sam.userId });
    expect((await publish()).status).toBe(202);
    expect(await lastSignal('letThrough')).toEqual({ runId: run, by: olga.userId });
    expect(codeOf(await api.call('POST /api/v1/reviews/:run/approve', sam, { params: { run } }))).toBe('wrongState');
  });
});

describe('a schedule', () => {
  const scheduleAt = (run: string, at: string): Promise<Answer> => api.call('POST /api/v1/reviews/:run/schedule', ada, { params: { run }, body: { at } });

  test('is told in UTC, whatever zone it was given in', async () => {
    const run = await waiting(olga);
    const at = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 86_400_000);
    const inNewYork = `${new Date(at.getTime() - 5 * 3_600_000).toISOString().slice(0, 19)}-05:00`;
    expect((await scheduleAt(run, inNewYork)).status).toBe(202);
    expect(await lastSignal('scheduled')).toEqual({ runId: run, by: ada.userId, at: at.toISOString() });
  });

  test.each([
    ['that has passed', -1_000],
    ['more than a year ahead', 367 * 86_400_000],
  ])('%s is refused', async (_what, ms) => {
    const refused = await scheduleAt(await waiting(olga), new Date(Date.now() + ms).toISOString());
    expect([refused.status, codeOf(refused)]).toEqual([422, 'validation']);
  });

  test('without an offset is refused', async () => {
    expect((await scheduleAt(await waiting(olga), '2099-03-01T12:00:00')).status).toBe(422);
  });

  test('is listed for those who see its site, and can be taken back', async () => {
    const run = await waiting(olga);
    const other = await waiting(olga);
    const at = new Date(Date.now() + 86_400_000);
    await changeReview(api.db, run, { scheduled: { at, by: ada.userId } });
    await changeReview(api.db, other, { scheduled: { at: new Date(at.getTime() - 1_000), by: null } });
    const seen = async (who: Caller): Promise<unknown> => ((await api.call('GET /api/v1/schedules', who, {})).json as { schedules: Review[] }).schedules.map((review) => [review.runId, review.state, review.scheduled]);
    const both = [
      [other, 'scheduled', { person: null, at: new Date(at.getTime() - 1_000).toISOString() }],
      [run, 'scheduled', { person: { id: ada.userId, name: 'ada' }, at: at.toISOString() }],
    ];
    expect(await seen(ed)).toEqual(both);
    expect(await seen(ada)).toEqual(both);
    expect(await seen(await api.person('stranger@example.edu'))).toEqual([]);
    expect((await api.call('POST /api/v1/reviews/:run/unschedule', sam, { params: { run } })).status).toBe(202);
    expect(await lastSignal('unscheduled')).toEqual({ runId: run, by: sam.userId });
    await moveRun(api.db, { runId: other, state: 'cancelled', reason: { code: 'Cancelled', message: 'Stopped.' } });
    expect(await seen(ed)).toEqual([both[1]]);
  });
});

test.each([
  ['failed', 'The review has failed.'],
  ['succeeded', 'It was published already.'],
  ['cancelled', 'The review has ended: The reason.'],
] as const)('nothing can be decided about a review that is %s', async (state, sentence) => {
  const run = await waiting(olga);
  await moveRun(api.db, { runId: run, state, reason: { code: 'Rejected', message: 'The reason.' } });
  const refused = await api.call('POST /api/v1/reviews/:run/reject', sam, { params: { run }, body: { reason: 'No.' } });
  expect([refused.status, codeOf(refused)]).toEqual([409, 'wrongState']);
  expect(messageOf(refused)).toContain(sentence);
});

test('the report is handed out by parts, with what was saved later', async () => {
  const before = await findSite(api.db, siteId);
  const item = await api.db.transaction((trx) => createContentItem(trx, { siteId, item: makeContentItem({ textId: 'exam', filename: 'exam', title: 'Exam' }), by: null, reason: 'created' }));
  const frozenAt = (before?.contentRevision ?? 0) + 1;
  const run = await waiting(olga, { revision: frozenAt, urlPath: 'courses/algebra' });
  const page = { theme: '', path: 'pages/a/index.html', change: 'changed', title: 'A', inserted: 1, deleted: 1 } as const;
  const report: ReviewReport = {
    format: 1,
    files: [
      { theme: '', path: 'old/index.html', change: 'removed', size: null, sizeBefore: 3 },
      { theme: '', path: 'pages/a/index.html', change: 'changed', size: 5, sizeBefore: 1 },
    ],
    pages: [{ theme: '', path: 'old/index.html', change: 'removed', title: null, inserted: null, deleted: null }, page],
    dying: ['old/'],
    unchanged: 7,
    notCompared: 1,
  };
  const diffs: ReviewDiffs = { [pageKey(page)]: pageDiff(['On Monday.'], ['On Friday.']) };
  const put = (key: string, value: unknown): Promise<unknown> => buckets.s3.put(api.config.buildStoreBucket, key, gzipSync(JSON.stringify(value)), { contentType: 'application/gzip' });
  await put('reviews/r.json.gz', report);
  await put('reviews/d.json.gz', diffs);
  await amendRun(api.db, run, { commit: 'c'.repeat(40), frozen: { reportKey: 'reviews/r.json.gz', diffsKey: 'reviews/d.json.gz' } });
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: item.textId, fromRevision: 1, set: { title: 'Final exam' }, by: sam.userId, reason: 'edited' }));
  await api.db.transaction((trx) => changeContentItem(trx, { siteId, textId: item.textId, fromRevision: 2, set: { title: 'Final' }, by: sam.userId, reason: 'edited' }));

  const detail = (await api.call('GET /api/v1/reviews/:run', ed, { params: { run }, query: { limit: '1', pagesOffset: '1' } })).json as ReviewDetail;
  const url = `${api.config.liveSiteUrl}/courses/algebra/`;
  expect(detail.report).toEqual({ counts: { added: 0, changed: 1, removed: 1, unchanged: 7, pages: 2, dying: 1, bytes: 5 }, notCompared: 1, dying: [{ path: 'old/', url: `${url}old/` }], pages: [{ ...page, url: `${url}pages/a/` }], files: [report.files[0]] });
  expect(detail.later).toEqual({ saves: 2, items: [{ textId: 'exam', type: item.type, title: 'Final', isDeleted: false, by: { id: sam.userId, name: 'sam' }, at: expect.any(String) as string }] });
  expect(detail.review).toMatchObject({ state: 'waiting', commit: 'c'.repeat(40), needsApproval: true, can: { publish: false, askApproval: true, approve: false } });

  const diff = (await api.call('GET /api/v1/reviews/:run/pages', ed, { params: { run }, query: { path: page.path } })).json as ReviewedPageDiff;
  expect(diff).toMatchObject({ title: 'A', cut: 0, lines: [{ kind: 'line', parts: [{ kind: 'same', text: 'On ' }, { kind: 'deleted', text: 'Monday' }, { kind: 'inserted', text: 'Friday' }, { kind: 'same', text: '.' }] }] });
  expect((await api.call('GET /api/v1/reviews/:run/pages', ed, { params: { run }, query: { path: 'index.html' } })).status).toBe(404);
});
