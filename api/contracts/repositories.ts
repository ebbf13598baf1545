import { z } from 'zod';
import { siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

const headSchema = z.object({ branch: z.string(), commit: z.string().nullable().describe('null until it was seen') });

export const repositorySchema = z.object({
  url: z.string(),
  /** Counts of saved changes: what is saved, and what main holds of it. */
  savedRevision: z.number().int(),
  committedRevision: z.number().int(),
  main: headSchema,
  preview: headSchema,
  release: headSchema,
  /** When the studio last wrote or looked; null when it never did. */
  seenAt: timestampSchema.nullable(),
});

export const repositoryContracts = defineContracts({
  'GET /api/v1/sites/:site/repository': {
    summary: 'What the studio last saw of a site’s repository, and whether main holds what is saved',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: repositorySchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/repository': {
    summary: 'Asks for the repository with its three branches; what is there stays',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/repository/commits': {
    summary: 'Asks for a commit of what is saved, without a publish',
    access: 'signedIn',
    audit: 'process-start',
    params: siteParamsSchema,
    body: z.object({ overwrite: z.boolean().default(false).describe('write also over files that were changed in the repository by hand') }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/repository/orphans': {
    summary: 'Asks for the files of main that belong to no item, and for their removal',
    access: 'signedIn',
    audit: 'repository-remove',
    params: siteParamsSchema,
    body: z.object({ delete: z.boolean().default(false) }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
});
