import { describe, expect, it } from 'vitest';
import { applySplices } from '#domain/markdown/splice.ts';
import { cellAt, type Table, type TableChange } from '#domain/markdown/tableModel.ts';
import { addColumn, addRow, alignColumn, findTables, mergeCells, moveColumn, moveRow, newTable, removeColumn, removeRow, setCell, splitCell, toShortcodeTable, writePipeTable } from '#domain/markdown/tables.ts';
import { gridOf } from './support/grid.ts';

function only(text: string): Table {
  const [table, ...more] = findTables(text);
  if (table === undefined || more.length > 0) throw new Error(`There is not one table in ${text}.`);
  return table;
}
/** The text after a change, or why it was refused. */
function after(text: string, change: TableChange): string {
  return change.refusal ?? applySplices(text, change.splices);
}
const rows = (text: string): (string | null)[][] => gridOf(only(text)).map((row) => row.map((cell) => cell?.text ?? null));

describe('a table with pipes', () => {
  it.each([
    ['| a | b |\n| --- | --- |\n| 1 | 2 |', [['a', 'b'], ['1', '2']]],
    ['a | b\n-|-\n1 | 2', [['a', 'b'], ['1', '2']]],
    ['| a |\n| --- |', [['a']]],
    ['a | b\n:-: | -:\n1', [['a', 'b'], ['1', null]]],
    ['| a | b |\n|---|---|\n| 1 | 2 | 3 |', [['a', 'b'], ['1', '2']]],
    ['| a \\| b | `c\\|d` |\n|---|---|\n', [['a \\| b', '`c\\|d`']]],
    ['| `a|b` |\n|---|---|\n', [['`a', 'b`']]],
    ['| {{< q "a|b" >}} | {{% r "|" %}} |\n|---|---|\n', [['{{< q "a|b" >}}', '{{% r "|" %}}']]],
    ['| {{< h 3 >}}a|b{{< /h >}} | c |\n|---|---|\n', [['{{< h 3 >}}a|b{{< /h >}}', 'c']]],
    ['| a | b |\n|---|---|\n| {{< td-colspan 2 >}}**P**{{< /td-colspan >}} ||', [['a', 'b'], ['**P**', '**P**']]],
    ['| a | b |\n|---|---|\n| {{< td-colspan 2 >}}**P**{{< /td-colspan >}} |', [['a', 'b'], ['**P**', '**P**']]],
    ['| a | b |\n|---|---|\n| {{< fullwidth-cell >}}P{{< /fullwidth-cell >}} ||', [['a', 'b'], ['P', 'P']]],
    ['> | a | b |\r\n> |---|---|\r\n> | 1 | 2 |\r\n', [['a', 'b'], ['1', '2']]],
    ['- | a | b |\n  |---|---|\n  | 1 | 2 |\n', [['a', 'b'], ['1', '2']]],
    ['text before\n| a | b |\n|---|---|\n| 1 | 2 |\n# heading', [['a', 'b'], ['1', '2']]],
    ['| a | b |\n|---|---|\nno pipe\n\n| x | y |', [['a', 'b'], ['no pipe', null]]],
    ['{{< quiz_choice >}}| a | b |\n|---|---|\n| 1 | 2 |{{< /quiz_choice >}}', [['a', 'b'], ['1', '2']]],
    ['| a || b |\n|---|---|---|\n|||', [['a', '', 'b'], ['', '', null]]],
  ])('%j is read', (text, expected) => {
    expect(rows(text)).toEqual(expected);
  });

  it.each([
    'a | b\n\n---|---',
    'a | b\n---',
    'a | b | c\n---|---',
    '```\n| a | b |\n|---|---|\n```',
    '    | a | b |\n    |---|---|',
    '# a | b\n---|---',
    '<pre>\n| a | b |\n|---|---|\n</pre>',
    '<div>\n| a | b |\n|---|---|\n</div>',
    '<!--\n| a | b |\n|---|---|\n\n-->',
    '| a | b |\n|---|-x-|',
    '---|---',
    'Title\n:---',
    '| a | b |{{< tdopen >}}\n|---|---|{{< tdclose >}}',
  ])('%j is none', (text) => {
    expect(findTables(text)).toEqual([]);
  });

  it('has its alignments and its places', () => {
    const text = 'x\n\n|  a | b |\n| :-- | --: |\n|1||\n';
    const table = only(text);
    expect(table).toMatchObject({ form: 'pipe', alignments: ['left', 'right'], columns: 2 });
    expect(text.slice(table.from, table.to)).toBe('|  a | b |\n| :-- | --: |\n|1||');
    expect(table.rows.flatMap(({ cells }) => cells).map(({ from, to, textFrom, textTo }) => [text.slice(from, to), text.slice(textFrom, textTo)])).toEqual([['  a ', 'a'], [' b ', 'b'], ['1', '1'], ['', '']]);
  });

  it.each<[string, number, number, string, string]>([
    ['|a|b|\n|-|-|\n|1|2|', 1, 0, 'x|y', '|a|b|\n|-|-|\n|x\\|y|2|'],
    ['|a|b|\n|-|-|\n|1|2|', 1, 0, 'x\\', '|a|b|\n|-|-|\n|x\\ |2|'],
    ['|a|b|\n|-|-|\n|1||', 1, 1, 'x', '|a|b|\n|-|-|\n|1| x |'],
    ['|a|b|\n|-|-|\n|1|', 1, 1, 'x', '|a|b|\n|-|-|\n|1| x |'],
    ['a|b\n-|-\n1', 1, 1, 'x', 'a|b\n-|-\n1 | x |'],
    ['a|b\n-|-\n1|2', 1, 0, '', 'a|b\n-|-\n|  |2'],
    ['a|b\n-|-\n1|2', 1, 1, '', 'a|b\n-|-\n1|  |'],
    ['a|b\n-|-\n1|2', 1, 0, '- x', 'a|b\n-|-\n| - x|2'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 1, 0, 'one\n\ntwo', '| a | b |\n|---|---|\n| one{{< br >}}two | 2 |'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 1, 0, '{{% r "x|y" %}}', '| a | b |\n|---|---|\n| {{% r "x|y" %}} | 2 |'],
    ['| a | b |\n|---|---|\n| 1 | 2 |', 0, 1, '', '| a |  |\n|---|---|\n| 1 | 2 |'],
    ['|a|b|\n|-|-|\n|{{< td-colspan 2 >}}P{{< /td-colspan >}}||', 1, 0, 'Q', '|a|b|\n|-|-|\n|{{< td-colspan 2 >}}Q{{< /td-colspan >}}||'],
    ['|a|b|\n|-|-|\n|1|2|', 1, 0, '1', '|a|b|\n|-|-|\n|1|2|'],
  ])('%j gets in row %d and column %d the text %j', (text, row, column, value, expected) => {
    expect(after(text, setCell(text, only(text), row, column, value))).toBe(expected);
  });

  const small = '| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n\nend';
  it.each<[string, (text: string, table: Table) => TableChange, string]>([
    ['a row in the middle', (text, table) => addRow(text, table, 2), '| a | b |\n| --- | --- |\n| 1 | 2 |\n|  |  |\n| 3 | 4 |\n\nend'],
    ['a row below the heading', (text, table) => addRow(text, table, 1), '| a | b |\n| --- | --- |\n|  |  |\n| 1 | 2 |\n| 3 | 4 |\n\nend'],
    ['a row at the end', (text, table) => addRow(text, table, 3), '| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n|  |  |\n\nend'],
    ['one row less', (text, table) => removeRow(text, table, 1), '| a | b |\n| --- | --- |\n| 3 | 4 |\n\nend'],
    ['rows in another order', (text, table) => moveRow(text, table, 2, 1), '| a | b |\n| --- | --- |\n| 3 | 4 |\n| 1 | 2 |\n\nend'],
    ['a first column', (text, table) => addColumn(text, table, 0), '|  | a | b |\n| --- | --- | --- |\n|  | 1 | 2 |\n|  | 3 | 4 |\n\nend'],
    ['a last column', (text, table) => addColumn(text, table, 2), '| a | b |  |\n| --- | --- | --- |\n| 1 | 2 |  |\n| 3 | 4 |  |\n\nend'],
    ['one column less', (text, table) => removeColumn(text, table, 0), '| b |\n| --- |\n| 2 |\n| 4 |\n\nend'],
    ['columns in another order', (text, table) => moveColumn(text, table, 0, 1), '| b | a |\n| --- | --- |\n| 2 | 1 |\n| 4 | 3 |\n\nend'],
    ['an alignment', (text, table) => alignColumn(text, table, 1, 'center'), '| a | b |\n| --- | :---: |\n| 1 | 2 |\n| 3 | 4 |\n\nend'],
  ])('gets %s', (_, change, expected) => {
    expect(after(small, change(small, only(small)))).toBe(expected);
  });

  it('keeps its quotes, its indentation and its line breaks in new rows', () => {
    const text = '> | a |\r\n> |---|\r\n> | 1 |\r\n> after';
    expect(after(text, addRow(text, only(text), 1))).toBe('> | a |\r\n> |---|\r\n> |  |\r\n> | 1 |\r\n> after');
  });

  it('keeps a cell that reaches over columns whole', () => {
    const text = '| a | b | c |\n|---|---|---|\n| {{< td-colspan 2 >}}P{{< /td-colspan >}} || x |';
    const grid = (changed: string): unknown => rows(changed)[1];
    expect(grid(after(text, addColumn(text, only(text), 1)))).toEqual(['P', 'P', 'P', 'x']);
    expect(grid(after(text, removeColumn(text, only(text), 1)))).toEqual(['P', 'x']);
    expect(grid(after(text, removeColumn(text, only(text), 0)))).toEqual(['P', 'x']);
    expect(after(text, moveColumn(text, only(text), 2, 1))).toBe('A cell reaches over several columns here. Make it one column wide first.');
    expect(after(text, setCell(text, only(text), 1, 1, 'x'))).toBe('This cell is taken by the one before it, which reaches over it.');
  });

  it.each<[string, (text: string, table: Table) => TableChange]>([
    ['above', (text, table) => addRow(text, table, 0)],
    ['heading', (text, table) => removeRow(text, table, 0)],
    ['heading', (text, table) => moveRow(text, table, 1, 0)],
    ['no such row', (text, table) => removeRow(text, table, 3)],
    ['no such column', (text, table) => removeColumn(text, table, 2)],
    ['no such cell', (text, table) => setCell(text, table, 5, 0, 'x')],
    ['no cells that reach', (text, table) => mergeCells(text, table, { row: 0, column: 0, lastRow: 0, lastColumn: 1 })],
    ['no merged cells', (text, table) => splitCell(text, table, 0, 0)],
  ])('refuses with a sentence about %s', (words, change) => {
    expect(change(small, only(small)).refusal).toContain(words);
  });

  it('becomes one with shortcodes', () => {
    const text = '| a | b \\| c |\n|---|---|\n| {{< td-colspan 2 >}}P{{< /td-colspan >}} ||\n| 1 |';
    const changed = after(text, toShortcodeTable(text, only(text)));
    expect(only(changed).form).toBe('shortcode');
    expect(rows(changed)).toEqual([['a', 'b | c'], ['P', 'P'], ['1', '']]);
    expect(changed).toContain('{{< theadopen >}}{{< tropen >}}{{< thopen >}}\na\n{{< thclose >}}');
    expect(changed).toContain('{{< tdopen colspan="2" >}}\nP\n{{< tdclose >}}{{< trclose >}}');
  });

  it('is written from its texts', () => {
    expect(writePipeTable([['a', 'b|c'], ['1']], ['right', null])).toBe('| a | b\\|c |\n| --: | --- |\n| 1 |  |');
  });
});

