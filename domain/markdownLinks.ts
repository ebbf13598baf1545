import { type Shortcode, shortcodesIn } from './shortcodes.ts';

/** An inline link or image of a Markdown text. Places are in UTF-16 units; an end is the first unit after it. */
export interface MarkdownLink {
  /** What stands between the brackets, as it is written. */
  readonly text: string;
  /** The address as it is written, without the angle brackets round it; shortcodes in it stay. */
  readonly url: string;
  readonly title?: string;
  readonly isImage: boolean;
  readonly start: number;
  readonly end: number;
  readonly urlStart: number;
  readonly urlEnd: number;
}

interface Opener {
  readonly isImage: boolean;
  readonly start: number;
  readonly textStart: number;
}

/**
 * The links and images of a text, in the order in which they end, so that an image in a link comes before the link. What
 * only looks like one is left out: in code, in mathematics, in HTML tags and in the parameters of shortcodes.
 */
export function markdownLinksIn(text: string): MarkdownLink[] {
  const links: MarkdownLink[] = [];
  const shortcodes = new Map(shortcodesIn(text).map((shortcode) => [shortcode.start, shortcode]));
  const openers: Opener[] = [];
  // Links do not nest: brackets that were open when a link ended open images only.
  let closedBelow = 0;
  let at = 0;
  while (at < text.length) {
    const after = atLineStart(text, at) ? afterFence(text, at) : null;
    if (after !== null || blankLine(text, at)) {
      openers.length = 0;
      closedBelow = 0;
    }
    const skipped = after ?? afterOpaque(text, at, shortcodes);
    if (skipped !== null) {
      at = skipped;
      continue;
    }
    const character = text[at];
    if (character === '[') {
      const isImage = at > 0 && text[at - 1] === '!' && !isEscaped(text, at - 1);
      openers.push({ isImage, start: isImage ? at - 1 : at, textStart: at + 1 });
    } else if (character === ']') {
      const opener = openers.pop();
      const isOpen = opener !== undefined && (opener.isImage || openers.length >= closedBelow);
      closedBelow = Math.min(closedBelow, openers.length);
      const target = isOpen && text[at + 1] === '(' ? readTarget(text, at + 2, shortcodes) : null;
      if (opener !== undefined && target !== null) {
        links.push({ text: text.slice(opener.textStart, at), isImage: opener.isImage, start: opener.start, ...target });
        if (!opener.isImage) closedBelow = openers.length;
        at = target.end;
        continue;
      }
    }
    at += 1;
  }
  return links;
}

function atLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n';
}

const BLANK_LINE = /\n[ \t\r]*\n/y;

function blankLine(text: string, at: number): boolean {
  if (text[at] !== '\n') return false;
  BLANK_LINE.lastIndex = at;
  return BLANK_LINE.test(text);
}

const FENCE = /[ \t>]*(`{3,}|~{3,})([^\n]*)(?:\n|$)/y;

/** The place after the fenced code that begins at this line; null when none does. */
function afterFence(text: string, at: number): number | null {
  FENCE.lastIndex = at;
  const opening = FENCE.exec(text);
  const mark = opening?.[1] ?? '';
  // Backticks behind backticks are code in a line, not a fence.
  if (opening === null || (mark.startsWith('`') && opening[2]?.includes('`') === true)) return null;
  const closing = new RegExp(`^[ \\t>]*${mark}${mark.charAt(0)}*[ \\t\\r]*$`, 'm');
  const from = at + opening[0].length;
  const end = closing.exec(text.slice(from));
  return end === null ? text.length : from + end.index + end[0].length;
}

const TAG = /<[A-Za-z/!][^<>]*>/y;
const BACKTICKS = /`+/y;

/** The place after what brackets mean nothing in: a shortcode, code, mathematics, a tag, an escaped character. */
function afterOpaque(text: string, at: number, shortcodes: ReadonlyMap<number, Shortcode>): number | null {
  const character = text[at];
  if (character === '{') return shortcodes.get(at)?.end ?? null;
  if (character === '`') return afterCode(text, at);
  if (character === '\\') return afterMathematics(text, at) ?? at + 2;
  if (character !== '<') return null;
  TAG.lastIndex = at;
  return TAG.test(text) ? TAG.lastIndex : null;
}

/** Code in a line ends with as many backticks as it began with, in the same paragraph; else these are backticks. */
function afterCode(text: string, at: number): number {
  BACKTICKS.lastIndex = at;
  const run = BACKTICKS.exec(text)?.[0] ?? '`';
  const from = at + run.length;
  const paragraph = /\n[ \t\r]*\n/.exec(text.slice(from));
  const rest = text.slice(from, paragraph === null ? undefined : from + paragraph.index);
  const closing = new RegExp(`(?<!\`)${run}(?!\`)`).exec(rest);
  return closing === null ? from : from + closing.index + run.length;
}

/** Mathematics stands in `\\(…\\)` or `\\[…\\]`, on one line. */
function afterMathematics(text: string, at: number): number | null {
  const closing = text.startsWith('\\\\(', at) ? '\\\\)' : text.startsWith('\\\\[', at) ? '\\\\]' : null;
  if (closing === null) return null;
  const end = text.indexOf(closing, at + 3);
  const line = text.indexOf('\n', at);
  return end === -1 || (line !== -1 && line < end) ? null : end + closing.length;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

const SPACE = /[ \t\r]*(?:\n[ \t\r]*)?/y;
const TITLE = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\(((?:\\.|[^()\\])*)\)/sy;

type Target = Pick<MarkdownLink, 'url' | 'title' | 'urlStart' | 'urlEnd' | 'end'>;

/** Address and title behind the opening parenthesis; null when it closes nothing that is a link. */
function readTarget(text: string, from: number, shortcodes: ReadonlyMap<number, Shortcode>): Target | null {
  const start = skipSpace(text, from);
  const isAngled = text[start] === '<';
  const urlStart = isAngled ? start + 1 : start;
  const urlEnd = isAngled ? angledEnd(text, urlStart) : plainEnd(text, urlStart, shortcodes);
  if (urlEnd === null) return null;
  const afterUrl = isAngled ? urlEnd + 1 : urlEnd;
  let at = skipSpace(text, afterUrl);
  TITLE.lastIndex = at;
  // A title stands apart from the address.
  const title = at > afterUrl ? TITLE.exec(text) : null;
  if (title !== null) at = skipSpace(text, at + title[0].length);
  if (text[at] !== ')') return null;
  return { url: text.slice(urlStart, urlEnd), ...(title === null ? {} : { title: title[1] ?? title[2] ?? title[3] ?? '' }), urlStart, urlEnd, end: at + 1 };
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

function angledEnd(text: string, from: number): number | null {
  for (let at = from; at < text.length && text[at] !== '\n' && text[at] !== '<'; at += text[at] === '\\' ? 2 : 1) if (text[at] === '>') return at;
  return null;
}

/** An address without angle brackets ends at a space or at the parenthesis that it did not open. */
function plainEnd(text: string, from: number, shortcodes: ReadonlyMap<number, Shortcode>): number | null {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const shortcode = shortcodes.get(at);
    if (shortcode !== undefined) {
      at = shortcode.end;
      continue;
    }
    const character = text.charAt(at);
    if (/\s/.test(character) || (character === ')' && depth === 0)) break;
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    at += character === '\\' && /[!-/:-@[-`{-~]/.test(text.charAt(at + 1)) ? 2 : 1;
  }
  return depth === 0 ? Math.min(at, text.length) : null;
}
