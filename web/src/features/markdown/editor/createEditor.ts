import { autocompletion } from '@codemirror/autocomplete';
import { history } from '@codemirror/commands';
import { indentUnit } from '@codemirror/language';
import { search } from '@codemirror/search';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightSpecialChars, type ViewUpdate } from '@codemirror/view';
import { createEditor as words } from '../../../words/markdown.ts';
import { slashMenu } from '../commands/slashMenu.ts';
import { adoptingRoot } from './adoptingRoot.ts';
import { editorHost, type EditorHost } from './editorHost.ts';
import { editorKeys } from './editorKeys.ts';
import { hasFocus } from './focusState.ts';
import { markdownSupport } from './language.ts';
import { marksPlugin } from './marksPlugin.ts';
import { pasteRich } from './pasteRich.ts';
import { piecesField } from './pieces.ts';
import { piecesPreview } from './piecesPreview.ts';

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly value: string;
  readonly host: EditorHost;
  readonly labelledby: string;
  readonly describedby: string | undefined;
  readonly isDisabled: boolean;
  readonly isInvalid: boolean;
  readonly onupdate: (update: ViewUpdate) => void;
}

const access = new Compartment();
const preview = new Compartment();
/** The text came from outside, such as from a version that was restored: nobody typed it. */
export const fromOutside = Annotation.define<boolean>();

/** How a carriage return is shown: not at all. Other characters without a shape have a dot. */
function specialCharacter(code: number, description: string | null, placeholder: string): HTMLElement {
  const element = document.createElement('span');
  if (code === 0x0d) return element;
  element.className = 'md-special';
  element.textContent = placeholder;
  element.title = description ?? words.characterU(code.toString(16).toUpperCase().padStart(4, '0'));
  element.setAttribute('aria-label', element.title);
  return element;
}

function accessOf({ isDisabled, isInvalid, labelledby, describedby }: Pick<EditorOptions, 'isDisabled' | 'isInvalid' | 'labelledby' | 'describedby'>): Extension {
  return [
    EditorState.readOnly.of(isDisabled),
    EditorView.editable.of(!isDisabled),
    EditorView.contentAttributes.of({
      'aria-labelledby': labelledby,
      ...(describedby === undefined ? {} : { 'aria-describedby': describedby }),
      ...(isDisabled ? { 'aria-readonly': 'true', tabindex: '0' } : {}),
      ...(isInvalid ? { 'aria-invalid': 'true' } : {}),
      spellcheck: 'true',
      autocapitalize: 'sentences',
    }),
  ];
}

/**
 * An editor whose document is the text itself: all that one sees is laid over it, and every command is a change of the
 * characters it names. Only `\n` ends a line, so that every other character, `\r` among them, is one like any other.
 */
export function createEditor(options: EditorOptions): EditorView {
  const state = EditorState.create({
    doc: options.value,
    extensions: [
      EditorState.lineSeparator.of('\n'),
      editorHost.of(options.host),
      hasFocus,
      piecesField,
      history(),
      indentUnit.of('    '),
      EditorView.lineWrapping,
      highlightSpecialChars({ render: specialCharacter }),
      markdownSupport,
      preview.of([piecesPreview, marksPlugin]),
      autocompletion({ override: [slashMenu], icons: false, defaultKeymap: false, interactionDelay: 0 }),
      search({ top: true }),
      editorKeys(options.host.rules),
      pasteRich,
      access.of(accessOf(options)),
      EditorView.updateListener.of(options.onupdate),
    ],
  });
  return new EditorView({ parent: options.parent, root: adoptingRoot, state });
}

export function setAccess(view: EditorView, wanted: Parameters<typeof accessOf>[0]): void {
  view.dispatch({ effects: access.reconfigure(accessOf(wanted)) });
}

/** Whether the text is shown as what it means, or as it is written. */
export function setPreview(view: EditorView, isOn: boolean): void {
  view.dispatch({ effects: preview.reconfigure(isOn ? [piecesPreview, marksPlugin] : []) });
}

/** Takes another text from outside, by the one stretch that differs: the cursor stays where it is. */
export function setText(view: EditorView, text: string): void {
  const now = view.state.sliceDoc();
  if (now === text) return;
  const shorter = Math.min(now.length, text.length);
  let same = 0;
  while (same < shorter && now.charCodeAt(same) === text.charCodeAt(same)) same += 1;
  let sameAtEnd = 0;
  while (sameAtEnd < shorter - same && now.charCodeAt(now.length - 1 - sameAtEnd) === text.charCodeAt(text.length - 1 - sameAtEnd)) sameAtEnd += 1;
  view.dispatch({ changes: { from: same, to: now.length - sameAtEnd, insert: view.state.toText(text.slice(same, text.length - sameAtEnd)) }, annotations: fromOutside.of(true) });
}
