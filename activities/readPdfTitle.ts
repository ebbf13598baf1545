import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { isPdfDictionary, parsePdfValue, type PdfDictionary, PdfSyntaxError, type PdfValue } from './parsePdfValue.ts';

/** Reads a part of a file; shorter at its end. */
export type ReadRange = (start: number, length: number) => Promise<Buffer>;

export interface PdfTitle {
  /** Whether the file is a PDF at all. */
  readonly isPdf: boolean;
  /** Null when it has none, or none that can be read: it is encrypted or damaged. */
  readonly title: string | null;
}

/** A table of where objects are, or the decoded form of one. */
type Section =
  | { readonly kind: 'table'; readonly first: number; readonly count: number; readonly offset: number }
  | { readonly kind: 'stream'; readonly first: number; readonly count: number; readonly rows: Buffer; readonly widths: readonly [number, number, number] };

type Place = { readonly kind: 'at'; readonly offset: number } | { readonly kind: 'within'; readonly stream: number; readonly index: number };

interface PdfObject {
  readonly value: PdfValue;
  /** Where its bytes begin, if it is a stream. */
  readonly bytesAt: number | null;
}

const HEAD_BYTES = 1_024;
const TAIL_BYTES = 8 * 1_024;
const WINDOW_BYTES = 2 * 1_024;
/** More than the description of a document takes; whoever sends more is not read further. */
const MAX_OBJECT_BYTES = 1024 ** 2;
const MAX_READ_BYTES = 32 * 1024 ** 2;
const MAX_INFLATED_BYTES = 32 * 1024 ** 2;
const MAX_SECTIONS = 1_000;
const MAX_REFERENCES = 8;
const ENTRY_BYTES = 20;
const MAX_TITLE_CHARACTERS = 500;
const inflated = promisify(inflate);

/** Letters of PDFDocEncoding that are not those of Latin-1, from 0x18 and from 0x80 on. */
const LOW_LETTERS = '˘ˇˆ˙˝˛˚˜';
const HIGH_LETTERS = '•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\u{fffd}€';

/**
 * The title a PDF gives itself, read in a few small parts from wherever it lies, so that its size does not matter.
 * @param size of the file in bytes.
 */
export async function readPdfTitle(size: number, read: ReadRange): Promise<PdfTitle> {
  const start = (await read(0, Math.min(HEAD_BYTES, size))).indexOf('%PDF-');
  if (start === -1) return { isPdf: false, title: null };
  try {
    const title = await titleOf(size - start, (from, length) => read(from + start, length));
    return { isPdf: true, title };
  } catch (error) {
    if (error instanceof PdfSyntaxError) return { isPdf: true, title: null };
    throw error;
  }
}

