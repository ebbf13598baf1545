// @ts-check
/**
 * What the archive knows of captures: those that were asked for, what becomes of each at which time, and what is
 * remembered and indexed of it. Nothing is fetched; a capture is a matter of the clock and of what it is planned to be.
 */
import { createHash } from 'node:crypto';

/**
 * @typedef {object} Capture one capture, as it was decided when it was asked for; times are epoch milliseconds
 * @property {string} url
 * @property {string} finalUrl after redirects
 * @property {string} jobId
 * @property {number} submittedAt
 * @property {number} startsAt
 * @property {number} endsAt
 * @property {number} indexedAt
 * @property {{ statusExt: string, message: string, httpStatus?: number } | null} failure
 */

/**
 * @typedef {object} Plan what becomes of captures of some URLs
 * @property {RegExp} match tested against the URL
 * @property {number} times how many captures it is for; 0 means without end
 * @property {string} [statusExt] with which it fails
 * @property {boolean} [isRejected] it is told so when it is asked for, and nothing is begun
 * @property {string} [message]
 * @property {number} [httpStatus] of the page
 * @property {string} [finalUrl]
 * @property {number} [startsInMs] how long the archive is overloaded
 * @property {number} [captureMs]
 * @property {number} [indexLagMs]
 */

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** How long the outcome of a capture is remembered. */
const REMEMBERED_MS = HOUR;
const MESSAGES = /** @type {Record<string, string>} */ ({
  'error:invalid-host-resolution': 'Couldn’t resolve host for {url}.',
  'error:not-found': 'The target URL was not found (HTTP status=404).',
});

/**
 * The id of a URL’s captures: it is the same for all of them.
 * @param {string} url
 */
export function jobIdOf(url) {
  return `spn2-${createHash('sha1').update(url).digest('hex')}`;
}

/** Fourteen digits, UTC. @param {number} time epoch milliseconds */
export function timestampOf(time) {
  return new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
}

/**
 * Under which a URL is indexed: without its scheme, `www.`, the case of letters and a slash at its end.
 * @param {string} url
 */
export function urlKeyOf(url) {
  const parsed = URL.canParse(url) ? new URL(url) : new URL(`http://${url}`);
  const host = parsed.hostname.replace(/^www\d*\./, '').split('.').reverse().join(',');
  return `${host}${parsed.port === '' ? '' : `:${parsed.port}`})${(parsed.pathname.replace(/\/$/, '') || '/').toLowerCase()}${parsed.search.toLowerCase()}`;
}

/**
 * `30d`, `3d 5h 20m` or a number of seconds as milliseconds; null when it is none of these.
 * @param {string} text
 */
export function timedeltaMs(text) {
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  if (!/^(?:\d+[dhms]\s*)+$/.test(text)) return null;
  const units = /** @type {Record<string, number>} */ ({ d: DAY, h: HOUR, m: 60_000, s: 1_000 });
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
}

/**
 * A span of time in the archive’s words, such as `2 hours, 5 minutes`.
 * @param {number} ms
 */
export function inWords(ms) {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const parts = [[Math.floor(minutes / 1_440), 'day'], [Math.floor((minutes % 1_440) / 60), 'hour'], [minutes % 60, 'minute']];
  return parts.filter(([count]) => Number(count) > 0).map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(', ');
}

/** @param {string} url @param {string} statusExt @param {Plan | undefined} plan @returns {NonNullable<Capture['failure']>} */
function failureOf(url, statusExt, plan) {
  return { statusExt, message: plan?.message ?? (MESSAGES[statusExt] ?? `The capture failed (${statusExt}).`).replace('{url}', url), ...(plan?.httpStatus === undefined ? {} : { httpStatus: plan.httpStatus }) };
}

/**
 * @param {object} options
 * @param {() => number} options.now epoch milliseconds
 * @param {Capture[]} options.captures those of before
 * @param {(capture: Capture) => void} options.keep called for each new one
 */
