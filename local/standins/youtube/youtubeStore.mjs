// @ts-check
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Snippet what can be written of it
 * @property {string} title
 * @property {string} description
 * @property {string[]} tags
 * @property {string} categoryId
 * @property {string | null} defaultLanguage
 * @property {string | null} defaultAudioLanguage
 */

/**
 * @typedef {object} Status what can be written of it
 * @property {'public' | 'unlisted' | 'private'} privacyStatus
 * @property {boolean} embeddable
 * @property {'youtube' | 'creativeCommon'} license
 * @property {boolean} publicStatsViewable
 * @property {boolean} selfDeclaredMadeForKids
 */

/** @typedef {{ uploadStatus: 'processed' | 'failed' | 'rejected', reason?: string }} Outcome what becomes of an upload; why it failed or was rejected */

/**
 * @typedef {object} Video
 * @property {string} id
 * @property {string} channelId
 * @property {Snippet} snippet
 * @property {Status} status
 * @property {number} size bytes
 * @property {string} md5 of its bytes, for who looks whether the right ones arrived
 * @property {string} mimeType
 * @property {number} uploadedAt epoch milliseconds
 * @property {number} processedAt epoch milliseconds; until then it is `uploaded`
 * @property {Outcome} outcome
 * @property {string | null} thumbnail md5 of the picture somebody set
 * @property {boolean} isDeleted
 * @property {boolean} hasNotified its subscribers were told of it
 */

/** @typedef {{ id: string, videoId: string, language: string, name: string, trackKind: 'standard' | 'asr', isDraft: boolean, status: 'serving' | 'failed', failureReason: string | null, updatedAt: number, text: string }} Caption */
/** @typedef {{ id: string, title: string }} Channel */
/** @typedef {{ token: string, channelId: string, scopes: string[] }} Grant what somebody consented to, with its refresh token */
/** @typedef {{ aheadMs: number, videos: Video[], captions: Caption[], grants: Grant[], used: { day: string, units: number, inserts: number }, uploads: number[] }} State `uploads`: when the channel's videos arrived */

/**
 * What the stand-in knows, in one file. Videos' bytes are counted and summed, and not kept.
 * @param {{ home: string }} options
 */
export function createYoutubeStore({ home }) {
  const file = join(home, 'state.json');
  mkdirSync(home, { recursive: true });
  const isNew = !existsSync(file);
  /** @type {State} */
  const state = !isNew ? JSON.parse(readFileSync(file, 'utf8')) : { aheadMs: 0, videos: [], captions: [], grants: [], used: { day: '', units: 0, inserts: 0 }, uploads: [] };

  /** After every change. */
  function save() {
    // Whole or not at all: half a file would be read at the next start.
    writeFileSync(`${file}.new`, JSON.stringify(state));
    renameSync(`${file}.new`, file);
  }

  return {
    isNew,
    state,
    save,

    /** @param {string} id */
    videoOf: (id) => state.videos.find((video) => video.id === id && !video.isDeleted),

    /** @param {Omit<Video, 'id' | 'thumbnail' | 'isDeleted'>} facts @returns {Video} */
    addVideo(facts) {
      /** @type {Video} */
      const video = { id: randomBytes(8).toString('base64url'), ...facts, thumbnail: null, isDeleted: false };
      state.videos.push(video);
      save();
      return video;
    },

    /** @param {Omit<Caption, 'id'>} facts @returns {Caption} */
    addCaption(facts) {
      const caption = { id: randomBytes(18).toString('base64url'), ...facts };
      state.captions.push(caption);
      save();
      return caption;
    },

    /** @param {string} id */
    removeCaption(id) {
      state.captions = state.captions.filter((caption) => caption.id !== id);
      save();
    },

    /**
     * Takes a whole upload's bytes: sums them up and lets them go.
     * @param {string} path
     */
    async sumUp(path) {
      const hash = createHash('md5');
      for await (const chunk of createReadStream(path)) hash.update(chunk);
      rmSync(path);
      return hash.digest('hex');
    },
  };
}
