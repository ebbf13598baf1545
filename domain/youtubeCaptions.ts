import { languageName } from './languageName.ts';

/** A video’s captions on YouTube: one track a language, found by what we call it. */

/** A track as YouTube tells it. */
export interface YouTubeTrack {
  readonly id: string;
  /** `en`, `pt-BR`. */
  readonly language: string;
  readonly name: string;
  /** `asr` are YouTube’s own, which nobody can change; its reference writes `ASR`. */
  readonly kind: string;
  readonly isDraft: boolean;
}

const PREFIX = 'CC (';
/** What tracks were called before. */
const OLD_NAME = 'ocw_captions_upload';

/** What the track of a language (`en`, `pt-BR`) is called. The English one’s name stands on thousands of videos. */
export function captionTrackName(language: string): string {
  return `${PREFIX}${languageName(language)})`;
}

/**
 * The track that captions of a language belong into, or null when there is none yet. The name of a language may be another one than when the
 * track was made, so the beginning of ours is enough.
 */
export function findTrack(tracks: readonly YouTubeTrack[], language: string): YouTubeTrack | null {
  const same = tracks.filter((track) => track.kind.toLowerCase() !== 'asr' && track.language.toLowerCase() === language.toLowerCase());
  return same.find(({ name }) => name === captionTrackName(language)) ?? same.find(({ name }) => name.startsWith(PREFIX)) ?? same.find(({ name }) => name === OLD_NAME) ?? null;
}
