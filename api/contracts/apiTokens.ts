import { z } from 'zod';
import { TOKEN_DAYS, TOKEN_DAYS_AT_MOST, tokenScopeNames } from '#domain/tokenScopes.ts';
import { personSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const apiTokenSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  prefix: z.string().nullable().describe('how the token begins; null for one of the installation’s configuration'),
  scopes: z.array(z.enum(tokenScopeNames)).nullable().describe('null for a token of the configuration, which has `roles`'),
  roles: z.array(z.string()),
  sites: z.array(z.string()).nullable().describe('names of the only sites it is for; null for all'),
  madeBy: personSchema.nullable(),
  madeAt: timestampSchema,
  expiresAt: timestampSchema.nullable(),
  revokedAt: timestampSchema.nullable(),
  lastUsedAt: timestampSchema.nullable(),
  state: z.enum(['works', 'expired', 'revoked']),
});
export type ApiToken = z.infer<typeof apiTokenSchema>;

export const newTokenSchema = z.object({
  name: z.string().trim().min(1).max(100).describe('what the token is for; no two have the same'),
  scopes: z.array(z.enum(tokenScopeNames)).min(1).max(tokenScopeNames.length),
  sites: z.array(z.string().min(1).max(512)).min(1).max(100).optional().describe('names of the only sites it is for; left out, it is for all'),
  days: z.number().int().min(1).max(TOKEN_DAYS_AT_MOST).default(TOKEN_DAYS).describe('how long it works'),
});

export const apiTokenContracts = defineContracts({
  'GET /api/v1/tokens': {
    summary: 'Tokens of machines, also those that work no more',
    access: 'signedIn',
    status: 200,
    response: z.object({ tokens: z.array(apiTokenSchema) }),
    errors: ['forbidden'],
  },
  'POST /api/v1/tokens': {
    summary: 'Makes a token for a machine; the answer is the only place where it stands in full',
    access: 'signedIn',
    audit: 'token-make',
    body: newTokenSchema,
    status: 201,
    response: apiTokenSchema.extend({ secret: z.string() }),
    errors: ['forbidden', 'notFound', 'nameInUse'],
  },
  'DELETE /api/v1/tokens/:token': {
    summary: 'Revokes a token, for good and at once',
    access: 'signedIn',
    audit: 'token-revoke',
    params: z.object({ token: z.uuid() }),
    status: 200,
    response: z.object({ name: z.string() }),
    errors: ['forbidden', 'notFound'],
  },
});
