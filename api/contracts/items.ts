import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const itemParamsSchema = siteParamsSchema.extend({ item: z.string().min(1).max(128).describe('text id of the item') });

/** Longest answer to ‘what names it’, in entries; an item that more name cannot be deleted either. */
export const MAX_REFERRERS = 200;

/** Revisions count from 1 and stay below this: the database keeps them in 32 bits. */
export const MAX_REVISION = 2_147_483_647;

/** Fields of an item beside its title and body; what the starter does not know is kept. */
export const metadataSchema = z.record(z.string(), z.unknown());

/** Saving ends one’s draft with it. */
const savedDraftSchema = z.uuid().optional().describe('the edit whose draft this saves; when absent, whatever draft one has of it ends');

const itemCore = z.object({
  textId: z.string(),
  type: z.string(),
  title: z.string().nullable(),
  revision: z.number().int(),
  updatedAt: timestampSchema,
  updatedBy: personSchema.nullable(),
  deletedAt: timestampSchema.nullable(),
});

export const itemSummarySchema = itemCore.extend({
  /** Where its file lies in the repository. */
  path: z.string(),
  resourcetype: z.string().nullable(),
  isDraft: z.boolean(),
  /** How many items name it; one that is named cannot be deleted. */
  referencedBy: z.number().int(),
});
export type ItemSummary = z.infer<typeof itemSummarySchema>;

export const itemSchema = itemCore.extend({
  path: z.string(),
  /** The address of a page inside its site; null for what has none. */
  pageUrl: z.string().nullable(),
  dirpath: z.string(),
  filename: z.string(),
  isPageContent: z.boolean(),
  metadata: metadataSchema,
  markdown: z.string().nullable(),
  /** Key of its uploaded file in the storage bucket. */
  file: z.string().nullable(),
  reason: z.string().describe('why this state was saved'),
  can: z.object({ edit: z.boolean(), delete: z.boolean() }),
});
export type Item = z.infer<typeof itemSchema>;

/** An item that names another. The title of one on a site the caller may not see stays there: it is null. */
export const referrerSchema = z.object({ site: z.string(), textId: z.string(), type: z.string(), title: z.string().nullable(), field: z.string() });
export type Referrer = z.infer<typeof referrerSchema>;

/** What a save that came too late is told: what the caller's would have made of the revision they edited, and what is there. */
export const revisionConflictSchema = z.object({ yours: itemSchema.nullable(), current: itemSchema });
export type RevisionConflict = z.infer<typeof revisionConflictSchema>;

/** Why an item cannot be deleted. */
export const referencedSchema = z.object({ total: z.number().int(), referrers: z.array(referrerSchema) });
export type Referenced = z.infer<typeof referencedSchema>;

export const revisionSummarySchema = z.object({
  revision: z.number().int(),
  title: z.string().nullable(),
  reason: z.string(),
  savedAt: timestampSchema,
  savedBy: personSchema.nullable(),
  isDeleted: z.boolean(),
});

/** Content of one revision. */
export const revisionSchema = revisionSummarySchema.extend({
  type: z.string(),
  dirpath: z.string(),
  filename: z.string(),
  metadata: metadataSchema,
  markdown: z.string().nullable(),
  file: z.string().nullable(),
});

/** One field that differs; `before` and `after` are null where it is absent. */
export const fieldDifferenceSchema = z.object({ field: z.string(), before: z.unknown(), after: z.unknown() });

export const itemSorts = ['updated', 'title'] as const;

