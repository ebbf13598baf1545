import type { SignalDefinition } from '@temporalio/common';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { findPeople } from '#db/queries/people.ts';
import { findReview, listLaterChanges, listReviews, listSchedules, type ReviewRow } from '#db/queries/reviews.ts';
import { findRun } from '#db/queries/runs.ts';
import { builderOf } from '#domain/builderOf.ts';
import { isSecondParty, reviewFault, scheduleFault } from '#domain/review.ts';
import { addressOf, pageKey, reportCounts, type ReviewDiffs, type ReviewPage, type ReviewReport } from '#domain/reviewReport.ts';
import { siteUrl } from '#domain/siteUrl.ts';
import { approvalAsked, approved, letThrough, rejected, reviewPublishContract, scheduled, unscheduled } from '#temporal/contracts/reviewPublish.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { Review, ReviewDetail, ReviewedPage } from '../contracts/reviews.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { personIn } from '../presenters/items.ts';
import { askersOf, needsApproval, presentReviews, stateOf } from '../presenters/reviews.ts';
import { presentRuns } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite, visibleSiteIds } from './sites.ts';

type Routes = Pick<
  Handlers,
  | 'POST /api/v1/sites/:site/reviews'
  | 'GET /api/v1/sites/:site/reviews'
  | 'GET /api/v1/reviews/:run'
  | 'GET /api/v1/reviews/:run/pages'
  | 'POST /api/v1/reviews/:run/publish'
  | 'POST /api/v1/reviews/:run/schedule'
  | 'POST /api/v1/reviews/:run/unschedule'
  | 'POST /api/v1/reviews/:run/ask-approval'
  | 'POST /api/v1/reviews/:run/approve'
  | 'POST /api/v1/reviews/:run/reject'
  | 'GET /api/v1/schedules'
>;

type Note = Call<'POST /api/v1/reviews/:run/publish'>['note'];

const decompress = promisify(gunzip);

/** Items named of those that were saved later. */
const NAMED_LATER = 50;

