import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

export const starterSchema = z.object({
  slug: z.string(),
  name: z.string(),
  status: z.enum(['default', 'active', 'inactive']),
  commit: z.string().nullable(),
  /** Why the newest configuration was not taken, when it was not. */
  fault: z.string().nullable(),
  /** Since when the projects repository has no such configuration. Its sites go on with the one in use. */
  removedAt: timestampSchema.nullable(),
  siteCount: z.number().int(),
  updatedAt: timestampSchema,
});

const starterParamsSchema = z.object({ starter: z.string().min(1).max(30).describe('slug of the starter') });
const faultSchema = z.object({ path: z.string(), line: z.number().int().nullable(), reason: z.string() });
const fieldSchema = z.object({ name: z.string(), label: z.string(), widget: z.string(), required: z.boolean(), help: z.string().nullable(), settings: z.array(z.string()).describe('what else is said of it, readable'), fields: z.array(z.object({ name: z.string(), label: z.string(), widget: z.string() })) });

/** A file of this many characters is far larger than any real configuration. */
const textSchema = z.string().min(1, 'Give the text of the configuration.').max(512 * 1024);

export const starterDetailSchema = starterSchema.extend({
  path: z.string(),
  file: z.string().nullable().describe('in the projects repository'),
  rootPath: z.string().nullable(),
  urlFormat: z.string().nullable(),
  hugoVersion: z.string().nullable(),
  kinds: z.array(z.object({ name: z.string(), label: z.string(), category: z.string(), place: z.string(), fields: z.array(fieldSchema) })),
  /** As it was read last; null until it is read again. */
  text: z.string().nullable(),
  draft: z.object({ text: z.string(), at: timestampSchema, by: z.string().nullable(), patch: z.string().describe('for git apply in the projects repository; empty when it is the same') }).nullable(),
  sites: z.object({ total: z.number().int(), archived: z.number().int(), first: z.array(z.object({ name: z.string(), title: z.string() })) }),
  history: z.array(z.object({ commit: z.string(), changes: z.array(z.string()), sites: z.number().int(), at: timestampSchema })),
});
export type StarterDetail = z.infer<typeof starterDetailSchema>;

export const starterValidationSchema = z.object({
  faults: z.array(faultSchema),
  /** What would be another than in the configuration in use. */
  changes: z.array(z.string()),
  sites: z.number().int().describe('how many would get it'),
  /** Items of the kinds that would change: all of them, and how many were looked at. */
  items: z.number().int(),
  looked: z.number().int(),
  misfitCount: z.number().int(),
  misfits: z.array(z.object({ site: z.string(), textId: z.string(), type: z.string(), title: z.string().nullable(), issues: z.array(z.object({ path: z.string(), message: z.string() })) })),
});
export type StarterValidation = z.infer<typeof starterValidationSchema>;

export const starterContracts = defineContracts({
  'GET /api/v1/starters': {
    summary: 'Starters and whether their newest configuration was taken',
    access: 'signedIn',
    status: 200,
    response: z.object({ starters: z.array(starterSchema) }),
    errors: [],
  },
  'POST /api/v1/starters/sync': {
    summary: 'Reads the starters from the projects repository again',
    access: 'signedIn',
    audit: 'process-start',
    status: 202,
    response: requestSchema,
    errors: ['forbidden'],
  },
  'GET /api/v1/starters/:starter': {
    summary: 'A starter with its kinds and fields, the sites that use it, and what the last readings changed',
    access: 'signedIn',
    params: starterParamsSchema,
    status: 200,
    response: starterDetailSchema,
    errors: ['notFound', 'forbidden'],
  },
  'PATCH /api/v1/starters/:starter': {
    summary: 'Changes the name or the status of a starter; its configuration is changed in the projects repository alone',
    access: 'signedIn',
    audit: 'starter-change',
    params: starterParamsSchema,
    body: z.strictObject({ name: z.string().trim().min(1, 'Give the starter a name.').max(100).optional(), status: z.enum(['default', 'active', 'inactive']).optional() }),
    status: 200,
    response: starterSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/starters/:starter/validation': {
    summary: 'Checks a configuration as a reading does, and what it would change for every site of the starter; nothing is kept',
    access: 'signedIn',
    params: starterParamsSchema,
    body: z.strictObject({ text: textSchema }),
    status: 200,
    response: starterValidationSchema,
    errors: ['notFound', 'forbidden'],
  },
  'PUT /api/v1/starters/:starter/draft': {
    summary: 'Keeps an edit of the configuration that is tried out; no site uses it',
    access: 'signedIn',
    audit: 'starter-change',
    params: starterParamsSchema,
    body: z.strictObject({ text: textSchema.nullable().describe('null throws it away') }),
    status: 200,
    response: starterDetailSchema,
    errors: ['notFound', 'forbidden'],
  },
});
