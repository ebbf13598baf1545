import { codeRanges } from '../cleanup/codeRanges.ts';
import { scanShortcodes } from './shortcodes.ts';

/** One formula of a text. Places are in UTF-16 units; a `to` is the first unit behind it. */
export interface MathSpan {
  /** With its delimiters. */
  readonly from: number;
  readonly to: number;
  /** Between the delimiters, escaped as Markdown wants it: `toTex` reads it. */
  readonly sourceFrom: number;
  readonly sourceTo: number;
  readonly isDisplay: boolean;
}

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']' };

/**
 * The formulas of a Markdown text: what readers get as `\(…\)` or `\[…\]`, so in the text `\\(…\\)`, `\\[…\\]` or
 * `\\\[…\\\]`. A formula stands on one line; there is none in code and in the brackets of shortcodes.
 */
export function findMath(text: string): readonly MathSpan[] {
  const found: MathSpan[] = [];
  const after = opaque(text);
  // Up to where a delimiter is known to have no partner: else a line of openings takes forever.
  const dead: Record<string, number> = { '(': 0, '[': 0 };
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    const end = after(at);
    if (end > at) {
      at = end;
      continue;
    }
    const opening = delimiterAt(text, at);
    at = opening.to;
    const closer = closers[opening.character];
    if (!opening.isActive || closer === undefined || (dead[opening.character] ?? 0) > at) continue;
    const closing = closingAfter(text, at, closer);
    if (typeof closing === 'number') {
      dead[opening.character] = closing;
      continue;
    }
    found.push({ from: opening.from, to: closing.to, sourceFrom: opening.to, sourceTo: closing.from, isDisplay: opening.character === '[' });
    at = closing.to;
  }
  return found;
}

interface Delimiter {
  readonly character: string;
  /** Whether readers get a backslash before the character that is not itself the second of two. */
  readonly isActive: boolean;
  readonly from: number;
  readonly to: number;
}

/** A run of backslashes and what follows it: two in the text are one for readers, an odd one takes the meaning of what follows. */
function delimiterAt(text: string, at: number): Delimiter {
  let end = at;
  while (text[end] === '\\') end += 1;
  const shown = Math.floor((end - at) / 2);
  return { character: text.charAt(end), isActive: shown % 2 === 1, from: at + 2 * (shown - 1), to: Math.min(end + 1, text.length) };
}

/** The closing delimiter on the same line, or where that line ends. */
function closingAfter(text: string, from: number, closer: string): Delimiter | number {
  const newline = text.indexOf('\n', from);
  const lineEnd = newline === -1 ? text.length : newline;
  for (let at = text.indexOf('\\', from); at !== -1 && at < lineEnd; at = text.indexOf('\\', at)) {
    const delimiter = delimiterAt(text, at);
    if (delimiter.isActive && delimiter.character === closer) return delimiter;
    at = delimiter.to;
  }
  return lineEnd;
}

/** The place behind the code or shortcode that a place lies in, or the place itself, for places that only move forward. */
function opaque(text: string): (at: number) => number {
  const ranges = [...codeRanges(text).map(({ start, end }) => ({ from: start, to: end })), ...scanShortcodes(text).filter(({ isBroken }) => !isBroken)].sort((a, b) => a.from - b.from);
  let index = 0;
  return (at) => {
    let end = at;
    for (let range = ranges[index]; range !== undefined && range.from <= end; range = ranges[index]) {
      end = Math.max(end, range.to);
      index += 1;
    }
    return end;
  };
}

const ESCAPED = /\\([!-/:-@[-`{-~])|&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(amp|lt|gt|quot|nbsp));|\u00a0/g;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

/** The TeX that readers get of what stands between the delimiters. */
export function toTex(source: string): string {
  return source.replace(ESCAPED, (whole, punctuation?: string, decimal?: string, hex?: string, entity?: string) => {
    if (punctuation !== undefined) return punctuation;
    if (entity !== undefined) return entities[entity] ?? whole;
    if (decimal === undefined && hex === undefined) return ' ';
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code === 0xa0 ? ' ' : code === 0 || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
  });
}

/** What Markdown, its typographer or Hugo would take for something of its own. */
const MEANT = /[\\_*`]|<(?=[A-Za-z/!?<])|>(?=>)|-(?=-)|~(?=~)|(?<=~)~|&(?=#?\w+;)|\](?=[([])|\{(?=[<%])/g;

/** TeX as it is written between the delimiters, on one line; `toTex` gives it back. A comment of TeX that ends with its line goes. */
export function fromTex(tex: string): string {
  const lines = tex.split(/\r\n?|\n/);
  const line = lines.map((part, index) => (index < lines.length - 1 ? part.replace(/(^|[^\\])((?:\\\\)*)%.*$/, '$1$2') : part)).join(' ');
  return line.replace(/[\s\u00a0]/g, ' ').replace(MEANT, '\\$&');
}

/** A formula with its delimiters. */
export function writeMath(tex: string, isDisplay: boolean): string {
  const [open, close] = isDisplay ? ['\\\\[', '\\\\]'] : ['\\\\(', '\\\\)'];
  const source = fromTex(tex.trim());
  // The last backslash would take the closing delimiter's place.
  const gap = /\\$/.test(source) ? ' ' : '';
  return `${open}${source}${gap}${close}`;
}
