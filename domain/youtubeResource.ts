import { isRecord } from './fieldPaths.ts';
import { isThumbnailUrl, tagsIn, thumbnailUrl, type VideoResource } from './youtubeVideo.ts';

/** What a resource keeps of its video on YouTube, and what YouTube is told of it. */

type Metadata = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);
const groupOf = (metadata: Metadata, name: string): Metadata => (isRecord(metadata[name]) ? metadata[name] : {});

/** The tags of a video’s resource, with commas between; null when it has none. */
export function videoTagsOf(metadata: Metadata): string | null {
  return textOf(groupOf(metadata, 'video_metadata')['video_tags']);
}

/** The id on YouTube of the video that a resource shows; null when it shows none. */
export function youtubeIdOf(metadata: Metadata): string | null {
  return textOf(groupOf(metadata, 'video_metadata')['youtube_id'])?.trim() ?? null;
}

/** What of a resource its video shows. */
export function videoResourceOf(item: { readonly title: string | null; readonly metadata: Metadata }): VideoResource {
  const video = groupOf(item.metadata, 'video_metadata');
  return {
    title: item.title ?? '',
    youtubeDescription: textOf(video['youtube_description']),
    speakers: textOf(video['video_speakers']),
    tags: videoTagsOf(item.metadata),
    language: textOf(item.metadata['language']),
    locale: textOf(item.metadata['locale']),
  };
}

/** Whether a resource is one that readers do not get. */
export function isDraftResource(metadata: Metadata): boolean {
  return metadata['draft'] === true;
}

/** A video that a resource shows from YouTube. */
export interface NamedVideo {
  readonly youtubeId: string;
  /** Where the bytes that readers may download are kept outside of the studio. */
  readonly archiveUrl: string | null;
}

/** The video on YouTube that a resource names, as somebody typed it; null for whatever is no such resource. */
export function namedVideoOf(item: { readonly type: string; readonly metadata: Metadata }): NamedVideo | null {
  const youtubeId = youtubeIdOf(item.metadata);
  if (item.type !== 'resource' || item.metadata['resourcetype'] !== 'Video' || youtubeId === null) return null;
  return { youtubeId, archiveUrl: textOf(groupOf(item.metadata, 'video_files')['archive_url'])?.trim() ?? null };
}

/**
 * A resource’s metadata with what is known of the video on YouTube that it names: the picture YouTube makes of it unless somebody chose another
 * one, and that it came from YouTube, unless its file is one of the site’s own.
 */
export function withNamedVideo(metadata: Metadata, youtubeId: string, isFromDrive: boolean): Metadata {
  const shown = withYoutubeVideo(metadata, youtubeId, []);
  return isFromDrive ? shown : { ...shown, video_metadata: { ...groupOf(shown, 'video_metadata'), source: 'youtube' } };
}

/**
 * A resource’s metadata with its video on YouTube: its id, the picture YouTube makes of it unless somebody chose another one, and the tags it was
 * uploaded with.
 */
export function withYoutubeVideo(metadata: Metadata, youtubeId: string, tags: readonly string[]): Metadata {
  const video = groupOf(metadata, 'video_metadata');
  const files = groupOf(metadata, 'video_files');
  const picture = textOf(files['video_thumbnail_file']);
  const isChosen = picture !== null && !isThumbnailUrl(picture);
  const kept = tagsIn(videoTagsOf(metadata));
  return {
    ...metadata,
    video_metadata: { ...video, youtube_id: youtubeId, ...(tags.every((tag) => kept.includes(tag)) ? {} : { video_tags: [...new Set([...kept, ...tags])].sort().join(', ') }) },
    video_files: { ...files, ...(isChosen ? {} : { video_thumbnail_file: thumbnailUrl(youtubeId) }) },
  };
}
