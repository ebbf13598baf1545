import { codeRanges } from '../cleanup/codeRanges.ts';
import { pairShortcodes, paramOf, scanShortcodes, type ShortcodePair, type ShortcodeSpan } from './shortcodes.ts';
import type { Alignment, PipeRow, PipeTable, TableCell } from './tableModel.ts';

/** The shortcodes that tables are made of; no table in the pipe form goes on behind one. */
export const TABLE_PART = /^(?:table|thead|tbody|tfoot|tr|th|td)(?:open|close)$/;

interface Line {
  readonly from: number;
  /** Without the line break. */
  readonly to: number;
  /** Whether it goes on from the line before; not at the start, and not behind a shortcode that opens or closes a stretch of several lines. */
  readonly isNext: boolean;
}

interface Source {
  readonly text: string;
  /** Stretches in which a pipe means nothing, in their order. */
  readonly opaque: readonly { readonly from: number; readonly to: number }[];
  /** By where it opens: pairs of shortcodes on one line. */
  readonly pairs: ReadonlyMap<number, ShortcodePair>;
}

/** The tables in the pipe form, as Hugo’s Markdown reads them. Takes time in proportion to the text. */
export function findPipeTables(text: string, spans: readonly ShortcodeSpan[] = scanShortcodes(text)): readonly PipeTable[] {
  if (!text.includes('|') || !text.includes('-')) return [];
  const pairs = pairShortcodes(spans);
  const isOnOneLine = ({ opening, closing }: ShortcodePair): boolean => text.indexOf('\n', opening.from) === -1 || text.indexOf('\n', opening.from) > closing.from;
  const breaks = new Set(spans.filter(({ name }) => TABLE_PART.test(name)));
  const inLine: ShortcodePair[] = [];
  for (const pair of pairs) {
    if (isOnOneLine(pair)) inLine.push(pair);
    else breaks.add(pair.opening).add(pair.closing);
  }
  const opaque = [...spans.filter(({ isBroken }) => !isBroken), ...inLine.filter(({ opening }) => opening.form === 'angle').map(({ opening, closing }) => ({ from: opening.from, to: closing.to }))];
  const source: Source = { text, opaque: joined(opaque), pairs: new Map(inLine.map((pair) => [pair.opening.from, pair])) };
  return tablesOf(source, linesOf(text, [...breaks].sort((a, b) => a.from - b.from)));
}

function joined(ranges: readonly { readonly from: number; readonly to: number }[]): { from: number; to: number }[] {
  const result: { from: number; to: number }[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && from < last.to) last.to = Math.max(last.to, to);
    else result.push({ from, to });
  }
  return result;
}

function linesOf(text: string, breaks: readonly ShortcodeSpan[]): Line[] {
  const lines: Line[] = [];
  let index = 0;
  let isNext = false;
  for (let from = 0; from <= text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline === -1 ? text.length : newline;
    const lineEnd = text[end - 1] === '\r' && end > from ? end - 1 : end;
    let next = end + 1;
    for (let cut = breaks[index]; cut !== undefined && cut.from <= lineEnd; cut = breaks[index]) {
      if (cut.from > from) lines.push({ from, to: cut.from, isNext });
      isNext = false;
      from = cut.to;
      index += 1;
    }
    if (from <= lineEnd) lines.push({ from, to: lineEnd, isNext });
    else next = from;
    isNext = true;
    from = Math.max(next, from);
  }
  return lines;
}

