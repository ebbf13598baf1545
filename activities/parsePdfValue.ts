/** Values as a PDF file writes them (ISO 32000-1, 7.3). Nothing here knows of files. */

export interface PdfName {
  readonly kind: 'name';
  readonly name: string;
}

/** A value that stands elsewhere in the file. */
export interface PdfReference {
  readonly kind: 'reference';
  readonly number: number;
}

export type PdfDictionary = ReadonlyMap<string, PdfValue>;
/** A text is its bytes: which letters they are depends on how they begin. */
export type PdfValue = null | boolean | number | Buffer | PdfName | PdfReference | PdfDictionary | readonly PdfValue[];

/** What is no value, or one that goes on behind the bytes at hand. */
export class PdfSyntaxError extends Error {
  override readonly name = 'PdfSyntaxError';
  /** Whether more bytes might make a value of it. */
  readonly isCut: boolean;
  constructor(message: string, isCut = false) {
    super(message);
    this.isCut = isCut;
  }
}

/** Values in values, more than any writer of PDFs makes. */
const MAX_DEPTH = 32;
const WHITE = new Set([0, 9, 10, 12, 13, 32]);
const DELIMITERS = new Set([...'()<>[]{}/%'].map((sign) => sign.charCodeAt(0)));
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export interface ParsedPdfValue {
  readonly value: PdfValue;
  /** Index of the first byte behind it. */
  readonly end: number;
}

/** The value that begins at an index, after any white space. @throws {PdfSyntaxError} */
export function parsePdfValue(bytes: Buffer, start: number): ParsedPdfValue {
  let at = start;

  function peek(ahead = 0): number {
    const byte = bytes[at + ahead];
    if (byte === undefined) throw new PdfSyntaxError('The bytes end within a value', true);
    return byte;
  }

  function skipWhite(): void {
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === 0x25) while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at += 1;
      else if (!WHITE.has(byte)) return;
    }
  }

  function word(): string {
    const from = at;
    while (!WHITE.has(peek()) && !DELIMITERS.has(peek())) at += 1;
    return bytes.toString('latin1', from, at);
  }

  function text(): Buffer {
    const out: number[] = [];
    at += 1;
    for (let depth = 1; ; at += 1) {
      const byte = peek();
      if (byte === 0x5c) {
        at += 1;
        escaped(out);
        continue;
      }
      if (byte === 0x28) depth += 1;
      if (byte === 0x29) depth -= 1;
      if (depth === 0) break;
      out.push(byte);
    }
    at += 1;
    return Buffer.from(out);
  }

  /** What stands behind a backslash; ends at its last byte. */
  function escaped(out: number[]): void {
    const sign = String.fromCharCode(peek());
    const letter = ESCAPES[sign];
    if (letter !== undefined) out.push(letter.charCodeAt(0));
    else if (/[0-7]/.test(sign)) {
      let digits = sign;
      while (digits.length < 3 && /[0-7]/.test(String.fromCharCode(peek(1)))) {
        at += 1;
        digits += String.fromCharCode(peek());
      }
      out.push(Number.parseInt(digits, 8) & 0xff);
    } else if (sign === '\r') {
      // A line that goes on; its end may be of two signs.
      if (peek(1) === 10) at += 1;
    } else if (sign !== '\n') out.push(peek());
  }

  function hexText(): Buffer {
    at += 1;
    let digits = '';
    for (; peek() !== 0x3e; at += 1) if (!WHITE.has(peek())) digits += String.fromCharCode(peek());
    at += 1;
    if (!/^[0-9a-f]*$/i.test(digits)) throw new PdfSyntaxError('A text in hex has other signs');
    return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex');
  }

  function name(): PdfName {
    at += 1;
    return { kind: 'name', name: word().replace(/#([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) };
  }

  function list(depth: number): PdfValue[] {
    at += 1;
    const values: PdfValue[] = [];
    for (skipWhite(); peek() !== 0x5d; skipWhite()) values.push(any(depth + 1));
    at += 1;
    return values;
  }

  function dictionary(depth: number): PdfDictionary {
    at += 2;
    const entries = new Map<string, PdfValue>();
    for (skipWhite(); !(peek() === 0x3e && peek(1) === 0x3e); skipWhite()) {
      if (peek() !== 0x2f) throw new PdfSyntaxError('A dictionary has a key that is no name');
      const key = name().name;
      skipWhite();
      entries.set(key, any(depth + 1));
    }
    at += 2;
    return entries;
  }

  /** A number, or the three words of a reference. */
  function number(): PdfValue {
    const first = word();
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(first)) throw new PdfSyntaxError(`‘${first.slice(0, 20)}’ is no value`);
    const reference = /^\d+$/.test(first) ? /^\s+\d+\s+R(?![^\s()<>[\]{}/%])/.exec(bytes.toString('latin1', at, at + 24)) : null;
    if (reference === null) return Number(first);
    at += reference[0].length;
    return { kind: 'reference', number: Number(first) };
  }

  function any(depth: number): PdfValue {
    if (depth > MAX_DEPTH) throw new PdfSyntaxError('The values lie too deep in each other');
    const byte = peek();
    if (byte === 0x28) return text();
    if (byte === 0x2f) return name();
    if (byte === 0x5b) return list(depth);
    if (byte === 0x3c) return peek(1) === 0x3c ? dictionary(depth) : hexText();
    const constant = /^(true|false|null)(?![^\s()<>[\]{}/%])/.exec(bytes.toString('latin1', at, at + 6))?.[1];
    if (constant === undefined) return number();
    at += constant.length;
    return constant === 'null' ? null : constant === 'true';
  }

  skipWhite();
  const value = any(0);
  return { value, end: at };
}

export function isPdfDictionary(value: PdfValue | undefined): value is PdfDictionary {
  return value instanceof Map;
}
