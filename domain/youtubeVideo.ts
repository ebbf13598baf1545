/** What a course’s video is called and said to be on YouTube, within what YouTube takes. */

export interface YouTubeSnippet {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly categoryId: string;
  /** Of the title and the description; null when nobody said. */
  readonly defaultLanguage: string | null;
  /** Spoken in the video. */
  readonly defaultAudioLanguage: string | null;
}

/** What of a resource its video shows. */
export interface VideoResource {
  readonly title: string;
  readonly youtubeDescription: string | null;
  readonly speakers: string | null;
  /** As resources have them: with commas between. */
  readonly tags: string | null;
  /** `en`; with a country in `locale`, `BR`. */
  readonly language: string | null;
  readonly locale: string | null;
}

export type YouTubePrivacy = 'public' | 'unlisted' | 'private';

export const TITLE_CHARACTERS = 100;
/** YouTube counts bytes here. */
export const DESCRIPTION_BYTES = 5_000;
/** Of all tags together, with a comma between two and quotation marks around one with a space. */
export const TAGS_CHARACTERS = 500;

const MARKER = 'ocw:';
/** Of what somebody typed in the wrong place. */
const SHOWN_CHARACTERS = 40;
const ELLIPSIS = '...';

/** What YouTube takes neither in titles nor in descriptions. */
const withoutBrackets = (text: string): string => text.replace(/[<>]/g, '').trim();

/** Cut behind a word, with dots, when it measures too much. */
function cutAtWord(text: string, limit: number, measure: (text: string) => number): string {
  if (measure(text) <= limit) return text;
  // By characters, so that none is halved.
  const kept: string[] = [];
  let size = measure(ELLIPSIS);
  for (const character of text) {
    size += measure(character);
    if (size > limit) break;
    kept.push(character);
  }
  const head = kept.join('');
  const isBetweenWords = /\s/.test(text.charAt(head.length));
  const lastSpace = head.search(/\s\S*$/);
  return `${(isBetweenWords || lastSpace <= 0 ? head : head.slice(0, lastSpace)).trimEnd()}${ELLIPSIS}`;
}

const characters = (text: string): number => [...text].length;
const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A title as YouTube takes it: without brackets, at most 100 characters. */
export function youtubeTitle(text: string): string {
  return cutAtWord(withoutBrackets(text), TITLE_CHARACTERS, characters);
}

/** A description as YouTube takes it, with who speaks below it: without brackets, at most 5,000 bytes. */
export function youtubeDescription({ youtubeDescription: description, speakers }: Pick<VideoResource, 'youtubeDescription' | 'speakers'>): string {
  const told = speakers === null || speakers.trim() === '' ? [] : [`Speakers: ${speakers.trim()}`];
  return cutAtWord(withoutBrackets([...(description === null || description.trim() === '' ? [] : [description.trim()]), ...told].join('\n\n')), DESCRIPTION_BYTES, bytes);
}

/** How much of the limit of tags these take. */
export function lengthOfTags(tags: readonly string[]): number {
  return tags.reduce((sum, tag) => sum + characters(tag) + (/\s/.test(tag) ? 2 : 0), Math.max(0, tags.length - 1));
}

