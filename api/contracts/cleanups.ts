import { z } from 'zod';
import type { CleanupTotals } from '#domain/cleanup/totals.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

const cleanupRuleSchema = z.object({
  name: z.string(),
  title: z.string(),
  /** A rule that only reports. */
  isReadOnly: z.boolean(),
});

/** The result of a cleanup’s run; a dry run counts what would be. */
export interface CleanupResult extends CleanupTotals {
  readonly rule: string;
  readonly sites: number;
}

export const cleanupContracts = defineContracts({
  'GET /api/v1/cleanups/rules': {
    summary: 'The rules of cleaning, in the order in which they are best applied',
    access: 'signedIn',
    status: 200,
    response: z.object({ rules: z.array(cleanupRuleSchema) }),
    errors: ['forbidden'],
  },
  'POST /api/v1/cleanups': {
    summary: 'Applies a rule to the texts of many sites, or only reports what it would change',
    access: 'signedIn',
    audit: 'cleanup',
    body: z.strictObject({
      rule: z.string().min(1).max(100),
      sites: z.array(z.string().min(1).max(512)).min(1).max(1_000).optional().describe('names; every site when absent'),
      starter: z.string().min(1).max(30).optional().describe('slug: only sites of this starter'),
      publishedOnly: z.boolean().optional(),
      dryRun: z.boolean(),
      limit: z.number().int().min(1).optional().describe('at most this many items are changed'),
      csvOnlyChanges: z.boolean().optional().describe('leaves out of the report what is not replaced'),
    }),
    status: 202,
    response: requestSchema,
    errors: ['forbidden', 'notFound', 'starterMissing'],
  },
  'GET /api/v1/runs/:run/report.csv': {
    summary: 'What a cleanup found and did so far, one line per place',
    access: 'signedIn',
    params: z.object({ run: z.uuid() }),
    status: 200,
    response: 'csv',
    errors: ['forbidden', 'notFound'],
  },
});
