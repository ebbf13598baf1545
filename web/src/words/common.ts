import { counted } from '#domain/counted.ts';
import { count } from '../lib/numbers.ts';

/** Of lib/apiClient.ts. */
export const apiClient = {
  studiosAnswerCouldNotBeRead: 'The studio’s answer could not be read. Load this page again.',
  studioTakesTooLongToAnswer: 'The studio takes too long to answer. Try again in a moment.',
  studioDoesNotAnswer: 'The studio does not answer. Check your connection; it tries again by itself.',
  studioIsNotThereJustNow: 'The studio is not there just now. It tries again by itself.',
  studioAnsweredInWayNobody: (status: number) => `The studio answered in a way nobody expected (${status}). Load this page again.`,
};

/** What is said in many places. */
export const common = {
  close: 'Close',
  leaveIt: 'Leave it',
  yes: 'Yes',
  no: 'No',
  saving: 'Saving …',
  privacyPolicy: 'Privacy policy',
  opensInNewTab: '(opens in a new tab)',
  tryAgain: 'Try again',
  undo: 'Undo',
  notNow: 'Not now',
  asking: 'Asking …',
  openThisRun: 'Open this run',
  cancel: 'Cancel',
};

/** Of ui/PageFrame.svelte. */
export const pageFrame = {
  ocwStudio: (title: string) => `${title} · OCW Studio`,
};

/** Of ui/Pager.svelte. */
export const pager = {
  pagesOf: (what: string) => `Pages of ${what}`,
  noMore: (what: string) => `No more ${what}`,
  shownOfTotal: (first: number, last: number, total: number, what: string) => `${count(first)}–${count(last)} of ${count(total)} ${what}`,
  previous: 'Previous',
  next: 'Next',
};

/** Of ui/Skeleton.svelte. */
export const skeleton = {
  loading: (what: string) => `Loading ${what} …`,
};

/** Of lib/time.ts. */
export const time = {
  justNow: 'just now',
  yesterday: 'yesterday',
  daysAgo: (days: number) => `${days} days ago`,
  withinMinute: 'within a minute',
  inMinutes: (minutes: number) => `in ${counted(minutes, 'minute')}`,
  inHours: (hours: number) => `in ${counted(hours, 'hour')}`,
  tomorrow: 'tomorrow',
  inDays: (days: number) => `in ${counted(days, 'day')}`,
  ago: (number: number, unit: string) => `${number} ${unit}${number === 1 ? '' : 's'} ago`,
  seconds: (value: string) => `${value} s`,
  wholeSeconds: (seconds: number) => `${seconds} s`,
  minutes: (minutes: number) => `${minutes} min`,
  minutesAndSeconds: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
  days: (days: number) => counted(days, 'day'),
  daysAndHours: (days: number, hours: number) => `${counted(days, 'day')} ${hours} h`,
  hours: (hours: number) => `${hours} h`,
  hoursAndMinutes: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
};
