import { TABLE_PART } from './pipeTables.ts';
import { scanShortcodes, setParam } from './shortcodes.ts';
import { applySplices, type Splice } from './splice.ts';
import { cellAt, isPlace, linePrefix, moved, permute, refuse, type Section, type ShortcodeCell, type ShortcodeRow, type ShortcodeTable, type TableChange } from './tableModel.ts';

export function emptyCell(isHeading: boolean): string {
  return isHeading ? '{{< thopen >}}\n{{< thclose >}}' : '{{< tdopen >}}\n{{< tdclose >}}';
}

/** What needs blank lines around it to be read as what it is: several paragraphs, lists, headings, quotes, code, rules. */
const BLOCKS = /\n[ \t]*\n|^[ \t]*(?:[-*+][ \t]|\d+[.)][ \t]|#{1,6}[ \t]|>|```|~~~|(?:[-*_][ \t]*){3,}$)/m;

/** The text of a cell between its shortcodes: plain text on lines of its own, blocks with blank lines around them. */
export function cellText(value: string, prefix = ''): string {
  if (value === '') return `\n${prefix}`;
  const gap = BLOCKS.test(value) ? `\n${prefix.trimEnd()}\n${prefix}` : `\n${prefix}`;
  return `${gap}${value.split('\n').map((line, index) => (index === 0 || line === '' ? line : `${prefix}${line}`)).join('\n')}${gap}`;
}

export function setShortcodeCell(text: string, table: ShortcodeTable, row: number, column: number, value: string): TableChange {
  const cell = cellAt(table, row, column);
  if (cell === undefined) return refuse('This row is shorter than the table and has no such cell. Add one to the row as text.');
  const written = value.trim();
  if (cell.text === written) return { splices: [] };
  if (scanShortcodes(written).some(({ name }) => TABLE_PART.test(name))) return refuse('A table cannot stand in a cell of another table.');
  const inner = { from: cell.opening.to, to: cell.closing.from };
  const before = text.slice(inner.from, cell.textFrom);
  const after = text.slice(cell.textTo, inner.to);
  const needsGap = BLOCKS.test(written) && !([before, after].every((space) => /\n[ \t]*\r?\n/.test(space)));
  if (cell.text === '' || needsGap) return { splices: [{ ...inner, insert: cellText(written, linePrefix(text, inner.from)) }] };
  const prefix = linePrefix(text, inner.from);
  const insert = written.split('\n').map((line, index) => (index === 0 || line === '' ? line : `${prefix}${line}`)).join('\n');
  return { splices: [{ from: cell.textFrom, to: cell.textTo, insert }] };
}

/** A change to how far a cell reaches; what it does not need to say is left out. */
function reach(text: string, cell: ShortcodeCell, key: 'colspan' | 'rowspan', count: number): Splice {
  return setParam(text, cell.opening, key, count > 1 ? String(count) : null);
}

/** Where a cell that begins in this column belongs in a row. */
function slotIn(row: ShortcodeRow, column: number): number {
  const next = row.cells.find((cell) => cell.column >= column);
  return next?.from ?? row.cells.at(-1)?.to ?? row.opening.to;
}

/** Whether a new cell of a row is a heading: in heading rows, and where the row's own cells are. */
function isHeadingAt(row: ShortcodeRow, column: number): boolean {
  if (row.section === 'head') return true;
  const neighbours = row.cells.filter((cell) => cell.column + cell.colspan === column || cell.column === column);
  return neighbours.length > 0 && neighbours.every(({ isHeading }) => isHeading) && row.cells.every(({ isHeading }) => isHeading);
}

