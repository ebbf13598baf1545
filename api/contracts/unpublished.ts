import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { runSchema } from './runs.ts';

export const unpublishedItemSchema = z.object({
  textId: z.string(),
  type: z.string(),
  title: z.string().nullable(),
  kind: z.enum(['new', 'changed', 'renamed', 'deleted']).describe('renamed: its file has another name or folder, and its text may differ too'),
  /** Where its file lies in the repository. */
  path: z.string(),
  pathBefore: z.string().nullable().describe('of a renamed item, where it lay'),
  isDraft: z.boolean().describe('marked as a draft: readers of Production do not get it'),
  revision: z.number().int(),
  publishedRevision: z.number().int().nullable().describe('the revision that is out; null for a new item'),
  saves: z.number().int().describe('since the publish'),
  savedAt: timestampSchema,
  savedBy: personSchema.nullable().describe('who saved it last; null for the studio itself'),
});
export type UnpublishedItem = z.infer<typeof unpublishedItemSchema>;

export const unpublishedSchema = z.object({
  version: versionSchema,
  /** What is out in this version; null while nothing is. */
  published: z.object({ at: timestampSchema.nullable(), revision: z.number().int() }).nullable(),
  total: z.number().int(),
  counts: z.object({ new: z.number().int(), changed: z.number().int(), renamed: z.number().int(), deleted: z.number().int() }),
  otherChanges: z.boolean().describe('whether something beside items was changed since, such as the starter or the address'),
  items: z.array(unpublishedItemSchema),
});
export type Unpublished = z.infer<typeof unpublishedSchema>;

export const unpublishedContracts = defineContracts({
  'GET /api/v1/sites/:site/unpublished': {
    summary: 'Items that are another than in the last publish of a version, the latest first',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ version: versionSchema }),
    status: 200,
    response: unpublishedSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/newest-runs': {
    summary: 'The newest run of each process of a site, one for each version where a process has versions',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: z.object({ runs: z.array(runSchema) }),
    errors: ['notFound', 'forbidden'],
  },
});
