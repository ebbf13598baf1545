import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of features/links/LinkBacklogPanel.svelte. */
export const linkBacklogPanel = {
  externalLinks: 'External links',
  links: 'Links',
  ofThemBroken: (links: number, broken: number) => `${count(links)}, ${count(broken)} of them broken`,
  dueForCheck: 'Due for a check',
  oldestCheckWas: '; the oldest check was',
  toBeArchived: 'To be archived',
  queuedBeingCapturedLookedFor: (queued: number, submitted: number, unknown: number) => `${count(queued)} queued, ${count(submitted)} being captured, ${count(unknown)} looked for`,
  archived: 'Archived',
  failed: (archived: number, failed: number) => `${count(archived)}, ${count(failed)} failed`,
  account: 'The account',
  asked: (account: string) => `${account} Asked`,
  linksAreNotArchivedHere: 'Links are not archived here.',
  linkChecks: 'Link checks',
  runsOfArchive: 'Runs of the archive',
};

/** Of features/links/LinkPanel.svelte. */
export const linkPanel = {
  link: 'Link',
  itWasNotCheckedYet: 'It was not checked yet. The next check of the site’s links takes it in.',
  address: 'Address',
  checked: 'Checked',
  archivedCopy: 'Archived copy',
  openCopy: 'Open the copy',
  made: 'made',
  allLinksOfSite: 'All links of the site',
};

/** Of features/links/LinkRow.svelte. */
export const linkRow = {
  archivedCopy: 'Archived copy',
  ofOpensInNewTab: (title: string) => `of ${title} (opens in a new tab)`,
  noCopy: 'No copy',
  neverChecked: 'Never checked',
};

/** Of pages/LinksPage.svelte. */
export const linksPage = {
  broken: 'Broken',
  turnChecksAway: 'Turn checks away',
  work: 'Work',
  allLinks: 'All links',
  listOfLinks: 'list of links',
  linksOf: (title: string) => `Links of ${title}`,
  links: 'Links',
  checkNow: 'Check now',
  archiveNow: 'Archive now',
  brokenLinksWorkingOnes: (broken: number, valid: number, unchecked: string, open: string, archived: string) => `${counted(broken, 'broken link')}, ${counted(valid, 'working one')}, ${unchecked} that turn checks away, ${open} not known; ${archived} with an archived copy`,
  followIt: 'Follow it',
  state: 'State',
  linksInline: 'links',
  noLinkIsKnownToBeBroken: 'No link is known to be broken',
  allLinksAreCheckedEachWeek: { before: 'All links are checked each week.', link: 'Show all links' },
  noLinkFits: 'No link fits',
  showAllLinks: 'Show all links',
  theLinks: 'the links',
};
