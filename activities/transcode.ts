import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { type TranscodeJob } from '#clients/mediaConvert.ts';
import { MediaConvertError } from '#clients/mediaConvertError.ts';
import { changeContentItem } from '#db/queries/contentChanges.ts';
import { findContentItemById } from '#db/queries/contentItems.ts';
import { takenDriveKeys } from '#db/queries/driveFiles.ts';
import { recordPhaseProgress } from '#db/queries/runs.ts';
import { lockSite } from '#db/queries/sites.ts';
import { adoptTranscodeJob, askAgainForTranscodeJob, doubtTranscodeJob, dropTranscodeJob, endTranscodeJob, findTranscodeJob, listOutdatedJobs, notePlacedDownload, openTranscodeJob, takenDownloadKeys, type TranscodeJobRow } from '#db/queries/transcodeJobs.ts';
import { findVideo, moveVideo, noteVideoFacts, type VideoRow } from '#db/queries/videos.ts';
import { listToldJobs } from '#db/queries/webhookEvents.ts';
import { keyFor } from '#domain/driveFiles.ts';
import { formatBytes } from '#domain/manifest.ts';
import { referencesOf } from '#domain/references.ts';
import { joinPath } from '#domain/siteUrl.ts';
import { adoptableJob, DOWNLOAD_TYPE, outputBaseOf, outputKeyOf, requestTokenOf, s3AddressOf, TRANSCODE_OUTPUTS, type TranscodeOutput, transcodeRequest } from '#domain/transcodeJob.ts';
import { activityContext } from './activityContext.ts';
import { assertOutwardEffects } from './assertOutwardEffects.ts';
import type { ActivityDeps } from './deps.ts';
import type { PhaseInput, PhaseResult } from './phase.ts';
import { resourcePlaceOf } from './resourcePlace.ts';
import { StepError } from './stepError.ts';
import { videoEnd } from './videoEnd.ts';

const REASON = 'from MediaConvert';
const OUTPUTS = Object.keys(TRANSCODE_OUTPUTS) as TranscodeOutput[];
/** How long a job may be there before a search shows it, milliseconds; a minute is how long MediaConvert itself knows a request again. */
const SEARCH_LAG_MS = 2 * 60_000;
/** Between two looks at a job: from the first, growing to the longest, milliseconds. News of its end usually comes sooner. */
const FIRST_LOOK_MS = 15_000;
const LONGEST_LOOK_MS = 5 * 60_000;
/** Jobs of which events told that are asked for where no search is allowed: anybody may send events. */
const TOLD = 20;
/** After this it is looked at again whether what the file was before is still being transcoded, milliseconds. */
const OUTDATED_LOOK_MS = 60_000;
/** A job that takes longer has a person look at it, milliseconds. */
const OVERDUE_MS = 24 * 60 * 60_000;

export interface SubmitTranscodeInput extends PhaseInput {
  readonly videoId: string;
  /** Jobs that somebody told of, where a search is not allowed. */
  readonly jobIds: readonly string[];
  /** Whether a person said that one more job may be made of one of which nobody knows what became. */
  readonly isApproved: boolean;
}

