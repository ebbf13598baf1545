import type { EditorState } from '@codemirror/state';
import { pairShortcodes, scanShortcodes, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import type { Splice } from '#domain/markdown/splice.ts';

/** What takes a shortcode away: of a pair both ends, with what is between them left; a line that held nothing else goes with it. */
export function removalOf(state: EditorState, span: ShortcodeSpan): Splice[] {
  const pair = pairShortcodes(scanShortcodes(state.sliceDoc())).find(({ opening, closing }) => opening.from === span.from || closing.from === span.from);
  const ends = pair === undefined ? [span] : [pair.opening, pair.closing];
  return ends.map(({ from, to }) => {
    const line = state.doc.lineAt(from);
    const isAlone = to <= line.to && state.sliceDoc(line.from, from).trim() === '' && state.sliceDoc(to, line.to).trim() === '';
    return isAlone ? { from: line.from, to: Math.min(state.doc.length, line.to + 1), insert: '' } : { from, to, insert: '' };
  });
}
