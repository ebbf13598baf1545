import { createHash } from 'node:crypto';
import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { forgetVideoSent, noteVideoSent, type VideoRow } from '#db/queries/videos.ts';
import { listTracksOfVideos, type VideoTrackRow } from '#db/queries/videoTracks.ts';
import { findTrack } from '#domain/youtubeCaptions.ts';
import type { YouTubePriority } from '#domain/youtubeQuota.ts';
import { YOUTUBE_COSTS } from '#domain/youtubeQuota.ts';
import type { ActivityDeps } from './deps.ts';
import type { onYoutube } from './onYoutube.ts';

/** A look at the tracks, and a change of one that is there, which takes more than a new one. */
const UNITS = YOUTUBE_COSTS.listCaptions.units + YOUTUBE_COSTS.updateCaption.units;

/** A look at the tracks, and the end of one. */
const REMOVAL_UNITS = YOUTUBE_COSTS.listCaptions.units + YOUTUBE_COSTS.deleteCaption.units;

const SUM = 'captions:';
const sumName = (language: string): string => `${SUM}${language}`;

/** What YouTube is to be told of a video’s captions. */
interface CaptionChanges {
  /** Those that YouTube was not sent as they are: all languages, from whomever they come. */
  readonly unsent: readonly VideoTrackRow[];
  /** Languages that YouTube was sent, and of which the site has no captions any more. */
  readonly gone: readonly string[];
}

/** Reads the captions of videos at once. @returns what of one’s captions YouTube does not show as the site has them; those whose resource was deleted the site does not have. */
export async function captionChanges(db: ActivityDeps['db'], videos: readonly VideoRow[]): Promise<(video: VideoRow) => CaptionChanges> {
  const tracks = (await listTracksOfVideos(db, videos.map(({ id }) => id))).filter(({ kind }) => kind === 'captions');
  const deleted = new Set((await listContentItemsByIds(db, tracks.flatMap(({ itemId }) => itemId ?? []))).filter(({ deletedAt }) => deletedAt !== null).map(({ id }) => id));
  return (video) => {
    const standing = tracks.filter(({ videoId, itemId }) => videoId === video.id && (itemId === null || !deleted.has(itemId)));
    return {
      unsent: standing.filter(({ language, md5 }) => video.sent[sumName(language)] !== md5),
      gone: Object.keys(video.sent).flatMap((name) => (name.startsWith(SUM) && !standing.some(({ language }) => sumName(language) === name) ? [name.slice(SUM.length)] : [])),
    };
  };
}

/**
 * Sends captions that YouTube does not have yet, each into the track of its language that is there, else into a new one, and removes those we sent
 * that the site has no more; tracks of others stay.
 * @returns how many were sent or removed.
 * @throws {YouTubeError | StepError}
 */
export async function putCaptions(
  deps: Pick<ActivityDeps, 'config' | 'db' | 's3' | 'youtube'>,
  video: VideoRow,
  to: { readonly calls: ReturnType<typeof onYoutube>; readonly priority: YouTubePriority; readonly abortSignal: AbortSignal },
): Promise<number> {
  const { youtubeId } = video;
  if (youtubeId === null) return 0;
  let sent = 0;
  const { unsent, gone } = (await captionChanges(deps.db, [video]))(video);
  for (const track of unsent) {
    const bytes = await deps.s3.get(deps.config.storageBucket, track.s3Key, to.abortSignal);
    // Somebody took the file away: what YouTube has stays.
    if (bytes === null) continue;
    await to.calls.within({ bucket: 'units', amount: UNITS, priority: to.priority }, () => deps.youtube.captions.put(youtubeId, track.language, bytes.toString('utf8'), to.abortSignal));
    // Of what was sent, which is newer than the row where somebody changed the file meanwhile.
    await noteVideoSent(deps.db, video.id, { [sumName(track.language)]: createHash('md5').update(bytes).digest('hex') });
    sent += 1;
  }
  for (const language of gone) {
    await to.calls.within({ bucket: 'units', amount: REMOVAL_UNITS, priority: to.priority }, async () => {
      const track = findTrack(await deps.youtube.captions.list(youtubeId, to.abortSignal), language);
      if (track !== null) await deps.youtube.captions.remove(track.id, to.abortSignal);
    });
    await forgetVideoSent(deps.db, video.id, sumName(language));
    sent += 1;
  }
  return sent;
}
