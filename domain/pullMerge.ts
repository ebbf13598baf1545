import type { ContentItem } from './contentItem.ts';

export interface PullMerge {
  /** The item with what the file says differently, and everything else as it was. */
  readonly item: ContentItem;
  /** Dotted paths of what changed: `title`, `metadata.course_title`, `metadata.video_files.video_speakers`. */
  readonly fields: readonly string[];
}

const COLUMNS = ['type', 'title', 'dirpath', 'filename', 'isPageContent', 'markdown', 'file'] as const;

/**
 * Brings what a file says into the item it belongs to. A file does not say everything an item knows: captions are written
 * as the list of their files, menus with addresses. So the file is compared with `readBack`, which is what reading the
 * item's own file would give, and only what differs from that is taken.
 */
export function mergePulled(stored: ContentItem, readBack: ContentItem, file: ContentItem): PullMerge {
  const fields: string[] = [];
  const columns: Record<string, unknown> = {};
  for (const name of COLUMNS) {
    if (isSameJson(readBack[name], file[name]) || isSameJson(stored[name], file[name])) continue;
    columns[name] = file[name];
    fields.push(name);
  }
  const metadata = mergeObjects(stored.metadata, readBack.metadata, file.metadata, 'metadata', fields);
  return { item: { ...stored, ...columns, metadata }, fields };
}

type Fields = Readonly<Record<string, unknown>>;

function mergeObjects(stored: Fields, readBack: Fields, file: Fields, at: string, fields: string[]): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...stored };
  for (const key of new Set([...Object.keys(readBack), ...Object.keys(file)])) {
    const [known, before, after] = [stored[key], readBack[key], file[key]];
    if (isSameJson(before, after) || isSameJson(known, after)) continue;
    const path = `${at}.${key}`;
    if (isObject(known) && isObject(before) && isObject(after)) merged[key] = mergeObjects(known, before, after, path, fields);
    else {
      fields.push(path);
      if (after === undefined) delete merged[key];
      else merged[key] = after;
    }
  }
  return merged;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values are the same once they are stored: the order of keys does not count. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, index) => isSameJson(value, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]));
}