export const itemContracts = defineContracts({
  'GET /api/v1/sites/:site/items': {
    summary: 'Items of a site, in a stable order',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({
      type: z.string().max(500).optional().describe('a kind of content; several joined by commas'),
      search: z.string().max(200).optional().describe('part of the title or of the file’s name'),
      resourcetype: z.enum(['Image', 'Video', 'Document', 'Other']).optional().describe('Other is anything but the three'),
      draft: z.enum(['true', 'false']).optional(),
      deleted: z.enum(['true', 'false']).default('false').describe('deleted items only'),
      sort: z.enum(itemSorts).default('updated'),
    }),
    status: 200,
    response: z.object({ total: z.number().int(), items: z.array(itemSummarySchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/items': {
    summary: 'Adds an item; of an outside address that has one already, answers that',
    access: 'signedIn',
    params: siteParamsSchema,
    body: z.strictObject({
      type: z.string().min(1).max(24),
      textId: z.string().min(1).max(36).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'A text id has letters, digits, dots, hyphens and underscores only.').optional().describe('chosen by the server when absent; a singleton’s is its kind'),
      title: z.string().optional(),
      metadata: metadataSchema.optional(),
      markdown: z.string().nullable().optional(),
      dirpath: z.string().max(300).optional().describe('a folder in or under that of its kind'),
      file: z.string().max(2048).nullable().optional(),
      draft: savedDraftSchema,
    }),
    status: 201,
    response: itemSchema.extend({ isNew: z.boolean().describe('false for an outside address that had an item already') }),
    errors: ['notFound', 'forbidden', 'conflict', 'invalidFields', 'starterMissing'],
  },
  'GET /api/v1/sites/:site/items/:item': {
    summary: 'One item',
    access: 'signedIn',
    params: itemParamsSchema,
    status: 200,
    response: itemSchema,
    errors: ['notFound', 'forbidden'],
  },
  'PATCH /api/v1/sites/:site/items/:item': {
    summary: 'Saves an item; the answer to a revision that is not the newest holds both versions',
    access: 'signedIn',
    params: itemParamsSchema,
    body: z.strictObject({
      revision: z.number().int().min(0).max(MAX_REVISION).describe('the revision that was edited'),
      title: z.string().optional(),
      /** Keys to set; the fields of an object field are merged, null removes a key that the starter does not know. */
      metadata: metadataSchema.optional(),
      markdown: z.string().nullable().optional(),
      file: z.string().max(2048).nullable().optional(),
      /** Whether a new title also renames the page’s file, and so its address. Without a new title nothing is renamed. */
      rename: z.boolean().optional().describe('default: yes until the site was live once, no from then on'),
      draft: savedDraftSchema,
    }),
    status: 200,
    response: itemSchema,
    errors: ['notFound', 'forbidden', 'revisionConflict', 'invalidFields', 'starterMissing', 'wrongState'],
  },
  'DELETE /api/v1/sites/:site/items/:item': {
    summary: 'Deletes an item that nothing names; it can be brought back',
    access: 'signedIn',
    audit: 'item-delete',
    params: itemParamsSchema,
    query: z.object({ revision: z.coerce.number().int().min(0).max(MAX_REVISION) }),
    status: 200,
    response: itemSchema,
    errors: ['notFound', 'forbidden', 'revisionConflict', 'referenced', 'starterMissing', 'wrongState'],
  },
  'POST /api/v1/sites/:site/items/:item/undelete': {
    summary: 'Brings a deleted item back; where its file’s name is taken by now, under the next free one',
    access: 'signedIn',
    audit: 'item-undelete',
    params: itemParamsSchema,
    status: 200,
    response: itemSchema,
    errors: ['notFound', 'forbidden', 'starterMissing', 'wrongState'],
  },
  'GET /api/v1/sites/:site/items/:item/references': {
    summary: 'What an item names and what names it',
    access: 'signedIn',
    params: itemParamsSchema,
    status: 200,
    response: z.object({
      names: z.array(z.object({ field: z.string(), kind: z.string(), site: z.string().nullable(), textId: z.string().nullable(), title: z.string().nullable(), isMissing: z.boolean() })),
      namedBy: z.array(referrerSchema),
    }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/references/rebuild': {
    summary: 'Makes anew what every item of a site names, as its starter says today',
    access: 'signedIn',
    audit: 'references-rebuild',
    params: siteParamsSchema,
    status: 200,
    response: z.object({ references: z.number().int() }),
    errors: ['notFound', 'forbidden', 'starterMissing'],
  },
  'GET /api/v1/sites/:site/items/:item/revisions': {
    summary: 'Every revision of an item, the newest first',
    access: 'signedIn',
    params: itemParamsSchema,
    query: pageQuerySchema,
    status: 200,
    response: z.object({ total: z.number().int(), revisions: z.array(revisionSummarySchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/items/:item/revisions/:revision': {
    summary: 'One revision of an item, and how it differs from another',
    access: 'signedIn',
    params: itemParamsSchema.extend({ revision: z.coerce.number().int().min(1).max(MAX_REVISION) }),
    query: z.object({ against: z.coerce.number().int().min(1).max(MAX_REVISION).optional().describe('the revision to compare with; the one before when absent') }),
    status: 200,
    response: z.object({
      revision: revisionSchema,
      against: z.number().int().nullable(),
      differences: z.array(fieldDifferenceSchema),
      /** Unified diff of the body, empty when it is the same. */
      bodyDiff: z.string(),
    }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/items/:item/restore': {
    summary: 'Gives an item the content of an earlier revision, as a new revision; its address stays',
    access: 'signedIn',
    params: itemParamsSchema,
    body: z.strictObject({ revision: z.number().int().min(0).max(MAX_REVISION).describe('the present revision'), to: z.number().int().min(1).max(MAX_REVISION) }),
    status: 200,
    response: itemSchema,
    errors: ['notFound', 'forbidden', 'revisionConflict', 'invalidFields', 'starterMissing', 'wrongState'],
  },
});
