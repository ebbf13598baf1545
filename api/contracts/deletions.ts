import { z } from 'zod';
import { pageQuerySchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** An item on its way out with its file, or a file alone. */
export const deletionSchema = z.object({
  id: z.uuid(),
  /** What was asked for at once has the same. */
  request: z.uuid(),
  item: z.object({ textId: z.string(), title: z.string().nullable() }).nullable(),
  /** Name of the file in Google Drive; null when it came from elsewhere. */
  fileName: z.string().nullable(),
  cause: z.enum(['person', 'missing']).describe('a person deleted it, or its file is gone from its folder in Google Drive'),
  dueAt: timestampSchema,
  state: z.enum(['pending', 'going', 'done', 'kept', 'undoing', 'undone']),
  /** Why it was kept, or could not go on. */
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** Who asked; null for a sync, and for somebody who is not here any more. */
  requestedBy: z.string().nullable(),
  can: z.object({ undo: z.boolean(), hasten: z.boolean() }),
});
export type Deletion = z.infer<typeof deletionSchema>;

/** Some deletions by their ids, or all that were asked for at once. */
const chosenSchema = z.union([z.strictObject({ ids: z.array(z.uuid()).min(1).max(100) }), z.strictObject({ request: z.uuid() })]);
const changedSchema = z.object({ changed: z.number().int().describe('how many it was for') });

/** What is deleted or on its way out anywhere. */
export const deletedItemSchema = z.object({
  site: z.object({ name: z.string(), title: z.string(), isArchived: z.boolean() }),
  item: z.object({ textId: z.string(), type: z.string(), title: z.string().nullable() }).nullable().describe('null for a file without an item'),
  fileName: z.string().nullable(),
  at: timestampSchema,
  by: z.string().nullable(),
  /** The deletion with its file; null for an item that was deleted alone. */
  deletion: z.object({ id: z.uuid(), state: z.enum(['pending', 'going', 'done', 'undoing']), dueAt: timestampSchema }).nullable(),
  isGone: z.boolean().describe('whether the item has left the site; until then nothing has happened'),
  /** How it is brought back: `undo` brings its file too, `undelete` the item alone. */
  back: z.enum(['undo', 'undelete']).nullable(),
  whyNotBack: z.string().nullable(),
  /** How long that is possible for certain. */
  until: z.string().describe('a sentence'),
});
export type DeletedItem = z.infer<typeof deletedItemSchema>;

export const deletionContracts = defineContracts({
  'GET /api/v1/admin/deleted-items': {
    summary: 'What is deleted or on its way out in all sites, the newest first',
    access: 'signedIn',
    query: pageQuerySchema.extend({ search: z.string().max(200).optional().describe('part of a title, an id or a file’s name'), site: z.string().max(200).optional().describe('part of a site’s name or title') }),
    status: 200,
    response: z.object({ total: z.number().int(), items: z.array(deletedItemSchema) }),
    errors: ['forbidden'],
  },
  'GET /api/v1/sites/:site/deletions': {
    summary: 'Items on their way out with their files, what is due first before the rest',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ state: z.enum(['open', 'ended', 'all']).default('open').describe('open: nothing has gone yet, or not all of it') }),
    status: 200,
    response: z.object({ total: z.number().int(), deletions: z.array(deletionSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/items/:item/deletion': {
    summary: 'Has an item that nothing names deleted with its file after the time of grace, and a video with its captions and transcripts',
    access: 'signedIn',
    audit: 'item-delete',
    params: siteParamsSchema.extend({ item: z.string().min(1).max(128).describe('text id of the item') }),
    status: 202,
    response: z.object({ request: z.uuid(), deletions: z.array(deletionSchema) }),
    errors: ['notFound', 'forbidden', 'referenced', 'starterMissing', 'wrongState'],
  },
  'POST /api/v1/sites/:site/deletions/undo': {
    summary: 'Keeps what waits to be deleted, and brings back what was',
    access: 'signedIn',
    audit: 'deletions-decide',
    params: siteParamsSchema,
    body: chosenSchema,
    status: 202,
    response: changedSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/sites/:site/deletions/now': {
    summary: 'Deletes at once what waits for it, and tries again what could not be done',
    access: 'signedIn',
    audit: 'deletions-decide',
    params: siteParamsSchema,
    body: chosenSchema,
    status: 202,
    response: changedSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
