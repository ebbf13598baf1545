import type { ListedMail, MailPreferences, Suppression } from '../../../api/contracts/mails.ts';
import { mailGroups, mailGroupWords } from '#domain/mailGroups.ts';
import { ago, newId } from './world.ts';

const mailOf = (given: Partial<ListedMail>): ListedMail => ({
  id: newId(),
  kind: 'publish-succeeded',
  subject: '6.042j-spring-2015: ‘Mathematics for Computer Science’ live version is ready to view',
  state: 'sent',
  reason: null,
  attempts: 1,
  to: { person: { id: newId(), name: 'Olga' }, address: 'olga@example.edu' },
  createdAt: ago(30),
  sentAt: ago(29),
  event: null,
  resentAs: null,
  canResend: false,
  ...given,
});

/** The outbox of a studio, what a person chose of it, and the addresses that get none. */
export class MailFixture {
  mails: readonly ListedMail[] = [
    mailOf({ state: 'queued', subject: 'One that waits', sentAt: null, attempts: 0 }),
    mailOf({ event: { kind: 'delivered', detail: null, at: ago(28) } }),
    mailOf({ subject: 'One that came back', event: { kind: 'bounced', detail: '550 5.1.1 No such user', at: ago(28) } }),
    mailOf({ state: 'refused', subject: 'One that was refused', reason: 'The mail service refused it: to parameter is not a valid address (400).', sentAt: null, canResend: true }),
    mailOf({ state: 'dropped', subject: 'One nobody wants', reason: 'The person wants no mails about: Videos and captions.', sentAt: null, canResend: true, to: { person: null, address: null } }),
  ];
  suppressions: readonly Suppression[] = [{ id: newId(), address: 'olga@example.edu', cause: 'bounced', detail: '550 5.1.1 No such user', since: ago(28) }];
  suppressed: MailPreferences['suppressed'] = null;
  private readonly off = new Set<string>();

  get preferences(): MailPreferences {
    return { groups: mailGroups.map((group) => ({ group, ...mailGroupWords[group], isOn: !this.off.has(group) })), always: 'What is asked of you yourself, such as an approval, and what changes about your access is always sent.', suppressed: this.suppressed };
  }

  choose(groups: Readonly<Record<string, boolean>>): MailPreferences {
    for (const [group, isOn] of Object.entries(groups)) {
      if (isOn) this.off.delete(group);
      else this.off.add(group);
    }
    return this.preferences;
  }

  list(query: Readonly<Record<string, string | number | undefined>>): { total: number; mails: readonly ListedMail[] } {
    const fits = this.mails.filter((mail) => (query['state'] === undefined || mail.state === query['state']) && (query['event'] === undefined || mail.event?.kind === query['event']));
    return { total: fits.length, mails: fits };
  }

  resend(id: string | undefined): { id: string } {
    const again = mailOf({ state: 'queued', subject: this.mails.find((mail) => mail.id === id)?.subject ?? '', sentAt: null, attempts: 0, createdAt: ago(0) });
    this.mails = [again, ...this.mails.map((mail) => (mail.id === id ? { ...mail, canResend: false, resentAs: again.id } : mail))];
    return { id: again.id };
  }

  lift(id: string | undefined): { address: string } {
    const address = this.suppressions.find((suppression) => suppression.id === id)?.address ?? '';
    this.suppressions = this.suppressions.filter((suppression) => suppression.id !== id);
    return { address };
  }
}
