import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { SyntaxNode } from '@lezer/common';

/** Whether a place is in code or in a block of HTML, where Markdown means nothing. */
export function isVerbatimAt(state: EditorState, at: number): boolean {
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(at, -1); node !== null; node = node.parent) if (/^(?:FencedCode|CodeBlock|HTMLBlock|CommentBlock|InlineCode)$/.test(node.name)) return true;
  return false;
}
