import type { TextFinding, TextRule } from './cleanupRule.ts';
import { codeRanges, touches } from './codeRanges.ts';
import { markdownFields } from './linkRewriting.ts';

/** What may stand between escaped brackets: no other bracket, unless it is an image. */
const TEXT = String.raw`(?:(?:[^\[\]\\\n]|\\[^\[\]\n])*|!\\?\[(?:[^\[\]\\\n]|\\[^\[\]\n])*\\?\]\([^()\n]*\)[^\[\]\n]*?)`;
/** An address that begins with a shortcode or a scheme: what else stands in parentheses may be a remark. */
const ADDRESS = String.raw`(?:\{\{[<%][^{}\n]*[>%]\}\}[^()\s]*|https?:\/\/[^()\s]*)`;
/** Two backslashes and a bracket begin mathematics. */
const ESCAPED_LINK = new RegExp(String.raw`(?<!\\)\\\[${TEXT}(?<!\\)\\\]\(${ADDRESS}\)`, 'g');

/**
 * Links whose brackets an editor of old escaped are links again.
 * `\[Notes\]({{< baseurl >}}/pages/notes\_1)` becomes `[Notes]({{< baseurl >}}/pages/notes_1)`.
 * Left alone: brackets in code and mathematics, and parentheses that hold neither a shortcode nor a web address.
 */
export const linkUnescape: TextRule = {
  kind: 'text',
  name: 'link_unescape',
  title: 'Links whose brackets were escaped are links again',
  isReadOnly: false,
  covers: markdownFields,
  find(text) {
    const isCode = touches(codeRanges(text));
    return [...text.matchAll(ESCAPED_LINK)].flatMap((match): TextFinding[] => {
      const [original] = match;
      const end = match.index + original.length;
      if (isCode(match.index, end)) return [];
      const address = original.lastIndexOf('](');
      const replacement = original.slice(0, address).replace(/\\$/, '').replace(/\\([[\]])/g, '$1') + original.slice(address).replaceAll('\\_', '_');
      return [{ start: match.index, end, replacement, note: 'a link again' }];
    });
  },
};
