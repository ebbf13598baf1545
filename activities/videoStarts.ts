import { driveFilesOnTheirWay } from '#db/queries/contentDeletions.ts';
import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { type DriveFileRow, listDriveFiles } from '#db/queries/driveFiles.ts';
import { findSite } from '#db/queries/sites.ts';
import { keepDriveVideo, listVideosOfSite, noteVideoWaits, type VideoRow } from '#db/queries/videos.ts';
import { isDriveVideo } from '#domain/driveFiles.ts';
import { youtubeIdOf } from '#domain/youtubeResource.ts';
import { activityContext } from './activityContext.ts';
import type { ActivityDeps } from './deps.ts';
import { startVideo } from './startVideo.ts';
import { videoEnd } from './videoEnd.ts';

/** Why a video ended that somebody may want again: its file or its resource is back. */
const ENDED: ReadonlySet<string> = new Set(['VideoMissing', 'Superseded']);

/** Videos whose process nobody began. */
export function createVideoStartsActivities(deps: Pick<ActivityDeps, 'config' | 'db' | 'temporal'>) {
  const { config, db } = deps;

  return {
    /**
     * Begins the process of each video file of a site that is whole and that nobody works at: one that was here before MediaConvert was set up, or
     * whose begin was lost. What a person stopped or has to mend waits for them; what is on YouTube since before the studio stays as it is.
     * Idempotent because a state of a file has one row, and the row’s id is the lock of its process.
     * Kill points: before a row, between row and start (the next try finds it), between two videos.
     */
    async startSiteVideos(input: { readonly siteId: string }): Promise<{ readonly started: number }> {
      const site = await findSite(db, input.siteId);
      if (site === undefined || config.awsAccountId === undefined || config.transcodeRoleName === undefined) return { started: 0 };
      const { abortSignal } = activityContext();
      const films = (await listDriveFiles(db, site.id)).filter((file) => file.state === 'complete' && isDriveVideo(file) && file.itemId !== null);
      const leaving = await driveFilesOnTheirWay(db, site.id, films.map(({ id }) => id));
      const items = new Map((await listContentItemsByIds(db, films.flatMap(({ itemId }) => itemId ?? []))).map((item) => [item.id, item]));
      const videos = await listVideosOfSite(db, site.id);
      let started = 0;
      for (const film of films) {
        abortSignal.throwIfAborted();
        const item = items.get(film.itemId ?? '');
        if (leaving.has(film.id) || item === undefined || item.deletedAt !== null) continue;
        const known = videos.find(({ driveFileId, sourceMd5 }) => driveFileId === film.id && sourceMd5 === film.storedMd5);
        const youtubeId = youtubeIdOf(item.metadata);
        const isOld = youtubeId !== null && !videos.some((video) => video.source === 'drive' && video.youtubeId === youtubeId);
        const videoId = known === undefined ? (isOld ? null : await keep(film)) : await idleOf(known);
        if (videoId !== null && (await startVideo(deps, { videoId, siteId: site.id, siteName: site.name }))) started += 1;
      }
      return { started };
    },
  };

  async function keep({ id, siteId, itemId, s3Key, storedMd5 }: DriveFileRow): Promise<string | null> {
    if (itemId === null || s3Key === null || storedMd5 === null) return null;
    return (await keepDriveVideo(db, { siteId, itemId, driveFileId: id, sourceKey: s3Key, sourceMd5: storedMd5 })).video.id;
  }

  /** @returns the id of a video that nobody said anything about, or that is wanted again; null for all others. */
  async function idleOf(video: VideoRow): Promise<string | null> {
    if (video.phase === 'done') return null;
    if (video.waits === null) return video.id;
    if (!ENDED.has(video.waits.code) || (await videoEnd(db, video)) !== null) return null;
    await noteVideoWaits(db, video.id, null);
    return video.id;
  }
}
