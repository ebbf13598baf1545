import type { ContentItem } from './contentItem.ts';
import { type FieldPath, fieldPathsOf, fieldValue, isRecord } from './fieldPaths.ts';
import { isUuid } from './isUuid.ts';
import { shortcodesIn } from './shortcodes.ts';
import { configItem, type SiteConfig } from './siteConfig.ts';

export const referenceKinds = ['relation', 'markdown', 'menu', 'website'] as const;
export type ReferenceKind = (typeof referenceKinds)[number];

/** One thing an item names. */
export interface ContentReference {
  /** Dotted path of the field: `metadata.course_image`, `markdown`. */
  readonly field: string;
  readonly kind: ReferenceKind;
  /** Null when a whole site is named. */
  readonly targetTextId: string | null;
  /** Name or url_path of the site, as it is written; null means the item's own. */
  readonly targetSite: string | null;
}

/**
 * Everything an item names, each once per field: in the fields that the starter declares, in their order, and in the
 * shortcodes of its body and of every text of its metadata, for older items keep texts in fields the starter no longer
 * knows. Ids are as they are written.
 */
export function referencesOf(item: ContentItem, config: SiteConfig): ContentReference[] {
  const found = new Map<string, ContentReference>();
  const add = (reference: ContentReference): void => {
    const key = [reference.field, reference.kind, reference.targetTextId, reference.targetSite].join('\n');
    if (!found.has(key)) found.set(key, reference);
  };
  const addTexts = (field: string, value: unknown): void => {
    for (const textId of idsInTexts(value)) add({ field, kind: 'markdown', targetTextId: textId, targetSite: null });
  };
  const kind = configItem(config, item.type);
  for (const at of kind === undefined ? [] : fieldPathsOf(kind)) for (const reference of declaredReferences(item, at)) add(reference);
  addTexts('markdown', item.markdown);
  for (const [key, value] of Object.entries(item.metadata)) {
    if (!isRecord(value)) addTexts(`metadata.${key}`, value);
    else for (const [inner, innerValue] of Object.entries(value)) addTexts(`metadata.${key}.${inner}`, innerValue);
  }
  return [...found.values()];
}

function declaredReferences(item: ContentItem, at: FieldPath): ContentReference[] {
  const { field, path } = at;
  const value = fieldValue(item, at);
  if (field.widget === 'relation') return relationTargets(value, field.website ?? null).map(({ textId, site }) => ({ field: path, kind: 'relation', targetTextId: textId, targetSite: site }));
  if (field.widget === 'menu') return menuTargets(value).map((textId) => ({ field: path, kind: 'menu', targetTextId: textId, targetSite: null }));
  if (field.widget === 'website-collection') return websiteTargets(value).map((site) => ({ field: path, kind: 'website', targetTextId: null, targetSite: site }));
  return [];
}

/** An item that a relation names, and the site it is in as it is written; null means the item's own. */
export interface RelationTarget {
  readonly textId: string;
  readonly site: string | null;
}

/**
 * What the value of a relation names. Every form that was ever stored is read: `{content, website}` with one id, a list
 * or pairs of id and site, a bare id or list, `''` and null. A list of caption files names nothing.
 */
export function relationTargets(value: unknown, pinnedSite: string | null): RelationTarget[] {
  const content: unknown = isRecord(value) ? value['content'] : value;
  const website = isRecord(value) ? nameOf(value['website']) : null;
  const site = website ?? pinnedSite;
  const entries: readonly unknown[] = Array.isArray(content) ? content : [content];
  return entries.flatMap((entry): RelationTarget[] => {
    const pair: readonly unknown[] = Array.isArray(entry) ? (entry as unknown[]) : [entry];
    const textId = nameOf(pair[0]);
    return textId === null ? [] : [{ textId, site: nameOf(pair[1]) ?? site }];
  });
}

/** Longest text id or name of a site, in UTF-16 units: nothing has a longer one, and no index of the database could hold it. */
export const maxNameLength = 512;

function nameOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > maxNameLength ? null : textOf(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Entries of a menu that lead out of the studio carry an address and an identifier of their own making. */
function menuTargets(value: unknown): string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.flatMap((entry) => {
    const identifier = isRecord(entry) ? nameOf(entry['identifier']) : null;
    if (identifier === null || !isRecord(entry) || identifier.startsWith('external-')) return [];
    const leadsElsewhere = !isUuid(identifier) && textOf(entry['url']) !== null;
    return leadsElsewhere ? [] : [identifier];
  });
}

function websiteTargets(value: unknown): string[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.flatMap((entry) => (isRecord(entry) ? (nameOf(entry['id']) ?? []) : []));
}

/** Which parameters of a shortcode name an item: its first one, or those of these names. */
const ID_PARAMETERS: Readonly<Record<string, { readonly first: boolean; readonly names: readonly string[] }>> = {
  resource: { first: true, names: ['uuid', 'href_uuid'] },
  resource_link: { first: true, names: ['uuid'] },
  resource_file: { first: true, names: ['uuid'] },
  external_resource_link: { first: true, names: ['uuid'] },
};

/** The ids that the shortcodes of a text name, also of one inside another's parameter. */
export function idsInText(text: string): string[] {
  if (!text.includes('{{')) return [];
  return shortcodesIn(text).flatMap((shortcode) => {
    const parameters = Object.hasOwn(ID_PARAMETERS, shortcode.name) ? ID_PARAMETERS[shortcode.name] : undefined;
    const written = parameters === undefined || shortcode.isClosing ? [] : [...(parameters.first ? shortcode.positional.slice(0, 1) : []), ...parameters.names.map((name) => shortcode.named[name] ?? '')];
    return [...written.filter(isUuid), ...[...shortcode.positional, ...Object.values(shortcode.named)].flatMap(idsInText)];
  });
}

function idsInTexts(value: unknown): string[] {
  if (typeof value === 'string') return idsInText(value);
  if (Array.isArray(value)) return value.flatMap(idsInTexts);
  return isRecord(value) ? Object.values(value).flatMap(idsInTexts) : [];
}
