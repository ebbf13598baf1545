import { pairShortcodes, scanShortcodes, setParam } from './shortcodes.ts';
import type { Splice } from './splice.ts';
import { type Alignment, isPlace, moved, permute, type PipeRow, type PipeTable, refuse, type TableCell, type TableChange } from './tableModel.ts';

/** A text as a cell of a pipe table can hold it: on one line, with a backslash before each pipe that would end the cell. */
export function fitIntoPipes(value: string): string {
  const lines = value.split('\n').map(trimSpace);
  const line = lines.filter((part) => part !== '').join('{{< br >}}');
  let written = '';
  let at = 0;
  for (const { from, to } of opaqueOf(line)) {
    written += escapePipes(line.slice(at, from)) + line.slice(from, to);
    at = to;
  }
  return written + escapePipes(line.slice(at));
}

/** Without spaces and tabs at its ends: other space, such as what keeps words together, is text. */
function trimSpace(part: string): string {
  let from = 0;
  let to = part.length;
  while (from < to && /[ \t\r]/.test(part.charAt(from))) from += 1;
  while (to > from && /[ \t\r]/.test(part.charAt(to - 1))) to -= 1;
  return part.slice(from, to);
}

function escapePipes(part: string): string {
  return part.replace(/(?<!\\)\|/g, '\\|');
}

/** Shortcodes, and stretches between two of them in the form whose text Markdown does not see. */
function opaqueOf(line: string): { readonly from: number; readonly to: number }[] {
  const spans = scanShortcodes(line);
  const pairs = pairShortcodes(spans).filter(({ opening }) => opening.form === 'angle');
  const ranges = [...spans.filter(({ isBroken }) => !isBroken), ...pairs.map(({ opening, closing }) => ({ from: opening.from, to: closing.to }))];
  let end = 0;
  return ranges
    .sort((a, b) => a.from - b.from || b.to - a.to)
    .filter(({ from, to }) => {
      const isOutside = from >= end;
      if (isOutside) end = to;
      return isOutside;
    });
}

