import { isRecord } from './fieldPaths.ts';
import { type ConfigItem, menuFieldsOf } from './siteConfig.ts';

/**
 * The menus of an item in which entries that name a page and carry its old title carry the new one. A name that somebody
 * chose for the menu stays. Null when nothing changes.
 */
export function renameInMenus(kind: ConfigItem, metadata: Readonly<Record<string, unknown>>, page: { readonly textId: string; readonly before: string; readonly after: string }): Record<string, unknown> | null {
  let isChanged = false;
  const renamed = (entry: unknown): unknown => {
    if (!isRecord(entry) || entry['identifier'] !== page.textId || entry['name'] !== page.before) return entry;
    isChanged = true;
    return { ...entry, name: page.after };
  };
  const menus = menuFieldsOf(kind).flatMap((name): [string, unknown][] => {
    const entries = metadata[name];
    return Array.isArray(entries) ? [[name, entries.map(renamed)]] : [];
  });
  return isChanged ? { ...metadata, ...Object.fromEntries(menus) } : null;
}
