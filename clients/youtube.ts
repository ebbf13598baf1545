import type { youtube_v3 } from 'googleapis/build/src/apis/youtube/index.js';
import { captionTrackName, findTrack, type YouTubeTrack } from '#domain/youtubeCaptions.ts';
import { hasMarker, isSameSnippet, type YouTubePrivacy, type YouTubeSnippet } from '#domain/youtubeVideo.ts';
import { createYouTubeConnection, type YouTubeConnectionConfig } from './youtubeConnection.ts';
import { YouTubeError } from './youtubeError.ts';
import { createYouTubeUploads } from './youtubeUploads.ts';
import { READ_PARTS, toSnippetBody, toYouTubeVideo, type YouTubeVideo } from './youtubeVideo.ts';

export { YouTubeError } from './youtubeError.ts';
export type { YouTubeVideo } from './youtubeVideo.ts';

export interface YouTubeConfig extends YouTubeConnectionConfig {
  /** The channel the consent has to be for; undefined takes any. */
  readonly ytChannelId: string | undefined;
}

export interface YouTubePatience {
  /** How long an answer may take, milliseconds. */
  readonly answerMs: number;
}

/** The channel the consent was given for. */
export interface YouTubeChannel {
  readonly id: string;
  readonly title: string;
  readonly uploadsPlaylistId: string;
  /** Whether videos of more than 15 minutes are taken. */
  readonly takesLongVideos: boolean;
}

const PATIENCE: YouTubePatience = { answerMs: 60_000 };
/** Videos that one call asks for, and items of a page. */
const MANY = 50;
/** YouTube’s clock and ours may differ by as much. */
const SKEW_MS = 3_600_000;
const CAPTION_TYPE = 'text/vtt';

export type YouTube = ReturnType<typeof createYouTube>;

/**
 * The YouTube channel that courses’ videos are on. Every method throws {@link YouTubeError}. What it takes of the day’s quota is in
 * `YOUTUBE_COSTS`, call by call.
 */
