import { ThreePlayError } from '#clients/threePlay.ts';
import { isKeyNeeded } from '#db/queries/contentDeletions.ts';
import { isTranscriptShared, listCaptionOrders, moveCaptionOrder, ORDERED_STATES } from '#db/queries/captionOrders.ts';
import type { DriveReason } from '#db/queries/driveFiles.ts';
import { findSite } from '#db/queries/sites.ts';
import { listOutputsOfItem } from '#db/queries/transcodeJobs.ts';
import { listVideosOfItem, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { captionOrderStateOf } from '#domain/threePlay.ts';
import { WorkflowNotFoundError } from '#temporal/client.ts';
import { ingestVideoContract, videoRemoved } from '#temporal/contracts/ingestVideo.ts';
import type { ActivityDeps } from './deps.ts';
import { startVideo } from './startVideo.ts';
import { StepError } from './stepError.ts';
import { videoEnd } from './videoEnd.ts';

type Deps = Pick<ActivityDeps, 'config' | 'db' | 's3' | 'temporal' | 'threePlay'>;

const REMOVED = { code: 'Removed', message: 'The video’s resource was deleted before these captions were ordered.' };

/** What the studio and its vendors have of the videos of a resource beside its own file. YouTube keeps what it has. */
export function createVideoRemoval(deps: Deps) {
  const { config, db, s3, temporal, threePlay } = deps;

  return {
    /**
     * Ends what is at work for a resource that was deleted, and hides what was made of it. Done again, it finds nothing left to do.
     * @returns what stays, and why.
     */
    async takeAway(itemId: string, abortSignal: AbortSignal): Promise<DriveReason[]> {
      const notes: DriveReason[] = [];
      for (const video of await listVideosOfItem(db, itemId)) {
        // First what costs: an order that was not placed yet must not be from here on.
        const order = (await listCaptionOrders(db, video.id)).at(-1);
        if (order !== undefined) await moveCaptionOrder(db, order.id, { from: ['waiting', 'intended'], state: 'refused', reason: REMOVED });
        await end(video);
        notes.push(...(await cancelOrder(video, abortSignal)));
      }
      for (const { bucket, key } of await objectsOf(itemId)) notes.push(...(await hide(bucket, key, itemId, abortSignal)));
      return notes;
    },

    /** Shows again what was hidden of a resource’s videos. @returns what is not there any more. */
    async bringBack(itemId: string, abortSignal: AbortSignal): Promise<DriveReason[]> {
      let missing = 0;
      for (const { bucket, key } of await objectsOf(itemId)) {
        if (!(await s3.exists(bucket, key)) && !(await s3.versions.unhide(bucket, key, abortSignal))) missing += 1;
      }
      return missing === 0 ? [] : [{ code: 'NoBytes', message: 'Some of what was made of the video is not in the file store any more.' }];
    },

    /** Goes on with the videos of a resource that is back, where they were not done. */
    async resume(itemId: string): Promise<void> {
      for (const video of await listVideosOfItem(db, itemId)) {
        if (video.phase === 'done' || (await videoEnd(db, video)) !== null) continue;
        await noteVideoWaits(db, video.id, null);
        await startVideo(deps, { videoId: video.id, siteId: video.siteId, siteName: (await findSite(db, video.siteId))?.name ?? '' });
      }
    },
  };

  async function end(video: VideoRow): Promise<void> {
    if (video.phase === 'done') return;
    try {
      await temporal.workflow.getHandle(ingestVideoContract.workflowId(video.id)).signal(videoRemoved);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw new StepError('EngineUnavailable', 'The workflow of the video cannot be reached.');
    }
  }

  /** Cancels what is ordered for a video alone, where 3Play lets us. */
  async function cancelOrder(video: VideoRow, abortSignal: AbortSignal): Promise<DriveReason[]> {
    const order = (await listCaptionOrders(db, video.id)).at(-1);
    if (order?.state === 'ordering' || order?.state === 'unknown') return [{ code: 'CaptionsUnknown', message: 'Whether 3Play has taken an order of its captions nobody knows. Look at 3Play’s pages, and cancel it there.' }];
    if (order?.transcriptId == null || !(ORDERED_STATES as readonly string[]).includes(order.state)) return [];
    const cancelled = { from: ORDERED_STATES, state: 'cancelled', reason: { code: 'Removed', message: 'The video’s resource was deleted.' } } as const;
    if (!(await isTranscriptShared(db, order.transcriptId, video.id))) {
      const transcript = await threePlay.transcript(order.transcriptId, abortSignal);
      const isOver = captionOrderStateOf(transcript.status, false) === 'cancelled';
      if (!isOver && !(transcript.isCancellable && (await isCancelled(order.transcriptId, abortSignal)))) return [{ code: 'CaptionsOrdered', message: '3Play does not let the order of its captions be cancelled any more, so it is paid.' }];
    }
    await moveCaptionOrder(db, order.id, cancelled);
    return [];
  }

  /** @returns whether 3Play took it; a second call finds the order cancelled. */
  async function isCancelled(transcriptId: string, abortSignal: AbortSignal): Promise<boolean> {
    try {
      await threePlay.cancel(transcriptId, abortSignal);
      return true;
    } catch (error) {
      if (error instanceof ThreePlayError && error.kind === 'uncertain') throw new ThreePlayError('unavailable', error.message, error.status, error.retryAfterMs);
      if (error instanceof ThreePlayError && (error.kind === 'refused' || error.kind === 'missing')) return false;
      throw error;
    }
  }

  /** What MediaConvert made, and the download of it that lies beside the site’s files. */
  async function objectsOf(itemId: string): Promise<{ readonly bucket: string; readonly key: string }[]> {
    const keys = (await listOutputsOfItem(db, itemId)).flatMap((outputs) => Object.entries(outputs));
    return keys.map(([output, key]) => ({ bucket: output === 'placed' ? config.storageBucket : (config.transcodeBucket ?? config.storageBucket), key }));
  }

  async function hide(bucket: string, key: string, itemId: string, abortSignal: AbortSignal): Promise<DriveReason[]> {
    const head = await s3.head(bucket, key, abortSignal);
    if (head === null) return [];
    if (await isKeyNeeded(db, key, itemId)) return [{ code: 'StillNeeded', message: 'Another resource has the same download, so its bytes stay.' }];
    if (head.versionId === null) return [{ code: 'NoVersions', message: 'A bucket of videos keeps no versions, so nothing taken out of it could be brought back. Those bytes stay.' }];
    await s3.versions.hide(bucket, key, abortSignal);
    return [];
  }
}
