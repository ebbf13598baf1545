import type { ContentItem } from './contentItem.ts';
import { type ConfigField, type ConfigItem, fileFieldOf } from './siteConfig.ts';

/** A field of a kind of content, and where an item keeps its value. */
export interface FieldPath {
  /** `title`, `markdown`, `file`, or `metadata.` and the names down to it. */
  readonly path: string;
  readonly field: ConfigField;
  /** The keys in the item's metadata; empty for what has a column of its own. */
  readonly keys: readonly string[];
  /** The object field it is part of. */
  readonly parent: FieldPath | null;
}

/** What of an item its fields are read from. */
export type FieldSource = Pick<ContentItem, 'title' | 'metadata' | 'markdown' | 'file'>;

/** Every field of a kind in its order, an object's own fields after it. */
export function fieldPathsOf(kind: Pick<ConfigItem, 'fields'>): FieldPath[] {
  const fileField = fileFieldOf(kind);
  return kind.fields.flatMap((field): FieldPath[] => {
    const path = topLevelPath(field, fileField);
    if (path === null) return [];
    const outer: FieldPath = { path, field, keys: path.startsWith('metadata.') ? [field.name] : [], parent: null };
    if (field.widget !== 'object') return [outer];
    return [outer, ...field.fields.map((inner): FieldPath => ({ path: `${path}.${inner.name}`, field: inner, keys: [field.name, inner.name], parent: outer }))];
  });
}

/** Title and body are columns by their name, the first file field by its widget; a second one is kept nowhere. */
function topLevelPath(field: ConfigField, fileField: string | undefined): string | null {
  if (field.name === 'title') return 'title';
  if (field.name === 'body' && field.widget === 'markdown') return 'markdown';
  if (field.widget === 'file') return field.name === fileField ? 'file' : null;
  return `metadata.${field.name}`;
}

/** What an item has in a field; undefined where there is nothing. */
export function fieldValue(item: FieldSource, at: FieldPath): unknown {
  if (at.path === 'title') return item.title;
  if (at.path === 'markdown') return item.markdown;
  if (at.path === 'file') return item.file;
  return at.keys.reduce<unknown>((value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined), item.metadata);
}

/**
 * Whether a field is asked for: its condition and that of the object around it hold. A condition names a field of the
 * top level, also for a field inside an object.
 */
export function isFieldActive(item: FieldSource, at: FieldPath): boolean {
  if (at.parent !== null && !isFieldActive(item, at.parent)) return false;
  const condition = at.field.condition;
  return condition === undefined || conditionValue(item, condition.field) === condition.equals;
}

function conditionValue(item: FieldSource, name: string): unknown {
  if (name === 'title') return item.title;
  if (name === 'body') return item.markdown;
  return Object.hasOwn(item.metadata, name) ? item.metadata[name] : undefined;
}

/** Whether a value is a map of keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