export function createYouTube(config: YouTubeConfig, { answerMs }: YouTubePatience = PATIENCE) {
  const connection = createYouTubeConnection(config, answerMs);
  const { youtube, read, change, isConfigured } = connection;

  async function channel(abortSignal?: AbortSignal): Promise<YouTubeChannel> {
    const { data } = await read((options) => youtube.channels.list({ part: ['snippet', 'contentDetails', 'status'], mine: true }, options), abortSignal);
    const [found] = data.items ?? [];
    if (found === undefined) throw new YouTubeError('wrongChannel', 'The account that consented has no YouTube channel');
    const uploadsPlaylistId = found.contentDetails?.relatedPlaylists?.uploads;
    if (typeof found.id !== 'string' || typeof uploadsPlaylistId !== 'string') throw new YouTubeError('unavailable', 'YouTube’s answer holds no channel');
    const title = found.snippet?.title ?? '';
    if (config.ytChannelId !== undefined && found.id !== config.ytChannelId) {
      throw new YouTubeError('wrongChannel', `The consent is for the channel “${title}” (${found.id}), and YT_CHANNEL_ID is ${config.ytChannelId}: give it again and choose that channel`);
    }
    return { id: found.id, title, uploadsPlaylistId, takesLongVideos: found.status?.longUploadsStatus === 'allowed' };
  }

  /** Videos by id; those that YouTube does not have are not in it. */
  async function videos(ids: readonly string[], abortSignal?: AbortSignal): Promise<ReadonlyMap<string, YouTubeVideo>> {
    const wanted = [...new Set(ids)];
    const found = new Map<string, YouTubeVideo>();
    for (let from = 0; from < wanted.length; from += MANY) {
      const { data } = await read((options) => youtube.videos.list({ part: READ_PARTS, id: wanted.slice(from, from + MANY) }, options), abortSignal);
      // An answer that is none must never look like videos that were deleted.
      if (!Array.isArray(data.items)) throw new YouTubeError('unavailable', 'YouTube’s answer holds no list of videos');
      for (const item of data.items) {
        const video = toYouTubeVideo(item);
        found.set(video.id, video);
      }
    }
    return found;
  }

  async function video(id: string, abortSignal?: AbortSignal): Promise<YouTubeVideo> {
    const found = (await videos([id], abortSignal)).get(id);
    if (found === undefined) throw new YouTubeError('missing', `YouTube does not have the video ${id}`);
    return found;
  }

  async function listTracks(videoId: string, abortSignal?: AbortSignal): Promise<readonly YouTubeTrack[]> {
    const { data } = await read((options) => youtube.captions.list({ part: ['snippet'], videoId }, options), abortSignal);
    if (!Array.isArray(data.items)) throw new YouTubeError('unavailable', 'YouTube’s answer holds no list of captions');
    return data.items.map(toTrack);
  }

  return {
    /** Whether there is a consent to use. */
    isConfigured,

    /**
     * The channel the consent was given for.
     * @throws {YouTubeError} kind `wrongChannel` when it is not that of the configuration.
     */
    channel,

    uploads: createYouTubeUploads(connection, config.ytApiUrl),

    /**
     * Videos of the channel that were uploaded of a file, by the marker in their description: newest first.
     * @param since epoch milliseconds; older ones are not looked for. The list knows of a new one only after a while.
     */
    async findUploads(videoFileId: string, since: number, abortSignal?: AbortSignal): Promise<readonly string[]> {
      const { uploadsPlaylistId: playlistId } = await channel(abortSignal);
      const found: string[] = [];
      let pageToken: string | undefined;
      do {
        const page: youtube_v3.Schema$PlaylistItemListResponse | null = await read((options) => youtube.playlistItems.list({ part: ['snippet'], playlistId, maxResults: MANY, ...(pageToken === undefined ? {} : { pageToken }) }, options), abortSignal).then(
          ({ data }) => data,
          (error: unknown) => {
            // A channel that has no video yet has no list of them either.
            if (error instanceof YouTubeError && error.reason === 'playlistNotFound') return null;
            throw error;
          },
        );
        if (page === null) return found;
        if (!Array.isArray(page.items)) throw new YouTubeError('unavailable', 'YouTube’s answer holds no list of uploads');
        for (const { snippet } of page.items) {
          const id = snippet?.resourceId?.videoId;
          if (typeof id === 'string' && hasMarker(snippet?.description ?? '', videoFileId)) found.push(id);
        }
        const isOld = page.items.length > 0 && page.items.every(({ snippet }) => Date.parse(snippet?.publishedAt ?? '') < since - SKEW_MS);
        const next = isOld ? undefined : (page.nextPageToken ?? undefined);
        if (next !== undefined && next === pageToken) throw new YouTubeError('unavailable', 'YouTube’s list of uploads does not come to an end');
        pageToken = next;
      } while (pageToken !== undefined);
      return found;
    },

    videos,

    /**
     * Changes what a video shows, from what it shows now. Nothing is written when that is the same: YouTube erases what an update leaves out,
     * and takes fifty times as much for it as for a look.
     * @throws {YouTubeError} kind `missing` when YouTube does not have the video.
     */
    async updateSnippet(id: string, wanted: (shown: YouTubeSnippet) => YouTubeSnippet, abortSignal?: AbortSignal): Promise<{ readonly isChanged: boolean; readonly snippet: YouTubeSnippet }> {
      const { snippet: shown } = await video(id, abortSignal);
      const snippet = wanted(shown);
      if (isSameSnippet(shown, snippet)) return { isChanged: false, snippet: shown };
      await change((options) => youtube.videos.update({ part: ['snippet'], requestBody: { id, snippet: toSnippetBody(snippet) } }, options), abortSignal);
      return { isChanged: true, snippet };
    },

    /**
     * Sets who may see a video, and that it may be embedded; everything else of its status stays.
     * @returns who may see it now: another answer than was asked for is how YouTube treats projects it has not audited.
     * @throws {YouTubeError} kind `missing` when YouTube does not have the video.
     */
    async setPrivacy(id: string, privacy: YouTubePrivacy, abortSignal?: AbortSignal): Promise<YouTubePrivacy> {
      const { data } = await read((options) => youtube.videos.list({ part: ['status'], id: [id] }, options), abortSignal);
      const status = data.items?.[0]?.status;
      if (status === undefined) throw new YouTubeError('missing', `YouTube does not have the video ${id}`);
      if (status.privacyStatus === privacy && status.embeddable === true) return privacy;
      const { license, publicStatsViewable, selfDeclaredMadeForKids, containsSyntheticMedia } = status;
      const kept = Object.fromEntries(Object.entries({ license, publicStatsViewable, selfDeclaredMadeForKids, containsSyntheticMedia }).filter(([, value]) => value !== undefined && value !== null));
      const answer = await change((options) => youtube.videos.update({ part: ['status'], requestBody: { id, status: { ...kept, privacyStatus: privacy, embeddable: true } } }, options), abortSignal);
      const told = answer.data.status?.privacyStatus;
      if (told !== 'public' && told !== 'unlisted' && told !== 'private') throw new YouTubeError('unavailable', 'YouTube’s answer does not say who may see the video', { isUncertain: true });
      return told;
    },

    captions: {
      /** @throws {YouTubeError} kind `missing` when YouTube does not have the video. */
      list: listTracks,

      /**
       * Puts captions of a language (`en`, `pt-BR`) on a video: into the track that is there, else into a new one. A second call finds what the
       * first one made.
       * @throws {YouTubeError} kind `refused` when YouTube cannot read them.
       */
      async put(videoId: string, language: string, webVtt: string, abortSignal?: AbortSignal): Promise<{ readonly trackId: string; readonly isNew: boolean }> {
        const media = () => ({ mimeType: CAPTION_TYPE, body: webVtt });
        const known = findTrack(await listTracks(videoId, abortSignal), language);
        if (known !== null) return { trackId: await update(known.id), isNew: false };
        const snippet = { videoId, language, name: captionTrackName(language), isDraft: false };
        try {
          const { data } = await change((options) => youtube.captions.insert({ part: ['snippet'], requestBody: { snippet }, media: media() }, options), abortSignal);
          return { trackId: taken(data), isNew: true };
        } catch (error) {
          if (!(error instanceof YouTubeError && error.kind === 'exists')) throw error;
          // It came to be between our look and our call.
          const made = findTrack(await listTracks(videoId, abortSignal), language);
          if (made === null) throw error;
          return { trackId: await update(made.id), isNew: false };
        }

        async function update(id: string): Promise<string> {
          const { data } = await change((options) => youtube.captions.update({ part: ['snippet'], requestBody: { id, snippet: { isDraft: false } }, media: media() }, options), abortSignal);
          return taken(data);
        }
      },

      /** Removes a track; one that is not there is removed. */
      async remove(trackId: string, abortSignal?: AbortSignal): Promise<void> {
        try {
          await change((options) => youtube.captions.delete({ id: trackId }, options), abortSignal);
        } catch (error) {
          if (!(error instanceof YouTubeError && error.kind === 'missing')) throw error;
        }
      },
    },

    /**
     * Gives a video a picture of its own: JPEG or PNG, at most 2 MiB.
     * @throws {YouTubeError} kind `forbidden` when the channel may not have any.
     */
    async setThumbnail(videoId: string, picture: { readonly mimeType: string; readonly bytes: Buffer }, abortSignal?: AbortSignal): Promise<void> {
      await change((options) => youtube.thumbnails.set({ videoId, media: { mimeType: picture.mimeType, body: picture.bytes } }, options), abortSignal);
    },

    /** Categories that a video may have, by id. */
    async categories(regionCode: string, abortSignal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
      const { data } = await read((options) => youtube.videoCategories.list({ part: ['snippet'], regionCode }, options), abortSignal);
      return new Map((data.items ?? []).filter(({ snippet }) => snippet?.assignable === true).map(({ id, snippet }) => [id ?? '', snippet?.title ?? '']));
    },
  };
}

function toTrack({ id, snippet }: youtube_v3.Schema$Caption): YouTubeTrack {
  if (typeof id !== 'string' || typeof snippet?.language !== 'string') throw new YouTubeError('unavailable', 'YouTube’s answer holds no captions');
  return { id, language: snippet.language, name: snippet.name ?? '', kind: snippet.trackKind ?? '', isDraft: snippet.isDraft === true };
}

/** The id of a track that YouTube could read. */
function taken({ id, snippet }: youtube_v3.Schema$Caption): string {
  if (typeof id !== 'string') throw new YouTubeError('unavailable', 'YouTube’s answer holds no captions', { isUncertain: true });
  if (snippet?.status === 'failed') throw new YouTubeError('refused', `YouTube cannot read the captions: ${snippet.failureReason ?? 'it does not say why'}`);
  return id;
}