export function setPipeCell(text: string, table: PipeTable, row: number, column: number, value: string): TableChange {
  const found = table.rows[row];
  if (found === undefined || !isPlace(column, table.columns)) return refuse('The table has no such cell.');
  const cell = found.cells[column];
  const written = fitIntoPipes(value);
  if (cell === undefined) return written === '' ? { splices: [] } : { splices: [lengthen(found, column, written)] };
  if (cell.isCovered) return refuse('This cell is taken by the one before it, which reaches over it.');
  if (cell.text === written) return { splices: [] };
  if (text.slice(cell.textTo, cell.to).trim() !== '') return { splices: [{ from: cell.textFrom, to: cell.textTo, insert: written }] };
  const isFirst = column === 0 && !found.hasFirstPipe;
  const isLast = cell === found.cells.at(-1) && !found.hasLastPipe;
  if (written === '' && (isFirst || isLast)) return { splices: [{ from: cell.from, to: cell.to, insert: fitAtEdge('', found, column) }] };
  if (cell.textFrom === cell.textTo) return { splices: [{ from: cell.from, to: cell.to, insert: ` ${written} ` }] };
  // What Markdown takes for the start of a list or a heading must not begin the line.
  const before = isFirst && /^(?:[^\p{L}\p{N}({[]|\d+[.)])/u.test(written) ? '| ' : '';
  const after = written.endsWith('\\') && cell.textTo === cell.to ? ' ' : '';
  return { splices: [{ from: cell.textFrom, to: cell.textTo, insert: `${before}${written}${after}` }] };
}

/** The cells that a row lacks up to a column, and one with a text there. */
function lengthen(row: PipeRow, column: number, written: string): Splice {
  const missing = column - row.cells.length;
  const opening = row.hasLastPipe || row.cells.length === 0 ? '' : ' |';
  return { from: row.to, to: row.to, insert: `${opening}${'  |'.repeat(missing)} ${written} |` };
}

/** The line break and whatever indents or quotes a line of the table. */
function lineStart(text: string, table: PipeTable): string {
  const { lineFrom, from } = table.delimiter;
  const isWide = text.slice(0, lineFrom).endsWith('\r\n');
  return `${isWide ? '\r\n' : '\n'}${text.slice(lineFrom, from)}`;
}

/** Where the line of a row, or for the heading the line with the dashes, ends. */
function endOf(text: string, table: PipeTable, row: number): number {
  let at = (row === 0 ? table.delimiter : table.rows[row])?.to ?? table.to;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}

export function addPipeRow(text: string, table: PipeTable, at: number): TableChange {
  if (at === 0) return refuse('The first row of this table is its heading. A row can stand below it, not above.');
  if (!isPlace(at, table.rows.length + 1)) return refuse('The table has no such place for a row.');
  const end = endOf(text, table, at - 1);
  return { splices: [{ from: end, to: end, insert: `${lineStart(text, table)}|${'  |'.repeat(table.columns)}` }] };
}

export function removePipeRow(text: string, table: PipeTable, at: number): TableChange {
  if (at === 0) return refuse('The first row of this table is its heading, and it cannot be without one.');
  if (!isPlace(at, table.rows.length)) return refuse('The table has no such row.');
  return { splices: [{ from: endOf(text, table, at - 1), to: endOf(text, table, at), insert: '' }] };
}

export function movePipeRow(text: string, table: PipeTable, from: number, to: number): TableChange {
  if (!isPlace(from, table.rows.length) || !isPlace(to, table.rows.length)) return refuse('The table has no such row.');
  if (from === 0 || to === 0) return refuse('The first row of this table is its heading, and stays where it is.');
  return { splices: permute(text, table.rows, moved(table.rows.length, from, to)) };
}

const rowsOf = (table: PipeTable): readonly PipeRow[] => [table.rows[0], table.delimiter, ...table.rows.slice(1)].filter((row) => row !== undefined);

/** The cell of a row whose columns a place lies between, when it reaches over it. */
const crossing = (row: PipeRow, at: number): TableCell | undefined => row.cells.find(({ column, colspan }) => column < at && at < column + colspan);

/** A change to how many columns a cell reaches over. */
function widen(text: string, cell: TableCell, by: number): Splice[] {
  const opening = scanShortcodes(text.slice(cell.from, cell.textFrom))[0];
  // The other shortcode reaches over all columns, however many.
  if (opening?.name !== 'td-colspan') return [];
  const key = opening.params.some((param) => param.key === 'colspan') ? 'colspan' : 0;
  const { from, to, insert } = setParam(text.slice(cell.from), opening, key, String(cell.colspan + by));
  return [{ from: from + cell.from, to: to + cell.from, insert }];
}

export function addPipeColumn(text: string, table: PipeTable, at: number): TableChange {
  if (!isPlace(at, table.columns + 1)) return refuse('The table has no such place for a column.');
  return {
    splices: rowsOf(table).flatMap((row): Splice[] => {
      const empty = row === table.delimiter ? ' --- |' : '  |';
      const wide = crossing(row, at);
      const splices = wide === undefined ? [] : widen(text, wide, 1);
      const cell = row.cells[at];
      if (cell !== undefined) return [...splices, { from: cell.from, to: cell.from, insert: at === 0 && !row.hasFirstPipe ? `|${empty} ` : empty }];
      // A row that is shorter than the table already has an empty cell there.
      if (row.cells.length < at) return splices;
      return [...splices, { from: row.to, to: row.to, insert: row.hasLastPipe ? empty : ` |${empty}` }];
    }),
  };
}

export function removePipeColumn(text: string, table: PipeTable, at: number): TableChange {
  if (!isPlace(at, table.columns)) return refuse('The table has no such column.');
  if (table.columns === 1) return refuse('This is the only column of the table. Remove the table instead.');
  return {
    splices: rowsOf(table).flatMap((row) => {
      // A single column is only one with a pipe.
      const needsPipe = table.columns === 2 && !row.hasFirstPipe && !row.hasLastPipe && row.cells.length > 1;
      return [...(needsPipe ? [{ from: row.from, to: row.from, insert: '| ' }] : []), ...removeCell(text, table, row, at, row.hasFirstPipe || needsPipe)];
    }),
  };
}

function removeCell(text: string, table: PipeTable, row: PipeRow, at: number, hasFirstPipe: boolean): Splice[] {
  const cell = row.cells[at];
  const wide = row.cells.find(({ column, colspan }) => colspan > 1 && column <= at && at < column + colspan);
  const splices = wide === undefined ? [] : widen(text, wide, -1);
  // Of a wide cell that begins in the column, an empty place goes and the text stays.
  const removed = wide === cell && wide !== undefined ? row.cells[at + 1] : cell;
  if (removed === undefined) return splices;
  if (row.cells.length === 1) return [...splices, { from: removed.from, to: removed.to, insert: row.hasFirstPipe || row.hasLastPipe ? '  ' : '|  |' }];
  const isLast = removed === row.cells.at(-1);
  // Behind an empty cell the pipe stays: without it there would be no cell.
  if (isLast && !row.hasLastPipe) splices.push({ from: removed.from - (row.cells[removed.column - 1]?.text === '' ? 0 : 1), to: removed.to, insert: '' });
  else {
    const next = row.cells[removed.column + 1];
    // Without its first pipe a row must not begin with an empty cell: its pipe would count as the first.
    const needsPipe = removed.column === 0 && !hasFirstPipe && next?.text === '';
    splices.push({ from: removed.from, to: removed.to + 1, insert: needsPipe ? '|' : '' });
  }
  // What stands behind the last column stays hidden.
  const hidden = row.cells[table.columns];
  if (hidden !== undefined) splices.push({ from: hidden.from, to: hidden.from, insert: '  |' });
  return splices;
}

export function movePipeColumn(text: string, table: PipeTable, from: number, to: number): TableChange {
  if (!isPlace(from, table.columns) || !isPlace(to, table.columns)) return refuse('The table has no such column.');
  const first = Math.min(from, to);
  const last = Math.max(from, to);
  const isCut = (cell: TableCell): boolean => cell.colspan > 1 && cell.column <= last && first < cell.column + cell.colspan && !(cell.column < first && last < cell.column + cell.colspan);
  if (table.rows.some(({ cells }) => cells.some(isCut))) return refuse('A cell reaches over several columns here. Make it one column wide first.');
  const order = moved(table.columns, from, to);
  return {
    splices: rowsOf(table).flatMap((row): Splice[] => {
      const cells = row.cells.slice(0, table.columns);
      const isFull = cells.length > last;
      // A row that ends before the columns that move is as it was; one that ends among them gets the cells it lacks.
      if (cells.length <= first) return [];
      if (isFull) return permute(text, cells, order, (written, place) => fitAtEdge(written, row, place));
      return rewriteShortRow(text, row, order.slice(0, last + 1));
    }),
  };
}

/** Without the pipe at its edge of a row an empty cell would be none; and behind a backslash a pipe would be text. */
function fitAtEdge(written: string, row: PipeRow, place: number): string {
  const isFirst = place === 0 && !row.hasFirstPipe;
  const isLast = place === row.cells.length - 1 && !row.hasLastPipe;
  if (written.trim() === '') return `${isFirst ? '|' : ''}  ${isLast ? '|' : ''}`;
  return written.endsWith('\\') && !isLast ? `${written} ` : written;
}

function rewriteShortRow(text: string, row: PipeRow, order: readonly number[]): Splice[] {
  const written = order.map((column) => {
    const cell = row.cells[column];
    return cell === undefined ? '' : text.slice(cell.from, cell.to).trim();
  });
  return [{ from: row.from, to: row.to, insert: `| ${written.map((cell) => (cell.endsWith('\\') ? `${cell} ` : cell)).join(' | ')} |` }];
}

export function alignPipeColumn(text: string, table: PipeTable, at: number, alignment: Alignment): TableChange {
  const cell = table.delimiter.cells[at];
  if (cell === undefined) return refuse('The table has no such column.');
  const dashes = cell.text.replaceAll(':', '');
  const insert = `${alignment === 'left' || alignment === 'center' ? ':' : ''}${dashes}${alignment === 'right' || alignment === 'center' ? ':' : ''}`;
  return { splices: insert === cell.text ? [] : [{ from: cell.textFrom, to: cell.textTo, insert }] };
}
