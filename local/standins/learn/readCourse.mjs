// @ts-check
/**
 * Reads one course out of the published bucket the way MIT Learn's import does: the course, its pages, and its resources,
 * each of which needs its file. What the import would lose without a word is listed with the reason.
 */

/**
 * @typedef {object} Bucket
 * @property {(key: string) => Promise<{ body: Buffer, lastModified: Date | null } | null>} get null when there is no such object
 * @property {(key: string) => Promise<boolean>} exists
 * @property {(prefix: string) => Promise<string[]>} list every key below a prefix
 */

/** @typedef {{ key: string, title: string, url: string }} Page */
/** @typedef {{ key: string, title: string, kind: 'file' | 'video', fileKey: string, isText: boolean, youtubeId: string | null }} Resource */
/** @typedef {{ key: string, reason: string }} Dropped */

/**
 * @typedef {object} Course
 * @property {string} urlPath
 * @property {string} runId the course's uid without dashes, by which it is found again
 * @property {string} readableId
 * @property {string} title
 * @property {string[]} instructors
 * @property {boolean} hasOffline
 * @property {string | null} lastModified of its data.json: nothing is read again until this is newer
 * @property {Page[]} pages
 * @property {Resource[]} files
 * @property {Resource[]} videos
 * @property {Dropped[]} dropped
 */

/** A course the import skips whole. */
export class UnreadableCourseError extends Error {
  /** @override */
  name = 'UnreadableCourseError';
}

/** Files whose text is taken out and searched. */
const TEXT_FILE = /\.(?:pdf|docx?|pptx?|xlsx?|txt|vtt|srt|sbv|html?|htm|csv|tsv|json|xml|rtf|odt|py|m|r|c|cpp|h|java|js|jl|ipynb|md|tex)$/i;
/** What a captioning service left behind, and nobody should find. */
const LEFTOVER = /^3play (?:caption|pdf) file$/i;
const REQUIRED = ['primary_course_number', 'course_title', 'course_description_html'];

/**
 * @param {Bucket} bucket
 * @param {string} urlPath without slashes around it
 * @returns {Promise<Course>}
 * @throws {UnreadableCourseError} when the import would skip the course.
 */
export async function readCourse(bucket, urlPath) {
  const dataKey = `${urlPath}/data.json`;
  const data = await bucket.get(dataKey);
  if (data === null) throw new UnreadableCourseError(`${dataKey} is not there`);
  const record = parse(data.body, dataKey);
  const missing = REQUIRED.filter((key) => record[key] === undefined);
  if (missing.length > 0) throw new UnreadableCourseError(`${dataKey} lacks ${missing.join(', ')}`);
  const uid = textOf(record['legacy_uid']) || textOf(record['site_uid']);
  if (uid === '') throw new UnreadableCourseError(`${dataKey} has neither legacy_uid nor site_uid`);
  if ('course_image_metadata' in record && !isObject(record['course_image_metadata'])) throw new UnreadableCourseError(`the course_image_metadata of ${dataKey} is no object`);

  /** @type {Course} */
  const course = {
    urlPath,
    runId: uid.replaceAll('-', ''),
    readableId: `${textOf(record['primary_course_number'])}+${[slug(textOf(record['term'])), textOf(record['year'])].filter((part) => part !== '').join('_')}`,
    title: textOf(record['course_title']),
    instructors: listOf(record['instructors']).filter(isObject).map(nameOf),
    hasOffline: record['hide_download'] !== true,
    lastModified: data.lastModified?.toISOString() ?? null,
    pages: [],
    files: [],
    videos: [],
    dropped: [],
  };
  for (const key of await bucket.list(`${urlPath}/pages/`)) {
    if (!key.endsWith('data.json')) continue;
    const page = await readRecord(bucket, key, course.dropped);
    if (page !== null) course.pages.push({ key, title: textOf(page['title']), url: `/${key.slice(0, -'data.json'.length)}` });
  }
  for (const key of await bucket.list(`${urlPath}/resources/`)) {
    // The list of resources has a record too, which describes none.
    if (!key.endsWith('/data.json') || key === `${urlPath}/resources/data.json`) continue;
    const found = await readRecord(bucket, key, course.dropped);
    if (found === null) continue;
    const resource = await readResource(bucket, key, found);
    if ('reason' in resource) course.dropped.push(resource);
    else (resource.kind === 'video' ? course.videos : course.files).push(resource);
  }
  return course;
}

/** @param {Bucket} bucket @param {string} key @param {Record<string, unknown>} record @returns {Promise<Resource | Dropped>} */
async function readResource(bucket, key, record) {
  const title = textOf(record['title']);
  if (LEFTOVER.test(title)) return { key, reason: `‘${title}’ is left out on purpose` };
  const isNew = record['resourcetype'] !== undefined;
  const kind = (isNew ? textOf(record['resourcetype']) : textOf(record['resource_type'])) === 'Video' ? 'video' : 'file';
  const videoFiles = isObject(record['video_files']) ? record['video_files'] : {};
  // A video's text comes from its transcript alone, whatever else it has.
  const named = textOf(kind === 'file' ? record['file'] : isNew ? videoFiles['video_transcript_file'] : record['transcript_file']);
  if (named === '') return { key, reason: kind === 'video' ? 'the video names no transcript file' : 'it names no file' };
  const fileKey = keyOfPath(named);
  if (fileKey === null) return { key, reason: `its file ‘${named}’ is not below ‘courses’` };
  if (!(await bucket.exists(fileKey))) return { key, reason: `its file ‘${fileKey}’ is not there` };
  const metadata = isObject(record['video_metadata']) ? record['video_metadata'] : {};
  return { key, title, kind, fileKey, isText: TEXT_FILE.test(fileKey), youtubeId: textOf(metadata['youtube_id']) || null };
}

/**
 * The key of the path a record names: the host and whatever stands before `courses` are cut off, and so is what follows a second `courses`.
 * @param {string} path @returns {string | null}
 */
function keyOfPath(path) {
  let plain;
  try {
    plain = decodeURIComponent(path.replace(/^\/+/, ''));
  } catch {
    return null; // half an escape
  }
  if (plain.startsWith('courses')) return plain;
  const after = plain.split('courses')[1];
  return after === undefined ? null : `courses${after}`;
}

/** @param {Bucket} bucket @param {string} key @param {Dropped[]} dropped @returns {Promise<Record<string, unknown> | null>} */
async function readRecord(bucket, key, dropped) {
  const object = await bucket.get(key);
  if (object === null) {
    dropped.push({ key, reason: 'it went away while the course was read' });
    return null;
  }
  try {
    return parse(object.body, key);
  } catch (error) {
    if (!(error instanceof UnreadableCourseError)) throw error;
    dropped.push({ key, reason: error.message });
    return null;
  }
}

/** @param {Buffer} body @param {string} key @returns {Record<string, unknown>} */
function parse(body, key) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new UnreadableCourseError(`${key} is no JSON`);
  }
  if (!isObject(value)) throw new UnreadableCourseError(`${key} holds no object`);
  return value;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {string} */
function textOf(value) {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** @param {unknown} value @returns {unknown[]} */
function listOf(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {Record<string, unknown>} person */
function nameOf(person) {
  return [person['first_name'] ?? person['given_name'], person['middle_initial'], person['last_name'] ?? person['family_name']].map(textOf).filter((part) => part !== '').join(' ');
}

/** @param {string} text */
function slug(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
}
