import { z } from 'zod';
import { massPublishKinds, massSiteStates, MAX_WINDOW } from '#domain/massPublish.ts';
import { runStates } from '#domain/runs.ts';
import { pageQuerySchema, personSchema, timestampSchema, versionSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

const countsSchema = z.object({
  waiting: z.number().int(),
  /** Their publish is asked for and has not ended. */
  asked: z.number().int(),
  succeeded: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
  cancelled: z.number().int(),
  undone: z.number().int(),
});

export const massPublishSchema = z.object({
  /** Of its run, and of its request. */
  id: z.uuid(),
  kind: z.enum(massPublishKinds),
  version: versionSchema,
  state: z.enum(runStates),
  isPaused: z.boolean(),
  /** Sites that are published at once. */
  window: z.number().int(),
  /** Which sites were chosen; null where all that are out were. */
  filter: z.object({ names: z.number().int().nullable(), starter: z.string().nullable(), source: z.string().nullable() }),
  /** What every site of it is built from; null for an undo, which builds nothing, and before the sites are chosen. */
  builtFrom: z.object({ themesCommit: z.string(), projectsCommit: z.string() }).nullable(),
  sites: z.number().int(),
  counts: countsSchema,
  summary: z.string(),
  requestedBy: personSchema.nullable(),
  startedAt: timestampSchema,
  endedAt: timestampSchema.nullable(),
  /** When the rest will be done if it goes on as it went; null where that cannot be told. */
  estimatedEndAt: timestampSchema.nullable(),
  reason: z.object({ code: z.string(), message: z.string() }).nullable(),
  /** The mass publish that this one undoes. */
  undoes: z.uuid().nullable(),
  /** The newest undo of this one. */
  undoneBy: z.uuid().nullable(),
  can: z.object({ pause: z.boolean(), resume: z.boolean(), cancel: z.boolean(), changeWindow: z.boolean(), retryFailed: z.boolean(), undo: z.boolean() }),
  /** The run in the Temporal UI. */
  temporalUrl: z.string().nullable(),
});
export type MassPublish = z.infer<typeof massPublishSchema>;

const massSiteSchema = z.object({
  site: z.object({ name: z.string(), title: z.string() }),
  state: z.enum(massSiteStates),
  /** Which try this is, from 1. */
  attempt: z.number().int(),
  /** The run of its publish, once one has taken it. */
  runId: z.uuid().nullable(),
  /** Why it failed, was left out or stopped. */
  reason: z.string().nullable(),
  askedAt: timestampSchema.nullable(),
  endedAt: timestampSchema.nullable(),
});
export type MassSite = z.infer<typeof massSiteSchema>;

const runParamsSchema = z.object({ run: z.uuid() });
const windowSchema = z.number().int().min(1).max(MAX_WINDOW);

const choiceSchema = z.strictObject({
  version: versionSchema,
  filter: z.array(z.string().min(1).max(512)).min(1).max(5_000).optional().describe('names of sites; every site that is out when absent'),
  starter: z.string().min(1).max(30).optional().describe('slug: only sites of this starter'),
  source: z.string().min(1).max(100).optional().describe('only sites that came from there'),
  window: windowSchema.optional().describe('sites that are published at once'),
});

const steering = { access: 'signedIn', params: runParamsSchema, audit: 'mass-publish-steer', status: 202, response: massPublishSchema, errors: ['notFound', 'forbidden', 'wrongState', 'engineUnavailable'] } as const;

export const massPublishContracts = defineContracts({
  'POST /api/v1/mass-publishes/preview': {
    summary: 'Which sites a mass publish would be about; changes nothing',
    access: 'signedIn',
    body: choiceSchema,
    status: 200,
    response: z.object({
      sites: z.number().int(),
      /** The first of them, by name. */
      first: z.array(z.string()),
      /** Of the sites that were named: those that cannot be published with others. */
      leftOut: z.array(z.string()),
      window: z.number().int(),
      /** Why it would be refused now, or null. */
      refusal: z.string().nullable(),
    }),
    errors: ['forbidden', 'notFound', 'starterMissing'],
  },
  'POST /api/v1/mass-publishes': {
    summary: 'Publishes one version of many sites, a few at a time',
    access: 'signedIn',
    audit: 'mass-publish',
    body: choiceSchema,
    status: 202,
    response: requestSchema,
    errors: ['forbidden', 'notFound', 'starterMissing', 'wrongState'],
  },
  'GET /api/v1/mass-publishes': {
    summary: 'Mass publishes and their undoing, newest first',
    access: 'signedIn',
    query: pageQuerySchema,
    status: 200,
    response: z.object({ total: z.number().int(), massPublishes: z.array(massPublishSchema) }),
    errors: ['forbidden'],
  },
  'GET /api/v1/mass-publishes/:run': {
    summary: 'One mass publish: how far it is and when it will be done',
    access: 'signedIn',
    params: runParamsSchema,
    status: 200,
    response: massPublishSchema,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/mass-publishes/:run/sites': {
    summary: 'What became of each site, in their order',
    access: 'signedIn',
    params: runParamsSchema,
    query: pageQuerySchema.extend({ state: z.enum(massSiteStates).optional() }),
    status: 200,
    response: z.object({ total: z.number().int(), sites: z.array(massSiteSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/mass-publishes/:run/pause': { summary: 'Asks for no more sites until it is resumed', ...steering },
  'POST /api/v1/mass-publishes/:run/resume': { summary: 'Lets a paused mass publish go on', ...steering },
  'POST /api/v1/mass-publishes/:run/cancel': { summary: 'Asks for no more sites and ends when what began has ended', ...steering },
  'POST /api/v1/mass-publishes/:run/window': { summary: 'Changes how many sites are published at once', ...steering, body: z.strictObject({ window: windowSchema }) },
  'POST /api/v1/mass-publishes/:run/retry-failed': { summary: 'Asks once more for the sites that failed', ...steering },
  'POST /api/v1/mass-publishes/:run/undo': {
    summary: 'Brings back what its sites showed before, except those published by hand since',
    access: 'signedIn',
    audit: 'mass-publish-steer',
    params: runParamsSchema,
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
