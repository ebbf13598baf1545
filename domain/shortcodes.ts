/** One call of a Hugo shortcode in a text. */
export interface Shortcode {
  readonly name: string;
  /** `{{< … >}}` or `{{% … %}}`. */
  readonly delimiter: '<' | '%';
  /** `{{< /name >}}` */
  readonly isClosing: boolean;
  /** `{{< name />}}` */
  readonly isSelfClosing: boolean;
  readonly positional: readonly string[];
  readonly named: Readonly<Record<string, string>>;
  /** Where it begins and ends in the text, in UTF-16 units; the end is the first unit after it. */
  readonly start: number;
  readonly end: number;
}

/**
 * The shortcodes of a text in their order, read as Hugo reads them: quotes pair up, so that a delimiter inside of one
 * ends nothing and a shortcode inside of one is part of the value; what is commented out or never ends is none.
 */
export function shortcodesIn(text: string): Shortcode[] {
  const found: Shortcode[] = [];
  // Where reading on led to no end once, it leads to none again: without this a text of openings takes forever.
  const tried = { '<': new Set<number>(), '%': new Set<number>() };
  for (let at = text.indexOf('{{'); at !== -1; ) {
    const delimiter = text[at + 2];
    const shortcode = delimiter === '<' || delimiter === '%' ? readShortcode(text, at, delimiter, tried[delimiter]) : null;
    if (shortcode !== null) found.push(shortcode);
    at = text.indexOf('{{', shortcode?.end ?? at + 1);
  }
  return found;
}

const NAME = /[\p{L}\p{N}_][\p{L}\p{N}_./-]*/uy;
const SPACE = /\s*/y;

function readShortcode(text: string, start: number, delimiter: '<' | '%', tried: Set<number>): Shortcode | null {
  const close = delimiter === '<' ? '>}}' : '%}}';
  let at = skip(SPACE, text, start + 3);
  const isClosing = text[at] === '/';
  if (isClosing) at = skip(SPACE, text, at + 1);
  const nameEnd = skip(NAME, text, at);
  // A slash before the delimiter closes the shortcode; it is no part of its name.
  const name = text.slice(at, nameEnd).replace(/\/+$/, '');
  if (name === '') return null;
  at += name.length;
  const positional: string[] = [];
  const named = new Map<string, string>();
  while (at < text.length) {
    at = skip(SPACE, text, at);
    if (tried.has(at)) return null;
    tried.add(at);
    const isSelfClosing = text[at] === '/' && text.startsWith(close, skip(SPACE, text, at + 1));
    if (isSelfClosing) at = skip(SPACE, text, at + 1);
    if (text.startsWith(close, at)) return { name, delimiter, isClosing, isSelfClosing, positional, named: Object.fromEntries(named), start, end: at + close.length };
    const parameter = readParameter(text, at, close);
    if (parameter === null) return null;
    if (parameter.key === null) positional.push(parameter.value);
    else named.set(parameter.key, parameter.value);
    at = parameter.end;
  }
  return null;
}

interface Parameter {
  readonly key: string | null;
  readonly value: string;
  readonly end: number;
}

const KEY = /[\p{L}\p{N}_-]+(?==)/uy;

function readParameter(text: string, start: number, close: string): Parameter | null {
  const keyEnd = skip(KEY, text, start);
  const key = keyEnd === start ? null : text.slice(start, keyEnd);
  const value = readValue(text, key === null ? start : keyEnd + 1, close);
  return value === null ? null : { key, ...value };
}

function readValue(text: string, start: number, close: string): { readonly value: string; readonly end: number } | null {
  if (text[start] === '"') return readQuoted(text, start);
  if (text[start] === '`') {
    const end = text.indexOf('`', start + 1);
    return end === -1 ? null : { value: text.slice(start + 1, end), end: end + 1 };
  }
  let end = start;
  while (end < text.length && !/[\s"`]/.test(text.charAt(end)) && !text.startsWith(close, end) && !text.startsWith(`/${close}`, end)) end += 1;
  const value = text.slice(start, end);
  // Nothing at all, a quote in the middle of a word or another opening: no parameter.
  return value === '' || text[end] === '"' || text[end] === '`' || /\{\{[<%]/.test(value) ? null : { value, end };
}

/** In double quotes `\"` is a quote; every other backslash stays, for mathematics has many. */
function readQuoted(text: string, start: number): { readonly value: string; readonly end: number } | null {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return { value, end: at + 1 };
    if (text[at] === '\\' && text[at + 1] === '"') at += 1;
    value += text.charAt(at);
  }
  return null;
}

/** The place after what a sticky pattern matches here; the place itself when it does not match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
