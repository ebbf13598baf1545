import { z } from 'zod';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

/** A place where an item of another site names this one. */
const namingSchema = z.object({ site: z.string(), item: z.string().describe('text id'), type: z.string(), title: z.string().nullable(), field: z.string() });

export const unpublishPreviewSchema = z.object({
  /** Where readers find the live site; null when they do not. */
  url: z.string().nullable(),
  /** Why an unpublish would be refused now; empty when it would not. */
  problems: z.array(z.string()),
  /** Lists and collections of the root site, and items of other sites, that refer to the site or to something in it. */
  dependencies: z.array(namingSchema),
  /** Texts that mention its address; links in them will lead nowhere. */
  mentions: z.array(namingSchema),
});
export type UnpublishPreview = z.infer<typeof unpublishPreviewSchema>;

export const unpublishContracts = defineContracts({
  'GET /api/v1/sites/:site/unpublish': {
    summary: 'What names a live site, and would name something that is gone; changes nothing',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: unpublishPreviewSchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/unpublish': {
    summary: 'Takes the live site away from readers; its content, draft and address stay',
    access: 'signedIn',
    audit: 'unpublish',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
