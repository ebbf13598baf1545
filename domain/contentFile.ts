import { canonicalFile, EXTERNAL_RESOURCE, SITE_KEYS, SITE_METADATA } from './canonicalFile.ts';
import type { ContentItem } from './contentItem.ts';
import { storageKeyOf } from './filePath.ts';
import { splitFrontMatter } from './frontMatter.ts';
import { readMenu } from './menus.ts';
import { loadPyYaml } from './pyYaml.ts';
import { type ConfigItem, configItemByFile, contentDirOf, fileFieldOf, fileKind, menuFieldsOf, type SiteConfig } from './siteConfig.ts';
import { type WrittenForm, writeInForm } from './writtenForm.ts';

/** What a file depends on beside its item. */
export interface SiteContext {
  readonly siteId: string;
  readonly name: string;
  readonly shortId: string;
  /** With the root prefix; null while the site has no address. */
  readonly urlPath: string | null;
  /** Other items of the site, for menus and captions. */
  itemOf(textId: string): ContentItem | undefined;
}

export type ReadResult =
  | { readonly kind: 'item'; readonly item: ContentItem }
  /** No item of the configuration: it stays in the repository as it is. */
  | { readonly kind: 'kept'; readonly reason: string };

/** Kinds that were renamed since old files were written. */
const RENAMED_TYPES: Readonly<Record<string, string>> = { pages: 'page' };

/** The keys of front matter that are columns of their own, beside the one that names the kind. */
const ITEM_KEYS = ['uid', 'title', 'content_type'];

/** Reads one file of a content repository: an item, or something that stays as it is. */
export function readContentFile(input: { readonly path: string; readonly text: string; readonly config: SiteConfig; readonly site: Pick<SiteContext, 'name' | 'urlPath'> }): ReadResult {
  const { path, text, config } = input;
  const singleton = configItemByFile(config, path);
  if (singleton !== undefined) return readDataFile(singleton, path, text);
  const contentDir = contentDirOf(config);
  if (!path.startsWith(`${contentDir}/`) || !path.endsWith('.md')) return { kind: 'kept', reason: 'outside of the content model' };
  const parts = splitFrontMatter(text);
  if (parts === null) return { kind: 'kept', reason: 'it has no front matter' };
  let metadata: unknown;
  try {
    metadata = loadPyYaml(parts.yaml);
  } catch (error) {
    return { kind: 'kept', reason: `its front matter is not YAML: ${firstLineOf(error)}` };
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return { kind: 'kept', reason: 'its front matter is no list of keys' };
  const fields = metadata as Record<string, unknown>;
  const kindKey = fields['content_type'] == null ? 'type' : 'content_type';
  const written = fields[kindKey];
  const type = typeof written === 'string' ? (RENAMED_TYPES[written] ?? written) : '';
  const kind = fileKind(config, type);
  if (kind === undefined || kind.folder === null) return { kind: 'kept', reason: type === '' ? 'it names no content_type' : `the starter has no content type ‘${type}’` };
  const uid = fields['uid'];
  if (typeof uid !== 'string' || uid === '') return { kind: 'kept', reason: 'it has no uid' };
  const slash = path.lastIndexOf('/');
  const fileField = fileFieldOf(kind);
  // The studio writes `_build` of a link to elsewhere itself; any other is somebody's.
  const taken = new Set([...ITEM_KEYS, kindKey, fileField, ...(type === EXTERNAL_RESOURCE ? ['_build'] : [])]);
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => !taken.has(key)));
  if (!isStorable(rest) || !isStorable(fields['title']) || !isStorable(parts.body)) return NOT_STORABLE;
  return {
    kind: 'item',
    item: {
      textId: uid,
      type,
      title: titleOf(fields['title']),
      dirpath: path.slice(0, slash),
      filename: path.slice(slash + 1, -'.md'.length),
      isPageContent: true,
      metadata: rest,
      markdown: parts.body,
      file: fileField === undefined ? null : storageKeyOf(fields[fileField], config, input.site),
    },
  };
}

/** A title that YAML reads as a number or a truth value was meant as a text. */
function titleOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

const NOT_STORABLE: ReadResult = { kind: 'kept', reason: 'it holds a character that the database cannot: a zero, or half of a pair' };

/** Postgres takes neither U+0000 nor a surrogate that stands alone. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !/\0|\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

function readDataFile(kind: ConfigItem, path: string, text: string): ReadResult {
  let value: unknown;
  try {
    const content = text.replace(/^\uFEFF/, '');
    value = path.endsWith('.json') ? JSON.parse(content) : loadPyYaml(content);
  } catch (error) {
    return { kind: 'kept', reason: `it cannot be read: ${firstLineOf(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'kept', reason: 'it is no list of keys' };
  if (!isStorable(value)) return NOT_STORABLE;
  const { title: written, ...fields } = value as Record<string, unknown>;
  const title = titleOf(written);
  if (kind.name === SITE_METADATA) for (const key of SITE_KEYS) delete fields[key];
  for (const name of menuFieldsOf(kind)) fields[name] = readMenu(fields[name]);
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  return {
    kind: 'item',
    item: { textId: kind.name, type: kind.name, title, dirpath: path.slice(0, Math.max(0, slash)), filename: path.slice(slash + 1, dot), isPageContent: false, metadata: fields, markdown: null, file: null },
  };
}

/**
 * Writes an item as today's system writes it; where it was imported and nobody touched it, as it was.
 * @throws {Error} when the configuration has no place for the item.
 */
export function writeContentFile(item: ContentItem, config: SiteConfig, site: SiteContext, form?: WrittenForm | null): { readonly path: string; readonly text: string } {
  const file = canonicalFile(item, config, site);
  return { path: file.path, text: writeInForm(file, form ?? null) };
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
