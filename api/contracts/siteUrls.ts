import { z } from 'zod';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** The address of a site; paths without the root path of its starter. */
export const siteUrlSchema = z.object({
  urlPath: z.string().nullable(),
  /** What the starter's format makes of the site's metadata; parts in brackets are missing. */
  suggestion: z.string(),
  /** Readers know the site by its address; only a move changes it. */
  isFrozen: z.boolean(),
  /** Why the address, or the suggestion while there is none, cannot be used; empty when it can. */
  problems: z.array(z.string()),
});

export const siteUrlContracts = defineContracts({
  'GET /api/v1/sites/:site/url': {
    summary: 'The address of a site, or what to offer while it has none',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: siteUrlSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'PUT /api/v1/sites/:site/url': {
    summary: 'Gives a site its address; refused once readers know it by one',
    access: 'signedIn',
    audit: 'site-change',
    params: siteParamsSchema,
    body: z.strictObject({ urlPath: z.string().max(2048).describe('without the root path of the starter') }),
    status: 200,
    response: siteUrlSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'urlInUse', 'urlFrozen'],
  },
});
