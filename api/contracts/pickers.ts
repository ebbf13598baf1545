import { z } from 'zod';
import { pageQuerySchema, siteParamsSchema } from './common.ts';
import { defineContracts } from './contract.ts';

/** Most ids that an address can carry. */
export const MAX_EXCEPT = 150;
/** Most entries whose titles one request asks for. */
export const MAX_TITLES = 1_000;

const nameSchema = z.string().min(1).max(512);

/** An item that may be chosen. */
export const pickableItemSchema = z.object({
  textId: z.string(),
  type: z.string(),
  title: z.string().nullable().describe('what it is shown as'),
});
export type PickableItem = z.infer<typeof pickableItemSchema>;

/** A published site that may be chosen. */
export const pickableSiteSchema = z.object({ name: z.string(), urlPath: z.string(), shortId: z.string(), title: z.string() });
export type PickableSite = z.infer<typeof pickableSiteSchema>;

/**
 * What became of something that was chosen. `deleted` and `missing` are told of one's own sites; of all others only that
 * there is nothing one may see.
 */
export const chosenStates = ['there', 'deleted', 'missing', 'hidden'] as const;

export const chosenItemSchema = z.object({
  textId: z.string(),
  site: z.string().nullable().describe('as it was asked'),
  state: z.enum(chosenStates),
  type: z.string().nullable(),
  title: z.string().nullable(),
  siteTitle: z.string().nullable().describe('of the site that was named; null for one’s own and for what is hidden'),
});
export type ChosenItem = z.infer<typeof chosenItemSchema>;

export const chosenSiteSchema = z.object({ urlPath: z.string(), state: z.enum(['there', 'hidden']), title: z.string().nullable(), shortId: z.string().nullable() });
export type ChosenSite = z.infer<typeof chosenSiteSchema>;

export const pickerContracts = defineContracts({
  'GET /api/v1/pickers/items': {
    summary: 'Titles of items that another site may name: of published sites, of the root site and of one’s own',
    access: 'signedIn',
    query: pageQuerySchema
      .extend({
        site: siteParamsSchema.shape.site.describe('name or URL path of the site'),
        type: z.string().max(500).optional().describe('a kind of content; several joined by commas'),
        search: z.string().max(200).optional(),
        field: z.string().min(1).max(100).optional().describe('a field that must have the value of `equals`; of `resourcetype`, Other is anything but the three'),
        equals: z.string().max(500).optional(),
        display: z.string().min(1).max(100).optional().describe('the field of the metadata whose text an entry is shown, found and sorted by, on sites of one’s own and on the root site; its title elsewhere, and where that is absent or empty'),
        except: z.string().max(8_000).optional().describe(`text ids that are left out, at most ${MAX_EXCEPT} joined by commas`),
        published: z.enum(['true', 'false']).default('false').describe('only what readers can have met, also of one’s own site'),
        pages: z.enum(['true', 'false']).default('false').describe('only what has a page of its own'),
      })
      .refine((query) => (query.field === undefined) === (query.equals === undefined), { path: ['equals'], message: 'A field goes with the value it must have: give both, or neither.' })
      .refine((query) => (query.except?.split(',').length ?? 0) <= MAX_EXCEPT, { path: ['except'], message: `At most ${MAX_EXCEPT} ids can be left out.` }),
    status: 200,
    response: z.object({ total: z.number().int(), items: z.array(pickableItemSchema) }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/pickers/sites': {
    summary: 'Published sites, which everybody may name',
    access: 'signedIn',
    query: pageQuerySchema
      .extend({
        search: z.string().max(200).optional().describe('part of the title, name or short id'),
        except: z.string().max(8_000).optional().describe('URL paths that are left out, joined by commas'),
      })
      .refine((query) => (query.except?.split(',').length ?? 0) <= MAX_EXCEPT, { path: ['except'], message: `At most ${MAX_EXCEPT} sites can be left out.` }),
    status: 200,
    response: z.object({ total: z.number().int(), sites: z.array(pickableSiteSchema) }),
    errors: [],
  },
  'POST /api/v1/pickers/titles': {
    summary: 'What became of items and sites that were chosen before: their titles, or that they are gone',
    access: 'signedIn',
    body: z.strictObject({
      site: nameSchema.describe('the site whose content names them'),
      items: z.array(z.object({ textId: nameSchema, site: nameSchema.nullable().describe('name or URL path; null for the site itself') })).max(MAX_TITLES).default([]),
      sites: z.array(nameSchema).max(MAX_TITLES).default([]).describe('URL paths'),
      display: z.string().min(1).max(100).optional().describe('as in the list to choose from'),
    }),
    status: 200,
    response: z.object({ items: z.array(chosenItemSchema), sites: z.array(chosenSiteSchema) }),
    errors: ['notFound', 'forbidden'],
  },
});
