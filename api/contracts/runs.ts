import { z } from 'zod';
import { COUNTED_RUNS, phaseStates, runStates } from '#domain/runs.ts';
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

const runFilter = {
  site: z.string().optional(),
  process: z.string().optional(),
  version: versionSchema.optional(),
  person: z.string().trim().min(1).max(254).optional().describe('who asked: an e-mail address, exactly, or a part of a name'),
  since: timestampSchema.optional().describe('begun at this moment or later'),
  until: timestampSchema.optional().describe('begun before this moment'),
};

export const runContracts = defineContracts({
  'GET /api/v1/runs': {
    summary: 'Runs the caller may see, newest first',
    access: 'signedIn',
    query: pageQuerySchema.extend({ ...runFilter, state: z.enum(runStates).optional(), waits: z.literal('person').optional().describe('only those that go on when a person says so'), offset: z.coerce.number().int().min(0).max(COUNTED_RUNS).default(0) }),
    status: 200,
    response: z.object({ total: z.number().int().describe(`counted to ${COUNTED_RUNS}`), runs: z.array(runSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/run-counts': {
    summary: 'How many runs the caller may see are in each state, and how many wait for a person',
    access: 'signedIn',
    query: z.object(runFilter),
    status: 200,
    response: z.object({ counts: z.object({ running: z.number().int(), succeeded: z.number().int(), failed: z.number().int(), cancelled: z.number().int(), superseded: z.number().int(), terminated: z.number().int(), waiting: z.number().int() }), countedTo: z.number().int().describe('a count that reaches this is at least as large') }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/run-differences': {
    summary: 'What is open in Temporal without an open run, and which runs are open without an execution',
    access: 'signedIn',
    status: 200,
    response: z.object({
      rowsWithoutExecution: z.array(z.object({ run: z.uuid(), process: z.string(), title: z.string(), site: z.string().nullable(), state: z.enum(runStates), startedAt: timestampSchema })),
      executionsWithoutRow: z.array(z.object({ workflowId: z.string(), workflowType: z.string(), title: z.string(), startedAt: timestampSchema, temporalUrl: z.string().nullable(), isUsual: z.boolean().describe('its process waits, or never has a run') })),
      /** How many of each were compared; more than that are not looked at. */
      compared: z.object({ rows: z.number().int(), executions: z.number().int(), isWhole: z.boolean() }),
    }),
    errors: ['forbidden', 'engineUnavailable'],
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
