import { type EditorState, StateField } from '@codemirror/state';
import { findMath, type MathSpan } from '#domain/markdown/math.ts';
import { paramOf, scanShortcodes, type ShortcodeSpan } from '#domain/markdown/shortcodes.ts';
import { findTables } from '#domain/markdown/tables.ts';
import type { Table } from '#domain/markdown/tableModel.ts';

/** A part of the text that is shown as one thing. */
export type Piece =
  | { readonly kind: 'shortcode'; readonly from: number; readonly to: number; readonly span: ShortcodeSpan }
  | { readonly kind: 'math'; readonly from: number; readonly to: number; readonly span: MathSpan };

export interface Pieces {
  /** In their order, none inside another. */
  readonly inline: readonly Piece[];
  readonly tables: readonly Table[];
  /** Shortcodes whose end or name could not be made out: they stay as they are written. */
  readonly broken: readonly ShortcodeSpan[];
}

/** Every piece of a text. */
export function findPieces(text: string): Pieces {
  const spans = scanShortcodes(text);
  const all: Piece[] = [
    ...spans
      .filter((span) => !span.isBroken && !isInDestination(text, span))
      .map((span): Piece => ({ kind: 'shortcode', from: span.from, to: span.to, span })),
    ...findMath(text).map((span): Piece => ({ kind: 'math', from: span.from, to: span.to, span })),
  ].sort((a, b) => a.from - b.from || b.to - a.to);
  const inline: Piece[] = [];
  let end = -1;
  for (const piece of all) {
    if (piece.from < end) continue;
    inline.push(piece);
    end = piece.to;
  }
  return { inline, tables: findTables(text), broken: spans.filter(({ isBroken }) => isBroken) };
}

/** `[text]({{< baseurl >}}/pages/x)`: part of an address, and folded away with it. */
function isInDestination(text: string, span: ShortcodeSpan): boolean {
  return text.startsWith('](', span.from - 2);
}

export const piecesField = StateField.define<Pieces>({
  create: (state) => findPieces(state.sliceDoc()),
  update: (pieces, transaction) => (transaction.docChanged ? findPieces(transaction.state.sliceDoc()) : pieces),
});

/** The piece that begins here. */
export function pieceFrom(state: EditorState, at: number): Piece | undefined {
  return state.field(piecesField).inline.find((piece) => piece.from === at);
}

/** The table around a place. */
export function tableAt(state: EditorState, at: number): Table | undefined {
  return state.field(piecesField).tables.find(({ from, to }) => from <= at && at <= to);
}

/** What the cursor is in or at, the innermost first. */
export function pieceAt(state: EditorState, at: number): { readonly kind: 'shortcode' | 'math' | 'table'; readonly from: number; readonly to: number } | undefined {
  const { inline } = state.field(piecesField);
  const touching = inline.filter((piece) => piece.from <= at && at <= piece.to);
  // Between two of them the one that follows is meant: it is what the cursor stands before.
  const piece = touching.at(-1);
  if (piece !== undefined) return piece;
  const table = tableAt(state, at);
  return table === undefined ? undefined : { kind: 'table', from: table.from, to: table.to };
}

const RESOURCE_LINK = 'resource_link';

export const isResourceLink = ({ name, isClosing }: ShortcodeSpan): boolean => name === RESOURCE_LINK && !isClosing;
export const isEmbed = ({ name, isClosing }: ShortcodeSpan): boolean => name === 'resource' && !isClosing;

/** The item a shortcode names. */
export function uuidOf(span: ShortcodeSpan): string | undefined {
  return (paramOf(span, 'uuid') ?? paramOf(span, 0))?.value;
}
