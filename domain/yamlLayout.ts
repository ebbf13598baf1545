import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Pair, type ParsedNode, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Block, layOutEntry, type Layout } from './layout.ts';
import { identifiersOf, parsePyYaml } from './pyYaml.ts';

/**
 * Takes a YAML text that somebody wrote apart by its keys.
 * @returns null when it is no mapping in block style at the left edge, or names a key twice.
 */
export function readYamlLayout(text: string): Layout | null {
  const document = parsePyYaml(text);
  const { contents } = document;
  if (document.errors.length > 0 || !isMap(contents)) return null;
  const refers = hasReferences(contents);
  const layout = layOutMap(text, contents, { start: 0, end: text.length, isDeep: !refers });
  if (layout === null || layout.column !== 0) return null;
  return refers ? { ...layout, ties: 'all' } : layout;
}

/** Whether pieces of it name others, so that none can be changed alone. */
function hasReferences(node: Node): boolean {
  let found = false;
  visit(node, {
    Node(_key, inner) {
      if (!isAlias(inner) && inner.anchor === undefined) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

interface Span {
  readonly start: number;
  readonly end: number;
  /** Whether values are taken apart too. */
  readonly isDeep: boolean;
}

function layOutMap(text: string, map: YAMLMap.Parsed, span: Span): Layout | null {
  if (map.flow === true || map.items.length === 0) return null;
  const parts = partsOf(text, map);
  // A key of several lines stands behind a question mark; any other begins its line.
  const columns = new Set(parts.map(({ before }) => /^ *(?=$|\? +$)/.exec(before)?.[0].length ?? -1));
  return assemble(text, 'keys', columns, parts, (part) => (span.isDeep && part.node !== null ? layOutValue(text, part.node, { start: part.from, end: part.to, isDeep: true }) : null), span);
}

function partsOf(text: string, map: YAMLMap.Parsed): Part[] {
  return map.items.map((pair) => {
    const from = lineStartOf(text, pair.key.range[0]);
    return { key: keyOf(pair.key), node: pair.value, from, before: text.slice(from, pair.key.range[0]), to: lineEndOf(text, endOfPair(pair)) };
  });
}

function layOutEntries(text: string, list: YAMLSeq.Parsed, span: Span): Layout | null {
  const identifiers = list.flow === true ? null : identifiersOf(list.items.map((item) => (isMap(item) ? { identifier: item.get('identifier') } : item)));
  if (identifiers === null || list.items.length === 0) return null;
  const parts = list.items.map((item, index) => {
    const from = lineStartOf(text, item.range[0]);
    return { key: identifiers[index] ?? '', node: item, from, before: text.slice(from, item.range[0]), to: lineEndOf(text, endOf(item)) };
  });
  const columns = new Set(parts.map(({ before }) => /^ *(?=- $)/.exec(before)?.[0].length ?? -1));
  const [column = 0] = columns;
  return assemble(text, 'entries', columns, parts, (part) => layOutEntryAt(text, part, column), span);
}

/** @returns null when something stands between its keys, or they are not indented as far as the first. */
function layOutEntryAt(text: string, entry: Part, column: number): Layout | null {
  const map = entry.node;
  if (!isMap(map) || map.flow === true || map.tag !== undefined || map.items.length === 0) return null;
  const keys = partsOf(text, map);
  const indent = ' '.repeat(column);
  const isEven = keys.every(({ before, from }, index) => before === (index === 0 ? `${indent}- ` : `${indent}  `) && from === (keys[index - 1]?.to ?? entry.from));
  return isEven && new Set(keys.map(({ key }) => key)).size === keys.length ? layOutEntry(text, keys.map(({ key, from }) => ({ key, start: from })), entry.to, column) : null;
}

interface Part {
  readonly key: string;
  readonly node: ParsedNode | null;
  readonly from: number;
  /** What stands in its line before it. */
  readonly before: string;
  readonly to: number;
}

function assemble(text: string, kind: Layout['kind'], columns: ReadonlySet<number>, parts: readonly Part[], takeApart: (part: Part) => Layout | null, span: Span): Layout | null {
  const [column] = columns;
  if (column === undefined || column < 0 || columns.size > 1 || new Set(parts.map((part) => part.key)).size < parts.length) return null;
  const blocks: Block[] = [];
  const first = parts[0]?.from ?? span.end;
  let at = first;
  for (const part of parts) {
    const { key, from, to } = part;
    if (from < at) return null;
    blocks.push({ key, lead: text.slice(at, from), text: text.slice(from, to), inner: takeApart(part) });
    at = to;
  }
  return { kind, column, head: text.slice(span.start, first), blocks, separator: '', tail: text.slice(at, span.end) };
}

function layOutValue(text: string, node: ParsedNode, span: Span): Layout | null {
  // A tag says how the whole is read.
  if (!isCollection(node) || node.tag !== undefined) return null;
  const layout = isMap(node) ? layOutMap(text, node, span) : layOutEntries(text, node, span);
  // Nothing of it may stand on the line of its key.
  return layout === null || layout.head === '' ? null : layout;
}

/** The name a key has once it is read: `yes` is `true`, and nothing is the empty text. */
function keyOf(key: ParsedNode): string {
  const value: unknown = isScalar(key) ? key.value : undefined;
  if (value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : key.toString();
}

function endOfPair(pair: Pair<ParsedNode, ParsedNode | null>): number {
  return pair.value === null ? pair.key.range[1] : Math.max(pair.key.range[1], endOf(pair.value));
}

/** Where the value itself ends; the end the parser gives of a collection has comments behind it. */
function endOf(node: ParsedNode): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? node.range[1] : endOfPair(last);
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? node.range[1] : endOf(last);
  }
  return node.range[1];
}

function lineStartOf(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Behind the line break of the line in which something ends; a block of literal text ends behind it already. */
function lineEndOf(text: string, end: number): number {
  if (text[end - 1] === '\n') return end;
  const lineBreak = text.indexOf('\n', end);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}
