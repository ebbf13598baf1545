import { addPipeColumn, addPipeRow, alignPipeColumn, fitIntoPipes, movePipeColumn, movePipeRow, removePipeColumn, removePipeRow, setPipeCell } from './pipeTableChanges.ts';
import { findPipeTables } from './pipeTables.ts';
import { addShortcodeColumn, addShortcodeRow, type CellRange, cellText, emptyCell, mergeShortcodeCells, moveShortcodeColumn, moveShortcodeRow, removeShortcodeColumn, removeShortcodeRow, setShortcodeCell, splitShortcodeCell } from './shortcodeTableChanges.ts';
import { findShortcodeTables } from './shortcodeTables.ts';
import { scanShortcodes } from './shortcodes.ts';
import type { Splice } from './splice.ts';
import { type Alignment, linePrefix, type PipeTable, refuse, type ShortcodeTable, type Table, type TableCell, type TableChange } from './tableModel.ts';

/**
 * The tables of a Markdown text in their order, in the pipe form and in the shortcode form; what stands in a cell is text
 * of the cell. Takes time in proportion to the text.
 */
export function findTables(text: string): readonly Table[] {
  const spans = scanShortcodes(text);
  let end = 0;
  return [...findPipeTables(text, spans), ...findShortcodeTables(text, spans)]
    .sort((a, b) => a.from - b.from)
    .filter((table) => {
      const isOutside = table.from >= end;
      if (isOutside) end = table.to;
      return isOutside;
    });
}

/** Does what both forms know, unless the table can only be changed as text. */
function change(table: Table, pipe: (table: PipeTable) => TableChange, shortcode: (table: ShortcodeTable) => TableChange): TableChange {
  if (table.form === 'pipe') return pipe(table);
  return table.problem === undefined ? shortcode(table) : refuse(table.problem);
}

/**
 * Gives a cell this Markdown as its text. In the pipe form line breaks become `br` shortcodes, and pipes get a backslash.
 */
export function setCell(text: string, table: Table, row: number, column: number, value: string): TableChange {
  return change(
    table,
    (pipe) => setPipeCell(text, pipe, row, column, value),
    (shortcode) => setShortcodeCell(text, shortcode, row, column, value),
  );
}

/** Adds an empty row before the one that has this place now, or after the last. */
export function addRow(text: string, table: Table, at: number): TableChange {
  return change(
    table,
    (pipe) => addPipeRow(text, pipe, at),
    (shortcode) => addShortcodeRow(text, shortcode, at, at === shortcode.rows.length ? emptyBodyOf(shortcode) : null),
  );
}

/** The beginning of rows that has none yet: after the heading, the first row belongs there. */
function emptyBodyOf({ rows, sections }: ShortcodeTable): number | null {
  const body = sections.find(({ section, opening, closing }) => section === 'body' && !rows.some((row) => opening.to <= row.from && row.to <= closing.from));
  return body?.opening.to ?? null;
}

/** Removes a row. Cells that reach into it get shorter; what begins in it and reaches further begins in the next. */
export function removeRow(text: string, table: Table, at: number): TableChange {
  return change(
    table,
    (pipe) => removePipeRow(text, pipe, at),
    (shortcode) => removeShortcodeRow(text, shortcode, at),
  );
}

/** Moves a row so that it has the place `to` afterwards. */
export function moveRow(text: string, table: Table, from: number, to: number): TableChange {
  return change(
    table,
    (pipe) => movePipeRow(text, pipe, from, to),
    (shortcode) => moveShortcodeRow(text, shortcode, from, to),
  );
}

/** Adds an empty column before the one that has this place now, or after the last. Cells that reach over the place get wider. */
export function addColumn(text: string, table: Table, at: number): TableChange {
  return change(
    table,
    (pipe) => addPipeColumn(text, pipe, at),
    (shortcode) => addShortcodeColumn(text, shortcode, at),
  );
}

/** Removes a column with its cells. Cells that reach over it get narrower. */
export function removeColumn(text: string, table: Table, at: number): TableChange {
  return change(
    table,
    (pipe) => removePipeColumn(text, pipe, at),
    (shortcode) => removeShortcodeColumn(text, shortcode, at),
  );
}

/** Moves a column so that it has the place `to` afterwards. */
export function moveColumn(text: string, table: Table, from: number, to: number): TableChange {
  return change(
    table,
    (pipe) => movePipeColumn(text, pipe, from, to),
    (shortcode) => moveShortcodeColumn(text, shortcode, from, to),
  );
}

