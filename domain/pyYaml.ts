import { type Document, type DocumentOptions, type ParsedNode, type ParseOptions, parse, parseDocument, type SchemaOptions, type ToJSOptions } from 'yaml';
import { type Block, layOutEntry, type Layout } from './layout.ts';

/**
 * YAML as PyYAML 6 reads and writes it. Existing repositories were written by `yaml.dump` with its defaults, so a file
 * that is edited here must come out as that would write it: any other style would show as changes nobody made.
 * The rules follow PyYAML's emitter: sorted keys, block style, lists not indented below their key, folding at 80
 * columns, ASCII only, and quotes round whatever YAML 1.1 would read as another type.
 */

export type YamlValue = string | number | boolean | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/**
 * Reads YAML 1.1. Dates stay texts, because nothing here calculates with them.
 * @throws {Error} naming line and column of what cannot be read.
 */
export function loadPyYaml(text: string): unknown {
  return parse(text, OPTIONS);
}

/** Reads YAML 1.1 into nodes that know their place in the text; faults stand in its `errors`. */
export function parsePyYaml(text: string): Document.Parsed<ParsedNode> {
  return parseDocument(text, OPTIONS);
}

const CORE = 'tag:yaml.org,2002:';
/** Types whose plain texts PyYAML tells by narrower patterns than the YAML 1.1 of the library. */
const OTHERWISE_READ = new Set(['timestamp', 'bool', 'int', 'float'].map((name) => CORE + name));
// A lone y or n is no truth value, 08 and 0:30 are no integers, and 1e3 and a lone dot no decimals.
const YES = { identify: (value: unknown) => value === true, default: true as const, tag: `${CORE}bool`, test: /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, resolve: () => true };
const NO = { identify: (value: unknown) => value === false, default: true as const, tag: `${CORE}bool`, test: /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, resolve: () => false };
const INTEGER_TEXT = /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const DECIMAL_TEXT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const INTEGER = { identify: (value: unknown) => Number.isInteger(value), default: true as const, tag: `${CORE}int`, test: INTEGER_TEXT, resolve: integerOf };
const DECIMAL = { identify: (value: unknown) => typeof value === 'number', default: true as const, tag: `${CORE}float`, test: DECIMAL_TEXT, resolve: decimalOf };

/** Takes the sign and the underscores off a number's text. */
function signed(text: string, read: (digits: string) => number): number {
  const value = read(text.replaceAll('_', '').replace(/^[-+]/, '').toLowerCase());
  return text.startsWith('-') && value !== 0 ? -value : value;
}

/** `1:30` counts in sixties. */
function sixties(digits: string): number {
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function integerOf(text: string): number {
  return signed(text, (digits) => {
    if (/^0[bx]/.test(digits)) return Number(digits);
    if (digits.startsWith('0')) return Number.parseInt(digits, 8);
    return sixties(digits);
  });
}

function decimalOf(text: string): number {
  return signed(text, (digits) => (digits === '.inf' ? Number.POSITIVE_INFINITY : digits === '.nan' ? Number.NaN : sixties(digits)));
}

const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions & ToJSOptions = {
  version: '1.1',
  schema: 'yaml-1.1',
  merge: true,
  uniqueKeys: false,
  maxAliasCount: 10_000,
  customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag === undefined || !OTHERWISE_READ.has(tag.tag)).concat([YES, NO, INTEGER, DECIMAL]),
};

/** What YAML 1.1 reads as something else than a text when it stands without quotes. */
const OTHER_TYPES: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  DECIMAL_TEXT,
  INTEGER_TEXT,
  /^(?:~|null|Null|NULL|)$/,
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/,
  /^(?:=|<<)$/,
];

