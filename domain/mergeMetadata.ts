import { fieldPathsOf, isRecord } from './fieldPaths.ts';
import type { ConfigItem } from './siteConfig.ts';

type Metadata = Readonly<Record<string, unknown>>;

/**
 * Metadata after a save that named some of its keys. A key that is given is set. Of an object field the keys inside are
 * merged the same way, so that what the starter does not declare in it survives a form that knows only what it declares.
 * Null removes a key that the starter does not know; in a field it knows, null is a value.
 */
export function mergeMetadata(kind: Pick<ConfigItem, 'fields'>, stored: Metadata, given: Metadata): Record<string, unknown> {
  // Title, text and file have a place of their own: in the metadata their names are keys like any unknown one.
  const fields = fieldPathsOf(kind).filter(({ parent, keys }) => parent === null && keys.length === 1);
  return merge(new Map(fields.map(({ field }) => [field.name, field.widget === 'object' ? new Set(field.fields.map(({ name }) => name)) : null])), stored, given);
}

/** `known` has the declared keys; a set stands for an object with these declared keys inside. */
function merge(known: ReadonlyMap<string, ReadonlySet<string> | null>, stored: Metadata, given: Metadata): Record<string, unknown> {
  const merged = new Map(Object.entries(stored));
  for (const [key, value] of Object.entries(given)) {
    const before = merged.get(key);
    const inside = known.get(key);
    if (value === null && inside === undefined) merged.delete(key);
    else if (inside != null && isRecord(before) && isRecord(value)) merged.set(key, merge(new Map([...inside].map((name) => [name, null])), before, value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