export function addShortcodeRow(text: string, table: ShortcodeTable, at: number, emptyBody: number | null): TableChange {
  if (!isPlace(at, table.rows.length + 1)) return refuse('The table has no such place for a row.');
  const below = table.rows[at];
  const above = table.rows[at - 1];
  const place = emptyBody ?? (below !== undefined && below.section !== above?.section ? below.from : (above?.to ?? below?.from ?? table.opening.to));
  const section: Section = emptyBody !== null ? 'body' : place === below?.from ? below.section : (above?.section ?? 'body');
  // Cells that reach over the place reach over the new row, too.
  const over = below?.reaching ?? [];
  const model = place === below?.from ? at : at - 1;
  const hasRowHeadings = table.rows[model]?.cells.some(({ isHeading }) => !isHeading) === true;
  const columns = Array.from({ length: Math.max(1, table.columns) }, (_, column) => column).filter((column) => !over.some((cell) => cell.column <= column && column < cell.column + cell.colspan));
  const cells = columns.map((column) => emptyCell(section === 'head' || (hasRowHeadings && cellAt(table, model, column)?.isHeading === true)));
  return { splices: [...over.map((cell) => reach(text, cell, 'rowspan', cell.rowspan + 1)), { from: place, to: place, insert: `{{< tropen >}}${cells.join('')}{{< trclose >}}` }] };
}

export function removeShortcodeRow(text: string, table: ShortcodeTable, at: number): TableChange {
  const row = table.rows[at];
  if (row === undefined) return refuse('The table has no such row.');
  if (table.rows.length === 1) return refuse('This is the only row of the table. Remove the table instead.');
  const next = table.rows[at + 1];
  // What reaches further down begins in the next row from now on.
  const splices = row.reaching.map((cell) => reach(text, cell, 'rowspan', cell.rowspan - 1));
  for (const cell of row.cells) {
    if (next === undefined || cell.rowspan === 1) continue;
    const slot = slotIn(next, cell.column);
    const { from, to, insert } = reach(text, cell, 'rowspan', cell.rowspan - 1);
    splices.push({ from: slot, to: slot, insert: applySplices(text.slice(cell.from, cell.to), [{ from: from - cell.from, to: to - cell.from, insert }]) });
  }
  const section = table.sections.find(({ opening, closing }) => opening.to <= row.from && row.to <= closing.from);
  const isAlone = section !== undefined && !table.rows.some((other) => other !== row && section.opening.to <= other.from && other.to <= section.closing.from);
  return { splices: [...splices, { ...(isAlone ? { from: section.opening.from, to: section.closing.to } : { from: row.from, to: row.to }), insert: '' }] };
}

export function moveShortcodeRow(text: string, table: ShortcodeTable, from: number, to: number): TableChange {
  const { rows } = table;
  if (!isPlace(from, rows.length) || !isPlace(to, rows.length)) return refuse('The table has no such row.');
  const first = Math.min(from, to);
  const last = Math.max(from, to);
  const moving = rows.slice(first, last + 1);
  if (moving.some(({ section }) => section !== moving[0]?.section)) return refuse('A row cannot move between the heading and the rest of the table.');
  const isCut = moving.some(({ cells }) => cells.some(({ rowspan }) => rowspan > 1)) || moving[0]?.reaching.some((cell) => cell.row + cell.rowspan - 1 < last) === true;
  if (isCut) return refuse('A cell reaches over several rows here. Split it first.');
  return { splices: permute(text, rows, moved(rows.length, from, to)) };
}

export function addShortcodeColumn(text: string, table: ShortcodeTable, at: number): TableChange {
  if (!isPlace(at, table.columns + 1)) return refuse('The table has no such place for a column.');
  const widened = new Set<ShortcodeCell>();
  const splices: Splice[] = [];
  for (const [index, row] of table.rows.entries()) {
    const cell = cellAt(table, index, at);
    if (cell !== undefined && cell.column < at) {
      if (!widened.has(cell)) splices.push(reach(text, cell, 'colspan', cell.colspan + 1));
      widened.add(cell);
      continue;
    }
    const slot = slotIn(row, at);
    splices.push({ from: slot, to: slot, insert: emptyCell(isHeadingAt(row, at)) });
  }
  return { splices };
}

export function removeShortcodeColumn(text: string, table: ShortcodeTable, at: number): TableChange {
  if (!isPlace(at, table.columns)) return refuse('The table has no such column.');
  if (table.columns === 1) return refuse('This is the only column of the table. Remove the table instead.');
  const cells = new Set(table.rows.map((_, row) => cellAt(table, row, at)).filter((cell) => cell !== undefined));
  return { splices: [...cells].map((cell) => (cell.colspan > 1 ? reach(text, cell, 'colspan', cell.colspan - 1) : { from: cell.from, to: cell.to, insert: '' })) };
}

