import { aliasesOf } from '../aliases.ts';
import type { ContentItem } from '../contentItem.ts';
import { pageUrl } from '../menus.ts';
import { type ConfigItem, configItem, contentDirOf, type SiteConfig } from '../siteConfig.ts';

/** What a link may lead to. */
export interface LinkTarget {
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  /** Inside its site, such as `/pages/syllabus`. */
  readonly url: string;
  readonly resourcetype: string | null;
}

/** Everything a rule may ask of the site it works on; all of it is known before the first text is read. */
export interface CleanupSite {
  /** With the root prefix and without slashes at its ends; empty for the root site, null while there is none. */
  readonly urlPath: string | null;
  /** First parts of the addresses of items: `pages`, `resources`. */
  readonly folders: ReadonlySet<string>;
  /** The item whose page has this address inside the site. */
  byUrl(url: string): LinkTarget | undefined;
  /** The item that had this address before it was renamed or moved, if only one had. */
  byFormerUrl(url: string): LinkTarget | undefined;
  byTextId(textId: string): LinkTarget | undefined;
  /** The item of an id of the system before: 32 hexadecimal digits. */
  byLegacyUid(uid: string): LinkTarget | undefined;
  /** Items whose page file has this name, in any folder. */
  byFilename(filename: string): readonly LinkTarget[];
  /** Items whose uploaded file has this name; the digits that were put in front of it do not count. */
  byFileName(name: string): readonly LinkTarget[];
  /** The other site an address (without a slash in front) belongs to, and what follows. */
  otherSiteOf(path: string): { readonly name: string; readonly urlPath: string; readonly rest: string } | undefined;
  /** Hosts of this installation's own readers. */
  readonly ownHosts: ReadonlySet<string>;
  /** The external resource for an address, and whether it must be made; null where the starter has no such kind. */
  externalResource(url: string): { readonly textId: string; readonly isNew: boolean } | null;
}

export interface CleanupSiteInput {
  readonly name: string;
  readonly urlPath: string | null;
  readonly isRoot: boolean;
  readonly config: SiteConfig;
  /** Items that were not deleted. */
  readonly items: readonly ContentItem[];
  /** Where items were before: folder and file name as they were. */
  readonly formerPlaces: readonly { readonly textId: string; readonly dirpath: string; readonly filename: string }[];
  readonly otherSites: readonly { readonly name: string; readonly urlPath: string }[];
  readonly ownHosts: ReadonlySet<string>;
  /** The id a new external resource for an address would get: the same for the same address, so that it is made once. */
  readonly newIdFor: (url: string) => string;
}

export const EXTERNAL_RESOURCE = 'external-resource';

/** The kind of external resources, if the starter has a folder of them. */
export function externalResourceKind(config: SiteConfig): (ConfigItem & { readonly folder: string }) | undefined {
  const kind = configItem(config, EXTERNAL_RESOURCE);
  return kind === undefined || kind.folder === null ? undefined : { ...kind, folder: kind.folder };
}

