import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { YouTubeBucket, YouTubeLimits } from '#domain/youtubeQuota.ts';
import type { YouTubeAsk, YouTubeReason, YouTubeTurns } from '#domain/youtubeTurns.ts';
import { taskQueues } from '../taskQueues.ts';

/** Contract of what YouTube lets the installation do: one ledger, because one project and one channel do it all. */
export const youtubeQuotaContract = {
  process: 'youtube-quota',
  workflowType: 'youtubeQuota',
  taskQueue: taskQueues.studio,
  /** A ledger in which nothing counts any more ends; the next ask opens another. */
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  workflowId: (): string => 'youtube-quota',
} as const;

export interface YoutubeQuotaInput {
  /** What an earlier execution left. */
  readonly going?: {
    readonly turns: YouTubeTurns;
    /** As who asked last was configured. */
    readonly limits: YouTubeLimits;
    readonly granted: number;
  };
}

export interface ReserveYoutube extends YouTubeAsk {
  /** As who asks is configured. */
  readonly limits: YouTubeLimits;
}

/** A share that may be used, or when to ask again; both times are ISO 8601. */
export type YoutubeReserved = { readonly grantedAt: string } | { readonly until: string; readonly reason: YouTubeReason };

/** Asks for shares of YouTube’s limits, in this order. Each is answered at once, in the same order. */
export const reserveYoutube = defineUpdate<readonly YoutubeReserved[], [readonly ReserveYoutube[]]>('reserveYoutube');
/** YouTube said that a bucket is empty, whatever the ledger counted. */
export const bucketEmptied = defineSignal<[{ readonly bucket: YouTubeBucket }]>('bucketEmptied');
/** Something stopped the channel that a person has to mend. */
export const channelStopped = defineSignal<[YouTubeReason & { readonly of: 'everything' | 'uploads' }]>('channelStopped');
/** A person says that it is mended. */
export const channelResumed = defineSignal('channelResumed');

export interface YoutubeQuotaResult {
  /** Shares that were given since the ledger was opened. */
  readonly granted: number;
}
