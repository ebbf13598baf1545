import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of features/drive/DeletionActions.svelte. */
export const deletionActions = {
  allThatWereAskedForAtOnce: 'all that were asked for at once',
  thatWereAskedForAtOnce: ' that were asked for at once',
  beingTakenAway: (subject: string) => `Being taken away: ${subject}.`,
  kept: (subject: string) => `Kept: ${subject}.`,
  beingBroughtBack: (subject: string) => `Being brought back: ${subject}.`,
  takeAwayNow: (subject: string) => `Take ${subject} away now?`,
  goneFromSiteAtOnce: 'Gone from the site at once with the file, without the time of grace. It can be brought back while the file store has the file; what something else names stays.',
  yesTakeAwayNow: 'Yes, take away now',
  keepAll: 'Keep all',
  keep: 'Keep',
  bringBack: 'Bring back',
  takeAllAwayNow: 'Take all away now …',
  takeAwayNowAsk: 'Take away now …',
};

/** Of features/drive/DeletionList.svelte. */
export const deletionList = {
  missedByOneSync: 'Missed by one sync',
  askedForAtOnce: 'Asked for at once',
};

/** Of features/drive/DeletionRow.svelte. */
export const deletionRow = {
  whatNamesItNow: 'What names it now',
  goes: 'goes',
};

/** Of pages/DeletionsPage.svelte. */
export const deletionsPage = {
  onTheirWayOut: 'On their way out',
  takenAwayKeptOrUndone: 'Taken away, kept or undone',
  all: 'All',
  listOfDeletions: 'list of deletions',
  deletionsOf: (title: string) => `Deletions of ${title}`,
  googleDrive: 'Google Drive',
  deletions: 'Deletions',
  resourcesThatLeaveSiteTogether: 'Resources that leave the site together with their files. Until the time of grace is over nothing has happened to them; afterwards they can be brought back while the file store has their files.',
  state: 'State',
  deletionsInline: 'deletions',
  nothingIsOnItsWayOut: 'Nothing is on its way out',
  resourceComesHereWhenSomebody: {
    before: 'A resource comes here when somebody deletes it, or when a sync misses its file in Google Drive.',
    link: 'Show all deletions',
  },
  noDeletionFits: 'No deletion fits',
  showAllDeletions: 'Show all deletions',
  theDeletions: 'the deletions',
};

/** Of features/drive/DriveFileRow.svelte. */
export const driveFileRow = {
  howMuchOfIsThere: (name: string) => `How much of ${name} is there`,
};

/** Of pages/DrivePage.svelte. */
export const drivePage = {
  allFiles: 'All files',
  syncWithGoogleDrive: (word: string) => `Sync with Google Drive: ${word}`,
  listOfFiles: 'list of files',
  googleDriveOf: (title: string) => `Google Drive of ${title}`,
  googleDrive: 'Google Drive',
  openFolder: 'Open the folder',
  syncNow: 'Sync now',
  newestSyncAsked: { before: 'Newest sync', between: (askedBy: string) => `, asked for by ${askedBy}.`, link: 'Open its run' },
  followIt: 'Follow it',
  googleDriveIsNotSet: 'Google Drive is not set up here any more',
  nothingIsBroughtOver: 'Nothing is brought over. What was stays. Ask the engineers who run the studio to set the shared drive up again.',
  syncFailed: 'The sync failed',
  syncDidNotComeToItsEnd: 'The sync did not come to its end',
  worthLook: 'Worth a look',
  sync: 'The sync',
  stepsOfSync: 'Steps of the sync',
  files: 'Files',
  whatBecameOfIt: 'What became of it',
  filesInline: 'files',
  noFileFits: 'No file fits',
  showAllFiles: 'Show all files',
  noFilesYet: 'No files yet',
  foldersAreBeingRead: 'The folders are being read.',
  putFilesIntoFolderFiles: 'Put files into the folder ‘files_final’ and videos into ‘videos_final’, then sync.',
  theFiles: 'the files',
  googleDriveIsNotSetUpHere: 'Google Drive is not set up here',
  thisStudioHasNoShared: 'This studio has no shared drive, so files do not come from there. Ask the engineers who run the studio to set one up.',
  nothingWasBroughtOverYet: 'Nothing was brought over yet',
  sitesFolderInGoogleDrive: (hasFolderUrl: boolean) => `${hasFolderUrl ? 'The site’s folder in Google Drive has two folders in it:' : 'The site has no folder in Google Drive yet. The first sync makes it, with two folders in it:'} ‘files_final’ for documents, pictures and captions, and ‘videos_final’ for videos.`,
  syncMakesResourceOfEach: 'A sync makes a resource of each file there. When a file changes, the next sync changes its resource.',
  whoWritesSitesContentMay: 'Who writes the site’s content may ask for a sync.',
  onTheirWayOut: 'On their way out',
  resourcesThatLeavesSite: (total: number) => `${counted(total, 'resource')} that ${total === 1 ? 'leaves' : 'leave'} the site together with ${total === 1 ? 'its file' : 'their files'}. Before the time of grace is over nothing has happened to ${total === 1 ? 'it' : 'them'}.`,
  noResourceOfSite: 'No resource of the site is on its way out.',
  allDeletions: 'All deletions, and what was kept or undone',
};

/** Of features/drive/DrivePanel.svelte. */
export const drivePanel = {
  googleDrive: 'Google Drive',
  itIsNotSetUpHere: 'It is not set up here. The deployment guide says how: a service account and a shared drive.',
  readFromIt: 'Read from it',
  usedOfWhatMayBeReadToday: 'Used of what may be read today',
  changesSeen: 'Changes seen',
  notLookedForYet: 'Not looked for yet.',
  syncsOfAllSites: 'Syncs of all sites',
};

/** Of features/drive/DriveProgress.svelte. */
export const driveProgress = {
  filesThatAreDoneWith: 'Files that are done with',
};

/** Of features/drive/DriveRemovalAsk.svelte. */
export const driveRemovalAsk = {
  filesMissing: (missing: number) => `${counted(missing, 'file')} missing: shall ${missing === 1 ? 'its resource' : 'their resources'} go?`,
  missingFiles: 'Missing files',
  andMore: { before: (missing: number) => `and ${count(missing)} more:`, link: 'Show all missing files' },
  onlyOwnerOrAdmin: 'Only an owner or admin of the site decides about that. Ask one of them.',
  letResourcesGo: (missing: number) => `Let ${counted(missing, 'resource')} go?`,
  theyLeaveSiteTogether: 'They leave the site together with their files once the time of grace is over. Until then each can be kept.',
  yesLetThemGo: 'Yes, let them go',
  keepThem: 'Keep them',
  letThemGo: 'Let them go …',
};

/** Of features/drive/Keepers.svelte. */
export const keepers = {
  whatNamesIt: 'What names it',
  inSite: (site: string, field: string) => `in ${site}${field}`,
  nothingNamesItAnyMore: 'Nothing names it any more. It is on its way out again with the next sync that misses its file, or when somebody deletes it.',
};
