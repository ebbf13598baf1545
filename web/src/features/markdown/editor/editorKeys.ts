import { acceptCompletion, closeCompletion, moveCompletionSelection } from '@codemirror/autocomplete';
import { standardKeymap, undo, redo } from '@codemirror/commands';
import { closeSearchPanel, findNext, findPrevious } from '@codemirror/search';
import { EditorSelection, Prec, type Extension } from '@codemirror/state';
import type { EditorView} from '@codemirror/view';
import { type KeyBinding, keymap } from '@codemirror/view';
import { editorKeys as words } from '../../../words/markdown.ts';
import { actions, isInList } from '../commands/actions.ts';
import { nest } from '../commands/blockCommands.ts';
import { newLine } from '../commands/enterKey.ts';
import { linkAt } from '../commands/linkCommands.ts';
import type { MarkdownRules } from '../markdownRules.ts';
import { hostOf } from './editorHost.ts';
import { pieceAt, piecesField } from './pieces.ts';

/** Keys that are no button, with what they do, for the help. */
export const furtherKeys = [
  { keys: 'Alt-Enter', does: words.changeWhatStandsAtCursor },
  { keys: 'Alt-PageDown', does: words.goToNextShortcodeFormula },
  { keys: 'Alt-PageUp', does: words.goToOneBefore },
  { keys: '/', does: words.atBeginningOfLine },
  { keys: 'Tab', does: words.inList },
  { keys: 'Escape', does: words.thenTab },
] as const;

/** Opens the panel of what stands at the cursor. */
export function changeAtCursor(view: EditorView): boolean {
  const { state } = view;
  const host = hostOf(state);
  const piece = pieceAt(state, state.selection.main.head);
  if (piece !== undefined) {
    host.open({ kind: piece.kind, at: piece.from });
    return true;
  }
  const link = linkAt(state);
  if (link === undefined) return false;
  host.open({ kind: 'link', at: link.from });
  return true;
}

const toPiece = (direction: 1 | -1) => (view: EditorView): boolean => {
  const { inline, tables } = view.state.field(piecesField);
  const { head } = view.state.selection.main;
  const places = [...inline.filter((piece) => !tables.some((table) => table.from <= piece.from && piece.to <= table.to)), ...tables].map(({ from }) => from).sort((a, b) => a - b);
  const next = direction === 1 ? places.find((at) => at > head) : places.findLast((at) => at < head);
  if (next === undefined) return false;
  view.dispatch({ selection: EditorSelection.cursor(next), scrollIntoView: true, userEvent: 'select' });
  return true;
};

const nestInList = (direction: 'in' | 'out') => (view: EditorView): boolean => {
  if (view.state.readOnly || !isInList(view.state)) return false;
  view.dispatch(nest(view.state, direction));
  return true;
};

/** The keys of the editor. Only commands that change what they name: CodeMirror’s usual set also moves lines and changes indents. */
export function editorKeys(rules: MarkdownRules): Extension {
  const own = actions
    .filter((action) => action.keys !== undefined && action.isOffered(rules))
    .map((action): KeyBinding => ({
      key: action.keys ?? '',
      preventDefault: true,
      run: (view) => {
        if (!view.state.readOnly || action.group === 'view') action.run(view);
        return true;
      },
    }));
  return [
    Prec.high(
      keymap.of([
        { key: 'ArrowDown', run: moveCompletionSelection(true) },
        { key: 'ArrowUp', run: moveCompletionSelection(false) },
        { key: 'Escape', run: closeCompletion },
        { key: 'Enter', run: acceptCompletion },
      ]),
    ),
    keymap.of([
      ...own,
      { key: 'Mod-y', run: redo, preventDefault: true },
      { key: 'Mod-z', run: undo, preventDefault: true },
      { key: 'Alt-Enter', run: changeAtCursor },
      { key: 'Alt-PageDown', run: toPiece(1), preventDefault: true },
      { key: 'Alt-PageUp', run: toPiece(-1), preventDefault: true },
      {
        key: 'Enter',
        run: (view) => {
          if (view.state.readOnly) return false;
          view.dispatch(newLine(view.state));
          return true;
        },
      },
      { key: 'Tab', run: nestInList('in'), shift: nestInList('out') },
      { key: 'Mod-g', run: findNext, shift: findPrevious, scope: 'editor search-panel', preventDefault: true },
      { key: 'F3', run: findNext, shift: findPrevious, scope: 'editor search-panel', preventDefault: true },
      { key: 'Escape', run: closeSearchPanel, scope: 'editor search-panel' },
      ...standardKeymap.filter(({ key }) => key !== 'Enter'),
    ]),
  ];
}
