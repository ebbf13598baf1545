import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const youtubeStateSchema = z.object({
  /** Whether there is a consent to use. */
  isConfigured: z.boolean(),
  /** What is spent of YouTube’s limits today; empty while nothing was. */
  buckets: z.array(
    z.object({
      bucket: z.enum(['units', 'inserts', 'uploads']),
      day: z.string().describe('in California, 2026-11-01'),
      spent: z.number().int(),
      limit: z.number().int(),
      waiting: z.number().int().describe('how many wait for a share'),
      until: timestampSchema.nullable().describe('when there is more; null while there is some, or while a person has to act'),
      /** Why others are sent away; null while nobody is. */
      reason: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
});
export type YoutubeState = z.infer<typeof youtubeStateSchema>;

export const youtubeContracts = defineContracts({
  'GET /api/v1/youtube': {
    summary: 'What YouTube lets the studio do today, who waits, and what stops it',
    access: 'signedIn',
    status: 200,
    response: youtubeStateSchema,
    errors: ['forbidden'],
  },
  'POST /api/v1/youtube/resumptions': {
    summary: 'Says that what stopped the channel is mended: waiting videos go on',
    access: 'signedIn',
    audit: 'process-start',
    status: 202,
    response: z.object({}),
    errors: ['forbidden', 'engineUnavailable'],
  },
});