export function reviewRoutes(deps: ApiDeps): Routes {
  const { config, db, engine, s3 } = deps;

  async function visibleReview(runId: string, who: Principal, note?: Note): Promise<ReviewRow> {
    const review = await findReview(db, runId);
    if (review === undefined) throw new ApiError('notFound', 'There is no such review.');
    note?.({ version: review.version });
    if (!sitePolicy.see(who, review.siteId)) throw new ApiError('forbidden', 'This review belongs to a site you have no role on.');
    return review;
  }

  /** A review that waits for a decision, of a site the caller may publish. */
  async function decidable(runId: string, who: Principal, note: Note): Promise<ReviewRow> {
    const review = await visibleReview(runId, who, note);
    if (!sitePolicy.publish(who, review.siteId, review.version)) throw new ApiError('forbidden', 'Only an owner or admin of the site decides about what goes live. Ask for their approval.');
    assertOpen(review);
    return review;
  }

  function assertApproved(review: ReviewRow, who: Principal): void {
    if (!needsApproval(config, review.version) || review.approvedAt !== null || studioPolicy.skipApproval(who)) return;
    throw new ApiError('approvalRequired', 'A second person who may publish this site live has to approve it first. Ask for approval.');
  }

  async function present(review: ReviewRow, who: Principal): Promise<Review> {
    const [presented] = await presentReviews(deps, [review], who);
    if (presented === undefined) throw new Error(`Review ${review.runId} was not presented`);
    return presented;
  }

  /** Tells the review's workflow what was decided, and answers how the review stands. */
  async function decide<A extends { runId: string }>(review: ReviewRow, who: Principal, signal: SignalDefinition<[A]>, said: A): Promise<Review> {
    await engine.signal({ id: review.runId, workflowId: review.workflowId, workflowRunId: review.workflowRunId }, signal, said);
    return present((await findReview(db, review.runId)) ?? review, who);
  }

  async function stored<T>(review: ReviewRow, name: 'reportKey' | 'diffsKey'): Promise<T | null> {
    const key = review.frozen[name];
    const body = typeof key === 'string' ? await s3.get(config.buildStoreBucket, key) : null;
    return body === null ? null : (JSON.parse((await decompress(body)).toString('utf8')) as T);
  }

  /** Where a page of the site's own theme is found; extra themes stand at addresses of their own. */
  function urlOf(review: ReviewRow, theme: string, path: string): string | null {
    const urlPath = review.frozen['urlPath'];
    const base = theme === '' ? siteUrl(config, { name: review.siteName, urlPath: typeof urlPath === 'string' ? urlPath : null }, review.version) : null;
    return base === null ? null : base + addressOf(path).split('/').map(encodeURIComponent).join('/');
  }

  const presentPage = (review: ReviewRow, page: ReviewPage): ReviewedPage => ({ ...page, url: urlOf(review, page.theme, page.path) });

  async function laterThan(review: ReviewRow): Promise<ReviewDetail['later']> {
    const revision = review.frozen['revision'];
    if (typeof revision !== 'number') return { saves: 0, items: [] };
    const { saves, items } = await listLaterChanges(db, review.siteId, revision);
    const named = items.slice(0, NAMED_LATER);
    const people = await findPeople(db, named.flatMap((item) => item.savedBy ?? []));
    return { saves, items: named.map(({ savedBy, savedAt, ...item }) => ({ ...item, by: personIn(people, savedBy), at: savedAt.toISOString() })) };
  }

  return {
    'POST /api/v1/sites/:site/reviews': async (call) => {
      const { params, body, who, note } = call;
      note({ version: body.version });
      const site = await visibleSite(deps, params.site, who);
      const fault = reviewFault(builderOf(config, site));
      if (fault !== undefined) throw new ApiError('wrongState', fault);
      // Who may write may see what it would look like to readers; what goes out is decided by those who may publish.
      return acceptRequest(deps, call, { process: reviewPublishContract.process, siteId: site.id, version: body.version, requestedBy: who.userId });
    },

    'GET /api/v1/sites/:site/reviews': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { total, reviews } = await listReviews(db, site.id, query);
      return { total, reviews: await presentReviews(deps, reviews, who) };
    },

    'GET /api/v1/reviews/:run': async ({ params, query, who }) => {
      const review = await visibleReview(params.run, who);
      const run = await findRun(db, review.runId);
      const [presented] = run === undefined ? [] : await presentRuns(deps, [run], who);
      if (presented === undefined) throw new ApiError('notFound', 'There is no such review.');
      const report = await stored<ReviewReport>(review, 'reportKey');
      const part = <T>(all: readonly T[], offset: number): T[] => all.slice(offset, offset + query.limit);
      return {
        review: await present(review, who),
        run: presented,
        report:
          report === null
            ? null
            : {
                counts: reportCounts(report),
                notCompared: report.notCompared,
                dying: report.dying.map((path) => ({ path, url: urlOf(review, '', path) })),
                pages: part(report.pages, query.pagesOffset).map((page) => presentPage(review, page)),
                files: part(report.files, query.filesOffset),
              },
        later: await laterThan(review),
      };
    },

    'GET /api/v1/reviews/:run/pages': async ({ params, query, who }) => {
      const review = await visibleReview(params.run, who);
      const report = await stored<ReviewReport>(review, 'reportKey');
      if (report === null) throw new ApiError('wrongState', review.state === 'running' ? 'The review has not compared its pages yet. Ask again in a moment.' : 'The review ended before it had compared anything.');
      const page = report.pages.find((candidate) => candidate.path === query.path && candidate.theme === query.theme);
      if (page === undefined) throw new ApiError('notFound', 'This page is not among those that differ.');
      const diff = (await stored<ReviewDiffs>(review, 'diffsKey'))?.[pageKey(page)];
      return { ...presentPage(review, page), cut: diff?.cut ?? 0, lines: (diff?.lines ?? []).map((line) => (line.kind === 'gap' ? line : { ...line, parts: [...line.parts] })) };
    },

    'POST /api/v1/reviews/:run/publish': async ({ params, who, note }) => {
      const review = await decidable(params.run, who, note);
      assertApproved(review, who);
      return decide(review, who, letThrough, { runId: review.runId, by: who.userId });
    },

    'POST /api/v1/reviews/:run/schedule': async ({ params, body, who, note }) => {
      const review = await decidable(params.run, who, note);
      note({ at: body.at });
      assertApproved(review, who);
      const at = new Date(body.at);
      const fault = scheduleFault(at, new Date());
      if (fault !== undefined) throw new ApiError('validation', fault, [{ path: 'body.at', message: fault }]);
      return decide(review, who, scheduled, { runId: review.runId, by: who.userId, at: at.toISOString() });
    },

    'POST /api/v1/reviews/:run/unschedule': async ({ params, who, note }) => {
      const review = await decidable(params.run, who, note);
      if (review.scheduledAt === null) throw new ApiError('wrongState', 'No publish of this review is scheduled.');
      return decide(review, who, unscheduled, { runId: review.runId, by: who.userId });
    },

    'POST /api/v1/reviews/:run/ask-approval': async ({ params, who, note }) => {
      const review = await visibleReview(params.run, who, note);
      assertOpen(review);
      if (review.approvedAt !== null) throw new ApiError('wrongState', 'This review is approved already.');
      return decide(review, who, approvalAsked, { runId: review.runId, by: who.userId });
    },

    'POST /api/v1/reviews/:run/approve': async ({ params, who, note }) => {
      const review = await decidable(params.run, who, note);
      if (review.approvedAt !== null) throw new ApiError('wrongState', 'This review is approved already.');
      if (!isSecondParty(askersOf(review), who.userId)) throw new ApiError('forbidden', 'Who asked for a review, or for its approval, cannot approve it. Ask somebody else who may publish this site.');
      return decide(review, who, approved, { runId: review.runId, by: who.userId });
    },

    'POST /api/v1/reviews/:run/reject': async ({ params, body, who, note }) => {
      const review = await decidable(params.run, who, note);
      note({ reason: body.reason });
      return decide(review, who, rejected, { runId: review.runId, by: who.userId, reason: body.reason });
    },

    'GET /api/v1/schedules': async ({ query, who }) => {
      const { total, reviews } = await listSchedules(db, visibleSiteIds(who), query);
      return { total, schedules: await presentReviews(deps, reviews, who) };
    },
  };
}

function assertOpen(review: ReviewRow): void {
  const state = stateOf(review);
  switch (state) {
    case 'waiting':
    case 'scheduled':
      return;
    case 'building':
      throw new ApiError('wrongState', 'The review is not ready yet. Decide when it shows what would change.');
    case 'publishing':
      throw new ApiError('wrongState', 'It is being published already.');
    case 'published':
      throw new ApiError('wrongState', 'It was published already.');
    case 'failed':
      throw new ApiError('wrongState', 'The review has failed. Retry it, or review again.');
    case 'rejected':
    case 'superseded':
    case 'cancelled':
    case 'expired':
      throw new ApiError('wrongState', `The review has ended: ${review.reasonMessage ?? `it was ${state}.`} Review again.`);
  }
}
