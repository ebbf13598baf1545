import { type ChangeSpec, EditorSelection, type EditorState, type TransactionSpec } from '@codemirror/state';
import { htmlPairAround, nodesAround } from './formats.ts';

const marks = { strong: { node: 'StrongEmphasis', text: '**', parts: 'EmphasisMark' }, emphasis: { node: 'Emphasis', text: '*', parts: 'EmphasisMark' }, code: { node: 'InlineCode', text: '`', parts: 'CodeMark' } } as const;

/** Puts the marks around the selection, or takes those away that are around it. Nothing else changes. */
export function toggleMark(state: EditorState, kind: keyof typeof marks): TransactionSpec {
  const { node: name, text, parts } = marks[kind];
  const around = nodesAround(state).find((node) => node.name === name);
  if (around !== undefined) {
    const own = around.getChildren(parts);
    return { changes: own.map(({ from, to }) => ({ from, to })), userEvent: 'delete.format' };
  }
  return wrap(state, text, text);
}

/** `<sub>…</sub>` around the selection, or what is around it taken away. */
export function toggleHtml(state: EditorState, tag: 'sub' | 'sup'): TransactionSpec {
  const open = `<${tag}>`;
  const close = `</${tag}>`;
  const around = htmlPairAround(state, tag);
  if (around !== undefined) return { changes: [{ from: around.from, to: around.from + open.length }, { from: around.to - close.length, to: around.to }], userEvent: 'delete.format' };
  return wrap(state, open, close);
}

/** Each line of the selection has its own marks: none reaches over the end of a paragraph. White space at the ends stays outside. */
function wrap(state: EditorState, open: string, close: string): TransactionSpec {
  const { from, to, empty } = state.selection.main;
  if (empty) return { changes: { from, insert: open + close }, selection: EditorSelection.cursor(from + open.length), scrollIntoView: true, userEvent: 'input.format' };
  const changes: ChangeSpec[] = [];
  let first = -1;
  let last = -1;
  for (let line = state.doc.lineAt(from); ; line = state.doc.lineAt(line.to + 1)) {
    const start = Math.max(from, line.from);
    const end = Math.min(to, line.to);
    const text = state.sliceDoc(start, end);
    const lead = start === line.from ? (/^\s*(?:>\s?)*(?:[-*+]\s+|\d+[.)]\s+|#{1,6}\s+)?\s*/.exec(text)?.[0].length ?? 0) : text.length - text.trimStart().length;
    const inner = text.slice(lead).trimEnd();
    if (inner !== '') {
      const at = start + lead;
      changes.push({ from: at, insert: open }, { from: at + inner.length, insert: close });
      if (first === -1) first = at;
      last = at + inner.length;
    }
    if (line.to >= to) break;
  }
  if (first === -1) return {};
  const set = state.changes(changes);
  return { changes: set, selection: EditorSelection.range(set.mapPos(first, 1), set.mapPos(last, -1)), scrollIntoView: true, userEvent: 'input.format' };
}
