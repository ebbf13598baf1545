/** Templates of mails. */
export const mailKinds = ['publish-succeeded', 'publish-failed', 'approval-asked', 'publish-scheduled-failed'] as const;
export type MailKind = (typeof mailKinds)[number];
