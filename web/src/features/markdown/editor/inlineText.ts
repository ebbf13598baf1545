import { paramOf, scanShortcodes } from '#domain/markdown/shortcodes.ts';
import { toTex } from '#domain/markdown/math.ts';
import { shortcodeName } from '../../../words/shortcodeWords.ts';
import { markdownParser } from './language.ts';
import { isResourceLink, uuidOf } from './pieces.ts';

const wrappers: Readonly<Record<string, 'strong' | 'em' | 'code' | 's'>> = { StrongEmphasis: 'strong', Emphasis: 'em', InlineCode: 'code', Strikethrough: 's' };
const hidden = new Set(['EmphasisMark', 'CodeMark', 'StrikethroughMark', 'LinkMark', 'URL', 'LinkTitle', 'HTMLTag', 'Comment', 'HeaderMark', 'QuoteMark']);

/** A short text, such as that of a cell, as it reads; made of elements and texts only, never of what an author wrote as HTML. */
export function inlineText(source: string): DocumentFragment {
  const whole = document.createDocumentFragment();
  const open: { readonly node: Node; readonly to: number }[] = [{ node: whole, to: source.length }];
  let at = 0;
  const write = (text: string): void => void (text !== '' && open.at(-1)?.node.appendChild(document.createTextNode(text)));
  const upTo = (position: number): void => {
    for (let top = open.at(-1); top !== undefined && top.to <= position && open.length > 1; top = open.at(-1)) {
      write(source.slice(at, Math.max(at, top.to)));
      at = Math.max(at, top.to);
      open.pop();
    }
    write(source.slice(at, Math.max(at, position)));
    at = Math.max(at, position);
  };
  markdownParser.parse(source).iterate({
    enter: ({ name, from, to }) => {
      const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
      if (wrapper !== undefined) {
        upTo(from);
        const element = document.createElement(wrapper);
        open.at(-1)?.node.appendChild(element);
        open.push({ node: element, to });
      } else if (hidden.has(name)) {
        upTo(from);
        at = Math.max(at, to);
      } else if (name === 'Shortcode') {
        upTo(from);
        write(shortcodeText(source.slice(from, to)));
        at = Math.max(at, to);
      } else if (name === 'Math') {
        upTo(from);
        const element = document.createElement('code');
        element.textContent = toTex(source.slice(from + 3, to - 3));
        open.at(-1)?.node.appendChild(element);
        at = Math.max(at, to);
      }
    },
  });
  upTo(source.length);
  return whole;
}

function shortcodeText(source: string): string {
  const [span] = scanShortcodes(source);
  if (span === undefined) return source;
  if (isResourceLink(span)) return paramOf(span, 1)?.value ?? uuidOf(span) ?? '';
  if (span.name === 'br') return '\n';
  return span.isClosing || span.name === 'td-colspan' ? '' : `[${shortcodeName(span)}]`;
}
