import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema, versionSchema } from './common.ts';
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

export const siteTypes = ['ocw', 'pk12'] as const;

/** A site in a person's list. */
export const listedSiteSchema = siteSummarySchema.extend({
  siteType: z.enum(siteTypes),
  /** Whether the caller starred it. */
  isFavourite: z.boolean(),
  role: z.enum(['owner', 'admin', 'editor']).nullable().describe('the caller’s own on it; null for who sees it without one'),
});
export type ListedSite = z.infer<typeof listedSiteSchema>;

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

/** Names the site's repository. */
export const shortIdSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9._-]{1,100}$/, 'The short id has 1 to 100 letters, digits, dots, hyphens and underscores.')
  .refine((id) => !/^\.+$|\.git$/.test(id), 'The short id names a repository, so it is not made of dots only and does not end in ‘.git’.');

export const newSiteSchema = z.object({
  title: titleSchema,
  shortId: shortIdSchema,
  starter: z.string().min(1).max(30).describe('slug of the starter'),
  siteType: z.enum(siteTypes).default('ocw'),
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
      version: versionSchema.optional().describe('the version that `state` is said of; without it, what is out is said of live, and a run of either'),
      starter: z.string().max(30).optional().describe('slug of the starter'),
      kind: z.enum(siteTypes).optional(),
      only: z.enum(['mine', 'favourites']).optional().describe('sites one has a role on, or has starred'),
      sort: z.enum(['updated', 'title']).default('updated').describe('what one has starred comes first in either order'),
    }),
    status: 200,
    response: z.object({ total: z.number().int(), sites: z.array(listedSiteSchema) }),
    errors: [],
  },
  'PUT /api/v1/sites/:site/favourite': {
    summary: 'Stars a site, so that it comes first in one’s list',
    access: 'signedIn',
    takesArchived: true,
    params: siteParamsSchema,
    status: 200,
    response: z.object({ isFavourite: z.boolean() }),
    errors: ['notFound', 'forbidden'],
  },
  'DELETE /api/v1/sites/:site/favourite': {
    summary: 'Takes the star off a site',
    access: 'signedIn',
    takesArchived: true,
    params: siteParamsSchema,
    status: 200,
    response: z.object({ isFavourite: z.boolean() }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/new-site': {
    summary: 'What a new site of this title would be called, and what of it is taken or wrong; nothing is made',
    access: 'signedIn',
    query: z.object({ title: z.string().max(512).default(''), shortId: z.string().max(200).optional().describe('as somebody typed it; the suggestion is looked at when absent'), name: z.string().max(512).optional() }),
    status: 200,
    response: z.object({
      name: z.string().nullable().describe('null where the title has nothing that a name can be made of'),
      shortId: z.string().describe('the one that was looked at, in the form in which it would be kept'),
      faults: z.array(z.object({ field: z.enum(['title', 'shortId', 'name']), message: z.string() })),
    }),
    errors: ['forbidden'],
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
