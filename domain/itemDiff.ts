import type { ContentItem } from './contentItem.ts';
import { isRecord } from './fieldPaths.ts';

/** What of two states of an item is compared. */
export type ComparedFields = Partial<Omit<ContentItem, 'textId'>>;

/** One field that differs; null where it is absent. */
export interface FieldDifference {
  /** `title`, `markdown`, `metadata.image_metadata.caption`. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

const COLUMNS = ['type', 'title', 'dirpath', 'filename', 'isPageContent', 'file', 'markdown'] as const;

/** Every field that differs between two states of an item: its columns, then its metadata down to the single value. */
export function fieldDifferences(before: ComparedFields, after: ComparedFields): FieldDifference[] {
  return [...COLUMNS.flatMap((column) => valueDifferences(column, before[column], after[column])), ...valueDifferences('metadata', before.metadata, after.metadata)];
}

function valueDifferences(field: string, before: unknown, after: unknown): FieldDifference[] {
  if (isSameValue(before, after)) return [];
  // A map that comes or goes as a whole is told key by key too, unless it has none.
  const keys = keysOf(before, after);
  if (keys === null || keys.length === 0) return [{ field, before: before ?? null, after: after ?? null }];
  return keys.flatMap((key) => valueDifferences(`${field}.${key}`, at(before, key), at(after, key)));
}

function keysOf(before: unknown, after: unknown): string[] | null {
  if (isRecord(before) && isRecord(after)) return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  if (isRecord(before) && after === undefined) return Object.keys(before).sort();
  return before === undefined && isRecord(after) ? Object.keys(after).sort() : null;
}

function at(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Whether two values of JSON are the same, whatever the order of their keys; undefined is an absent key. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((entry, index) => isSameValue(entry, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => Object.hasOwn(a, key) === Object.hasOwn(b, key) && isSameValue(a[key], b[key]));
}
