// @ts-check
import { GoogleRefusal } from '../googleRefusal.mjs';

/** @typedef {Map<string, Mask | null>} Mask names to what is asked of them; null is everything */

/** @param {string} what */
const refuse = (what) => new GoogleRefusal(400, 'invalidParameter', `Invalid field selection ${what}`, { location: 'fields', locationType: 'parameter', unexpected: true });

/**
 * Parses Google's partial-response syntax: `a,b(c,d/e),f/g,*`.
 * @param {string} fields
 * @returns {Mask}
 */
export function parseFieldMask(fields) {
  let at = 0;
  /** @returns {Mask} */
  function list() {
    /** @type {Mask} */
    const mask = new Map();
    for (;;) {
      const [name = ''] = /^(?:\*|[A-Za-z][\w-]*)/.exec(fields.slice(at)) ?? [];
      if (name === '') throw refuse(fields);
      at += name.length;
      /** @type {Mask | null} */
      let inner = null;
      if (fields[at] === '(') {
        at += 1;
        inner = list();
        if (fields[at] !== ')') throw refuse(fields);
        at += 1;
      } else if (fields[at] === '/') {
        at += 1;
        inner = one();
      }
      mask.set(name, merge(mask.get(name), inner));
      if (fields[at] !== ',') return mask;
      at += 1;
    }
  }
  /** @returns {Mask} */
  function one() {
    const [name = ''] = /^(?:\*|[A-Za-z][\w-]*)/.exec(fields.slice(at)) ?? [];
    if (name === '') throw refuse(fields);
    at += name.length;
    if (fields[at] !== '/') return new Map([[name, null]]);
    at += 1;
    return new Map([[name, one()]]);
  }
  const mask = list();
  if (at !== fields.length) throw refuse(fields);
  return mask;
}

/** @param {Mask | null | undefined} first @param {Mask | null} second @returns {Mask | null} */
function merge(first, second) {
  if (first === undefined) return second;
  if (first === null || second === null) return null;
  return new Map([...first, ...second]);
}

/**
 * What of a value is asked for.
 * @param {any} value
 * @param {Mask | null} mask
 * @param {Shape} shape names that exist, so that others are refused although this value does not have them
 * @returns {any}
 */
export function applyFieldMask(value, mask, shape) {
  if (mask === null || mask.has('*')) return value;
  for (const name of mask.keys()) if (shape !== null && !(name in shape)) throw refuse(name);
  if (Array.isArray(value)) return value.map((item) => applyFieldMask(item, mask, shape));
  /** @type {Record<string, any>} */
  const picked = {};
  for (const [name, inner] of mask) {
    const part = shape === null ? null : (shape[name] ?? null);
    if (value?.[name] !== undefined) picked[name] = applyFieldMask(value[name], inner, part);
    else if (inner !== null) applyFieldMask({}, inner, part);
  }
  return picked;
}

/** @typedef {{ readonly [name: string]: Shape } | null} Shape names a part has; null for what has any, or none */

/** @param {readonly string[]} names @returns {Record<string, null>} */
const plain = (names) => Object.fromEntries(names.map((name) => [name, null]));

/** What a file has, as far as the stand-in tells. @type {Record<string, Shape>} */
const FILE = {
  ...plain(['kind', 'id', 'name', 'mimeType', 'description', 'md5Checksum', 'sha256Checksum', 'size', 'createdTime', 'modifiedTime', 'webContentLink', 'webViewLink', 'trashed', 'explicitlyTrashed', 'trashedTime', 'parents', 'appProperties', 'driveId', 'version', 'fileExtension', 'originalFilename', 'headRevisionId']),
  shortcutDetails: plain(['targetId', 'targetMimeType', 'targetResourceKey']),
  capabilities: plain(['canDownload', 'canTrash', 'canDelete', 'canRename', 'canEdit']),
};

export const shapes = {
  file: FILE,
  fileList: { ...plain(['kind', 'nextPageToken', 'incompleteSearch']), files: FILE },
  changeList: { ...plain(['kind', 'nextPageToken', 'newStartPageToken']), changes: { ...plain(['kind', 'changeType', 'type', 'time', 'removed', 'fileId', 'driveId', 'drive']), file: FILE } },
  startPageToken: plain(['kind', 'startPageToken']),
  drive: plain(['kind', 'id', 'name', 'createdTime']),
  ids: plain(['kind', 'space', 'ids']),
};