const WIDTH = 80;
const BREAKS = '\n\x85\u2028\u2029';
const BLANKS = `\0 \t\r${BREAKS}`;
const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0', '\x07': 'a', '\x08': 'b', '\t': 't', '\n': 'n', '\x0B': 'v', '\x0C': 'f', '\r': 'r', '\x1B': 'e', '"': '"', '\\': '\\', '\x85': 'N', '\xA0': '_', '\u2028': 'L', '\u2029': 'P',
};

/** Writes a value as PyYAML's `yaml.dump(value)` would; keys are sorted by code point at every level. */
export function dumpPyYaml(value: unknown): string {
  return emit(value).text;
}

/** Writes a mapping as PyYAML would, taken apart by its keys; nested mappings and lists of entries are taken apart too. */
export function layOutPyYaml(value: Readonly<Record<string, unknown>>): Layout {
  const { text, marks } = emit(value);
  if (marks === null) return { kind: 'keys', column: 0, head: text, blocks: [], separator: '', tail: '' };
  return layoutOf(text, marks, 0, text.length);
}

function emit(value: unknown): { text: string; marks: Marks | null } {
  const emitter = new Emitter();
  const marks = emitter.node(value, { inMapping: false, isKey: false });
  emitter.endDocument();
  return { text: emitter.text, marks };
}

/** Where the lines of each key of a mapping, or of each entry of a list, begin. */
interface Marks {
  readonly kind: Layout['kind'];
  readonly column: number;
  readonly list: { readonly key: string; readonly start: number; inner: Marks | null }[];
}

function layoutOf(text: string, marks: Marks, start: number, end: number): Layout {
  const blocks = marks.list.map(({ key, start: from, inner }, index): Block => {
    const to = marks.list[index + 1]?.start ?? end;
    const taken = marks.kind === 'entries' && inner !== null ? layOutEntry(text, inner.list, to, marks.column) : null;
    return { key, lead: '', text: text.slice(from, to), inner: taken ?? (inner === null ? null : layoutOf(text, inner, from, to)) };
  });
  return { kind: marks.kind, column: marks.column, head: text.slice(start, marks.list[0]?.start ?? end), blocks, separator: '', tail: '' };
}

