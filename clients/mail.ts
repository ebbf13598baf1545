import { createMailgun, type MailgunConfig } from './mailgun.ts';
import { createSmtp, type SmtpConfig } from './smtp.ts';

export interface MailMessage {
  /** The name and the address apart, so that neither can add a second recipient. */
  readonly to: { readonly name: string; readonly email: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Ours, by which a mail whose answer was lost is found again. */
  readonly messageId: string;
  /** Where one POST ends mails of this kind (RFC 8058); none for what is always sent. */
  readonly unsubscribeUrl?: string;
}

/** Whoever takes mails from us: Mailgun, or a server that speaks SMTP. */
export interface Mail {
  /** Whether there is somebody to hand a mail to. */
  readonly isConfigured: boolean;
  /** The domain message ids end in. */
  readonly domain: string;
  /**
   * Hands one mail over. Neither service knows an idempotency key: a second call is a second mail.
   * @returns the id under which the service knows it.
   * @throws {MailError}
   */
  send(message: MailMessage, abortSignal?: AbortSignal): Promise<string>;
  /**
   * Looks whether the service took a mail before.
   * @returns null where nobody can say.
   * @throws {MailError}
   */
  wasTaken(messageId: string, abortSignal?: AbortSignal): Promise<boolean | null>;
  /** Why nobody can say it, as the end of a sentence. */
  readonly whyUnknown: string;
}

/** The mail service the configuration names: SMTP where a server is set, else Mailgun, set up or not. */
export function createMail(config: MailgunConfig & SmtpConfig): Mail {
  return config.mailSmtpUrl === undefined ? createMailgun(config) : createSmtp(config);
}
