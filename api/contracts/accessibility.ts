import { z } from 'zod';
import { accessibilityRules } from '#domain/accessibility.ts';
import { pageQuerySchema, siteParamsSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const accessibilityFindingSchema = z.object({
  rule: z.enum(accessibilityRules),
  item: z.object({ textId: z.string(), type: z.string(), title: z.string().nullable() }).describe('where it is mended'),
  field: z.string(),
  label: z.string().describe('what the field is called in the form'),
  line: z.number().int().nullable().describe('in the field, from 1'),
  message: z.string(),
  shownOn: z.array(z.string()).describe('titles of the looked at pages that show it'),
});

export const accessibilitySchema = z.object({
  /** Items that were looked at. */
  items: z.number().int(),
  isWhole: z.boolean().describe('false where more items have changed than are looked at at once; the latest were'),
  total: z.number().int(),
  counts: z.object(Object.fromEntries(accessibilityRules.map((rule) => [rule, z.number().int()])) as Record<(typeof accessibilityRules)[number], z.ZodNumber>),
  findings: z.array(accessibilityFindingSchema),
});
export type Accessibility = z.infer<typeof accessibilitySchema>;

export const accessibilityContracts = defineContracts({
  'GET /api/v1/sites/:site/accessibility': {
    summary: 'What readers with a disability would miss: alternative texts, captions, headings, names of links, headers of tables',
    access: 'signedIn',
    params: siteParamsSchema,
    query: pageQuerySchema.extend({
      version: versionSchema.default('live'),
      scope: z.enum(['changed', 'all']).default('changed').describe('changed: what differs from the last publish of the version, and what that shows'),
      rule: z.enum(accessibilityRules).optional(),
    }),
    status: 200,
    response: accessibilitySchema,
    errors: ['notFound', 'forbidden', 'starterMissing'],
  },
});
