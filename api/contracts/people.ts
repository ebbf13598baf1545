import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const globalRoles = ['global_admin', 'global_author'] as const;
export const siteRoles = ['owner', 'admin', 'editor'] as const;
const grantBodySchema = z.object({
  email: z.email().max(254),
  role: z.enum([...globalRoles, ...siteRoles]),
  /** Name of the site; required for owner, admin and editor, refused for the global roles. */
  site: z.string().optional(),
});

export const meSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  roles: z.array(z.enum(globalRoles)),
  can: z.object({ seeAllSites: z.boolean(), inspect: z.boolean(), importSites: z.boolean(), syncStarters: z.boolean(), syncImports: z.boolean(), chooseBuilders: z.boolean(), grant: z.boolean() }),
  signOutUrl: z.string(),
  /** The admin who acts in this person’s name, and until when; null for who acts in their own. */
  actedBy: z.object({ id: z.uuid(), name: z.string(), until: timestampSchema }).nullable(),
});
export type Me = z.infer<typeof meSchema>;

export const peopleContracts = defineContracts({
  'GET /api/v1/me': {
    summary: 'Who is signed in and what they may do',
    access: 'signedIn',
    status: 200,
    response: meSchema,
    errors: [],
  },
  'POST /api/v1/grants': {
    summary: 'Gives a person a role; the person need not have signed in yet',
    access: 'signedIn',
    audit: 'role-give',
    body: grantBodySchema,
    status: 200,
    response: z.object({ email: z.string(), role: z.string(), site: z.string().nullable(), changed: z.boolean() }),
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/grants/revoke': {
    summary: 'Takes a role back',
    access: 'signedIn',
    audit: 'role-take',
    body: grantBodySchema,
    status: 200,
    response: z.object({ email: z.string(), role: z.string(), site: z.string().nullable(), changed: z.boolean() }),
    errors: ['forbidden', 'notFound', 'conflict'],
  },
  'DELETE /api/v1/session': {
    summary: 'Signs out',
    access: 'signedIn',
    audit: 'sign-out',
    status: 200,
    response: z.object({ redirectTo: z.string() }),
    errors: [],
  },
});
