import type { SiteContext } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { publishedPath } from './filePath.ts';
import type { SiteConfig } from './siteConfig.ts';

/**
 * A video names its captions and transcripts as relations to resources; its file lists their addresses instead, because
 * themes read those. The list is made anew at every write and never stored.
 */

const VIDEO_FIELD = 'video_files';
const CAPTION_KEYS = ['video_captions_resources', 'video_transcript_resources'];

interface Track {
  readonly file: string;
  readonly language: string;
  readonly locale?: string;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function trackOf(target: ContentItem, config: SiteConfig, site: SiteContext): Track | undefined {
  if (target.file === null) return undefined;
  const { language, locale } = target.metadata;
  return { file: publishedPath(target.file, config, site), language: typeof language === 'string' && language !== '' ? language : 'en', ...(typeof locale === 'string' && locale !== '' ? { locale } : {}) };
}

function mapCaptions(metadata: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown): Readonly<Record<string, unknown>> {
  const video = metadata[VIDEO_FIELD];
  if (!isFields(video)) return metadata;
  const changed = Object.fromEntries(Object.entries(video).map(([key, value]) => [key, CAPTION_KEYS.includes(key) ? change(value) : value]));
  return { ...metadata, [VIDEO_FIELD]: changed };
}

/** Metadata as it is written: relations become the list of their files, and a list that is one already stays. */
export function withCaptionFiles(metadata: Readonly<Record<string, unknown>>, config: SiteConfig, site: SiteContext): Readonly<Record<string, unknown>> {
  return mapCaptions(metadata, (value) => {
    if (!isFields(value) || !('content' in value)) return value;
    const ids = Array.isArray(value['content']) ? value['content'] : [value['content']];
    return ids.flatMap((id: unknown) => {
      const target = typeof id === 'string' ? site.itemOf(id) : undefined;
      return (target === undefined ? undefined : trackOf(target, config, site)) ?? [];
    });
  });
}

/**
 * Metadata as it is stored: a list of files becomes the relation it was made of, when each file is that of one resource
 * of the site and would be listed just so; any other list is kept.
 * @param tracks what `captionTracks` says of the site's items.
 */
export function withCaptionRelations(metadata: Readonly<Record<string, unknown>>, tracks: ReadonlyMap<string, string | null>, siteName: string): Readonly<Record<string, unknown>> {
  return mapCaptions(metadata, (value) => {
    if (!Array.isArray(value)) return value;
    const content = value.map((track: unknown) => (isFields(track) ? tracks.get(nameOf(track)) : undefined));
    return content.every((id) => typeof id === 'string') && content.length > 0 ? { content, website: siteName } : value;
  });
}

/** The resource each entry of a list of captions stands for; null where it could be several. */
export function captionTracks(items: readonly ContentItem[], config: SiteConfig, site: SiteContext): ReadonlyMap<string, string | null> {
  const tracks = new Map<string, string | null>();
  for (const item of items) {
    const track = trackOf(item, config, site);
    if (track !== undefined) tracks.set(nameOf(track), tracks.has(nameOf(track)) ? null : item.textId);
  }
  return tracks;
}

/** All of a track in one text, so that an entry with anything else is none. */
function nameOf(track: Readonly<Record<string, unknown>> | Track): string {
  return JSON.stringify(Object.entries(track).sort(([a], [b]) => (a < b ? -1 : 1)));
}
