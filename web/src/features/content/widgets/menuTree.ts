import { isRecord } from '#domain/fieldPaths.ts';
import { isUuid } from '#domain/isUuid.ts';
import { readMenu } from '#domain/menus.ts';

/**
 * A menu is a flat list: an item names its parent, and its weight says where it stands among its siblings. What is done
 * here to one item leaves every other as it was, the same object with every key it had, but for weights that no longer say
 * the order.
 */

/** Levels a menu may have. */
export const MENU_LEVELS = 2;

/** An item of the tree, in the order it is shown. */
export interface MenuRow {
  /** Tells rows apart; an identifier that is there twice has a number behind. */
  readonly key: string;
  readonly index: number;
  readonly entry: Readonly<Record<string, unknown>>;
  readonly identifier: string;
  readonly name: string;
  /** 0 for the top level. */
  readonly level: number;
  /** Key of the row it lies under. */
  readonly parent: string | null;
  readonly hasChildren: boolean;
}

/** The rows of a menu, each followed by its children, siblings by weight. What lies under nothing that is there stands at the top. */
export function menuRows(value: unknown): MenuRow[] {
  const found = entriesOf(value);
  const keys = new Map<string, string>();
  for (const { identifier, key } of found) if (identifier !== '' && !keys.has(identifier)) keys.set(identifier, key);
  const parentOf = new Map(found.map(({ key, entry }) => [key, keys.get(textOf(entry['parent'])) ?? null]));
  // The way up from an item ends: where it does not, the item stands at the top.
  for (const { key } of found) {
    const way = new Set([key]);
    for (let at = parentOf.get(key) ?? null; at !== null; at = parentOf.get(at) ?? null) {
      if (way.has(at)) {
        parentOf.set(key, null);
        break;
      }
      way.add(at);
    }
  }
  const under = (parent: string | null) => found.filter(({ key }) => parentOf.get(key) === parent).sort((a, b) => weightOf(a.entry) - weightOf(b.entry) || a.index - b.index);
  const rowsUnder = (parent: string | null, level: number): MenuRow[] =>
    under(parent).flatMap((item) => {
      const below = rowsUnder(item.key, level + 1);
      return [{ ...item, level, parent, hasChildren: below.length > 0 }, ...below];
    });
  return rowsUnder(null, 0);
}

