import { isRecord } from '#domain/fieldPaths.ts';
import type { ConfigField } from '#domain/siteConfigSchema.ts';
import { relationValue as words } from '../../../words/widgets.ts';

export type RelationField = Extract<ConfigField, { widget: 'relation' }>;

/** One entry of a relation, as an author sees it. */
export interface RelationEntry {
  /** Tells entries apart, also two that name the same. */
  readonly key: string;
  /** Null for a file of captions that stands where an item did. */
  readonly textId: string | null;
  /** Name or URL path of the site it is on, as it is written; null means that of the whole relation. */
  readonly site: string | null;
  /** What is stored of it. */
  readonly stored: unknown;
}

/** Whether a relation holds a list rather than one entry. */
export function takesMany(field: RelationField): boolean {
  return field.multiple === true || field.sortable === true || field.cross_site === true;
}

/** The entries of every form a relation was ever stored in: with or without a site, one id, a list, pairs, nothing. */
export function readRelation(value: unknown): RelationEntry[] {
  const content: unknown = isRecord(value) ? value['content'] : value;
  const stored: readonly unknown[] = Array.isArray(content) ? content : content === undefined || content === null || content === '' ? [] : [content];
  const seen = new Map<string, number>();
  return stored.map((entry) => {
    const { textId, site } = namesOf(entry);
    const name = JSON.stringify(textId === null ? entry : [textId, site]);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { key: count === 1 ? name : `${name} ${count}`, textId, site, stored: entry };
  });
}

function namesOf(entry: unknown): { textId: string | null; site: string | null } {
  const pair: readonly unknown[] = Array.isArray(entry) ? (entry as unknown[]) : [entry];
  const [textId, site] = pair;
  return { textId: typeof textId === 'string' && textId !== '' ? textId : null, site: typeof site === 'string' && site !== '' ? site : null };
}

/** An entry for an item that an author chose; `site` is the URL path of its site in a relation across sites, else null. */
export function chosenEntry(textId: string, site: string | null): RelationEntry {
  return { key: JSON.stringify([textId, site]), textId, site, stored: site === null ? textId : [textId, site] };
}

/** The site that the entries of a relation are on, where they do not say: the pinned one, the stored one, or the content's own. */
export function siteOf(field: RelationField, value: unknown, own: string): string {
  const stored = isRecord(value) ? value['website'] : undefined;
  return field.website ?? (typeof stored === 'string' && stored !== '' ? stored : own);
}

/**
 * What is stored of these entries: `{content, website}` with one id, a list of ids, or pairs of id and URL path. Keys that
 * the value had beside these stay, and so does an entry that fits no form.
 */
export function writeRelation(field: RelationField, entries: readonly RelationEntry[], before: unknown, own: string): unknown {
  const written = entries.map((entry) => (entry.textId === null ? entry.stored : field.cross_site === true ? [entry.textId, entry.site] : entry.site === null ? entry.textId : entry.stored));
  // Files of captions have no place beside a site: the bare list they came in stays one.
  if (entries.some(({ stored }) => isRecord(stored))) return written;
  return { ...(isRecord(before) ? before : {}), content: takesMany(field) ? written : (written[0] ?? ''), website: siteOf(field, before, own) };
}

/** How many entries a field takes, in words; undefined when it may be any number. */
export function boundsInWords(min: number | undefined, max: number | undefined, count: number): string | undefined {
  const least = min === undefined || min === 0 ? undefined : min;
  const entries = (number: number): string => (number === 1 ? words.entry : words.entries(number.toLocaleString('en-US')));
  if (least !== undefined && max !== undefined && least === max) return words.chooseExactly(entries(max), chosenInWords(count));
  if (least !== undefined && max !== undefined) return words.chooseTo(least, entries(max), chosenInWords(count));
  if (least !== undefined) return words.chooseAtLeast(entries(least), chosenInWords(count));
  return max === undefined ? undefined : words.chooseAtMost(entries(max), chosenInWords(count));
}

function chosenInWords(count: number): string {
  return count === 0 ? words.noneIsChosenYet : count === 1 ? words.isChosen : words.areChosen(count.toLocaleString('en-US'));
}
