import { readContentFile } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { instructorsOfMetadata } from './instructors.ts';
import type { SiteConfig } from './siteConfig.ts';
import { joinPath, suggestUrlPath, urlPathFault } from './siteUrl.ts';
import { slugify } from './slug.ts';

export interface ImportInput {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly config: SiteConfig;
  /** Name of the folder or repository. */
  readonly folderName: string;
  readonly name?: string;
}

export interface ImportPlan {
  readonly site: { readonly name: string; readonly shortId: string; readonly title: string; readonly urlPath: string | null };
  readonly items: readonly { readonly item: ContentItem; readonly path: string }[];
  /** Files that are no items and stay in the repository as they are. */
  readonly kept: readonly string[];
  /** Uuids of the instructors the course names. */
  readonly instructors: readonly string[];
}

/** Sorts every file of an existing repository into items, kept files and skipped ones, and names the site. */
export function planImport(input: ImportInput): ImportPlan {
  const { config } = input;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const items: { item: ContentItem; path: string }[] = [];
  const kept: string[] = [];
  const texts = new Map<string, string | null>();
  for (const { path, bytes } of [...input.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    texts.set(path, decode(decoder, bytes));
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
    items.push({ item: result.item, path });
  }

  const root = config['root-url-path'];
  const given = textOf(course?.['site_url_path']);
  const suggestion = suggestUrlPath(config, items.map(({ item }) => item));
  const suggested = suggestion !== null && urlPathFault(suggestion) === undefined ? suggestion : name;
  const urlPath = root === '' && given === undefined ? null : (given?.replace(/^\/+|\/+$/g, '') ?? joinPath(root, suggested));
  return {
    site: { name, shortId, title: courseTitle ?? input.name ?? input.folderName, urlPath },
    items,
    kept,
    instructors: instructorsOfMetadata(course),
  };
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
