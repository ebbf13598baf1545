// @ts-check
/**
 * The jobs of an account: what each was asked for, where it stands by the clock, and the events of its way.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { outputsOf, placeOf, TranscodeFailure } from './transcode.mjs';

/** @typedef {'SUBMITTED' | 'PROGRESSING' | 'COMPLETE' | 'CANCELED' | 'ERROR'} JobStatus */

/**
 * @typedef {object} Job times are epoch milliseconds
 * @property {string} id
 * @property {string} role
 * @property {string} queue
 * @property {Record<string, any>} settings
 * @property {Record<string, string>} userMetadata
 * @property {string | null} token
 * @property {number} priority
 * @property {number} createdAt
 * @property {number} startsAt
 * @property {number} endsAt not before this; later when the work lasts longer
 * @property {JobStatus} status
 * @property {number | null} endedAt
 * @property {import('./transcode.mjs').TranscodedFile[]} files
 * @property {{ code: number, message: string } | null} planned with which it ends, whatever its source is
 * @property {{ code: number, message: string } | null} failure
 */

/**
 * @typedef {object} Plan what becomes of jobs of some sources
 * @property {RegExp} match tested against the address of the source
 * @property {number} times how many jobs it is for; 0 means without end
 * @property {number} [queueMs]
 * @property {number} [workMs]
 * @property {number} [errorCode] with which it ends
 * @property {string} [errorMessage]
 */

/** How long a token makes two requests one. */
const TOKEN_MS = 60_000;

/**
 * @param {object} options
 * @param {() => number} options.now epoch milliseconds
 * @param {string} options.region
 * @param {string} options.account
 * @param {ReturnType<typeof import('./schedule.mjs').createSchedule>} options.schedule
 * @param {Pick<ReturnType<typeof import('./transcode.mjs').createTranscoder>, 'transcode'>} options.transcoder
 * @param {(event: Record<string, any>) => void} options.tell called for each event
 * @param {() => void} options.keep called when anything changed
 * @param {Job[]} [options.jobs] of before
 */