/** The identifiers of a list whose entries are told apart by them; null for any other list. */
export function identifiersOf(items: readonly unknown[]): string[] | null {
  const identifiers = items.map((item) => (isMapping(item) ? item['identifier'] : undefined));
  return identifiers.every((identifier) => typeof identifier === 'string') && new Set(identifiers).size === items.length ? identifiers : null;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Python compares texts by code point, JavaScript by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A key that stands before its colon on one line; others get a line of their own behind a question mark. */
function isSimpleKey(key: string): boolean {
  // 128 in all, with the tag !!str that PyYAML counts although it does not write it.
  return key !== '' && Array.from(key).length < 123 && !Array.from(key).some((character) => BREAKS.includes(character));
}

class Emitter {
  text = '';
  private lineStart = 0;
  private column = 0;
  private indent = -1;
  private whitespace = true;
  private indention = true;

  /** Writes a value and says where its parts stand, when it has any. */
  node(value: unknown, where: { inMapping: boolean; isKey: boolean }): Marks | null {
    if (Array.isArray(value)) {
      if (value.length > 0) return this.sequence(value, where.inMapping);
      this.indicator('[]', true);
    } else if (isMapping(value)) {
      const keys = Object.keys(value).filter((key) => value[key] !== undefined);
      if (keys.length > 0) return this.mapping(value, keys.sort(compareCodePoints));
      this.indicator('{}', true);
    } else this.scalar(value, where.isKey);
    return null;
  }

  endDocument(): void {
    if (this.column > 0) this.lineBreak();
  }

  private mapping(value: Readonly<Record<string, unknown>>, keys: readonly string[]): Marks {
    const outer = this.indent;
    this.indent = outer < 0 ? 0 : outer + 2;
    const marks: Marks = { kind: 'keys', column: this.indent, list: [] };
    for (const key of keys) {
      this.writeIndent();
      const start = this.lineStart;
      if (isSimpleKey(key)) {
        this.scalar(key, true);
        this.indicator(':', false);
      } else {
        this.indicator('?', true, true);
        this.scalar(key, false);
        this.writeIndent();
        this.indicator(':', true, true);
      }
      marks.list.push({ key, start, inner: this.node(value[key], { inMapping: true, isKey: false }) });
    }
    this.indent = outer;
    return marks;
  }

  private sequence(items: readonly unknown[], inMapping: boolean): Marks | null {
    const outer = this.indent;
    const indentless = inMapping && !this.indention;
    if (!indentless) this.indent = outer < 0 ? 0 : outer + 2;
    const identifiers = inMapping ? identifiersOf(items) : null;
    const marks: Marks = { kind: 'entries', column: Math.max(0, this.indent), list: [] };
    items.forEach((item, index) => {
      this.writeIndent();
      const start = this.lineStart;
      this.indicator('-', true, true);
      marks.list.push({ key: identifiers?.[index] ?? '', start, inner: this.node(item, { inMapping: false, isKey: false }) });
    });
    this.indent = outer;
    return identifiers === null ? null : marks;
  }

  private scalar(value: unknown, isKey: boolean): void {
    if (typeof value !== 'string') {
      this.plain(Array.from(scalarText(value)), !isKey);
      return;
    }
    const characters = Array.from(value);
    const allows = analyze(characters);
    const readsAsText = !OTHER_TYPES.some((pattern) => pattern.test(value));
    if (readsAsText && allows.plain && !(isKey && (value === '' || allows.multiline))) this.plain(characters, !isKey);
    else if (allows.single && !(isKey && allows.multiline)) this.single(characters, !isKey);
    else this.double(characters, !isKey);
  }

  private write(text: string): void {
    this.text += text;
    this.column += Array.from(text).length;
  }

  private lineBreak(character = '\n'): void {
    this.whitespace = true;
    this.indention = true;
    this.text += character;
    this.lineStart = this.text.length;
    this.column = 0;
  }

  private writeIndent(): void {
    const indent = Math.max(0, this.indent);
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) this.lineBreak();
    if (this.column < indent) {
      this.whitespace = true;
      this.write(' '.repeat(indent - this.column));
    }
  }

  private indicator(indicator: string, needsWhitespace: boolean, indention = false): void {
    const text = this.whitespace || !needsWhitespace ? indicator : ` ${indicator}`;
    this.whitespace = false;
    this.indention = this.indention && indention;
    this.write(text);
  }

  private continueLine(): void {
    // A continued scalar stands one step deeper than its key.
    const outer = this.indent;
    this.indent = outer < 0 ? 0 : outer + 2;
    this.writeIndent();
    this.indent = outer;
  }

  private plain(text: readonly string[], split: boolean): void {
    if (text.length === 0) return;
    if (!this.whitespace) this.write(' ');
    this.whitespace = false;
    this.indention = false;
    let spaces = false;
    let start = 0;
    for (let end = 0; end <= text.length; end += 1) {
      const character = text[end];
      if (spaces) {
        if (character !== ' ') {
          if (start + 1 === end && this.column > WIDTH && split) {
            this.continueLine();
            this.whitespace = false;
            this.indention = false;
          } else this.write(text.slice(start, end).join(''));
          start = end;
        }
      } else if (character === undefined || character === ' ') {
        this.write(text.slice(start, end).join(''));
        start = end;
      }
      if (character !== undefined) spaces = character === ' ';
    }
  }

  private single(text: readonly string[], split: boolean): void {
    this.indicator("'", true);
    let spaces = false;
    let breaks = false;
    let start = 0;
    for (let end = 0; end <= text.length; end += 1) {
      const character = text[end];
      if (spaces) {
        if (character !== ' ') {
          if (start + 1 === end && this.column > WIDTH && split && start !== 0 && end !== text.length) this.continueLine();
          else this.write(text.slice(start, end).join(''));
          start = end;
        }
      } else if (breaks) {
        if (character === undefined || !BREAKS.includes(character)) {
          if (text[start] === '\n') this.lineBreak();
          for (const found of text.slice(start, end)) this.lineBreak(found);
          this.continueLine();
          start = end;
        }
      } else if ((character === undefined || character === ' ' || BREAKS.includes(character) || character === "'") && start < end) {
        this.write(text.slice(start, end).join(''));
        start = end;
      }
      if (character === "'") {
        this.write("''");
        start = end + 1;
      }
      if (character !== undefined) {
        spaces = character === ' ';
        breaks = BREAKS.includes(character);
      }
    }
    this.indicator("'", false);
  }

  private double(text: readonly string[], split: boolean): void {
    this.indicator('"', true);
    let start = 0;
    for (let end = 0; end <= text.length; end += 1) {
      const character = text[end];
      if (character === undefined || character === '"' || character === '\\' || !isPrintableAscii(character)) {
        if (start < end) {
          this.write(text.slice(start, end).join(''));
          start = end;
        }
        if (character !== undefined) {
          this.write(escapeCharacter(character));
          start = end + 1;
        }
      }
      if (end > 0 && end < text.length - 1 && (character === ' ' || start >= end) && this.column + (end - start) > WIDTH && split) {
        this.write(`${text.slice(start, end).join('')}\\`);
        if (start < end) start = end;
        this.continueLine();
        this.whitespace = false;
        this.indention = false;
        if (text[start] === ' ') this.write('\\');
      }
    }
    this.indicator('"', false);
  }
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return '.nan';
    if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
    // Python writes an exponent from 0.0001 down, JavaScript from 0.000001.
    const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(value);
    // 1e+21 would be read as a text: a decimal has a dot, and PyYAML writes two digits of the exponent.
    return text.replace(/^([^.e]+)e/, '$1.0e').replace(/e([-+])(\d)$/, 'e$10$2');
  }
  throw new TypeError(`A ${typeof value} cannot be written as YAML`);
}

