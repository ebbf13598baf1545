import { z } from 'zod';
import { phaseStates, runStates } from '#domain/runs.ts';
import { builderSchema, pageQuerySchema, personSchema, problemSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const phaseSchema = z.object({
  id: z.string(),
  title: z.string(),
  doing: z.string(),
  state: z.enum(phaseStates),
  startedAt: timestampSchema.nullable(),
  endedAt: timestampSchema.nullable(),
  /** Which try this is, from 1. */
  attempt: z.number().int(),
  /** When the next try starts, while `state` is `retrying`. */
  nextAttemptAt: timestampSchema.nullable(),
  /** One line of what the phase did: "312 of 1,933 files changed, 4.1 MB". */
  summary: z.string().nullable(),
  counts: z.record(z.string(), z.number()),
  /** Why the last try failed, in an author's words. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Phase = z.infer<typeof phaseSchema>;

export const runSchema = z.object({
  id: z.uuid(),
  process: z.string().describe('id of the process in the catalogue, such as publish-site'),
  title: z.string(),
  about: z.string().nullable().describe('what of the site it concerns, such as the name of a video’s file; null for all of it'),
  site: z.object({ name: z.string(), title: z.string() }).nullable(),
  version: versionSchema.nullable(),
  state: z.enum(runStates),
  /** Id of the phase it is in, or was in when it ended. */
  phase: z.string().nullable(),
  phases: z.array(phaseSchema),
  requestedBy: z.array(z.object({ person: personSchema.nullable(), at: timestampSchema })),
  startedAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** What made it fail, each with its file and line where known. */
  problems: z.array(problemSchema),
  /** What people should know although it went on. */
  warnings: z.array(problemSchema),
  commit: z.string().nullable(),
  /** What builds it; null while that is not frozen, and where a run publishes nothing. */
  builder: builderSchema.nullable(),
  /** Where readers see the result, when there is one. */
  url: z.string().nullable(),
  /** Where the output of the run can be looked at without deploying it, by whoever has the address; null while there is none. */
  previewUrl: z.string().nullable(),
  /** The outcome's own fields, such as `changed` and `uploadedBytes` of a publish. */
  result: z.record(z.string(), z.unknown()).nullable(),
  can: z.object({ retry: z.boolean(), cancel: z.boolean(), giveUp: z.boolean() }),
  workflowId: z.string(),
  /** The run in the Temporal UI; null for people who may not see it. */
  temporalUrl: z.string().nullable(),
});
export type Run = z.infer<typeof runSchema>;

const runParamsSchema = z.object({ run: z.uuid() });

export const requestSchema = z.object({
  id: z.uuid(),
  process: z.string(),
  site: z.string().nullable(),
  version: versionSchema.nullable(),
  at: timestampSchema,
  /** `engine`: not yet handed to Temporal. `queued`: the pass before it still runs. `taken`: `runId` is set. */
  state: z.enum(['engine', 'queued', 'taken']),
  /** A sentence such as "Waiting for the engine." */
  message: z.string(),
  runId: z.uuid().nullable(),
});
export type RunRequest = z.infer<typeof requestSchema>;

export const runContracts = defineContracts({
  'GET /api/v1/runs': {
    summary: 'Runs the caller may see, newest first',
    access: 'signedIn',
    query: pageQuerySchema.extend({
      site: z.string().optional(),
      process: z.string().optional(),
      state: z.enum(runStates).optional(),
      version: versionSchema.optional(),
    }),
    status: 200,
    response: z.object({ total: z.number().int(), runs: z.array(runSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/runs/:run': {
    summary: 'One run with its whole timeline',
    access: 'signedIn',
    params: runParamsSchema,
    status: 200,
    response: runSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/requests/:request': {
    summary: 'What became of one request to start a process',
    access: 'signedIn',
    params: z.object({ request: z.uuid() }),
    status: 200,
    response: requestSchema,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/runs/:run/retry': {
    summary: 'Repeats the failed step on the same frozen input',
    access: 'signedIn',
    audit: 'run-retry',
    params: runParamsSchema,
    status: 202,
    response: runSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
  'POST /api/v1/runs/:run/cancel': {
    summary: 'Asks a run to stop; a publish stops only before it begins to deploy',
    access: 'signedIn',
    audit: 'run-cancel',
    params: runParamsSchema,
    status: 202,
    response: runSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
  'POST /api/v1/runs/:run/give-up': {
    summary: 'Closes a failed run without another try',
    access: 'signedIn',
    audit: 'run-give-up',
    params: runParamsSchema,
    status: 202,
    response: runSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'],
  },
});
