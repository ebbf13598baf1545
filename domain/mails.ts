/** Templates of mails. */
export const mailKinds = ['publish-succeeded', 'publish-failed', 'mass-publish-finished'] as const;
export type MailKind = (typeof mailKinds)[number];
