import { type CanonicalFile, canonicalFile, type FileFormat } from './canonicalFile.ts';
import type { SiteContext } from './contentFile.ts';
import type { ContentItem } from './contentItem.ts';
import { splitFrontMatter } from './frontMatter.ts';
import { jsonIndentOf, readJsonLayout } from './jsonText.ts';
import { joinLayout, type Layout, layoutText } from './layout.ts';
import type { SiteConfig } from './siteConfig.ts';
import { readYamlLayout } from './yamlLayout.ts';

/**
 * How the file an item was imported from differs from what the serializer would write of it: as little as possible,
 * field by field, so that what nobody touched is written back as it was. Plain JSON; null where nothing differs.
 *
 * A field is remembered as two texts: what stood in the file, and what the serializer wrote *instead* at that time, in
 * the context of that time. As long as the serializer still writes that, the field is untouched and the old text goes
 * out; as soon as it writes anything else (the field was edited, the site’s address changed, a menu’s target moved), the
 * new text does.
 */
export interface WrittenForm {
  readonly version: 1;
  readonly format: FileFormat;
  /** What stands before and behind the fields, where it is not what the format says. */
  readonly open?: string;
  readonly close?: string;
  /** All lines of the fields end like this. */
  readonly lineEnd?: '\r\n';
  /** The step by which JSON is indented, when it is not two spaces. */
  readonly indent?: string;
  /** The last line of a YAML file has no line break. */
  readonly endsOpen?: true;
  readonly fields?: LayoutForm;
  /** Text that could not be taken apart: it goes out while no field differs at all. */
  readonly whole?: Replacement;
}

interface Replacement {
  readonly written: string;
  readonly instead: string;
}

interface LayoutForm {
  readonly head?: string;
  readonly tail?: string;
  /** Every key in its order in the file, when that is not the serializer’s or has keys of its own. */
  readonly order?: readonly string[];
  readonly fields?: readonly FieldForm[];
  readonly ties?: NonNullable<Layout['ties']>;
}

interface FieldForm {
  readonly key: string;
  /** Comments and blank lines before it; they stay when the field is edited. */
  readonly lead?: string;
  /** What stood in the file; null when nothing did. Absent where only parts of it differ. */
  readonly written?: string | null;
  /** What the serializer wrote when the form was remembered; null when nothing. */
  readonly instead?: string | null;
  readonly inner?: LayoutForm;
}

/**
 * Compares an imported file with what the serializer makes of its item.
 * @returns what must be remembered so that the item is written as that file; null when it is anyway.
 * @throws {Error} when the configuration has no place for the item.
 */
export function rememberForm(input: { readonly path: string; readonly text: string; readonly item: ContentItem; readonly config: SiteConfig; readonly site: SiteContext }): WrittenForm | null {
  const { text } = input;
  const file = canonicalFile(input.item, input.config, input.site);
  if (writeInForm(file, null) === text) return null;
  const source = takeApart(file.format, text);
  // What goes out when the text cannot be taken apart or, against expectation, not be put together again.
  const whole = wholeForm(file, source);
  const layout = file.format === 'json' ? readJsonLayout(source.fields) : readYamlLayout(source.fields);
  if (layout === null) return whole;
  const indent = file.format === 'json' ? jsonIndentOf(source.fields) : undefined;
  const fields = compareLayouts(layout, file.layout(indent));
  const form: WrittenForm = { ...source.around, ...(indent === undefined || indent === '  ' ? {} : { indent }), ...(fields === null ? {} : { fields }) };
  return writeInForm(file, form) === text ? form : whole;
}

interface TakenApart {
  readonly fields: string;
  readonly around: Pick<WrittenForm, 'version' | 'format' | 'open' | 'close' | 'lineEnd' | 'endsOpen'>;
}

const FENCE = '---\n';

function takeApart(format: FileFormat, text: string): TakenApart {
  const isMarkdown = format === 'markdown';
  const parts = isMarkdown ? splitFrontMatter(text) : null;
  const open = parts?.open ?? (text.startsWith('\uFEFF') ? '\uFEFF' : '');
  const close = parts?.close ?? '';
  const raw = parts?.yaml ?? text.slice(open.length);
  const unified = raw.replaceAll('\r\n', '\n');
  const isWindows = raw !== unified && unified.replaceAll('\n', '\r\n') === raw;
  const lines = isWindows ? unified : raw;
  const endsOpen = format === 'yaml' && !lines.endsWith('\n');
  const fence = isMarkdown ? FENCE : '';
  return {
    // With its last line break a piece can stand anywhere.
    fields: endsOpen ? `${lines}\n` : lines,
    around: { version: 1, format, ...(open === fence ? {} : { open }), ...(close === fence ? {} : { close }), ...(isWindows ? { lineEnd: '\r\n' } : {}), ...(endsOpen ? { endsOpen } : {}) },
  };
}

function wholeForm(file: CanonicalFile, source: TakenApart): WrittenForm {
  return { ...source.around, whole: { written: source.fields, instead: layoutText(file.layout()) } };
}