async function titleOf(size: number, readRange: ReadRange): Promise<string | null> {
  let left = MAX_READ_BYTES;
  const sections: Section[] = [];

  async function readAt(offset: number, wanted: number): Promise<Buffer> {
    if (!Number.isInteger(offset) || offset < 0 || offset >= size) throw new PdfSyntaxError('A place lies outside of the file');
    const length = Math.min(wanted, size - offset);
    left -= length;
    if (left < 0) throw new PdfSyntaxError('It takes too much to find out');
    return readRange(offset, length);
  }

  /** Reads as much as it takes: a part, then twice as much. */
  async function parseAt<T>(offset: number, parse: (bytes: Buffer) => T): Promise<T> {
    for (let length = WINDOW_BYTES; ; length *= 4) {
      const bytes = await readAt(offset, length);
      try {
        return parse(bytes);
      } catch (error) {
        if (!(error instanceof PdfSyntaxError && error.isCut && bytes.length === length && length < MAX_OBJECT_BYTES)) throw error;
      }
    }
  }

  const objectAt = (offset: number): Promise<PdfObject> =>
    parseAt(offset, (bytes) => {
      const head = /^\s*\d+\s+\d+\s+obj\b/.exec(bytes.toString('latin1', 0, 64));
      if (head === null) throw new PdfSyntaxError('No object is where one should be');
      const { value, end } = parsePdfValue(bytes, head[0].length);
      if (!isPdfDictionary(value)) return { value, bytesAt: null };
      const behind = bytes.toString('latin1', end, end + 32);
      if (behind.length < 32 && offset + end + 32 <= size) throw new PdfSyntaxError('The bytes end behind a value', true);
      const stream = /^\s*stream\r?\n/.exec(behind);
      return { value, bytesAt: stream === null ? null : offset + end + stream[0].length };
    });

  async function bytesOf(object: PdfObject): Promise<Buffer> {
    if (object.bytesAt === null || !isPdfDictionary(object.value)) throw new PdfSyntaxError('A stream has no bytes');
    const length = await resolve(object.value.get('Length') ?? null);
    if (typeof length !== 'number' || length < 0 || length > MAX_READ_BYTES) throw new PdfSyntaxError('A stream has no length');
    return decoded(await readAt(object.bytesAt, length), object.value);
  }

  async function objectOf(number: number): Promise<PdfObject | null> {
    const place = await placeOf(number);
    if (place === null) return null;
    if (place.kind === 'at') return objectAt(place.offset);
    const holder = await placeOf(place.stream);
    if (holder?.kind !== 'at') throw new PdfSyntaxError('An object lies in a stream that is nowhere');
    const stream = await objectAt(holder.offset);
    const bytes = await bytesOf(stream);
    const first = isPdfDictionary(stream.value) ? stream.value.get('First') : undefined;
    const offset = typeof first === 'number' ? Number(bytes.toString('latin1', 0, first).trim().split(/\s+/)[place.index * 2 + 1]) : Number.NaN;
    if (typeof first !== 'number' || !Number.isInteger(offset)) throw new PdfSyntaxError('A stream of objects does not say where they are');
    // Behind the last value nothing follows, which a number or a word needs to end.
    return { value: parsePdfValue(Buffer.concat([bytes.subarray(first + offset), Buffer.from('\n')]), 0).value, bytesAt: null };
  }

  async function resolve(value: PdfValue): Promise<PdfValue> {
    let current = value;
    for (let steps = 0; steps < MAX_REFERENCES; steps += 1) {
      if (current === null || typeof current !== 'object' || !('kind' in current) || current.kind !== 'reference') return current;
      current = (await objectOf(current.number))?.value ?? null;
    }
    throw new PdfSyntaxError('References lead in a circle');
  }

  async function placeOf(number: number): Promise<Place | null> {
    const section = sections.find(({ first, count }) => number >= first && number < first + count);
    if (section === undefined) return null;
    const index = number - section.first;
    if (section.kind === 'table') {
      const entry = /^(\d{10}) \d{5} ([nf])/.exec((await readAt(section.offset + index * ENTRY_BYTES, ENTRY_BYTES)).toString('latin1'));
      return entry?.[2] === 'n' ? { kind: 'at', offset: Number(entry[1]) } : null;
    }
    const [type, second, third] = fieldsOf(section, index);
    if (type === 1) return { kind: 'at', offset: second };
    return type === 2 ? { kind: 'within', stream: second, index: third } : null;
  }

  /** Reads where objects are at one place of the file. @returns what it says of the document. */
  async function readSections(offset: number): Promise<PdfDictionary> {
    const isTable = /^\s*xref\b/.test((await readAt(offset, 16)).toString('latin1'));
    if (!isTable) {
      const object = await objectAt(offset);
      if (!isPdfDictionary(object.value)) throw new PdfSyntaxError('Where objects are is not said');
      sections.push(...streamSections(object.value, await bytesOf(object)));
      return object.value;
    }
    let at = offset + (/^\s*xref\s+/.exec((await readAt(offset, 64)).toString('latin1'))?.[0].length ?? 0);
    for (;;) {
      const head = /^\s*(\d+)\s+(\d+)\s*?(?:\r\n|\n|\r)/.exec((await readAt(at, 64)).toString('latin1'));
      if (head === null) break;
      at += head[0].length;
      sections.push({ kind: 'table', first: Number(head[1]), count: Number(head[2]), offset: at });
      if (sections.length > MAX_SECTIONS) throw new PdfSyntaxError('It takes too much to find out');
      at += Number(head[2]) * ENTRY_BYTES;
    }
    return parseAt(at, (bytes) => {
      const word = /^\s*trailer/.exec(bytes.toString('latin1', 0, 64));
      const { value } = parsePdfValue(bytes, word?.[0].length ?? 0);
      if (word === null || !isPdfDictionary(value)) throw new PdfSyntaxError('The file does not say what it is');
      return value;
    });
  }

  const tail = await readAt(Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  const last = /[\s\S]*startxref\s+(\d+)/.exec(tail.toString('latin1'))?.[1];
  if (last === undefined) throw new PdfSyntaxError('The file has no end');
  const said = new Map<string, PdfValue>();
  const seen = new Set<number>();
  const waiting = [Number(last)];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const trailer = await readSections(next);
    // The newest comes first, and it counts.
    for (const [key, value] of trailer) if (!said.has(key)) said.set(key, value);
    for (const key of ['XRefStm', 'Prev']) {
      const earlier = trailer.get(key);
      if (typeof earlier === 'number') waiting.push(earlier);
    }
  }
  // Its texts are encrypted too.
  if (said.has('Encrypt')) return null;
  const info = await resolve(said.get('Info') ?? null);
  const written = isPdfDictionary(info) ? await resolve(info.get('Title') ?? null) : null;
  const title = Buffer.isBuffer(written) ? cleaned(lettersOf(written)) : '';
  if (title !== '') return title;
  const root = await resolve(said.get('Root') ?? null);
  const metadata = isPdfDictionary(root) ? root.get('Metadata') : undefined;
  if (metadata === undefined || metadata === null || typeof metadata !== 'object' || !('kind' in metadata) || metadata.kind !== 'reference') return null;
  const packet = await objectOf(metadata.number);
  const own = packet === null ? '' : cleaned(titleOfPacket((await bytesOf(packet)).toString('utf8')));
  return own === '' ? null : own;
}

