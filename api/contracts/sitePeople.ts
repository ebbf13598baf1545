import { z } from 'zod';
import { siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const sitePersonSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string().nullable().describe('for those who may change the list; null for others'),
  role: z.enum(['owner', 'admin', 'editor']),
  state: z.enum(['active', 'invited', 'closed']).describe('`invited` until the first sign-in'),
  since: timestampSchema,
});
export type SitePerson = z.infer<typeof sitePersonSchema>;

export const accessRequestSchema = z.object({
  id: z.uuid(),
  person: z.object({ id: z.uuid(), name: z.string(), email: z.string() }),
  message: z.string(),
  askedAt: timestampSchema,
});

export const sitePeopleSchema = z.object({
  people: z.array(sitePersonSchema),
  /** What waits for a decision; empty for those who may not decide. */
  requests: z.array(accessRequestSchema),
  can: z.object({ manage: z.boolean(), changeOwner: z.boolean(), leave: z.boolean() }),
});
export type SitePeople = z.infer<typeof sitePeopleSchema>;

const givenRoleSchema = z.enum(['admin', 'editor']);
const personOfSiteSchema = siteParamsSchema.extend({ person: z.uuid() });
const requestParamsSchema = z.object({ request: z.uuid() });
const email = z.email().max(254);

export const sitePeopleContracts = defineContracts({
  'GET /api/v1/sites/:site/people': {
    summary: 'Who works on a site, and who asks to',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: sitePeopleSchema,
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/sites/:site/people': {
    summary: 'Invites somebody to a site by e-mail; they need not have signed in yet',
    access: 'signedIn',
    audit: 'role-give',
    params: siteParamsSchema,
    body: z.object({ email, role: givenRoleSchema }),
    status: 201,
    response: sitePersonSchema,
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'PATCH /api/v1/sites/:site/people/:person': {
    summary: 'Gives somebody another role on a site',
    access: 'signedIn',
    audit: 'role-give',
    params: personOfSiteSchema,
    body: z.object({ role: givenRoleSchema }),
    status: 200,
    response: sitePersonSchema,
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'DELETE /api/v1/sites/:site/people/:person': {
    summary: 'Takes somebody off a site; everybody may leave',
    access: 'signedIn',
    audit: 'role-take',
    params: personOfSiteSchema,
    status: 200,
    response: z.object({ removed: z.boolean() }),
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'PUT /api/v1/sites/:site/owner': {
    summary: 'Makes somebody the owner of a site; who was it becomes an admin',
    access: 'signedIn',
    audit: 'owner-change',
    params: siteParamsSchema,
    body: z.object({ email }),
    status: 200,
    response: sitePersonSchema,
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'POST /api/v1/access-requests': {
    summary: 'Asks those who answer for a site for access; the answer is the same whether or not there is a site of that name',
    access: 'signedIn',
    audit: 'access-ask',
    body: z.object({ site: z.string().trim().min(1).max(512), message: z.string().trim().min(1).max(2_000) }),
    status: 202,
    response: z.object({ message: z.string() }),
    errors: ['forbidden', 'conflict', 'tooManyRequests'],
  },
  'POST /api/v1/access-requests/:request/approve': {
    summary: 'Gives who asked a role on the site',
    access: 'signedIn',
    audit: 'access-decide',
    params: requestParamsSchema,
    body: z.object({ role: givenRoleSchema }),
    status: 200,
    response: z.object({ state: z.enum(['approved', 'refused']) }),
    errors: ['forbidden', 'notFound', 'wrongState'],
  },
  'POST /api/v1/access-requests/:request/refuse': {
    summary: 'Tells who asked that they get no access',
    access: 'signedIn',
    audit: 'access-decide',
    params: requestParamsSchema,
    body: z.object({ answer: z.string().trim().max(2_000).optional() }),
    status: 200,
    response: z.object({ state: z.enum(['approved', 'refused']) }),
    errors: ['forbidden', 'notFound', 'wrongState'],
  },
});
