import { isNotSent } from './boundedFetch.ts';
import type { Mail } from './mail.ts';
import { MailError } from './mailError.ts';
import { extraHeaders, oneAddress, oneLine } from './mailHeaders.ts';

export interface MailgunConfig {
  readonly mailgunApiUrl: string;
  readonly mailgunKey: string | undefined;
  readonly mailgunSenderDomain: string | undefined;
  readonly mailFrom: string;
  readonly mailReplyTo: string;
}

/** How long Mailgun may take to answer, milliseconds. */
const ANSWER_MS = 20_000;

/** Mailgun's messages and the log of what became of them. */
export function createMailgun(config: MailgunConfig): Mail {
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
      if (isNotSent(error)) throw new MailError('unavailable', 'the mail service cannot be reached', null);
      throw new MailError('uncertain', 'the mail service did not answer', null);
    }
  }

  return {
    isConfigured: key !== undefined && domain !== undefined,
    domain: domain ?? 'localhost',
    whyUnknown: 'its log may not be read with this key',

    async send(message, abortSignal) {
      const form = new FormData();
      form.set('from', config.mailFrom);
      form.set('to', address(message.to));
      form.set('subject', oneLine(message.subject));
      form.set('text', message.text);
      form.set('html', message.html);
      form.set('h:Reply-To', config.mailReplyTo);
      form.set('h:Message-Id', `<${message.messageId}>`);
      for (const [name, value] of Object.entries(extraHeaders(message))) form.set(`h:${name}`, value);
      const answer = await request('/messages', { method: 'POST', body: form }, abortSignal);
      const body = await answer.text().catch(() => '');
      if (answer.status === 200) return idOf(body) ?? `<${message.messageId}>`;
      throw failureOf(answer, body);
    },

    // The log lags by up to a minute or so.
    async wasTaken(messageId, abortSignal) {
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

function failureOf(answer: Response, body: string): MailError {
  const { status } = answer;
  const said = messageOf(body);
  const retryAfter = Number(answer.headers.get('retry-after'));
  const retryAfterMs = Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1_000 : null;
  // A gateway that waited in vain does not know what the server behind it did.
  if (status === 502 || status === 504) return new MailError('uncertain', `the mail service answered ${status}`, status);
  if (status === 429 || status === 408 || status >= 500) return new MailError('unavailable', `the mail service answered ${status}`, status, retryAfterMs);
  return new MailError('refused', said === '' ? `the mail service answered ${status}` : `${said} (${status})`, status);
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

function address(to: { readonly name: string; readonly email: string }): string {
  return `"${oneLine(to.name).replace(/["\\]/g, '\\$&')}" <${oneAddress(to.email)}>`;
}
