import { z } from 'zod';
import { siteParamsSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const publishContracts = defineContracts({
  'POST /api/v1/sites/:site/publishes': {
    summary: 'Asks for a publish; requests made while one runs share one more pass',
    access: 'signedIn',
    params: siteParamsSchema,
    body: z.object({ version: versionSchema }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
});
