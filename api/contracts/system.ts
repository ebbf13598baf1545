import { z } from 'zod';
import { builderSchema, timestampSchema } from './common.ts';
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
      builder: z.object({
        /** What builds sites that choose none. */
        usual: builderSchema,
        /** Whether a Concourse is set up that a site could be handed to. */
        hasConcourse: z.boolean(),
        /** Sites that another one builds, the first of them by name; null for people who may not see all sites. */
        others: z.object({ total: z.number().int(), first: z.array(z.object({ name: z.string(), title: z.string() })) }).nullable(),
      }),
      /** Bytes read from Google Drive today (UTC), or being read, and how many may be; `limitBytes` is null without a limit. Null where no Drive is set up. */
      driveEgress: z.object({ bytes: z.number().int(), limitBytes: z.number().int().nullable() }).nullable(),
      /** When it was last looked for changes in Google Drive; null before the first look. */
      driveWatchedAt: timestampSchema.nullable(),
      draftSiteUrl: z.string(),
      liveSiteUrl: z.string(),
    }),
    errors: [],
  },
  'POST /api/v1/system/adopt': {
    summary: 'Declares this database to belong to this installation, so that outward effects are on again',
    access: 'signedIn',
    audit: 'installation-adopt',
    status: 200,
    response: z.object({ installation: z.string() }),
    errors: ['forbidden'],
  },
});
