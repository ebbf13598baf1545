// @ts-check
/**
 * One project at 3Play: its folders, its files, what was ordered for them, what that cost, and what becomes of it by the clock.
 */

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** @typedef {{ id: number, name: string, description: string, hours: number, price: string | null }} Level `price` in dollars a minute */
/** @typedef {{ id: number, name: string, createdAt: number }} Folder */

/**
 * @typedef {object} MediaFile
 * @property {number} id
 * @property {string} name
 * @property {number} languageId
 * @property {number | null} batchId
 * @property {string | null} referenceId
 * @property {string | null} sourceUrl
 * @property {(string | null)[]} attributes
 * @property {string[]} labels
 * @property {number} duration seconds
 * @property {number} createdAt
 * @property {number} updatedAt
 */

/**
 * @typedef {object} Transcript
 * @property {number} id
 * @property {number} mediaFileId
 * @property {number} levelId
 * @property {'in_progress' | 'complete' | 'cancelled'} status
 * @property {number | null} approvalId of the service, while somebody has to say yes
 * @property {number} orderedAt
 * @property {number | null} dueAt null while nothing is done
 * @property {{ reason: string, details: string } | null} planned with which it will be cancelled
 * @property {{ reason: string, details: string } | null} cancellation
 * @property {string | null} callback
 * @property {string[]} lines
 * @property {number} editedAt
 * @property {string} editedBy
 */

/** @typedef {{ at: number, kind: 'charge' | 'refund', transcriptId: number, mediaFileId: number, referenceId: string | null, cents: number }} LedgerLine */

/**
 * @typedef {object} Plan what becomes of orders for some files
 * @property {RegExp} match tested against the file’s reference id and name, with a space between
 * @property {number} times how many orders it is for; 0 means without end
 * @property {number} [turnaroundMs] how long the work lasts
 * @property {string} [cancel] the reason it is cancelled for, when it would be complete
 * @property {string} [details]
 * @property {string[]} [lines] of the captions
 */

/** @typedef {{ aheadMs: number, nextId: number, folders: Folder[], files: MediaFile[], transcripts: Transcript[], ledger: LedgerLine[] }} ProjectState */

/** @type {Level[]} */
export const LEVELS = [
  { id: 1, name: 'Standard', description: '4 business days', hours: 96, price: '1.85' },
  { id: 2, name: 'Expedited', description: '2 business days', hours: 48, price: '2.60' },
  { id: 3, name: 'Rush', description: '1 business day', hours: 24, price: '3.35' },
  { id: 4, name: 'Same Day', description: '8 hours', hours: 8, price: '4.60' },
  { id: 5, name: 'Extended', description: '10 business days', hours: 240, price: '1.65' },
  { id: 6, name: 'Two Hour', description: '2 hours', hours: 2, price: '6.60' },
];

/**
 * @param {object} options
 * @param {() => number} options.now epoch milliseconds
 * @param {ProjectState} options.state
 * @param {() => void} options.keep called when anything changed
 * @param {(transcript: Transcript) => void} options.tell called when a transcript’s status changed
 */
