import { describe, expect, it, type TestContext } from 'vitest';
import { findMath, fromTex, toTex } from '#domain/markdown/math.ts';
import { pairShortcodes, scanShortcodes, setParam } from '#domain/markdown/shortcodes.ts';
import { applySplices } from '#domain/markdown/splice.ts';
import { findTables, setCell } from '#domain/markdown/tables.ts';
import { corpusOrSkip, filesBelow } from '#test/support/corpus.ts';

let known: { readonly path: string; readonly text: string }[] | undefined;
/** The Markdown files of the real courses. */
function filesOf(context: TestContext): { readonly path: string; readonly text: string }[] {
  const corpus = corpusOrSkip(context);
  return (known ??= filesBelow(corpus)
    .filter(({ path }) => path.startsWith('courses/') && path.endsWith('.md'))
    .map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') })));
}

describe('the files of real courses', () => {
  it('have no shortcode that is not read', (context) => {
    const files = filesOf(context);
    let count = 0;
    for (const { path, text } of files) {
      const spans = scanShortcodes(text);
      count += spans.length;
      expect(spans.filter(({ problem }) => problem !== undefined), path).toEqual([]);
      const between = [...spans.map(({ from }, index) => text.slice(spans[index - 1]?.to ?? 0, from)), text.slice(spans.at(-1)?.to ?? 0)];
      expect(between.filter((part) => /\{\{[<%]/.test(part)), path).toEqual([]);
      expect(between.map((part, index) => part + (spans[index] === undefined ? '' : text.slice(spans[index].from, spans[index].to))).join('')).toBe(text);
      const closing = spans.filter(({ isClosing }) => isClosing);
      expect(pairShortcodes(spans).map((pair) => pair.closing).sort((a, b) => a.from - b.from), path).toEqual(closing);
    }
    expect(files.length).toBeGreaterThan(1_400);
    expect(count).toBeGreaterThan(6_000);
  });

  it('are the same when a parameter is set to what it is, and when it is set to another value and back', (context) => {
    let count = 0;
    for (const { path, text } of filesOf(context)) {
      for (const [index, span] of scanShortcodes(text).entries()) {
        let unnamed = 0;
        for (const { key, value } of span.params) {
          const name = key ?? unnamed++;
          const where = `${path}: ${text.slice(span.from, span.to)}`;
          expect(setParam(text, span, name, value).insert, where).toBe('');
          expect(applySplices(text, [setParam(text, span, name, value)]) === text, where).toBe(true);
          const other = applySplices(text, [setParam(text, span, name, 'another')]);
          const changed = scanShortcodes(other)[index];
          if (changed === undefined) throw new Error(`${where} is gone.`);
          expect(applySplices(other, [setParam(other, changed, name, value)]) === text, where).toBe(true);
          count += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(900);
  });

  it('have tables whose parts lie where they say, and of which one cell changes alone', (context) => {
    let count = 0;
    let changes = 0;
    for (const { path, text } of filesOf(context)) {
      const tables = findTables(text);
      for (const [index, table] of tables.entries()) {
        count += 1;
        const rows = table.form === 'pipe' ? [table.rows[0], table.delimiter, ...table.rows.slice(1)].filter((row) => row !== undefined) : table.rows;
        // Cells and what stands between them are the text of the table again.
        let at = table.from;
        let written = '';
        for (const row of rows) {
          for (const cell of row.cells) {
            expect(cell.from, path).toBeGreaterThanOrEqual(at);
            const between = text.slice(at, cell.from);
            expect(between.replaceAll(/\{\{<[^{}]*>\}\}/g, '').trim().replaceAll(/[|\s>]/g, ''), path).toBe('');
            written += between + text.slice(cell.from, cell.textFrom) + cell.text + text.slice(cell.textTo, cell.to);
            at = cell.to;
          }
        }
        expect(written + text.slice(at, table.to), path).toBe(text.slice(table.from, table.to));
        for (const cell of table.rows.flatMap((row) => [...row.cells]).filter(({ column, isCovered }) => column < table.columns && !isCovered).slice(0, 12)) {
          const change = setCell(text, table, cell.row, cell.column, 'another');
          if (change.refusal !== undefined) throw new Error(`${path}: ${change.refusal}`);
          const other = applySplices(text, change.splices);
          expect(other.startsWith(text.slice(0, cell.from)) && other.endsWith(text.slice(cell.to)), path).toBe(true);
          const after = findTables(other);
          expect(after.length, path).toBe(tables.length);
          const changed = after[index];
          if (changed === undefined) throw new Error(`${path} has lost a table.`);
          const shown = (one: typeof table): string[] => one.rows.flatMap((row) => row.cells.map((part) => (part.row === cell.row && part.column === cell.column ? 'another' : part.text)));
          expect(shown(changed), path).toEqual(shown(table));
          if (cell.text !== '') expect(applySplices(other, setCell(other, changed, cell.row, cell.column, cell.text).splices ?? []), path).toBe(text);
          changes += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(15);
    expect(changes).toBeGreaterThan(150);
  });

  it('have mathematics that is read as TeX and written to the same TeX', (context) => {
    let count = 0;
    for (const { path, text } of filesOf(context)) {
      for (const { from, to, sourceFrom, sourceTo, isDisplay } of findMath(text)) {
        count += 1;
        const source = text.slice(sourceFrom, sourceTo);
        expect(text.slice(from, sourceFrom), path).toMatch(isDisplay ? /^\\\\\\?\[$/ : /^\\\\\\?\($/);
        expect(text.slice(sourceTo, to), path).toMatch(isDisplay ? /^\\\\\\?\]$/ : /^\\\\\\?\)$/);
        expect(toTex(fromTex(toTex(source))), `${path}: ${source}`).toBe(toTex(source).replaceAll(/\s/g, ' '));
      }
    }
    expect(count).toBeGreaterThan(1_000);
  });
});
