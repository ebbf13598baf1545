/** What may be wrong with a site, as the list of all sites says it; who looks for it is `db/queries/adminSites.ts`. */
export const siteProblems = {
  'starter-missing': 'It has no starter that was read without fault, so it can be neither edited nor published.',
  'starter-removed': 'Its starter is no longer in the projects repository.',
  'publish-failed': 'Its last publish failed.',
  'commit-failed': 'Its last commit to GitHub failed.',
  'drive-failed': 'Files of its folder in Google Drive could not be taken.',
  'owner-missing': 'Nobody owns it, or the owner’s account is closed.',
  'repository-open': 'It is archived, and its repository at GitHub is open still.',
} as const;

export type SiteProblemId = keyof typeof siteProblems;
export const siteProblemIds = Object.keys(siteProblems) as [SiteProblemId, ...SiteProblemId[]];
