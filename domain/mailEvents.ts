/** What a mail service tells of a mail after it took it. */
export const mailEventKinds = ['delivered', 'delayed', 'bounced', 'complained', 'unsubscribed'] as const;
export type MailEventKind = (typeof mailEventKinds)[number];

/** Why an address gets no mails any more. */
export const suppressionCauses = ['bounced', 'complained'] as const;
export type SuppressionCause = (typeof suppressionCauses)[number];

/** What people read of it, before the date it began. */
export const suppressionWords: Readonly<Record<SuppressionCause, string>> = {
  bounced: 'A mail to this address came back for good',
  complained: 'A mail to this address was reported as spam',
};
