import { z } from 'zod';
import { pageQuerySchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

const linkStatusSchema = z.enum(['valid', 'broken', 'unchecked']);

export const linkSchema = z.object({
  /** Empty where the item has no address. */
  url: z.string(),
  status: linkStatusSchema.nullable().describe('null until a check found out'),
  code: z.number().int().nullable().describe('what the address answered last'),
  /** Bad answers in a row; the second makes the link broken. */
  failures: z.number().int(),
  /** Why the last check found nothing out, in a word; null when it did. */
  trouble: z.string().nullable(),
  checkedAt: timestampSchema.nullable(),
  archive: z.object({
    state: z.enum(['none', 'queued', 'submitted', 'archived', 'failed', 'unknown']),
    /** The archive's word for why the last capture failed. */
    reason: z.string().nullable(),
    url: z.string().nullable().describe('the newest archived copy'),
    archivedAt: timestampSchema.nullable(),
  }),
});
export type Link = z.infer<typeof linkSchema>;

export const linkReportSchema = z.object({
  counts: z.object({ valid: z.number().int(), broken: z.number().int(), unchecked: z.number().int(), open: z.number().int().describe('of which nothing is known yet') }),
  archived: z.number().int().describe('links that have a copy'),
  /** Whether links can be archived here at all. */
  isArchiving: z.boolean(),
  total: z.number().int().describe('links the filter lets through'),
  links: z.array(linkSchema.extend({ item: z.string().describe('text id'), title: z.string().nullable() })),
});
export type LinkReport = z.infer<typeof linkReportSchema>;

export const linkBacklogSchema = z.object({
  links: z.number().int(),
  broken: z.number().int(),
  /** Not looked at for as long as a check of all links is due. */
  dueForCheck: z.number().int(),
  oldestCheckAt: timestampSchema.nullable(),
  isArchiving: z.boolean(),
  archive: z.object({ none: z.number().int(), queued: z.number().int(), submitted: z.number().int(), archived: z.number().int(), failed: z.number().int(), unknown: z.number().int() }),
  /** What the archive said last of what the account may do; null before it was asked. */
  account: z.object({ available: z.number().int(), processing: z.number().int(), dailyCaptures: z.number().int().nullable(), dailyLimit: z.number().int().nullable(), askedAt: timestampSchema }).nullable(),
});
export type LinkBacklog = z.infer<typeof linkBacklogSchema>;

export const linkContracts = defineContracts({
  'GET /api/v1/sites/:site/links': {
    summary: 'What is known of the external links of a site, broken ones first',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ status: linkStatusSchema.optional() }),
    status: 200,
    response: linkReportSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/items/:item/link': {
    summary: 'What is known of the link of an external resource',
    access: 'signedIn',
    params: siteParamsSchema.extend({ item: z.string().min(1).max(128).describe('text id of the item') }),
    status: 200,
    response: z.object({ link: linkSchema.nullable().describe('null for an item that was not looked at yet') }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/link-checks': {
    summary: 'Looks whether the external links of a site lead somewhere; requests made while it runs share one more pass',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/link-archivings': {
    summary: 'Has the external links of a site archived that have no copy that is new enough',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/link-archivings': {
    summary: 'Has the external links of all sites archived that have no copy that is new enough',
    access: 'signedIn',
    audit: 'process-start',
    status: 202,
    response: requestSchema,
    errors: ['forbidden', 'wrongState'],
  },
  'GET /api/v1/links': {
    summary: 'How much there is to do for the links of all sites, and what the account at the archive may do',
    access: 'signedIn',
    status: 200,
    response: linkBacklogSchema,
    errors: ['forbidden'],
  },
});
