import type { MailMessage } from './mail.ts';

/** Text without line breaks: one would begin a header of its own. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** An address that stays one, whatever stands in it. */
export function oneAddress(email: string): string {
  return oneLine(email).replace(/[<>,;\s]/g, '');
}

/** The headers of a mail beside those every mail has, by their names. */
export function extraHeaders(message: Pick<MailMessage, 'unsubscribeUrl'>): Readonly<Record<string, string>> {
  if (message.unsubscribeUrl === undefined) return {};
  return { 'List-Unsubscribe': `<${oneLine(message.unsubscribeUrl).replace(/[<>\s]/g, '')}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}
