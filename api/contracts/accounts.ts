import { z } from 'zod';
import { waitingKindNames } from '#domain/waiting.ts';
import { pageQuerySchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { globalRoles, siteRoles } from './people.ts';

const siteWithRoleSchema = z.object({ name: z.string(), title: z.string(), role: z.enum(siteRoles) });

export const listedPersonSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  roles: z.array(z.enum(globalRoles)),
  siteCount: z.number().int().describe('sites on which the person has a role'),
  state: z.enum(['active', 'invited', 'closed']).describe('`invited` until the first sign-in'),
  lastSignInAt: timestampSchema.nullable(),
});
export type ListedPerson = z.infer<typeof listedPersonSchema>;

export const waitingSchema = z.object({
  kind: z.enum(waitingKindNames),
  site: z.object({ name: z.string(), title: z.string() }).nullable(),
  runId: z.uuid().nullable(),
  /** Title of the process, for a run. */
  what: z.string().nullable(),
  since: timestampSchema,
  others: z.number().int().nullable().describe('others with an open account who answer for the site; null where that is no question'),
});
export type Waiting = z.infer<typeof waitingSchema>;

export const personDetailSchema = listedPersonSchema.extend({
  sites: z.array(siteWithRoleSchema),
  /** What waits on the person; at most a hundred lines of it. */
  waiting: z.object({ total: z.number().int(), list: z.array(waitingSchema) }),
  can: z.object({ close: z.boolean(), open: z.boolean(), impersonate: z.boolean() }),
});
export type PersonDetail = z.infer<typeof personDetailSchema>;

const personParamsSchema = z.object({ person: z.uuid() });

export const accountContracts = defineContracts({
  'GET /api/v1/account': {
    summary: 'What one’s own account has: sites, and what one asked for',
    access: 'signedIn',
    status: 200,
    response: z.object({
      sites: z.array(siteWithRoleSchema),
      requests: z.array(z.object({ site: z.string(), message: z.string(), state: z.enum(['open', 'approved', 'refused']), answer: z.string().nullable(), askedAt: timestampSchema })),
      can: z.object({ change: z.boolean(), manageTokens: z.boolean() }),
    }),
    errors: [],
  },
  'GET /api/v1/people': {
    summary: 'Everybody who signed in or was given a role',
    access: 'signedIn',
    query: pageQuerySchema.extend({ search: z.string().max(254).optional(), role: z.enum([...globalRoles, ...siteRoles]).optional(), state: z.enum(['open', 'closed']).optional() }),
    status: 200,
    response: z.object({ total: z.number().int(), people: z.array(listedPersonSchema) }),
    errors: ['forbidden'],
  },
  'GET /api/v1/people/:person': {
    summary: 'A person’s roles, and what waits on them',
    access: 'signedIn',
    params: personParamsSchema,
    status: 200,
    response: personDetailSchema,
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/people/:person/close': {
    summary: 'Closes a person’s account: ends their sessions, and the tokens they made',
    access: 'signedIn',
    audit: 'person-close',
    params: personParamsSchema,
    status: 200,
    response: z.object({ sessionsEnded: z.number().int(), tokensRevoked: z.number().int(), person: personDetailSchema }),
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'POST /api/v1/people/:person/open': {
    summary: 'Opens a closed account again, with the roles it has',
    access: 'signedIn',
    audit: 'person-open',
    params: personParamsSchema,
    status: 200,
    response: personDetailSchema,
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/people/:person/hand-over': {
    summary: 'Makes somebody else the owner of every site this person owns',
    access: 'signedIn',
    audit: 'owner-change',
    params: personParamsSchema,
    body: z.object({ email: z.email().max(254) }),
    status: 200,
    response: z.object({ sites: z.array(z.string()), person: personDetailSchema }),
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'POST /api/v1/people/:person/impersonation': {
    summary: 'Acts as this person from now on, for an hour at most; every line of the audit log names both',
    access: 'signedIn',
    audit: 'impersonation-begin',
    params: personParamsSchema,
    status: 200,
    response: z.object({ until: timestampSchema }),
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'DELETE /api/v1/impersonation': {
    summary: 'Stops acting as somebody else',
    access: 'signedIn',
    audit: 'impersonation-end',
    status: 200,
    response: z.object({ isSignedIn: z.boolean().describe('false when one’s own session has ended meanwhile') }),
    errors: ['conflict'],
  },
});
