import { splitName, trackNameOf } from './driveFiles.ts';
import { isRecord } from './fieldPaths.ts';
import type { ConfigItem } from './siteConfig.ts';
import { slugify } from './slug.ts';

/** Which captions and transcripts belong to which video: told of files by nothing but their names, either of which may come first, and of resources by their video. */

interface PlacedFile {
  readonly id: string;
  /** Names of the folders below that which is synced, with slashes between. */
  readonly path: string;
  readonly name: string;
}

const VIDEO_FIELD = 'video_files';
const TRACK_KEYS = { captions: 'video_captions_resources', transcript: 'video_transcript_resources' } as const;

/** Names are compared as their slugs: people write them by hand. */
function wordsOf(name: string): string {
  return slugify(name, { allowUnicode: true });
}

/** The video a file is captions or a transcript of: one of its name in a folder of the same path, else the only one of its name. Null when none is, or nobody can say which. */
export function videoOfTrack<T extends PlacedFile>(file: PlacedFile, videos: readonly T[]): T | null {
  const track = trackNameOf(file.name);
  if (track === null) return null;
  const named = videos.filter((video) => wordsOf(splitName(video.name).base) === wordsOf(track.base));
  const beside = named.filter((video) => video.path === file.path);
  const candidates = beside.length > 0 ? beside : named;
  const [only] = candidates;
  return candidates.length === 1 && only !== undefined ? only : null;
}

/** Text ids of the captions and transcripts that belong to a video, as its metadata name them; those of another site are not its own. */
export function trackIdsOf(metadata: Readonly<Record<string, unknown>>, siteName: string): readonly string[] {
  const video = metadata[VIDEO_FIELD];
  if (!isRecord(video)) return [];
  const ids = Object.values(TRACK_KEYS).flatMap((key) => {
    const relation = video[key];
    if (!isRecord(relation)) return [];
    const website = relation['website'];
    return typeof website === 'string' && website !== '' && website !== siteName ? [] : idsOf(relation['content']);
  });
  return [...new Set(ids)];
}

/** The captions and transcripts among these files that belong to a video. */
export function tracksOfVideo<T extends PlacedFile>(video: PlacedFile, files: readonly T[], videos: readonly PlacedFile[]): T[] {
  return files.filter((file) => videoOfTrack(file, videos)?.id === video.id);
}

/**
 * A video's metadata with one track more, behind those it has.
 * @returns null when nothing is to be added: it is named already, the starter has no place for it, or a list of files stands there that somebody wrote.
 */
export function withTrack(metadata: Readonly<Record<string, unknown>>, kind: ConfigItem, track: { readonly name: string; readonly textId: string }, siteName: string): Readonly<Record<string, unknown>> | null {
  const told = trackNameOf(track.name);
  const group = kind.fields.find((field) => field.name === VIDEO_FIELD);
  if (told === null || group?.widget !== 'object') return null;
  const key = TRACK_KEYS[told.kind];
  if (!group.fields.some((field) => field.name === key)) return null;
  const video = isRecord(metadata[VIDEO_FIELD]) ? metadata[VIDEO_FIELD] : {};
  const known = video[key];
  if (Array.isArray(known) && known.length > 0) return null;
  const content = isRecord(known) ? idsOf(known['content']) : [];
  if (content.includes(track.textId)) return null;
  return { ...metadata, [VIDEO_FIELD]: { ...video, [key]: { content: [...content, track.textId], website: siteName } } };
}

function idsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((id): id is string => typeof id === 'string' && id !== '');
}
