import type { ContentItem } from './contentItem.ts';
import { isUuid } from './isUuid.ts';
import { joinPath } from './siteUrl.ts';

/** The address of a page inside its site, such as `/pages/syllabus`; `_index` is its folder's. */
export function pageUrl(item: Pick<ContentItem, 'dirpath' | 'filename'>, contentDir: string): string {
  const folder = item.dirpath === contentDir ? '' : item.dirpath.replace(new RegExp(`^${contentDir.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/`), '');
  const path = joinPath(folder, item.filename === '_index' ? '' : item.filename);
  return item.filename === '_index' && path !== '' ? `/${path}/` : `/${path}`;
}

function entriesOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null) : [];
}

/** Reads a menu: an item that names content loses its address, which is made anew when the menu is written. */
export function readMenu(value: unknown): Record<string, unknown>[] {
  return entriesOf(value).map((entry) => {
    if (typeof entry['identifier'] !== 'string' || !isUuid(entry['identifier'])) return entry;
    return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'url' && key !== 'pageRef'));
  });
}

/** Writes a menu: items that name content get its address of now, others keep what they have. */
export function writeMenu(value: unknown, urlOf: (textId: string) => string | undefined): Record<string, unknown>[] {
  return entriesOf(value).map((entry) => {
    const url = typeof entry['identifier'] === 'string' ? urlOf(entry['identifier']) : undefined;
    if (url === undefined) return entry;
    return { ...Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'url')), pageRef: url };
  });
}
