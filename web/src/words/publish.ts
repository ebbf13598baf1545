import { counted } from '#domain/counted.ts';

/** Of features/publish/EarlierPublishes.svelte. */
export const earlierPublishes = {
  earlierPublishAgain: 'an earlier publish again',
  thatOfAgain: (time: string) => `that of ${time} again`,
  nothingDiffered: 'nothing differed',
  filesChanged: (changed: number) => `${counted(changed, 'file')} changed`,
  filesRemoved: (removed: number) => `${counted(removed, 'file')} removed`,
  and: ' and ',
  earlierPublishes: 'Earlier publishes',
  earlierPublishesTo: (placeOf: string) => `Earlier publishes to ${placeOf}`,
  commit: ', commit',
  preview: 'Preview',
  ofPublishOfOpensInNewTab: (time: string) => `of the publish of ${time} (opens in a new tab)`,
  outNow: 'Out now',
  showThisAgain: 'Show this again',
  publishOf: (time: string) => `: the publish of ${time}`,
  showThisAgainQuestion: 'Show this again?',
  readersGetSite: 'Readers get the site as this publish put it out, within seconds. What was saved since stays saved, and the next publish brings it out.',
  keepWhatIsOut: 'Keep what is out',
  showOlderOnes: 'Show older ones',
};

/** Of features/publish/PageChange.svelte. */
export const pageChange = {
  asReadersSeeItNow: 'as readers see it now (opens in a new tab)',
  textOfThisPageWasNotCompared: 'The text of this page was not compared: there are too many pages, it is too large, or it is not kept any more.',
  textIsSame: 'The text is the same. What differs is how it is marked up.',
  linesAreSame: (lines: number) => `${counted(lines, 'line is', 'lines are')} the same`,
  added: '[added]',
  removed: '[removed]',
  moreChangedLinesAreNotShown: (cut: number) => `${counted(cut, 'more changed line is', 'more changed lines are')} not shown`,
};

/** Of features/publish/PublishCard.svelte. */
export const publishCard = {
  reviewFor: (place: string, message: string) => `Review for ${place}: ${message}`,
  address: 'Address',
  noneUntilItIsPublished: 'None until it is published for the first time',
  lastPublish: 'Last publish',
  fromCommit: 'from commit',
  never: 'Never',
  changes: 'Changes',
  nothingIsOutYet: 'Nothing is out yet',
  savedChangesAreNotOutYet: 'Saved changes are not out yet',
  everythingSavedIsOut: 'Everything saved is out',
  ownerOrAdminOfSite: (review: boolean) => `An owner or admin of the site publishes to Production.${review ? ' Review the changes and ask for their approval.' : ''}`,
  youMayLook: 'You may look at this site, but not publish it.',
  putThisInFrontOfReaders: 'Put this in front of readers?',
  everythingSavedSoFarGoes: 'Everything saved so far goes to the public site. Pages that were removed here disappear there too.',
  publishToProductionNow: 'Publish to Production now',
  publishTo: (place: string) => `Publish to ${place}`,
  secondPersonHasToApprove: 'A second person has to approve what goes live.',
  oneRuns: 'One runs. Another goes out after it.',
  reviewsFor: (place: string) => `Reviews for ${place}`,
  runningNow: 'Running now',
  lastRun: 'Last run',
  stepsOfRunTo: (place: string) => `Steps of the run to ${place}`,
  warning: 'A warning',
  warnings: (warnings: number) => `${warnings} warnings`,
  warningsLabel: 'Warnings',
  seeItInTemporal: 'See it in Temporal',
  reviewChanges: 'Review changes',
};

/** Of features/publish/ReviewDecision.svelte. */
export const reviewDecision = {
  said: {
    publish: 'It is being published.',
    schedule: 'The time is set.',
    unschedule: 'The schedule is taken back.',
    askApproval: 'Those who answer for the site are asked.',
    approve: 'You approved it.',
    reject: 'It is rejected.',
  },
  yourDecision: 'Your decision',
  putExactlyThisOn: (place: string) => `Put exactly this on ${place}?`,
  whatYouSeeHereGoes: 'What you see here goes out, and nothing that was saved later.',
  publishThisNow: 'Publish this now',
  publishThisOn: 'Publish this on',
  inYourTimeZone: (zone: string) => `In your time zone, ${zone}. What is saved until then does not go along.`,
  setTime: 'Set the time',
  whyItShallNotGoOut: 'Why it shall not go out',
  reject: 'Reject',
  publishThis: 'Publish this',
  approve: 'Approve',
  askForApproval: 'Ask for approval',
  anotherTime: 'Another time …',
  schedule: 'Schedule …',
  takeScheduleBack: 'Take the schedule back',
  rejectAsk: 'Reject …',
};

/** Of features/publish/ReviewList.svelte. */
export const reviewList = {
  review: 'Review',
  ofExactTime: (exactTime: string) => `of ${exactTime}`,
  goesOutOn: (exactTime: string) => `goes out on ${exactTime}`,
  commandLine: 'the command line',
  takeScheduleBack: 'Take the schedule back',
};

/** Of pages/ReviewPage.svelte. */
export const reviewPage = {
  review: (word: string) => `Review: ${word}`,
  whatWouldChangeOn: (placeOf: string, title: string) => `What would change on ${placeOf}: ${title}`,
  reviewSentence: 'Review',
  askedForBy: (name: string | null | undefined) => `Asked for by ${name ?? 'the command line'}`,
  commit: ', commit',
  savedLaterAndNotIncluded: 'Saved later, and not included',
  savesCameAfterThisWasMade: (saves: number) => `${counted(saves, 'save')} came after this was made. Review again to bring ${saves === 1 ? 'it' : 'them'} in.`,
  withoutTitle: (type: string) => `a ${type} without a title`,
  deletedBy: (isDeleted: boolean, name: string | null | undefined) => `${isDeleted ? ', deleted' : ''} by ${name ?? 'the studio'},`,
  steps: 'Steps',
  addressesWouldDie: (dying: number) => `${counted(dying, 'address', 'addresses')} would die`,
  nothingWillBeFoundThere: 'Nothing will be found there any more, and nothing leads on. Rename a page instead of removing it, and its old address leads on by itself.',
  pagesDiffer: (pages: number) => counted(pages, 'page differs', 'pages differ'),
  textOfPagesWasNotCompared: (notCompared: number) => `The text of ${counted(notCompared, 'page')} was not compared.`,
  pages: 'pages',
  filesDiffer: (files: number) => counted(files, 'file differs', 'files differ'),
  file: 'File',
  what: 'What',
  now: 'Now',
  then: 'Then',
  files: 'files',
  orPublishItLedTo: { before: 'or', link: 'the publish it led to' },
  reviewInline: 'review',
  theReview: 'the review',
};
