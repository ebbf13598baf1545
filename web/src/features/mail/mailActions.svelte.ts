import { OneAtATime } from '../../lib/oneAtATime.svelte.ts';
import { call } from '../../lib/session.svelte.ts';
import { mailActions as words } from '../../words/mail.ts';

/** What admins do about mails; `busy` is the id of what is under way. */
export class MailActions extends OneAtATime<string> {
  said = $state('');

  /** Has a mail that was given up sent anew; true when the API took it. */
  async resend(id: string, subject: string): Promise<boolean> {
    this.said = '';
    const answer = await this.once(id, () => call('POST /api/v1/mails/:mail/resend', { params: { mail: id } }));
    if (answer !== undefined) this.said = words.isSentAnew(subject);
    return answer !== undefined;
  }

  /** Lets an address get mails again; true when it does. */
  async lift(id: string): Promise<boolean> {
    this.said = '';
    const answer = await this.once(id, () => call('POST /api/v1/mail-suppressions/:suppression/lift', { params: { suppression: id } }));
    if (answer !== undefined) this.said = words.getsMailsAgain(answer.address);
    return answer !== undefined;
  }
}
