import { textFieldsOf } from './cleanup/textFields.ts';
import type { ContentItem } from './contentItem.ts';
import { fieldPathsOf, isFieldActive, isRecord } from './fieldPaths.ts';
import { resourcesIn, type TextFinding, textFindings } from './accessibleText.ts';
import { type ConfigItem, configItem, type SiteConfig } from './siteConfig.ts';

/** What keeps somebody from reading a page, in the order in which it is listed: what is missing altogether first. */
export const accessibilityRules = ['captions-missing', 'alt-missing', 'alt-file-name', 'table-header', 'heading-top', 'heading-skips', 'link-text'] as const;
export type AccessibilityRule = (typeof accessibilityRules)[number];

/** One place at which readers with a disability meet a hole. */
export interface AccessibilityFinding {
  readonly rule: AccessibilityRule;
  /** Where it is mended. */
  readonly item: Pick<ContentItem, 'textId' | 'type' | 'title'>;
  /** Path such as `markdown` or `metadata.image_metadata.image-alt`. */
  readonly field: string;
  /** What the field is called in the form. */
  readonly label: string;
  /** Line in the field, from 1; null for a field that is no text. */
  readonly line: number | null;
  /** What is wrong and what to do, in a sentence or two. */
  readonly message: string;
  /** Titles of pages that show it, of those that were looked at; itself left out. */
  readonly shownOn: readonly string[];
}

/** What readers of the items cannot see, hear or find, told from the content alone; `others` holds what the items show but are not. */
export function accessibilityFindings(items: readonly ContentItem[], others: readonly ContentItem[], config: SiteConfig): AccessibilityFinding[] {
  const known = new Map([...others, ...items].map((item) => [item.textId, item]));
  const asked = new Set(items.map((item) => item.textId));
  const shownOn = new Map<string, Set<string>>();
  const found: AccessibilityFinding[] = [];
  for (const item of items) {
    const kind = configItem(config, item.type);
    if (kind === undefined) continue;
    for (const textId of shownBy(item, kind)) {
      const target = known.get(textId);
      if (target === undefined) continue;
      const pages = shownOn.get(textId) ?? new Set<string>();
      shownOn.set(textId, pages.add(item.title ?? item.textId));
      asked.add(textId);
    }
    found.push(...textsOf(item, kind));
  }
  for (const textId of asked) {
    const item = known.get(textId);
    const kind = item === undefined ? undefined : configItem(config, item.type);
    if (item === undefined || kind === undefined) continue;
    const pages = [...(shownOn.get(textId) ?? [])];
    found.push(...resourceFindings(item, kind).map((finding) => ({ ...finding, shownOn: pages })));
  }
  const place = new Map([...asked].map((textId, index) => [textId, index]));
  return found.sort((a, b) => accessibilityRules.indexOf(a.rule) - accessibilityRules.indexOf(b.rule) || (place.get(a.item.textId) ?? 0) - (place.get(b.item.textId) ?? 0) || (a.line ?? 0) - (b.line ?? 0));
}

/** Text ids of the resources that an item shows in its texts. */
export function shownBy(item: ContentItem, kind: ConfigItem): string[] {
  return [...new Set(markdownOf(item, kind).flatMap(({ text }) => resourcesIn(text)))];
}

function markdownOf(item: ContentItem, kind: ConfigItem): { readonly path: string; readonly label: string; readonly text: string }[] {
  const labels = new Map(fieldPathsOf(kind).map((at) => [at.path, at.field.label]));
  return textFieldsOf(kind).flatMap(({ path, widget }) => {
    const text = path === 'markdown' ? item.markdown : valueAt(item.metadata, path);
    return widget === 'markdown' && typeof text === 'string' && text !== '' ? [{ path, label: labels.get(path) ?? path.replace('metadata.', ''), text }] : [];
  });
}

function textsOf(item: ContentItem, kind: ConfigItem): AccessibilityFinding[] {
  const { textId, type, title } = item;
  return markdownOf(item, kind).flatMap(({ path, label, text }) =>
    // A short text stands below headings of the theme that nobody sees here: only a whole page has an outline of its own.
    textFindings(text, { isPage: path === 'markdown' && item.isPageContent }).map(({ rule, line, message }: TextFinding) => ({ rule, item: { textId, type, title }, field: path, label, line, message, shownOn: [] })),
  );
}

type ResourceFinding = Omit<AccessibilityFinding, 'shownOn'>;

/** The starters do not agree on a hyphen. */
const ALT = /^metadata\.image_metadata\.image[-_]alt$/;
const CAPTIONS = /^metadata\.video_files\.video_captions_(?:resources|file)$/;

function resourceFindings(item: ContentItem, kind: ConfigItem): ResourceFinding[] {
  const fields = fieldPathsOf(kind).filter((at) => isFieldActive(item, at));
  const { textId, type, title } = item;
  const at = (rule: AccessibilityRule, field: { readonly path: string; readonly field: { readonly label: string } }, message: string): ResourceFinding => ({ rule, item: { textId, type, title }, field: field.path, label: field.field.label, line: null, message });
  const alt = fields.find(({ path }) => ALT.test(path));
  if (item.metadata['resourcetype'] === 'Image' && alt !== undefined) {
    const text = valueAt(item.metadata, alt.path);
    if (typeof text !== 'string' || text.trim() === '') return [at('alt-missing', alt, `The picture has no alternative text: who cannot see it learns nothing of it. Say in ‘${alt.field.label}’ what it shows.`)];
    if (isFileName(text, [item.file, item.filename, textOf(item.metadata['file'])])) return [at('alt-file-name', alt, `The alternative text ‘${text.trim()}’ is the name of a file. Say what the picture shows.`)];
  }
  const captions = fields.filter(({ path }) => CAPTIONS.test(path));
  const [first] = captions;
  if (item.metadata['resourcetype'] === 'Video' && first !== undefined && captions.every(({ path }) => !namesSomething(valueAt(item.metadata, path)))) {
    return [at('captions-missing', first, 'The video has no captions: who cannot hear it misses all that is said. Add a file with captions, or have them ordered.')];
  }
  return [];
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A relation or the address of a file; either may be an empty one. */
function namesSomething(value: unknown): boolean {
  const content = isRecord(value) ? value['content'] : value;
  return Array.isArray(content) ? content.length > 0 : typeof content === 'string' && content !== '';
}

/** Whether a text is the name of one of these files, or looks like the name of any picture. */
export function isFileName(text: string, files: readonly (string | null)[]): boolean {
  const plain = (name: string): string => name.trim().toLowerCase().replace(/^.*\//, '').replace(/^[0-9a-f]{32}_/, '');
  const bare = (name: string): string => plain(name).replace(/\.[a-z0-9]{2,5}$/, '');
  if (/^[^\s/]+\.(?:jpe?g|png|gif|svg|webp|tiff?|bmp)$/i.test(text.trim())) return true;
  return files.some((file) => file !== null && file !== '' && /[-_\d]/.test(bare(file)) && bare(text) === bare(file));
}

function valueAt(metadata: Readonly<Record<string, unknown>>, path: string): unknown {
  return path.split('.').slice(1).reduce<unknown>((value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined), metadata);
}
