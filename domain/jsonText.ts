import type { Block, Layout } from './layout.ts';
import { compareCodePoints } from './pyYaml.ts';

/**
 * JSON as today's system writes it: Python's `json.dumps(value, indent=2)` of what Postgres keeps as jsonb, which is in
 * ASCII, without a line break at its end, and with the keys in the order of jsonb.
 */

/** Writes the fields in the order given, taken apart by their keys; what lies inside them gets the order of jsonb. */
export function layOutJson(fields: readonly (readonly [string, unknown])[], indent = '  '): Layout {
  return layOutObject(fields, '', indent);
}

function layOutObject(fields: readonly (readonly [string, unknown])[], outer: string, indent: string): Layout {
  const deeper = outer + indent;
  const blocks = fields.map(([key, value]): Block => {
    const inner = isObject(value) && Object.keys(value).length > 0 ? layOutObject(inStoredOrder(value), deeper, indent) : null;
    const name = `${scalar(key)}: `;
    const text = name + jsonValue(value, deeper, indent);
    return { key, lead: `\n${deeper}`, text, inner: inner === null ? null : { ...inner, head: name + inner.head } };
  });
  return { kind: 'keys', column: 0, head: '{', blocks, separator: ',', tail: blocks.length === 0 ? '}' : `\n${outer}}` };
}

function jsonValue(value: unknown, outer: string, indent: string): string {
  const deeper = outer + indent;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[\n${value.map((item) => deeper + jsonValue(item, deeper, indent)).join(',\n')}\n${outer}]`;
  if (!isObject(value)) return scalar(value);
  const fields = inStoredOrder(value).map(([key, inner]) => `${deeper}${scalar(key)}: ${jsonValue(inner, deeper, indent)}`);
  return fields.length === 0 ? '{}' : `{\n${fields.join(',\n')}\n${outer}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scalar(value: unknown): string {
  return JSON.stringify(value ?? null).replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Postgres keeps the keys of jsonb by their length in bytes, then by their bytes; existing files have that order. */
export function inStoredOrder(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  // UTF-8 sorts like the code points it encodes.
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map((entry) => ({ entry, bytes: byteLength(entry[0]) }))
    .sort((a, b) => a.bytes - b.bytes || compareCodePoints(a.entry[0], b.entry[0]))
    .map(({ entry }) => entry);
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

/** The step by which a JSON text indents its keys, when it does. */
export function jsonIndentOf(text: string): string | undefined {
  return /^\s*\{\r?\n([ \t]+)"/.exec(text)?.[1];
}

/**
 * Takes a JSON text that somebody wrote apart by its keys.
 * @returns null when it is no object, is empty, or names a key twice.
 */
export function readJsonLayout(text: string): Layout | null {
  const open = /^\s*\{/.exec(text)?.[0];
  if (open === undefined) return null;
  const read = readObject(text, open.length, open);
  return read === null ? null : { ...read.layout, tail: read.layout.tail + text.slice(read.end) };
}

/** Reads valid JSON only: whoever calls has parsed the text before. */
function readObject(text: string, start: number, head: string): { layout: Layout; end: number } | null {
  const blocks: Block[] = [];
  for (let at = start; ; ) {
    const lead = matchAt(/\s*/y, text, at);
    const from = at + lead.length;
    if (text[from] !== '"') return null;
    const name = matchAt(/"(?:[^"\\]|\\.)*"\s*:\s*/y, text, from);
    const valueAt = from + name.length;
    const nested = text[valueAt] === '{' ? readObject(text, valueAt + 1, `${name}{`) : null;
    const valueEnd = nested === null ? endOfValue(text, valueAt) : nested.end;
    const space = matchAt(/\s*/y, text, valueEnd);
    const end = valueEnd + space.length;
    const isLast = text[end] !== ',';
    // White space behind the last value belongs to what closes the object.
    const trailing = isLast ? '' : space;
    blocks.push({ key: JSON.parse(name.slice(0, name.lastIndexOf('"') + 1)) as string, lead, text: text.slice(from, valueEnd) + trailing, inner: nested === null ? null : { ...nested.layout, tail: nested.layout.tail + trailing } });
    if (!isLast) {
      at = end + 1;
      continue;
    }
    if (new Set(blocks.map((block) => block.key)).size < blocks.length) return null;
    return { layout: { kind: 'keys', column: 0, head, blocks, separator: ',', tail: `${space}}` }, end: end + 1 };
  }
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const token = matchAt(/"(?:[^"\\]|\\.)*"|[^"[\]{},\s]+|[\s\S]/y, text, at);
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    at += token.length;
    if (depth === 0) return at;
  }
  return text.length;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
