import { describe, expect, it } from 'vitest';
import { applySplices } from '#domain/markdown/splice.ts';
import type { Table, TableChange } from '#domain/markdown/tableModel.ts';
import { addColumn, addRow, findTables, mergeCells, moveColumn, moveRow, newTable, removeColumn, removeRow, setCell, splitCell } from '#domain/markdown/tables.ts';
import { type Seeded, seeded } from '#test/support/seeded.ts';
import { gridOf } from './support/grid.ts';

/** A cell of the model: what several places of the grid hold is one cell that reaches over them. */
interface Cell {
  text: string;
}
type Grid = Cell[][];

const texts = ['a', '**b**', '`c`', '[t]({{< baseurl >}}/x)', '{{% resource_link "u" "d|e" %}}', '\\\\(x\\\\)', 'f g', ''] as const;
const before = 'Before *it*.\n\n';
const behind = '\n\nBehind | it.\n';

function read(text: string): Table {
  const [table, ...more] = findTables(text);
  if (table === undefined || more.length > 0) throw new Error(`There is not one table in ${text}.`);
  return table;
}

/** Checks that a text holds the table of the model and what stood around it. */
function expectGrid(text: string, grid: Grid, steps: readonly string[]): void {
  const why = `${steps.join(', ')} in ${text}`;
  expect(text.startsWith(before) && text.endsWith(behind), why).toBe(true);
  const found = gridOf(read(text));
  expect(found.map((row) => row.map((cell) => cell?.text ?? '')), why).toEqual(grid.map((row) => row.map((cell) => cell.text)));
  for (const [at, row] of grid.entries()) {
    for (const [across, cell] of row.entries()) {
      const right = row[across + 1];
      const below = grid[at + 1]?.[across];
      if (right !== undefined && (right === cell) !== (found[at]?.[across + 1] === found[at]?.[across] && found[at]?.[across] !== null)) expect.fail(`Cells side by side at ${at}, ${across} are wrong after ${why}.`);
      if (below !== undefined && (below === cell) !== (found[at + 1]?.[across] === found[at]?.[across] && found[at]?.[across] !== null)) expect.fail(`Cells below each other at ${at}, ${across} are wrong after ${why}.`);
    }
  }
}

interface Step {
  readonly name: string;
  readonly change: TableChange;
  readonly apply: () => void;
}

/** A step that both forms know, and what it does to the model. */
function commonStep(random: Seeded, text: string, grid: Grid): Step {
  const table = read(text);
  const height = grid.length;
  const width = grid[0]?.length ?? 0;
  const row = random.below(height);
  const column = random.below(width);
  switch (random.below(7)) {
    case 0: {
      const value = random.pick(texts);
      return { name: `set ${row} ${column} ${value}`, change: setCell(text, table, row, column, value), apply: () => void Object.assign(grid[row]?.[column] ?? {}, { text: value }) };
    }
    case 1: {
      const at = random.below(height + 1);
      const isInside = table.rows[at] !== undefined && table.rows[at]?.section === table.rows[at - 1]?.section;
      return {
        name: `add row ${at}`,
        change: addRow(text, table, at),
        apply: () => grid.splice(at, 0, Array.from({ length: width }, (_, across) => (isInside && grid[at]?.[across] === grid[at - 1]?.[across] ? (grid[at]?.[across] ?? { text: '' }) : { text: '' }))),
      };
    }
    case 2:
      return { name: `remove row ${row}`, change: removeRow(text, table, row), apply: () => grid.splice(row, 1) };
    case 3: {
      const to = random.below(height);
      return { name: `move row ${row} to ${to}`, change: moveRow(text, table, row, to), apply: () => grid.splice(to, 0, ...grid.splice(row, 1)) };
    }
    case 4: {
      const at = random.below(width + 1);
      return {
        name: `add column ${at}`,
        change: addColumn(text, table, at),
        apply: () => {
          const added = new Map<Cell, Cell>();
          for (const cells of grid) {
            const left = cells[at - 1];
            const right = cells[at];
            const cell = left !== undefined && left === right ? left : { text: '' };
            added.set(cell, cell);
            cells.splice(at, 0, cell);
          }
        },
      };
    }
    case 5:
      return { name: `remove column ${column}`, change: removeColumn(text, table, column), apply: () => grid.forEach((cells) => cells.splice(column, 1)) };
    default: {
      const to = random.below(width);
      return { name: `move column ${column} to ${to}`, change: moveColumn(text, table, column, to), apply: () => grid.forEach((cells) => cells.splice(to, 0, ...cells.splice(column, 1))) };
    }
  }
}

