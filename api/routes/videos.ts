import type { Context } from 'koa';
import { S3Error } from '#clients/s3.ts';
import { findCaptionSetting } from '#db/queries/captionSettings.ts';
import { listSitesByIds, type SiteRow } from '#db/queries/sites.ts';
import { listPlacedDownloads } from '#db/queries/transcodeJobs.ts';
import { listVideoTracks } from '#db/queries/videoTracks.ts';
import { findVideo, listVideosOfSite, pageOfWaitingVideos, type VideoRow } from '#db/queries/videos.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import { DOWNLOAD_TYPE } from '#domain/transcodeJob.ts';
import { type VideoState, videoStateOf, WAITS_FOR_NOBODY } from '#domain/videoState.ts';
import { ApiError } from '../apiError.ts';
import { requestAdoption } from '../askForAdoption.ts';
import type { Principal } from '../auth/principal.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy, studioPolicy } from '../policies/sitePolicy.ts';
import { isRetriable, presentVideos } from '../presenters/videos.ts';
import type { Call, Handlers } from '../router.ts';
import { sendStoredFile } from '../sendStoredFile.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/videos'
  | 'GET /api/v1/videos'
  | 'GET /api/v1/videos/:video/download'
  | 'GET /api/v1/videos/:video/tracks/:track'
  | 'POST /api/v1/videos/:video/retry'
>;

/** Told to browsers whatever the bucket says: what people put there never becomes a page of the studio's own host. */
const TRACK_TYPES = { captions: 'text/vtt; charset=utf-8', transcript: 'application/pdf' } as const;

export function videoRoutes(deps: ApiDeps): Routes {
  const { config, db, engine, s3 } = deps;

  async function visibleVideo(id: string, who: Principal, note?: Call<'POST /api/v1/videos/:video/retry'>['note']): Promise<{ video: VideoRow; site: SiteRow }> {
    const video = await findVideo(db, id);
    const site = video === undefined ? undefined : (await listSitesByIds(db, [video.siteId])).get(video.siteId);
    if (video === undefined || site === undefined) throw new ApiError('notFound', 'There is no such video.');
    note?.({ site: site.name, process: ingestVideoContract.process });
    if (!sitePolicy.see(who, site.id)) throw new ApiError('forbidden', 'This video belongs to a site you have no role on.');
    return { video, site };
  }

  /** A file of the storage bucket, shown where it is looked at or saved under its own name. */
  async function sendFile(ctx: Context, key: string, contentType: string, disposition: 'inline' | 'attachment'): Promise<void> {
    try {
      const head = await s3.head(config.storageBucket, key);
      if (head === null) throw new ApiError('notFound', 'The file is not in the storage bucket any more.');
      // Looked at again, it is asked for again, and sent only when it is another.
      ctx.set('cache-control', 'private, no-cache');
      ctx.attachment(key.slice(key.lastIndexOf('/') + 1), { type: disposition });
      const sent = await sendStoredFile(ctx, s3, { bucket: config.storageBucket, key, size: head.size, contentType, etag: head.etag, status: 200 });
      if (sent === 'replaced') throw new ApiError('notFound', 'The file was replaced or removed just now. Load the page again.');
    } catch (error) {
      if (error instanceof S3Error) throw new ApiError('storageUnavailable', `The storage bucket cannot be read: ${error.message}. Try again in a minute.`);
      throw error;
    }
  }

  return {
    'GET /api/v1/sites/:site/videos': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const counts: Record<VideoState, number> = { working: 0, waiting: 0, done: 0, ended: 0 };
      const chosen: VideoRow[] = [];
      for (const video of (await listVideosOfSite(db, site.id)).reverse()) {
        const state = videoStateOf(video);
        counts[state] += 1;
        if (query.state === undefined || query.state === state) chosen.push(video);
      }
      return {
        total: chosen.length,
        videos: await presentVideos(deps, chosen.slice(query.offset, query.offset + query.limit), who),
        counts,
        publishesCaptions: await findCaptionSetting(db, site.id),
        can: { publishCaptions: sitePolicy.publishLive(who, site.id) },
      };
    },

    'GET /api/v1/videos': async ({ query, who }) => {
      if (!studioPolicy.manageYoutube(who)) throw new ApiError('forbidden', 'Only a global admin sees the videos of all sites.');
      const { total, videos } = await pageOfWaitingVideos(db, WAITS_FOR_NOBODY, query);
      return { total, videos: await presentVideos(deps, videos, who) };
    },

    'GET /api/v1/videos/:video/download': async ({ params, who, ctx }) => {
      const { video } = await visibleVideo(params.video, who);
      const key = (await listPlacedDownloads(db, [video.id])).get(video.id);
      if (key === undefined) throw new ApiError('notFound', 'The video has no small form yet.');
      await sendFile(ctx, key, DOWNLOAD_TYPE, 'inline');
    },

    'GET /api/v1/videos/:video/tracks/:track': async ({ params, who, ctx }) => {
      const { video } = await visibleVideo(params.video, who);
      const track = (await listVideoTracks(db, video.id)).find(({ id }) => id === params.track);
      if (track === undefined) throw new ApiError('notFound', 'The video has no such captions or transcript.');
      await sendFile(ctx, track.s3Key, TRACK_TYPES[track.kind], track.kind === 'captions' ? 'inline' : 'attachment');
    },

    'POST /api/v1/videos/:video/retry': async ({ params, who, note }) => {
      const { video, site } = await visibleVideo(params.video, who, note);
      if (!isRetriable(video)) throw new ApiError('wrongState', 'Nothing is left to do for this video.');
      if (video.source === 'youtube') await engine.deliver(await requestAdoption(db, { siteId: site.id, videoId: video.id, requestedBy: who.userId }));
      else await engine.retryVideo({ siteId: site.id, siteName: site.name, videoId: video.id, requestedBy: who.userId ?? 'command line' });
      return { video: video.id };
    },
  };
}
