import type { Db } from '#db/knex.ts';
import type { StoredContentItem } from '#db/queries/contentItems.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { keepNamedVideo, leaveNamedVideos } from '#db/queries/videos.ts';
import { namedVideoOf } from '#domain/youtubeResource.ts';
import { adoptYouTubeVideoContract, type NamedVideoRequest } from '#temporal/contracts/adoptYouTubeVideo.ts';

/** Writes down that what is known of a video on YouTube is to be brought to the resource that names it. @returns the id of the request. */
export async function requestAdoption(trx: Db, of: { readonly siteId: string; readonly videoId: string; readonly requestedBy: string | null }): Promise<string> {
  const input: NamedVideoRequest = { videoId: of.videoId };
  return (await insertRunRequest(trx, { process: adoptYouTubeVideoContract.process, siteId: of.siteId, requestedBy: of.requestedBy, input: { ...input } })).id;
}

/**
 * Asks, within a person’s save, for what is known of the video on YouTube that the item names anew, or for the size of another download of it.
 * @param before null for an item that is new
 * @returns the id of the request, of which the engine is still to be told; null when the save concerns no such video
 */
export async function askForAdoption(trx: Db, saved: { readonly siteId: string; readonly before: StoredContentItem | null; readonly after: StoredContentItem; readonly by: string | null }): Promise<string | null> {
  const { siteId, before, after, by } = saved;
  const known = before === null || before.deletedAt !== null ? null : namedVideoOf(before);
  const named = after.deletedAt === null ? namedVideoOf(after) : null;
  if (named === null) {
    if (known !== null) await leaveNamedVideos(trx, after.id, null);
    return null;
  }
  if (named.youtubeId === known?.youtubeId && named.archiveUrl === known.archiveUrl) return null;
  const video = await keepNamedVideo(trx, { siteId, itemId: after.id, youtubeId: named.youtubeId });
  return video === null ? null : requestAdoption(trx, { siteId, videoId: video.id, requestedBy: by });
}
