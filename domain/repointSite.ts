import { isRecord } from './fieldPaths.ts';
import type { ConfigField, ConfigItem } from './siteConfig.ts';

/** The metadata of an item with one site's address replaced, and the fields that named it. */
export interface Repointed {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Such as `courses`, or `group.courses` inside an object. */
  readonly fields: readonly string[];
}

/**
 * Replaces the address of a site where an item's fields name sites by it: in collections of websites and in relations
 * across sites. Text that mentions the address stays as it is. Null when no field names it.
 */
export function repointSite(kind: Pick<ConfigItem, 'fields'>, metadata: Readonly<Record<string, unknown>>, from: string, to: string): Repointed | null {
  const fields: string[] = [];
  const changed = changeFields(kind.fields, metadata, '');
  return fields.length === 0 ? null : { metadata: changed, fields };

  function changeFields(known: readonly ConfigField[], values: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
    const result: Record<string, unknown> = { ...values };
    for (const field of known) {
      const value = values[field.name];
      if (field.widget === 'object') {
        if (isRecord(value)) result[field.name] = changeFields(field.fields, value, `${prefix}${field.name}.`);
        continue;
      }
      const next = field.widget === 'website-collection' ? changeCollection(value) : field.widget === 'relation' && field.cross_site === true ? changeRelation(value) : value;
      if (next === value) continue;
      result[field.name] = next;
      fields.push(`${prefix}${field.name}`);
    }
    return result;
  }

  function changeCollection(value: unknown): unknown {
    if (!Array.isArray(value) || !value.some((entry) => isRecord(entry) && entry['id'] === from)) return value;
    return value.map((entry: unknown) => (isRecord(entry) && entry['id'] === from ? { ...entry, id: to } : entry));
  }

  /** Pairs of an item's id and the address of its site; old rows hold plain ids or null for the site. */
  function changeRelation(value: unknown): unknown {
    if (!isRecord(value) || !Array.isArray(value['content'])) return value;
    const pairs: unknown[] = value['content'];
    const isOld = (pair: unknown): pair is unknown[] => Array.isArray(pair) && pair[1] === from;
    if (!pairs.some(isOld)) return value;
    return { ...value, content: pairs.map((pair) => (isOld(pair) ? [pair[0], to, ...pair.slice(2)] : pair)) };
  }
}
