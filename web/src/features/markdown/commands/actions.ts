import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import { openSearchPanel } from '@codemirror/search';
import type { EditorState, TransactionSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { hostOf } from '../editor/editorHost.ts';
import { pieceAt, tableAt } from '../editor/pieces.ts';
import type { MarkdownRules } from '../markdownRules.ts';
import { insertBlock, isListLine, nest, setHeading, toggleCodeBlock, toggleList, toggleQuote } from './blockCommands.ts';
import type { Format } from './formats.ts';
import { toggleHtml, toggleMark } from './inlineCommands.ts';
import { linkAt } from './linkCommands.ts';

/** Something the editor does for a person, by button, key or slash. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: 'history' | 'paragraph' | 'text' | 'lists' | 'insert' | 'course' | 'view';
  /** As CodeMirror names keys; Mod is Ctrl, or ⌘ on a Mac. */
  readonly keys?: string;
  readonly format?: Format;
  /** Words by which the slash menu finds it; none keeps it out of there. */
  readonly slash?: string;
  readonly isOffered: (rules: MarkdownRules) => boolean;
  readonly isPossible?: (state: EditorState) => boolean;
  readonly run: (view: EditorView) => void;
}

const always = (): boolean => true;
const inFull = ({ toolbar }: MarkdownRules): boolean => toolbar === 'full';
const change = (make: (state: EditorState) => TransactionSpec) => (view: EditorView): void => view.dispatch(make(view.state));

const headings = [2, 3, 4].map((level): Action => ({
  id: `heading${level}`,
  label: `Heading ${level}`,
  group: 'paragraph',
  keys: `Mod-Alt-${level}`,
  format: `heading${level}` as Format,
  slash: `heading title section h${level}`,
  isOffered: inFull,
  run: change((state) => setHeading(state, level)),
}));

/** Everything, in the order of the toolbar. */
export const actions: readonly Action[] = [
  { id: 'undo', label: 'Undo', group: 'history', keys: 'Mod-z', isOffered: always, isPossible: (state) => undoDepth(state) > 0, run: (view) => void undo(view) },
  { id: 'redo', label: 'Redo', group: 'history', keys: 'Mod-Shift-z', isOffered: always, isPossible: (state) => redoDepth(state) > 0, run: (view) => void redo(view) },
  ...headings,
  { id: 'paragraph', label: 'Plain paragraph', group: 'paragraph', keys: 'Mod-Alt-0', slash: 'text normal', isOffered: inFull, run: change((state) => setHeading(state, 0)) },
  { id: 'bold', label: 'Bold', group: 'text', keys: 'Mod-b', format: 'strong', isOffered: always, run: change((state) => toggleMark(state, 'strong')) },
  { id: 'italic', label: 'Italic', group: 'text', keys: 'Mod-i', format: 'emphasis', isOffered: always, run: change((state) => toggleMark(state, 'emphasis')) },
  { id: 'code', label: 'Code', group: 'text', keys: 'Mod-e', format: 'code', isOffered: always, run: change((state) => toggleMark(state, 'code')) },
  { id: 'sub', label: 'Subscript', group: 'text', keys: 'Mod-,', format: 'sub', isOffered: ({ allowedHtml }) => allowedHtml.includes('sub'), run: change((state) => toggleHtml(state, 'sub')) },
  { id: 'sup', label: 'Superscript', group: 'text', keys: 'Mod-.', format: 'sup', isOffered: ({ allowedHtml }) => allowedHtml.includes('sup'), run: change((state) => toggleHtml(state, 'sup')) },
  { id: 'bullets', label: 'Bulleted list', group: 'lists', keys: 'Mod-Shift-8', format: 'bullets', slash: 'points items unordered', isOffered: always, run: change((state) => toggleList(state, 'bullets')) },
  { id: 'numbers', label: 'Numbered list', group: 'lists', keys: 'Mod-Shift-7', format: 'numbers', slash: 'items ordered steps', isOffered: always, run: change((state) => toggleList(state, 'numbers')) },
  { id: 'nestIn', label: 'One level in', group: 'lists', keys: 'Mod-]', isOffered: always, isPossible: isInList, run: change((state) => nest(state, 'in')) },
  { id: 'nestOut', label: 'One level out', group: 'lists', keys: 'Mod-[', isOffered: always, isPossible: isInList, run: change((state) => nest(state, 'out')) },
  { id: 'quote', label: 'Quotation', group: 'lists', keys: 'Mod-Shift-9', format: 'quote', slash: 'quote citation', isOffered: always, run: change(toggleQuote) },
  { id: 'codeBlock', label: 'Code block', group: 'lists', keys: 'Mod-Shift-e', format: 'codeBlock', slash: 'program listing pre', isOffered: inFull, run: change(toggleCodeBlock) },
  { id: 'link', label: 'Link to an address', group: 'insert', keys: 'Mod-k', format: 'link', slash: 'url web external', isOffered: always, run: (view) => open(view, 'link', linkAt(view.state)?.from) },
  { id: 'table', label: 'Table', group: 'insert', keys: 'Mod-Alt-g', slash: 'grid rows columns', isOffered: inFull, run: (view) => open(view, 'table', atOf(view, 'table')) },
  { id: 'rule', label: 'Line across', group: 'insert', slash: 'divider separator horizontal', isOffered: inFull, run: change((state) => insertBlock(state, '---')) },
  { id: 'math', label: 'Formula', group: 'insert', keys: 'Mod-Alt-f', slash: 'math equation tex latex', isOffered: ({ toolbar }) => toolbar !== 'minimal', run: (view) => open(view, 'math', atOf(view, 'math')) },
  { id: 'resourceLink', label: 'Link to content', group: 'course', keys: 'Mod-Shift-k', slash: 'resource page document', isOffered: ({ link }) => link.length > 0, run: (view) => hostOf(view.state).insertItem('link') },
  { id: 'resourceEmbed', label: 'Show a resource', group: 'course', keys: 'Mod-Alt-r', slash: 'embed picture image video film', isOffered: ({ embed }) => embed.length > 0, run: (view) => hostOf(view.state).insertItem('embed') },
  { id: 'find', label: 'Find', group: 'view', keys: 'Mod-f', isOffered: always, run: (view) => void openSearchPanel(view) },
  { id: 'help', label: 'Help', group: 'view', keys: 'Mod-/', isOffered: always, run: (view) => hostOf(view.state).open({ kind: 'help', at: undefined }) },
];

export function isInList(state: EditorState): boolean {
  return isListLine(state.doc.lineAt(state.selection.main.head).text);
}

function open(view: EditorView, kind: 'link' | 'table' | 'math', at: number | undefined): void {
  hostOf(view.state).open({ kind, at });
}

/** Where the piece of this kind at the cursor begins. */
function atOf({ state }: EditorView, kind: 'table' | 'math'): number | undefined {
  const { head } = state.selection.main;
  if (kind === 'table') return tableAt(state, head)?.from;
  const piece = pieceAt(state, head);
  return piece?.kind === kind ? piece.from : undefined;
}
