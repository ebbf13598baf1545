import { z } from 'zod';
import { defineContracts } from './contract.ts';

export const systemContracts = defineContracts({
  'GET /api/v1/system': {
    summary: 'What this installation is made of and whether its parts answer',
    access: 'signedIn',
    status: 200,
    response: z.object({
      version: z.string(),
      installation: z.string(),
      /** False on a copy of another installation: nothing leaves until an admin adopts it. */
      outwardEffects: z.boolean(),
      parts: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })),
      temporalUiUrl: z.string().nullable(),
      draftSiteUrl: z.string(),
      liveSiteUrl: z.string(),
    }),
    errors: [],
  },
  'POST /api/v1/system/adopt': {
    summary: 'Declares this database to belong to this installation, so that outward effects are on again',
    access: 'signedIn',
    status: 200,
    response: z.object({ installation: z.string() }),
    errors: ['forbidden'],
  },
});
