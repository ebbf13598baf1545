import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { taskQueues } from './taskQueues.ts';

/**
 * Named time-outs and retries. Every profile bounds one attempt and the whole. How long to wait between tries is decided
 * by the kind of failure (`failures.ts`), which the activity interceptor sends along as `nextRetryDelay`; the policy here
 * is what holds when a worker dies without a word. Heartbeat time-outs are short, because they are how long a killed
 * worker goes unnoticed.
 */
const afterDeath = { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' } as const;

/** A row or two in Postgres, run by the workflow's own worker without a turn through the server. */
export const rowProfile = {
  startToCloseTimeout: '10 seconds',
  scheduleToCloseTimeout: '15 minutes',
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
} as const satisfies LocalActivityOptions;

/** Reads and writes in Postgres and one object in S3. */
export const databaseProfile = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to GitHub's API, or one push. */
export const gitHubProfile = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to GitHub’s API that nothing may wait for long: who asks goes on without them. */
export const hookProfile = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '3 minutes',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Some thousand short transactions in Postgres. */
export const contentProfile = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Waits for the site's repository workflow, which has bounds of its own. */
export const repositoryProfile = {
  startToCloseTimeout: '3 hours',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Waits for an ordinary publish, which has bounds of its own. */
export const publishProfile = {
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '12 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to services that others run; who waits goes on without them after the whole. */
export const announceProfile = {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** One call to the mail service, which may be away for a day. */
export const mailProfile = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Some calls to Google Drive, which may be away for hours or ask to wait. */
export const driveProfile = {
  startToCloseTimeout: '30 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A file of any size from Google Drive: as long as the network takes, and past the end of a day whose bytes are spent. */
export const driveStreamProfile = {
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '72 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to MediaConvert, which may be away for hours; also looking for a job whose answer was lost. */
export const transcodeProfile = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '6 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Some calls to YouTube, however many days its quota or a consent that was taken back make them wait. */
export const youtubeProfile = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '21 days',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** As long as a video is transcoded, which the activity itself bounds. */
export const transcodeWaitProfile = {
  startToCloseTimeout: '25 hours',
  scheduleToCloseTimeout: '50 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A video of any size on its way to YouTube, and until YouTube has worked on it, which it says within a day or not at all. */
export const youtubeStreamProfile = {
  startToCloseTimeout: '26 hours',
  scheduleToCloseTimeout: '21 days',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few pages fetched as readers do, until they are the new ones or a bound of minutes is over. */
export const verifyProfile = {
  startToCloseTimeout: '15 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** One notice to a service that others run, tried for a day. */
export const noticeProfile = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Some calls to a builder that others run, and waiting for what it looks at. */
export const builderProfile = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** One Hugo build with its checkout and the storing of what is new. */
export const buildProfile = {
  startToCloseTimeout: '40 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A preview that somebody looks at, for as long as they do; who waits for a place or a worker for minutes is told that there is none. */
export const previewProfile = {
  scheduleToStartTimeout: '2 minutes',
  startToCloseTimeout: '24 hours',
  scheduleToCloseTimeout: '48 hours',
  heartbeatTimeout: '10 seconds',
  retry: { ...afterDeath, maximumAttempts: 6 },
} as const satisfies ActivityOptions;

/** Installing the themes' packages and bundling their scripts. */
export const themeBuildProfile = {
  startToCloseTimeout: '2 hours',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Reading every manifest there is and removing what is left over. */
export const sweepProfile = {
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '20 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Up to some thousand requests to S3. */
export const transferProfile = {
  startToCloseTimeout: '40 minutes',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A batch of links asked for at the pace their hosts bear, or all sites' links taken in. */
export const linksProfile = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to the Wayback Machine; while it is away, links that are new to the queue are taken in all the same. */
export const waybackProfile = {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '20 minutes',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** A few calls to 3Play Media, which may be away for hours. */
export const threePlayProfile = {
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '12 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** People at 3Play make captions: each try asks once how far they are, and the pauses between tries cost nobody anything. */
export const captionWatchProfile = {
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '21 days',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Every byte of a course's media through one zip: as long as the network takes. */
export const zipProfile = {
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '18 hours',
  heartbeatTimeout: '10 seconds',
  retry: afterDeath,
} as const satisfies ActivityOptions;

/** Queues of the profiles that leave the workflow's own. */
export const profileQueues = { build: taskQueues.build, transfer: taskQueues.transfer } as const;
