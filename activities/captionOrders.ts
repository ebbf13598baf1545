import { ThreePlayError, type ThreePlayTranscript } from '#clients/threePlay.ts';
import type { Db } from '#db/knex.ts';
import { endCaptionsEntry, insertAuditEntry } from '#db/queries/auditEntries.ts';
import { type CaptionOrderRow, captionSpending, findCaptionOrder, findOrderOfSameBytes, isSameFilmAtOrder, listCaptionOrders, lockCaptionSpending, moveCaptionOrder, openCaptionOrder, ORDERED_STATES, type OrderReason, priceCaptionOrder } from '#db/queries/captionOrders.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { findSite } from '#db/queries/sites.ts';
import { findVideo, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { listVideoTracks } from '#db/queries/videoTracks.ts';
import { processActor } from '#domain/audit.ts';
import { formatCents, isEnglish, judgeOrder } from '#domain/captionRules.ts';
import { captionVideoProcess } from '#domain/processes.ts';
import { adoptableTranscript, captionOrderStateOf, chooseTurnaroundLevel, orderPriceCents } from '#domain/threePlay.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';
import { videoMails } from './videoMails.ts';
import { withMails } from './withMails.ts';

const DAY_MS = 24 * 60 * 60_000;
const SAME_FILM = { kind: 'sameFilm', code: 'SameFilm', message: 'Captions of the very same film are being ordered for another video. They will be taken over from there.' } as const;
/** When an order of the same bytes is looked at again: captions take days. */
const SAME_FILM_MS = 6 * 60 * 60_000;

/** What is to be done next to get captions for a video. */
export type CaptionPlan =
  | { readonly next: 'place' | 'look' | 'watch' | 'store'; readonly orderId: string }
  /** For a person’s word, or until there is room below a limit, epoch milliseconds. */
  | { readonly next: 'wait'; readonly orderId: string; readonly untilMs: number | null; readonly message: string }
  /** A person said no. */
  | { readonly next: 'none'; readonly orderId: string; readonly message: string };

export interface WatchedCaptions {
  readonly state: 'complete' | 'cancelled';
  /** Why it was cancelled, as a sentence. */
  readonly message: string;
}

/** A video that is on YouTube, which is where 3Play fetches it. */
type PlacedVideo = VideoRow & { readonly youtubeId: string };

/** Orders of captions at 3Play Media, each paid once. @param deps.now epoch milliseconds; the machine’s clock unless a test says otherwise */
export function createCaptionOrdersActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'log' | 'temporal' | 'threePlay'> & { readonly now?: () => number }) {
  const { config, db, threePlay, now = () => Date.now() } = deps;
  const limits = { dayCents: config.threePlayDayLimitCents, siteCents: config.threePlaySiteLimitCents, approvalAboveCents: config.threePlayApprovalAboveCents };

  return {
    /**
     * Says what is to be done next for the captions of a video: takes over what 3Play has already, of this video or of the same bytes under
     * another id of YouTube’s, or writes a new order down with what it costs by the account’s prices, and sets the money aside unless a person has to approve it.
     * Idempotent because an order that was written down is found again with its state, and folder and video are looked for at 3Play before they are made.
     * Kill points: before folder or video are made, after either before the order’s row (both are found), before the money is set aside, after it (the row says so).
     * @param input.isLookedFor whether an order whose answer was lost was looked for long enough
     * @param input.isNew whether a person wants another order after one that came to nothing
     */
    async planCaptionOrder(input: { readonly videoId: string; readonly isLookedFor?: boolean; readonly isNew?: boolean }): Promise<CaptionPlan> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const video = await videoOf(db, input.videoId);
      const orders = await listCaptionOrders(db, video.id);
      const newest = orders.at(-1);
      const known = newest === undefined ? null : planOf(newest);
      const isOver = known?.next === 'none';
      if (newest !== undefined && known !== null && newest.state !== 'waiting' && !(isOver && input.isNew === true) && !(newest.state === 'unknown' && input.isLookedFor === true)) return known;
      if (!threePlay.isConfigured) throw new StepError('CaptionsBlocked', 'No captions are ordered, because 3Play Media is not set up (THREEPLAY_API_KEY). Put captions into Google Drive, or set it up; then retry this step.');
      const shared = await shareOrder(video, newest);
      if (shared !== null) return shared;
      if (newest?.state === 'waiting') return judge(newest, await estimate(video, abortSignal));
      const found = await findAtThreePlay(video.youtubeId, abortSignal);
      if (found !== null) {
        const adopted = await adopt(video, found, newest);
        return planOf(adopted) ?? { next: 'watch', orderId: adopted.id };
      }
      const estimated = await estimate(video, abortSignal);
      return judge(await openCaptionOrder(db, { ...anotherOf(video, newest), ...estimated, state: 'waiting' }), estimated);
    },

    /**
     * Takes over captions that 3Play has ready for a video, whoever ordered them; nothing is ordered, and what 3Play is still at work on is left to who
     * ordered it.
     * Idempotent because what was taken over is found again.
     * Kill points: before the look, after it before the row (looked for again), after that.
     */
    async adoptCaptions(input: PhaseInput & { readonly videoId: string; readonly isSupplied: boolean }): Promise<PhaseResult & { readonly orderId: string | null }> {
      const told = (summary: string, orderId: string | null = null) => ({ summary, counts: {}, orderId });
      if (input.isSupplied) return told('The site has captions of its own');
      const { abortSignal } = activityContext();
      const video = await videoOf(db, input.videoId);
      const newest = (await listCaptionOrders(db, video.id)).at(-1);
      if (newest !== undefined) return told('3Play has captions', newest.id);
      if (!threePlay.isConfigured) return told('3Play Media is not set up, so it was not asked');
      const found = await findAtThreePlay(video.youtubeId, abortSignal);
      if (found === null || captionOrderStateOf(found.status, false) !== 'complete') return told('3Play has no captions that are ready');
      return told('3Play has captions', (await adopt(video, found, newest)).id);
    },

    /**
     * Places an order for which money is set aside, in one attempt.
     * Idempotent because the row says, before the call, that it is made: who finds that it was made and not what came of it asks 3Play for it
     * instead of asking for captions anew. Where 3Play says that it did nothing, the row says so too.
     * Kill points: before the note (begins anew), between note and answer, after the answer before its note (both: it is looked for).
     * @throws {StepError} ThreePlayRefused, final
     */
    async placeCaptionOrder(input: { readonly orderId: string }): Promise<{ readonly next: 'look' | 'watch' | 'plan' }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const order = await orderOf(db, input.orderId);
      if (order.state === 'ordering') {
        await moveCaptionOrder(db, order.id, { from: ['ordering'], state: 'unknown' });
        return { next: 'look' };
      }
      if (isAtWork(order)) return { next: 'watch' };
      // 3Play may have been away for hours, in which people put captions into Google Drive: no money is spent beside them.
      if (await isSupplied(order)) return { next: 'plan' };
      if (order.mediaFileId === null || order.turnaroundLevelId === null) throw new Error(`Order ${order.id} says neither of what nor how fast`);
      const site = await findSite(db, order.siteId);
      const isTaken = await db.transaction(async (trx) => {
        if (!(await moveCaptionOrder(trx, order.id, { from: ['intended'], state: 'ordering' }))) return false;
        // Told of before the money goes; what came of it is added when that is known.
        await insertAuditEntry(trx, { action: 'captions-order', actor: processActor(captionVideoProcess), target: site === undefined ? {} : { site: site.name }, detail: { order: order.id, video: order.videoId, ...(order.priceCents === null ? { priceUnknown: true } : { cents: order.priceCents, currency: 'USD' }) } });
        return true;
      });
      if (!isTaken) return { next: 'plan' };
      try {
        const transcript = await threePlay.order({ mediaId: order.mediaFileId, levelId: String(order.turnaroundLevelId), callbackUrl: callbackUrlOf(order.videoId) }, abortSignal);
        await moveCaptionOrder(db, order.id, { from: ['ordering', 'unknown'], state: 'ordered', transcriptId: transcript.id });
        await endCaptionsEntry(db, order.id, { outcome: 'done' });
        return { next: 'watch' };
      } catch (error) {
        if (!(error instanceof ThreePlayError)) throw error;
        switch (error.kind) {
          case 'uncertain':
          case 'exists':
            await moveCaptionOrder(db, order.id, { from: ['ordering'], state: 'unknown', reason: { code: 'Uncertain', message: `3Play may have taken the order: ${error.message}. It is looked for before another one is placed.` } });
            return { next: 'look' };
          case 'limited':
          case 'unavailable':
            await moveCaptionOrder(db, order.id, { from: ['ordering'], state: 'intended' });
            await endCaptionsEntry(db, order.id, { outcome: 'failed', code: error.kind });
            throw error;
          case 'missing':
          case 'refused': {
            const message = `3Play did not take the order: ${error.message}. Mend what it says, then retry this step.`;
            await moveCaptionOrder(db, order.id, { from: ['ordering'], state: 'refused', reason: { code: 'ThreePlayRefused', message } });
            await endCaptionsEntry(db, order.id, { outcome: 'refused', code: 'ThreePlayRefused' });
            throw new StepError('ThreePlayRefused', message);
          }
        }
      }
    },

    /**
     * Looks at 3Play for an order whose answer was lost, and takes it over.
     * Idempotent because it reads there, and notes only what is true whenever it is noted.
     * Kill points: before the look, before the note; either way it looks again.
     */
    async lookForCaptionOrder(input: { readonly orderId: string }): Promise<{ readonly isFound: boolean }> {
      const { abortSignal } = activityContext();
      const order = await orderOf(db, input.orderId);
      if (isAtWork(order) || order.state === 'complete') return { isFound: true };
      const found = await findAtThreePlay(order.youtubeId, abortSignal);
      if (found === null) return { isFound: false };
      await moveCaptionOrder(db, order.id, { from: ['ordering', 'unknown'], state: 'adopted', transcriptId: found.id });
      await endCaptionsEntry(db, order.id, { outcome: 'done' });
      return { isFound: true };
    },

    /**
     * Asks once how far 3Play is with an order. What is not ready is no answer but a failure that is tried again: so nobody’s history grows while people work for days.
     * Idempotent because it reads there, and notes only what is true whenever it is noted.
     * Kill points: before the look, before the note; either way it looks again.
     * @throws {StepError} CaptionsNotReady
     */
    async watchCaptionOrder(input: { readonly orderId: string }): Promise<WatchedCaptions> {
      const { abortSignal } = activityContext();
      const order = await orderOf(db, input.orderId);
      if (order.state === 'complete') return { state: 'complete', message: '' };
      if (order.transcriptId === null) throw new Error(`Order ${order.id} names nothing at 3Play`);
      const transcript = await threePlay.transcript(order.transcriptId, abortSignal);
      const approval = (await threePlay.approvals(abortSignal)).find(({ transcriptId }) => transcriptId === transcript.id);
      switch (captionOrderStateOf(transcript.status, approval !== undefined)) {
        case 'complete':
          return { state: 'complete', message: '' };
        case 'cancelled': {
          const why = transcript.cancellationReason;
          const message = `3Play cancelled the order of captions${why === null ? '' : `: ${why.replace(/[.\s]+$/, '')}`}. It costs nothing. Retry this step to order once more, or put captions into Google Drive.`;
          await moveCaptionOrder(db, order.id, { from: ORDERED_STATES, state: 'cancelled', reason: { code: 'Cancelled', message } });
          return { state: 'cancelled', message };
        }
        case 'awaitingApproval': {
          const price = approval?.priceCents ?? order.priceCents;
          const message = `The order waits for a yes at 3Play’s own pages${price === null ? '' : ` (${formatCents(price)})`}.`;
          await moveCaptionOrder(db, order.id, { from: ORDERED_STATES, state: 'approving', reason: { code: 'ServiceApproval', message }, ...(approval?.priceCents == null ? {} : { priceCents: approval.priceCents }) });
          await noteVideoWaits(db, order.videoId, { code: 'ServiceApproval', message, until: null });
          throw new StepError('CaptionsNotReady', message);
        }
        case 'inProgress':
        case 'unknown': {
          await moveCaptionOrder(db, order.id, { from: ['approving'], state: 'ordered' });
          const message = 'Captions are ordered, and 3Play is at work on them.';
          await noteVideoWaits(db, order.videoId, { code: 'CaptionsOrdered', message, until: null });
          throw new StepError('CaptionsNotReady', message);
        }
      }
    },
  };

  async function isSupplied(order: CaptionOrderRow): Promise<boolean> {
    return (await listVideoTracks(db, order.videoId)).some(({ kind, language, source }) => kind === 'captions' && source === 'drive' && isEnglish(language));
  }

  /** Takes over, at no cost, what was ordered for the same bytes under another id; an order that still waits is given up for it. Null where there is nothing. */
  async function shareOrder(video: PlacedVideo, newest: CaptionOrderRow | undefined): Promise<CaptionPlan | null> {
    const { sourceMd5 } = video;
    const twin = sourceMd5 === null ? undefined : await findOrderOfSameBytes(db, { id: video.id, sourceMd5 });
    if (twin?.transcriptId == null) return null;
    const { youtubeId, mediaFileId, transcriptId } = twin;
    return db.transaction(async (trx) => {
      const isFree = newest?.state !== 'waiting' || (await moveCaptionOrder(trx, newest.id, { from: ['waiting'], state: 'refused', reason: { code: 'Shared', message: 'Captions of the very same film were ordered before, so these are not.' } }));
      // A person approved it in the same moment: that is gone on with.
      if (!isFree) return planOf(await orderOf(trx, newest.id));
      // Under the id by which 3Play knows it: so corrections come here too.
      const order = await openCaptionOrder(trx, { ...anotherOf({ ...video, youtubeId }, newest), mediaFileId, transcriptId, turnaroundLevelId: null, priceCents: null, state: 'adopted' });
      return planOf(order);
    });
  }

  /** Writes down that an order which 3Play has is the video’s. */
  function adopt(video: PlacedVideo, found: ThreePlayTranscript, newest: CaptionOrderRow | undefined): Promise<CaptionOrderRow> {
    return openCaptionOrder(db, { ...anotherOf(video, newest), mediaFileId: found.mediaId, transcriptId: found.id, turnaroundLevelId: null, priceCents: null, state: 'adopted' });
  }

  /** The order for a video that 3Play has, whoever placed it. */
  async function findAtThreePlay(youtubeId: string, abortSignal: AbortSignal): Promise<ThreePlayTranscript | null> {
    const transcripts = await threePlay.findTranscripts(youtubeId, abortSignal);
    return adoptableTranscript(transcripts.map((transcript) => ({ ...transcript, state: captionOrderStateOf(transcript.status, false) })));
  }

  /** Makes a video known at 3Play, and says how fast and for how much its captions would be made. */
  async function estimate(video: PlacedVideo, abortSignal: AbortSignal): Promise<{ readonly mediaFileId: string; readonly turnaroundLevelId: number; readonly priceCents: number | null }> {
    const choice = chooseTurnaroundLevel(await threePlay.turnaroundLevels(abortSignal), config.threePlayTurnaroundLevelId);
    const named = choice.kind === 'chosen' ? '' : choice.levels.map(({ id, name }) => `${id} (${name})`).join(', ');
    if (choice.kind === 'missing') throw new StepError('CaptionsBlocked', `The account at 3Play has no turnaround level ${choice.levelId}. Set THREEPLAY_TURNAROUND_LEVEL_ID to one of: ${named}.`);
    if (choice.kind === 'unpriced') throw new StepError('CaptionsBlocked', `The account at 3Play does not say what its turnaround levels cost, so none is the cheapest. Set THREEPLAY_TURNAROUND_LEVEL_ID to one of: ${named}.`);
    const [known] = await threePlay.findMedia(video.youtubeId, abortSignal);
    const media = known ?? (await threePlay.media(await repeatable(() => makeMedia(video, abortSignal)), abortSignal));
    return { mediaFileId: media.id, turnaroundLevelId: Number(choice.level.id), priceCents: orderPriceCents(choice.level, video.durationMs ?? media.durationMs) };
  }

  async function makeMedia(video: PlacedVideo, abortSignal: AbortSignal): Promise<string> {
    const site = await findSite(db, video.siteId);
    if (site === undefined) throw new StepError('SiteMissing', 'The site is not there any more.');
    const item = video.itemId === null ? undefined : await findContentItemById(db, video.itemId);
    const folderId = (await threePlay.findFolder(site.shortId, abortSignal)) ?? (await threePlay.createFolder(site.shortId, abortSignal));
    return threePlay.createMedia({ sourceUrl: `${config.ytWatchUrl}?v=${encodeURIComponent(video.youtubeId)}`, referenceId: video.youtubeId, name: item?.title ?? video.youtubeId, folderId, marker: video.id }, abortSignal);
  }

  /** Sets the money for an order aside, or says why a person has to be asked. */
  async function judge(order: CaptionOrderRow, estimated: { readonly priceCents: number | null }): Promise<CaptionPlan> {
    const at = now();
    const untilMs = await withMails(deps, async (trx, mail) => {
      await lockCaptionSpending(trx);
      await priceCaptionOrder(trx, order.id, estimated.priceCents);
      const verdict = judgeOrder({ attempt: order.attempt, priceCents: estimated.priceCents, spent: await captionSpending(trx, new Date(at).toISOString().slice(0, 10), order.siteId) }, limits);
      // Under the lock, so that of two that come at once one sees the other.
      const held = verdict.kind === 'go' ? ((await isSameFilmAtOrder(trx, order.videoId)) ? SAME_FILM : null) : verdict;
      if (held === null) {
        await moveCaptionOrder(trx, order.id, { from: ['waiting'], state: 'intended', reservedAt: new Date(at) });
        return null;
      }
      const { code, message } = held;
      const until = held === SAME_FILM ? at + SAME_FILM_MS : held.kind === 'tomorrow' ? (Math.floor(at / DAY_MS) + 1) * DAY_MS : null;
      const reason: OrderReason = { code, message, ...(until === null ? {} : { until: new Date(until).toISOString() }) };
      if (!(await moveCaptionOrder(trx, order.id, { from: ['waiting'], state: 'waiting', reason }))) return null;
      await noteVideoWaits(trx, order.videoId, { code, message, until: reason.until ?? null });
      if (held.kind === 'ask') await mail(await videoMails(trx, { kind: 'captions-approval-asked', videoId: order.videoId, about: order.id, reason: message }));
      return until;
    });
    // Read again: a person may have decided in the same moment.
    const decided = await orderOf(db, order.id);
    return planOf(decided) ?? { next: 'wait', orderId: order.id, untilMs, message: decided.reason?.message ?? '' };
  }

  function callbackUrlOf(videoId: string): string | null {
    if (config.threePlayCallbackKey === undefined) return null;
    return `${config.studioBaseUrl}/api/transcription-jobs/?${new URLSearchParams({ video_id: videoId, callback_key: config.threePlayCallbackKey }).toString()}`;
  }
}