/** Makes a rectangle of cells one cell, with their texts below one another. */
export function mergeCells(text: string, table: Table, range: CellRange): TableChange {
  return change(
    table,
    () => refuse('A table with pipes has no cells that reach over others. Change it to a table with shortcodes first.'),
    (shortcode) => mergeShortcodeCells(text, shortcode, range),
  );
}

/** Makes a merged cell single cells again; the first keeps the text. */
export function splitCell(text: string, table: Table, row: number, column: number): TableChange {
  return change(
    table,
    () => refuse('A table with pipes has no merged cells to split. Change it to a table with shortcodes first.'),
    (shortcode) => splitShortcodeCell(text, shortcode, row, column),
  );
}

/** Aligns the texts of a column; null leaves that to the theme. */
export function alignColumn(text: string, table: Table, at: number, alignment: Alignment): TableChange {
  return change(
    table,
    (pipe) => alignPipeColumn(text, pipe, at, alignment),
    () => refuse('Columns of a table with shortcodes cannot be aligned.'),
  );
}

/** An empty table: in the pipe form unless its cells are to hold blocks or to be merged. The first of the rows is the heading. */
export function newTable(rows: number, columns: number, form: Table['form'] = 'pipe'): string {
  const lines = Math.max(1, rows);
  const across = Math.max(1, columns);
  if (form === 'pipe') return [`|${'  |'.repeat(across)}`, `|${' --- |'.repeat(across)}`, ...Array.from({ length: lines - 1 }, () => `|${'  |'.repeat(across)}`)].join('\n');
  return writeTable([emptyCell(true).repeat(across)], Array.from({ length: lines - 1 }, () => emptyCell(false).repeat(across)));
}

/** A table in the shortcode form of rows that hold the source of their cells. */
export function writeTable(head: readonly string[], body: readonly string[]): string {
  const rows = (written: readonly string[]): string => written.map((row) => `{{< tropen >}}${row}{{< trclose >}}`).join('');
  const part = (name: string, written: readonly string[]): string => (written.length === 0 ? '' : `{{< ${name}open >}}${rows(written)}{{< ${name}close >}}`);
  return `{{< tableopen >}}${part('thead', head)}${part('tbody', body)}{{< tableclose >}}`;
}

/** The source of a cell of a table in the shortcode form. */
export function writeCell({ isHeading, text, colspan, rowspan }: Pick<TableCell, 'isHeading' | 'text' | 'colspan' | 'rowspan'>, prefix = ''): string {
  const name = isHeading ? 'th' : 'td';
  const spans = `${colspan > 1 ? ` colspan="${colspan}"` : ''}${rowspan > 1 ? ` rowspan="${rowspan}"` : ''}`;
  return `{{< ${name}open${spans} >}}${cellText(text, prefix)}{{< ${name}close >}}`;
}

/** Changes a table of the pipe form to one of the shortcode form, in which cells can be merged and hold blocks. */
export function toShortcodeTable(text: string, table: Table): TableChange {
  if (table.form === 'shortcode') return refuse('This table has shortcodes already.');
  const prefix = linePrefix(text, table.delimiter.from);
  const [head = '', ...body] = table.rows.map(({ cells }) => {
    const shown = cells.slice(0, table.columns);
    const missing = emptyCell(false).repeat(Math.max(0, table.columns - shown.reduce((end, { column, colspan }) => Math.max(end, column + colspan), 0)));
    return shown.filter(({ isCovered }) => !isCovered).map((cell) => writeCell({ ...cell, text: cell.text.replaceAll('\\|', '|') }, prefix)).join('') + missing;
  });
  const splice: Splice = { from: table.from, to: table.to, insert: writeTable([head], body) };
  return { splices: [splice] };
}

/** Rows of texts as a table in the pipe form; the first row is the heading. */
export function writePipeTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string {
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const line = (row: readonly string[]): string => `|${Array.from({ length: columns }, (_, column) => ` ${fitIntoPipes(row[column] ?? '')} |`).join('')}`;
  const dashes = Array.from({ length: columns }, (_, column) => ({ left: ' :-- |', center: ' :-: |', right: ' --: |', none: ' --- |' })[alignments[column] ?? 'none']).join('');
  const [head = [], ...body] = rows;
  return [line(head), `|${dashes}`, ...body.map(line)].join('\n');
}