const BLANK = /^[ \t>]*$/;
const DELIMITER = /^[ \t>]*[|:-][|: \t-]*$/;
const RAW_HTML = /^[ \t>]{0,3}<(pre|script|style|textarea)(?:[\s>]|$)/i;
const HTML_BLOCK = /^[ \t>]{0,3}<\/?(?:address|article|aside|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|title|tr|ul)(?:[\s/>]|$)/i;
/** What ends a paragraph, and so a table, without a blank line: headings, code, rules, quotes, items of a list. */
const BLOCK = /^[ \t]*(?:#{1,6}(?:[ \t]|$)|`{3,}[^`]*$|~{3,}|(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$|[-*+][ \t]+[^ \t]|1[.)][ \t]+[^ \t])/;
const LIST_ITEM = /^[ \t>]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;

function tablesOf(source: Source, lines: readonly Line[]): PipeTable[] {
  const { text } = source;
  const code = codeRanges(text);
  const tables: PipeTable[] = [];
  let range = 0;
  let isInList = false;
  let isParagraph = false;
  /** What ends the HTML that a line is part of. */
  let html: RegExp | null = null;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) break;
    const written = text.slice(line.from, line.to);
    while ((code[range]?.end ?? Infinity) < line.to) range += 1;
    const isCode = (code[range]?.start ?? Infinity) <= line.from;
    const isBlank = BLANK.test(written);
    if (html === BLANK && !line.isNext) html = null;
    if (html !== null) {
      if (html.test(written)) html = null;
      isParagraph = false;
      continue;
    }
    if (isCode || isBlank || !line.isNext) isParagraph = false;
    if (isCode || isBlank) continue;
    if (LIST_ITEM.test(written)) isInList = true;
    else if (!isParagraph && !/^[ \t>]/.test(written)) isInList = false;
    const raw = isParagraph ? null : RAW_HTML.exec(written);
    if (raw !== null) html = new RegExp(`</${raw[1] ?? ''}>`, 'i');
    else if (written.trimStart().startsWith('<!--')) html = /-->/;
    else if (HTML_BLOCK.test(written)) html = BLANK;
    if (html !== null) {
      if (html !== BLANK && html.test(written)) html = null;
      isParagraph = false;
      continue;
    }
    // Four spaces begin code where no paragraph and no list is open.
    if (!isParagraph && !isInList && /^(?: {4}|\t)/.test(written)) continue;
    const header = lines[index - 1];
    if (isParagraph && header !== undefined && DELIMITER.test(written)) {
      const table = tableAt(source, lines, index, header, line);
      if (table !== null) {
        tables.push(table.table);
        index = table.lastLine;
        isParagraph = false;
        continue;
      }
    }
    isParagraph = !/^[ \t>]*#{1,6}(?:[ \t]|$)/.test(written);
  }
  return tables;
}

function tableAt(source: Source, lines: readonly Line[], index: number, headerLine: Line, delimiterLine: Line): { readonly table: PipeTable; readonly lastLine: number } | null {
  const { text } = source;
  const delimiter = rowOf(source, delimiterLine, 0, Infinity);
  const header = rowOf(source, headerLine, 0, delimiter.cells.length, true);
  if (!delimiter.hasFirstPipe && !delimiter.hasLastPipe && delimiter.cells.length < 2 && !header.hasFirstPipe) return null;
  if (header.cells.length !== delimiter.cells.length || !delimiter.cells.every(({ text: cell }) => /^:?-+:?$/.test(cell))) return null;
  // The rest of an item stands in; else the line goes on with the item’s text out of laziness.
  if (/^[ \t>]*(?:[-*+]|\d+[.)])/.test(text.slice(headerLine.from, header.from)) && delimiter.from - delimiterLine.from < 2) return null;
  const columns = delimiter.cells.length;
  const rows = [header];
  let lastLine = index;
  const quotes = quotesOf(text, delimiterLine);
  for (let next = index + 1; next < lines.length; next += 1) {
    const line = lines[next];
    if (line === undefined || !line.isNext) break;
    const written = text.slice(line.from, line.to);
    if (BLANK.test(written) || quotesOf(text, line) !== quotes) break;
    const content = written.replace(/^[ \t>]*/, '');
    if (BLOCK.test(content) || HTML_BLOCK.test(content) || RAW_HTML.test(content) || content.startsWith('<!--')) break;
    rows.push(rowOf(source, line, rows.length, columns));
    lastLine = next;
  }
  const alignments = delimiter.cells.map(({ text: cell }): Alignment => (cell.startsWith(':') ? (cell.endsWith(':') ? 'center' : 'left') : cell.endsWith(':') ? 'right' : null));
  const last = rows.length === 1 ? delimiter : rows.at(-1);
  return { table: { form: 'pipe', from: header.from, to: last?.to ?? delimiter.to, columns, rows, alignments, delimiter }, lastLine };
}

function quotesOf(text: string, line: Line): number {
  let count = 0;
  for (let at = line.from; at < line.to && /[ \t>]/.test(text.charAt(at)); at += 1) if (text[at] === '>') count += 1;
  return count;
}