export function createJobs({ now, region, account, schedule, transcoder, tell, keep, jobs: before = [] }) {
  /** @type {Map<string, Job>} */
  const jobs = new Map(before.map((job) => [job.id, job]));
  /** @type {Plan[]} */
  let plans = [];
  const settings = { queueMs: 0, workMs: 0, searchLagMs: 0 };

  /** @param {string} address */
  function takePlan(address) {
    const plan = plans.find((candidate) => candidate.match.test(address));
    if (plan?.times === 1) plans = plans.filter((candidate) => candidate !== plan);
    else if (plan !== undefined && plan.times > 1) plan.times -= 1;
    return plan;
  }

  /** @param {Job} job @param {Record<string, unknown>} [detail] */
  function emit(job, detail = {}) {
    tell({
      version: '0',
      id: randomUUID(),
      'detail-type': 'MediaConvert Job State Change',
      source: 'aws.mediaconvert',
      account,
      time: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [`arn:aws:mediaconvert:${region}:${account}:jobs/${job.id}`],
      detail: { timestamp: now(), accountId: account, queue: job.queue, jobId: job.id, status: job.status, userMetadata: job.userMetadata, ...detail },
    });
  }

  /** @param {Job} job */
  function begin(job) {
    if (job.status !== 'SUBMITTED' && job.status !== 'PROGRESSING') return;
    if (job.status === 'SUBMITTED') {
      job.status = 'PROGRESSING';
      keep();
      emit(job);
    }
    const planned = job.planned;
    const work = planned === null ? transcoder.transcode(job.settings) : Promise.reject(new TranscodeFailure(planned.code, planned.message));
    return work.then(
      (files) => schedule.at(Math.max(now(), job.endsAt), () => end(job, files, null)),
      (error) => {
        const failure = error instanceof TranscodeFailure ? { code: error.code, message: error.message } : { code: 1999, message: `Internal service error: ${error instanceof Error ? error.message : String(error)}` };
        schedule.at(Math.max(now(), job.endsAt), () => end(job, [], failure));
      },
    );
  }

  /** @param {Job} job @param {Job['files']} files @param {Job['failure']} failure */
  function end(job, files, failure) {
    if (job.status !== 'PROGRESSING') return;
    Object.assign(job, { status: failure === null ? 'COMPLETE' : 'ERROR', endedAt: now(), files, failure });
    keep();
    if (failure !== null) emit(job, { errorCode: failure.code, errorMessage: failure.message });
    else emit(job, { outputGroupDetails: [{ outputDetails: files.map((file) => ({ outputFilePaths: [`s3://${file.bucket}/${file.key}`], durationInMs: file.durationInMs, videoDetails: { widthInPx: file.widthInPx, heightInPx: file.heightInPx } })), type: 'FILE_GROUP' }] });
  }

  for (const job of jobs.values()) if (job.endedAt === null) schedule.at(job.startsAt, () => begin(job));

  return {
    settings,

    /** @param {Plan} plan */
    plan(plan) {
      plans.push(plan);
      return plans.length;
    },

    all: () => [...jobs.values()],

    /** @param {string} id */
    get: (id) => jobs.get(id),

    /**
     * Makes a job, or finds that of the same token.
     * @param {Pick<Job, 'role' | 'queue' | 'settings' | 'userMetadata' | 'token' | 'priority'>} request
     * @returns {Job}
     */
    create(request) {
      const at = now();
      const same = request.token === null ? undefined : [...jobs.values()].find((job) => job.token === request.token && at - job.createdAt < TOKEN_MS);
      if (same !== undefined) return same;
      const plan = takePlan(String(request.settings['inputs'][0].fileInput));
      const startsAt = at + (plan?.queueMs ?? settings.queueMs);
      /** @type {Job} */
      const job = {
        ...request,
        id: `${at}-${BigInt(`0x${randomBytes(6).toString('hex')}`).toString(36).padStart(6, '0').slice(-6)}`,
        createdAt: at,
        startsAt,
        endsAt: startsAt + (plan?.workMs ?? settings.workMs),
        status: 'SUBMITTED',
        endedAt: null,
        files: [],
        planned: plan?.errorCode === undefined ? null : { code: plan.errorCode, message: plan.errorMessage ?? 'Example error message' },
        failure: null,
      };
      jobs.set(job.id, job);
      keep();
      schedule.at(startsAt, () => begin(job));
      return job;
    },

    /** False when it has ended already. @param {Job} job */
    cancel(job) {
      if (job.endedAt !== null) return false;
      Object.assign(job, { status: 'CANCELED', endedAt: now() });
      keep();
      emit(job);
      return true;
    },

    /**
     * Jobs by what a list or a search asks for, newest first unless told otherwise.
     * @param {{ inputFile?: string | null, queue?: string | null, status?: string | null, order?: string | null }} query
     */
    find({ inputFile, queue, status, order }) {
      const found = [...jobs.values()].filter(
        (job) =>
          (inputFile == null || (now() >= job.createdAt + settings.searchLagMs && /** @type {Record<string, any>[]} */ (job.settings['inputs']).some((input) => String(input['fileInput']).includes(inputFile)))) &&
          (queue == null || job.queue === queue || job.queue.endsWith(`/${queue}`)) &&
          (status == null || job.status === status),
      );
      found.sort((a, b) => a.createdAt - b.createdAt);
      return order === 'ASCENDING' ? found : found.reverse();
    },

    /** What is wrong with the settings of a job, in words; undefined when nothing is. @param {unknown} wanted */
    faultOf(wanted) {
      const told = /** @type {Record<string, any>} */ (wanted ?? {});
      const inputs = told['inputs'];
      if (!Array.isArray(inputs) || inputs.length === 0 || placeOf(String(inputs[0]?.fileInput ?? '')) === null) return '/inputs: Should have at least one input with an S3 URL';
      if (!Array.isArray(told['outputGroups']) || told['outputGroups'].length === 0) return '/outputGroups: Should not be empty';
      for (const group of told['outputGroups']) {
        if (group?.outputGroupSettings?.type !== 'FILE_GROUP_SETTINGS') return '/outputGroups/0/outputGroupSettings/type: is not known here';
        if (!Array.isArray(group.outputs) || group.outputs.length === 0) return '/outputGroups/0/outputs: Should not be empty';
        if (group.outputs.some((/** @type {Record<string, any>} */ output) => output['containerSettings']?.container !== 'MP4' || output['videoDescription']?.codecSettings?.codec !== 'H_264')) return '/outputGroups/0/outputs: only MP4 with H_264 is known here';
      }
      try {
        const keys = outputsOf(told).map(({ key }) => key);
        return new Set(keys).size === keys.length ? undefined : '/outputGroups/0/outputs: Two or more outputs have the same path';
      } catch (error) {
        return `/outputGroups/0: ${error instanceof Error ? error.message : String(error)}`;
      }
    },

    /** A job as an answer shows it. @param {Job} job */
    shown(job) {
      const seconds = (/** @type {number} */ ms) => Math.floor(ms / 1_000);
      const hasStarted = job.status !== 'SUBMITTED' && (job.endedAt === null || job.endedAt >= job.startsAt);
      return {
        arn: `arn:aws:mediaconvert:${region}:${account}:jobs/${job.id}`,
        id: job.id,
        createdAt: seconds(job.createdAt),
        queue: job.queue,
        role: job.role,
        settings: job.settings,
        userMetadata: job.userMetadata,
        ...(job.token === null ? {} : { clientRequestToken: job.token }),
        status: job.status,
        priority: job.priority,
        accelerationSettings: { mode: 'DISABLED' },
        accelerationStatus: 'NOT_APPLICABLE',
        statusUpdateInterval: 'SECONDS_60',
        billingTagsSource: 'QUEUE',
        hopDestinations: [],
        ...(job.status === 'PROGRESSING' ? { currentPhase: 'TRANSCODING', jobPercentComplete: 50 } : job.status === 'COMPLETE' ? { jobPercentComplete: 100 } : {}),
        ...(job.failure === null ? {} : { errorCode: job.failure.code, errorMessage: job.failure.message }),
        // How long and how large, but not where: that an event alone says.
        ...(job.status === 'COMPLETE' ? { outputGroupDetails: [{ outputDetails: job.files.map(({ durationInMs, widthInPx, heightInPx }) => ({ durationInMs, videoDetails: { widthInPx, heightInPx } })) }] } : {}),
        timing: { submitTime: seconds(job.createdAt), ...(hasStarted ? { startTime: seconds(job.startsAt) } : {}), ...(job.endedAt === null ? {} : { finishTime: seconds(job.endedAt) }) },
      };
    },
  };
}
