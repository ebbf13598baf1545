import { YouTubeError } from '#clients/youtubeError.ts';
import type { Db } from '#db/knex.ts';
import { findVideo, noteVideoWaits } from '#db/queries/videos.ts';
import type { YouTubeBucket, YouTubeLimits, YouTubePriority } from '#domain/youtubeQuota.ts';
import type { YouTubeReason } from '#domain/youtubeTurns.ts';
import { bucketEmptied, channelStopped, youtubeQuotaContract, type YoutubeReserved } from '#temporal/contracts/youtubeQuota.ts';
import type { FailureType } from '#temporal/failures.ts';
import { startYoutubeQuota } from '#temporal/startYoutubeQuota.ts';
import { activityContext } from './activityContext.ts';
import { askLedger } from './askLedger.ts';
import type { ActivityDeps } from './deps.ts';
import { StepError } from './stepError.ts';

export type QuotaDeps = Pick<ActivityDeps, 'config' | 'db' | 'temporal'>;

/** A share of what YouTube lets the installation do. */
export interface YoutubeShare {
  /** One of `inserts` is an upload to the channel, too. */
  readonly bucket: YouTubeBucket;
  readonly amount: number;
  readonly priority: YouTubePriority;
}

/** Reasons to wait that end when a share is given. */
const WAITS: ReadonlySet<string> = new Set(['YoutubeQuota', 'YoutubeTurn', 'YoutubeQuotaTooSmall', 'YoutubeConsentLost', 'YoutubeLockedPrivate']);

/**
 * Asks the ledger for a share. Each try of an activity asks anew, for YouTube counts what it refused as well.
 * @returns the time it was granted, or when to ask again and why; ISO 8601.
 * @throws {StepError} EngineUnavailable.
 */
export async function reserveQuota(deps: Pick<QuotaDeps, 'config' | 'temporal'>, { bucket, amount, priority }: YoutubeShare): Promise<YoutubeReserved> {
  const { config, temporal } = deps;
  const { info } = activityContext().context;
  const workflowId = info.workflowExecution?.workflowId ?? info.activityId;
  const limits: YouTubeLimits = { units: config.ytQuotaUnits, inserts: config.ytQuotaInserts, uploads: config.ytUploadLimit };
  const ask = { id: `${workflowId}#${bucket}`, demand: bucket === 'inserts' ? { inserts: amount, uploads: amount } : { [bucket]: amount }, priority, limits };
  try {
    return await askLedger(temporal, config.temporalTaskQueuePrefix, ask);
  } catch {
    throw new StepError('EngineUnavailable', 'The ledger of YouTube’s quota cannot be reached.');
  }
}

/** Tells the ledger what YouTube said that concerns everybody: that a bucket is empty, or that the consent is no longer good. */
async function tellQuota({ config, temporal }: Pick<QuotaDeps, 'config' | 'temporal'>, error: YouTubeError, bucket: YouTubeBucket): Promise<void> {
  const start = startYoutubeQuota(config.temporalTaskQueuePrefix);
  if (error.kind === 'quota') await temporal.workflow.signalWithStart(youtubeQuotaContract.workflowType, { ...start, signal: bucketEmptied, signalArgs: [{ bucket: bucket === 'inserts' ? 'inserts' : 'units' }] });
  if (error.kind === 'uploadLimit') await temporal.workflow.signalWithStart(youtubeQuotaContract.workflowType, { ...start, signal: bucketEmptied, signalArgs: [{ bucket: 'uploads' }] });
  if (error.kind === 'revoked' || error.kind === 'wrongChannel') await temporal.workflow.signalWithStart(youtubeQuotaContract.workflowType, { ...start, signal: channelStopped, signalArgs: [{ of: 'everything', code: 'YoutubeConsentLost', message: `${error.message}.` }] });
}

/** Stops uploads for everybody until a person says that they may go on. @throws {StepError} EngineUnavailable. */
export async function stopUploads({ config, temporal }: Pick<QuotaDeps, 'config' | 'temporal'>, reason: YouTubeReason): Promise<void> {
  try {
    await temporal.workflow.signalWithStart(youtubeQuotaContract.workflowType, { ...startYoutubeQuota(config.temporalTaskQueuePrefix), signal: channelStopped, signalArgs: [{ of: 'uploads', ...reason }] });
  } catch {
    throw new StepError('EngineUnavailable', 'The ledger of YouTube’s quota cannot be reached.');
  }
}

/** Calls to YouTube within one activity, each with a share that is asked for first. @param videoId of the video whose row says what it waits for */
export function onYoutube(deps: QuotaDeps, videoId: string | null) {
  /**
   * Takes a share before something is asked of YouTube.
   * @throws {StepError} YoutubeQuotaSpent or YoutubeConsentLost, with the time of the next try.
   */
  async function take(share: YoutubeShare): Promise<void> {
    const answer = await reserveQuota(deps, share);
    if ('grantedAt' in answer) {
      if (videoId !== null) await noLongerWaits(deps.db, videoId);
      return;
    }
    if (videoId !== null) await noteVideoWaits(deps.db, videoId, { ...answer.reason, until: answer.until });
    const type: FailureType = answer.reason.code === 'YoutubeConsentLost' ? 'YoutubeConsentLost' : 'YoutubeQuotaSpent';
    throw new StepError(type, answer.reason.message, [], Math.max(0, Date.parse(answer.until) - Date.now()));
  }

  /** Asks what `work` asks; what YouTube says of its limits or of the consent reaches the ledger. @throws {YouTubeError} */
  async function ask<T>(bucket: YouTubeBucket, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // What the ledger could not be told now it hears from whoever asks next; why the call failed matters more.
      if (error instanceof YouTubeError) await tellQuota(deps, error, bucket).catch(() => undefined);
      if (videoId !== null && error instanceof YouTubeError && (error.kind === 'revoked' || error.kind === 'wrongChannel')) await noteVideoWaits(deps.db, videoId, { code: 'YoutubeConsentLost', message: `${error.message}.`, until: null });
      throw error;
    }
  }

  return {
    take,
    ask,
    /** Takes a share and asks. @throws {StepError | YouTubeError} */
    async within<T>(share: YoutubeShare, work: () => Promise<T>): Promise<T> {
      await take(share);
      return ask(share.bucket, work);
    },
  };
}

/** What was waited for is over, once there is a share. */
export async function noLongerWaits(db: Db, videoId: string): Promise<void> {
  const waits = (await findVideo(db, videoId))?.waits;
  if (waits != null && WAITS.has(waits.code)) await noteVideoWaits(db, videoId, null);
}