const cells = (kind: 'th' | 'td', ...texts: string[]): string => texts.map((text) => `{{< ${kind}open >}}\n${text}\n{{< ${kind}close >}}`).join('');
const row = (inner: string): string => `{{< tropen >}}${inner}{{< trclose >}}`;
const plain = `{{< tableopen >}}{{< theadopen >}}${row(cells('th', 'A', 'B'))}{{< theadclose >}}{{< tbodyopen >}}${row(cells('td', '1', '2'))}${row(cells('td', '3', '4'))}{{< tbodyclose >}}{{< tableclose >}}`;

describe('a table with shortcodes', () => {
  it('is read with its sections, cells and places', () => {
    const text = `x\n\n${plain}\n\ny`;
    const table = only(text);
    expect(rows(text)).toEqual([['A', 'B'], ['1', '2'], ['3', '4']]);
    expect(table.rows.map(({ section }) => section)).toEqual(['head', 'body', 'body']);
    expect(text.slice(table.from, table.to)).toBe(plain);
    expect(table.rows[0]?.cells[0]?.isHeading).toBe(true);
  });

  it('is a grid when cells reach over others', () => {
    const wide = '{{< tableopen >}}{{< tropen >}}{{< thopen colspan="2" >}}\nH\n{{< thclose >}}{{< trclose >}}{{< tropen >}}{{< tdopen rowspan="2" >}}a{{< tdclose >}}{{< tdopen >}}\n\n- b\n\n{{< tdclose >}}{{< trclose >}}{{< tropen >}}{{< tdopen >}}\n{{< tdclose >}}{{< trclose >}}{{< tableclose >}}';
    expect(rows(wide)).toEqual([['H', 'H'], ['a', '- b'], ['a', '']]);
    const tall = '{{< tableopen >}}{{< theadopen >}}{{< tropen >}}{{< thopen rowspan="9" >}}a{{< thclose >}}{{< trclose >}}{{< theadclose >}}{{< tropen >}}{{< tdopen >}}b{{< tdclose >}}{{< trclose >}}{{< tableclose >}}';
    expect(rows(tall)).toEqual([['a'], ['b']]);
    expect(cellAt(only(tall), 0, 0)?.rowspan).toBe(1);
  });

  it('takes a table in a cell for text', () => {
    const text = `{{< tableopen >}}{{< tropen >}}{{< tdopen >}}${plain}{{< tdclose >}}{{< tdopen >}}| a |\n|---|{{< tdclose >}}{{< trclose >}}{{< tableclose >}}`;
    expect(rows(text)).toEqual([[plain, '| a |\n|---|']]);
  });

  it.each([
    ['{{< tableopen >}}{{< tdopen >}}a{{< tdclose >}}{{< tableclose >}}', 'tdopen'],
    ['{{< tableopen >}}{{< tropen >}}{{< tdopen >}}a{{< thclose >}}{{< trclose >}}{{< tableclose >}}', 'thclose'],
    ['{{< tableopen >}}{{< theadopen >}}{{< tropen >}}{{< tdopen >}}a{{< tdclose >}}{{< trclose >}}{{< tableclose >}}', 'tableclose'],
    ['{{< tableopen >}}{{< tropen >}}{{< tropen >}}{{< trclose >}}{{< trclose >}}{{< tableclose >}}', 'tropen'],
    [`{{< tableopen >}}${row('{{< tdopen colspan="201" >}}a{{< tdclose >}}')}{{< tableclose >}}`, 'over 200 columns'],
  ])('that is not well made is only text: %j', (text, word) => {
    expect(only(text)).toMatchObject({ problem: expect.stringContaining(word) as string });
    expect(addRow(text, only(text), 0).refusal).toContain(word);
  });

  it.each(['{{< tableopen >}}', '{{< tableclose >}}', '{{< tropen >}}{{< trclose >}}'])('is not %j alone', (text) => {
    expect(findTables(text)).toEqual([]);
    expect(findTables(text + plain)).toHaveLength(1);
  });

  it.each([
    ['plain', 'x', 'x', '\nx\n'],
    ['a list', '- x\n- y', '- x\n- y', '\n\n- x\n- y\n\n'],
    ['a heading', '## x', '## x', '\n\n## x\n\n'],
    ['paragraphs', 'x\n\ny', 'x\n\ny', '\n\nx\n\ny\n\n'],
    ['nothing', '', '', '\n\n'],
  ])('gets %s as the text of a cell', (_, value, read, inner) => {
    const changed = after(plain, setCell(plain, only(plain), 1, 0, value));
    expect(changed).toBe(plain.replace('\n1\n', inner));
    expect(rows(changed)).toEqual([['A', 'B'], [read, '2'], ['3', '4']]);
  });

  it('keeps what stands around the text of a cell', () => {
    const tight = plain.replace('\n1\n', '1').replace('\n2\n', '\n\n2\n\n');
    const changed = after(tight, setCell(tight, only(tight), 1, 0, 'x'));
    expect(changed).toBe(tight.replace('1{{', 'x{{'));
    expect(after(changed, setCell(changed, only(changed), 1, 1, '- y'))).toBe(changed.replace('\n2\n', '\n- y\n'));
  });

  it('keeps the indentation of its place', () => {
    const text = '1.  a\n\n    {{< tableopen >}}{{< tropen >}}{{< tdopen >}}\n    x\n    {{< tdclose >}}{{< trclose >}}{{< tableclose >}}';
    expect(after(text, setCell(text, only(text), 0, 0, 'y\nz'))).toBe(text.replace('x\n', 'y\n    z\n'));
    expect(after(text, setCell(text, only(text), 0, 0, '- y'))).toBe(text.replace('\n    x\n    ', '\n\n    - y\n\n    '));
  });

  it('merges cells and splits them again', () => {
    const merged = after(plain, mergeCells(plain, only(plain), { row: 1, column: 0, lastRow: 1, lastColumn: 1 }));
    expect(merged).toContain('{{< tropen >}}{{< tdopen colspan="2" >}}\n\n1\n\n2\n\n{{< tdclose >}}{{< trclose >}}');
    expect(rows(after(merged, splitCell(merged, only(merged), 1, 1)))).toEqual([['A', 'B'], ['1\n\n2', ''], ['3', '4']]);
    const tall = after(plain, mergeCells(plain, only(plain), { row: 1, column: 1, lastRow: 2, lastColumn: 1 }));
    expect(rows(tall)).toEqual([['A', 'B'], ['1', '2\n\n4'], ['3', '2\n\n4']]);
    expect(rows(after(tall, removeRow(tall, only(tall), 1)))).toEqual([['A', 'B'], ['3', '2\n\n4']]);
  });

  it('loses a section with its last row, and gets a body for its first', () => {
    const headless = after(plain, removeRow(plain, only(plain), 0));
    expect(headless).not.toContain('thead');
    const bodiless = `{{< tableopen >}}{{< theadopen >}}${row(cells('th', 'A'))}{{< theadclose >}}{{< tbodyopen >}}{{< tbodyclose >}}{{< tableclose >}}`;
    expect(after(bodiless, addRow(bodiless, only(bodiless), 1))).toContain('{{< tbodyopen >}}{{< tropen >}}{{< tdopen >}}');
  });

  const merged = after(plain, mergeCells(plain, only(plain), { row: 1, column: 0, lastRow: 1, lastColumn: 1 }));
  it.each<[string, string, (text: string, table: Table) => TableChange]>([
    ['heading and of the rest', plain, (text, table) => mergeCells(text, table, { row: 0, column: 0, lastRow: 1, lastColumn: 0 })],
    ['no rectangle', merged, (text, table) => mergeCells(text, table, { row: 1, column: 0, lastRow: 2, lastColumn: 0 })],
    ['one cell already', plain, (text, table) => mergeCells(text, table, { row: 1, column: 0, lastRow: 1, lastColumn: 0 })],
    ['without a cell of its own', plain, (text, table) => mergeCells(text, table, { row: 1, column: 0, lastRow: 2, lastColumn: 1 })],
    ['no such cells', plain, (text, table) => mergeCells(text, table, { row: 1, column: 0, lastRow: 3, lastColumn: 1 })],
    ['one column and one row already', plain, (text, table) => splitCell(text, table, 1, 0)],
    ['Split it first', merged, (text, table) => moveColumn(text, table, 0, 1)],
    ['between the heading', plain, (text, table) => moveRow(text, table, 0, 1)],
    ['cannot be aligned', plain, (text, table) => alignColumn(text, table, 0, 'left')],
    ['cannot stand in a cell', plain, (text, table) => setCell(text, table, 0, 0, '{{< tableopen >}}{{< tableclose >}}')],
    ['shorter', `{{< tableopen >}}${row(cells('td', '1', '2'))}${row(cells('td', '3'))}{{< tableclose >}}`, (text, table) => mergeCells(text, table, { row: 0, column: 1, lastRow: 1, lastColumn: 1 })],
  ])('refuses with a sentence about %j', (words, text, change) => {
    expect(change(text, only(text)).refusal).toContain(words);
  });
});

