import { z } from 'zod';
import { siteParamsSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const publishContracts = defineContracts({
  'POST /api/v1/sites/:site/publishes': {
    summary: 'Asks for a publish; requests made while one runs share one more pass',
    access: 'signedIn',
    audit: 'publish',
    params: siteParamsSchema,
    body: z.object({ version: versionSchema, urlPath: z.string().max(2048).optional().describe('gives the site its URL, without the root path of its starter, while it was never published live; absent leaves the URL as it is') }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'urlInUse', 'urlFrozen', 'wrongState', 'approvalRequired'],
  },
});
