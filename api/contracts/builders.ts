import { z } from 'zod';
import { definitionKinds } from '#domain/concourse/renderDefinition.ts';
import { builderSchema, siteParamsSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const builderContracts = defineContracts({
  'GET /api/v1/sites/:site/builder': {
    summary: 'What builds and deploys a site',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: z.object({ builder: builderSchema, own: builderSchema.nullable().describe('null: whatever the installation builds with') }),
    errors: ['notFound', 'forbidden'],
  },
  'PUT /api/v1/sites/:site/builder': {
    summary: 'Chooses what builds and deploys a site from its next publish on; its pipelines in Concourse are defined, and stay paused until then',
    access: 'signedIn',
    audit: 'settings-change',
    params: siteParamsSchema,
    body: z.strictObject({ builder: builderSchema }),
    status: 200,
    response: z.object({ builder: builderSchema, own: builderSchema.nullable(), pipelines: z.array(z.string()).describe('what was defined or paused in Concourse') }),
    errors: ['notFound', 'forbidden', 'wrongState', 'builderUnavailable'],
  },
  'GET /api/v1/sites/:site/pipelines/:kind': {
    summary: 'The definition of a pipeline of Concourse, with names in place of secrets; only the kind ‘site’ is about the site',
    access: 'signedIn',
    params: siteParamsSchema.extend({ kind: z.enum(definitionKinds) }),
    query: z.object({ version: versionSchema.default('live'), theme: z.string().max(200).default(''), offline: z.enum(['true', 'false']).default('false'), delete: z.enum(['true', 'false']).default('false') }),
    status: 200,
    response: z.object({ name: z.string(), vars: z.record(z.string(), z.unknown()).nullable(), pipeline: z.record(z.string(), z.unknown()) }),
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
