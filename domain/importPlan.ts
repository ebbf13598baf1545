import { captionTracks, withCaptionRelations } from './captions.ts';
import { readContentFile, type SiteContext } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { instructorsOfMetadata } from './instructors.ts';
import type { SiteConfig } from './siteConfig.ts';
import { joinPath, suggestUrlPath, urlPathFault } from './siteUrl.ts';
import { slugify } from './slug.ts';
import { rememberForm, type WrittenForm } from './writtenForm.ts';

/** A file of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Git's name of it. */
  readonly blob?: string;
}

export interface ImportInput {
  readonly files: readonly SourceFile[];
  readonly config: SiteConfig;
  /** Name of the folder or repository. */
  readonly folderName: string;
  readonly name?: string;
  /** The id the site will have; the course's metadata carries it. */
  readonly siteId: string;
}

/** An item with what it remembers of its file. */
export interface ImportedItem {
  readonly item: ContentItem;
  readonly path: string;
  readonly blob: string | null;
  readonly form: WrittenForm | null;
}

export interface ImportPlan {
  readonly site: { readonly name: string; readonly shortId: string; readonly title: string; readonly urlPath: string | null };
  readonly items: readonly ImportedItem[];
  /** Files that are no items and stay in the repository as they are. */
  readonly kept: readonly string[];
  /** Uuids of the instructors the course names. */
  readonly instructors: readonly string[];
}

/** Sorts every file of an existing repository into items, kept files and skipped ones, and names the site. */
export function planImport(input: ImportInput): ImportPlan {
  const { config } = input;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const read: { item: ContentItem; path: string }[] = [];
  const kept: string[] = [];
  const texts = new Map<string, string | null>();
  const blobs = new Map<string, string | undefined>();
  for (const { path, bytes, blob } of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    texts.set(path, decode(decoder, bytes));
    blobs.set(path, blob);
  }

  const course = jsonOf(texts.get('data/course.json'));
  const courseTitle = textOf(course?.['course_title']);
  const shortId = textOf(course?.['site_short_id']) ?? input.folderName;
  const name = input.name ?? (slugify(courseTitle ?? '') || slugify(input.folderName.replaceAll('.', '-')));
  const seen = new Map<string, string>();
  for (const [path, text] of texts) {
    const result = text === null ? ({ kind: 'kept', reason: 'not a text' } as const) : readContentFile({ path, text, config, site: { name, urlPath: null } });
    const first = result.kind === 'item' ? seen.get(result.item.textId) : undefined;
    if (result.kind === 'kept' || first !== undefined) {
      kept.push(path);
      continue;
    }
    seen.set(result.item.textId, path);
    read.push({ item: result.item, path });
  }

  const root = config['root-url-path'];
  const given = textOf(course?.['site_url_path']);
  const suggestion = suggestUrlPath(config, read.map(({ item }) => item));
  const suggested = suggestion !== null && urlPathFault(suggestion) === undefined ? suggestion : name;
  const urlPath = root === '' && given === undefined ? null : (given?.replace(/^\/+|\/+$/g, '') ?? joinPath(root, suggested));
  const related = relate(read, config, { siteId: input.siteId, name, shortId, urlPath });
  const items = related.items.map(({ item, path }): ImportedItem => {
    const text = texts.get(path) ?? '';
    return { item, path, blob: blobs.get(path) ?? null, form: rememberForm({ path, text, item, config, site: related.site }) };
  });
  return {
    site: { name, shortId, title: courseTitle ?? input.name ?? input.folderName, urlPath },
    items,
    kept,
    instructors: instructorsOfMetadata(course),
  };
}

/** Gives each video the relations its lists of captions were made of, now that all items are known. */
function relate<T extends { readonly item: ContentItem }>(read: readonly T[], config: SiteConfig, names: Omit<SiteContext, 'itemOf'>): { items: T[]; site: SiteContext } {
  const before = new Map(read.map(({ item }) => [item.textId, item]));
  const tracks = captionTracks([...before.values()], config, { ...names, itemOf: (textId) => before.get(textId) });
  const items = read.map((one) => ({ ...one, item: { ...one.item, metadata: withCaptionRelations(one.item.metadata, tracks, names.name) } }));
  const after = new Map(items.map(({ item }) => [item.textId, item]));
  return { items, site: { ...names, itemOf: (textId) => after.get(textId) } };
}

/** The text of a file, or null when its bytes are no UTF-8: it is kept as it is. */
function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function jsonOf(text: string | null | undefined): Record<string, unknown> | undefined {
  if (text == null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The file is kept, and Hugo names the place of the fault.
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