function streamSections(dictionary: PdfDictionary, rows: Buffer): Section[] {
  const numbers = (value: PdfValue | undefined): number[] => (Array.isArray(value) && value.every((one) => typeof one === 'number') ? (value) : []);
  const [type, second, third] = numbers(dictionary.get('W'));
  const size = dictionary.get('Size');
  if (type === undefined || second === undefined || third === undefined || typeof size !== 'number' || [type, second, third].some((width) => width < 0 || width > 6)) throw new PdfSyntaxError('Where objects are is not said');
  const widths = [type, second, third] as const;
  const rowBytes = type + second + third;
  const index = numbers(dictionary.get('Index') ?? [0, size]);
  const found: Section[] = [];
  for (let pair = 0, at = 0; pair + 1 < index.length; pair += 2) {
    const [first = 0, count = 0] = index.slice(pair, pair + 2);
    found.push({ kind: 'stream', first, count, rows: rows.subarray(at, at + count * rowBytes), widths });
    at += count * rowBytes;
  }
  return found;
}

function fieldsOf({ rows, widths }: Extract<Section, { kind: 'stream' }>, index: number): readonly [number, number, number] {
  const rowBytes = widths[0] + widths[1] + widths[2];
  const row = rows.subarray(index * rowBytes, (index + 1) * rowBytes);
  if (row.length < rowBytes) throw new PdfSyntaxError('Where objects are is cut off');
  const field = (from: number, width: number): number => (width === 0 ? 0 : row.readUIntBE(from, width));
  // A type that is left out is that of objects that stand for themselves.
  return [widths[0] === 0 ? 1 : field(0, widths[0]), field(widths[0], widths[1]), field(widths[0] + widths[1], widths[2])];
}

async function decoded(bytes: Buffer, dictionary: PdfDictionary): Promise<Buffer> {
  const only = (value: PdfValue | undefined): PdfValue => (Array.isArray(value) ? (value.length <= 1 ? ((value as PdfValue[])[0] ?? null) : false) : (value ?? null));
  const filter = only(dictionary.get('Filter'));
  if (filter === null) return bytes;
  if (typeof filter !== 'object' || !('kind' in filter) || filter.kind !== 'name' || filter.name !== 'FlateDecode') throw new PdfSyntaxError('A stream is packed in another way');
  let unpacked: Buffer;
  try {
    unpacked = await inflated(bytes, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (error) {
    throw new PdfSyntaxError(`A stream cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parameters = only(dictionary.get('DecodeParms'));
  const predictor = isPdfDictionary(parameters) ? (parameters.get('Predictor') ?? 1) : 1;
  if (predictor === 1) return unpacked;
  const columns = isPdfDictionary(parameters) ? (parameters.get('Columns') ?? 1) : 1;
  if (typeof predictor !== 'number' || predictor < 10 || typeof columns !== 'number' || columns < 1 || columns > MAX_OBJECT_BYTES) throw new PdfSyntaxError('A stream is packed in another way');
  return withoutPrediction(unpacked, columns);
}

/** Undoes the filters of PNG, which each row names in its first byte. */
function withoutPrediction(bytes: Buffer, columns: number): Buffer {
  const count = Math.floor(bytes.length / (columns + 1));
  const rows = Buffer.alloc(count * columns);
  for (let row = 0; row < count; row += 1) {
    const type = bytes[row * (columns + 1)] ?? 0;
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const left = column === 0 ? 0 : (rows[at - 1] ?? 0);
      const up = row === 0 ? 0 : (rows[at - columns] ?? 0);
      const corner = row === 0 || column === 0 ? 0 : (rows[at - columns - 1] ?? 0);
      rows[at] = (bytes[row * (columns + 1) + 1 + column] ?? 0) + predicted(type, left, up, corner);
    }
  }
  return rows;
}

function predicted(type: number, left: number, up: number, corner: number): number {
  switch (type) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return Math.floor((left + up) / 2);
    case 4: {
      const guess = left + up - corner;
      const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
    default:
      throw new PdfSyntaxError('A stream is packed in another way');
  }
}

function lettersOf(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder('utf-8').decode(bytes);
  return Array.from(bytes, (byte) => (byte >= 0x18 && byte < 0x20 ? LOW_LETTERS[byte - 0x18] : byte >= 0x80 && byte <= 0xa0 ? [...HIGH_LETTERS][byte - 0x80] : String.fromCharCode(byte)) ?? '').join('');
}

/** The first title of an XMP packet, which is XML. */
function titleOfPacket(xml: string): string {
  const found = /<dc:title\b[^>]*>\s*<rdf:Alt\b[^>]*>\s*<rdf:li\b[^>]*>([^<]*)<\/rdf:li>/.exec(xml)?.[1] ?? '';
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: '\'', amp: '&' };
  return found.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|amp));/gi, (all, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? all;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : all;
  });
}

function cleaned(title: string): string {
  // Signs nobody sees come out of programs that did not know better.
  return [...title.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()].slice(0, MAX_TITLE_CHARACTERS).join('').trim();
}
