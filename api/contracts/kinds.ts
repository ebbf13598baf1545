import { z } from 'zod';
import { fieldSchema } from '#domain/siteConfigSchema.ts';
import { siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** A kind of content as the form of an item needs it. */
export const kindSchema = z.object({
  name: z.string(),
  label: z.string(),
  labelSingular: z.string().nullable().describe('what one of it is called, where the starter says so'),
  category: z.string(),
  /** A repeatable kind has a folder, one that stands once has a file. */
  folder: z.string().nullable(),
  file: z.string().nullable(),
  slug: z.string().nullable(),
  /** As the starter has them, options unfolded; a title that the starter does not mention stands first. */
  fields: z.array(fieldSchema),
  isTitleImplied: z.boolean().describe('whether the field of the title is not the starter’s own'),
  count: z.number().int().describe('items there are, without those deleted'),
  can: z.object({ add: z.boolean(), edit: z.boolean() }),
});
export type Kind = z.infer<typeof kindSchema>;

export const siteKindsSchema = z.object({
  site: z.object({ name: z.string(), title: z.string(), wasLive: z.boolean().describe('whether readers may have kept its addresses') }),
  kinds: z.array(kindSchema),
});
export type SiteKinds = z.infer<typeof siteKindsSchema>;

export const kindContracts = defineContracts({
  'GET /api/v1/sites/:site/kinds': {
    summary: 'The kinds of content of a site with their fields, in the starter’s order',
    access: 'signedIn',
    params: siteParamsSchema,
    status: 200,
    response: siteKindsSchema,
    errors: ['notFound', 'forbidden', 'starterMissing'],
  },
  'GET /api/v1/sites/:site/items/:item/file': {
    summary: 'The uploaded file of an item: a picture to be shown, anything else to be saved',
    access: 'signedIn',
    params: siteParamsSchema.extend({ item: z.string().min(1).max(128).describe('text id of the item') }),
    status: 200,
    response: 'file',
    errors: ['notFound', 'forbidden', 'storageUnavailable'],
  },
});
