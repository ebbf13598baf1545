import type { ShortcodeSpan } from './shortcodes.ts';
import type { Splice } from './splice.ts';

/** One cell. Places are in UTF-16 units; a `to` is the first unit behind it. */
export interface TableCell {
  /** In the pipe form what stands between two pipes, in the shortcode form everything from its opening to its closing shortcode. */
  readonly from: number;
  readonly to: number;
  /** Its text without the space around; where the text will be when there is none. */
  readonly textFrom: number;
  readonly textTo: number;
  readonly text: string;
  readonly row: number;
  readonly column: number;
  readonly rowspan: number;
  readonly colspan: number;
  readonly isHeading: boolean;
  /** In the pipe form: empty, and taken by the cell before it, which reaches over several columns. */
  readonly isCovered: boolean;
}

export type Section = 'head' | 'body' | 'foot';

interface Row<Cell extends TableCell> {
  /** Without what stands before it on the line, and without the line break. */
  readonly from: number;
  readonly to: number;
  readonly section: Section;
  /** The cells that begin in this row, in their order; in the pipe form also those behind the last column, which readers do not see. */
  readonly cells: readonly Cell[];
  /** Cells of earlier rows that reach into this one. */
  readonly reaching: readonly Cell[];
}

export type Alignment = 'left' | 'center' | 'right' | null;

/** A row of a table in the pipe form: `| a | b |`. */
export interface PipeRow extends Row<TableCell> {
  readonly hasFirstPipe: boolean;
  readonly hasLastPipe: boolean;
  /** Where its line begins, with what indents or quotes it. */
  readonly lineFrom: number;
}

/** A table in the pipe form. Its first row is its heading; the line with the dashes is no row. */
export interface PipeTable {
  readonly form: 'pipe';
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  readonly rows: readonly PipeRow[];
  readonly alignments: readonly Alignment[];
  readonly delimiter: PipeRow;
}

export interface ShortcodeCell extends TableCell {
  readonly opening: ShortcodeSpan;
  readonly closing: ShortcodeSpan;
}

export interface ShortcodeRow extends Row<ShortcodeCell> {
  readonly opening: ShortcodeSpan;
  readonly closing: ShortcodeSpan;
}

/** Where `theadopen` to `theadclose` stands, or its like. */
export interface SectionSpan {
  readonly section: Section;
  readonly opening: ShortcodeSpan;
  readonly closing: ShortcodeSpan;
}

/** A table in the shortcode form: `{{< tableopen >}}…{{< tableclose >}}`. */
export interface ShortcodeTable {
  readonly form: 'shortcode';
  readonly from: number;
  readonly to: number;
  readonly columns: number;
  readonly rows: readonly ShortcodeRow[];
  readonly sections: readonly SectionSpan[];
  readonly opening: ShortcodeSpan;
  /** Why it can only be changed as text, in a sentence. */
  readonly problem?: string;
}

export type Table = PipeTable | ShortcodeTable;

/** What an operation changes, or why it is not done. */
export type TableChange = { readonly splices: readonly Splice[]; readonly refusal?: undefined } | { readonly splices?: undefined; readonly refusal: string };

export function refuse(refusal: string): TableChange {
  return { refusal };
}

/** The cell that readers see at this place of the grid; undefined where there is none. */
export function cellAt(table: ShortcodeTable, row: number, column: number): ShortcodeCell | undefined;
export function cellAt(table: Table, row: number, column: number): TableCell | undefined;
export function cellAt(table: Table, row: number, column: number): TableCell | undefined {
  const found = table.rows[row];
  if (found === undefined || column < 0 || column >= table.columns) return undefined;
  const covers = (cell: TableCell): boolean => !cell.isCovered && cell.column <= column && column < cell.column + cell.colspan;
  return (found.cells as readonly TableCell[]).find(covers) ?? (found.reaching as readonly TableCell[]).find(covers);
}

interface Slot {
  readonly from: number;
  readonly to: number;
}

/** The changes that put each stretch where another was: `order[i]` is the one that comes to the place of the i-th. */
export function permute(text: string, slots: readonly Slot[], order: readonly number[], fit: (written: string, place: number) => string = (written) => written): Splice[] {
  return slots.flatMap(({ from, to }, place) => {
    const other = slots[order[place] ?? place];
    if (other === undefined || order[place] === place) return [];
    return [{ from, to, insert: fit(text.slice(other.from, other.to), place) }];
  });
}

/** The order after one of `count` moved from a place to another. */
export function moved(count: number, from: number, to: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  order.splice(to, 0, ...order.splice(from, 1));
  return order;
}

/** Whether a place of `count` is one. */
export function isPlace(place: number, count: number): boolean {
  return Number.isInteger(place) && place >= 0 && place < count;
}

/** What stands before the text of the line that a place lies on: indentation and the marks of quotes. */
export function linePrefix(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  let end = start;
  while (end < at && /[ \t>]/.test(text.charAt(end))) end += 1;
  return text.slice(start, end);
}
