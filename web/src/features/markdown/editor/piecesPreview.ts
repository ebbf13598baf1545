import { type EditorState, type Range, StateField, type Transaction } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import { toTex } from '#domain/markdown/math.ts';
import { paramOf, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import { piecesPreview as words } from '../../../words/markdown.ts';
import { shortcodeDetail, shortcodeName } from '../../../words/shortcodeWords.ts';
import { hostOf } from './editorHost.ts';
import { hasFocus, isTouched } from './focusState.ts';
import { isEmbed, isResourceLink, type Piece, piecesField, uuidOf } from './pieces.ts';
import { titleCame } from './titleBook.ts';
import { ChipWidget } from './widgets/ChipWidget.ts';
import { EmbedWidget } from './widgets/EmbedWidget.ts';
import { MathWidget } from './widgets/MathWidget.ts';
import { ResourceLinkWidget } from './widgets/ResourceLinkWidget.ts';
import { TableWidget } from './widgets/TableWidget.ts';

interface Preview {
  readonly shown: DecorationSet;
  /** What the cursor steps over as one: it is changed by its panel. */
  readonly atoms: DecorationSet;
}

function widgetOf(state: EditorState, span: ShortcodeSpan): ChipWidget | EmbedWidget | ResourceLinkWidget {
  const { titles } = hostOf(state);
  const uuid = uuidOf(span);
  if (uuid !== undefined && isResourceLink(span)) return new ResourceLinkWidget(uuid, paramOf(span, 1)?.value ?? '', titles.look(uuid));
  if (uuid !== undefined && isEmbed(span)) {
    const line = state.doc.lineAt(span.from);
    const isAlone = span.to <= line.to && state.sliceDoc(line.from, span.from).trim() === '' && state.sliceDoc(span.to, line.to).trim() === '';
    const leadsTo = paramOf(span, 'href')?.value ?? (paramOf(span, 'href_uuid') === undefined ? undefined : words.contentOfThisSite);
    return new EmbedWidget(uuid, leadsTo === undefined ? '' : words.leadsTo(leadsTo), titles.look(uuid), isAlone);
  }
  return new ChipWidget(shortcodeName(span), shortcodeDetail(span), span.isClosing);
}

function preview(state: EditorState): Preview {
  const { inline, tables, broken } = state.field(piecesField);
  const shown: Range<Decoration>[] = [];
  const atoms: Range<Decoration>[] = [];
  const drawn = tables.filter((table) => {
    const isAtLineEnds = state.doc.lineAt(table.from).from === table.from && state.doc.lineAt(table.to).to === table.to;
    return isAtLineEnds && !isTouched(state, table.from, table.to);
  });
  for (const table of drawn) shown.push(Decoration.replace({ widget: new TableWidget(state.sliceDoc(table.from, table.to), table), block: true }).range(table.from, table.to));
  let next = 0;
  for (const piece of inline) {
    while ((drawn[next]?.to ?? Infinity) <= piece.from) next += 1;
    if ((drawn[next]?.from ?? Infinity) <= piece.from) continue;
    const decoration = decorationOf(state, piece);
    if (decoration === undefined) continue;
    shown.push(decoration.range(piece.from, piece.to));
    if (piece.kind === 'shortcode') atoms.push(decoration.range(piece.from, piece.to));
  }
  for (const { from, to, problem } of broken) {
    const isDrawn = drawn.some((table) => table.from <= from && to <= table.to);
    if (!isDrawn && from < to) shown.push(Decoration.mark({ class: 'md-broken', attributes: { title: problem ?? words.shortcodeHasNoEnd } }).range(from, to));
  }
  return { shown: Decoration.set(shown, true), atoms: Decoration.set(atoms, true) };
}

function decorationOf(state: EditorState, piece: Piece): Decoration | undefined {
  if (piece.kind === 'shortcode') return Decoration.replace({ widget: widgetOf(state, piece.span) });
  if (isTouched(state, piece.from, piece.to)) return Decoration.mark({ class: 'md-math-source' });
  return Decoration.replace({ widget: new MathWidget(toTex(state.sliceDoc(piece.span.sourceFrom, piece.span.sourceTo)), piece.span.isDisplay) });
}

const changesIt = (transaction: Transaction): boolean =>
  transaction.docChanged || transaction.selection !== undefined || transaction.startState.field(hasFocus) !== transaction.state.field(hasFocus) || transaction.effects.some((effect) => effect.is(titleCame));

/** Shows shortcodes, formulas and tables as what they are. It is a field and no plugin, for what spans lines must be known before lines are laid out. */
export const piecesPreview = StateField.define<Preview>({
  create: preview,
  update: (now, transaction) => (changesIt(transaction) ? preview(transaction.state) : now),
  provide: (field) => [EditorView.decorations.from(field, ({ shown }) => shown), EditorView.atomicRanges.of((view) => view.state.field(field).atoms)],
});
