import { cellAt, type Table, type TableCell } from '#domain/markdown/tableModel.ts';

/** What readers see at each place of a table; null where a row is shorter than the table. */
export function gridOf(table: Table): (TableCell | null)[][] {
  return table.rows.map((_, row) => Array.from({ length: table.columns }, (_cell, column) => cellAt(table, row, column) ?? null));
}
