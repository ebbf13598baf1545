import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A link or a picture whose address stands in it. */
export interface LinkParts extends Stretch {
  readonly text: Stretch;
  readonly address: Stretch;
}

/**
 * `(…)` behind a text in brackets, in whose address shortcodes with their spaces may stand: Hugo puts in what they say before Markdown is read.
 * Each character can be part of one thing only: a pattern that leaves a choice tries all choices where the end is missing.
 */
const DESTINATION = /^\(((?:\{\{[<%](?:"(?:\\.|[^"\\])*"|(?![%>]\}\})[^"])*[%>]\}\}|\([^()\s]*\)|(?!\{\{[<%])[^()\s])+)(?:[ \t]+"[^"\n]*")?\)/;
const MAX_ADDRESS = 2_000;

/** The parts of a link or picture; undefined for one that names a reference, and for a text in brackets alone. */
export function linkParts(state: EditorState, node: SyntaxNode): LinkParts | undefined {
  const [opening, closing] = node.getChildren('LinkMark');
  if (opening === undefined || closing === undefined) return undefined;
  const text = { from: opening.to, to: closing.from };
  const url = node.getChild('URL');
  if (url !== null) return { from: node.from, to: node.to, text, address: { from: url.from, to: url.to } };
  if (closing.to !== node.to) return undefined;
  const match = DESTINATION.exec(state.sliceDoc(node.to, Math.min(node.to + MAX_ADDRESS, state.doc.length)));
  const address = match?.[1];
  if (match === null || address === undefined) return undefined;
  return { from: node.from, to: node.to + match[0].length, text, address: { from: node.to + 1, to: node.to + 1 + address.length } };
}
