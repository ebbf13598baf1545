import Router from '@koa/router';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { forgetMailEventTokens, keepMailEvent, takeMailEventToken } from '#db/queries/mailEvents.ts';
import { setMailGroups } from '#db/queries/mailPreferences.ts';
import { findMail, moveMail } from '#db/queries/mails.ts';
import { suppressAddress } from '#db/queries/mailSuppressions.ts';
import { isUuid } from '#domain/isUuid.ts';
import type { MailEventKind } from '#domain/mailEvents.ts';
import { mailGroupOf } from '#domain/mailGroups.ts';
import type { ApiDeps } from '../deps.ts';
import { readBody } from '../readBody.ts';

export const MAIL_EVENTS_PATH = '/api/mail-events/';

const MAX_BYTES = 256 * 1024;
/** Mailgun goes on trying for eight hours; whether it signs a later try anew its documents do not say. */
const OLDEST_MS = 12 * 60 * 60_000;
/** How far its clock may be before ours, in milliseconds. */
const AHEAD_MS = 5 * 60_000;
const DETAIL_CHARACTERS = 300;

const signedSchema = z.object({
  signature: z.object({ timestamp: z.union([z.string(), z.number().int()]).transform(String).pipe(z.string().regex(/^\d{10}$/)), token: z.string().regex(/^[\x21-\x7e]{20,100}$/), signature: z.string().regex(/^[0-9a-f]{64}$/) }),
  'event-data': z.unknown(),
});

/** What of an event is read; what else it says is Mailgun’s. */
const eventSchema = z.object({
  id: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  event: z.string().min(1).max(50),
  timestamp: z.number().min(1_000_000_000).max(9_999_999_999),
  severity: z.string().max(50).optional(),
  reason: z.string().optional(),
  'delivery-status': z.object({ message: z.string().nullish(), description: z.string().nullish() }).optional(),
  message: z.object({ headers: z.object({ 'message-id': z.string().max(1_000) }) }),
});
type MailgunEvent = z.infer<typeof eventSchema>;

/**
 * Mailgun’s events, signed with their own key: what became of a mail after it was taken. Only 200 and 406 end its retries, so whatever is
 * not its event is answered 406; 200 also says that an event came before, or is about no mail of ours. The signature covers no body: each
 * token counts once, and what an event can change is said by the mail’s row.
 */
export function createMailEvents(deps: Pick<ApiDeps, 'db' | 'config' | 'log'>): Router {
  const { db, config, log } = deps;

  /** The event, or why it is none that we take. */
  function read(body: Buffer): { readonly event: MailgunEvent; readonly token: string } | string {
    const key = config.mailgunWebhookSigningKey;
    if (key === undefined) return 'MAILGUN_WEBHOOK_SIGNING_KEY is not set';
    const signed = signedSchema.safeParse(parseJson(body));
    if (!signed.success) return 'it is not what Mailgun sends';
    const { timestamp, token, signature } = signed.data.signature;
    const expected = createHmac('sha256', key).update(timestamp + token).digest();
    if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) return 'its signature is wrong';
    const ageMs = Date.now() - Number(timestamp) * 1_000;
    if (ageMs > OLDEST_MS || ageMs < -AHEAD_MS) return 'it was signed too long ago, or is of the future';
    const event = eventSchema.safeParse(signed.data['event-data']);
    return event.success ? { event: event.data, token } : 'its event has not the form of one';
  }

  async function take(event: MailgunEvent, token: string): Promise<void> {
    const kind = kindOf(event);
    const mailId = /^<?([0-9a-f-]{36})@/.exec(event.message.headers['message-id'])?.[1] ?? '';
    await db.transaction(async (trx) => {
      if (!(await takeMailEventToken(trx, token))) return;
      const mail = isUuid(mailId) ? await findMail(trx, mailId) : undefined;
      if (kind === null || mail === undefined) return;
      const detail = detailOf(event);
      if (!(await keepMailEvent(trx, { mailId: mail.id, eventId: event.id, kind, detail, occurredAt: new Date(event.timestamp * 1_000) }))) return;
      // Whoever tells of a mail has taken it, also when the answer was lost.
      await moveMail(trx, mail.id, { from: ['sending'], state: 'sent' });
      if ((kind === 'bounced' || kind === 'complained') && mail.sentTo !== null) await suppressAddress(trx, { address: mail.sentTo, cause: kind, detail, mailId: mail.id });
      const group = mailGroupOf(mail.kind);
      if (kind === 'unsubscribed' && group !== null && mail.userId !== null) await setMailGroups(trx, mail.userId, { [group]: false });
      log.info({ mail: mail.id, kind }, 'The mail service told of a mail');
    });
    await forgetMailEventTokens(db, OLDEST_MS + AHEAD_MS);
  }

  const router = new Router({ strict: true });
  router.post(MAIL_EVENTS_PATH, async (ctx) => {
    const body = await readBody(ctx.req, MAX_BYTES);
    const found = body === null ? 'it is too large' : ctx.request.is('application/json') !== 'application/json' ? 'it is no JSON' : read(body);
    if (typeof found === 'string') {
      log.warn({ why: found, ip: ctx.ip }, 'An event of the mail service was refused');
      ctx.status = 406;
      ctx.body = { error: { code: 'refused', message: 'This is no event of the mail service.' } };
      return;
    }
    await take(found.event, found.token);
    ctx.status = 200;
    ctx.body = {};
  });
  return router;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    // What is no JSON has not the form of an event either.
    return undefined;
  }
}

/** What an event means to us; null for one that is only about reading, or on its way. */
function kindOf(event: MailgunEvent): MailEventKind | null {
  switch (event.event) {
    case 'delivered':
    case 'complained':
    case 'unsubscribed':
      return event.event;
    case 'failed':
      return event.severity === 'permanent' ? 'bounced' : 'delayed';
    default:
      return null;
  }
}

/** Postgres takes neither NUL nor half a character; whoever said it, it is no reason to lose an event. */
function detailOf(event: MailgunEvent): string | null {
  const status = event['delivery-status'];
  const said = [status?.message, status?.description, event.reason].find((text) => text != null && text.trim() !== '');
  return said == null ? null : said.replace(/[\p{Cc}\p{Surrogate}]+/gu, ' ').trim().slice(0, DETAIL_CHARACTERS).replace(/\p{Surrogate}/gu, '');
}
