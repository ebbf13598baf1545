/** Of App.svelte. */
export const app = {
  showTheseShortcuts: 'Show these shortcuts',
  searchSites: 'Search sites',
  goToSites: 'Go to the sites',
  goToRuns: 'Go to the runs',
  goToAdministration: 'Go to the administration',
  skipToContent: 'Skip to the content',
  studio: 'studio',
  page: 'page',
  administrationIsForGlobal: 'The administration is for global admins of the studio. Ask one of them if you need something changed here.',
};

/** Of features/people/AskForAccess.svelte. */
export const askForAccess = {
  askForAccess: 'Ask for access',
  yourMessage: 'Your message',
  whatYouWouldLikeToDoThere: 'What you would like to do there. Those who answer for the site read it, with your name and address.',
};

/** Of pages/BrokenPage.svelte. */
export const brokenPage = {
  thisPageBroke: 'This page broke',
  somethingInStudioIsBroken: 'Something in the studio is broken, and this page cannot be shown. What was saved is safe.',
  engineersHaveBeenTold: 'The engineers have been told. If it goes on, name them this number:',
  goToSites: 'Go to the sites',
};

/** Of pages/LazyPage.svelte. */
export const lazyPage = {
  page: 'page',
  thisPartOfStudioCould: 'This part of the studio could not be fetched. The connection was lost, or there is a newer studio by now. Nothing you saved is lost.',
  thePage: 'the page',
};

/** Of pages/NotFoundPage.svelte. */
export const notFoundPage = {
  page: 'page',
  studioHasNothing: 'The studio has nothing at this address. It may have moved, or the link may be incomplete.',
};

/** Of pages/RefusedPage.svelte. */
export const refusedPage = {
  thisIsNotOpenToYou: (what: string) => `This ${what} is not open to you`,
  thereIsNoSuch: (what: string) => `There is no such ${what}`,
  cannotBeShownNow: (what: string) => `The ${what} cannot be shown now`,
  addressNamesSomethingStudio: 'The address names something the studio does not have. Check it, or look in the lists.',
  goToSites: 'Go to the sites',
};

/** Of pages/routes.ts. */
export const routes = {
  signIn: 'Sign in',
  sites: 'Sites',
  newSite: 'New site',
  yourNewSite: 'Your new site',
  site: 'Site',
  review: 'Review',
  content: 'Content',
  newItem: 'New item',
  item: 'Item',
  historyOfItem: 'History of an item',
  googleDrive: 'Google Drive',
  deletions: 'Deletions',
  videos: 'Videos',
  links: 'Links',
  peopleOfSite: 'People of a site',
  yourAccount: 'Your account',
  history: 'History',
  runs: 'Runs',
  run: 'Run',
  mails: 'Mails',
  peopleAndRoles: 'People and roles',
  person: 'Person',
  settings: 'Settings',
  allSites: 'All sites',
  deletedItems: 'Deleted items',
  starters: 'Starters',
  starter: 'Starter',
  scheduledPublishes: 'Scheduled publishes',
  recurringWork: 'Recurring work',
  jobs: 'Jobs',
  auditLog: 'Audit log',
  massPublish: 'Mass publish',
  mail: 'Mail',
  system: 'System',
  pageNotFound: 'Page not found',
};

/** Of features/content/SessionExpired.svelte. */
export const sessionExpired = {
  youAreSignedOut: 'You are signed out',
  whatYouWroteIsStillHere: 'What you wrote is still here. Sign in in another tab, then come back and go on.',
  signIn: 'Sign in',
  iAmSignedInAgain: 'I am signed in again',
};

/** Of pages/SignInPage.svelte. */
export const signInPage = {
  refusals: {
    unavailable: 'The sign-in service does not answer. Try again in a moment; if it stays like this, tell an admin of the studio.',
    refused: 'The answer of the sign-in service could not be accepted: it may be too old or was used before. Sign in again.',
    attributes: 'The sign-in service did not say who you are: your name or e-mail address is missing. Ask the people who run it.',
    account: 'This account may not sign in here. Ask an admin of the studio.',
    signOut: 'A message of the sign-in service about signing out could not be accepted. Whether you are signed out there is not known; close the browser to be sure.',
  },
  signingInDidNotWork: 'Signing in did not work. Try again.',
  signInToOcwStudio: 'Sign in to OCW Studio',
  youAreSignedOutOfStudio: 'You are signed out of the studio. The sign-in service did not confirm that you are signed out there as well; close the browser to be sure.',
  youAreSignedOut: 'You are signed out.',
  hereOpencoursewareSites: 'Here OpenCourseWare sites are written and published. You sign in with your organisation’s account; the studio never sees your password.',
  noSignInService: 'No sign-in service is set up here yet. The people who run the studio name one in its configuration.',
  signIn: 'Sign in',
  signInWith: (title: string) => `Sign in with ${title}`,
  thenYouGoOnTo: 'Then you go on to',
};
