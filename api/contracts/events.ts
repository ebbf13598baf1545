import { z } from 'zod';
import { defineContracts } from './contract.ts';

/** One server-sent event `change`: what to read again. Never the thing itself, so rights are checked on reading. */
export const changeEventSchema = z.object({
  kind: z.enum(['run', 'request', 'site', 'presence']),
  site: z.string().nullable(),
  runId: z.uuid().nullable(),
});
export type ChangeEvent = z.infer<typeof changeEventSchema>;

export const eventContracts = defineContracts({
  'GET /api/v1/events': {
    summary: 'Server-sent events: hints that a run, request or site changed, or who edits an item',
    access: 'signedIn',
    query: z.object({ site: z.string().optional() }),
    status: 200,
    response: 'eventStream',
    errors: ['notFound', 'forbidden'],
  },
});
