import { type Completion, type CompletionContext, type CompletionResult, pickedCompletion } from '@codemirror/autocomplete';
import type { EditorView } from '@codemirror/view';
import { hostOf } from '../editor/editorHost.ts';
import { actions } from './actions.ts';
import { keyNames } from './keyNames.ts';

const SLASH = /^\s*(?:>\s?)*(?:[-*+]\s+|\d+[.)]\s+)?\/([\p{L}\d ]{0,24})$/u;

/** What a slash at the beginning of a line offers; the slash goes when something is chosen. */
export function slashMenu(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const match = SLASH.exec(context.state.sliceDoc(line.from, context.pos));
  const wanted = match?.[1];
  if (wanted === undefined) return null;
  const rules = hostOf(context.state).rules;
  const options = actions
    .filter((action) => action.slash !== undefined && action.isOffered(rules))
    .filter(({ label, slash = '' }) => wanted === '' || `${label} ${slash}`.toLowerCase().includes(wanted.trim().toLowerCase()))
    .map((action): Completion => ({
      label: action.label,
      ...(action.keys === undefined ? {} : { detail: keyNames(action.keys) }),
      apply: (view: EditorView, completion, from, to) => {
        view.dispatch({ changes: { from, to }, annotations: pickedCompletion.of(completion), userEvent: 'input.complete' });
        action.run(view);
      },
    }));
  return options.length === 0 ? null : { from: context.pos - wanted.length - 1, options, filter: false };
}
