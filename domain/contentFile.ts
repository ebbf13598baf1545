import type { ContentItem } from './contentItem.ts';
import { joinFrontMatter, splitFrontMatter } from './frontMatter.ts';
import { pageUrl, readMenu, writeMenu } from './menus.ts';
import { compareCodePoints, dumpPyYaml, loadPyYaml } from './pyYaml.ts';
import { type ConfigItem, configItem, configItemByFile, contentDirOf, fileFieldOf, menuFieldsOf, type SiteConfig } from './siteConfig.ts';
import { joinPath, siteStoragePrefix } from './siteUrl.ts';

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

/** The fields of metadata that a file carries beside the item's own columns. */
const ITEM_KEYS = new Set(['uid', 'title', 'type', 'content_type']);

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
  const written = fields['content_type'] ?? fields['type'];
  const type = typeof written === 'string' ? (RENAMED_TYPES[written] ?? written) : '';
  const kind = configItem(config, type);
  if (kind === undefined || kind.folder === null) return { kind: 'kept', reason: type === '' ? 'it names no content_type' : `the starter has no content type ‘${type}’` };
  const uid = fields['uid'];
  if (typeof uid !== 'string' || uid === '') return { kind: 'kept', reason: 'it has no uid' };
  const slash = path.lastIndexOf('/');
  const fileField = fileFieldOf(kind);
  const rest = Object.fromEntries(Object.entries(fields).filter(([key]) => !ITEM_KEYS.has(key) && key !== fileField));
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

function readDataFile(kind: ConfigItem, path: string, text: string): ReadResult {
  let value: unknown;
  try {
    value = path.endsWith('.json') ? JSON.parse(text) : loadPyYaml(text);
  } catch (error) {
    return { kind: 'kept', reason: `it cannot be read: ${firstLineOf(error)}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'kept', reason: 'it is no list of keys' };
  const fields = { ...(value as Record<string, unknown>) };
  const title = typeof fields['title'] === 'string' ? fields['title'] : null;
  delete fields['title'];
  for (const key of ['site_uid', 'site_short_id', 'site_url_path']) delete fields[key];
  for (const name of menuFieldsOf(kind)) fields[name] = readMenu(fields[name]);
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  return {
    kind: 'item',
    item: { textId: kind.name, type: kind.name, title, dirpath: path.slice(0, Math.max(0, slash)), filename: path.slice(slash + 1, dot), isPageContent: false, metadata: fields, markdown: null, file: null },
  };
}

/**
 * Key in the storage bucket of what a file names: the address inside the site, or the absolute address of the bucket
 * that older files carry.
 */
function storageKeyOf(value: unknown, config: SiteConfig, site: Pick<SiteContext, 'name' | 'urlPath'>): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const path = decodePath(value.replace(/^https?:\/\/[^/]+/, '').replace(/^\/+/, ''));
  const root = config['root-url-path'];
  const name = path.split('/').at(-1) ?? path;
  // Both the address and the storage folder end in the same file; the folder is by the site's name.
  return path.startsWith(`${root}/`) || root === '' ? joinPath(siteStoragePrefix(config, site), name) : path;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // A stray percent sign is part of the name.
    return path;
  }
}

/**
 * Writes an item as today's system writes it.
 * @throws {Error} when the configuration has no place for the item.
 */
export function writeContentFile(item: ContentItem, config: SiteConfig, site: SiteContext): { readonly path: string; readonly text: string } {
  const kind = configItem(config, item.type);
  if (item.isPageContent) {
    const path = `${joinPath(item.dirpath, item.filename)}.md`;
    return { path, text: joinFrontMatter(dumpPyYaml(frontMatterOf(item, kind, config, site)), item.markdown ?? '') };
  }
  if (kind?.file == null) throw new Error(`The starter has no place for the item ‘${item.textId}’ of type ‘${item.type}’`);
  if (kind.file.endsWith('.json')) return { path: kind.file, text: jsonText(kind, item, site) };
  const menus = menuFieldsOf(kind);
  const fields: Record<string, unknown> = { ...item.metadata, ...(item.title === null ? {} : { title: item.title }) };
  for (const name of menus) fields[name] = writeMenu(fields[name], (textId) => urlOf(site, config, textId));
  return { path: kind.file, text: dumpPyYaml(fields) };
}

function urlOf(site: SiteContext, config: SiteConfig, textId: string): string | undefined {
  const target = site.itemOf(textId);
  return target?.isPageContent === true ? pageUrl(target, contentDirOf(config)) : undefined;
}

function frontMatterOf(item: ContentItem, kind: ConfigItem | undefined, config: SiteConfig, site: SiteContext): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...item.metadata, uid: item.textId, title: item.title, content_type: item.type };
  if (item.type === 'external-resource') fields['_build'] = { list: true, render: false };
  const fileField = kind === undefined ? undefined : fileFieldOf(kind);
  if (fileField !== undefined) fields[fileField] = item.file === null ? null : publishedPath(item.file, config, site);
  const video = fields['video_files'];
  if (typeof video === 'object' && video !== null) fields['video_files'] = resolveCaptions(video as Record<string, unknown>, config, site);
  return fields;
}

/** The address of an uploaded file on the published site. */
function publishedPath(key: string, config: SiteConfig, site: SiteContext): string {
  const storage = siteStoragePrefix(config, site);
  const own = key.startsWith(`${storage}/`) ? joinPath(site.urlPath ?? storage, key.slice(storage.length + 1)) : key;
  return `/${own.split('/').map(encodeURIComponent).join('/')}`;
}

const CAPTION_KEYS = ['video_captions_resources', 'video_transcript_resources'];

/** Relations to captions and transcripts are written as the list of their files; a list that is one already stays. */
function resolveCaptions(video: Record<string, unknown>, config: SiteConfig, site: SiteContext): Record<string, unknown> {
  const resolved = { ...video };
  for (const key of CAPTION_KEYS) {
    const relation = video[key];
    if (typeof relation !== 'object' || relation === null || !('content' in relation)) continue;
    const ids = Array.isArray(relation.content) ? relation.content : [relation.content];
    resolved[key] = ids.flatMap((id: unknown) => {
      const target = typeof id === 'string' ? site.itemOf(id) : undefined;
      if (target?.file == null) return [];
      const language = target.metadata['language'];
      const locale = target.metadata['locale'];
      return [{ file: publishedPath(target.file, config, site), language: typeof language === 'string' && language !== '' ? language : 'en', ...(typeof locale === 'string' && locale !== '' ? { locale } : {}) }];
    });
  }
  return resolved;
}

function jsonText(kind: ConfigItem, item: ContentItem, site: SiteContext): string {
  const fields: [string, unknown][] = Object.entries(inStoredOrder(item.metadata) as Record<string, unknown>);
  if (kind.name === 'sitemetadata') fields.push(['site_uid', site.siteId], ['site_short_id', site.shortId], ['site_url_path', site.urlPath]);
  if (item.title !== null) fields.push(['title', item.title]);
  return JSON.stringify(Object.fromEntries(fields), null, 2).replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Postgres keeps the keys of jsonb by length, then by bytes; existing files have that order. */
function inStoredOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inStoredOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a.length - b.length || compareCodePoints(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inStoredOrder(inner)]));
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
