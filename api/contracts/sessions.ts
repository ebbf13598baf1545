import { z } from 'zod';
import { timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

const fromSchema = z.object({
  userAgent: z.string().nullable().describe('what the browser calls itself'),
  ip: z.string().nullable(),
});

export const sessionSchema = z.object({
  id: z.uuid(),
  isThis: z.boolean().describe('whether it is the one that asks'),
  beganAt: timestampSchema,
  beganFrom: fromSchema,
  usedAt: timestampSchema.describe('to the minute'),
  usedFrom: fromSchema,
  expiresAt: timestampSchema.describe('when it ends at the latest'),
  actedBy: z.string().nullable().describe('the admin who acts in the person’s name, or null'),
});
export type StudioSession = z.infer<typeof sessionSchema>;

const endedSchema = z.object({ ended: z.number().int() });
const personParamsSchema = z.object({ person: z.uuid() });

export const sessionContracts = defineContracts({
  'GET /api/v1/sessions': {
    summary: 'Where one is signed in',
    access: 'signedIn',
    status: 200,
    response: z.object({ sessions: z.array(sessionSchema) }),
    errors: [],
  },
  'DELETE /api/v1/sessions/:session': {
    summary: 'Ends a session of one’s own; an admin may end anybody’s',
    access: 'signedIn',
    audit: 'session-end',
    params: z.object({ session: z.uuid() }),
    status: 200,
    response: endedSchema,
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/sessions/end-others': {
    summary: 'Ends all one’s sessions but the one that asks',
    access: 'signedIn',
    audit: 'session-end',
    status: 200,
    response: endedSchema,
    errors: ['forbidden'],
  },
  'GET /api/v1/people/:person/sessions': {
    summary: 'Where a person is signed in',
    access: 'signedIn',
    params: personParamsSchema,
    status: 200,
    response: z.object({ sessions: z.array(sessionSchema) }),
    errors: ['forbidden', 'notFound'],
  },
  'POST /api/v1/people/:person/sessions/end': {
    summary: 'Ends all sessions of a person',
    access: 'signedIn',
    audit: 'session-end',
    params: personParamsSchema,
    status: 200,
    response: endedSchema,
    errors: ['forbidden', 'notFound'],
  },
});
