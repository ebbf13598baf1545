import { withCaptionFiles } from './captions.ts';
import type { SiteContext } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { publishedPath } from './filePath.ts';
import { inStoredOrder, layOutJson } from './jsonText.ts';
import type { Layout } from './layout.ts';
import { pageUrl, writeMenu } from './menus.ts';
import { layOutPyYaml } from './pyYaml.ts';
import { type ConfigItem, configItem, contentDirOf, fileFieldOf, menuFieldsOf, type SiteConfig } from './siteConfig.ts';
import { joinPath } from './siteUrl.ts';

export type FileFormat = 'markdown' | 'json' | 'yaml';

/** An item's file as today's system writes it, taken apart by its fields. */
export interface CanonicalFile {
  readonly path: string;
  readonly format: FileFormat;
  /** What follows the front matter; empty where there is none. */
  readonly body: string;
  /** The fields; JSON can be indented by another step than two spaces. */
  layout(indent?: string): Layout;
}

/** What Hugo is told of a link to elsewhere: it is listed and has no page. */
const LISTED_ONLY = { list: true, render: false };

/** The keys that the course's metadata is given when it is written, and loses when it is read. */
export const SITE_KEYS = ['site_uid', 'site_short_id', 'site_url_path'] as const;
/** The kind that is given them. */
export const SITE_METADATA = 'sitemetadata';
/** The kind whose `_build` is the studio's own. */
export const EXTERNAL_RESOURCE = 'external-resource';

/**
 * What the serializer makes of an item.
 * @throws {Error} when the configuration has no place for the item.
 */
export function canonicalFile(item: ContentItem, config: SiteConfig, site: SiteContext): CanonicalFile {
  const kind = configItem(config, item.type);
  if (item.isPageContent) {
    const fields = frontMatterOf(item, kind, config, site);
    return { path: `${joinPath(item.dirpath, item.filename)}.md`, format: 'markdown', body: item.markdown ?? '', layout: () => layOutPyYaml(fields) };
  }
  if (kind?.file == null) throw new Error(`The starter has no place for the item ‘${item.textId}’ of type ‘${item.type}’`);
  const { file } = kind;
  if (file.endsWith('.json')) {
    const fields = jsonFieldsOf(kind, item, site);
    return { path: file, format: 'json', body: '', layout: (indent) => layOutJson(fields, indent) };
  }
  const fields: Record<string, unknown> = { ...item.metadata, ...(item.title === null ? {} : { title: item.title }) };
  for (const name of menuFieldsOf(kind)) fields[name] = writeMenu(fields[name], (textId) => urlOf(site, config, textId));
  return { path: file, format: 'yaml', body: '', layout: () => layOutPyYaml(fields) };
}

function urlOf(site: SiteContext, config: SiteConfig, textId: string): string | undefined {
  const target = site.itemOf(textId);
  return target?.isPageContent === true ? pageUrl(target, contentDirOf(config)) : undefined;
}

function frontMatterOf(item: ContentItem, kind: ConfigItem | undefined, config: SiteConfig, site: SiteContext): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...withCaptionFiles(item.metadata, config, site), uid: item.textId, title: item.title, content_type: item.type };
  if (item.type === EXTERNAL_RESOURCE) fields['_build'] = LISTED_ONLY;
  const fileField = kind === undefined ? undefined : fileFieldOf(kind);
  if (fileField !== undefined) fields[fileField] = item.file === null ? null : publishedPath(item.file, config, site);
  return fields;
}

function jsonFieldsOf(kind: ConfigItem, item: ContentItem, site: SiteContext): [string, unknown][] {
  const added: [string, unknown][] = kind.name === SITE_METADATA ? [[SITE_KEYS[0], site.siteId], [SITE_KEYS[1], site.shortId], [SITE_KEYS[2], site.urlPath]] : [];
  if (item.title !== null) added.push(['title', item.title]);
  const names = new Set(added.map(([name]) => name));
  return [...inStoredOrder(item.metadata).filter(([key]) => !names.has(key)), ...added];
}