/** Videos at MediaConvert, and what it makes of them. */
export function createTranscodeActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'mediaConvert' | 's3'>, options: { readonly searchLagMs?: number; readonly firstLookMs?: number } = {}) {
  const { config, db, mediaConvert, s3 } = deps;
  const searchLagMs = options.searchLagMs ?? SEARCH_LAG_MS;
  const outputBucket = config.transcodeBucket ?? config.storageBucket;

  return {
    /**
     * Has MediaConvert transcode a video, or finds the job that was made for it: where a request may have been made before, its job is
     * looked for, by our ids in it. Where this account may not search, only a job that an event told of can be known again; a person’s word
     * is good for one more. What the file was before is ended first, for both write to the same places.
     * Idempotent because the wish is a row before MediaConvert is asked, and what it became is looked up before a second is made.
     * Kill points: before the wish is written, before the job is asked for, after it before the row names it.
     */
    async submitTranscode(input: SubmitTranscodeInput): Promise<{ state: 'submitted' | 'doubtful' }> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const video = await videoOf(input.videoId);
      const { account } = mediaConvert;
      if (account === null) throw new StepError('MediaConvertRefused', 'MediaConvert is not set up. Set AWS_ACCOUNT_ID and AWS_ROLE_NAME, then retry.');
      const { sourceKey, sourceMd5 } = video;
      await endOutdated(video, abortSignal);
      const { job, isNew } = await openTranscodeJob(db, video.id);
      if (job.jobId !== null) return { state: 'submitted' };
      if (!isNew) {
        const known = await findJob(job, s3AddressOf(config.storageBucket, sourceKey), input.jobIds, abortSignal);
        if (known === 'denied') {
          if (!input.isApproved) await doubtTranscodeJob(db, job.id);
          // Whoever comes second with one word of a person’s finds it used.
          if (!input.isApproved || !(await askAgainForTranscodeJob(db, job.id, ['unknown']))) return { state: 'doubtful' };
        } else if (known !== null) {
          await adoptTranscodeJob(db, job.id, known.id);
          return { state: 'submitted' };
        } else {
          if (job.ageMs < searchLagMs) throw new StepError('TranscodeUncertain', 'MediaConvert may have taken the job and not show it yet. It is looked for again.', [], searchLagMs - job.ageMs);
          await askAgainForTranscodeJob(db, job.id, ['intended', 'unknown']);
        }
      }
      const order = { videoId: video.id, orderId: job.id, sourceBucket: config.storageBucket, sourceKey, outputBucket, outputBase: baseOf(sourceKey) };
      const token = requestTokenOf(createHash('sha256').update(`${video.id} ${sourceMd5}`).digest('hex'), job.attempt);
      let made: TranscodeJob;
      try {
        made = await mediaConvert.createJob(transcodeRequest(account, order), token, abortSignal);
      } catch (error) {
        if (error instanceof MediaConvertError && error.kind !== 'uncertain') {
          // Of a first request that surely was not taken, nothing has to be looked for; a person’s word for another was not used.
          if (isNew) await dropTranscodeJob(db, job.id);
          else if (input.isApproved) await doubtTranscodeJob(db, job.id);
        }
        throw error;
      }
      await adoptTranscodeJob(db, job.id, made.id);
      return { state: 'submitted' };
    },

    /**
     * Waits until a job has ended, looking at it now and then, and notes what it made.
     * Idempotent because a look changes nothing, and how a job ended is noted once.
     * Kill points: between two looks, before its end is noted, after it (the next try finds it noted).
     */
    async followTranscode(input: PhaseInput & { readonly videoId: string }): Promise<PhaseResult> {
      const { abortSignal, context } = activityContext();
      const video = await videoOf(input.videoId);
      for (let pauseMs = options.firstLookMs ?? FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * 2)) {
        const row = await findTranscodeJob(db, video.id);
        if (row?.state === 'complete') return transcoded(video);
        if (row?.jobId == null) throw new StepError('TranscodeFailed', 'The video is not with MediaConvert. Retry to have it transcoded.');
        const job = await lookAt(row, row.jobId, abortSignal);
        switch (job.state) {
          case 'done':
            await noteOutputs(video, row, job, abortSignal);
            return transcoded(await videoOf(video.id));
          case 'failed':
            await endTranscodeJob(db, row.id, { state: 'error', error: { code: String(job.errorCode ?? ''), message: job.errorMessage ?? '' } });
            throw new StepError('TranscodeFailed', `MediaConvert could not transcode the video${job.errorCode === null ? '' : ` (error ${job.errorCode})`}: ${job.errorMessage ?? 'it does not say why'}. Retry to have it tried again, or put a file into Google Drive that it can read.`);
          case 'cancelled':
            await endTranscodeJob(db, row.id, { state: 'canceled' });
            throw new StepError('TranscodeCancelled', 'Somebody cancelled the job at MediaConvert. Retry to have the video transcoded.');
          case 'atWork':
            break;
        }
        if (job.percent !== null) await recordPhaseProgress(db, input.runId, input.phase, `${job.percent} % transcoded`, { percent: job.percent });
        if (Date.now() - context.info.scheduledTimestampMs > OVERDUE_MS) throw new StepError('TranscodeOverdue', 'MediaConvert has worked at this video for a day. Look at its queue, then retry to go on waiting.');
        await sleep(pauseMs, undefined, { signal: abortSignal });
      }
    },

    /**
     * Ends the job of a video that nobody waits for any more.
     * Idempotent because a job that has ended stays as it is.
     * Kill points: before the job is cancelled, after it before the row says so; it is cancelled again.
     */
    async cancelTranscode(input: { readonly videoId: string }): Promise<void> {
      const row = await findTranscodeJob(db, input.videoId);
      if (row?.jobId == null || row.state !== 'submitted') return;
      await mediaConvert.cancelJob(row.jobId);
      await endTranscodeJob(db, row.id, { state: 'canceled' });
    },

    /**
     * Puts the small form of a video beside the files of its site, where its resource names it from then on.
     * Idempotent because the place is claimed before anything is copied, and what is copied and written again is the same.
     * Kill points: before the place is claimed, before the copy, after it before the resource names it, after the transaction.
     */
    async placeDownload(input: PhaseInput & { readonly videoId: string }): Promise<PhaseResult> {
      await assertOutwardEffects(deps);
      const { abortSignal } = activityContext();
      const video = await videoOf(input.videoId);
      const row = await findTranscodeJob(db, video.id);
      const source = row?.outputs['download'];
      if (row === undefined || source === undefined) throw new StepError('TranscodeFailed', 'The video has no small form. Retry to have it transcoded.');
      const head = await s3.head(outputBucket, source, abortSignal);
      if (head === null) throw new StepError('TranscodeFailed', `The file store (S3) does not have ${source} any more, which MediaConvert made.`);
      const key = await claimPlace(video, row, source);
      await s3.copy({ bucket: outputBucket, key: source, size: head.size }, { bucket: config.storageBucket, key }, { contentType: DOWNLOAD_TYPE, contentDisposition: 'attachment' }, abortSignal);
      const placed = await s3.head(config.storageBucket, key, abortSignal);
      if (placed === null) throw new StepError('S3Unavailable', 'The file store (S3) lost a file it had just taken. It is copied again.');
      const size = placed.size;
      const { config: siteConfig } = await resourcePlaceOf(db, video.siteId);
      await db.transaction(async (trx) => {
        await lockSite(trx, video.siteId);
        const ended = await videoEnd(trx, video);
        if (ended !== null) throw new StepError('VideoMissing', ended.message);
        const item = await findContentItemById(trx, video.itemId ?? '');
        if (item === undefined) throw new StepError('VideoMissing', 'The video’s resource is not there any more.');
        const set = { file: key, metadata: { ...item.metadata, file_type: DOWNLOAD_TYPE, file_size: size } };
        await changeContentItem(trx, { siteId: video.siteId, textId: item.textId, fromRevision: null, set, by: null, reason: REASON, references: referencesOf({ ...item, ...set }, siteConfig) });
        await moveVideo(trx, video.id, { phase: 'upload' });
      });
      return { summary: `${formatBytes(size)} to download`, counts: { bytes: size } };
    },
  };

  /** @throws {StepError} when it is gone, or has no bytes of ours. */
  async function videoOf(id: string): Promise<VideoRow & { readonly sourceKey: string; readonly sourceMd5: string }> {
    const video = await findVideo(db, id);
    if (video?.sourceKey == null || video.sourceMd5 === null) throw new StepError('VideoMissing', 'The video is not known any more, or has no file.');
    return { ...video, sourceKey: video.sourceKey, sourceMd5: video.sourceMd5 };
  }

  function baseOf(sourceKey: string): string {
    return outputBaseOf(sourceKey, config.driveS3UploadPrefix, config.transcodePrefix);
  }

  /** The job that a wish has become; `denied` where none may be searched for and nobody told of one. */
  async function findJob(row: TranscodeJobRow, address: string, jobIds: readonly string[], abortSignal: AbortSignal): Promise<TranscodeJob | 'denied' | null> {
    const wanted = { videoId: row.videoId, orderId: row.id };
    const found = await mediaConvert.findJobs(address, abortSignal);
    if (found !== null) return adoptableJob(found, wanted);
    const told: TranscodeJob[] = [];
    // Those too that came while nobody listened.
    for (const id of new Set([...jobIds, ...(await listToldJobs(db, row.videoId, TOLD))])) {
      try {
        told.push(await mediaConvert.getJob(id, abortSignal));
      } catch (error) {
        // Anybody may say anything of a job.
        if (!(error instanceof MediaConvertError && (error.kind === 'missing' || error.kind === 'refused'))) throw error;
      }
    }
    return adoptableJob(told, wanted) ?? 'denied';
  }

  /** Ends the jobs of what a video’s file was before. @throws {StepError} while one is still at work. */
  async function endOutdated(video: VideoRow, abortSignal: AbortSignal): Promise<void> {
    for (const { id, jobId } of video.driveFileId === null ? [] : await listOutdatedJobs(db, video.driveFileId)) {
      if (!(await isOver(jobId, abortSignal))) throw new StepError('MediaConvertUnavailable', 'MediaConvert is still at work at what this file was before, which would lie where this is to lie. It is waited for.', [], OUTDATED_LOOK_MS);
      await endTranscodeJob(db, id, { state: 'canceled' });
    }
  }

  /** Whether a job makes nothing any more, once it is cancelled. */
  async function isOver(jobId: string, abortSignal: AbortSignal): Promise<boolean> {
    try {
      await mediaConvert.cancelJob(jobId, abortSignal).catch((error: unknown) => {
        // An account that may not cancel has to wait until it ends.
        if (!(error instanceof MediaConvertError && error.kind === 'denied')) throw error;
      });
      return (await mediaConvert.getJob(jobId, abortSignal)).state !== 'atWork';
    } catch (error) {
      if (error instanceof MediaConvertError && error.kind === 'missing') return true;
      throw error;
    }
  }

  /** A job as it is now. @throws {StepError} when MediaConvert has forgotten it, which is noted. */
  async function lookAt(row: TranscodeJobRow, jobId: string, abortSignal: AbortSignal): Promise<TranscodeJob> {
    try {
      return await mediaConvert.getJob(jobId, abortSignal);
    } catch (error) {
      if (!(error instanceof MediaConvertError && error.kind === 'missing')) throw error;
      await endTranscodeJob(db, row.id, { state: 'error', error: { code: 'Missing', message: error.message } });
      throw new StepError('TranscodeFailed', 'MediaConvert does not know the job any more. Retry to have the video transcoded again.');
    }
  }

  async function noteOutputs(video: VideoRow & { readonly sourceKey: string }, row: TranscodeJobRow, job: TranscodeJob, abortSignal: AbortSignal): Promise<void> {
    const outputs = Object.fromEntries(OUTPUTS.map((output) => [output, outputKeyOf(baseOf(video.sourceKey), output)]));
    for (const key of Object.values(outputs)) {
      if ((await s3.head(outputBucket, key, abortSignal)) !== null) continue;
      await endTranscodeJob(db, row.id, { state: 'error', error: { code: 'NoOutput', message: key } });
      throw new StepError('TranscodeFailed', `MediaConvert says that the video is done, and ${key} is not there. Retry to have it transcoded again.`);
    }
    await endTranscodeJob(db, row.id, { state: 'complete', outputs });
    if (job.durationMs !== null) await noteVideoFacts(db, video.id, { durationMs: job.durationMs });
  }

  function transcoded(video: VideoRow): PhaseResult {
    const seconds = Math.round((video.durationMs ?? 0) / 1_000);
    return { summary: video.durationMs === null ? 'Transcoded' : `${Math.floor(seconds / 60)} min ${seconds % 60} s transcoded`, counts: { seconds } };
  }

  /** The key of a video's download, which two of one name do not share. A changed file keeps the place of its resource. */
  async function claimPlace(video: VideoRow, row: TranscodeJobRow, source: string): Promise<string> {
    const { site, config: siteConfig } = await resourcePlaceOf(db, video.siteId);
    const prefix = `${joinPath(siteConfig['root-url-path'], site.name)}/`;
    return db.transaction(async (trx) => {
      await lockSite(trx, video.siteId);
      const claimed = (await findTranscodeJob(trx, video.id))?.outputs['placed'];
      if (claimed !== undefined) return claimed;
      const own = (await findContentItemById(trx, video.itemId ?? ''))?.file ?? null;
      const [files, downloads] = [await takenDriveKeys(trx, site.id, prefix), await takenDownloadKeys(trx, site.id, video.itemId)];
      const key = keyFor(prefix, source.slice(source.lastIndexOf('/') + 1), (candidate) => candidate !== own && (files.has(candidate) || downloads.has(candidate)));
      await notePlacedDownload(trx, row.id, key);
      return key;
    });
  }
}