function isPrintableAscii(character: string): boolean {
  return character >= '\x20' && character <= '\x7E' && character.length === 1;
}

function escapeCharacter(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Which styles a text can be written in, by the rules of PyYAML's `analyze_scalar` in block context. */
function analyze(text: readonly string[]): { plain: boolean; single: boolean; multiline: boolean } {
  if (text.length === 0) return { plain: true, single: true, multiline: false };
  const isBlank = (character: string | undefined): boolean => character === undefined || BLANKS.includes(character);
  let indicators = ['---', '...'].includes(text.slice(0, 3).join(''));
  let lineBreaks = false;
  let special = false;
  let spaceBreak = false;
  let breakSpace = false;
  let previousSpace = false;
  let previousBreak = false;
  text.forEach((character, index) => {
    const followedByBlank = isBlank(text[index + 1]);
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(character)) indicators = true;
      if ('?:-'.includes(character) && followedByBlank) indicators = true;
    } else {
      if (character === ':' && followedByBlank) indicators = true;
      if (character === '#' && isBlank(text[index - 1])) indicators = true;
    }
    const isBreak = BREAKS.includes(character);
    if (isBreak) lineBreaks = true;
    if (character !== '\n' && !isPrintableAscii(character)) special = true;
    if (character === ' ') {
      if (previousBreak) breakSpace = true;
      previousSpace = true;
      previousBreak = false;
    } else if (isBreak) {
      if (previousSpace) spaceBreak = true;
      previousBreak = true;
      previousSpace = false;
    } else {
      previousSpace = false;
      previousBreak = false;
    }
  });
  const edge = [text[0], text.at(-1)].some((character) => character === ' ' || (character !== undefined && BREAKS.includes(character)));
  return {
    plain: !indicators && !lineBreaks && !special && !edge && !spaceBreak && !breakSpace,
    single: !special && !spaceBreak && !breakSpace,
    multiline: lineBreaks,
  };
}