export function createCaptures({ now, captures, keep }) {
  /** By URL key, oldest first. @type {Map<string, Capture[]>} */
  const byKey = new Map();
  /** What was captured, by the key of where it was found; oldest first. @type {Map<string, Capture[]>} */
  const found = new Map();
  /** The newest of each job. @type {Map<string, Capture>} */
  const byJob = new Map();
  /** @type {Plan[]} */
  let plans = [];
  const settings = { captureMs: 20_000, indexLagMs: 0 };
  /** Those that may still be at work, so that counting them does not walk through all. @type {Set<Capture>} */
  const active = new Set();

  /** @param {Capture} capture */
  const add = (capture) => {
    const key = urlKeyOf(capture.url);
    byKey.set(key, [...(byKey.get(key) ?? []), capture]);
    const foundKey = urlKeyOf(capture.finalUrl);
    if (capture.failure === null) found.set(foundKey, [...(found.get(foundKey) ?? []), capture]);
    byJob.set(capture.jobId, capture);
    active.add(capture);
  };
  for (const capture of captures) add(capture);

  /** @param {string} url @param {boolean} isRejected */
  function takePlan(url, isRejected) {
    const plan = plans.find((candidate) => (candidate.isRejected === true) === isRejected && candidate.match.test(url));
    if (plan?.times === 1) plans = plans.filter((candidate) => candidate !== plan);
    else if (plan !== undefined && plan.times > 1) plan.times -= 1;
    return plan;
  }

  return {
    settings,

    /** @param {Plan} plan */
    plan(plan) {
      plans.push(plan);
      return plans.length;
    },

    /** How many are at work. */
    processing() {
      for (const capture of active) if (capture.endsAt <= now()) active.delete(capture);
      return active.size;
    },

    /** How often a URL was captured, or is being captured, in the last day. @param {string} url */
    timesToday: (url) => (byKey.get(urlKeyOf(url)) ?? []).filter((capture) => capture.submittedAt > now() - DAY && (capture.failure === null || capture.endsAt > now())).length,

    /** The newest capture of a URL that is not older than that, whether it is done or at work. @param {string} url @param {number} withinMs */
    recent: (url, withinMs) => (byKey.get(urlKeyOf(url)) ?? []).findLast((capture) => capture.submittedAt >= now() - withinMs && (capture.failure === null || capture.endsAt > now())),

    /** Why a capture of this URL is turned away when it is asked for, if it is. @param {string} url */
    rejection(url) {
      const plan = takePlan(url, true);
      return plan === undefined ? undefined : failureOf(url, plan.statusExt ?? 'error:blocked-url', plan);
    },

    /** Begins a capture, and decides now what will become of it. @param {string} url @returns {Capture} */
    begin(url) {
      const plan = takePlan(url, false);
      const submittedAt = now();
      const startsAt = submittedAt + (plan?.startsInMs ?? 0);
      const endsAt = startsAt + (plan?.captureMs ?? settings.captureMs);
      const statusExt = plan?.statusExt;
      /** @type {Capture} */
      const capture = {
        url,
        finalUrl: plan?.finalUrl ?? url,
        jobId: jobIdOf(url),
        submittedAt,
        startsAt,
        endsAt,
        indexedAt: endsAt + (plan?.indexLagMs ?? settings.indexLagMs),
        failure: statusExt === undefined ? null : failureOf(url, statusExt, plan),
      };
      add(capture);
      keep(capture);
      return capture;
    },

    /** A recent capture that is asked for again is remembered from then on. @param {Capture} capture */
    remember(capture) {
      byJob.set(capture.jobId, { ...capture, submittedAt: now() });
    },

    /** The status of a job in the archive’s words. What it has forgotten, or never knew, is `pending` for ever. @param {string} jobId */
    status(jobId) {
      const job = byJob.get(jobId);
      if (job === undefined || now() > Math.max(job.submittedAt, job.endsAt) + REMEMBERED_MS) return { status: 'pending', resources: [] };
      if (now() < job.endsAt) return { status: 'pending', job_id: jobId, resources: [] };
      if (job.failure !== null) {
        return { status: 'error', job_id: jobId, exception: 'CaptureError', status_ext: job.failure.statusExt, message: job.failure.message, ...(job.failure.httpStatus === undefined ? {} : { http_status: job.failure.httpStatus }), resources: [] };
      }
      return { status: 'success', job_id: jobId, original_url: job.finalUrl, timestamp: timestampOf(job.endsAt), duration_sec: (job.endsAt - job.startsAt) / 1_000, http_status: 200, resources: [job.finalUrl], outlinks: {}, counters: { outlinks: 0, embeds: 1 } };
    },

    /** What the index knows of a URL, oldest first. @param {string} url */
    indexed: (url) => (found.get(urlKeyOf(url)) ?? []).filter((capture) => capture.indexedAt <= now()).sort((a, b) => a.endsAt - b.endsAt),

    all: () => [...byKey.values()].flat(),
  };
}