/** What the state of an order says is to be done next; null for one that waits. */
function planOf(order: CaptionOrderRow): CaptionPlan | null {
  const orderId = order.id;
  switch (order.state) {
    case 'intended':
      return { next: 'place', orderId };
    case 'ordering':
    case 'unknown':
      return { next: 'look', orderId };
    case 'approving':
    case 'ordered':
    case 'adopted':
      return { next: 'watch', orderId };
    case 'complete':
      return { next: 'store', orderId };
    case 'cancelled':
    case 'refused':
      return { next: 'none', orderId, message: order.reason?.message ?? 'The order of captions was refused. Put captions into Google Drive, or retry this step to order once more.' };
    case 'waiting':
      return null;
  }
}

/** What the order after the newest one of a video begins with. */
function anotherOf({ id, siteId, youtubeId }: PlacedVideo, newest: CaptionOrderRow | undefined) {
  return { videoId: id, siteId, youtubeId, attempt: (newest?.attempt ?? 0) + 1, reason: null };
}

const isAtWork = (order: CaptionOrderRow): boolean => (ORDERED_STATES as readonly string[]).includes(order.state);

/** What is looked for before it is made may be tried again, also when nobody knows whether it was made. */
async function repeatable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ThreePlayError && error.kind === 'uncertain') throw new ThreePlayError('unavailable', error.message, error.status, error.retryAfterMs);
    throw error;
  }
}

async function orderOf(db: Db, orderId: string): Promise<CaptionOrderRow> {
  const order = await findCaptionOrder(db, orderId);
  if (order === undefined) throw new StepError('VideoMissing', 'The order of captions is not known any more.');
  return order;
}

/** @throws {StepError} VideoMissing; CaptionsBlocked for one that is not on YouTube. */
async function videoOf(db: Db, videoId: string): Promise<PlacedVideo> {
  const video = await findVideo(db, videoId);
  if (video === undefined) throw new StepError('VideoMissing', 'The video is not known any more.');
  if (video.youtubeId === null) throw new StepError('CaptionsBlocked', 'The video is not on YouTube, where 3Play would fetch it. Retry its upload first.');
  return { ...video, youtubeId: video.youtubeId };
}
