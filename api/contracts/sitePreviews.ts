import { z } from 'zod';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** How the preview of a site stands. */
export const sitePreviewSchema = z.object({
  /** starting: a worker gets it ready; ready: its pages can be seen; ended: nobody shows it any more; failed: it cannot be shown. */
  state: z.enum(['starting', 'ready', 'ended', 'failed']),
  /** A sentence: what is going on, or why it ended; empty when it is ready. */
  doing: z.string(),
  /** Files written so far, while it starts. */
  files: z.number().int(),
  /** Who shows it: another one has none of the texts that were sent before. Null while nobody does. */
  instance: z.string().nullable(),
  /** Goes up with each build that can be seen. */
  builds: z.number().int(),
  /** Revision of the site’s content that is shown. */
  revision: z.number().int().nullable(),
  /** Why the last change is not shown; what was built before it is. */
  fault: z.object({ message: z.string(), file: z.string().optional(), line: z.number().int().optional(), inTheme: z.boolean().optional() }).nullable(),
  /** Texts of other people that are shown and not saved. */
  others: z.array(z.object({ name: z.string(), textId: z.string(), title: z.string().nullable() })),
  /** The site’s first page, at an address of the caller’s own that nobody can guess; it is good while the preview is asked for. */
  url: z.string(),
  /** The page of the item that was named; null for what has none. */
  page: z.string().nullable(),
});
export type SitePreview = z.infer<typeof sitePreviewSchema>;

const itemParamsSchema = siteParamsSchema.extend({ item: z.string().min(1).max(128).describe('text id of the item') });

export const sitePreviewContracts = defineContracts({
  'POST /api/v1/sites/:site/preview': {
    summary: 'Opens the preview of what is written, or keeps it open: whoever looks at it asks again each 20 seconds',
    access: 'signedIn',
    params: siteParamsSchema,
    body: z.strictObject({ item: z.string().min(1).max(128).optional().describe('text id of the item whose page is wanted') }),
    status: 200,
    response: sitePreviewSchema,
    errors: ['notFound', 'forbidden', 'engineUnavailable'],
  },
  'PUT /api/v1/sites/:site/preview/items/:item': {
    summary: 'Shows in the preview what is written in an item and not saved, and answers when it can be seen; nothing is saved',
    access: 'signedIn',
    params: itemParamsSchema,
    body: z.strictObject({
      title: z.string().optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
      markdown: z.string().nullable().optional(),
      file: z.string().max(2048).nullable().optional(),
    }),
    status: 200,
    response: sitePreviewSchema,
    errors: ['notFound', 'forbidden', 'starterMissing', 'wrongState'],
  },
  'DELETE /api/v1/sites/:site/preview/items/:item': {
    summary: 'Shows what is saved of an item again, in place of what the caller wrote',
    access: 'signedIn',
    params: itemParamsSchema,
    status: 200,
    response: sitePreviewSchema,
    errors: ['notFound', 'forbidden'],
  },
});