export function createProject({ now, state, keep, tell }) {
  /** @type {Plan[]} */
  let plans = [];
  const settings = { duration: 120, turnaroundMs: /** @type {number | null} */ (null), needsApproval: false, hidesPrices: false };
  let levels = LEVELS;

  const nextId = () => {
    state.nextId += 1;
    return state.nextId;
  };

  /** @param {number} id */
  const file = (id) => state.files.find((candidate) => candidate.id === id);

  /** @param {MediaFile} media */
  function takePlan(media) {
    const plan = plans.find((candidate) => candidate.match.test(`${media.referenceId ?? ''} ${media.name}`));
    if (plan?.times === 1) plans = plans.filter((candidate) => candidate !== plan);
    else if (plan !== undefined && plan.times > 1) plan.times -= 1;
    return plan;
  }

  /** @param {Transcript} transcript @param {LedgerLine['kind']} kind */
  function enter(transcript, kind) {
    const media = file(transcript.mediaFileId);
    state.ledger.push({ at: now(), kind, transcriptId: transcript.id, mediaFileId: transcript.mediaFileId, referenceId: media?.referenceId ?? null, cents: priceCents(transcript) });
  }

  /** @param {Transcript} transcript */
  function priceCents(transcript) {
    const level = levels.find(({ id }) => id === transcript.levelId);
    return Math.ceil(Math.round(Number(level?.price ?? 0) * 100 * ((file(transcript.mediaFileId)?.duration ?? 0) / 60) * 10_000) / 10_000);
  }

  /** @param {Transcript} transcript */
  const turnaroundMs = (transcript) => settings.turnaroundMs ?? (levels.find(({ id }) => id === transcript.levelId)?.hours ?? 96) * HOUR;

  /** @param {Transcript} transcript @param {{ reason: string, details: string }} cancellation */
  function cancel(transcript, cancellation) {
    const isCharged = transcript.approvalId === null;
    Object.assign(transcript, { status: 'cancelled', cancellation, approvalId: null, dueAt: null });
    if (isCharged) enter(transcript, 'refund');
    keep();
    tell(transcript);
  }

  return {
    settings,
    state,
    file,
    levels: () => levels,
    priceCents,

    /** @param {Level[]} other */
    setLevels(other) {
      levels = other;
    },

    /** @param {Plan} plan */
    plan(plan) {
      plans.push(plan);
      return plans.length;
    },

    /** @param {string} name @returns {Folder} */
    addFolder(name) {
      const folder = { id: nextId(), name, createdAt: now() };
      state.folders.push(folder);
      keep();
      return folder;
    },

    /** @param {Omit<MediaFile, 'id' | 'duration' | 'createdAt' | 'updatedAt'>} wish @returns {MediaFile} */
    addFile(wish) {
      const media = { ...wish, id: nextId(), duration: settings.duration, createdAt: now(), updatedAt: now() };
      state.files.push(media);
      keep();
      return media;
    },

    /** @param {number} id */
    transcript: (id) => state.transcripts.find((candidate) => candidate.id === id),

    /** What was ordered for a file and is not cancelled. @param {number} mediaFileId */
    orderOf: (mediaFileId) => state.transcripts.find((candidate) => candidate.mediaFileId === mediaFileId && candidate.status !== 'cancelled'),

    /**
     * Places an order. It is paid at once, or when somebody has said yes to it.
     * @param {MediaFile} media @param {number} levelId @param {string | null} callback
     * @returns {Transcript}
     */
    order(media, levelId, callback) {
      const plan = takePlan(media);
      /** @type {Transcript} */
      const transcript = {
        id: nextId(),
        mediaFileId: media.id,
        levelId,
        status: 'in_progress',
        approvalId: settings.needsApproval ? nextId() : null,
        orderedAt: now(),
        dueAt: null,
        planned: plan?.cancel === undefined ? null : { reason: plan.cancel, details: plan.details ?? '' },
        cancellation: null,
        callback,
        lines: plan?.lines ?? [`Welcome to ${media.name}.`, 'These are the captions of a stand-in.'],
        editedAt: now(),
        editedBy: '3Play Media',
      };
      state.transcripts.push(transcript);
      if (transcript.approvalId === null) {
        transcript.dueAt = now() + (plan?.turnaroundMs ?? turnaroundMs(transcript));
        enter(transcript, 'charge');
      }
      keep();
      return transcript;
    },

    /** Somebody says yes, or no, to an order. @param {Transcript} transcript @param {boolean} isYes */
    decide(transcript, isYes) {
      if (transcript.approvalId === null) return false;
      if (!isYes) {
        cancel(transcript, { reason: 'Cancelled by user', details: 'The order was not approved.' });
        return true;
      }
      transcript.approvalId = null;
      transcript.dueAt = now() + turnaroundMs(transcript);
      enter(transcript, 'charge');
      keep();
      return true;
    },

    cancel,

    /** Somebody corrects captions at 3Play’s own pages. @param {Transcript} transcript @param {string[]} lines @param {string} by */
    edit(transcript, lines, by) {
      Object.assign(transcript, { lines, editedAt: now(), editedBy: by });
      const media = file(transcript.mediaFileId);
      if (media !== undefined && !media.labels.includes('updated')) media.labels.push('updated');
      if (media !== undefined) media.updatedAt = now();
      keep();
    },

    /** When the next order will be done; null when none is at work. */
    nextAt: () => state.transcripts.reduce((/** @type {number | null} */ next, { dueAt }) => (dueAt === null || (next !== null && next <= dueAt) ? next : dueAt), null),

    /** Ends what is due. */
    settle() {
      for (const transcript of state.transcripts) {
        if (transcript.dueAt === null || transcript.dueAt > now()) continue;
        if (transcript.planned !== null) {
          cancel(transcript, transcript.planned);
          continue;
        }
        Object.assign(transcript, { status: 'complete', dueAt: null });
        keep();
        tell(transcript);
      }
    },
  };
}
