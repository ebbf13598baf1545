import { EditorView } from '@codemirror/view';
import { hostOf, type PanelTarget } from '../editorHost.ts';

/** Opens the panel of what this element stands for. */
export function openPanelOf(element: HTMLElement, kind: Exclude<PanelTarget['kind'], 'help'>): void {
  const editor = element.closest<HTMLElement>('.cm-editor');
  const view = editor === null ? null : EditorView.findFromDOM(editor);
  if (view === null) return;
  hostOf(view.state).open({ kind, at: view.posAtDOM(element) });
}

/** A button inside the text. It is left out of the order of Tab, for a text may have hundreds: Alt and Enter at the cursor presses it. */
export function buttonInText(kind: Exclude<PanelTarget['kind'], 'help'>, className: string, name: string): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.tabIndex = -1;
  button.className = className;
  button.setAttribute('aria-label', name);
  // The editor would set the cursor, and scroll there, before the panel opens.
  button.addEventListener('mousedown', (event) => event.preventDefault());
  button.addEventListener('click', () => openPanelOf(button, kind));
  return button;
}
