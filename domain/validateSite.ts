import { lineCounter } from './cleanup/cleanItem.ts';
import { type CleanupSite, createCleanupSite, normalUrl } from './cleanup/cleanupSite.ts';
import { describeLink } from './cleanup/describeLink.ts';
import { linkFindings } from './cleanup/linkRewriting.ts';
import { textFieldsOf } from './cleanup/textFields.ts';
import type { ContentItem } from './contentItem.ts';
import { isRecord } from './fieldPaths.ts';
import { pageUrl } from './menus.ts';
import { type ContentReference, referencesOf } from './references.ts';
import { type ConfigItem, configItems, contentDirOf, fileFieldOf, menuFieldsOf, type SiteConfig } from './siteConfig.ts';
import { validateItem } from './validateItem.ts';

/** How much a fault matters, the worst first: it keeps the site from being built, readers meet it, or it is untidy. */
export const severities = ['blocks', 'broken', 'untidy'] as const;
export type Severity = (typeof severities)[number];

export interface SiteFault {
  readonly severity: Severity;
  /** Null for a fault of the site itself. */
  readonly item: { readonly textId: string; readonly type: string; readonly title: string | null } | null;
  /** Path such as `markdown` or `metadata.course_image`; null where it is none of one field. */
  readonly field: string | null;
  /** Line in the field, from 1; null where there is none. */
  readonly line: number | null;
  /** What is wrong and what to do, in a sentence or two. */
  readonly message: string;
}

export interface ValidateSiteInput {
  readonly site: { readonly name: string; readonly urlPath: string | null; readonly isRoot: boolean };
  readonly rootWebsiteName: string;
  readonly config: SiteConfig;
  /** Items that were not deleted. */
  readonly items: readonly ContentItem[];
  readonly deletedTextIds: ReadonlySet<string>;
  readonly formerPlaces: readonly { readonly textId: string; readonly dirpath: string; readonly filename: string }[];
  readonly otherSites: readonly { readonly name: string; readonly urlPath: string }[];
  readonly ownHosts: ReadonlySet<string>;
  /** Whether another site, by its name or address, has this item. */
  readonly hasItem: (site: string, textId: string) => boolean;
}

type Report = (severity: Severity, item: ContentItem | null, field: string | null, message: string, line?: number) => void;

/** Every fault of a site that can be told without building it, the worst first, then by item and place. */
export function validateSite(input: ValidateSiteInput): SiteFault[] {
  const faults: SiteFault[] = [];
  const report: Report = (severity, item, field, message, line) => {
    faults.push({ severity, item: item === null ? null : { textId: item.textId, type: item.type, title: item.title }, field, line: line ?? null, message });
  };
  const kinds = new Map(configItems(input.config).map((kind) => [kind.name, kind]));
  const lookups = createCleanupSite({ ...input.site, config: input.config, items: input.items, formerPlaces: input.formerPlaces, otherSites: input.otherSites, ownHosts: input.ownHosts, newIdFor: () => '' });
  if (input.site.urlPath === null && !input.site.isRoot) report('blocks', null, null, 'The site has no address yet: give it one before it is published.');
  const present = new Set(input.items.map((item) => item.textId));
  reportMissingSingletons(input, kinds, report);
  reportSharedAddresses(input, report);
  for (const item of input.items) {
    const kind = kinds.get(item.type);
    if (kind === undefined) {
      if (item.isPageContent) report('untidy', item, null, `The starter has no kind ‘${item.type}’: the item is published as it is and nobody can edit its fields.`);
      else report('blocks', item, null, `The starter has no kind ‘${item.type}’ and so no file for it: delete the item, or bring the kind back.`);
      continue;
    }
    const menus = new Set(menuFieldsOf(kind).map((name) => `metadata.${name}`));
    for (const issue of validateItem({ kind, config: input.config, item })) report(issue.path === 'dirpath' || issue.path === 'filename' ? 'blocks' : menus.has(issue.path) ? 'broken' : 'untidy', item, issue.path, issue.message);
    reportReferences(input, present, item, report);
    reportMenus(item, kind, lookups, report);
    reportMissingFile(item, kind, report);
    for (const field of textFieldsOf(kind)) {
      const text = field.path === 'markdown' ? item.markdown : valueAt(item, field.path);
      if (typeof text !== 'string' || text === '') continue;
      const lineOf = lineCounter(text);
      for (const finding of linkFindings(text, (link) => brokenLink(link.url, lookups))) report('broken', item, field.path, finding.note, lineOf(finding.start));
    }
  }
  const order = new Map(input.items.map((item, index) => [item.textId, index]));
  const placeOf = (fault: SiteFault): number => (fault.item === null ? -1 : (order.get(fault.item.textId) ?? 0));
  return faults.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || placeOf(a) - placeOf(b) || compare(a.field ?? '', b.field ?? '') || (a.line ?? 0) - (b.line ?? 0) || compare(a.message, b.message));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function brokenLink(url: string, lookups: CleanupSite): { replacement: null; note: string } | null {
  const described = describeLink(url, lookups);
  return described.isBroken ? { replacement: null, note: `A link leads to ${described.words}.` } : null;
}

