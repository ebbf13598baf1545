import { counted } from '#domain/counted.ts';

/** Of features/jobs/CleanupJob.svelte. */
export const cleanupJob = {
  cleanupOfTexts: 'Cleanup of texts',
  appliesOneRuleToTexts: 'Applies one rule to the texts of many sites. A dry run changes nothing and reports what would be changed; begin with one, and read its report.',
  changeTexts: 'Change the texts …',
  reportWhatItWouldChange: 'Report what it would change',
  rewriteTextsOfEverySite: (sites: number, name: string) => `Rewrite the texts of ${sites === 0 ? 'every site' : sites === 1 ? 'one site' : `${sites} sites`} by the rule ‘${name}’? Each change is in the history of its item.`,
  rule: 'Rule',
  itOnlyReports: ' It only reports.',
  starter: 'Starter',
  everyStarter: 'Every starter',
  onlyTheseSites: 'Only these sites',
  namesWithCommasBetweenThem: 'Names with commas between them. Empty means every one.',
  onlySitesThatReadersCanSee: 'Only sites that readers can see',
  dryRun: 'Dry run',
};

/** Of features/jobs/JobCard.svelte. */
export const jobCard = {
  last: (runLine: string) => `Last: ${runLine}`,
  ofTitle: (title: string) => `of ${title}`,
  itsReportAsCsv: 'Its report as CSV',
  itNeverRanHere: (hasSite: boolean) => `It never ran${hasSite ? ' here' : ''}.`,
  yesBegin: 'Yes, begin',
  atWorkNow: 'At work now',
};

/** Of pages/JobsPage.svelte. */
export const jobsPage = {
  siteItsName: 'Site (its name)',
  whatCanBeBegun: {
    before: 'What can be begun by hand, each with what it does and how it went last. What recurs by itself is',
    link: 'recurring work',
    between: '; every run is in the',
    link2: 'list of runs',
  },
  ofAllSites: 'Of all sites',
  copyOfImportBucket: 'Copy of the import bucket',
  copiesIntoStorage: 'Copies into storage what is new in the import bucket or differs there; nothing is removed.',
  countWhatItWouldCopy: 'Count what it would copy',
  copyImportBucket: 'Copy the import bucket',
  dryRun: 'Dry run',
  themeAssets: 'Theme assets',
  buildsScriptsStylesAndPictures: 'Builds the scripts, styles and pictures all sites share at the head of the themes’ branch. Sites name the new ones with their next publish.',
  buildAssets: 'Build the assets',
  starters: 'Starters',
  readsEveryStarterConfiguration: 'Reads every starter configuration from the projects repository and takes those without fault.',
  readStarters: 'Read the starters',
  archiveOfAllLinks: 'Archive of all links',
  hasWaybackMachineCapture: 'Has the Wayback Machine capture the external links of all sites that have no copy that is new enough, as many a minute as the account may.',
  archiveAllLinks: 'Archive all links …',
  queueLinksOfEverySite: 'Queue the links of every site? With one account it takes hours or days; sites that ask meanwhile wait behind it.',
  recurringWorkDoneNow: 'Recurring work, done now',
  recurringWork: 'the recurring work',
  ofOneSite: 'Of one site',
  site: 'Site',
  nameSiteToSee: 'Name a site to see what can be begun for it.',
};

/** Of features/jobs/RebuildReferences.svelte. */
export const rebuildReferences = {
  references: 'References',
  readsEveryItem: (site: string) => `Reads every item of ‘${site}’ and notes anew which others it names. It is done at once, and no text is changed.`,
  done: (references: number) => `Done: ${counted(references, 'reference')}`,
  reading: 'Reading …',
  makeItsReferencesAnew: 'Make its references anew',
};

/** Of features/jobs/SiteJobs.svelte. */
export const siteJobs = {
  ofSite: (site: string) => `of ‘${site}’`,
  linkCheck: 'Link check',
  looksWhetherEachExternalLink: (ofSite: string) => `Looks whether each external link ${ofSite} leads somewhere, each host once a second.`,
  checkItsLinks: 'Check its links',
  archiveOfLinks: 'Archive of links',
  hasWaybackMachineCaptureEach: (ofSite: string) => `Has the Wayback Machine capture each external link ${ofSite} that has no copy that is new enough.`,
  archiveItsLinks: 'Archive its links',
  filesIntoGoogleDrive: 'Files into Google Drive',
  putsFiles: (ofSite: string) => `Puts files ${ofSite} that are in the file store and not in Google Drive into its folder there, but for videos.`,
  putFilesIntoGoogleDrive: 'Put files into Google Drive',
  orphansOfRepository: 'Orphans of the repository',
  looksForFilesInRepository: (ofSite: string, isRemoving: boolean) => `Looks for files in the repository ${ofSite} that no item of the site stands for: ${isRemoving ? 'they are removed there in one commit' : 'its run names them, and nothing is removed'}.`,
  removeItsOrphans: 'Remove its orphans …',
  lookForOrphans: 'Look for orphans',
  removeEveryFileFromRepository: (ofSite: string) => `Remove every file from the repository ${ofSite} that no item stands for? One commit takes all of them: look for them first without removing.`,
  removeThem: 'Remove them',
};
