import { z } from 'zod';
import { reviewStates } from '#domain/review.ts';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema, runSchema } from './runs.ts';

/** Who did something and when; a null person is the command line. */
const actSchema = z.object({ person: personSchema.nullable(), at: timestampSchema });

const countsSchema = z.object({ added: z.number().int(), changed: z.number().int(), removed: z.number().int(), unchanged: z.number().int(), pages: z.number().int(), dying: z.number().int(), bytes: z.number().int() });

export const reviewSchema = z.object({
  runId: z.uuid(),
  site: z.object({ name: z.string(), title: z.string() }),
  version: versionSchema,
  state: z.enum(reviewStates),
  /** The commit that is shown and would be published; null until it is made. */
  commit: z.string().nullable(),
  asked: actSchema,
  /** Whether a second person must approve before it may go out. */
  needsApproval: z.boolean(),
  approvalAsked: actSchema.nullable(),
  approved: actSchema.nullable(),
  /** `at` is when it will be published. */
  scheduled: actSchema.nullable(),
  /** Null until it has compared. */
  counts: countsSchema.nullable(),
  /** Why it ended without a publish, or what failed. */
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** The publish that put it out, or tries to. */
  publishRunId: z.uuid().nullable(),
  endedAt: timestampSchema.nullable(),
  /** What the caller may do now, decided on the server. */
  can: z.object({ publish: z.boolean(), schedule: z.boolean(), unschedule: z.boolean(), askApproval: z.boolean(), approve: z.boolean(), reject: z.boolean() }),
});
export type Review = z.infer<typeof reviewSchema>;

const changeSchema = z.enum(['added', 'changed', 'removed']);
const themeSchema = z.string().describe('the theme output; empty for the site’s own');

const reviewFileSchema = z.object({
  theme: themeSchema,
  path: z.string(),
  change: changeSchema,
  /** Bytes; null for a file that is removed. */
  size: z.number().int().nullable(),
  /** Bytes readers get now; null for a new file. */
  sizeBefore: z.number().int().nullable(),
});

const reviewPageSchema = z.object({
  theme: themeSchema,
  path: z.string(),
  /** Where readers find it; null for pages of extra themes and while the site has no address. */
  url: z.string().nullable(),
  change: changeSchema,
  title: z.string().nullable(),
  /** Words; null when its text was not compared. */
  inserted: z.number().int().nullable(),
  deleted: z.number().int().nullable(),
});
export type ReviewedPage = z.infer<typeof reviewPageSchema>;

const laterChangeSchema = z.object({ textId: z.string(), type: z.string(), title: z.string().nullable(), isDeleted: z.boolean(), by: personSchema.nullable(), at: timestampSchema });

export const reviewDetailSchema = z.object({
  review: reviewSchema,
  /** Its run, with the timeline. */
  run: runSchema,
  /** Null until it has compared. */
  report: z
    .object({
      counts: countsSchema,
      /** Pages whose texts were not compared: too many, too large, or not kept. */
      notCompared: z.number().int(),
      /** Addresses readers will not find any more, with what leads there now. */
      dying: z.array(z.object({ path: z.string(), url: z.string().nullable() })),
      pages: z.array(reviewPageSchema),
      files: z.array(reviewFileSchema),
    })
    .nullable(),
  /** What was saved after it was frozen and is not part of it; at most 50 items are named. */
  later: z.object({ saves: z.number().int(), items: z.array(laterChangeSchema) }),
});
export type ReviewDetail = z.infer<typeof reviewDetailSchema>;

export const pageDiffSchema = reviewPageSchema.extend({
  /** Lines with changes that are left out. */
  cut: z.number().int(),
  lines: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('line'), parts: z.array(z.object({ kind: z.enum(['same', 'inserted', 'deleted']), text: z.string() })) }),
      z.object({ kind: z.literal('gap'), lines: z.number().int() }),
    ]),
  ),
});
export type ReviewedPageDiff = z.infer<typeof pageDiffSchema>;

const reviewParamsSchema = z.object({ run: z.uuid() });

/** What people decide: told to the review's workflow, which notes it a moment later. */
const decided = { access: 'signedIn', params: reviewParamsSchema, status: 202, response: reviewSchema } as const;
const decisionErrors = ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'] as const;

export const reviewContracts = defineContracts({
  'POST /api/v1/sites/:site/reviews': {
    summary: 'Builds what is saved without publishing it, and shows what readers would find different',
    access: 'signedIn',
    audit: 'review-ask',
    params: siteParamsSchema,
    body: z.strictObject({ version: versionSchema }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'GET /api/v1/sites/:site/reviews': {
    summary: 'Reviews of a site, newest first',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema,
    status: 200,
    response: z.object({ total: z.number().int(), reviews: z.array(reviewSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/reviews/:run': {
    summary: 'One review with its report; files and pages by parts',
    access: 'signedIn',
    params: reviewParamsSchema,
    query: z.object({ limit: pageQuerySchema.shape.limit.default(50), pagesOffset: pageQuerySchema.shape.offset, filesOffset: pageQuerySchema.shape.offset }),
    status: 200,
    response: reviewDetailSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/reviews/:run/pages': {
    summary: 'What differs in the text of one page',
    access: 'signedIn',
    params: reviewParamsSchema,
    query: z.object({ path: z.string().min(1).max(2048), theme: z.string().max(200).default('') }),
    status: 200,
    response: pageDiffSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/reviews/:run/publish': { ...decided, audit: 'review-publish', summary: 'Publishes exactly what was reviewed, now', errors: [...decisionErrors, 'approvalRequired'] },
  'POST /api/v1/reviews/:run/schedule': {
    ...decided,
    audit: 'review-schedule',
    summary: 'Publishes exactly what was reviewed at a moment to come; the latest moment counts',
    body: z.strictObject({ at: z.iso.datetime({ offset: true }).describe('ISO 8601 with its offset from UTC, up to a year ahead') }),
    errors: [...decisionErrors, 'approvalRequired'],
  },
  'POST /api/v1/reviews/:run/unschedule': { ...decided, audit: 'review-unschedule', summary: 'Takes a schedule back; the review waits again', errors: decisionErrors },
  'POST /api/v1/reviews/:run/ask-approval': { ...decided, audit: 'approval-ask', summary: 'Asks those who answer for the site to approve', errors: decisionErrors },
  'POST /api/v1/reviews/:run/approve': { ...decided, audit: 'review-approve', summary: 'Approves what was reviewed, as another one than who asked; publishes nothing by itself', errors: decisionErrors },
  'POST /api/v1/reviews/:run/reject': { ...decided, audit: 'review-reject', summary: 'Ends a review: what it shows shall not go out', body: z.strictObject({ reason: z.string().trim().min(1).max(500) }), errors: decisionErrors },
  'GET /api/v1/schedules': {
    summary: 'Publishes to come that the caller may see, the next one first',
    access: 'signedIn',
    query: pageQuerySchema,
    status: 200,
    response: z.object({ total: z.number().int(), schedules: z.array(reviewSchema) }),
    errors: [],
  },
});
