import { z } from 'zod';
import { siteParamsSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const offlineStates = ['never', 'waiting', 'running', 'built', 'hidden', 'failed', 'cancelled'] as const;

/** One version of a site as it is read without a network. */
export const offlineVersionSchema = z.object({
  state: z.enum(offlineStates),
  /** When what can be downloaded was built. */
  builtAt: timestampSchema.nullable(),
  runId: z.uuid().nullable().describe('the newest run'),
  ofRunId: z.uuid().nullable().describe('the publish that what can be downloaded was built from'),
  /** Whether readers see a newer publish than the one that can be downloaded. */
  isOlder: z.boolean(),
  /** The site's own theme; empty where nothing can be downloaded. */
  zips: z.array(z.object({ variant: z.enum(['plain', 'video']), url: z.string(), bytes: z.number().int() })),
  /** Where mirror drives take the tree from. */
  tree: z.object({ bucket: z.string(), prefix: z.string() }).nullable(),
  /** Why the newest run failed. */
  reason: z.string().nullable(),
});
export type OfflineVersion = z.infer<typeof offlineVersionSchema>;

export const offlineContracts = defineContracts({
  'POST /api/v1/sites/:site/offline-builds': {
    summary: 'Builds what is read without a network from the publish that is out; requests made while one runs share one more pass',
    access: 'signedIn',
    audit: 'offline-build',
    params: siteParamsSchema,
    body: z.strictObject({ version: versionSchema }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
