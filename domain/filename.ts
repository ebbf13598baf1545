import type { ContentItem } from './contentItem.ts';
import { isRecord } from './fieldPaths.ts';
import type { ConfigItem } from './siteConfig.ts';
import { slugify } from './slug.ts';

/** Longest name of a file without its extension, in characters (code points). */
export const maxFilenameCharacters = 125;
/** Longest name that file systems and object stores take, less `.md`, in bytes of UTF-8. */
export const maxFilenameBytes = 252;

/** The value that names a new item's file: its title unless the starter names another field; the title again where that is empty. */
export function slugValueOf(kind: Pick<ConfigItem, 'slug'>, item: Pick<ContentItem, 'title' | 'metadata' | 'textId'>): string {
  const title = item.title ?? '';
  if (kind.slug === null || kind.slug === 'title') return title;
  if (kind.slug === 'text_id') return item.textId;
  const value = isRecord(item.metadata) && Object.hasOwn(item.metadata, kind.slug) ? item.metadata[kind.slug] : undefined;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return slugOf(text) === '' ? title : text;
}

/**
 * The name, without extension, of the file of a new or renamed item. Letters of every script stay, alike on creation and
 * on renaming; a title that has none is named for its kind, and `index` is left to section pages. A name that is taken
 * gets the first free number from 2 on.
 */
export function filenameFor(input: { readonly title: string; readonly type: string; readonly isTaken: (filename: string) => boolean }): string {
  const kind = slugOf(input.type) || 'item';
  const slug = slugOf(input.title) || kind;
  const base = slug === 'index' ? `index-${kind}` : slug;
  const first = withSuffix(base, '');
  if (!input.isTaken(first)) return first;
  for (let number = 2; ; number += 1) {
    const name = withSuffix(base, String(number));
    if (!input.isTaken(name)) return name;
  }
}

function slugOf(text: string): string {
  return slugify(text, { allowUnicode: true });
}

/** The base, cut so that both limits hold with the suffix; never in the middle of a character. */
function withSuffix(base: string, suffix: string): string {
  let characters = suffix.length;
  let bytes = suffix.length;
  let end = 0;
  for (const character of base) {
    characters += 1;
    bytes += utf8Bytes(character);
    if (characters > maxFilenameCharacters || bytes > maxFilenameBytes) return base.slice(0, end).replace(/[-_]+$/, '') + suffix;
    end += character.length;
  }
  return base + suffix;
}

/** Length of a text in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return bytes;
}