export function moveShortcodeColumn(text: string, table: ShortcodeTable, from: number, to: number): TableChange {
  if (!isPlace(from, table.columns) || !isPlace(to, table.columns)) return refuse('The table has no such column.');
  const first = Math.min(from, to);
  const last = Math.max(from, to);
  const isCut = ({ column, colspan }: ShortcodeCell): boolean => colspan > 1 && column <= last && first < column + colspan && !(column < first && last < column + colspan);
  if (table.rows.some(({ cells }) => cells.some(isCut))) return refuse('A cell reaches over several columns here. Split it first.');
  const order = moved(table.columns, from, to);
  const places = new Map(order.map((column, place) => [column, place]));
  const placeOf = (cell: ShortcodeCell): number => places.get(cell.column) ?? cell.column;
  return {
    splices: table.rows.flatMap(({ cells }) => {
      const sorted = cells.map((_, index) => index).sort((a, b) => (cells[a] === undefined || cells[b] === undefined ? 0 : placeOf(cells[a]) - placeOf(cells[b])));
      return permute(text, cells, sorted);
    }),
  };
}

/** A rectangle of the grid, with its last row and column. */
export interface CellRange {
  readonly row: number;
  readonly column: number;
  readonly lastRow: number;
  readonly lastColumn: number;
}

export function mergeShortcodeCells(text: string, table: ShortcodeTable, { row, column, lastRow, lastColumn }: CellRange): TableChange {
  if (!isPlace(row, table.rows.length) || !isPlace(lastRow, table.rows.length) || !isPlace(column, table.columns) || !isPlace(lastColumn, table.columns) || lastRow < row || lastColumn < column) {
    return refuse('The table has no such cells.');
  }
  const rows = table.rows.slice(row, lastRow + 1);
  if (rows.some(({ section }) => section !== rows[0]?.section)) return refuse('Cells of the heading and of the rest of the table cannot become one.');
  const cells = new Set<ShortcodeCell>();
  for (let at = row; at <= lastRow; at += 1) {
    for (let across = column; across <= lastColumn; across += 1) {
      const cell = cellAt(table, at, across);
      if (cell === undefined) return refuse('A row is shorter than the table here. Give it its missing cells first.');
      if (cell.row < row || cell.column < column || cell.row + cell.rowspan - 1 > lastRow || cell.column + cell.colspan - 1 > lastColumn) {
        return refuse('These cells form no rectangle: one of them reaches beyond the others. Choose it whole, or split it first.');
      }
      cells.add(cell);
    }
  }
  const [kept, ...others] = cells;
  if (kept === undefined || others.length === 0) return refuse('This is one cell already. Choose at least two.');
  if (rows.slice(1).some((other) => other.cells.every((cell) => cells.has(cell)))) return refuse('A row would be left without a cell of its own. Choose fewer columns, or move the text and remove the row.');
  const texts = [...cells].map((cell) => cell.text).filter((written) => written !== '');
  const splices = [reach(text, kept, 'colspan', lastColumn - column + 1), reach(text, kept, 'rowspan', lastRow - row + 1)];
  const changed = texts.join('\n\n');
  if (changed !== kept.text) splices.push({ from: kept.opening.to, to: kept.closing.from, insert: cellText(changed, linePrefix(text, kept.from)) });
  return { splices: [...splices, ...others.map(({ from, to }) => ({ from, to, insert: '' }))] };
}

export function splitShortcodeCell(text: string, table: ShortcodeTable, row: number, column: number): TableChange {
  const cell = cellAt(table, row, column);
  if (cell === undefined) return refuse('The table has no such cell.');
  if (cell.colspan === 1 && cell.rowspan === 1) return refuse('This cell reaches over one column and one row already.');
  const splices = [reach(text, cell, 'colspan', 1), reach(text, cell, 'rowspan', 1), { from: cell.to, to: cell.to, insert: emptyCell(cell.isHeading).repeat(cell.colspan - 1) }];
  for (const below of table.rows.slice(cell.row + 1, cell.row + cell.rowspan)) {
    const slot = slotIn(below, cell.column);
    splices.push({ from: slot, to: slot, insert: emptyCell(cell.isHeading).repeat(cell.colspan) });
  }
  return { splices };
}
