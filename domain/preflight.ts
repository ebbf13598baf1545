import { readContentFile } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { fieldPathsOf, isRecord } from './fieldPaths.ts';
import { splitFrontMatter } from './frontMatter.ts';
import { isUuid } from './isUuid.ts';
import { pageUrl } from './menus.ts';
import { loadPyYaml } from './pyYaml.ts';
import { type ContentReference, referencesOf } from './references.ts';
import type { Problem, ProblemItem } from './runs.ts';
import { shortcodesIn } from './shortcodes.ts';
import { configItem, configItems, contentDirOf, menuFieldsOf, type SiteConfig } from './siteConfig.ts';

/** A file of the commit that is to be built. */
export interface TreeFile {
  readonly path: string;
  readonly text: string;
}

export interface PreflightInput {
  readonly site: { readonly name: string; readonly urlPath: string | null };
  readonly config: SiteConfig;
  /** The pages of the content folder and the files of the singletons. */
  readonly files: readonly TreeFile[];
  /** Names of the shortcodes that every theme of the build has, in lower case; null where that cannot be told. */
  readonly shortcodes: ReadonlySet<string> | null;
  /** Whether pages marked as drafts are built. */
  readonly buildDrafts: boolean;
}

export interface PreflightFinding {
  readonly problem: Problem;
  /** The item that is named and not there; null for another fault. */
  readonly target: string | null;
}

/** Kind and text id of a course's metadata. */
const COURSE = 'sitemetadata';
/** What MIT Learn lists no course without, and readers find none; where the starter has such a field. */
const NEEDED = ['primary_course_number', 'course_title', 'course_description'];
/** Longest title of an item a problem carries, in characters: problems travel through a history. */
const MAX_TITLE = 80;

interface Read {
  readonly file: TreeFile;
  /** Null for a page the studio knows nothing of, which Hugo builds all the same. */
  readonly item: ContentItem | null;
}

/** What keeps a site from being built or leaves readers with holes, by item: told from the files, before Hugo runs. */
export function preflightFindings(input: PreflightInput): PreflightFinding[] {
  const read = input.files.map((file): Read => {
    const result = readContentFile({ ...file, config: input.config, site: input.site });
    return { file, item: result.kind === 'item' ? result.item : null };
  });
  const present = new Set(read.flatMap(({ item }) => (item === null ? [] : [item.textId.toLowerCase()])));
  const found = metadataProblems(input, read).map(withoutTarget);
  for (const { file, item } of read) {
    if (!input.buildDrafts && item?.metadata['draft'] === true) continue;
    found.push(...shortcodeProblems(input, file, item).map(withoutTarget));
    if (item === null) continue;
    found.push(...deadReferences(input, file, item, present), ...deadMenuEntries(input, file, item, present));
  }
  return found;
}

function withoutTarget(problem: Problem): PreflightFinding {
  return { problem, target: null };
}

function metadataProblems(input: PreflightInput, read: readonly Read[]): Problem[] {
  const kind = configItem(input.config, COURSE);
  if (kind?.file == null) return [];
  const file = kind.file;
  const about: ProblemItem = { site: input.site.name, textId: COURSE, title: kind.label };
  const course = read.find(({ item }) => item?.type === COURSE)?.item;
  if (course === undefined || course === null) return [{ message: `‘${kind.label}’ was never saved: the site cannot be built without it. Fill it in and save it.`, file, item: about }];
  // A file that the studio wrote always names its site; one of before may have the older id instead.
  const written = input.files.find(({ path }) => path === file)?.text ?? '';
  const ids = /"(?:site_uid|legacy_uid)"\s*:\s*"[^"]/.test(written);
  return [
    ...kind.fields.flatMap((field): Problem[] => {
      const value = course.metadata[field.name];
      const isBlank = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
      return NEEDED.includes(field.name) && isBlank ? [{ message: `‘${field.label}’ is empty: MIT Learn does not list a course without it. Fill it in.`, file, item: about }] : [];
    }),
    ...(ids ? [] : [{ message: 'The course’s file has no site_uid: MIT Learn cannot tell it from others. Save the metadata once, and the studio writes it.', file, item: about }]),
  ];
}

function shortcodeProblems(input: PreflightInput, file: TreeFile, item: ContentItem | null): Problem[] {
  const { shortcodes } = input;
  if (shortcodes === null || !file.path.endsWith('.md')) return [];
  const body = item?.markdown ?? splitFrontMatter(file.text)?.body ?? file.text;
  const offset = file.text.length - body.length;
  const seen = new Set<string>();
  return shortcodesIn(body).flatMap(({ name, start }): Problem[] => {
    // An inline shortcode brings its own template; of one name the first place is enough.
    if (name.endsWith('.inline') || shortcodes.has(name.toLowerCase()) || seen.has(name)) return [];
    seen.add(name);
    return [{ message: `There is no shortcode ‘${name}’ in the site’s theme: mend its name, or take it out.`, ...placeOf(input, file, item, offset + start) }];
  });
}

