import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

export type Format = 'strong' | 'emphasis' | 'code' | 'link' | 'sub' | 'sup' | 'bullets' | 'numbers' | 'quote' | 'codeBlock' | 'heading1' | 'heading2' | 'heading3' | 'heading4' | 'heading5' | 'heading6';

const byNode: Readonly<Record<string, Format>> = {
  StrongEmphasis: 'strong', Emphasis: 'emphasis', InlineCode: 'code', Link: 'link', BulletList: 'bullets', OrderedList: 'numbers', Blockquote: 'quote', FencedCode: 'codeBlock', CodeBlock: 'codeBlock',
  ATXHeading1: 'heading1', ATXHeading2: 'heading2', ATXHeading3: 'heading3', ATXHeading4: 'heading4', ATXHeading5: 'heading5', ATXHeading6: 'heading6', SetextHeading1: 'heading1', SetextHeading2: 'heading2',
};

/** The nodes around the selection, the innermost first. A mark right at the cursor counts as around it. */
export function nodesAround(state: EditorState): SyntaxNode[] {
  const { from, to } = state.selection.main;
  const found: SyntaxNode[] = [];
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(from, side); node !== null; node = node.parent) {
      const inside = node;
      if (node.from <= from && node.to >= to && !found.some((known) => known.from === inside.from && known.to === inside.to && known.name === inside.name)) found.push(node);
    }
  }
  return found;
}

/** What the text at the cursor is already. */
export function formatsAt(state: EditorState): ReadonlySet<Format> {
  const formats = new Set<Format>();
  for (const { name } of nodesAround(state)) {
    const format = Object.hasOwn(byNode, name) ? byNode[name] : undefined;
    if (format !== undefined) formats.add(format);
  }
  for (const tag of ['sub', 'sup'] as const) if (htmlPairAround(state, tag) !== undefined) formats.add(tag);
  return formats;
}

/** `<sub>…</sub>` around the selection, on its line. */
export function htmlPairAround(state: EditorState, tag: 'sub' | 'sup'): { readonly from: number; readonly to: number } | undefined {
  const { from, to } = state.selection.main;
  const line = state.doc.lineAt(from);
  if (to > line.to) return undefined;
  for (const match of line.text.matchAll(new RegExp(`<${tag}>.*?</${tag}>`, 'g'))) {
    const start = line.from + match.index;
    if (start <= from && start + match[0].length >= to) return { from: start, to: start + match[0].length };
  }
  return undefined;
}
