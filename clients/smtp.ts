import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Mail, MailMessage } from './mail.ts';
import { MailError } from './mailError.ts';
import { extraHeaders, oneAddress, oneLine } from './mailHeaders.ts';

export interface SmtpConfig {
  readonly mailSmtpUrl: { readonly host: string; readonly port: number; readonly isSecure: boolean; readonly login: { readonly user: string; readonly password: string } | null } | undefined;
  readonly mailSmtpRequireTls: boolean;
  readonly mailFrom: string;
  readonly mailReplyTo: string;
}

/** How long the server may take to be there, to answer a command, and for all of a mail, milliseconds. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 20_000;
const WHOLE_MS = 45_000;
/** A server that defers strangers lets them in after some minutes. */
const GREYLISTED_MS = 5 * 60_000;

interface SmtpFault {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message: string;
}

/**
 * A server that takes mails by SMTP, a connection per mail. It keeps no log that could be asked: a mail whose answer was lost
 * after its text began to go out may have been taken, and nobody can say.
 * @param trust certificate authorities beside those Node knows, in PEM form.
 */
export function createSmtp(config: SmtpConfig, trust: { readonly ca?: string } = {}): Mail {
  const server = config.mailSmtpUrl;
  const domain = /@([^\s<>@]+)>?\s*$/.exec(config.mailFrom)?.[1] ?? 'localhost';

  async function send(message: MailMessage, abortSignal?: AbortSignal): Promise<string> {
    if (server === undefined) throw new Error('No SMTP server is set up');
    const { envelope, bytes } = await compose(message);
    let hasBegun = false;
    // Nothing of it is read before the server has said that it takes the text.
    const text = Readable.from(
      (function* read() {
        hasBegun = true;
        yield bytes;
      })(),
      { objectMode: false },
    );
    const connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: server.isSecure,
      requireTLS: !server.isSecure && config.mailSmtpRequireTls,
      name: domain,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: ANSWER_MS,
      tls: { minVersion: 'TLSv1.2', ...(trust.ca === undefined ? {} : { ca: trust.ca }) },
    });
    const timeout = AbortSignal.timeout(WHOLE_MS);
    const signal = abortSignal === undefined ? timeout : AbortSignal.any([timeout, abortSignal]);
    try {
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(Object.assign(new Error('it took too long'), { code: 'ETIMEDOUT' }));
        signal.addEventListener('abort', stop, { once: true });
        connection.once('error', reject);
        connection.once('end', () => reject(Object.assign(new Error('it closed the connection'), { code: 'ECONNECTION' })));
        const hand = (): void => connection.send(envelope, text, (fault) => (fault === null || fault === undefined ? resolve() : reject(fault)));
        connection.connect((fault) => {
          if (fault !== null && fault !== undefined) reject(fault);
          else if (server.login === null) hand();
          else connection.login({ user: server.login.user, pass: server.login.password }, (refusal) => (refusal === null || refusal === undefined ? hand() : reject(refusal)));
        });
        if (signal.aborted) stop();
      });
      connection.quit();
      return `<${message.messageId}>`;
    } catch (error) {
      connection.close();
      abortSignal?.throwIfAborted();
      throw failureOf(error as SmtpFault, hasBegun);
    } finally {
      // What is left of the connection has nobody to tell.
      connection.on('error', () => undefined);
    }
  }

  async function compose(message: MailMessage): Promise<{ envelope: { from: string; to: string[] }; bytes: Buffer }> {
    const to = oneAddress(message.to.email);
    const mail = new MailComposer({
      from: config.mailFrom,
      to: { name: oneLine(message.to.name), address: to },
      replyTo: config.mailReplyTo,
      subject: oneLine(message.subject),
      text: message.text,
      html: message.html,
      messageId: `<${message.messageId}>`,
      headers: { ...extraHeaders(message) },
      disableFileAccess: true,
      disableUrlAccess: true,
    }).compile();
    const { from } = mail.getEnvelope();
    if (from === false || from === '') throw new MailError('refused', 'MITOL_MAIL_FROM_EMAIL is no address', null);
    return { envelope: { from, to: [to] }, bytes: await mail.build() };
  }

  return {
    isConfigured: server !== undefined,
    domain,
    whyUnknown: 'a server that speaks SMTP keeps no log that could be looked into',
    send,
    wasTaken: () => Promise.resolve(null),
  };
}

/** What a fault means: a server that answered has decided; one that did not may have taken what it had the text of. */
function failureOf(fault: SmtpFault, hasBegun: boolean): MailError {
  const status = fault.responseCode ?? null;
  const said = oneLine(fault.response ?? fault.message).slice(0, 200);
  if (fault.code === 'EAUTH') return new MailError('unavailable', `the SMTP server does not accept the user or the password of MAIL_SMTP_URL: ${said}`, status);
  // The only answer to a text that is known to be one.
  const isAnswered = status !== null && (fault.code === 'EMESSAGE' || !hasBegun);
  if (hasBegun && !isAnswered) return new MailError('uncertain', 'the SMTP server did not answer after it had the mail', null);
  if (fault.code === 'ETLS') return new MailError('unavailable', `the connection to the SMTP server cannot be encrypted: ${said}`, status);
  if (fault.code === 'EENVELOPE' || fault.code === 'EMESSAGE') {
    if (status !== null && status < 500) return new MailError('unavailable', `the SMTP server takes it later: ${said}`, status, GREYLISTED_MS);
    return new MailError('refused', fault.command === 'RCPT TO' ? `it does not take mails for this recipient: ${said}` : said, status);
  }
  if (status !== null && status >= 500) return new MailError('unavailable', `the SMTP server does not let us in: ${said}`, status);
  return new MailError('unavailable', status === null ? `the SMTP server cannot be reached: ${said}` : `the SMTP server is busy: ${said}`, status);
}
