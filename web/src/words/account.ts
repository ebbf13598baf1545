/** Of features/account/AccountMenu.svelte. */
export const accountMenu = {
  themeWords: { system: 'System', light: 'Light', dark: 'Dark' },
  roles: { global_admin: 'Global admin', global_author: 'Global author' },
  accountOf: (name: string) => `Account of ${name}`,
  yourAccount: 'Your account',
  keyboardShortcuts: 'Keyboard shortcuts',
  appearance: 'Appearance',
  signingOut: 'Signing out …',
  signOut: 'Sign out',
};

/** Of features/account/ActingBanner.svelte. */
export const actingBanner = {
  actingAsSomebodyElse: 'Acting as somebody else',
  youActAsWhatYou: {
    strong: (name: string, meName: string) => `${name}, you act as ${meName}.`,
    between: 'What you do here happens in their name, and the audit log names both. It ends',
  },
  stopping: 'Stopping …',
  stop: 'Stop',
};

/** Of features/account/ShortcutsDialog.svelte. */
export const shortcutsDialog = {
  goToSitePage: 'Go to a site, a page or an item, or do something here',
  fromRowToRowOfList: 'From row to row of a list',
  leaveQuestionOrMenu: 'Leave a question or a menu',
  keyboardShortcuts: 'Keyboard shortcuts',
  singleKeysDoSomething: 'Single keys do something in this browser',
};

/** Of features/account/TopBar.svelte. */
export const topBar = {
  sites: 'Sites',
  runs: 'Runs',
  admin: 'Admin',
  ocwStudio: 'OCW Studio',
  studio: 'Studio',
  goTo: 'Go to …',
  liveUpdatesPausedCheckingEvery: 'Live updates paused, checking every 5 s',
  newerStudio: 'The studio has a newer version.',
  loadIt: 'Load it',
};
