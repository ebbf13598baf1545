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
 * only looks like one is left out: in code, in mathematics, in HTML tags and comments, and in the parameters of shortcodes.
 */
export function markdownLinksIn(text: string): MarkdownLink[] {
  const links: MarkdownLink[] = [];
  const scan = scanOf(text);
  const openers: Opener[] = [];
  // Links do not nest: brackets that were open when a link ended open images only.
  let closedBelow = 0;
  let at = 0;
  while (at < text.length) {
    const afterFenced = atLineStart(text, at) ? afterFence(text, at) : null;
    // No link goes on in the next paragraph.
    if (afterFenced !== null || scan.nextBlankLine(at) === at) {
      openers.length = 0;
      closedBelow = 0;
    }
    const skipped = afterFenced ?? afterOpaque(scan, at);
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
      const target = isOpen && text[at + 1] === '(' ? readTarget(scan, at + 2) : null;
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

/** A text and what was looked up in it once, so that no question walks through it again. */
interface Scan {
  readonly text: string;
  readonly shortcodes: ReadonlyMap<number, Shortcode>;
  /** Where the next one begins, for places that only move forward; infinity when there is none. */
  readonly nextBlankLine: Next;
  readonly nextLineBreak: Next;
  readonly nextCommentEnd: Next;
  readonly nextMathEnd: { readonly '(': Next; readonly '[': Next };
  /** By the number of backticks. */
  readonly nextBackticks: ReadonlyMap<number, Next>;
}
type Next = (from: number) => number;

function scanOf(text: string): Scan {
  const placesOf = (pattern: RegExp): number[] => Array.from(text.matchAll(pattern), (match) => match.index);
  const runs = new Map<number, number[]>();
  for (const match of text.matchAll(/`+/g)) {
    const places = runs.get(match[0].length);
    if (places === undefined) runs.set(match[0].length, [match.index]);
    else places.push(match.index);
  }
  return {
    text,
    shortcodes: new Map(shortcodesIn(text).map((shortcode) => [shortcode.start, shortcode])),
    nextBlankLine: nextOf(placesOf(/\n(?=[ \t\r]*\n)/g)),
    nextLineBreak: nextOf(placesOf(/\n/g)),
    nextCommentEnd: nextOf(placesOf(/-->/g)),
    nextMathEnd: { '(': nextOf(placesOf(/\\\\\)/g)), '[': nextOf(placesOf(/\\\\\]/g)) },
    nextBackticks: new Map([...runs].map(([length, places]) => [length, nextOf(places)])),
  };
}

function nextOf(places: readonly number[]): Next {
  let index = 0;
  return (from) => {
    while ((places[index] ?? Infinity) < from) index += 1;
    return places[index] ?? Infinity;
  };
}

function atLineStart(text: string, at: number): boolean {
  return at === 0 || text[at - 1] === '\n';
}

const FENCE = /[ \t>]*(`{3,}|~{3,})([^\n]*)(?:\n|$)/y;

/** The place after the fenced code that begins at this line; null when none does. */
function afterFence(text: string, at: number): number | null {
  FENCE.lastIndex = at;
  const opening = FENCE.exec(text);
  const mark = opening?.[1] ?? '';
  // Backticks behind backticks are code in a line, not a fence.
  if (opening === null || (mark.startsWith('`') && opening[2]?.includes('`') === true)) return null;
  const closing = /^[ \t>]*(`{3,}|~{3,})[ \t\r]*$/gm;
  closing.lastIndex = at + opening[0].length;
  for (let end = closing.exec(text); end !== null; end = closing.exec(text)) {
    if (end[1]?.startsWith(mark) === true) return end.index + end[0].length;
  }
  return text.length;
}

/** An HTML tag or an address in angle brackets; anything else that begins with `<` is text. */
const TAG = /<(?:\/?[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*\/?>|[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>)/y;
const BACKTICKS = /`+/y;
/** What a backslash takes the meaning of. */
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** The place after what brackets mean nothing in: a shortcode, code, mathematics, a tag, an escaped character. */
function afterOpaque(scan: Scan, at: number): number | null {
  const character = scan.text[at];
  if (character === '{') return scan.shortcodes.get(at)?.end ?? null;
  if (character === '`') return afterCode(scan, at);
  if (character === '\\') return afterMathematics(scan, at) ?? at + (PUNCTUATION.test(scan.text.charAt(at + 1)) ? 2 : 1);
  if (character !== '<') return null;
  if (scan.text.startsWith('<!--', at)) return Math.min(scan.nextCommentEnd(at + 4) + 3, scan.text.length);
  TAG.lastIndex = at;
  return TAG.test(scan.text) ? TAG.lastIndex : null;
}

/** Code in a line ends with as many backticks as it began with, in the same paragraph; else these are backticks. */
function afterCode(scan: Scan, at: number): number {
  BACKTICKS.lastIndex = at;
  const length = BACKTICKS.exec(scan.text)?.[0].length ?? 1;
  const from = at + length;
  const closing = scan.nextBackticks.get(length)?.(from) ?? Infinity;
  return closing < scan.nextBlankLine(at) ? closing + length : from;
}

/** Mathematics stands in `\\(…\\)` or `\\[…\\]`, on one line. */
function afterMathematics(scan: Scan, at: number): number | null {
  const bracket = scan.text[at + 2];
  if (scan.text[at + 1] !== '\\' || (bracket !== '(' && bracket !== '[')) return null;
  const end = scan.nextMathEnd[bracket](at + 3);
  return end < scan.nextLineBreak(at) ? end + 3 : null;
}

/** Whether a character has lost its meaning to a backslash in front of it. */
export function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

const SPACE = /[ \t\r]*(?:\n[ \t\r]*)?/y;
const TITLE = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\(((?:\\.|[^()\\])*)\)/sy;

type Target = Pick<MarkdownLink, 'url' | 'title' | 'urlStart' | 'urlEnd' | 'end'>;

/** Address and title behind the opening parenthesis; null when it closes nothing that is a link. */
function readTarget(scan: Scan, from: number): Target | null {
  const { text } = scan;
  const start = skipSpace(text, from);
  const isAngled = text[start] === '<';
  const urlStart = isAngled ? start + 1 : start;
  const urlEnd = isAngled ? angledEnd(text, urlStart) : plainEnd(scan, urlStart);
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

/** More are no address, as CommonMark allows to say. */
const MAX_NESTED_PARENTHESES = 32;

/** An address without angle brackets ends at a space or at the parenthesis that it did not open. */
function plainEnd({ text, shortcodes }: Scan, from: number): number | null {
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
    if (depth > MAX_NESTED_PARENTHESES) return null;
    if (character === ')') depth -= 1;
    at += character === '\\' && PUNCTUATION.test(text.charAt(at + 1)) ? 2 : 1;
  }
  return depth === 0 ? Math.min(at, text.length) : null;
}
