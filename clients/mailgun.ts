import { isNotSent } from './boundedFetch.ts';

export type MailgunErrorKind = 'unavailable' | 'uncertain' | 'refused';

/** A mail that Mailgun did not take, or of which nobody knows whether it did. */
export class MailgunError extends Error {
  override readonly name = 'MailgunError';
  /** `unavailable`: not taken, try again. `uncertain`: it may have been taken. `refused`: it will not be taken. */
  readonly kind: MailgunErrorKind;
  /** Null when nothing was answered. */
  readonly status: number | null;
  /** How long it asks us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(kind: MailgunErrorKind, message: string, status: number | null, retryAfterMs: number | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface MailgunConfig {
  readonly mailgunApiUrl: string;
  readonly mailgunKey: string | undefined;
  readonly mailgunSenderDomain: string | undefined;
  readonly mailFrom: string;
  readonly mailReplyTo: string;
}

export interface MailMessage {
  /** The name and the address apart, so that neither can add a second recipient. */
  readonly to: { readonly name: string; readonly email: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Ours, by which a mail whose answer was lost is found again. */
  readonly messageId: string;
}

/** How long Mailgun may take to answer, milliseconds. */
const ANSWER_MS = 20_000;

export type Mailgun = ReturnType<typeof createMailgun>;

/** Mailgun's messages and the log of what became of them. */
export function createMailgun(config: MailgunConfig) {
  const { mailgunKey: key, mailgunSenderDomain: domain } = config;

  async function request(path: string, init: { method: string; body?: FormData }, abortSignal?: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(ANSWER_MS);
    try {
      return await fetch(`${config.mailgunApiUrl}/v3/${encodeURIComponent(domain ?? '')}${path}`, {
        ...init,
        headers: { authorization: `Basic ${Buffer.from(`api:${key ?? ''}`).toString('base64')}` },
        redirect: 'manual',
        signal: abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]),
      });
    } catch (error) {
      abortSignal?.throwIfAborted();
      if (isNotSent(error)) throw new MailgunError('unavailable', 'the mail service cannot be reached', null);
      throw new MailgunError('uncertain', 'the mail service did not answer', null);
    }
  }

  return {
    /** Whether there is somebody to hand a mail to. */
    isConfigured: key !== undefined && domain !== undefined,

    /** The domain message ids end in. */
    domain: domain ?? 'localhost',

    /**
     * Hands one mail over. Mailgun knows no idempotency key: a second call is a second mail.
     * @returns the id under which Mailgun knows it.
     * @throws {MailgunError}
     */
    async send(message: MailMessage, abortSignal?: AbortSignal): Promise<string> {
      const form = new FormData();
      form.set('from', config.mailFrom);
      form.set('to', address(message.to));
      form.set('subject', oneLine(message.subject));
      form.set('text', message.text);
      form.set('html', message.html);
      form.set('h:Reply-To', config.mailReplyTo);
      form.set('h:Message-Id', `<${message.messageId}>`);
      const answer = await request('/messages', { method: 'POST', body: form }, abortSignal);
      const body = await answer.text().catch(() => '');
      if (answer.status === 200) return idOf(body) ?? `<${message.messageId}>`;
      throw failureOf(answer, body);
    },

    /**
     * Looks whether Mailgun took a mail before. Its log lags by up to a minute or so.
     * @returns null where the key may not read the log.
     * @throws {MailgunError}
     */
    async wasTaken(messageId: string, abortSignal?: AbortSignal): Promise<boolean | null> {
      const answer = await request(`/events?${new URLSearchParams({ event: 'accepted OR delivered OR failed OR rejected', 'message-id': messageId, limit: '1' }).toString()}`, { method: 'GET' }, abortSignal);
      const body = await answer.text().catch(() => '');
      // A sending key may only post.
      if (answer.status === 401 || answer.status === 403) return null;
      if (answer.status !== 200) throw failureOf(answer, body);
      const parsed: unknown = JSON.parse(body);
      return typeof parsed === 'object' && parsed !== null && 'items' in parsed && Array.isArray(parsed.items) && parsed.items.length > 0;
    },
  };
}

function failureOf(answer: Response, body: string): MailgunError {
  const { status } = answer;
  const said = messageOf(body);
  const retryAfter = Number(answer.headers.get('retry-after'));
  const retryAfterMs = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1_000 : null;
  // A gateway that waited in vain does not know what the server behind it did.
  if (status === 502 || status === 504) return new MailgunError('uncertain', `the mail service answered ${status}`, status);
  if (status === 429 || status === 408 || status >= 500) return new MailgunError('unavailable', `the mail service answered ${status}`, status, retryAfterMs);
  return new MailgunError('refused', said === '' ? `the mail service answered ${status}` : `${said} (${status})`, status);
}

function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string' ? parsed.message.slice(0, 200) : '';
  } catch {
    return body.trim().slice(0, 200);
  }
}

function idOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'id' in parsed && typeof parsed.id === 'string' ? parsed.id : undefined;
  } catch {
    // Taken is taken, whatever the body says.
    return undefined;
  }
}

/** A line break would begin a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function address(to: MailMessage['to']): string {
  return `"${oneLine(to.name).replace(/["\\]/g, '\\$&')}" <${oneLine(to.email).replace(/[<>,;\s]/g, '')}>`;
}