/** Looks everything up once, so that no rule has to ask again. */
export function createCleanupSite(input: CleanupSiteInput): CleanupSite {
  const contentDir = contentDirOf(input.config);
  const byTextId = new Map<string, LinkTarget>();
  const byUrl = new Map<string, LinkTarget>();
  const byLegacyUid = new Map<string, LinkTarget>();
  const byFilename = new Map<string, LinkTarget[]>();
  const byFileName = new Map<string, LinkTarget[]>();
  const former = new Map<string, LinkTarget | null>();
  const external = new Map<string, string>();
  const folders = new Set<string>();

  for (const item of input.items) {
    if (!item.isPageContent) continue;
    const target = targetOf(item, contentDir);
    byTextId.set(item.textId, target);
    byUrl.set(normalUrl(target.url), target);
    byLegacyUid.set(item.textId.replaceAll('-', '').toLowerCase(), target);
    const legacyUid = item.metadata['legacy_uid'];
    if (typeof legacyUid === 'string' && legacyUid !== '') byLegacyUid.set(legacyUid.replaceAll('-', '').toLowerCase(), target);
    add(byFilename, item.filename === '_index' ? (item.dirpath.split('/').at(-1) ?? '') : item.filename, target);
    if (item.file !== null) add(byFileName, plainFileName(item.file), target);
    const url = item.metadata['external_url'];
    if (item.type === EXTERNAL_RESOURCE && typeof url === 'string' && !external.has(url)) external.set(url, item.textId);
    folders.add(normalUrl(target.url).split('/')[1] ?? '');
  }
  for (const collection of input.config.collections) if (collection.folder !== undefined) folders.add(collection.folder.slice(contentDir.length + 1).split('/')[0] ?? '');
  folders.delete('');

  const remember = (url: string, target: LinkTarget | undefined): void => {
    if (target === undefined || byUrl.has(url)) return;
    const known = former.get(url);
    // An address that two items had says nothing.
    former.set(url, known === undefined || known?.textId === target.textId ? target : null);
  };
  for (const place of input.formerPlaces) remember(normalUrl(pageUrl(place, contentDir)), byTextId.get(place.textId));
  for (const item of input.items) {
    for (const alias of aliasesOf(item.metadata)) remember(normalUrl(withoutPrefix(alias, input.urlPath)), byTextId.get(item.textId));
  }

  // The longest address first: one may be the beginning of another.
  const others = [...input.otherSites].filter((site) => site.urlPath !== '').sort((a, b) => b.urlPath.length - a.urlPath.length || (a.urlPath < b.urlPath ? -1 : 1));
  const otherByPath = new Map(others.map((site) => [site.urlPath, site]));
  const hasExternal = externalResourceKind(input.config) !== undefined;
  return {
    urlPath: input.isRoot ? '' : input.urlPath,
    folders,
    ownHosts: input.ownHosts,
    byUrl: (url) => byUrl.get(normalUrl(url)),
    byFormerUrl: (url) => former.get(normalUrl(url)) ?? undefined,
    byTextId: (textId) => byTextId.get(textId),
    byLegacyUid: (uid) => byLegacyUid.get(uid.toLowerCase()),
    byFilename: (filename) => byFilename.get(filename) ?? [],
    byFileName: (name) => byFileName.get(plainFileName(name)) ?? [],
    otherSiteOf(path) {
      const parts = path.split('/');
      for (let length = parts.length; length > 0; length -= 1) {
        const site = otherByPath.get(parts.slice(0, length).join('/'));
        if (site !== undefined) return { name: site.name, urlPath: site.urlPath, rest: parts.slice(length).join('/') };
      }
      return undefined;
    },
    externalResource(url) {
      if (!hasExternal) return null;
      const known = external.get(url);
      return known === undefined ? { textId: input.newIdFor(url), isNew: true } : { textId: known, isNew: false };
    },
  };
}

function targetOf(item: ContentItem, contentDir: string): LinkTarget {
  const resourcetype = item.metadata['resourcetype'];
  return { textId: item.textId, type: item.type, title: item.title, url: pageUrl(item, contentDir), resourcetype: typeof resourcetype === 'string' ? resourcetype : null };
}

function add(map: Map<string, LinkTarget[]>, key: string, target: LinkTarget): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [target]);
  else list.push(target);
}

/** The same address for the same page, however it is written: one slash in front and none at the end, percent signs read. */
export function normalUrl(url: string): string {
  const parts = url.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.map(decoded).join('/')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign is part of the name.
    return part;
  }
}

function withoutPrefix(url: string, urlPath: string | null): string {
  const path = url.replace(/^\/+/, '');
  return urlPath !== null && urlPath !== '' && (path === urlPath || path.startsWith(`${urlPath}/`)) ? path.slice(urlPath.length) : url;
}

/** The name of an uploaded file without its folder and the digits that were put in front. */
function plainFileName(path: string): string {
  return decoded(path.split('/').at(-1) ?? path).replace(/^[0-9a-f]{32}_/, '');
}
