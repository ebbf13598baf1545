import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const starterSchema = z.object({
  slug: z.string(),
  name: z.string(),
  status: z.enum(['default', 'active', 'inactive']),
  commit: z.string().nullable(),
  /** Why the newest configuration was not taken, when it was not. */
  fault: z.string().nullable(),
  /** Since when the projects repository has no such configuration. Its sites go on with the one in use. */
  removedAt: timestampSchema.nullable(),
  siteCount: z.number().int(),
  updatedAt: timestampSchema,
});

export const starterContracts = defineContracts({
  'GET /api/v1/starters': {
    summary: 'Starters and whether their newest configuration was taken',
    access: 'signedIn',
    status: 200,
    response: z.object({ starters: z.array(starterSchema) }),
    errors: [],
  },
  'POST /api/v1/starters/sync': {
    summary: 'Reads the starters from the projects repository again',
    access: 'signedIn',
    audit: 'process-start',
    status: 202,
    response: requestSchema,
    errors: ['forbidden'],
  },
});
