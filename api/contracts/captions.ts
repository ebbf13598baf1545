import { z } from 'zod';
import { pageQuerySchema, personSchema, siteParamsSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

const orderStates = ['waiting', 'intended', 'ordering', 'approving', 'ordered', 'adopted', 'complete', 'cancelled', 'refused', 'unknown'] as const;

/** A wish to have captions of a video made at 3Play Media. */
export const captionOrderSchema = z.object({
  id: z.uuid(),
  video: z.uuid(),
  site: z.object({ name: z.string(), title: z.string() }),
  item: z.object({ textId: z.string(), title: z.string().nullable() }).nullable(),
  youtubeId: z.string(),
  attempt: z.number().int().describe('how many orders there were for the video, this one included'),
  state: z.enum(orderStates),
  priceCents: z.number().int().nullable().describe('US cents by the account’s prices; null while nobody knows'),
  reason: z.object({ code: z.string(), message: z.string(), until: timestampSchema.nullable().describe('when it goes on by itself; null when a person has to say so') }).nullable(),
  approvedBy: personSchema.nullable(),
  orderedAt: timestampSchema.nullable().describe('when the money was set aside'),
  createdAt: timestampSchema,
  can: z.object({ decide: z.boolean() }),
});
export type CaptionOrder = z.infer<typeof captionOrderSchema>;

const orderParamsSchema = z.object({ order: z.uuid() });
const ordersSchema = z.object({ total: z.number().int(), orders: z.array(captionOrderSchema) });
const stateQuerySchema = pageQuerySchema.extend({ state: z.enum(orderStates).optional() });

export const captionContracts = defineContracts({
  'GET /api/v1/sites/:site/caption-orders': {
    summary: 'Orders of captions for a site’s videos, newest first',
    access: 'signedIn',
    params: siteParamsSchema,
    query: stateQuerySchema,
    status: 200,
    response: ordersSchema.extend({ publishesCaptions: z.boolean().describe('whether captions that are the only change since the last live publish go out by themselves') }),
    errors: ['notFound', 'forbidden'],
  },
  'PUT /api/v1/sites/:site/caption-settings': {
    summary: 'Says whether captions that are the only change since the last live publish go out by themselves',
    access: 'signedIn',
    audit: 'settings-change',
    params: siteParamsSchema,
    body: z.strictObject({ publishesCaptions: z.boolean() }),
    status: 200,
    response: z.object({ publishesCaptions: z.boolean() }),
    errors: ['notFound', 'forbidden'],
  },
  'GET /api/v1/caption-orders': {
    summary: 'Orders of captions of all sites, newest first, with what today’s cost and may cost',
    access: 'signedIn',
    query: stateQuerySchema,
    status: 200,
    response: ordersSchema.extend({ spentTodayCents: z.number().int().describe('US cents set aside today (UTC)'), limits: z.object({ dayCents: z.number().int(), siteCents: z.number().int(), approvalAboveCents: z.number().int() }) }),
    errors: ['forbidden'],
  },
  'POST /api/v1/caption-orders/:order/approve': {
    summary: 'Says that an order that waits may be paid, whatever the limits are',
    access: 'signedIn',
    audit: 'captions-approve',
    params: orderParamsSchema,
    status: 202,
    response: captionOrderSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
  'POST /api/v1/caption-orders/:order/refuse': {
    summary: 'Says that an order that waits is not to be placed',
    access: 'signedIn',
    audit: 'captions-refuse',
    params: orderParamsSchema,
    status: 202,
    response: captionOrderSchema,
    errors: ['notFound', 'forbidden', 'wrongState'],
  },
});
