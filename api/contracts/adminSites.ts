import { z } from 'zod';
import { siteProblemIds } from '#domain/siteProblems.ts';
import { builderSchema, pageQuerySchema, personSchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';
import { newSiteSchema, siteArchiveSchema } from './sites.ts';

const yesNo = z.enum(['yes', 'no']);

export const adminSiteSchema = z.object({
  name: z.string(),
  title: z.string(),
  shortId: z.string(),
  urlPath: z.string().nullable(),
  starter: z.object({ slug: z.string(), name: z.string() }).nullable(),
  owner: personSchema.nullable(),
  siteType: z.enum(['ocw', 'pk12']),
  source: z.enum(['studio', 'ocw-import']),
  builder: builderSchema,
  /** Whether readers see it. */
  isPublished: z.boolean(),
  archivedAt: timestampSchema.nullable(),
  updatedAt: timestampSchema,
  problems: z.array(z.object({ id: z.enum(siteProblemIds), message: z.string() })),
});

/** A setting with the reason why it cannot be changed now; null when it can. */
const setting = <T extends z.ZodType>(value: T) => z.object({ value, fixed: z.string().nullable() });

export const siteSettingsSchema = z.object({
  title: setting(z.string()),
  shortId: setting(z.string()),
  starter: setting(z.object({ slug: z.string(), name: z.string() }).nullable()),
  owner: setting(z.object({ id: z.uuid(), name: z.string(), email: z.string() }).nullable()),
  siteType: setting(z.enum(['ocw', 'pk12'])),
  source: setting(z.enum(['studio', 'ocw-import'])),
  driveFolder: setting(z.string().nullable()),
  name: setting(z.string()),
  urlPath: setting(z.string().nullable()),
  /** What follows from the rest, and is not to be changed. */
  derived: z.object({
    id: z.uuid(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    items: z.number().int(),
    deletedItems: z.number().int(),
    savedRevision: z.number().int(),
    committedRevision: z.number().int(),
    repositoryUrl: z.string(),
    storagePath: z.string().nullable().describe('where its files are in the storage bucket; null without a starter'),
    builder: builderSchema,
    publishesCaptions: z.boolean(),
    draftUrl: z.string().nullable(),
    draftPublishedAt: timestampSchema.nullable(),
    liveUrl: z.string().nullable(),
    livePublishedAt: timestampSchema.nullable(),
    firstLiveAt: timestampSchema.nullable(),
    unpublishStatus: z.string().nullable(),
    driveFolders: z.array(z.object({ name: z.string(), id: z.string().nullable() })),
  }),
  problems: z.array(z.object({ id: z.enum(siteProblemIds), message: z.string() })),
  archive: siteArchiveSchema.nullable(),
  /** Why it cannot be archived now; null when it can, or is. */
  whyNotArchive: z.object({ message: z.string(), mayUnpublish: z.boolean() }).nullable(),
});
export type SiteSettings = z.infer<typeof siteSettingsSchema>;

export const starterFitSchema = z.object({
  starter: z.string(),
  /** Items that were looked at. */
  items: z.number().int(),
  /** How many do not fit. */
  total: z.number().int(),
  /** The first of them. */
  misfits: z.array(z.object({ textId: z.string(), type: z.string(), title: z.string().nullable(), issues: z.array(z.object({ path: z.string(), message: z.string() })) })),
});

export const siteChangeSchema = z.strictObject({
  title: z.string().trim().min(1, 'Give the site a title.').max(512).optional(),
  shortId: newSiteSchema.shape.shortId.optional(),
  starter: z.string().min(1).max(30).optional().describe('slug of the starter'),
  owner: z.email().max(254).nullable().optional().describe('e-mail address of somebody the studio knows; null for nobody'),
  siteType: z.enum(['ocw', 'pk12']).optional(),
  source: z.enum(['studio', 'ocw-import']).optional(),
  driveFolder: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9_-]{10,128}$/, 'A folder’s id is the last part of its address in Google Drive: letters, digits, hyphens and underscores.')
    .nullable()
    .optional()
    .describe('id of the folder in Google Drive; null lets the studio make or find one'),
  acceptMisfits: z.boolean().default(false).describe('change the starter although some items do not fit it'),
});

export const adminSiteContracts = defineContracts({
  'GET /api/v1/admin/sites': {
    summary: 'All sites as the administration sees them, archived ones too',
    access: 'signedIn',
    query: pageQuerySchema.extend({
      search: z.string().max(200).optional().describe('part of the title, name or short id'),
      starter: z.string().max(30).optional().describe('slug of a starter; ‘none’ for sites without one'),
      owner: z.string().max(254).optional().describe('part of the owner’s name or e-mail address; ‘none’ for sites without an owner'),
      published: yesNo.optional(),
      builder: builderSchema.optional(),
      archived: z.enum(['yes', 'no', 'all']).default('no'),
      problems: z.enum(['yes', ...siteProblemIds]).optional().describe('sites with a problem, or with this one'),
      sort: z.enum(['updated', 'title']).default('updated'),
    }),
    status: 200,
    response: z.object({ total: z.number().int(), sites: z.array(adminSiteSchema) }),
    errors: ['forbidden'],
  },
  'GET /api/v1/sites/:site/settings': {
    summary: 'What can be changed about a site, why not, and what follows from the rest',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: siteSettingsSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/starter-fit': {
    summary: 'Which items of a site a starter would not allow',
    access: 'signedIn',
    params: siteParamsSchema,
    query: z.object({ starter: z.string().min(1).max(30) }),
    status: 200,
    response: starterFitSchema,
    errors: ['notFound', 'forbidden', 'starterMissing'],
  },
  'PATCH /api/v1/sites/:site/settings': {
    summary: 'Changes settings of a site; all of what is given, or nothing',
    access: 'signedIn',
    audit: 'site-change',
    params: siteParamsSchema,
    body: siteChangeSchema,
    status: 200,
    response: z.object({ settings: siteSettingsSchema, consequences: z.array(z.string()).describe('what happens because of it, in sentences') }),
    errors: ['notFound', 'forbidden', 'wrongState', 'nameInUse', 'starterMissing', 'invalidFields'],
  },
  'POST /api/v1/sites/:site/archive': {
    summary: 'Puts a site away: nothing of it can be published, edited or synced, and its repository is closed to writers. Its name and short id stay taken',
    access: 'signedIn',
    audit: 'site-archive',
    takesArchived: true,
    params: siteParamsSchema,
    body: z.strictObject({ reason: z.string().trim().max(500).default('') }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/sites/:site/unarchive': {
    summary: 'Opens the repository of an archived site and brings the site back',
    access: 'signedIn',
    audit: 'site-unarchive',
    takesArchived: true,
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
