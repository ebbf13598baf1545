/** Templates of mails. */
export const mailKinds = ['publish-succeeded', 'publish-failed'] as const;
export type MailKind = (typeof mailKinds)[number];
