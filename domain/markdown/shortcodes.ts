import type { Splice } from './splice.ts';

/** How a parameter is written: in double quotes, in backticks, in escaped quotes, or bare. */
export type Quote = '"' | '`' | '\\"' | '';

/** One parameter of a shortcode. Places are in UTF-16 units; a `to` is the first unit behind it. */
export interface ShortcodeParam {
  /** Null when it is known by its place. */
  readonly key: string | null;
  /** What the shortcode is given: without quotes, and `\"` as `"`. */
  readonly value: string;
  readonly quote: Quote;
  /** The whole parameter with its key and quotes. */
  readonly from: number;
  readonly to: number;
  /** What is written between the quotes. */
  readonly valueFrom: number;
  readonly valueTo: number;
}

/** One call of a Hugo shortcode with its place in the text. */
export interface ShortcodeSpan {
  readonly name: string;
  /** `{{% … %}}` or `{{< … >}}`. */
  readonly form: 'percent' | 'angle';
  /** `{{< /name >}}` */
  readonly isClosing: boolean;
  /** `{{< name />}}` */
  readonly isSelfClosing: boolean;
  readonly params: readonly ShortcodeParam[];
  readonly from: number;
  readonly to: number;
  /** Whether its end or its name could not be made out; then it has no parameters, and `to` is a guess on the same line. */
  readonly isBroken: boolean;
  /** Why Hugo will not build a page with it, or not as it is meant, in a sentence for the author. */
  readonly problem?: string;
}

type Form = ShortcodeSpan['form'];
const closings: Readonly<Record<Form, string>> = { angle: '>}}', percent: '%}}' };

/**
 * The shortcodes of a text in their order, read as Hugo reads them: quotes pair up, so that a delimiter inside of one
 * ends nothing and a shortcode inside of one is part of the value; they are shortcodes in code, too; what is commented
 * out is none. One that never ends is among them as broken. Takes time in proportion to the text.
 */
export function scanShortcodes(text: string): readonly ShortcodeSpan[] {
  const found: ShortcodeSpan[] = [];
  // Where reading on led to no end once, it leads to none again: without this a text of openings takes forever.
  const tried = { angle: new Set<number>(), percent: new Set<number>() };
  const commentEnds = { angle: endings(text, '*/>}}'), percent: endings(text, '*/%}}') };
  for (let at = text.indexOf('{{'); at !== -1; ) {
    const form: Form | null = text[at + 2] === '<' ? 'angle' : text[at + 2] === '%' ? 'percent' : null;
    if (form === null) {
      at = text.indexOf('{{', at + 1);
      continue;
    }
    if (text.startsWith('/*', at + 3)) {
      const end = commentEnds[form](at + 5);
      if (end === -1) found.push(broken(text, at, form, 'This shortcode is commented out, but the comment has no end. End it with */ before the closing brackets.'));
      at = text.indexOf('{{', end === -1 ? at + 1 : end + 5);
      continue;
    }
    const span = readShortcode(text, at, form, tried[form]);
    found.push(span);
    at = text.indexOf('{{', span.isBroken ? at + 1 : span.to);
  }
  return found;
}

/** A search for the next of something, for places that only move forward; -1 when there is none. */
function endings(text: string, what: string): (from: number) => number {
  let next = text.indexOf(what);
  return (from) => {
    if (next !== -1 && next < from) next = text.indexOf(what, from);
    return next;
  };
}

const NAME = /[\p{L}\p{N}_][\p{L}\p{N}_./-]*/uy;
const SPACE = /\s*/y;
const NO_END = 'This shortcode has no end. Close it, and look for a quotation mark without its partner.';
const NO_NAME = 'This shortcode has no name. Write one, or remove the brackets.';

/** A stretch that begins like a shortcode, up to where its author probably ended it, on the same line. */
function broken(text: string, from: number, form: Form, problem: string): ShortcodeSpan {
  const close = closings[form];
  let to = from + 3;
  while (to < text.length && text[to] !== '\n' && !text.startsWith('{{', to) && !text.startsWith(close, to)) to += 1;
  if (text.startsWith(close, to)) to += close.length;
  return { name: '', form, isClosing: false, isSelfClosing: false, params: [], from, to, isBroken: true, problem };
}