/** Writes a file in the form it was imported in, where that still holds. */
export function writeInForm(file: CanonicalFile, form: WrittenForm | null): string {
  const fence = file.format === 'markdown' ? FENCE : '';
  // The kind of file its item belongs in may have changed since.
  if (form === null || form.format !== file.format) return `${fence}${layoutText(file.layout())}${fence}${file.body}`;
  let fields = fieldsInForm(file, form);
  if (form.endsOpen === true && fields.endsWith('\n')) fields = fields.slice(0, -1);
  if (form.lineEnd !== undefined) fields = fields.replaceAll('\n', form.lineEnd);
  const close = form.close ?? fence;
  // A file that ended with its front matter needs a line break there once it has a body.
  return `${form.open ?? fence}${fields}${file.body !== '' && !close.endsWith('\n') ? fence : close}${file.body}`;
}

function fieldsInForm(file: CanonicalFile, form: WrittenForm): string {
  const layout = file.layout(form.indent);
  if (form.whole !== undefined) {
    const text = layoutText(layout);
    return text === form.whole.instead ? form.whole.written : text;
  }
  return form.fields === undefined ? layoutText(layout) : layoutInForm(layout, form.fields);
}

/** @returns null when the two are the same. */
function compareLayouts(source: Layout, canonical: Layout): LayoutForm | null {
  const wanted = new Map(canonical.blocks.map((block) => [block.key, block]));
  const fields: FieldForm[] = [];
  for (const block of source.blocks) {
    const other = wanted.get(block.key);
    wanted.delete(block.key);
    const lead = other !== undefined && block.lead === other.lead ? {} : { lead: block.lead };
    if (other === undefined) fields.push({ key: block.key, ...lead, written: block.text, instead: null });
    else if (other.text !== block.text) fields.push({ key: block.key, ...lead, ...compareBlocks(block, other) });
    else if (block.lead !== other.lead) fields.push({ key: block.key, ...lead });
  }
  for (const { key, text } of wanted.values()) fields.push({ key, written: null, instead: text });
  const order = source.blocks.map((block) => block.key);
  const known = new Set(order);
  const usual = canonical.blocks.map((block) => block.key).filter((key) => known.has(key));
  const form: LayoutForm = {
    ...(source.head === canonical.head ? {} : { head: source.head }),
    ...(source.tail === canonical.tail ? {} : { tail: source.tail }),
    ...(isSameOrder(order, usual) ? {} : { order }),
    ...(fields.length === 0 ? {} : { fields }),
    ...(source.ties === undefined || fields.length === 0 ? {} : { ties: source.ties }),
  };
  return Object.keys(form).length === 0 ? null : form;
}

function compareBlocks(source: Layout['blocks'][number], canonical: Layout['blocks'][number]): Omit<FieldForm, 'key'> {
  const [ours, theirs] = [source.inner, canonical.inner];
  if (ours !== null && theirs !== null && ours.kind === theirs.kind && ours.column === theirs.column && ours.separator === theirs.separator) {
    const inner = compareLayouts(ours, theirs);
    if (inner !== null) return { inner };
  }
  return { written: source.text, instead: canonical.text };
}

function isSameOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

function layoutInForm(canonical: Layout, form: LayoutForm): string {
  // Without a key of its own there is nothing the form could belong to.
  if (canonical.blocks.length === 0) return layoutText(canonical);
  const fields = new Map((form.fields ?? []).map((field) => [field.key, field]));
  const blocks = new Map(canonical.blocks.map((block) => [block.key, block]));
  const stays = (field: FieldForm): boolean => (blocks.get(field.key)?.text ?? null) === field.instead;
  const isTied = (field: FieldForm): boolean => form.ties === 'all' || (form.ties === 'oneSided' && (field.written === null || field.instead === null));
  const holds = [...fields.values()].every((field) => field.written === undefined || !isTied(field) || stays(field));
  const goesOut = (field: FieldForm): boolean => stays(field) && (holds || !isTied(field));
  const texts = new Map<string, string>();
  for (const block of canonical.blocks) {
    const field = fields.get(block.key);
    const text = field === undefined ? block.text : fieldInForm(block, field, goesOut(field));
    if (text !== null) texts.set(block.key, (field?.lead ?? block.lead) + text);
  }
  for (const field of fields.values()) {
    if (field.instead === null && typeof field.written === 'string' && goesOut(field)) texts.set(field.key, (field.lead ?? '') + field.written);
  }
  return joinLayout({ head: form.head ?? canonical.head, separator: canonical.separator, tail: form.tail ?? canonical.tail }, arranged(texts, form.order, canonical));
}

function fieldInForm(block: Layout['blocks'][number], field: FieldForm, stays: boolean): string | null {
  if (field.inner !== undefined) return block.inner === null ? block.text : layoutInForm(block.inner, field.inner);
  return stays && field.written !== undefined ? field.written : block.text;
}

/** The pieces in the file’s own order; a key it did not have follows the one it follows in the serializer’s order. */
function arranged(texts: ReadonlyMap<string, string>, order: readonly string[] | undefined, canonical: Layout): string[] {
  const usual = canonical.blocks.map((block) => block.key).filter((key) => texts.has(key));
  const keys = order === undefined ? usual : order.filter((key) => texts.has(key));
  if (order !== undefined) {
    const placed = new Set(keys);
    usual.forEach((key, index) => {
      if (placed.has(key)) return;
      const before = usual[index - 1];
      keys.splice(before === undefined ? 0 : keys.indexOf(before) + 1, 0, key);
      placed.add(key);
    });
  }
  return keys.map((key) => texts.get(key) ?? '');
}
