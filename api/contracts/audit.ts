import { z } from 'zod';
import { type AuditAction, auditActions, auditActorKinds, auditKinds } from '#domain/audit.ts';
import { siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

const filterSchema = z.object({
  kind: z.enum(auditKinds).optional(),
  action: z.enum(Object.keys(auditActions) as [AuditAction, ...AuditAction[]]).optional(),
  person: z.string().trim().min(1).max(254).optional().describe('an e-mail address, exactly, or a part of a name'),
  outcome: z.enum(['done', 'refused', 'failed', 'unknown']).optional(),
  since: timestampSchema.optional(),
  until: timestampSchema.optional().describe('before this moment'),
  text: z.string().trim().min(1).max(200).optional().describe('a part of a name, of a site’s name, or of what an entry says beside'),
});
const allFilterSchema = filterSchema.extend({ site: z.string().min(1).max(512).optional().describe('name of a site, also of one that is gone') });

/** The log only grows, so it is read by the last entry one has rather than by a number. */
const pageSchema = { limit: z.coerce.number().int().min(1).max(100).default(50), before: z.uuid().optional().describe('id of the entry behind which to go on') };

export const auditEntrySchema = z.object({
  id: z.uuid(),
  at: timestampSchema,
  action: z.string(),
  kind: z.enum(auditKinds),
  actor: z.object({ kind: z.enum(auditActorKinds), id: z.uuid().nullable(), name: z.string() }),
  /** The admin who acted in the actor’s name. */
  impersonator: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** `isThere` is false once the site is gone. */
  site: z.object({ name: z.string(), isThere: z.boolean() }).nullable(),
  /** What the address of the request named. */
  target: z.record(z.string(), z.string()),
  /** What the request said beside. */
  detail: z.record(z.string(), z.unknown()),
  /** From where it was asked for; null where that is not told. */
  ip: z.string().nullable(),
  /** Null while it is not known. */
  outcome: z.enum(['done', 'refused', 'failed']).nullable(),
  /** The code of the refusal or failure. */
  code: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

const listSchema = z.object({
  entries: z.array(auditEntrySchema),
  /** Give it as `before` for the next ones; null at the end. */
  next: z.uuid().nullable(),
});

export const auditContracts = defineContracts({
  'GET /api/v1/audit': {
    summary: 'What was done by whom, newest first, of all sites',
    access: 'signedIn',
    query: allFilterSchema.extend(pageSchema),
    status: 200,
    response: listSchema,
    errors: ['forbidden'],
  },
  'GET /api/v1/audit.csv': {
    summary: 'Every entry of the audit log that fits, newest first, as CSV',
    access: 'signedIn',
    query: allFilterSchema,
    status: 200,
    response: 'csv',
    errors: ['forbidden'],
  },
  'GET /api/v1/sites/:site/audit': {
    summary: 'What was done to a site and by whom, newest first; without addresses of people and machines',
    access: 'signedIn',
    params: siteParamsSchema,
    query: filterSchema.extend(pageSchema),
    status: 200,
    response: listSchema,
    errors: ['forbidden', 'notFound'],
  },
});
