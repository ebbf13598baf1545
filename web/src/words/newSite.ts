/** Of features/newSite/MakingSite.svelte. */
export const makingSite = {
  whatSiteGets: 'What the site gets',
  next: 'Next',
  everythingIsThere: 'Everything is there.',
  youNeedNotWait: 'You need not wait: what is missing comes by itself, and what you save is kept until then.',
  fillIn: (label: string) => `Fill in ${label}`,
  goToSitesHome: 'Go to the site’s home',
  newSite: 'the new site',
};

/** Of features/newSite/makingSteps.ts. */
export const makingSteps = {
  there: 'There',
  site: 'The site',
  itsNameInAddresses: (name: string) => `Its name in addresses is ${name}. You own it.`,
  repository: 'Repository',
  askedFor: (shortId: string) => `Asked for. It will be called ${shortId}.`,
  foldersInGoogleDrive: 'Folders in Google Drive',
  filesFinalAndVideosFinal: 'files_final and videos_final wait for files.',
  askedForSentence: 'Asked for. They appear in the shared drive.',
  none: 'None',
  thisStudioHasNoSharedDrive: 'This studio has no shared drive. Files are uploaded here instead.',
  waiting: 'Waiting',
  stopped: 'Stopped',
  failed: 'Failed',
  onItsWay: 'On its way',
};

/** Of features/newSite/NewSiteForm.svelte. */
export const newSiteForm = {
  thereIsNoStarterToBeginWith: 'There is no starter to begin with',
  siteIsMadeFromStarter: 'A site is made from a starter, and none was read without fault. Ask an admin of the studio to read the starters from the projects repository.',
  title: 'Title',
  asReadersSeeIt: 'As readers see it. It can be changed at any time.',
  nameInAddresses: 'Name in addresses',
  lettersDigitsDotsHyphens: 'Letters, digits, dots, hyphens and underscores. It stays.',
  shortId: 'Short id',
  namesRepositorySuchAsSpring: 'Names the repository, such as 18.065-spring-2018. Small letters, digits, dots, hyphens and underscores, 100 at most. It stays.',
  itIsKeptAs: 'It is kept as',
  starter: 'Starter',
  saysWhichContentSite: 'Says which content the site has, and which theme shows it.',
  kind: 'Kind',
  opencourseware: 'OpenCourseWare',
  pkForSchools: 'PK–12, for schools',
  whatYouTypeCannot: (message: string) => `What you type cannot be checked now: ${message}`,
  studioWillShowItAt: 'The studio will show it at',
  creating: 'Creating …',
  createSite: 'Create the site',
};

/** Of pages/NewSitePage.svelte. */
export const newSitePage = {
  yourNewSite: 'Your new site',
  sites: 'Sites',
  page: 'page',
  sitesAreMadeByAuthors: 'Sites are made by authors and admins of the studio. Ask one of them for a site, with its title and what it is about.',
  newSite: 'New site',
};
