import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of features/home/AccessibilityPanel.svelte. */
export const accessibilityPanel = {
  changedItem: 'changed item',
  item: 'item',
  forReadersWithDisability: 'For readers with a disability',
  lookAt: 'Look at',
  whatChanged: 'What changed',
  wholeSite: 'The whole site',
  nothingHasChangedSinceLast: (placeOf: string) => `Nothing has changed since the last publish to ${placeOf}, so there is nothing to look at.`,
  nothingWasFoundIn: (items: string) => `Nothing was found in ${items}.`,
  placesInWouldLeaveSomebody: (total: number, items: string) => `${counted(total, 'place')} in ${items} would leave somebody out.`,
  onlyLatestWereLookedAt: 'Only the latest were looked at.',
  line: (line: number) => `, line ${line}`,
  shownOnAndOthers: (listed: string, shownOn: number) => `; shown on ${listed}${shownOn > 3 ? ' and others' : ''}`,
  firstAreShown: (limit: number) => `The first ${count(limit)} are shown. The others come up as these are mended.`,
};

/** Of features/home/builtPages.svelte.ts. */
export const builtPages = {
  siteCannotBeBuiltAsItIs: (message: string) => `The site cannot be built as it is: ${message}`,
  noPageWasBuiltOfIt: 'No page was built of it.',
};

/** Of features/home/BuiltPagesCheck.svelte. */
export const builtPagesCheck = {
  openingPreview: (opening: string) => `Opening the preview. ${opening}`,
  findingPagesOfWhatHasChanged: 'Finding the pages of what has changed …',
  ofPagesLookedAt: (looked: number, total: number) => `${count(looked)} of ${counted(total, 'page')} looked at`,
  eachPageThatHasChanged: 'Each page that has changed is opened in the real theme, and looked at as somebody who cannot see or use a mouse would. It takes some seconds a page.',
  stoppedAfterOfPages: (looked: number, total: number, outcome: string) => `Stopped after ${count(looked)} of ${counted(total, 'page')}. ${outcome}`,
  nothingThatHasPage: 'Nothing that has a page of its own has changed.',
  nothingWasFound: (looked: number) => `Nothing was found in what is written on ${counted(looked, 'page')}.`,
  placesOnOfPagesWould: (found: number, pages: number, looked: number) => `${counted(found, 'place')} on ${count(pages)} of ${counted(looked, 'page')} would leave somebody out.`,
  stop: 'Stop',
  checkChangedPagesAsBuilt: 'Check the changed pages as built',
  checkThemAgain: 'Check them again',
  pagesLookedAt: 'Pages looked at',
  pagesCouldNotBeLookedAt: 'The pages could not be looked at',
  morePagesHaveChangedThan: (total: number) => `More pages have changed than are looked at in one go: these are the latest ${count(total)}.`,
  whatWasFoundOnPagesAsBuilt: 'What was found on the pages as built',
  places: (number: number) => counted(number, 'place'),
  line: (line: number) => `, line ${line}`,
  firstAreNamed: (named: number) => `The first ${named} are named. The others come up as these are mended.`,
  pagesCouldNotBeLookedAtOfMissed: (missed: number) => `${counted(missed, 'page')} could not be looked at`,
  pageThatIsLookedAt: 'The page that is looked at',
};

/** Of features/home/HealthPanel.svelte. */
export const healthPanel = {
  broken: 'Broken',
  couldNotBeChecked: 'Could not be checked',
  leadSomewhere: 'Lead somewhere',
  notLookedAtYet: 'Not looked at yet',
  health: 'Health',
  links: 'Links',
  siteHasNoExternalLinks: 'The site has no external links.',
  linksOfLabel: (label: string) => `links: ${label}`,
  videos: 'Videos',
  siteHasNoVideos: 'The site has no videos.',
  videosOfLabel: (label: string) => `videos: ${label}`,
};

/** Of features/home/ItemDifference.svelte. */
export const itemDifference = {
  was: '[was]',
  is: '[is]',
  whatChangedInText: 'What changed in the text',
  added: '[added]',
  removed: '[removed]',
  bothRevisionsSaySame: 'Both revisions say the same.',
};

