import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

/** A publish that readers saw once and can see again. */
export const earlierPublishSchema = z.object({
  runId: z.uuid(),
  at: timestampSchema,
  requestedBy: z.array(personSchema),
  commit: z.string().nullable(),
  /** Of the content it published. */
  revision: z.number().int().nullable(),
  changed: z.number().int(),
  removed: z.number().int(),
  uploadedBytes: z.number().int(),
  /** The publish it showed again, when it was a rollback. */
  shows: z.uuid().nullable(),
  /** Where its files can be looked at without showing them to readers; null while the installation has no such place. */
  previewUrl: z.string().nullable(),
  /** Readers see it now. */
  isCurrent: z.boolean(),
});
export type EarlierPublish = z.infer<typeof earlierPublishSchema>;

export const rollbackContracts = defineContracts({
  'GET /api/v1/sites/:site/publishes': {
    summary: 'Publishes that can be shown again at the site’s present URL, newest first; those whose files are not kept any more are left out of their page',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({ version: versionSchema }),
    status: 200,
    response: z.object({ total: z.number().int().describe('with those whose files are not kept any more'), publishes: z.array(earlierPublishSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/rollbacks': {
    summary: 'Asks for an earlier publish to be shown again: its stored files, without a build',
    access: 'signedIn',
    audit: 'rollback',
    params: siteParamsSchema,
    body: z.object({ version: versionSchema, runId: z.uuid().describe('the publish to show again') }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
