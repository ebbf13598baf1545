import { EditorSelection } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/** Puts the cursor at the start of a line, or of the last where the text is shorter, in the middle of what is seen; null leaves it where it is. */
export function goToLine(view: EditorView, line: number | null): void {
  view.focus();
  const { doc, selection } = view.state;
  const at = line === null ? selection.main.head : doc.line(Math.min(Math.max(line, 1), doc.lines)).from;
  view.dispatch({ ...(line === null ? {} : { selection: EditorSelection.cursor(at) }), effects: EditorView.scrollIntoView(at, { y: 'center' }), userEvent: 'select' });
}