/** The single tags of a text with commas, or of a list in which some have commas: what older uploads sent as one tag. Lower case, each once. */
export function tagsIn(tags: string | readonly string[] | null): string[] {
  const list = tags === null ? [] : typeof tags === 'string' ? [tags] : tags;
  const single = list.flatMap((tag) => tag.split(',')).map((tag) => tag.replace(/[<>"]/g, '').replace(/\s+/g, ' ').trim().toLowerCase());
  return [...new Set(single.filter((tag) => tag !== ''))];
}

/**
 * A video’s tags: the resource’s and the course’s, sorted. The course’s is there in any case; of the others, those that fit.
 */
export function youtubeTags(tags: string | readonly string[] | null, courseSlug: string): string[] {
  const kept: string[] = [];
  for (const tag of new Set([...tagsIn(courseSlug), ...tagsIn(tags).sort()])) if (lengthOfTags([...kept, tag]) <= TAGS_CHARACTERS) kept.push(tag);
  return kept.sort();
}

/** A language as YouTube names it: `en`, `pt-BR`. Null when it is none. */
export function languageTag({ language, locale }: Pick<VideoResource, 'language' | 'locale'>): string | null {
  const code = language?.trim().toLowerCase() ?? '';
  if (!/^[a-z]{2,3}$/.test(code)) return null;
  const country = locale?.trim().toUpperCase() ?? '';
  return /^[A-Z]{2}$/.test(country) ? `${code}-${country}` : code;
}

/** What a video shows once its course is published. A language that the resource does not name stays what it is. */
export function publishedSnippet(resource: VideoResource, course: { readonly slug: string; readonly categoryId: string }, shown: Pick<YouTubeSnippet, 'defaultLanguage' | 'defaultAudioLanguage'>): YouTubeSnippet {
  const title = youtubeTitle(resource.title);
  const language = languageTag(resource);
  return {
    // YouTube refuses a video without a title.
    title: title === '' ? youtubeTitle(course.slug) : title,
    description: youtubeDescription(resource),
    tags: youtubeTags(resource.tags, course.slug),
    categoryId: course.categoryId,
    defaultLanguage: language ?? shown.defaultLanguage,
    defaultAudioLanguage: language ?? shown.defaultAudioLanguage,
  };
}

/** What a video shows from its upload until then: the name of its file, and a marker by which it is found again. */
export function uploadSnippet(upload: { readonly fileName: string; readonly videoFileId: string; readonly tags: string | null }, course: { readonly slug: string; readonly categoryId: string }): YouTubeSnippet {
  const title = youtubeTitle(upload.fileName.split('/').at(-1) ?? '');
  return { title: title === '' ? youtubeTitle(course.slug) : title, description: uploadMarker(upload.videoFileId), tags: youtubeTags(upload.tags, course.slug), categoryId: course.categoryId, defaultLanguage: null, defaultAudioLanguage: null };
}

/** What stands in the description of an upload: whoever lost its answer finds the video by it. */
export function uploadMarker(videoFileId: string): string {
  return `${MARKER}${videoFileId}`;
}

/** Whether a description is that of the upload of a file. */
export function hasMarker(description: string, videoFileId: string): boolean {
  return description.split(/\s+/).includes(uploadMarker(videoFileId));
}

/** Where people watch a video: YouTube’s page, whose address is configured, with its id. */
export function watchUrl(page: string, youtubeId: string): string {
  const url = new URL(page);
  url.searchParams.set('v', youtubeId);
  return url.href;
}

/** The picture that YouTube makes of a video. */
export function thumbnailUrl(youtubeId: string): string {
  return `https://img.youtube.com/vi/${encodeURIComponent(youtubeId)}/default.jpg`;
}

/** Whether a picture is one that YouTube makes, of whichever video. */
export function isThumbnailUrl(url: string): boolean {
  return /^https:\/\/img\.youtube\.com\/vi\/[^/]+\/default\.jpg$/.test(url);
}

/** What is wrong with what an author typed as the id of a video on YouTube; null when it has an id’s form. */
export function faultOfYoutubeId(typed: string): string | null {
  if (/^[\w-]{11}$/.test(typed)) return null;
  return `‘${[...typed].slice(0, SHOWN_CHARACTERS).join('')}’ is not the id of a video on YouTube: that has eleven letters, digits, hyphens and underscores, and stands behind ‘v=’ in the video’s address. Correct it in the resource.`;
}

/** Whether YouTube shows the same already. The order of tags means nothing. */
export function isSameSnippet(a: YouTubeSnippet, b: YouTubeSnippet): boolean {
  const inOrder = ({ tags, ...rest }: YouTubeSnippet) => JSON.stringify([rest.title, rest.description, rest.categoryId, rest.defaultLanguage, rest.defaultAudioLanguage, ...[...tags].sort()]);
  return inOrder(a) === inOrder(b);
}

/** What YouTube says of a video’s upload. */
export interface YouTubeUploadStatus {
  /** `uploaded`, `processed`, `failed`, `rejected` or `deleted`. */
  readonly uploadStatus: string;
  /** Why it failed or was rejected. */
  readonly reason: string | null;
}

export type YouTubeVerdict = { readonly kind: 'processing' | 'ready' } | { readonly kind: 'failed' | 'rejected' | 'gone'; readonly sentence: string };

const REASONS: Readonly<Record<string, string>> = {
  codec: 'it does not know how the video is encoded',
  conversion: 'it could not convert the video',
  emptyFile: 'the file is empty',
  invalidFile: 'the file is no video it can read',
  tooSmall: 'the file is too small',
  uploadAborted: 'the upload was broken off',
  claim: 'somebody claims to own what is in it',
  copyright: 'it infringes a copyright',
  duplicate: 'the channel has this video already',
  inappropriate: 'it takes it for inappropriate',
  legal: 'of a legal complaint',
  length: 'it is longer than the channel may upload',
  termsOfUse: 'it breaks the terms of use',
  trademark: 'it infringes a trademark',
  uploaderAccountClosed: 'the channel’s account is closed',
  uploaderAccountSuspended: 'the channel’s account is suspended',
};

/** What is to be done about a video by what YouTube says of it; null is a video YouTube does not have. */
export function judgeUpload(status: YouTubeUploadStatus | null): YouTubeVerdict {
  if (status === null || status.uploadStatus === 'deleted') return { kind: 'gone', sentence: 'YouTube does not have this video: somebody deleted it there, or it was one that the channel has already.' };
  if (status.uploadStatus === 'processed') return { kind: 'ready' };
  const why = status.reason === null ? 'it does not say why' : (Object.hasOwn(REASONS, status.reason) ? REASONS[status.reason] : undefined) ?? status.reason;
  if (status.uploadStatus === 'failed') return { kind: 'failed', sentence: `YouTube could not take the video: ${why}.` };
  if (status.uploadStatus === 'rejected') return { kind: 'rejected', sentence: `YouTube rejected the video: ${why}.` };
  return { kind: 'processing' };
}

/**
 * Why readers could not watch a video that an author named by its id; null when they can. YouTube shows nobody else’s private videos, and does
 * not say that there is one.
 * @param video null when YouTube does not have it
 */
export function faultOfNamedVideo(youtubeId: string, video: (YouTubeUploadStatus & { readonly privacy: YouTubePrivacy }) | null): string | null {
  if (video === null) return `YouTube has no video with the id ‘${youtubeId}’ that others may see: it was deleted, it is private, or the id is mistyped. Correct the id in the resource, or have the video made unlisted or public and retry.`;
  if (video.privacy === 'private') return `The video ‘${youtubeId}’ is private on YouTube, so readers cannot watch it. Have it made unlisted or public there, then retry.`;
  const verdict = judgeUpload(video);
  return 'sentence' in verdict ? `${verdict.sentence} Name another video in the resource, or retry when that is mended on YouTube.` : null;
}

/**
 * Who may see a video after a publish; null is who may see it now. A video becomes public only once readers see its page, and a draft’s never does.
 */
export function wantedPrivacy(state: { readonly version: 'draft' | 'live'; readonly isResourceDraft: boolean; readonly isLiveDeployed: boolean }): 'public' | 'unlisted' | null {
  if (state.isResourceDraft) return 'unlisted';
  if (state.version === 'live') return state.isLiveDeployed ? 'public' : null;
  // A draft of a site that readers have takes nothing from them.
  return state.isLiveDeployed ? null : 'unlisted';
}

/** Whether YouTube made private what was to be seen: so it does with a project that it has not audited. */
export function isLockedPrivate(asked: YouTubePrivacy, told: YouTubePrivacy): boolean {
  return asked !== 'private' && told === 'private';
}
