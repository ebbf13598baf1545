import { z } from 'zod';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { requestSchema } from './runs.ts';

/** A place where an item names the site by its address. */
const mentionSchema = z.object({ site: z.string(), item: z.string().describe('text id'), title: z.string().nullable(), field: z.string() });

export const movePreviewSchema = z.object({
  /** Both with the root path. */
  from: z.string(),
  to: z.string(),
  /** Why the move would be refused now; empty when it would not. */
  problems: z.array(z.string()),
  /** Addresses below the old place that lead on, as paths of files. */
  pages: z.array(z.string()),
  /** Files below the old place that are not served there any more: only the line of the CDN's table leads on from them. */
  stopsServing: z.array(z.string()),
  /** Items that name the site by its address and are changed with it. */
  repointed: z.array(mentionSchema),
  /** Texts that mention the old address; they stay as they are, and redirect pages lead on from there. */
  mentions: z.array(mentionSchema),
  /** Null when the site stands there already. */
  redirectLine: z.string().nullable(),
});
export type MovePreview = z.infer<typeof movePreviewSchema>;

/** The result of a move, as its run and `studio sites move --json` show it. */
export const moveResultSchema = z.object({
  from: z.string(),
  to: z.string(),
  url: z.string(),
  /** Null when the site stands there already. */
  redirectLine: z.string().nullable(),
  redirectPages: z.number().int(),
  /** Files that are not served at the old place any more. */
  removedFiles: z.number().int(),
  /** The first of them, at most 200. */
  removed: z.array(z.string()),
  repointed: z.array(z.object({ site: z.string(), item: z.string(), field: z.string() })),
  /** What a person has to do, in sentences. */
  byHand: z.array(z.string()),
});

const urlPathSchema = z.string().max(2048).describe('without the root path of the starter');

export const moveContracts = defineContracts({
  'GET /api/v1/sites/:site/moves/preview': {
    summary: 'What a move of a published site would do; changes nothing',
    access: 'signedIn',
    params: siteParamsSchema,
    query: z.object({ urlPath: urlPathSchema }),
    status: 200,
    response: movePreviewSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/sites/:site/moves': {
    summary: 'Moves a published site to another address and leads readers on from the old one',
    access: 'signedIn',
    audit: 'site-move',
    params: siteParamsSchema,
    body: z.strictObject({ urlPath: urlPathSchema }),
    status: 202,
    response: requestSchema,
    errors: ['notFound', 'forbidden', 'wrongState', 'urlInUse'],
  },
});
