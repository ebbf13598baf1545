import type { ContentItem } from '../contentItem.ts';
import { configItem, menuFieldsOf, type SiteConfig } from '../siteConfig.ts';
import type { CleanupRule, NamedResource, TextFinding } from './cleanupRule.ts';
import type { CleanupSite } from './cleanupSite.ts';
import { textFieldsOf } from './textFields.ts';

/** One place of an item: what stands there and what the rule makes of it. */
export interface ItemFinding {
  readonly field: string;
  readonly line: number | null;
  readonly original: string;
  /** Null where it is left as it is. */
  readonly replacement: string | null;
  readonly note: string;
}

export interface CleanedItem {
  readonly findings: readonly ItemFinding[];
  /** External resources that the change names, each once. */
  readonly names: readonly NamedResource[];
  /** What to save; null when nothing changes. */
  readonly set: { readonly markdown?: string; readonly metadata?: Readonly<Record<string, unknown>> } | null;
}

/**
 * Applies a rule to every text of an item. What a finding does not replace stays unit for unit as it is. An item whose kind
 * the starter does not have is left alone.
 */
export function cleanItem(rule: CleanupRule, item: ContentItem, config: SiteConfig, site: CleanupSite): CleanedItem {
  const kind = configItem(config, item.type);
  if (kind === undefined) return { findings: [], names: [], set: null };
  const findings: ItemFinding[] = [];
  const names = new Map<string, NamedResource>();
  const remember = (found: readonly { readonly names?: NamedResource }[]): void => {
    for (const { names: named } of found) if (named !== undefined && !names.has(named.textId)) names.set(named.textId, named);
  };
  let markdown: string | undefined;
  let metadata: Record<string, unknown> | undefined;
  if (rule.kind === 'menu') {
    for (const name of menuFieldsOf(kind)) {
      const entries = item.metadata[name];
      if (!Array.isArray(entries)) continue;
      const menu = entries.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null);
      if (menu.length !== entries.length) continue;
      const found = rule.find(menu, { item, site });
      remember(found);
      const replaced = new Map(found.map((finding) => [finding.index, finding.replacement]));
      findings.push(...found.map((finding) => ({ field: `metadata.${name}`, line: null, original: JSON.stringify(menu[finding.index]), replacement: finding.replacement === null ? null : JSON.stringify(finding.replacement), note: finding.note })));
      if (found.some((finding) => finding.replacement !== null)) metadata = { ...(metadata ?? item.metadata), [name]: menu.map((entry, index) => replaced.get(index) ?? entry) };
    }
  } else {
    for (const field of textFieldsOf(kind)) {
      if (!rule.covers(field)) continue;
      const keys = field.path.split('.').slice(1);
      const text = field.path === 'markdown' ? item.markdown : valueAt(item.metadata, keys);
      if (typeof text !== 'string' || text === '') continue;
      const found = rule.find(text, { item, field, site });
      if (found.length === 0) continue;
      remember(found);
      const lineOf = lineCounter(text);
      findings.push(...found.map((finding) => ({ field: field.path, line: lineOf(finding.start), original: text.slice(finding.start, finding.end), replacement: finding.replacement, note: finding.note })));
      const cleaned = applyFindings(text, found);
      if (cleaned === text) continue;
      if (field.path === 'markdown') markdown = cleaned;
      else metadata = withValue(metadata ?? item.metadata, keys, cleaned);
    }
  }
  if (rule.isReadOnly || (markdown === undefined && metadata === undefined)) return { findings, names: [], set: null };
  return { findings, names: [...names.values()], set: { ...(markdown === undefined ? {} : { markdown }), ...(metadata === undefined ? {} : { metadata }) } };
}

/**
 * A text with its findings put in place.
 * @throws {RangeError} when two replacements overlap or one lies outside of the text: a fault of the rule.
 */
export function applyFindings(text: string, findings: readonly TextFinding[]): string {
  let result = '';
  let at = 0;
  for (const finding of findings) {
    if (finding.replacement === null) continue;
    if (finding.start < at || finding.end < finding.start || finding.end > text.length) throw new RangeError(`A finding at ${finding.start} to ${finding.end} overlaps another or lies outside of the text`);
    result += text.slice(at, finding.start) + finding.replacement;
    at = finding.end;
  }
  return result + text.slice(at);
}

function valueAt(metadata: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined), metadata);
}

function withValue(metadata: Readonly<Record<string, unknown>>, keys: readonly string[], value: string): Record<string, unknown> {
  const [key = '', ...rest] = keys;
  return { ...metadata, [key]: rest.length === 0 ? value : withValue(metadata[key] as Record<string, unknown>, rest, value) };
}

/** Line of an offset, from 1; to be asked in the order of the text. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (let next = text.indexOf('\n', at); next !== -1 && next < offset; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
    }
    return line;
  };
}