function entriesOf(value: unknown): { key: string; index: number; entry: Record<string, unknown>; identifier: string; name: string }[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const seen = new Map<string, number>();
  return list.flatMap((entry, index) => {
    if (!isRecord(entry)) return [];
    const identifier = textOf(entry['identifier']);
    const count = (seen.get(identifier) ?? 0) + 1;
    seen.set(identifier, count);
    return [{ key: count === 1 && identifier !== '' ? identifier : `${identifier} ${count}`, index, entry, identifier, name: textOf(entry['name']) }];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Hugo takes 0 for none; what has none comes last. */
function weightOf(entry: Readonly<Record<string, unknown>>): number {
  const weight = entry['weight'];
  return typeof weight === 'number' && weight > 0 ? weight : Number.MAX_SAFE_INTEGER;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Siblings in their order. */
function siblingsOf(rows: readonly MenuRow[], parent: string | null): MenuRow[] {
  return rows.filter((row) => row.parent === parent);
}

/** The menu with other entries at these places. An entry that is changed loses the address its item's page has: it is made when the menu is written. */
function replaced(value: unknown, changes: ReadonlyMap<number, Record<string, unknown>>): readonly unknown[] {
  return listOf(value).map((entry, index) => {
    const change = changes.get(index);
    if (change === undefined) return entry;
    return isUuid(textOf(change['identifier'])) ? readMenu([change])[0] : change;
  });
}

/** Weights of siblings in their new order: those they have while these say it, else 10, 20 and so on. */
function weighed(siblings: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
  const isOrdered = siblings.every((entry, index) => Number.isInteger(entry['weight']) && weightOf(entry) > (index === 0 ? 0 : weightOf(siblings[index - 1] ?? {})) && weightOf(entry) < Number.MAX_SAFE_INTEGER);
  return isOrdered ? [...siblings] : siblings.map((entry, index) => (entry['weight'] === 10 * (index + 1) ? entry : { ...entry, weight: 10 * (index + 1) }));
}

/** The menu with one item, and what lies under it, at another place: `index` among the children of `parent` without itself. */
export function moveItem(value: unknown, key: string, parent: string | null, index: number): readonly unknown[] {
  const list = listOf(value);
  const rows = menuRows(value);
  const row = rows.find((one) => one.key === key);
  const above = parent === null ? undefined : rows.find((one) => one.key === parent);
  const isDeeper = row !== undefined && row.parent !== parent && parent !== null;
  if (row === undefined || parent === key || (parent !== null && above === undefined) || (isDeeper && ((above?.level ?? 0) >= MENU_LEVELS - 1 || row.hasChildren))) return list;
  const others = siblingsOf(rows, parent).filter((one) => one.key !== key);
  const at = Math.max(0, Math.min(others.length, index));
  const stays = row.parent === parent && siblingsOf(rows, parent)[at]?.key === key;
  if (stays) return list;
  const entry = row.parent === parent ? row.entry : under(row.entry, above?.identifier ?? null);
  const order = [...others.slice(0, at), row, ...others.slice(at)];
  // Among others its old weight says nothing.
  const entries = weighed(order.map((one) => (one === row ? (row.parent === parent ? entry : { ...entry, weight: at === others.length ? nextWeight(others) : 0 }) : one.entry)));
  const changes = new Map<number, Record<string, unknown>>();
  order.forEach((one, place) => {
    const next = entries[place];
    if (next !== undefined && next !== one.entry) changes.set(one.index, next);
  });
  return replaced(value, changes);
}

function nextWeight(siblings: readonly MenuRow[]): number {
  const last = siblings.at(-1);
  const weight = last === undefined ? 0 : weightOf(last.entry);
  return weight === Number.MAX_SAFE_INTEGER ? 0 : weight + 10;
}

function under(entry: Readonly<Record<string, unknown>>, parent: string | null): Record<string, unknown> {
  if (parent !== null) return { ...entry, parent };
  return Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'parent'));
}

/** One step of an item, as a key of the keyboard takes it. */
export type MenuStep = 'up' | 'down' | 'in' | 'out';

/** The menu after one step of an item: before or after its neighbour, under the item before it, or out behind its parent. The same list where there is no way. */
export function stepItem(value: unknown, key: string, step: MenuStep): readonly unknown[] {
  const rows = menuRows(value);
  const row = rows.find((one) => one.key === key);
  if (row === undefined) return listOf(value);
  const siblings = siblingsOf(rows, row.parent);
  const at = siblings.findIndex((one) => one.key === key);
  if (step === 'up') return at === 0 ? listOf(value) : moveItem(value, key, row.parent, at - 1);
  if (step === 'down') return at === siblings.length - 1 ? listOf(value) : moveItem(value, key, row.parent, at + 1);
  if (step === 'in') {
    const before = siblings[at - 1];
    return before === undefined ? listOf(value) : moveItem(value, key, before.key, siblingsOf(rows, before.key).length);
  }
  const parent = rows.find((one) => one.key === row.parent);
  if (parent === undefined) return listOf(value);
  return moveItem(value, key, parent.parent, siblingsOf(rows, parent.parent).findIndex((one) => one.key === parent.key) + 1);
}

/** The menu with an item dropped before the row that is `index`-th without the item's own rows, as far in as it can be. */
export function dropItem(value: unknown, key: string, index: number, level: number): readonly unknown[] {
  const rows = menuRows(value);
  const row = rows.find((one) => one.key === key);
  if (row === undefined) return listOf(value);
  const own = new Set([key]);
  for (const one of rows) if (one.parent !== null && own.has(one.parent)) own.add(one.key);
  const rest = rows.filter((one) => !own.has(one.key));
  const before = rest.slice(0, index);
  const parent = level > 0 && !row.hasChildren ? before.findLast((one) => one.level === 0) : undefined;
  const siblings = before.filter((one) => one.parent === (parent?.key ?? null));
  return moveItem(value, key, parent?.key ?? null, siblings.length);
}

/** The menu with one more item at the end of its top level. */
export function addItem(value: unknown, item: { readonly identifier: string; readonly name: string }): readonly unknown[] {
  const top = siblingsOf(menuRows(value), null);
  const entries = weighed([...top.map((row) => row.entry), { identifier: item.identifier, name: item.name, weight: nextWeight(top) || 10 }]);
  const changes = new Map<number, Record<string, unknown>>();
  top.forEach((row, place) => {
    const next = entries[place];
    if (next !== undefined && next !== row.entry) changes.set(row.index, next);
  });
  return [...replaced(value, changes), entries.at(-1)];
}

/** The menu with another name for one item. */
export function renameItem(value: unknown, key: string, name: string): readonly unknown[] {
  const row = menuRows(value).find((one) => one.key === key);
  return row === undefined || row.name === name ? listOf(value) : replaced(value, new Map([[row.index, { ...row.entry, name }]]));
}

/** What was taken out of a menu, with where it stood. */
export interface Removed {
  readonly name: string;
  /** How many lay under it and went with it. */
  readonly children: number;
  readonly entries: readonly { readonly index: number; readonly entry: unknown }[];
}

/** The menu without one item and what lies under it, and what was taken out. */
export function removeItem(value: unknown, key: string): { readonly menu: readonly unknown[]; readonly removed: Removed | undefined } {
  const rows = menuRows(value);
  const row = rows.find((one) => one.key === key);
  if (row === undefined) return { menu: listOf(value), removed: undefined };
  const gone = new Set([key]);
  for (const one of rows) if (one.parent !== null && gone.has(one.parent)) gone.add(one.key);
  const places = new Set(rows.filter((one) => gone.has(one.key)).map((one) => one.index));
  const entries = listOf(value).flatMap((entry, index) => (places.has(index) ? [{ index, entry }] : []));
  return { menu: listOf(value).filter((_, index) => !places.has(index)), removed: { name: row.name, children: gone.size - 1, entries } };
}

/** The menu with what was taken out of it, where it stood; at the top when its parent is gone by now. */
export function restoreItem(value: unknown, removed: Removed): readonly unknown[] {
  const list = [...listOf(value)];
  for (const { index, entry } of removed.entries) list.splice(Math.min(index, list.length), 0, entry);
  const there = new Set(entriesOf(list).map(({ identifier }) => identifier));
  return list.map((entry) => {
    const isBack = isRecord(entry) && removed.entries.some((one) => one.entry === entry);
    return isBack && textOf(entry['parent']) !== '' && !there.has(textOf(entry['parent'])) ? under(entry, null) : entry;
  });
}
