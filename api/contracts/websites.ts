import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** A published site in the words of the existing system, whose themes read this list while they build the root site. */
export const websiteSchema = z.object({
  uuid: z.uuid(),
  name: z.string(),
  short_id: z.string(),
  title: z.string(),
  url_path: z.string().nullable(),
  starter: z.object({ slug: z.string(), name: z.string() }).nullable(),
  publish_date: timestampSchema.nullable(),
  first_published_to_production: timestampSchema,
  updated_on: timestampSchema,
});

export const websiteContracts = defineContracts({
  'GET /api/websites/': {
    summary: 'Published sites, the newest first, as themes and readers’ services read them',
    access: 'anyone',
    query: z.object({
      type: z.string().max(30).optional().describe('slug of a starter'),
      limit: z.coerce.number().int().min(1).max(100).default(10),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    status: 200,
    response: z.object({ count: z.number().int(), next: z.url().nullable(), previous: z.url().nullable(), results: z.array(websiteSchema) }),
    errors: [],
  },
});
