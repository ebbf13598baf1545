import { EditorSelection, type EditorState, type TransactionSpec } from '@codemirror/state';
import { isVerbatimAt } from '../editor/verbatim.ts';

const ITEM = /^(\s*(?:>\s?)*\s*)([-*+]|(\d{1,9})([.)]))(\s+)/;
const QUOTE = /^\s*(?:>\s?)+/;

/**
 * What Enter does: a new line, with the mark of the list or quote one is in. An item without a text ends its list.
 * The editor’s own command would number the rest of the list anew and take white space away around the cursor: text nobody touched.
 */
export function newLine(state: EditorState): TransactionSpec {
  const { from, to } = state.selection.main;
  const line = state.doc.lineAt(from);
  const plain = (insert: string): TransactionSpec => ({ changes: { from, to, insert }, selection: EditorSelection.cursor(from + insert.length), scrollIntoView: true, userEvent: 'input' });
  if (isVerbatimAt(state, from)) return plain(`\n${/^[ \t]*/.exec(line.text)?.[0] ?? ''}`);
  const item = ITEM.exec(line.text);
  const mark = item?.[0] ?? QUOTE.exec(line.text)?.[0];
  // Before or inside of its mark, a line is only moved down.
  if (mark === undefined || from < line.from + mark.length) return plain('\n');
  if (line.text.length === mark.length && to === from) return { changes: { from: line.from, to: line.from + mark.length }, selection: EditorSelection.cursor(line.from), userEvent: 'delete' };
  if (item === null) return plain(`\n${mark}`);
  const [, lead = '', bullet = '', number, delimiter = '', space = ' '] = item;
  return plain(`\n${lead}${number === undefined ? bullet : `${Number(number) + 1}${delimiter}`}${space}`);
}
