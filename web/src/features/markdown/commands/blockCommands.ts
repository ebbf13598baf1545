import { syntaxTree } from '@codemirror/language';
import { type ChangeSpec, EditorSelection, type EditorState, type Line, type TransactionSpec } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

/** The lines of the selection. One that the selection only touches at its end is none of them. */
export function selectedLines(state: EditorState): Line[] {
  const { from, to } = state.selection.main;
  const lines: Line[] = [];
  for (let line = state.doc.lineAt(from); ; line = state.doc.lineAt(line.to + 1)) {
    if (line.from < to || line.from === from || lines.length === 0) lines.push(line);
    if (line.to >= to) return lines;
  }
}

function edit(state: EditorState, changes: readonly ChangeSpec[]): TransactionSpec {
  if (changes.length === 0) return {};
  const set = state.changes(changes);
  // What is put in front of a line goes before the cursor.
  return { changes: set, selection: state.selection.map(set, 1), scrollIntoView: true, userEvent: 'input.format' };
}

/** Makes the selected lines headings of a level, or plain text for 0; those that are of it already become plain text. */
export function setHeading(state: EditorState, level: number): TransactionSpec {
  const changes: ChangeSpec[] = [];
  const lines = selectedLines(state).filter((line, _, all) => all.length === 1 || line.text.trim() !== '');
  const prefixes = lines.map((line) => /^( {0,3})(#{1,6})(?:[ \t]+|$)/.exec(line.text));
  const isThere = level > 0 && lines.length > 0 && prefixes.every((prefix) => prefix?.[2]?.length === level);
  lines.forEach((line, index) => {
    const prefix = prefixes[index];
    const setext = setextAround(state, line);
    if (setext !== undefined) changes.push({ from: state.doc.lineAt(setext.from).from - 1, to: setext.to });
    const insert = level === 0 || isThere ? '' : `${'#'.repeat(level)} `;
    const from = line.from + (prefix?.[1]?.length ?? 0);
    const to = line.from + (prefix?.[0].length ?? 0);
    if (state.sliceDoc(from, Math.max(from, to)) !== insert) changes.push({ from, to: Math.max(from, to), insert });
  });
  return edit(state, changes);
}

/** The line of `===` or `---` below a heading that is written so. */
function setextAround(state: EditorState, line: Line): { readonly from: number; readonly to: number } | undefined {
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(line.from, 1); node !== null; node = node.parent) {
    if (node.name.startsWith('SetextHeading')) return node.getChild('HeaderMark') ?? undefined;
  }
  return undefined;
}

const BULLET = /^(\s*)([-*+])(\s+|$)/;
const NUMBER = /^(\s*)(\d{1,9}[.)])(\s+|$)/;

/** Makes the selected lines items of a list, or plain lines again where all of them are items of this kind. */
export function toggleList(state: EditorState, kind: 'bullets' | 'numbers'): TransactionSpec {
  const own = kind === 'bullets' ? BULLET : NUMBER;
  const other = kind === 'bullets' ? NUMBER : BULLET;
  const lines = selectedLines(state).filter((line, _, all) => all.length === 1 || line.text.trim() !== '');
  const isThere = lines.every((line) => own.test(line.text));
  let number = 0;
  return edit(
    state,
    lines.flatMap((line) => {
      const mark = own.exec(line.text);
      number += 1;
      if (isThere && mark !== null) return [{ from: line.from + (mark[1]?.length ?? 0), to: line.from + mark[0].length }];
      if (mark !== null) return [];
      const insert = kind === 'bullets' ? '- ' : `${number}. `;
      const replaced = other.exec(line.text);
      const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
      return [{ from: line.from + indent, to: line.from + (replaced === null ? indent : replaced[0].length), insert }];
    }),
  );
}

export const isListLine = (text: string): boolean => BULLET.test(text) || NUMBER.test(text);

const NESTING = '    ';

/** Moves the selected items one level in (four spaces) or out. */
export function nest(state: EditorState, direction: 'in' | 'out'): TransactionSpec {
  return edit(
    state,
    selectedLines(state).flatMap((line): ChangeSpec[] => {
      if (direction === 'in') return line.text.trim() === '' ? [] : [{ from: line.from, insert: NESTING }];
      const spaces = /^(?:\t| {1,4})/.exec(line.text)?.[0].length ?? 0;
      return spaces === 0 ? [] : [{ from: line.from, to: line.from + spaces }];
    }),
  );
}

/** Quotes the selected lines, or takes the marks away where all of them are quoted. */
export function toggleQuote(state: EditorState): TransactionSpec {
  const lines = selectedLines(state);
  const marks = lines.map((line) => /^ {0,3}> ?/.exec(line.text));
  const isThere = marks.every((mark) => mark !== null);
  return edit(
    state,
    lines.map((line, index) => {
      const mark = marks[index];
      return isThere && mark != null ? { from: line.from, to: line.from + mark[0].length } : { from: line.from, insert: line.text === '' ? '>' : '> ' };
    }),
  );
}

/** Puts the selected lines between fences, longer than any inside; inside of fences, takes them away. */
export function toggleCodeBlock(state: EditorState): TransactionSpec {
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(state.selection.main.from, 1); node !== null; node = node.parent) {
    if (node.name !== 'FencedCode') continue;
    const fences = node.getChildren('CodeMark').map((mark) => state.doc.lineAt(mark.from));
    return edit(state, fences.map((line) => ({ from: line.from, to: Math.min(state.doc.length, line.to + 1) })));
  }
  const lines = selectedLines(state);
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return {};
  const text = state.sliceDoc(first.from, last.to);
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/^[ \t]*(`{3,})/gm)].map((match) => (match[1]?.length ?? 0) + 1)));
  const set = state.changes([{ from: first.from, insert: `${fence}\n` }, { from: last.to, insert: `\n${fence}` }]);
  return { changes: set, selection: EditorSelection.range(set.mapPos(state.selection.main.anchor, 1), set.mapPos(state.selection.main.head, state.selection.main.empty ? -1 : 1)), scrollIntoView: true, userEvent: 'input.format' };
}

/** Puts a block of text on lines of its own at the cursor, with an empty line to its neighbours. `cursor` is where in it the cursor goes. */
export function insertBlock(state: EditorState, block: string, cursor = block.length): TransactionSpec {
  const { from, to } = state.selection.main;
  const before = state.sliceDoc(Math.max(0, from - 2), from);
  const after = state.sliceDoc(to, to + 2);
  const lead = from === 0 ? '' : before.endsWith('\n\n') || before === '\n' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  const trail = to === state.doc.length ? '' : after.startsWith('\n\n') || after === '\n' ? '' : after.startsWith('\n') ? '\n' : '\n\n';
  return { changes: { from, to, insert: lead + block + trail }, selection: EditorSelection.cursor(from + lead.length + cursor), scrollIntoView: true, userEvent: 'input.block' };
}
