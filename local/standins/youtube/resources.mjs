// @ts-check
import { GoogleRefusal } from '../googleRefusal.mjs';

/** @typedef {import('./youtubeStore.mjs').Video} Video */
/** @typedef {import('./youtubeStore.mjs').Snippet} Snippet */
/** @typedef {import('./youtubeStore.mjs').Status} Status */

export const CATEGORIES = [
  { id: '1', title: 'Film & Animation', assignable: true },
  { id: '10', title: 'Music', assignable: true },
  { id: '18', title: 'Short Movies', assignable: false },
  { id: '26', title: 'Howto & Style', assignable: true },
  { id: '27', title: 'Education', assignable: true },
  { id: '28', title: 'Science & Technology', assignable: true },
];

const SNIPPET = new Map(Object.entries({ title: 'string', description: 'string', tags: 'array', categoryId: 'string', defaultLanguage: 'string', defaultAudioLanguage: 'string' }));
const STATUS = new Map(Object.entries({ privacyStatus: 'string', embeddable: 'boolean', license: 'string', publicStatsViewable: 'boolean', selfDeclaredMadeForKids: 'boolean', publishAt: 'string', containsSyntheticMedia: 'boolean' }));
const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

const bad = (/** @type {string} */ reason, /** @type {string} */ message, /** @type {string} */ location) => new GoogleRefusal(400, reason, message, { domain: 'youtube.video', location, locationType: 'parameter' });
const strange = (/** @type {string} */ name) => new GoogleRefusal(400, 'badRequest', `Invalid JSON payload received. Unknown name "${name}", or a wrong type for it.`, { unexpected: true });

/** @param {unknown} value @param {ReadonlyMap<string, string>} known @returns {Record<string, any>} */
function partOf(value, known) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw strange('a part');
  for (const [name, inner] of Object.entries(value)) if (known.get(name) !== (Array.isArray(inner) ? 'array' : typeof inner)) throw strange(name);
  return value;
}

/** Characters that tags have for the limit: a comma between two, and quotes around one with a space. @param {readonly string[]} tags */
const lengthOfTags = (tags) => tags.reduce((sum, tag) => sum + tag.length + (tag.includes(' ') ? 2 : 0), Math.max(0, tags.length - 1));

/**
 * A snippet as it is after a request: what is not sent is gone.
 * @param {unknown} sent
 * @param {{ isNew: boolean }} options a new video has defaults for what an update must name
 * @returns {Snippet}
 */
export function snippetOf(sent, { isNew }) {
  const part = partOf(sent ?? {}, SNIPPET);
  const title = part['title'] ?? (isNew ? 'unknown' : '');
  if (title.trim() === '' || [...title].length > 100 || /[<>]/.test(title)) throw bad('invalidTitle', 'The request metadata specifies an invalid or empty video title.', 'body.snippet.title');
  const description = part['description'] ?? '';
  if (Buffer.byteLength(description) > 5_000 || /[<>]/.test(description)) throw bad('invalidDescription', 'The request metadata specifies an invalid video description.', 'body.snippet.description');
  const tags = part['tags'] ?? [];
  if (!tags.every((/** @type {unknown} */ tag) => typeof tag === 'string' && tag.trim() !== '' && !/[<>]/.test(tag)) || lengthOfTags(tags) > 500) throw bad('invalidTags', 'The request metadata specifies invalid video keywords.', 'body.snippet.tags');
  const categoryId = part['categoryId'] ?? (isNew ? '22' : '');
  if (!(isNew && categoryId === '22') && !CATEGORIES.some(({ id, assignable }) => id === categoryId && assignable)) throw bad('invalidCategoryId', 'The <code>snippet.categoryId</code> property specifies an invalid category ID.', 'body.snippet.categoryId');
  for (const name of ['defaultLanguage', 'defaultAudioLanguage']) if (part[name] !== undefined && !LANGUAGE.test(part[name])) throw bad('invalidVideoMetadata', 'The request metadata is invalid.', `body.snippet.${name}`);
  return { title, description, tags, categoryId, defaultLanguage: part['defaultLanguage'] ?? null, defaultAudioLanguage: part['defaultAudioLanguage'] ?? null };
}

/**
 * A status as it is after a request: what is not sent is what it is unless told otherwise, and privacy is so, too.
 * @param {unknown} sent
 * @returns {Status}
 */
export function statusOf(sent) {
  const part = partOf(sent ?? {}, STATUS);
  const privacyStatus = part['privacyStatus'] ?? 'public';
  if (!['public', 'unlisted', 'private'].includes(privacyStatus)) throw bad('invalidVideoMetadata', 'The request metadata is invalid.', 'body.status.privacyStatus');
  return { privacyStatus, embeddable: part['embeddable'] ?? true, license: part['license'] ?? 'youtube', publicStatsViewable: part['publicStatsViewable'] ?? true, selfDeclaredMadeForKids: part['selfDeclaredMadeForKids'] ?? false };
}

