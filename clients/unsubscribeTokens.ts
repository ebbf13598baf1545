import { createHmac, timingSafeEqual } from 'node:crypto';
import { isUuid } from '#domain/isUuid.ts';
import { type MailGroup, mailGroups } from '#domain/mailGroups.ts';

/** Hex digits of the signature: 160 bits. */
const SIGNATURE_DIGITS = 40;

/** Addresses at which a person’s mails of one group end, without signing in; each is good for that alone, and for good. */
export function createUnsubscribeTokens(secret: string) {
  const sign = (person: string, group: string): string => createHmac('sha256', secret).update(`unsubscribe/${person}/${group}`).digest('hex').slice(0, SIGNATURE_DIGITS);
  return {
    tokenOf: (userId: string, group: MailGroup): string => `${userId}.${group}.${sign(userId, group)}`,

    /** Whose mails of which group a token ends; null for one that was not made here. */
    read(token: string): { readonly userId: string; readonly group: MailGroup } | null {
      const [userId = '', name = '', signature = '', ...rest] = token.split('.');
      const group = mailGroups.find((known) => known === name);
      if (rest.length > 0 || group === undefined || !isUuid(userId) || !/^[0-9a-f]{40}$/.test(signature)) return null;
      return timingSafeEqual(Buffer.from(signature), Buffer.from(sign(userId, group))) ? { userId, group } : null;
    },
  };
}
