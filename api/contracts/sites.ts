import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { offlineVersionSchema } from './offline.ts';
import { runSchema } from './runs.ts';

export const siteStates = ['never', 'waiting', 'running', 'published', 'failed', 'cancelled', 'unpublished'] as const;

/** One version (draft or live) of a site. */
export const siteVersionSchema = z.object({
  state: z.enum(siteStates),
  url: z.string().nullable(),
  runId: z.uuid().nullable().describe('the newest run of this version'),
  publishedAt: timestampSchema.nullable(),
  commit: z.string().nullable(),
  /** Whether something was saved since this version was published. */
  hasUnpublishedChanges: z.boolean(),
  /** Requests that wait for the running pass, or for the engine. */
  waiting: z.array(z.object({ id: z.uuid(), person: personSchema.nullable(), at: timestampSchema, delivered: z.boolean() })),
});
export type SiteVersion = z.infer<typeof siteVersionSchema>;

export const siteSummarySchema = z.object({
  name: z.string(),
  title: z.string(),
  shortId: z.string(),
  starter: z.object({ slug: z.string(), name: z.string() }).nullable(),
  urlPath: z.string().nullable(),
  updatedAt: timestampSchema,
  draft: siteVersionSchema,
  live: siteVersionSchema,
});
export type SiteSummary = z.infer<typeof siteSummarySchema>;

/** A site that is put away. */
export const siteArchiveSchema = z.object({
  at: timestampSchema,
  by: z.string().nullable(),
  reason: z.string().nullable(),
  /** What is under way: its repository is being closed, or it comes back. */
  step: z.enum(['archive', 'reopen']).nullable(),
  isRepositoryClosed: z.boolean(),
  /** Why the last step could not be done. */
  problem: z.string().nullable(),
});

export const siteSchema = siteSummarySchema.extend({
  id: z.uuid(),
  isRoot: z.boolean(),
  repositoryUrl: z.string().nullable(),
  itemCount: z.number().int(),
  /** The starter's sections with how many items each holds, in the starter's order. */
  sections: z.array(z.object({ category: z.string(), name: z.string(), label: z.string(), count: z.number().int() })),
  /** What the caller may do here, decided on the server. */
  can: z.object({ publishDraft: z.boolean(), publishLive: z.boolean(), publishLiveAtOnce: z.boolean().describe('without a review that a second person approved'), review: z.boolean().describe('see what a publish would change before it does; not where Concourse builds'), inspect: z.boolean(), unpublish: z.boolean() }),
  /** Since when the live site is offline, and who took it there; null while it is not. */
  unpublished: z.object({ at: timestampSchema.nullable(), by: z.string().nullable() }).nullable(),
  /** Null for a site that is in use. */
  archive: siteArchiveSchema.nullable(),
  /** What of it can be read without a network. */
  offline: z.object({ draft: offlineVersionSchema, live: offlineVersionSchema }),
  currentRuns: z.object({ draft: runSchema.nullable(), live: runSchema.nullable(), unpublish: runSchema.nullable() }),
});
export type Site = z.infer<typeof siteSchema>;

/** A site’s name is part of addresses and of workflow ids, so it is as plain as they are. */
export const siteNameSchema = z.string().min(1).max(200).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'A site’s name has letters, digits, dots, hyphens and underscores only, and begins with a letter or digit.');

const titleSchema = z.string().trim().min(1, 'Give the site a title.').max(512);

export const newSiteSchema = z.object({
  title: titleSchema,
  /** Names the site's repository. */
  shortId: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9._-]{1,100}$/, 'The short id has 1 to 100 letters, digits, dots, hyphens and underscores.')
    .refine((id) => !/^\.+$|\.git$/.test(id), 'The short id names a repository, so it is not made of dots only and does not end in ‘.git’.'),
  starter: z.string().min(1).max(30).describe('slug of the starter'),
  siteType: z.enum(['ocw', 'pk12']).default('ocw'),
  name: siteNameSchema.optional().describe('made from the title when absent'),
});

export const siteContracts = defineContracts({
  'POST /api/v1/sites': {
    summary: 'Makes a site from a starter; its repository follows by itself',
    access: 'signedIn',
    audit: 'site-create',
    body: newSiteSchema,
    status: 201,
    response: siteSummarySchema,
    errors: ['forbidden', 'starterMissing', 'nameInUse'],
  },
  'PATCH /api/v1/sites/:site': {
    summary: 'Changes the title of a site',
    access: 'signedIn',
    audit: 'site-change',
    params: siteParamsSchema,
    body: z.strictObject({ title: titleSchema.optional() }),
    status: 200,
    response: siteSummarySchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites': {
    summary: 'Sites the caller may see',
    access: 'signedIn',
    query: pageQuerySchema.extend({
      search: z.string().max(200).optional().describe('part of the title, name or short id'),
      state: z.enum(['published', 'unpublished', 'changed', 'running', 'failed']).optional(),
      sort: z.enum(['updated', 'title']).default('updated'),
    }),
    status: 200,
    response: z.object({ total: z.number().int(), sites: z.array(siteSummarySchema) }),
    errors: [],
  },
  'GET /api/v1/sites/:site': {
    summary: 'One site with its versions, sections and current runs',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: siteSchema,
    errors: ['notFound', 'forbidden'],
  },
});