function deadReferences(input: PreflightInput, file: TreeFile, item: ContentItem, present: ReadonlySet<string>): PreflightFinding[] {
  const kind = configItem(input.config, item.type);
  // Texts of fields the starter knows no more are read by no theme.
  const known = new Set(['markdown', ...(kind === undefined ? [] : fieldPathsOf(kind).map((at) => at.path))]);
  return referencesOf(item, input.config).flatMap((reference): PreflightFinding[] => {
    const { targetTextId: textId } = reference;
    if (textId === null || reference.kind === 'menu' || !known.has(reference.field) || !isOwn(input, reference) || present.has(textId.toLowerCase())) return [];
    const where = reference.field === 'markdown' ? 'The text' : `‘${labelOf(input.config, item, reference.field)}’`;
    return [{ target: textId, problem: { message: `${where} names the item ${textId}, which the site does not have: take it out, or bring the item back.`, ...placeOf(input, file, item, file.text.indexOf(textId)) } }];
  });
}

function isOwn(input: PreflightInput, reference: ContentReference): boolean {
  const site = reference.targetSite?.replace(/^\/+|\/+$/g, '') ?? null;
  return site === null || site === input.site.name || site === input.site.urlPath;
}

/** Entries of a menu that lead to an item that is not there; one that was written by hand may still have a good address. */
function deadMenuEntries(input: PreflightInput, file: TreeFile, item: ContentItem, present: ReadonlySet<string>): PreflightFinding[] {
  const kind = configItem(input.config, item.type);
  const menus = kind === undefined ? [] : menuFieldsOf(kind);
  if (menus.length === 0) return [];
  const raw: unknown = loadPyYaml(file.text);
  const pages = pageUrlsOf(input);
  return menus.flatMap((name) => {
    const entries: unknown = isRecord(raw) ? raw[name] : undefined;
    return (Array.isArray(entries) ? entries : []).filter(isRecord).flatMap((entry): PreflightFinding[] => {
      const { identifier, pageRef } = entry;
      if (typeof identifier !== 'string' || !isUuid(identifier) || present.has(identifier.toLowerCase())) return [];
      const url = typeof pageRef === 'string' ? pageRef : entry['url'];
      if (typeof url === 'string' && (/^[a-z][a-z\d+.-]*:|^\/\/|^#/i.test(url) || pages.has(normalPath(url)))) return [];
      const called = typeof entry['name'] === 'string' && entry['name'] !== '' ? `‘${entry['name']}’` : 'without a name';
      return [{ target: identifier, problem: { message: `The menu’s entry ${called} leads to an item that the site does not have: take it out, or bring the item back.`, ...placeOf(input, file, item, file.text.indexOf(identifier)) } }];
    });
  });
}

function pageUrlsOf(input: PreflightInput): ReadonlySet<string> {
  const contentDir = contentDirOf(input.config);
  return new Set(
    input.files.flatMap(({ path }) => {
      if (!path.startsWith(`${contentDir}/`) || !path.endsWith('.md')) return [];
      const slash = path.lastIndexOf('/');
      return [normalPath(pageUrl({ dirpath: path.slice(0, slash), filename: path.slice(slash + 1, -'.md'.length) }, contentDir))];
    }),
  );
}

function normalPath(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/^\/+|\/+$/g, '').toLowerCase();
}

function labelOf(config: SiteConfig, item: ContentItem, path: string): string {
  const kind = configItem(config, item.type);
  return (kind === undefined ? undefined : fieldPathsOf(kind).find((at) => at.path === path)?.field.label) ?? path;
}

function placeOf(input: PreflightInput, file: TreeFile, item: ContentItem | null, at: number): Pick<Problem, 'file' | 'line' | 'item'> {
  return {
    file: file.path,
    ...(at < 0 ? {} : { line: file.text.slice(0, at).split('\n').length }),
    ...(item === null ? {} : { item: { site: input.site.name, textId: item.textId, title: (item.title ?? item.textId).slice(0, MAX_TITLE) } }),
  };
}

/** Files that a pre-flight reads beside the pages: those of the starter's singletons. */
export function singletonFiles(config: SiteConfig): string[] {
  return configItems(config).flatMap((kind) => (kind.file === null ? [] : [kind.file]));
}

/** Shortcodes that Hugo brings itself. */
export const hugoShortcodes: readonly string[] = ['comment', 'details', 'figure', 'gist', 'highlight', 'instagram', 'instagram_simple', 'param', 'qr', 'ref', 'relref', 'tweet', 'twitter', 'twitter_simple', 'vimeo', 'vimeo_simple', 'x', 'x_simple', 'youtube'];

/** The name under which a template of a shortcodes folder is called, in lower case: `a/b.en.html` is `a/b`. */
export function shortcodeName(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  const dot = path.indexOf('.', slash);
  return (dot === -1 ? path : path.slice(0, dot)).toLowerCase();
}

/**
 * The themes that a parsed Hugo configuration names, the first before the others; null when it takes templates from
 * elsewhere too (modules), so that nobody can tell what there is.
 */
export function themesOfHugoConfig(value: unknown): string[] | null {
  if (!isRecord(value)) return null;
  const keys = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]));
  if (keys['module'] !== undefined || keys['layoutdir'] !== undefined) return null;
  const theme = keys['theme'];
  const names: readonly unknown[] = Array.isArray(theme) ? theme : [theme];
  return names.every((name): name is string => typeof name === 'string') ? [...names] : null;
}