/** A singleton's data are read by the theme on every page; a menu that is not there is an empty one. */
function reportMissingSingletons(input: ValidateSiteInput, kinds: ReadonlyMap<string, ConfigItem>, report: Report): void {
  const present = new Set(input.items.map((item) => item.type));
  for (const kind of kinds.values()) {
    if (kind.file === null || present.has(kind.name)) continue;
    const isMenu = menuFieldsOf(kind).length > 0;
    report(isMenu ? 'untidy' : 'blocks', null, null, isMenu ? `‘${kind.label}’ was never saved: the site has no such menu.` : `‘${kind.label}’ was never saved: the theme cannot build the site without ${kind.file}.`);
  }
}

function reportSharedAddresses(input: ValidateSiteInput, report: Report): void {
  const contentDir = contentDirOf(input.config);
  const byUrl = new Map<string, ContentItem>();
  for (const item of input.items) {
    if (!item.isPageContent) continue;
    const url = normalUrl(pageUrl(item, contentDir)).toLowerCase();
    const first = byUrl.get(url);
    if (first === undefined) byUrl.set(url, item);
    else report('broken', item, 'filename', `Its address ${url} is also that of ‘${first.title ?? first.textId}’: readers see only one of them. Rename one.`);
  }
}

function reportReferences(input: ValidateSiteInput, present: ReadonlySet<string>, item: ContentItem, report: Report): void {
  for (const reference of referencesOf(item, input.config)) {
    const { field, kind, targetTextId: textId, targetSite } = reference;
    if (kind === 'menu') continue;
    if (textId === null) {
      if (targetSite !== null && !isKnownSite(input, targetSite)) report('broken', item, field, `It names the site ‘${targetSite}’, which the studio does not have.`);
      continue;
    }
    const isOwn = targetSite === null || targetSite === input.site.name || targetSite === input.site.urlPath;
    if (isOwn ? present.has(textId) : input.hasItem(targetSite, textId)) continue;
    const what = isOwn ? (input.deletedTextIds.has(textId) ? 'which was deleted: bring it back, or take it out' : 'which is not there: take it out') : `which the site ‘${targetSite}’ does not have`;
    // The theme asks the root site for each instructor while it builds; what else is not there is only not shown.
    const stopsBuild = targetSite === input.rootWebsiteName && field === 'metadata.instructors';
    report(stopsBuild ? 'blocks' : 'broken', item, field, `It names the item ‘${textId}’, ${what}.`, lineOf(item, reference));
  }
}

function isKnownSite(input: ValidateSiteInput, site: string): boolean {
  const path = site.replace(/^\/+|\/+$/g, '');
  return path === input.site.name || path === input.site.urlPath || input.otherSites.some((other) => other.name === path || other.urlPath === path);
}

/** Where the text of a field names an item. */
function lineOf(item: ContentItem, reference: ContentReference): number | undefined {
  if (reference.kind !== 'markdown' || reference.targetTextId === null) return undefined;
  const text = reference.field === 'markdown' ? item.markdown : valueAt(item, reference.field);
  if (typeof text !== 'string') return undefined;
  const at = text.indexOf(reference.targetTextId);
  return at === -1 ? undefined : lineCounter(text)(at);
}

function reportMenus(item: ContentItem, kind: ConfigItem, lookups: CleanupSite, report: Report): void {
  for (const name of menuFieldsOf(kind)) {
    const menu = item.metadata[name];
    if (!Array.isArray(menu)) continue;
    for (const entry of menu.filter(isRecord)) {
      const field = `metadata.${name}`;
      const called = typeof entry['name'] === 'string' && entry['name'] !== '' ? entry['name'] : 'without a name';
      if (typeof entry['identifier'] === 'string' && lookups.byTextId(entry['identifier']) !== undefined) continue;
      const url = typeof entry['url'] === 'string' ? entry['url'] : '';
      const described = url === '' ? null : describeLink(url, lookups);
      if (described === null) report('broken', item, field, `The entry ‘${called}’ names an item that is not there: readers see it without a link.`);
      else if (described.isBroken) report('broken', item, field, `The entry ‘${called}’ leads to ${described.words}.`);
    }
  }
}

/** A video may be on YouTube; anything else of a kind with files is nothing without its file. */
function reportMissingFile(item: ContentItem, kind: ConfigItem, report: Report): void {
  if (fileFieldOf(kind) === undefined || (item.file !== null && item.file !== '')) return;
  const video = item.metadata['video_metadata'];
  const youtubeId = isRecord(video) ? video['youtube_id'] : undefined;
  if (item.metadata['resourcetype'] === 'Video' && typeof youtubeId === 'string' && youtubeId !== '') return;
  report('broken', item, 'file', item.metadata['resourcetype'] === 'Video' ? 'The video has neither a file nor an id on YouTube: upload it, or delete the resource.' : 'The resource has no file: upload one, or delete the resource.');
}

function valueAt(item: ContentItem, path: string): unknown {
  return path.split('.').slice(1).reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), item.metadata);
}