function readShortcode(text: string, from: number, form: Form, tried: Set<number>): ShortcodeSpan {
  const close = closings[form];
  let at = skip(SPACE, text, from + 3);
  const isClosing = text[at] === '/';
  if (isClosing) at = skip(SPACE, text, at + 1);
  let nameEnd = skip(NAME, text, at);
  // A slash before the delimiter closes the shortcode; it is no part of its name.
  while (nameEnd > at && text[nameEnd - 1] === '/') nameEnd -= 1;
  const name = text.slice(at, nameEnd);
  if (name === '') return broken(text, from, form, NO_NAME);
  at += name.length;
  const params: ShortcodeParam[] = [];
  while (at < text.length) {
    at = skip(SPACE, text, at);
    if (tried.has(at)) break;
    tried.add(at);
    const isSelfClosing = text[at] === '/' && text.startsWith(close, skip(SPACE, text, at + 1));
    if (isSelfClosing) at = skip(SPACE, text, at + 1);
    if (text.startsWith(close, at)) {
      const problem = problemOf(text, params);
      return { name, form, isClosing, isSelfClosing, params, from, to: at + close.length, isBroken: false, ...(problem === null ? {} : { problem }) };
    }
    const param = readParam(text, at, close);
    if (param === null) break;
    params.push(param);
    at = param.to;
  }
  return broken(text, from, form, NO_END);
}

function problemOf(text: string, params: readonly ShortcodeParam[]): string | null {
  if (params.some((param) => param.key === null) && params.some((param) => param.key !== null)) {
    return 'This shortcode has parameters with a name and parameters without one. Give all of them a name, or none.';
  }
  for (const param of params) {
    const written = text.slice(param.valueFrom, param.valueTo);
    if (param.quote === '' && param.key === null && !BARE.test(written)) return 'A value of this shortcode needs quotation marks: without them Hugo takes only letters, digits, hyphens and points.';
    if (param.quote !== '"') continue;
    if (written.includes('\n')) return 'A value of this shortcode goes on in the next line. Keep what stands between quotation marks on one line.';
    if (written.includes('\\`')) return 'A value of this shortcode has a backslash before a backtick. Put something between them.';
    if (written.includes('\\"') && param.value.includes('\\')) return 'Hugo drops the backslashes of a value that also has quotation marks in it. Write the value between backticks.';
  }
  return null;
}

const KEY = /[\p{L}\p{N}_-]+(?=\s*=)/uy;
const EQUALS = /\s*=\s*/y;

function readParam(text: string, from: number, close: string): ShortcodeParam | null {
  const keyEnd = skip(KEY, text, from);
  const key = keyEnd === from ? null : text.slice(from, keyEnd);
  const value = readValue(text, key === null ? from : skip(EQUALS, text, keyEnd), close);
  return value === null ? null : { key, from, ...value };
}

