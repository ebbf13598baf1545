import { setTimeout as pause } from 'node:timers/promises';
import { YouTubeError, type YouTubeVideo } from '#clients/youtube.ts';
import type { Db } from '#db/knex.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { findSite, lockSite } from '#db/queries/sites.ts';
import { findTranscodeJob } from '#db/queries/transcodeJobs.ts';
import { findVideo, keepYoutubeId, noteVideoFacts, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { endUpload, findUpload, keepSession, keepUpload, loseSession, noteSentBytes, type YouTubeUploadRow } from '#db/queries/youtubeUploads.ts';
import { formatBytes } from '#domain/manifest.ts';
import { YOUTUBE_COSTS } from '#domain/youtubeQuota.ts';
import { videoTagsOf, withYoutubeVideo } from '#domain/youtubeResource.ts';
import { isLockedPrivate, judgeUpload, uploadSnippet, youtubeTags } from '#domain/youtubeVideo.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import { courseSlugOf } from './courseSlugOf.ts';
import type { ActivityDeps } from './deps.ts';
import { onYoutube, stopUploads } from './onYoutube.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { StepError } from './stepError.ts';
import { videoEnd } from './videoEnd.ts';
import { videoMails } from './videoMails.ts';
import { withMails } from './withMails.ts';

const MINUTE_MS = 60_000;
/** When YouTube is looked at for a video it works on: soon first, then now and then. */
const LOOKS_MS = [MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS];
/** After so long YouTube will not come to an end with it. */
const PROCESSING_MS = 24 * 60 * MINUTE_MS;
/** A video of a lost session is looked for so long: the list of the channel’s uploads knows of a new one only after a while. */
const LOST_MS = 30 * MINUTE_MS;
/** Looks that are asked of the ledger at once. */
const LOOKS_AT_ONCE = 10;
/** How far the bytes are is written down so often, in milliseconds. */
const NOTE_MS = 2_000;

const SLOW = { code: 'YoutubeSlow', message: 'YouTube has worked on this video for a day and has not come to an end. Look at it in YouTube Studio; a retry looks again.' };
const LOCKED = { code: 'YoutubeLockedPrivate', message: 'YouTube made an uploaded video private: so it does with projects it has not audited. No further video is uploaded until somebody says that this is mended.' };

export interface YoutubeUploadsOptions {
  /** Milliseconds between two looks; the last one holds from there on. */
  readonly looksMs?: readonly number[];
  readonly lostMs?: number;
}

/** Videos on their way to YouTube. */
export function createYoutubeUploadsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'log' | 's3' | 'temporal' | 'youtube'>, options: YoutubeUploadsOptions = {}) {
  const { config, db, s3, youtube } = deps;
  const { looksMs = LOOKS_MS, lostMs = LOST_MS } = options;
  const bucket = config.transcodeBucket ?? config.storageBucket;

  return {
    /**
     * Keeps that a video is to be uploaded, before YouTube is asked, and says how far that is.
     * Idempotent because what is under way or done stays as it is.
     * Kill points: before the row, after it; the next try finds it.
     */
    async openYoutubeUpload(input: { readonly videoId: string; readonly mayBegin: boolean }): Promise<{ readonly youtubeId: string | null; readonly hasSession: boolean; readonly wasLost: boolean; readonly sessions: number }> {
      if (!youtube.isConfigured) throw new StepError('YoutubeRefused', 'YouTube is not set up: an operator sets YT_CLIENT_ID, YT_CLIENT_SECRET and YT_REFRESH_TOKEN. Then retry.');
      const video = await videoOf(db, input.videoId);
      const upload = await findUpload(db, video.id);
      if (video.youtubeId !== null && upload?.state !== 'failed') return { youtubeId: video.youtubeId, hasSession: false, wasLost: false, sessions: 0 };
      const kept = upload !== undefined && upload.state !== 'failed' ? upload : await keepNewUpload(video);
      if (kept.sessionUrl === null && !input.mayBegin) throw new StepError('YoutubeRefused', 'YouTube lost the upload of this video again and again. Retry it later.');
      return { youtubeId: null, hasSession: kept.sessionUrl !== null, wasLost: kept.sessionUrl === null && kept.sessionBegunAt !== null, sessions: kept.sessions };
    },

    /**
     * Begins an upload at YouTube and keeps where its bytes go, for uploads on their way since before the slot that sends began it.
     * Idempotent because a session that was kept is used; one that was not never gets a byte, and makes no video.
     * Kill points: before YouTube is asked, after it before the row (another session is begun, and the first forgotten), after the row.
     */
    async beginYoutubeUpload(input: { readonly videoId: string }): Promise<void> {
      await assertOutwardEffects(deps);
      const upload = await uploadOf(db, input.videoId);
      if (upload.state !== 'done' && upload.sessionUrl === null) await beginSession(upload);
    },

    /**
     * Sends a video's bytes from the bucket to its session, from wherever an earlier try came to. Where there is none, one is begun here and kept before
     * the first byte: in the slot that sends, as a session that waits for one may end first, and each takes one of the day's few new videos.
     * Idempotent because YouTube is asked first how far it is: a session whose last byte it has answers with the video. No session is begun after one that was
     * lost meanwhile, which is looked for first; one that was begun and not kept never gets a byte, and makes no video.
     * Kill points: before YouTube is asked, after it before the row (another session is begun, and the first forgotten), before the first byte, between two
     * parts, after the last byte before the row; the next try asks and goes on.
     * @param input.sessions how many there were when this was asked for; without it none is begun.
     */
    async sendYoutubeUpload(input: PhaseInput & { readonly videoId: string; readonly sessions?: number }): Promise<PhaseResult & { readonly youtubeId: string | null }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const upload = await uploadOf(db, input.videoId);
      const told = { summary: `${formatBytes(upload.size)} at YouTube`, counts: { bytes: upload.size } };
      if (upload.state === 'done') return { ...told, youtubeId: (await videoOf(db, input.videoId)).youtubeId };
      const session = upload.sessionUrl ?? (input.sessions === upload.sessions ? await beginSession(upload) : null);
      if (session === null) return { summary: 'The session is lost', counts: {}, youtubeId: null };
      let notedAt = 0;
      let noting: Promise<unknown> = Promise.resolve();
      const onOffset = (offset: number): void => {
        if (Date.now() - notedAt < NOTE_MS) return;
        notedAt = Date.now();
        // People watch it; the next one says it better.
        noting = noting.then(() => noteSentBytes(db, upload.id, offset)).catch(() => undefined);
      };
      try {
        const made = await onYoutube(deps, input.videoId).ask('inserts', () => youtube.uploads.send(session, { sizeBytes: upload.size, open: (start) => bytesFrom(upload, start, abortSignal), onOffset }, abortSignal));
        return { ...told, youtubeId: await keepMade(upload, made) };
      } catch (error) {
        if (!(error instanceof YouTubeError && error.kind === 'gone')) throw error;
        await loseSession(db, upload.id, session);
        return { summary: 'YouTube lost the upload; it is looked for before another is begun', counts: {}, youtubeId: null };
      } finally {
        await noting;
      }
    },

    /**
     * Looks for the video of a session that is lost: its last byte may have arrived. Only when the channel's list does not have it for a
     * while there is none.
     * Idempotent because it looks, and a video that was found stays the one.
     * Kill points: before a look, after it before the row (found again).
     */
    async findLostUpload(input: { readonly videoId: string }): Promise<{ readonly youtubeId: string | null }> {
      const { abortSignal, context } = activityContext();
      const upload = await uploadOf(db, input.videoId);
      const begunAt = upload.sessionBegunAt === null ? 0 : Date.parse(upload.sessionBegunAt);
      // From the first try on: a worker that is killed, or YouTube that is away for a moment, does not begin the wait anew.
      const until = context.info.scheduledTimestampMs + lostMs;
      const calls = onYoutube(deps, input.videoId);
      for (let look = 0; ; look += 1) {
        // The channel, and a page or two of what was uploaded since.
        const [found] = await calls.within({ bucket: 'units', amount: 3, priority: 'upload' }, () => youtube.findUploads(upload.id, begunAt, abortSignal));
        if (found !== undefined) {
          const video = (await calls.within({ bucket: 'units', amount: 1, priority: 'upload' }, () => youtube.videos([found], abortSignal))).get(found);
          if (video !== undefined) return { youtubeId: await keepMade(upload, video) };
        }
        if (Date.now() >= until) return { youtubeId: null };
        await pause(waitOf(look), undefined, { signal: abortSignal });
      }
    },

    /**
     * Looks at a video until YouTube has worked on it, a day at most, and acts on what YouTube says of it.
     * Idempotent because it looks, and the same words lead to the same rows.
     * Kill points: before a look, after it before the rows; the next try looks again.
     */
    async awaitYoutubeVideo(input: PhaseInput & { readonly videoId: string }): Promise<PhaseResult & { readonly outcome: 'done' | 'parked' | 'failed' }> {
      const { abortSignal, context } = activityContext();
      const { youtubeId } = await videoOf(db, input.videoId);
      if (youtubeId === null) throw new StepError('VideoNotReady', 'The video is not at YouTube yet. Retry it.');
      const upload = await findUpload(db, input.videoId);
      const until = context.info.scheduledTimestampMs + PROCESSING_MS;
      const calls = onYoutube(deps, input.videoId);
      for (let look = 0; ; look += 1) {
        if (look % LOOKS_AT_ONCE === 0) await calls.take({ bucket: 'units', amount: LOOKS_AT_ONCE, priority: 'upload' });
        const video = (await calls.ask('units', () => youtube.videos([youtubeId], abortSignal))).get(youtubeId) ?? null;
        const verdict = judgeUpload(video);
        await noteVideoFacts(db, input.videoId, { youtubeStatus: video?.uploadStatus ?? 'deleted', ...(video === null ? {} : { youtubePrivacy: video.privacy }) });
        if (video !== null && isLockedPrivate('unlisted', video.privacy) && verdict.kind !== 'failed' && verdict.kind !== 'rejected') {
          await stopUploads(deps, LOCKED);
          await noteVideoWaits(db, input.videoId, { ...LOCKED, until: null });
          return { outcome: 'parked', summary: LOCKED.message, counts: { looks: look + 1 } };
        }
        if (verdict.kind === 'ready') return { outcome: 'done', summary: 'YouTube has worked on it', counts: { looks: look + 1 } };
        if ('sentence' in verdict) {
          const reason = { code: verdict.kind === 'gone' ? 'YoutubeDeleted' : verdict.kind === 'failed' ? 'YoutubeFailed' : 'YoutubeRejected', message: verdict.sentence };
          if (upload !== undefined) await endUpload(db, upload.id, { state: 'failed', reason });
          await noteVideoWaits(db, input.videoId, { ...reason, until: null });
          return { outcome: 'failed', summary: verdict.sentence, counts: { looks: look + 1 } };
        }
        if (Date.now() >= until) {
          await noteVideoWaits(db, input.videoId, { ...SLOW, until: null });
          return { outcome: 'parked', summary: SLOW.message, counts: { looks: look + 1 } };
        }
        await pause(waitOf(look), undefined, { signal: abortSignal });
      }
    },

    /**
     * Gives a video's resource its id on YouTube, its picture and the tags it was uploaded with, and tells the people of its site; unless the file was
     * changed meanwhile.
     * Idempotent because a resource that has them is not changed, and a mail has one key per video and person.
     * Kill points: before the transaction, after it (nothing is left to change, and mails that wait are sent).
     */
    async saveYoutubeVideo(input: { readonly videoId: string; readonly runId: string }): Promise<void> {
      const video = await videoOf(db, input.videoId);
      const { itemId, youtubeId, siteId } = video;
      const site = await findSite(db, siteId);
      if (itemId === null || youtubeId === null) return;
      await withMails(deps, async (trx, mail) => {
        await lockSite(trx, siteId);
        // The id of what the file was before must not come after, and in the place of, that of what it is now.
        if ((await videoEnd(trx, video)) !== null) return;
        const item = await findContentItemById(trx, itemId);
        if (item === undefined) return;
        const metadata = withYoutubeVideo(item.metadata, youtubeId, youtubeTags(videoTagsOf(item.metadata), courseSlugOf(site)));
        await changeContentItem(trx, { siteId, textId: item.textId, fromRevision: null, set: { metadata }, by: null, reason: 'from YouTube' });
        await mail(await videoMails(trx, { kind: 'video-uploaded', videoId: input.videoId, about: input.videoId, reason: null, url: `${config.ytWatchUrl}?v=${encodeURIComponent(youtubeId)}` }));
      });
    },

    /**
     * Says why a video does not go on to YouTube until a person has done something.
     * Idempotent because the same words are written again.
     * Kill points: before the row, after it (written again).
     */
    async parkYoutubeUpload(input: { readonly videoId: string; readonly reason: { readonly code: string; readonly message: string } }): Promise<void> {
      await noteVideoWaits(db, input.videoId, { ...input.reason, until: null });
    },
  };

  function waitOf(look: number): number {
    return looksMs[Math.min(look, looksMs.length - 1)] ?? MINUTE_MS;
  }

  /** What YouTube could not use is uploaded anew: as another video, with another marker. */
  async function keepNewUpload(video: VideoRow): Promise<YouTubeUploadRow> {
    const key = (await findTranscodeJob(db, video.id))?.outputs['youtube'];
    const head = key === undefined ? null : await s3.head(bucket, key, activityContext().abortSignal);
    if (key === undefined || head === null) throw new StepError('VideoNotReady', 'The video was not transcoded for YouTube yet, or the file store lost it. Have it transcoded again.');
    return db.transaction(async (trx) => {
      await forgetFailed(trx, video);
      return keepUpload(trx, { videoId: video.id, s3Key: key, size: head.size });
    });
  }

  /** Begins an upload that has no session. @returns the session there is: the one that was kept first. */
  async function beginSession(upload: YouTubeUploadRow): Promise<string | null> {
    const { abortSignal, context } = activityContext();
    const video = await videoOf(db, upload.videoId);
    // Its turn may have come after days in which the file was changed or taken away.
    const ended = await videoEnd(db, video);
    if (ended !== null) throw new StepError('VideoMissing', ended.message);
    const head = await s3.head(bucket, upload.s3Key, abortSignal);
    if (head?.size !== upload.size) throw new StepError('VideoNotReady', 'The transcoded video is not in the file store as it was. Have it transcoded again.');
    const site = await findSite(db, video.siteId);
    const item = video.itemId === null ? undefined : await findContentItemById(db, video.itemId);
    const snippet = uploadSnippet({ fileName: video.sourceKey ?? upload.s3Key, videoFileId: upload.id, tags: videoTagsOf(item?.metadata ?? {}) }, { slug: courseSlugOf(site), categoryId: config.ytCategoryId });
    const calls = onYoutube(deps, video.id);
    // The first try has the share that was asked for before it. YouTube counts each further one, too, and people read what it waits for.
    if (context.info.attempt > 1) await calls.take({ bucket: 'inserts', amount: 1, priority: 'upload' });
    // What goes to somebody else’s channel cannot be taken back from there.
    if (config.ytChannelId !== undefined) await calls.within({ bucket: 'units', amount: YOUTUBE_COSTS.listChannels.units, priority: 'upload' }, () => youtube.channel(abortSignal));
    const session = await calls.ask('inserts', () => youtube.uploads.begin({ snippet, mimeType: 'video/mp4', sizeBytes: upload.size }, abortSignal));
    return keepSession(db, upload.id, session);
  }

  /** @returns the id the video has on YouTube from now on. */
  async function keepMade(upload: YouTubeUploadRow, made: YouTubeVideo): Promise<string> {
    return db.transaction(async (trx) => {
      await endUpload(trx, upload.id, { state: 'done' });
      await noteVideoFacts(trx, upload.videoId, { youtubeStatus: made.uploadStatus, youtubePrivacy: made.privacy });
      const kept = await keepYoutubeId(trx, upload.videoId, made.id);
      if (kept === null) throw new StepError('VideoNotReady', 'The video is not known any more.');
      return kept;
    });
  }

  async function* bytesFrom(upload: YouTubeUploadRow, start: number, abortSignal: AbortSignal): AsyncGenerator<Buffer> {
    if (start >= upload.size) return;
    for await (const chunk of await s3.getStream(bucket, upload.s3Key, { start, abortSignal })) yield chunk as Buffer;
  }
}

/** A video that YouTube could not use has nothing there any more, and nothing that was sent to it counts. */
async function forgetFailed(trx: Db, video: VideoRow): Promise<void> {
  if ((await findUpload(trx, video.id))?.state !== 'failed') return;
  await trx('videos').where({ id: video.id }).update({ youtube_id: null, youtube_status: null, youtube_privacy: null, sent: '{}' });
}

/** @throws {StepError} when the video went away. */
async function videoOf(db: Db, videoId: string): Promise<VideoRow> {
  const video = await findVideo(db, videoId);
  if (video === undefined) throw new StepError('VideoNotReady', 'The video is not known any more.');
  return video;
}

async function uploadOf(db: Db, videoId: string): Promise<YouTubeUploadRow> {
  const upload = await findUpload(db, videoId);
  if (upload === undefined) throw new StepError('VideoNotReady', 'The video’s upload is not known any more. Retry it.');
  return upload;
}
