import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of features/runs/facts.ts. */
export const facts = {
  names: {
    bytes: 'Size',
    uploadedBytes: 'Uploaded',
    kept: 'Files kept as they are',
    imported: 'Items imported',
    written: 'Written files',
    files: 'Files',
    buildId: 'Build in Concourse',
  },
  publishSite: { changed: 'Changed files', removed: 'Removed files', unchanged: 'Unchanged files' },
  syncDriveFolder: { bytes: 'Read from Google Drive', streamed: 'Brought over', kept: 'Missing, and kept', removed: 'Missing, and on their way out' },
};

/** Of features/runs/ProblemList.svelte. */
export const problemList = {
  open: 'Open',
  itemWithoutTitle: 'the item without a title',
  inTheme: 'in the theme',
  mendAndPublish: 'What you mend goes out with the next publish. A retry builds the same commit once more.',
};

/** Of features/runs/RunButtonRow.svelte. */
export const runButtonRow = {
  stopThisRun: 'Stop this run? What is published stays as it is, and the changes stay saved.',
  stopIt: 'Stop it',
  letItRun: 'Let it run',
  closeThisRunWithoutAnother: 'Close this run without another try? What is published stays as it is, and you can publish again at any time.',
  giveUp: 'Give up',
  keepItOpen: 'Keep it open',
  retry: 'Retry',
  cancelRun: 'Cancel run',
};

/** Of features/runs/RunDifferences.svelte. */
export const runDifferences = {
  runsCannotBeCompared: 'Runs cannot be compared with Temporal now',
  tooMuchIsOpen: 'Too much is open to compare it with Temporal',
  ofOpenRunsAndExecutions: (rows: number, executions: number) => `Of ${counted(rows, 'open run')} and ${counted(executions, 'execution')} nothing can be said here. The check every two minutes goes on.`,
  runsWithoutExecutionInTemporal: (lost: number) => `${counted(lost, 'run')} without an execution in Temporal`,
  somebodyEndedItThere: {
    before: (lost: number) => `Somebody ended ${lost === 1 ? 'it' : 'them'} there, or ${lost === 1 ? 'it was' : 'they were'} lost. The check every two minutes closes what stays quiet;`,
    link: 'let it look now',
  },
  ofSite: (site: string) => ` of ${site}`,
  begun: ', begun',
  executionsInTemporalWithout: (unlisted: number) => `${counted(unlisted, 'execution')} in Temporal without an open run`,
  theyWaitForSomething: 'They wait for something, or their run ended before they did. Look at them in Temporal if they stay.',
};

/** Of pages/RunPage.svelte. */
export const runPage = {
  run: 'Run',
  toPlaceOf: (placeOf: string) => ` to ${placeOf}`,
  runs: 'Runs',
  started: 'Started',
  runningFor: 'running for',
  took: 'took',
  extraTries: (tries: number) => counted(tries, 'extra try', 'extra tries'),
  whatIsWrong: 'What is wrong',
  concourseNotStudioBuilds: 'Concourse, not the studio, builds and uploads this publish',
  besidePublishByStudiosOwn: 'Beside a publish by the studio’s own workers it lacks:',
  steps: 'Steps',
  thisKindOfRun: 'This kind of run has no steps of its own.',
  warnings: (warnings: number) => counted(warnings, 'warning'),
  warningsLabel: 'Warnings',
  leftToDoByHand: 'Left to do by hand',
  aboutThisRun: 'About this run',
  result: 'Result',
  input: 'Input',
  kind: 'Kind',
  site: 'Site',
  version: 'Version',
  commit: 'Commit',
  builder: 'Builder',
  askedForBy: 'Asked for by',
  studio: 'The studio',
  ended: 'Ended',
  seeIt: 'See it',
  openSite: 'Open the site',
  filesOfSiteFromGoogleDrive: 'Files of the site from Google Drive',
  reportOfEveryPlaceCsv: 'Report of every place (CSV)',
  seeItInTemporal: 'See it in Temporal',
  workflow: 'Workflow',
  runInline: 'run',
  theRun: 'the run',
};

/** Of features/runs/RunRow.svelte. */
export const runRow = {
  soFar: 'So far ',
  took: 'Took ',
  temporal: 'Temporal',
  showsOpensInNewTab: (kind: string) => `shows ${kind} (opens in a new tab)`,
};

/** Of pages/RunsPage.svelte. */
export const runsPage = {
  everyProcess: 'Every process',
  process: 'Process',
  version: 'Version',
  bothAndNone: 'Both and none',
  draft: 'Draft',
  live: 'Live',
  siteItsName: 'Site (its name)',
  askedForByNameOrEMail: 'Asked for by (name or e-mail)',
  fromDay: 'From the day',
  toDay: 'To the day',
  orMore: ' or more',
  all: 'All',
  waitingForPerson: 'Waiting for a person',
  listOfRuns: 'list of runs',
  runs: 'Runs',
  runsOf: (title: string) => `Runs of ${title}`,
  runsOfAllSites: 'Runs of all sites',
  howManyNewestFirst: (isCutOff: boolean, shown: number, total: number) => `${isCutOff ? `The newest ${count(shown)} runs` : counted(total, 'run')}, newest first`,
  showAllRuns: 'Show all runs',
  state: 'State',
  run: 'Run',
  askedForBy: 'Asked for by',
  started: 'Started',
  took: 'Took',
  runsInline: 'runs',
  noRunFits: 'No run fits',
  nothingHasRunYet: 'Nothing has run yet',
  runAppearsHereAsSoon: {
    before: 'A run appears here as soon as somebody publishes or imports a site. Open a',
    link: 'site',
    after: 'to publish it.',
  },
};

/** Of features/runs/Timeline.svelte. */
export const timeline = {
  steps: 'Steps',
  whatIsWrong: 'What is wrong',
};

/** Of features/runs/timeline.ts. */
export const timelineLogic = {
  stopped: 'Stopped',
  notReached: 'Not reached',
  try: (doing: string, ordinal: string) => `${doing} (${ordinal} try)`,
  onTry: (ordinal: string) => `on the ${ordinal} try`,
  now: 'now',
  inDuration: (duration: string) => `in ${duration}`,
  tryingAgainTry: (when: string, ordinal: string) => `Trying again ${when} (${ordinal} try).`,
  starting: 'Starting',
};
