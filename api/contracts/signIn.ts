import { z } from 'zod';
import { defineContracts } from './contract.ts';

export const signInContracts = defineContracts({
  'GET /api/v1/sign-in': {
    summary: 'By which services one can sign in, and where the privacy policy stands',
    access: 'anyone',
    status: 200,
    response: z.object({
      /** In the order in which they are offered; `path` begins a sign-in and takes `returnTo`. Empty where none is set up. */
      services: z.array(z.object({ id: z.enum(['saml', 'oidc']), title: z.string(), path: z.string() })),
      /** Null where none is set up. */
      privacyPolicyUrl: z.url().nullable(),
    }),
    errors: [],
  },
});
