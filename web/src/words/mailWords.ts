import type { ListedMail } from '#api/contracts/mails.ts';

interface Badge {
  readonly tone: 'running' | 'done' | 'waiting' | 'failed' | 'neutral';
  readonly icon: 'running' | 'done' | 'waiting' | 'failed' | 'skipped' | 'warning';
  readonly word: string;
}

const states: Readonly<Record<ListedMail['state'], Badge>> = {
  queued: { tone: 'waiting', icon: 'waiting', word: 'Waits' },
  sending: { tone: 'running', icon: 'running', word: 'On its way' },
  sent: { tone: 'done', icon: 'done', word: 'Handed over' },
  refused: { tone: 'failed', icon: 'failed', word: 'Refused' },
  dropped: { tone: 'neutral', icon: 'skipped', word: 'Dropped' },
};

const events: Readonly<Record<NonNullable<ListedMail['event']>['kind'], Badge>> = {
  delivered: { tone: 'done', icon: 'done', word: 'Delivered' },
  delayed: { tone: 'waiting', icon: 'waiting', word: 'Delayed' },
  bounced: { tone: 'failed', icon: 'failed', word: 'Came back' },
  complained: { tone: 'failed', icon: 'warning', word: 'Reported as spam' },
  unsubscribed: { tone: 'neutral', icon: 'skipped', word: 'Unsubscribed' },
};

/** How a mail stands: what the mail service told of it, else how far it is on its way there. */
export function mailBadge(mail: Pick<ListedMail, 'state' | 'event'>): Badge {
  return mail.event === null ? states[mail.state] : events[mail.event.kind];
}

/** What a list of mails can be narrowed to, by the value in its address. */
export const mailFilters = [
  { value: '', label: 'All mails' },
  { value: 'queued', label: 'Wait' },
  { value: 'sent', label: 'Handed over' },
  { value: 'refused', label: 'Refused' },
  { value: 'dropped', label: 'Dropped' },
  { value: 'bounced', label: 'Came back' },
  { value: 'complained', label: 'Reported as spam' },
] as const;
export type MailFilterValue = (typeof mailFilters)[number]['value'];

/** The question to the API that a choice stands for. */
export function mailQuery(value: MailFilterValue): { readonly state?: 'queued' | 'sent' | 'refused' | 'dropped'; readonly event?: 'bounced' | 'complained' } {
  switch (value) {
    case '':
      return {};
    case 'bounced':
    case 'complained':
      return { event: value };
    default:
      return { state: value };
  }
}