describe('a new table', () => {
  it('has its rows and columns in either form', () => {
    expect(newTable(2, 2)).toBe('|  |  |\n| --- | --- |\n|  |  |');
    for (const form of ['pipe', 'shortcode'] as const) expect(rows(newTable(3, 2, form)), form).toEqual([['', ''], ['', ''], ['', '']]);
    expect(newTable(0, 0)).toBe('|  |\n| --- |');
  });
});

describe('very long texts', () => {
  it.each(['|', '|-', '|-|\n', '| a | b |\n|---|---|\n', '`', '[', '`|', '- ', '<pre>\n', '{{< tableopen >}}', '{{< tdopen rowspan="60000" colspan="190" >}}', '{{< tropen >}}{{< tdopen rowspan="60000" >}}a{{< tdclose >}}{{< trclose >}}', '> ', '``` \n', ' ', '\\|'])('of %j are read in a moment', (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    for (const whole of [text, `| a | b |\n|---|---|\n${text}`, `${text}\n${text.replaceAll(/[^|\n]/g, '-')}\n${text}`, `{{< tableopen >}}${text}{{< tableclose >}}`]) {
      const tables = findTables(whole);
      for (const [index, table] of tables.entries()) expect(table.from).toBeGreaterThanOrEqual(tables[index - 1]?.to ?? 0);
    }
  });
});