const OPENING = /^\{\{[<%]/;

type Value = Omit<ShortcodeParam, 'key' | 'from'>;

function readValue(text: string, from: number, close: string): Value | null {
  if (text[from] === '"') return readQuoted(text, from);
  if (text[from] === '`') {
    const end = text.indexOf('`', from + 1);
    return end === -1 ? null : { value: text.slice(from + 1, end), quote: '`', valueFrom: from + 1, valueTo: end, to: end + 1 };
  }
  if (text.startsWith('\\"', from)) return readEscaped(text, from);
  let to = from;
  while (to < text.length && !/[\s"`]/.test(text.charAt(to)) && !OPENING.test(text.slice(to, to + 3)) && !text.startsWith(close, to) && !text.startsWith(`/${close}`, to)) to += 1;
  // Nothing at all, a quote in the middle of a word or another opening: no parameter.
  return to === from || /["`{]/.test(text.charAt(to)) ? null : { value: text.slice(from, to), quote: '', valueFrom: from, valueTo: to, to };
}

/** In double quotes `\"` is a quote; every other backslash stays, for mathematics has many. */
function readQuoted(text: string, from: number): Value | null {
  let value = '';
  let copied = from + 1;
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '"') return { value: value + text.slice(copied, at), quote: '"', valueFrom: from + 1, valueTo: at, to: at + 1 };
    if (text[at] === '\\' && text[at + 1] === '"') {
      value += text.slice(copied, at);
      copied = at + 1;
      at += 1;
    }
  }
  return null;
}

/** A value between `\"` and `\"`, as inside of another shortcode's value. */
function readEscaped(text: string, from: number): Value | null {
  for (let at = from + 2; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '"') return null;
    if (text.startsWith('\\"', at)) return { value: text.slice(from + 2, at), quote: '\\"', valueFrom: from + 2, valueTo: at, to: at + 2 };
  }
  return null;
}

/** The place after what a sticky pattern matches here; the place itself when it does not match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** The parameter of this name, or at this place among those without a name, counted from 0. */
export function paramOf(span: ShortcodeSpan, keyOrIndex: string | number): ShortcodeParam | undefined {
  if (typeof keyOrIndex === 'number') return unnamedOf(span)[keyOrIndex];
  // Of two with one name, Hugo takes the last.
  return span.params.findLast((param) => param.key === keyOrIndex);
}

function unnamedOf(span: ShortcodeSpan): readonly ShortcodeParam[] {
  return span.params.filter((param) => param.key === null);
}

/**
 * The change that gives a parameter this value, and touches nothing else. It is added when it is missing, after empty ones
 * when its place is further on; null removes it, or empties it when others have their place behind it. Quotes stay as they
 * are when they can hold the value. Line breaks become spaces.
 * @throws TypeError for a shortcode that is broken or a closing one.
 */
export function setParam(text: string, span: ShortcodeSpan, keyOrIndex: string | number, value: string | null): Splice {
  if (span.isBroken || span.isClosing) throw new TypeError('Only a shortcode that opens and could be read has parameters to set.');
  const param = paramOf(span, keyOrIndex);
  if (param === undefined) return value === null ? { from: span.to, to: span.to, insert: '' } : addParam(text, span, keyOrIndex, value);
  if (value === null && (param.key !== null || param === unnamedOf(span).at(-1))) return removeParam(text, param);
  if (value === param.value) return { from: param.valueTo, to: param.valueTo, insert: '' };
  const { quote, inner } = writeValue(value ?? '', param.quote);
  if (quote === param.quote) return { from: param.valueFrom, to: param.valueTo, insert: inner };
  return { from: param.valueFrom - param.quote.length, to: param.to, insert: `${quote}${inner}${quote}` };
}

function removeParam(text: string, param: ShortcodeParam): Splice {
  let { from } = param;
  while (/\s/.test(text.charAt(from - 1))) from -= 1;
  return { from, to: param.to, insert: '' };
}

function addParam(text: string, span: ShortcodeSpan, keyOrIndex: string | number, value: string): Splice {
  const at = span.params.at(-1)?.to ?? skip(SPACE, text, span.from + 3) + span.name.length;
  const { quote, inner } = writeValue(value, '"');
  const written = `${quote}${inner}${quote}`;
  if (typeof keyOrIndex === 'string') return { from: at, to: at, insert: ` ${keyOrIndex}=${written}` };
  return { from: at, to: at, insert: `${' ""'.repeat(keyOrIndex - unnamedOf(span).length)} ${written}` };
}

const BARE = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]*$/u;

/**
 * A value as a shortcode can hold it, in the quotes asked for when they can. Line breaks become spaces. Backticks hold what
 * double quotes cannot: a backslash at the end, and backslashes beside quotation marks, of which Hugo would drop all. What
 * neither can hold comes as near as it may: `&quot;` for a quotation mark, a space behind a backslash.
 */
export function writeValue(value: string, wanted: Quote = '"'): { readonly quote: Quote; readonly inner: string } {
  const line = value.split(/[\r\n]/).map((part) => part.trim()).filter((part) => part !== '').join(' ');
  if (wanted === '' && BARE.test(line)) return { quote: '', inner: line };
  if (wanted === '\\"' && !/["\\]/.test(line)) return { quote: '\\"', inner: line };
  const hasBacktick = line.includes('`');
  if (!hasBacktick && (wanted === '`' || line.endsWith('\\') || (line.includes('\\') && line.includes('"')))) return { quote: '`', inner: line };
  const spaced = line.replace(/\\(?=`|$)/g, '\\ ');
  return { quote: '"', inner: spaced.replaceAll('"', line.includes('\\') ? '&quot;' : '\\"') };
}

/** An opening shortcode and the one that closes it. */
export interface ShortcodePair {
  readonly opening: ShortcodeSpan;
  readonly closing: ShortcodeSpan;
}

/**
 * Which shortcodes open and close a stretch of text, in the order of their openings. What stands alone, such as `baseurl`,
 * is in no pair, and neither is a closing shortcode that closes nothing.
 */
export function pairShortcodes(spans: readonly ShortcodeSpan[]): readonly ShortcodePair[] {
  const open: ShortcodeSpan[] = [];
  const openByName = new Map<string, number>();
  const count = (name: string, by: number): number => {
    const now = (openByName.get(name) ?? 0) + by;
    openByName.set(name, now);
    return now;
  };
  const pairs: ShortcodePair[] = [];
  for (const span of spans) {
    if (span.isBroken || span.isSelfClosing) continue;
    if (!span.isClosing) {
      open.push(span);
      count(span.name, 1);
      continue;
    }
    if ((openByName.get(span.name) ?? 0) === 0) continue;
    for (let opening = open.pop(); opening !== undefined; opening = open.pop()) {
      count(opening.name, -1);
      if (opening.name !== span.name) continue;
      pairs.push({ opening, closing: span });
      break;
    }
  }
  return pairs.sort((a, b) => a.opening.from - b.opening.from);
}