/** Of features/home/PeoplePanel.svelte. */
export const peoplePanel = {
  people: 'People',
  nobodyHasRoleOnThisSite: 'Nobody has a role on this site.',
  notSignedInYet: ', not signed in yet',
  peopleAskForAccess: (requests: number) => `${counted(requests, 'person asks', 'people ask')} for access`,
  allPeople: (all: number) => `All ${all} people`,
  inviteOrChangePeople: 'Invite or change people',
  aboutTheirRoles: 'About their roles',
};

/** Of features/home/RunsPanel.svelte. */
export const runsPanel = {
  whatStudioDid: 'What the studio did',
  allRunsOfThisSite: 'All runs of this site',
  nothingRanForThisSiteYet: 'Nothing ran for this site yet. Publishes, syncs with Google Drive, videos and link checks appear here, each with its steps.',
  steps: (name: string) => `Steps: ${name}`,
};

/** Of pages/SitePage.svelte. */
export const sitePage = {
  goToButtonThatPublishes: 'Go to the button that publishes to Staging',
  goToButtonThatPublishesToProduction: 'Go to the button that publishes to Production',
  sites: 'Sites',
  thisSiteIsArchived: 'This site is archived',
  nothingOfItCan: (step: string | null | undefined) => `Nothing of it can be published, edited or synced. ${step === 'reopen' ? 'It is being brought back.' : 'A global admin can bring it back.'}`,
  isPublishedByItselfOn: (placeOf: string, exactTime: string) => `${placeOf} is published by itself on ${exactTime}`,
  setThat: {
    before: (name: string | null | undefined) => `${name ?? 'Somebody at the command line'} set that.`,
    link: 'Look at the review, or take the schedule back',
  },
  aboutThisSite: 'About this site',
  about: 'About',
  name: 'Name',
  shortId: 'Short id',
  starter: 'Starter',
  none: 'None',
  rootSite: ' (the root site)',
  path: 'Path',
  notChosenYet: 'Not chosen yet',
  repository: 'Repository',
  lastChange: 'Last change',
  site: 'site',
  theSite: 'the site',
};

/** Of features/home/SitePlaces.svelte. */
export const sitePlaces = {
  googleDrive: 'Google Drive',
  videos: 'Videos',
  links: 'Links',
  people: 'People',
  history: 'History',
  settings: 'Settings',
  contentOfSite: 'Content of the site',
  items: (itemCount: number) => `${count(itemCount)} items. The starter that sorts them has not been read.`,
  item: 'item',
  itemsInline: 'items',
  moreOfSite: 'More of the site',
  site: 'The site',
};

/** Of features/home/UnpublishedPanel.svelte. */
export const unpublishedPanel = {
  changesSinceLastPublish: 'Changes since the last publish',
  comparedWith: 'Compared with',
  changesSinceLastPublishTo: (placeOf: string) => `Changes since the last publish to ${placeOf}`,
  changes: 'changes',
  backToLatestChanges: 'Back to the latest changes',
  siteIsEmpty: { before: 'The site is empty. Begin with', after: ': what you save appears here until it is published.' },
  whatChanged: 'what changed',
};

/** Of features/home/UnpublishedRow.svelte. */
export const unpublishedRow = {
  draft: 'a draft: Production leaves it out',
  studio: 'the studio',
  saves: (saves: number) => counted(saves, 'save'),
  whatChanged: 'What changed',
  inName: (name: string) => `in ${name}`,
};

/** Of features/home/WarningsPanel.svelte. */
export const warningsPanel = {
  line: (line: number) => `line ${line}`,
  warnings: 'Warnings',
  nothingIsBrokenInItsOneItem: (items: number) => `Nothing is broken in ${items === 1 ? 'its one item' : `its ${count(items)} items`}.`,
  moreIsNotShown: (total: number, limit: number) => `${count(total)} more ${total === 1 ? 'is' : 'are'} not shown: the first ${count(limit)} of all are. They come up as these are mended.`,
};
