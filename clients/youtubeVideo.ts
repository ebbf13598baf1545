import type { youtube_v3 } from 'googleapis/build/src/apis/youtube/index.js';
import type { YouTubePrivacy, YouTubeSnippet, YouTubeUploadStatus } from '#domain/youtubeVideo.ts';
import { YouTubeError } from './youtubeError.ts';

/** A video as YouTube tells it. */
export interface YouTubeVideo extends YouTubeUploadStatus {
  readonly id: string;
  readonly snippet: YouTubeSnippet;
  readonly privacy: YouTubePrivacy;
  readonly isEmbeddable: boolean;
  /** Milliseconds; null until YouTube has worked on it. */
  readonly durationMs: number | null;
}

/** The parts a video is made of. */
export const VIDEO_PARTS = ['snippet', 'status'];
/** With those that nobody can write. */
export const READ_PARTS = [...VIDEO_PARTS, 'contentDetails'];

/** @throws {YouTubeError} kind `unavailable` when it is no video with both parts. */
export function toYouTubeVideo(video: youtube_v3.Schema$Video | undefined): YouTubeVideo {
  const { id, snippet, status, contentDetails } = video ?? {};
  const privacy = status?.privacyStatus;
  if (typeof id !== 'string' || snippet === undefined || typeof status?.uploadStatus !== 'string' || !isPrivacy(privacy)) throw new YouTubeError('unavailable', 'YouTube’s answer holds no video');
  return {
    id,
    snippet: { title: snippet.title ?? '', description: snippet.description ?? '', tags: snippet.tags ?? [], categoryId: snippet.categoryId ?? '', defaultLanguage: snippet.defaultLanguage ?? null, defaultAudioLanguage: snippet.defaultAudioLanguage ?? null },
    privacy,
    isEmbeddable: status.embeddable ?? true,
    durationMs: durationMsOf(contentDetails?.duration ?? ''),
    uploadStatus: status.uploadStatus,
    reason: status.failureReason ?? status.rejectionReason ?? null,
  };
}

/** A snippet as it is sent: what is null is left out. */
export function toSnippetBody({ defaultLanguage, defaultAudioLanguage, tags, ...rest }: YouTubeSnippet): youtube_v3.Schema$VideoSnippet {
  return { ...rest, tags: [...tags], ...(defaultLanguage === null ? {} : { defaultLanguage }), ...(defaultAudioLanguage === null ? {} : { defaultAudioLanguage }) };
}

/** Milliseconds of a duration as YouTube writes it: `PT1H2M3S`, `P1DT2S`. Null for one that is nothing, as before YouTube has worked on a video. */
function durationMsOf(written: string): number | null {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(written);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = [1, 2, 3, 4].map((group) => Number(found?.[group] ?? 0));
  const total = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
  return total > 0 ? total : null;
}

function isPrivacy(value: unknown): value is YouTubePrivacy {
  return value === 'public' || value === 'unlisted' || value === 'private';
}
