// @ts-check
import { GoogleRefusal } from '../googleRefusal.mjs';

const DAY_MS = 86_400_000;
const EXCEEDED = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.';
const PER_DAY = (/** @type {string} */ metric) => `Quota exceeded for quota metric '${metric}' and limit '${metric} per day' of service 'youtube.googleapis.com' for consumer 'project_number:1'.`;

/** @typedef {{ units: number, inserts: number, channelUploads: number }} Limits units and insertions of the project a day, and uploads of the channel in 24 hours */

/** The date in California. @param {number} at epoch milliseconds @returns {string} `2026-11-01` */
export function pacificDay(at) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles', dateStyle: 'short' }).format(at);
}

/**
 * The project's two buckets, which begin anew at midnight in California, and the channel's uploads of 24 hours.
 * @param {{ store: ReturnType<typeof import('./youtubeStore.mjs').createYoutubeStore>, now: () => number, limits: () => Limits, wording: () => 'quotaExceeded' | 'perDay' }} options
 */
export function createQuota({ store, now, limits, wording }) {
  const { state } = store;

  /** What of today's is used. */
  function used() {
    const day = pacificDay(now());
    if (state.used.day !== day) state.used = { day, units: 0, inserts: 0 };
    return state.used;
  }

  /** @param {string} metric */
  const refusal = (metric) => (wording() === 'perDay' ? new GoogleRefusal(429, 'rateLimitExceeded', PER_DAY(metric), { domain: 'usageLimits' }) : new GoogleRefusal(403, 'quotaExceeded', EXCEEDED, { domain: 'youtube.quota' }));

  return {
    used,

    /** Takes what a call costs. @param {number} units */
    spend(units) {
      const today = used();
      if (today.units + units > limits().units) throw refusal('Queries');
      today.units += units;
      store.save();
    },

    /** Takes one insertion of a video. */
    spendInsert() {
      const today = used();
      if (today.inserts + 1 > limits().inserts) throw refusal('Video Uploads');
      today.inserts += 1;
      store.save();
    },

    /** Uploads of the channel in the last 24 hours. */
    uploads() {
      state.uploads = state.uploads.filter((at) => at > now() - DAY_MS);
      return state.uploads.length;
    },

    /** Refuses another upload when the channel had its share. */
    demandUpload() {
      if (this.uploads() >= limits().channelUploads) throw new GoogleRefusal(400, 'uploadLimitExceeded', 'The user has exceeded the number of videos they may upload.', { domain: 'youtube.video', location: 'body', locationType: 'parameter' });
    },

    uploaded() {
      state.uploads.push(now());
      store.save();
    },
  };
}
