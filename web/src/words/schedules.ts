/** Of pages/RecurringPage.svelte. */
export const recurringPage = {
  recurringWork: 'Recurring work',
  whatStudioDoesAgain: {
    before: 'What the studio does again and again by itself. Publishes for which a person set a time are',
    link: 'scheduled publishes',
  },
  theRecurringWork: 'the recurring work',
};

/** Of features/schedules/ScheduleRow.svelte. */
export const scheduleRow = {
  notSetUp: 'Not set up',
  paused: 'Paused',
  atWork: 'At work',
  on: 'On',
  itsIntervalIsOrNo: 'Its interval is 0, or no worker has started yet. The deployment guide names the variable.',
  every: (duration: string) => `Every ${duration}.`,
  next: 'Next',
  once: 'once',
  times: (skipped: string) => `${skipped} times`,
  leftOutBecauseOneBefore: (skipped: string) => `Left out ${skipped}, because the one before was still at work.`,
  last: 'Last:',
  itWasNotDoneYet: 'It was not done yet.',
  whyDoesItRest: 'Why does it rest?',
  pauseIt: 'Pause it',
  atWorkNow: 'At work now',
  runNow: 'Run now',
  pause: 'Pause …',
  goesOn: 'goes on',
  resume: 'Resume',
};

/** Of pages/SchedulesPage.svelte. */
export const schedulesPage = {
  publishesForWhichPersonSet: {
    before: 'Publishes for which a person set a time. What the studio does again and again by itself is',
    link: 'recurring work',
  },
  nextPublishComesFirst: 'The next publish comes first. Each puts out what was reviewed, not what is saved until then.',
  publishesToCome: 'Publishes to come',
  firstOfAreShown: (schedules: number, total: number) => `The first ${schedules} of ${total} are shown.`,
  noPublishIsScheduled: 'No publish is scheduled',
  reviewChangesOfSite: { before: 'Review the changes of a', link: 'site', after: 'to set a time for them.' },
  scheduledPublishes: 'the scheduled publishes',
};