function shortcodeStep(random: Seeded, text: string, grid: Grid): Step {
  const table = read(text);
  const row = random.below(grid.length);
  const column = random.below(grid[0]?.length ?? 0);
  const kind = random.below(10);
  if (kind < 2) {
    const cell = grid[row]?.[column];
    return {
      name: `split ${row} ${column}`,
      change: splitCell(text, table, row, column),
      apply: () => {
        let isFirst = true;
        for (const cells of grid) {
          for (const [across, other] of cells.entries()) {
            if (other === cell && !isFirst) cells[across] = { text: '' };
            if (other === cell) isFirst = false;
          }
        }
      },
    };
  }
  if (kind > 4) return commonStep(random, text, grid);
  const lastRow = Math.min(grid.length - 1, row + random.below(3));
  const lastColumn = Math.min((grid[0]?.length ?? 0) - 1, column + random.below(3));
  return {
    name: `merge ${row} ${column} ${lastRow} ${lastColumn}`,
    change: mergeCells(text, table, { row, column, lastRow, lastColumn }),
    apply: () => {
      const merged = new Set(grid.slice(row, lastRow + 1).flatMap((cells) => cells.slice(column, lastColumn + 1)));
      const cell = { text: [...merged].map((one) => one.text).filter((written) => written !== '').join('\n\n') };
      for (const cells of grid) for (const [across, other] of cells.entries()) if (merged.has(other)) cells[across] = cell;
    },
  };
}

function emptyGrid(rows: number, columns: number): Grid {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ text: '' })));
}

function play(random: Seeded, start: string, grid: Grid, step: (random: Seeded, text: string, grid: Grid) => Step): number {
  let text = start;
  const steps: string[] = [];
  expectGrid(text, grid, steps);
  for (let count = 0; count < 12; count += 1) {
    const { name, change, apply } = step(random, text, grid);
    if (change.refusal !== undefined) {
      expect(change.refusal).toMatch(/^[A-Z].*\.$/);
      continue;
    }
    text = applySplices(text, change.splices);
    apply();
    steps.push(name);
    expectGrid(text, grid, steps);
  }
  return steps.length;
}

/** A table with pipes, written as people do: with and without the pipes at its edges, with rows that are too short. */
function writtenTable(random: Seeded, grid: Grid): string {
  const hasEdges = random.below(2) === 0;
  const prefix = '';
  const width = grid[0]?.length ?? 0;
  const line = (cells: readonly string[]): string => {
    const space = random.below(2) === 0 ? ' ' : '';
    const isEdged = hasEdges || width === 1 || cells[0] === '' || cells.at(-1) === '';
    return `${prefix}${isEdged ? `|${space}` : ''}${cells.join(`${space}|${space}`)}${isEdged ? `${space}|` : ''}`;
  };
  const [head = [], ...rest] = grid;
  const lines = rest.map((row) => {
    let shown = row.map((cell) => cell.text);
    if (random.below(3) === 0) shown = shown.slice(0, 1 + random.below(width));
    for (const cell of row.slice(shown.length)) cell.text = '';
    // What stands behind the last column is not seen.
    return line(shown.length === width && random.below(5) === 0 ? [...shown, 'hidden'] : shown);
  });
  return [line(head.map((cell) => cell.text)), line(head.map(() => random.pick(['---', ':-:', '--'] as const))), ...lines].join('\n');
}

describe('changes to tables, one after the other', () => {
  it('do with pipes what they do to a grid', () => {
    const random = seeded(11);
    let done = 0;
    for (let count = 0; count < 400; count += 1) {
      const grid = emptyGrid(1 + random.below(4), 1 + random.below(4));
      for (const cell of grid.flat()) cell.text = random.pick(texts);
      done += play(random, `${before}${writtenTable(random, grid)}${behind}`, grid, commonStep);
    }
    expect(done).toBeGreaterThan(2_000);
  });

  it('do with shortcodes what they do to a grid', () => {
    const random = seeded(12);
    let done = 0;
    for (let count = 0; count < 400; count += 1) {
      const [rows, columns] = [1 + random.below(4), 1 + random.below(4)];
      done += play(random, `${before}${newTable(rows, columns, 'shortcode')}${behind}`, emptyGrid(rows, columns), shortcodeStep);
    }
    expect(done).toBeGreaterThan(2_000);
  });
});
