import { z } from 'zod';
import { personSchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';
import { itemParamsSchema, MAX_REVISION, metadataSchema } from './items.ts';

const kindParamsSchema = siteParamsSchema.extend({ kind: z.string().min(1).max(64).describe('kind of content, as the starter names it') });

/** What was changed and not saved, as a save would send it. */
export const draftFieldsSchema = z.strictObject({
  title: z.string().optional(),
  metadata: metadataSchema.optional(),
  markdown: z.string().nullable().optional(),
  file: z.string().max(2048).nullable().optional(),
});
export type DraftFields = z.infer<typeof draftFieldsSchema>;

const editSchema = z.uuid().describe('the edit in one tab, from opening the form to saving or leaving it');
const counterSchema = z.number().int().min(1).max(MAX_REVISION).describe('how often this edit has sent its draft: an older one changes nothing');
const knownDraftSchema = z.strictObject({ edit: editSchema, counter: counterSchema });

const draftSchema = z.object({
  edit: z.uuid(),
  counter: z.number().int(),
  revision: z.number().int().nullable().describe('the revision the edit began with; null for an item that is not there yet'),
  fields: draftFieldsSchema,
  keptAt: timestampSchema,
});
export type Draft = z.infer<typeof draftSchema>;

/** What an edit is told whose draft is not taken: the one of another tab; null when its own was saved or put away. */
export const draftConflictSchema = z.object({ draft: draftSchema.nullable() });

const sentSchema = z.strictObject({
  edit: editSchema,
  counter: counterSchema,
  over: knownDraftSchema.nullable().optional().describe('the draft of another edit that this one goes on with'),
  fields: draftFieldsSchema,
});
const answered = { response: z.object({ draft: draftSchema.nullable().describe('one’s own; null when there is none') }), errors: ['notFound', 'forbidden'] } as const;
const kept = { status: 200, response: z.object({ edit: z.uuid(), counter: z.number().int(), keptAt: timestampSchema }) } as const;
const ended = { query: z.object({ edit: z.uuid().optional().describe('whose draft; whatever there is when absent') }), status: 200, response: z.object({ wasThere: z.boolean() }) } as const;

const presentSchema = personSchema.extend({
  since: timestampSchema,
  actedBy: z.string().nullable().describe('the admin who acts in the person’s name'),
});
export type Present = z.infer<typeof presentSchema>;

export const draftContracts = defineContracts({
  'GET /api/v1/sites/:site/items/:item/draft': {
    summary: 'What one has changed of an item and not saved',
    access: 'signedIn',
    params: itemParamsSchema,
    status: 200,
    ...answered,
  },
  'PUT /api/v1/sites/:site/items/:item/draft': {
    summary: 'Keeps what one has changed of an item and not saved; nobody else sees it, and nothing is written from it',
    access: 'signedIn',
    params: itemParamsSchema,
    body: sentSchema.extend({ revision: z.number().int().min(0).max(MAX_REVISION).describe('the revision the edit began with') }),
    ...kept,
    errors: ['notFound', 'forbidden', 'draftConflict'],
  },
  'DELETE /api/v1/sites/:site/items/:item/draft': {
    summary: 'Puts one’s draft of an item away',
    access: 'signedIn',
    params: itemParamsSchema,
    ...ended,
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/sites/:site/kinds/:kind/draft': {
    summary: 'What one has written of a new item of a kind and not saved',
    access: 'signedIn',
    params: kindParamsSchema,
    status: 200,
    ...answered,
  },
  'PUT /api/v1/sites/:site/kinds/:kind/draft': {
    summary: 'Keeps what one has written of a new item of a kind and not saved',
    access: 'signedIn',
    params: kindParamsSchema,
    body: sentSchema,
    ...kept,
    errors: ['notFound', 'forbidden', 'draftConflict'],
  },
  'DELETE /api/v1/sites/:site/kinds/:kind/draft': {
    summary: 'Puts one’s draft of a new item away',
    access: 'signedIn',
    params: kindParamsSchema,
    ...ended,
    errors: ['notFound', 'forbidden'],
  },
  'POST /api/v1/sites/:site/items/:item/presence': {
    summary: 'Says that one edits an item, or has stopped to, and learns who else does; to be said again within a minute',
    access: 'signedIn',
    params: itemParamsSchema,
    body: z.strictObject({ edit: editSchema, isOver: z.boolean().optional().describe('whether the edit has ended') }),
    status: 200,
    response: z.object({
      others: z.array(presentSchema).describe('who else edits it now, whoever came first first'),
      /** The newest state of the item, in few words. */
      item: z.object({ revision: z.number().int(), updatedAt: timestampSchema, updatedBy: personSchema.nullable(), isDeleted: z.boolean() }),
    }),
    errors: ['notFound', 'forbidden'],
  },
});