const PART_NAMES = ['id', 'snippet', 'status', 'contentDetails', 'processingDetails'];

/**
 * A video with the parts that were asked for.
 * @param {Video} video
 * @param {readonly string[]} parts
 * @param {{ now: number, channelTitle: string }} context
 */
export function videoResource(video, parts, { now, channelTitle }) {
  const isDone = now >= video.processedAt;
  const uploadStatus = isDone ? video.outcome.uploadStatus : 'uploaded';
  const reason = isDone && video.outcome.reason !== undefined ? { [uploadStatus === 'failed' ? 'failureReason' : 'rejectionReason']: video.outcome.reason } : {};
  const { defaultLanguage, defaultAudioLanguage, tags, ...snippet } = video.snippet;
  const all = {
    snippet: {
      publishedAt: new Date(video.uploadedAt).toISOString(),
      channelId: video.channelId,
      channelTitle,
      ...snippet,
      thumbnails: thumbnailsOf(video.id),
      liveBroadcastContent: 'none',
      localized: { title: snippet.title, description: snippet.description },
      // What there is nothing of is left out.
      ...(tags.length === 0 ? {} : { tags }),
      ...(defaultLanguage === null ? {} : { defaultLanguage }),
      ...(defaultAudioLanguage === null ? {} : { defaultAudioLanguage }),
    },
    status: { uploadStatus, ...reason, ...video.status, madeForKids: video.status.selfDeclaredMadeForKids },
    contentDetails: { duration: 'PT10S', dimension: '2d', definition: 'hd', caption: 'false', licensedContent: false, projection: 'rectangular', hasCustomThumbnail: video.thumbnail !== null },
    processingDetails: { processingStatus: !isDone ? 'processing' : uploadStatus === 'failed' ? 'failed' : 'succeeded', ...(isDone && uploadStatus === 'failed' ? { processingFailureReason: 'transcodeFailed' } : {}) },
  };
  return { kind: 'youtube#video', etag: 'e', id: video.id, ...pick(all, parts) };
}

/** @param {string} id */
const thumbnailsOf = (id) => ({ default: { url: `https://i.ytimg.com/vi/${id}/default.jpg`, width: 120, height: 90 } });

/** @param {string} id */
export const thumbnailSet = (id) => ({ kind: 'youtube#thumbnailSetResponse', etag: 'e', items: [thumbnailsOf(id)] });

/**
 * @param {import('./youtubeStore.mjs').Caption} caption
 * @param {readonly string[]} parts
 */
export function captionResource(caption, parts) {
  const snippet = { videoId: caption.videoId, lastUpdated: new Date(caption.updatedAt).toISOString(), trackKind: caption.trackKind, language: caption.language, name: caption.name, audioTrackType: 'unknown', isCC: false, isLarge: false, isEasyReader: false, isDraft: caption.isDraft, isAutoSynced: false, status: caption.status, ...(caption.failureReason === null ? {} : { failureReason: caption.failureReason }) };
  return { kind: 'youtube#caption', etag: 'e', id: caption.id, ...pick({ snippet }, parts) };
}

/**
 * @param {Video} video
 * @param {readonly string[]} parts
 * @param {{ position: number, playlistId: string, channelTitle: string }} context
 */
export function playlistItemResource(video, parts, { position, playlistId, channelTitle }) {
  const publishedAt = new Date(video.uploadedAt).toISOString();
  const owner = { channelId: video.channelId, channelTitle, videoOwnerChannelId: video.channelId, videoOwnerChannelTitle: channelTitle };
  const all = {
    snippet: { publishedAt, ...owner, title: video.snippet.title, description: video.snippet.description, thumbnails: thumbnailsOf(video.id), playlistId, position, resourceId: { kind: 'youtube#video', videoId: video.id } },
    contentDetails: { videoId: video.id, videoPublishedAt: publishedAt },
    status: { privacyStatus: video.status.privacyStatus },
  };
  return { kind: 'youtube#playlistItem', etag: 'e', id: `UU.${video.id}`, ...pick(all, parts) };
}

/** @param {Readonly<Record<string, unknown>>} all @param {readonly string[]} parts */
function pick(all, parts) {
  return Object.fromEntries(Object.entries(all).filter(([name]) => parts.includes(name)));
}

/**
 * The parts a request names, by commas or one after the other.
 * @param {URLSearchParams} query
 * @param {readonly string[]} [known]
 */
export function partsOf(query, known = PART_NAMES) {
  const parts = query.getAll('part').flatMap((part) => part.split(',')).map((part) => part.trim()).filter((part) => part !== '');
  if (parts.length === 0) throw new GoogleRefusal(400, 'missingRequiredParameter', 'No filter selected. Expected one of: part', { location: 'parameters.', locationType: 'parameter', unexpected: true });
  const unknown = parts.find((part) => !known.includes(part));
  if (unknown !== undefined) throw new GoogleRefusal(400, 'unknownPart', unknown, { domain: 'youtube.part', location: 'part', locationType: 'parameter', unexpected: true });
  return parts;
}
