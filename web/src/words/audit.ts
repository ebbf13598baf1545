/** Of features/audit/AuditList.svelte. */
export const auditList = {
  entries: 'Entries',
  fromIp: (ip: string) => `from ${ip}`,
  site: 'Site',
  run: 'Run',
};

/** Of pages/AuditPage.svelte. */
export const auditPage = {
  anyOutcome: 'Any outcome',
  done: 'Done',
  refused: 'Refused',
  failed: 'Failed',
  notKnown: 'Not known',
  what: 'What',
  everything: 'Everything',
  whatCameOfIt: 'What came of it',
  personNameOrEMail: 'Person (name or e-mail)',
  siteItsName: 'Site (its name)',
  fromDay: 'From the day',
  toDay: 'To the day',
  textInIt: 'Text in it',
  everySignInRightPublish: 'Every sign-in, right, publish, approval, spending and deletion, with who asked for it and what came of it. Nothing here is ever changed or removed.',
  entriesOfAuditLog: 'Entries of the audit log',
  showEverything: 'Show everything',
  exportAsCsv: 'Export as CSV',
  entries: 'Entries',
  nothingWasNotedYet: 'Nothing was noted yet',
  firstSignInRole: 'The first sign-in, role or publish appears here.',
  noEntryFits: 'No entry fits',
  auditLog: 'the audit log',
};

/** Of features/audit/AuditPager.svelte. */
export const auditPager = {
  pagesOfEntries: 'Pages of entries',
  newest: 'Newest',
  older: 'Older',
};

/** Of pages/SiteAuditPage.svelte. */
export const siteAuditPage = {
  everything: 'Everything',
  history: 'history',
  historyOf: (title: string) => `History of ${title}`,
  historySentence: 'History',
  whoDidWhatToSite: 'Who did what to the site, and what came of it. What authors change in a page is in the page’s own history.',
  what: 'What',
  noEntryFits: 'No entry fits',
  showEverything: 'Show everything',
  nothingWasNotedYet: 'Nothing was noted yet',
  publishesRolesApprovals: 'Publishes, roles, approvals and deletions of the site appear here.',
  theHistory: 'the history',
};
