import { z } from 'zod';
import { mailEventKinds, suppressionCauses } from '#domain/mailEvents.ts';
import { mailGroups } from '#domain/mailGroups.ts';
import { mailKinds } from '#domain/mails.ts';
import { pageQuerySchema, personSchema, timestampSchema } from './common.ts';
import { defineContracts } from './contract.ts';

export const mailStates = ['queued', 'sending', 'sent', 'refused', 'dropped'] as const;

export const mailPreferencesSchema = z.object({
  groups: z.array(z.object({ group: z.enum(mailGroups), name: z.string(), about: z.string(), isOn: z.boolean() })),
  /** What is sent whatever is chosen, as a sentence. */
  always: z.string(),
  /** Why no mail goes to this person’s address; null while mails go there. */
  suppressed: z.object({ cause: z.enum(suppressionCauses), since: timestampSchema, detail: z.string().nullable() }).nullable(),
});
export type MailPreferences = z.infer<typeof mailPreferencesSchema>;

export const mailSchema = z.object({
  id: z.uuid(),
  kind: z.enum(mailKinds),
  subject: z.string(),
  state: z.enum(mailStates),
  reason: z.string().nullable().describe('why it was refused or dropped'),
  attempts: z.number().int().describe('how often it was handed over'),
  to: z.object({ person: personSchema.nullable(), address: z.string().nullable().describe('for admins only') }),
  createdAt: timestampSchema,
  sentAt: timestampSchema.nullable(),
  event: z.object({ kind: z.enum(mailEventKinds), detail: z.string().nullable(), at: timestampSchema }).nullable().describe('what the mail service told of it last'),
  resentAs: z.uuid().nullable().describe('the mail that was sent in its place'),
  canResend: z.boolean(),
});
export type ListedMail = z.infer<typeof mailSchema>;

export const suppressionSchema = z.object({ id: z.uuid(), address: z.string(), cause: z.enum(suppressionCauses), detail: z.string().nullable(), since: timestampSchema });
export type Suppression = z.infer<typeof suppressionSchema>;

export const mailContracts = defineContracts({
  'GET /api/v1/me/mail-preferences': {
    summary: 'Which mails the person gets',
    access: 'signedIn',
    status: 200,
    response: mailPreferencesSchema,
    errors: ['forbidden'],
  },
  'PUT /api/v1/me/mail-preferences': {
    summary: 'Switches groups of mails on or off for the person; those that are not named stay as they are',
    access: 'signedIn',
    audit: 'mail-preferences-change',
    body: z.strictObject({ groups: z.strictObject(Object.fromEntries(mailGroups.map((group) => [group, z.boolean().optional()])) as Record<(typeof mailGroups)[number], z.ZodOptional<z.ZodBoolean>>) }),
    status: 200,
    response: mailPreferencesSchema,
    errors: ['forbidden'],
  },
  'GET /api/v1/mails': {
    summary: 'Mails of the outbox, the newest first: all of them for global admins, one’s own for others',
    access: 'signedIn',
    query: pageQuerySchema.extend({ state: z.enum(mailStates).optional(), kind: z.enum(mailKinds).optional(), event: z.enum(mailEventKinds).optional() }),
    status: 200,
    response: z.object({ total: z.number().int(), mails: z.array(mailSchema) }),
    errors: [],
  },
  'POST /api/v1/mails/:mail/resend': {
    summary: 'Writes a mail that was refused or dropped anew and sends that',
    access: 'signedIn',
    audit: 'mail-resend',
    params: z.object({ mail: z.uuid() }),
    status: 202,
    response: z.object({ id: z.uuid().describe('of the new mail') }),
    errors: ['forbidden', 'notFound', 'wrongState'],
  },
  'GET /api/v1/mail-suppressions': {
    summary: 'Addresses that get no mails because one came back for good or was reported as spam, the newest first',
    access: 'signedIn',
    query: pageQuerySchema,
    status: 200,
    response: z.object({ total: z.number().int(), suppressions: z.array(suppressionSchema) }),
    errors: ['forbidden'],
  },
  'POST /api/v1/mail-suppressions/:suppression/lift': {
    summary: 'Lets an address get mails again',
    access: 'signedIn',
    audit: 'mail-suppression-lift',
    params: z.object({ suppression: z.uuid() }),
    status: 200,
    response: z.object({ address: z.string() }),
    errors: ['forbidden', 'notFound'],
  },
});
