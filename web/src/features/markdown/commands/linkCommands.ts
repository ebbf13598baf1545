import type { EditorState } from '@codemirror/state';
import type { Splice } from '#domain/markdown/splice.ts';
import { escapeHref, unescapeHref } from '#domain/markdown/writing.ts';
import { type LinkParts, linkParts } from '../editor/linkParts.ts';
import { nodesAround } from './formats.ts';

/** The link the cursor is in, when its address stands in it. */
export function linkAt(state: EditorState): LinkParts | undefined {
  const node = nodesAround(state).find(({ name }) => name === 'Link');
  return node === undefined ? undefined : linkParts(state, node);
}

/** The text of a link, as Markdown: a bracket in it would end it, and so would an empty line. */
const inBrackets = (text: string): string => text.replace(/\\[^\n]|[[\]]/g, (found) => (found.length > 1 ? found : `\\${found}`)).replace(/\s*\n\s*/g, ' ');

/** What changes a link: only its text or address, where that is another. */
export function changeLink(state: EditorState, link: LinkParts, text: string, href: string): Splice[] {
  const splices: Splice[] = [];
  if (text !== state.sliceDoc(link.text.from, link.text.to)) splices.push({ ...link.text, insert: inBrackets(text) });
  if (href !== unescapeHref(state.sliceDoc(link.address.from, link.address.to))) splices.push({ ...link.address, insert: escapeHref(href) });
  return splices;
}

/** The source of a new link. */
export const newLink = (text: string, href: string): string => `[${inBrackets(text)}](${escapeHref(href)})`;
