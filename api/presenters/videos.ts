import { type CaptionOrderRow, listOrdersOfVideos, type OrderReason, UNPAID_STATES } from '#db/queries/captionOrders.ts';
import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { driveFileNames } from '#db/queries/driveFiles.ts';
import { newestRunsOf } from '#db/queries/runs.ts';
import { listSitesByIds } from '#db/queries/sites.ts';
import { listPlacedDownloads } from '#db/queries/transcodeJobs.ts';
import { listTracksOfVideos } from '#db/queries/videoTracks.ts';
import type { VideoRow } from '#db/queries/videos.ts';
import { videoStateOf } from '#domain/videoState.ts';
import { watchUrl } from '#domain/youtubeVideo.ts';
import { adoptYouTubeVideoContract } from '#temporal/contracts/adoptYouTubeVideo.ts';
import { ingestVideoContract } from '#temporal/contracts/ingestVideo.ts';
import type { Principal } from '../auth/principal.ts';
import type { CaptionOrder } from '../contracts/captions.ts';
import type { Video } from '../contracts/videos.ts';
import type { ApiDeps } from '../deps.ts';
import { studioPolicy } from '../policies/sitePolicy.ts';

/** Videos as contracts show them, in the order given. */
export async function presentVideos(deps: Pick<ApiDeps, 'config' | 'db'>, videos: readonly VideoRow[], who: Principal): Promise<Video[]> {
  const { config, db } = deps;
  const ids = videos.map(({ id }) => id);
  const sites = await listSitesByIds(db, videos.map(({ siteId }) => siteId));
  const names = await driveFileNames(db, videos.flatMap(({ driveFileId }) => driveFileId ?? []));
  const orders = await listOrdersOfVideos(db, ids);
  const tracks = await listTracksOfVideos(db, ids);
  const downloads = await listPlacedDownloads(db, ids);
  const runs = await newestRunsOf(db, videos.map(workflowIdOf));
  const itemIds = [...videos.map(({ itemId }) => itemId), ...tracks.map(({ itemId }) => itemId)];
  const items = new Map((await listContentItemsByIds(db, itemIds.flatMap((id) => id ?? []))).filter(({ deletedAt }) => deletedAt === null).map((item) => [item.id, item]));

  return videos.map((video) => {
    const site = sites.get(video.siteId);
    const item = items.get(video.itemId ?? '');
    const run = runs.get(workflowIdOf(video));
    const ordered = orders.filter(({ videoId }) => videoId === video.id);
    const newest = ordered.at(-1);
    const download = downloads.get(video.id);
    const size = item !== undefined && item.file === download ? item.metadata['file_size'] : null;
    const state = videoStateOf(video);
    const at = `/api/v1/videos/${video.id}`;
    return {
      id: video.id,
      source: video.source,
      site: { name: site?.name ?? '', title: site?.title ?? '' },
      item: item === undefined ? null : { textId: item.textId, title: item.title },
      fileName: names.get(video.driveFileId ?? '') ?? null,
      phase: video.phase,
      state,
      youtubeId: video.youtubeId,
      youtubeUrl: video.youtubeId === null ? null : watchUrl(config.ytWatchUrl, video.youtubeId),
      youtubeStatus: video.youtubeStatus,
      privacy: video.youtubePrivacy,
      durationMs: video.durationMs,
      tracks: tracks.filter(({ videoId }) => videoId === video.id).map(({ id, kind, language, source, itemId }) => ({ id, kind, language, source, item: items.get(itemId ?? '')?.textId ?? null, url: `${at}/tracks/${id}` })),
      order: newest === undefined ? null : { id: newest.id, attempt: newest.attempt, state: newest.state, priceCents: newest.priceCents, reason: presentReason(newest.reason), orderedAt: newest.orderedAt?.toISOString() ?? null },
      costCents: costOf(ordered),
      waits: video.waits,
      download: download === undefined ? null : { url: `${at}/download`, size: typeof size === 'number' ? size : null },
      runId: run?.id ?? null,
      updatedAt: video.updatedAt,
      // While its run goes on nobody listens to a retry.
      can: { retry: isRetriable(video) && state !== 'ended' && run?.state !== 'running', decideOrder: newest !== undefined && mayDecide(newest, who) },
    };
  });
}

/** Whether there is anything a retry could do for a video; of one that was on YouTube before only facts are fetched. */
export function isRetriable(video: Pick<VideoRow, 'phase' | 'source' | 'waits'>): boolean {
  return video.source === 'drive' ? video.phase !== 'done' : video.waits !== null;
}

/** Whether a person may say that an order is placed, or that it is not. */
export function mayDecide(order: Pick<CaptionOrderRow, 'state'>, who: Principal): boolean {
  return order.state === 'waiting' && studioPolicy.spend(who);
}

export function presentReason(reason: OrderReason | null): CaptionOrder['reason'] {
  return reason === null ? null : { code: reason.code, message: reason.message, until: reason.until ?? null };
}

/** The workflow that is at work on a video, or was. */
function workflowIdOf({ id, source }: Pick<VideoRow, 'id' | 'source'>): string {
  return (source === 'drive' ? ingestVideoContract : adoptYouTubeVideoContract).workflowId(id);
}

/** US cents set aside for orders; null where there is none, or where nobody knows. */
function costOf(orders: readonly CaptionOrderRow[]): number | null {
  const prices = orders.filter(({ orderedAt, state }) => orderedAt !== null && !UNPAID_STATES.includes(state)).flatMap(({ priceCents }) => priceCents ?? []);
  return prices.length === 0 ? null : prices.reduce((sum, price) => sum + price, 0);
}