const PREFIX = /[ \t>]*/y;
/** The header of a table may be the first line of an item. */
const ITEM_PREFIX = /[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/y;

function rowOf(source: Source, line: Line, row: number, columns: number, mayBeItem = false): PipeRow {
  const { text } = source;
  const prefix = mayBeItem ? ITEM_PREFIX : PREFIX;
  prefix.lastIndex = line.from;
  const from = Math.min(line.from + (prefix.exec(text)?.[0].length ?? 0), line.to);
  let to = line.to;
  while (to > from && /[ \t]/.test(text.charAt(to - 1))) to -= 1;
  const pipes = pipesOf(source, from, to);
  const hasFirstPipe = pipes[0] === from;
  const hasLastPipe = pipes.at(-1) === to - 1 && to - 1 > from;
  const edges = [...(hasFirstPipe ? [] : [from - 1]), ...pipes, ...(hasLastPipe || to === from ? [] : [to])];
  const cells = edges.slice(1).map((end, column) => cellOf(source, { from: (edges[column] ?? 0) + 1, to: end, row, column, columns }));
  return { from, to, section: row === 0 ? 'head' : 'body', cells: covered(cells, columns), reaching: [], hasFirstPipe, hasLastPipe, lineFrom: line.from };
}

/** The pipes of a line that part cells: neither behind a backslash nor in a shortcode. */
function pipesOf({ text, opaque }: Source, from: number, to: number): number[] {
  const pipes: number[] = [];
  let low = 0;
  for (let high = opaque.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((opaque[middle]?.to ?? 0) <= from) low = middle + 1;
    else high = middle;
  }
  for (let at = from; at < to; at += 1) {
    while ((opaque[low]?.to ?? Infinity) <= at) low += 1;
    const range = opaque[low];
    if (range !== undefined && range.from <= at) at = range.to - 1;
    else if (text[at] === '|' && (at === from || text[at - 1] !== '\\')) pipes.push(at);
  }
  return pipes;
}

function withoutSpace(text: string, from: number, to: number): [number, number] {
  while (from < to && /[ \t]/.test(text.charAt(from))) from += 1;
  while (to > from && /[ \t]/.test(text.charAt(to - 1))) to -= 1;
  return [from, to];
}

interface CellPlace {
  readonly from: number;
  readonly to: number;
  readonly row: number;
  readonly column: number;
  readonly columns: number;
}

function cellOf({ text, pairs }: Source, { from, to, row, column, columns }: CellPlace): TableCell {
  let [textFrom, textTo] = withoutSpace(text, from, to);
  const pair = pairs.get(textFrom);
  let colspan = 1;
  if (pair?.closing.to === textTo && (pair.opening.name === 'td-colspan' || pair.opening.name === 'fullwidth-cell')) {
    const wanted = pair.opening.name === 'fullwidth-cell' ? columns : Number(paramOf(pair.opening, 0)?.value ?? paramOf(pair.opening, 'colspan')?.value);
    colspan = Number.isInteger(wanted) && wanted > 1 ? Math.max(1, Math.min(wanted, columns - column)) : 1;
    [textFrom, textTo] = withoutSpace(text, pair.opening.to, pair.closing.from);
  }
  return { from, to, textFrom, textTo, text: text.slice(textFrom, textTo), row, column, rowspan: 1, colspan, isHeading: row === 0, isCovered: false };
}

/** A cell that reaches over several columns takes the empty ones behind it, and no others. */
function covered(cells: readonly TableCell[], columns: number): TableCell[] {
  const result = [...cells];
  for (let column = 0; column < result.length; column += 1) {
    const cell = result[column];
    if (cell === undefined || cell.colspan === 1) continue;
    let end = column + 1;
    for (; end < column + cell.colspan && end < columns; end += 1) {
      const next = result[end];
      // A row may be shorter than the table: what is missing is empty.
      if (next === undefined) {
        end = Math.min(column + cell.colspan, columns);
        break;
      }
      if (next.text !== '' || next.colspan > 1) break;
      result[end] = { ...next, isCovered: true };
    }
    result[column] = { ...cell, colspan: end - column };
    column = end - 1;
  }
  return result;
}
