import { type EditorState, Facet } from '@codemirror/state';
import type { MarkdownRules } from '../markdownRules.ts';
import type { MarkdownWorld, PickKind } from '../markdownWorld.ts';
import type { TitleBook } from './titleBook.ts';

/** A panel above the text; `at` is where what it edits begins, and undefined for something new. */
export type PanelTarget = { readonly kind: 'shortcode' | 'math' | 'table' | 'link'; readonly at: number | undefined } | { readonly kind: 'help'; readonly at: undefined };

/** What the parts inside of CodeMirror ask of the component around it. */
export interface EditorHost {
  readonly rules: MarkdownRules;
  readonly world: MarkdownWorld;
  readonly titles: TitleBook;
  readonly open: (target: PanelTarget) => void;
  /** Lets the person choose an item and puts it at the selection. */
  readonly insertItem: (kind: PickKind) => void;
  /** Says a sentence above the text, until the next change. */
  readonly tell: (sentence: string) => void;
}

export const editorHost = Facet.define<EditorHost, EditorHost | undefined>({ combine: ([host]) => host });

/** The host of an editor. */
export function hostOf(state: EditorState): EditorHost {
  const host = state.facet(editorHost);
  if (host === undefined) throw new Error('The editor was made without a host.');
  return host;
}
