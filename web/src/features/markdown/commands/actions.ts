import { redo, redoDepth, undo, undoDepth } from '@codemirror/commands';
import { openSearchPanel } from '@codemirror/search';
import type { EditorState, TransactionSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { common } from '../../../words/common.ts';
import { actions as words } from '../../../words/markdown.ts';
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
  label: words.heading(level),
  group: 'paragraph',
  keys: `Mod-Alt-${level}`,
  format: `heading${level}` as Format,
  slash: words.headingTitleSectionH(level),
  isOffered: inFull,
  run: change((state) => setHeading(state, level)),
}));

/** Everything, in the order of the toolbar. */
export const actions: readonly Action[] = [
  { id: 'undo', label: common.undo, group: 'history', keys: 'Mod-z', isOffered: always, isPossible: (state) => undoDepth(state) > 0, run: (view) => void undo(view) },
  { id: 'redo', label: words.redo, group: 'history', keys: 'Mod-Shift-z', isOffered: always, isPossible: (state) => redoDepth(state) > 0, run: (view) => void redo(view) },
  ...headings,
  { id: 'paragraph', label: words.plainParagraph, group: 'paragraph', keys: 'Mod-Alt-0', slash: words.textNormal, isOffered: inFull, run: change((state) => setHeading(state, 0)) },
  { id: 'bold', label: words.bold, group: 'text', keys: 'Mod-b', format: 'strong', isOffered: always, run: change((state) => toggleMark(state, 'strong')) },
  { id: 'italic', label: words.italic, group: 'text', keys: 'Mod-i', format: 'emphasis', isOffered: always, run: change((state) => toggleMark(state, 'emphasis')) },
  { id: 'code', label: words.code, group: 'text', keys: 'Mod-e', format: 'code', isOffered: always, run: change((state) => toggleMark(state, 'code')) },
  { id: 'sub', label: words.subscript, group: 'text', keys: 'Mod-,', format: 'sub', isOffered: ({ allowedHtml }) => allowedHtml.includes('sub'), run: change((state) => toggleHtml(state, 'sub')) },
  { id: 'sup', label: words.superscript, group: 'text', keys: 'Mod-.', format: 'sup', isOffered: ({ allowedHtml }) => allowedHtml.includes('sup'), run: change((state) => toggleHtml(state, 'sup')) },
  { id: 'bullets', label: words.bulletedList, group: 'lists', keys: 'Mod-Shift-8', format: 'bullets', slash: words.pointsItemsUnordered, isOffered: always, run: change((state) => toggleList(state, 'bullets')) },
  { id: 'numbers', label: words.numberedList, group: 'lists', keys: 'Mod-Shift-7', format: 'numbers', slash: words.itemsOrderedSteps, isOffered: always, run: change((state) => toggleList(state, 'numbers')) },
  { id: 'nestIn', label: words.oneLevelIn, group: 'lists', keys: 'Mod-]', isOffered: always, isPossible: isInList, run: change((state) => nest(state, 'in')) },
  { id: 'nestOut', label: words.oneLevelOut, group: 'lists', keys: 'Mod-[', isOffered: always, isPossible: isInList, run: change((state) => nest(state, 'out')) },
  { id: 'quote', label: words.quotation, group: 'lists', keys: 'Mod-Shift-9', format: 'quote', slash: words.quoteCitation, isOffered: always, run: change(toggleQuote) },
  { id: 'codeBlock', label: words.codeBlock, group: 'lists', keys: 'Mod-Shift-e', format: 'codeBlock', slash: words.programListingPre, isOffered: inFull, run: change(toggleCodeBlock) },
  { id: 'link', label: words.linkToAddress, group: 'insert', keys: 'Mod-k', format: 'link', slash: words.urlWebExternal, isOffered: always, run: (view) => open(view, 'link', linkAt(view.state)?.from) },
  { id: 'table', label: words.table, group: 'insert', keys: 'Mod-Alt-g', slash: words.gridRowsColumns, isOffered: inFull, run: (view) => open(view, 'table', atOf(view, 'table')) },
  { id: 'rule', label: words.lineAcross, group: 'insert', slash: words.dividerSeparatorHorizontal, isOffered: inFull, run: change((state) => insertBlock(state, '---')) },
  { id: 'math', label: words.formula, group: 'insert', keys: 'Mod-Alt-f', slash: words.mathEquationTexLatex, isOffered: ({ toolbar }) => toolbar !== 'minimal', run: (view) => open(view, 'math', atOf(view, 'math')) },
  { id: 'resourceLink', label: words.linkToContent, group: 'course', keys: 'Mod-Shift-k', slash: words.resourcePageDocument, isOffered: ({ link }) => link.length > 0, run: (view) => hostOf(view.state).insertItem('link') },
  { id: 'resourceEmbed', label: words.showResource, group: 'course', keys: 'Mod-Alt-r', slash: words.embedPictureImageVideoFilm, isOffered: ({ embed }) => embed.length > 0, run: (view) => hostOf(view.state).insertItem('embed') },
  { id: 'find', label: words.find, group: 'view', keys: 'Mod-f', isOffered: always, run: (view) => void openSearchPanel(view) },
  { id: 'help', label: words.help, group: 'view', keys: 'Mod-/', isOffered: always, run: (view) => hostOf(view.state).open({ kind: 'help', at: undefined }) },
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
