import { syntaxTree } from '@codemirror/language';
import { type EditorState, type Range } from '@codemirror/state';
import type { EditorView} from '@codemirror/view';
import { Decoration, type DecorationSet, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { scanShortcodes } from '#domain/markdown/shortcodes.ts';
import { hostOf } from './editorHost.ts';
import { hasFocus, isTouched } from './focusState.ts';
import { linkParts } from './linkParts.ts';
import { uuidOf } from './pieces.ts';
import { titleCame } from './titleBook.ts';
import { PictureWidget } from './widgets/PictureWidget.ts';
import { PlainWidget } from './widgets/PlainWidget.ts';

/** How the kinds of syntax look; the marks around them are folded away until the cursor comes. */
const looks: Readonly<Record<string, string>> = { Emphasis: 'md-em', StrongEmphasis: 'md-strong', InlineCode: 'md-code', Strikethrough: 'md-strike' };
const lineLooks: Readonly<Record<string, string>> = {
  ATXHeading1: 'md-h1', ATXHeading2: 'md-h2', ATXHeading3: 'md-h3', ATXHeading4: 'md-h4', ATXHeading5: 'md-h5', ATXHeading6: 'md-h6', SetextHeading1: 'md-h1', SetextHeading2: 'md-h2',
  Blockquote: 'md-quote', FencedCode: 'md-codeblock', CodeBlock: 'md-codeblock', Table: 'md-codeblock', HTMLBlock: 'md-html', CommentBlock: 'md-html', ProcessingInstructionBlock: 'md-html',
};
const fold = Decoration.replace({});
const dim = Decoration.mark({ class: 'md-dim' });

/** Collects what is shown of one stretch of text; sorts at the end, for lines, marks and folds come in another order than they must stand. */
class Collector {
  readonly found: Range<Decoration>[] = [];
  private readonly state: EditorState;
  private readonly lines = new Set<string>();

  constructor(state: EditorState) {
    this.state = state;
  }

  /** What reaches over the end of a line is only dimmed: a plugin may fold none away. */
  add(decoration: Decoration, from: number, to: number): void {
    if (from >= to) return;
    const isFolded = decoration === fold || 'widget' in decoration.spec;
    this.found.push((isFolded && this.state.doc.lineAt(from).to < to ? dim : decoration).range(from, to));
  }

  line(className: string, from: number, to: number): void {
    const { doc } = this.state;
    for (let line = doc.lineAt(from); ; line = doc.lineAt(line.to + 1)) {
      const key = `${className} ${line.from}`;
      if (!this.lines.has(key)) this.found.push(Decoration.line({ class: className }).range(line.from));
      this.lines.add(key);
      if (line.to >= to || line.to >= doc.length) return;
    }
  }
}

function link(state: EditorState, collect: Collector, node: SyntaxNode): void {
  const [opening, closing] = node.getChildren('LinkMark');
  const parts = linkParts(state, node);
  // A text in brackets alone is a text in brackets.
  if (opening === undefined || closing === undefined || (parts === undefined && node.getChild('LinkLabel') === null)) return;
  const end = parts?.to ?? node.to;
  const isOpen = isTouched(state, node.from, end);
  collect.add(Decoration.mark({ class: 'md-link', attributes: parts === undefined ? {} : { title: state.sliceDoc(parts.address.from, parts.address.to) } }), opening.to, closing.from);
  collect.add(isOpen ? dim : fold, opening.from, opening.to);
  collect.add(isOpen ? dim : fold, closing.from, end);
}

function picture(state: EditorState, collect: Collector, node: SyntaxNode): void {
  const parts = linkParts(state, node);
  if (parts === undefined) return;
  if (isTouched(state, parts.from, parts.to)) {
    collect.add(dim, parts.from, parts.to);
    return;
  }
  const address = state.sliceDoc(parts.address.from, parts.address.to);
  const [span] = scanShortcodes(address);
  const uuid = span === undefined ? undefined : uuidOf(span);
  const known = uuid === undefined ? undefined : hostOf(state).titles.look(uuid);
  collect.add(Decoration.replace({ widget: new PictureWidget(state.sliceDoc(parts.text.from, parts.text.to), address, uuid, known) }), parts.from, parts.to);
}

function heading(state: EditorState, collect: Collector, node: SyntaxNode): void {
  const isOpen = isTouched(state, node.from, node.to);
  for (const mark of node.getChildren('HeaderMark')) {
    const isFirst = mark.from === node.from;
    // The space behind the mark goes with it.
    const end = isFirst ? Math.min(node.to, mark.to + (/^[ \t]*/.exec(state.sliceDoc(mark.to, node.to))?.[0].length ?? 0)) : mark.to;
    collect.add(isOpen || node.name.startsWith('Setext') ? dim : fold, mark.from, end);
  }
}

function listMark(state: EditorState, collect: Collector, node: SyntaxNodeRef): void {
  const text = state.sliceDoc(node.from, node.to);
  if (/^[-*+]$/.test(text) && !isTouched(state, node.from, node.to)) return collect.add(Decoration.replace({ widget: new PlainWidget('md-bullet', '•') }), node.from, node.to);
  collect.add(Decoration.mark({ class: 'md-list-mark' }), node.from, node.to);
}

/** `<sub>…</sub>` and `<sup>…</sup>` look like what they say; any other tag is shown as code. */
function tag(state: EditorState, collect: Collector, node: SyntaxNode): void {
  const name = /^<(sub|sup)>$/i.exec(state.sliceDoc(node.from, node.to))?.[1]?.toLowerCase();
  let closing: SyntaxNode | null = null;
  for (let next = node.nextSibling; name !== undefined && next !== null && closing === null; next = next.nextSibling) {
    if (next.name === 'HTMLTag' && state.sliceDoc(next.from, next.to).toLowerCase() === `</${name}>`) closing = next;
  }
  if (closing === null) {
    if (!/^<\/(?:sub|sup)>$/i.test(state.sliceDoc(node.from, node.to))) collect.add(Decoration.mark({ class: 'md-tag' }), node.from, node.to);
    return;
  }
  const isOpen = isTouched(state, node.from, closing.to);
  collect.add(isOpen ? dim : fold, node.from, node.to);
  collect.add(Decoration.mark({ class: `md-${name ?? ''}` }), node.to, closing.from);
  collect.add(isOpen ? dim : fold, closing.from, closing.to);
}

function decorate(state: EditorState, collect: Collector, ref: SyntaxNodeRef): boolean | void {
  const { name, from, to } = ref;
  if (Object.hasOwn(lineLooks, name)) collect.line(lineLooks[name] ?? '', from, to);
  if (Object.hasOwn(looks, name)) collect.add(Decoration.mark({ class: looks[name] ?? '' }), from, to);
  switch (name) {
    case 'Link':
      link(state, collect, ref.node);
      return;
    case 'Image':
      picture(state, collect, ref.node);
      return false;
    case 'HTMLTag':
      tag(state, collect, ref.node);
      return;
    case 'HTMLBlock':
    case 'CommentBlock':
      collect.found.push(Decoration.widget({ widget: new PlainWidget('md-html-word', name === 'HTMLBlock' ? 'HTML' : 'Comment'), side: -1 }).range(from));
      return false;
    case 'ListMark':
      listMark(state, collect, ref);
      return;
    case 'QuoteMark': {
      const line = state.doc.lineAt(from);
      collect.add(isTouched(state, line.from, line.to) ? dim : fold, from, to);
      return;
    }
    case 'EmphasisMark':
    case 'StrikethroughMark':
    case 'CodeMark': {
      const parent = ref.node.parent;
      if (parent === null) return;
      collect.add(parent.name === 'FencedCode' || isTouched(state, parent.from, parent.to) ? dim : fold, from, to);
      return;
    }
    case 'CodeInfo':
    case 'LinkReference':
      collect.add(dim, from, to);
      return;
    case 'Escape':
      if (!isTouched(state, from, to)) collect.add(fold, from, from + 1);
      return;
    case 'Autolink':
      collect.add(Decoration.mark({ class: 'md-link' }), from, to);
      return;
    case 'HorizontalRule':
      if (!isTouched(state, from, to)) collect.add(Decoration.replace({ widget: new PlainWidget('md-rule', '') }), from, to);
      return;
  }
  if (/^(?:ATX|Setext)Heading/.test(name)) heading(state, collect, ref.node);
}

/** Every decoration of the syntax between two places. */
function marksBetween(state: EditorState, ranges: readonly { readonly from: number; readonly to: number }[]): DecorationSet {
  const collect = new Collector(state);
  for (const { from, to } of ranges) syntaxTree(state).iterate({ from, to, enter: (ref) => decorate(state, collect, ref) });
  return Decoration.set(collect.found, true);
}

/** Shows syntax as what it means, where one looks; the text itself is never another. */
export const marksPlugin = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = marksBetween(view.state, view.visibleRanges);
    }

    update(update: ViewUpdate): void {
      const hasMore = syntaxTree(update.startState) !== syntaxTree(update.state);
      const hasFocusChanged = update.startState.field(hasFocus) !== update.state.field(hasFocus);
      const hasTitle = update.transactions.some((transaction) => transaction.effects.some((effect) => effect.is(titleCame)));
      if (update.docChanged || update.viewportChanged || update.selectionSet || hasMore || hasFocusChanged || hasTitle) this.decorations = marksBetween(update.state, update.view.visibleRanges);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
