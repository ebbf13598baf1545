import { z } from 'zod';
import { severities } from '#domain/validateSite.ts';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const siteFaultSchema = z.object({
  /** `blocks`: the site cannot be built. `broken`: readers meet it. `untidy`: neither. */
  severity: z.enum(severities),
  item: z.object({ textId: z.string(), type: z.string(), title: z.string().nullable() }).nullable(),
  field: z.string().nullable(),
  line: z.number().int().nullable(),
  message: z.string(),
});

export const validationSchema = z.object({
  site: z.string(),
  /** Items that were looked at. */
  items: z.number().int(),
  total: z.number().int(),
  bySeverity: z.object({ blocks: z.number().int(), broken: z.number().int(), untidy: z.number().int() }),
  faults: z.array(siteFaultSchema),
});
export type Validation = z.infer<typeof validationSchema>;

export const validationContracts = defineContracts({
  'GET /api/v1/sites/:site/validation': {
    summary: 'Everything that is wrong with a site and can be told without building it, the worst first',
    access: 'signedIn',
    params: siteParamsSchema,
    query: z.object({
      severity: z.enum(severities).optional(),
      limit: z.coerce.number().int().min(1).max(10_000).default(500),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    status: 200,
    response: validationSchema,
    errors: ['notFound', 'forbidden', 'starterMissing'],
  },
});
