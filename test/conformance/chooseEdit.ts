import type { ContentItem } from '#domain/contentItem.ts';
import type { ConfigField, ConfigItem } from '#domain/siteConfig.ts';

/** A change of one field, as the API is asked for it. */
export interface Edit {
  /** Keys that lead to the field in the file; empty for the body of a page. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
  readonly body: { readonly title?: string; readonly markdown?: string; readonly metadata?: Readonly<Record<string, unknown>> };
}

/** What is added to a text; nothing of it needs quotes, so that the new text is written in the old one’s style. */
const ADDED = ' (edited)';

/**
 * A field that has a text and may be changed, chosen by the item’s id, so that each kind of field has its turn;
 * undefined where an item has none.
 */
export function chooseEdit(item: ContentItem, kind: ConfigItem, options: { readonly titleToo: boolean }): Edit | undefined {
  const edits = [...(options.titleToo ? titleEdits(item) : []), ...bodyEdits(item), ...kind.fields.flatMap((field) => fieldEdits(item.metadata, field))];
  const number = Array.from(item.textId).reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 1_000_003, 7);
  return edits[number % Math.max(1, edits.length)];
}

function titleEdits(item: ContentItem): Edit[] {
  if (item.title === null) return [];
  const title = item.title + ADDED;
  return [{ path: ['title'], value: title, body: { title } }];
}

function bodyEdits(item: ContentItem): Edit[] {
  if (item.markdown === null) return [];
  const markdown = item.markdown + ADDED;
  return [{ path: [], value: markdown, body: { markdown } }];
}

function fieldEdits(metadata: Readonly<Record<string, unknown>>, field: ConfigField): Edit[] {
  const value = metadata[field.name];
  if (field.widget === 'menu') return menuEdits(field.name, value);
  if (field.widget === 'object' && typeof value === 'object' && value !== null) {
    return field.fields
      .flatMap((inner) => fieldEdits(value as Record<string, unknown>, inner))
      .map((edit) => ({ ...edit, path: [field.name, ...edit.path], body: { metadata: { [field.name]: edit.body.metadata } } }));
  }
  const isText = field.widget === 'string' || field.widget === 'text' || field.widget === 'markdown';
  if (!isText || typeof value !== 'string' || field.name === 'title' || field.name === 'body') return [];
  const changed = value + ADDED;
  return [{ path: [field.name], value: changed, body: { metadata: { [field.name]: changed } } }];
}

function menuEdits(name: string, value: unknown): Edit[] {
  const entries = Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
  const index = entries.findIndex((entry) => typeof entry['name'] === 'string');
  if (index === -1) return [];
  const changed = String(entries[index]?.['name']) + ADDED;
  return [{ path: [name, index, 'name'], value: changed, body: { metadata: { [name]: entries.map((entry, at) => (at === index ? { ...entry, name: changed } : entry)) } } }];
}
