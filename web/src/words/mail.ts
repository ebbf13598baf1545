import { counted } from '#domain/counted.ts';

/** Of features/mail/mailActions.svelte.ts. */
export const mailActions = {
  isSentAnew: (subject: string) => `‘${subject}’ is sent anew.`,
  getsMailsAgain: (address: string) => `${address} gets mails again.`,
};

/** Of pages/MailPage.svelte. */
export const mailPage = {
  outbox: 'Outbox',
  whichMails: 'Which mails',
  mailsNewestFirst: (total: number) => `${counted(total, 'mail')}, the newest first`,
  mails: 'Mails',
  mailsInline: 'mails',
  noMailWasWrittenYet: 'No mail was written yet',
  noSuchMail: 'No such mail',
  whatStudioWritesToPeople: 'What the studio writes to people, such as that a publish went out, is listed here with what became of it.',
  showAllMails: 'Show all mails',
  theMails: 'the mails',
};

/** Of features/account/MailPreferences.svelte. */
export const mailPreferences = {
  mailsYouGet: 'Mails you get',
  noMailsGoToYourAddress: 'No mails go to your address',
  globalAdminCanLet: '. A global admin can let it get mails again.',
  theMailsYouGet: 'the mails you get',
};

/** Of features/account/mailPreferences.svelte.ts. */
export const mailPreferencesLogic = {
  youGetTheseMails: 'you get these mails',
  noMoreOfTheseMails: 'no more of these mails',
};

/** Of pages/MailPreferencesPage.svelte. */
export const mailPreferencesPage = {
  mails: 'Mails',
};

/** Of features/mail/MailRow.svelte. */
export const mailRow = {
  toName: (name: string | null | undefined) => `to ${name ?? 'somebody who is gone'}`,
  anotherWasSentInItsPlace: 'Another was sent in its place.',
  sendAnew: (subject: string) => `Send anew: ${subject}`,
  sendAnewButton: 'Send anew',
};

/** Of features/mail/SuppressedAddresses.svelte. */
export const suppressedAddresses = {
  addressesThatGetNoMails: 'Addresses that get no mails',
  none: 'None. An address comes here when the mail service says that a mail to it came back for good, or was reported as spam.',
  sendThereAgain: (address: string) => `Send there again: ${address}`,
  sendThereAgainButton: 'Send there again',
  newestOfAreShown: (suppressions: number, total: number) => `The newest ${suppressions} of ${total} are shown.`,
};
