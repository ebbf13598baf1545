import { isRecord } from '#domain/fieldPaths.ts';
import type { ConfigField } from '#domain/siteConfigSchema.ts';

export type HierarchyField = Extract<ConfigField, { widget: 'hierarchical-select' }>;
export type Path = readonly string[];

/** A path as people read it, and as it is sorted. */
export function pathText(path: Path): string {
  return path.join(' - ');
}

/** An entry of the list that is stored. */
export interface HierarchyEntry {
  readonly key: string;
  readonly text: string;
  /** Null for what is no path at all; it is kept. */
  readonly path: Path | null;
  readonly stored: unknown;
  /** Whether the starter's map has it today. */
  readonly isKnown: boolean;
}

/** The entries of a stored value; what the map no longer has is among them. */
export function readHierarchy(field: HierarchyField, value: unknown): HierarchyEntry[] {
  const stored: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null || value === '' ? [] : [value];
  return stored.map((entry, index) => {
    const path = Array.isArray(entry) && entry.every((step) => typeof step === 'string') ? entry : null;
    const text = path === null ? (typeof entry === 'string' ? entry : JSON.stringify(entry)) : pathText(path);
    return { key: `${index} ${text}`, text, path, stored: entry, isKnown: path !== null && isInMap(field, path) };
  });
}

function isInMap(field: HierarchyField, path: Path): boolean {
  return path.length > 0 && path.length <= field.levels.length && path.every((step, level) => optionsAt(field, path.slice(0, level)).includes(step));
}

/** What can follow a path; nothing after the last level. */
export function optionsAt(field: HierarchyField, path: Path): string[] {
  if (path.length >= field.levels.length) return [];
  let node: unknown = field.options_map;
  for (const step of path) node = isRecord(node) && Object.hasOwn(node, step) ? node[step] : undefined;
  if (Array.isArray(node)) return node.filter((option): option is string => typeof option === 'string');
  return isRecord(node) ? Object.keys(node) : [];
}

/** Every path of the map that can be chosen, those that end above the last level too, in the order of the map. */
export function allPaths(field: HierarchyField): Path[] {
  const below = (path: Path): Path[] => optionsAt(field, path).flatMap((option) => [[...path, option], ...below([...path, option])]);
  return below([]);
}

/** What is stored of these entries: each once, in the order of their texts. */
export function writeHierarchy(stored: readonly unknown[]): unknown[] {
  const byText = new Map<string, unknown>();
  for (const entry of stored) {
    // Levels that were left empty are none.
    const kept: unknown = Array.isArray(entry) && entry.every((step) => typeof step === 'string') ? entry.filter((step) => step !== '') : entry;
    const text = Array.isArray(kept) ? pathText(kept as string[]) : JSON.stringify(kept);
    if (!byText.has(text)) byText.set(text, kept);
  }
  return [...byText].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry);
}
